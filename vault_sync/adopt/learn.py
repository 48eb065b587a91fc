"""Learns numbers (least squares) and texts (decision lists) that follow from checkboxes and days. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, compress, islice, product
from math import floor, log2
from operator import mul
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.formulas import write_later
from vault_sync.adopt.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.evidence import BaseDate, Checkbox, Evidence


DENOMINATORS: Final = (*range(1, 21), 25, 30, 40, 50, 60, 100)
MOST_ROWS: Final = 200
MOST_SPREAD: Final = 6
_TINY: Final = 1e-6
_NEXT: Final = 1e-9


class Weights(NamedTuple):
    """A number as the sum of boxes.

    Attributes:
        boxes: those that count, with how much.
        denominator: what the sum is divided by.
        constant: what is there without any box.
        share: of the notes for which this is so.
        is_floor: the number is cut off rather than rounded.
    """

    boxes: Sequence[tuple[Checkbox, int]]
    denominator: int
    constant: int
    share: float
    is_floor: bool


def fit_weights(
    numbers: Mapping[int, float], boxes: Sequence[Checkbox], decimals: int
) -> Weights | None:
    """Return the weights that give the most of the numbers, None where boxes tell nothing.

    Args:
        numbers: by the number of the note.
        boxes: those that may count.
        decimals: how many the numbers are rounded to.
    """
    matrix, targets = _make_system(numbers, boxes)
    if len(targets) < max(1, THRESHOLDS.rows_per_box * len(boxes)):
        return None
    weights = _solve_trimmed(matrix, targets)
    even = _make_even(matrix, targets, weights)
    return _choose_best(matrix, targets, (even, weights), boxes, decimals)


def fit_sum(
    numbers: Mapping[int, float], boxes: Sequence[Checkbox], decimals: int
) -> Weights | None:
    """Return the one weight for all boxes that gives the most of the numbers.

    As there is nothing else to be found out, few notes are enough, if what they hold differs.

    Args:
        numbers: by the number of the note.
        boxes: those that count, as other properties tell.
        decimals: how many the numbers are rounded to.
    """
    matrix, targets = _make_system(numbers, boxes)
    if len(targets) < THRESHOLDS.least_notes:
        return None
    even = _make_even(matrix, targets, [0.0, *(1.0 for _ in boxes)])
    return _choose_best(matrix, targets, (even,), boxes, decimals)


def _make_system(
    numbers: Mapping[int, float], boxes: Sequence[Checkbox]
) -> tuple[list[list[float]], list[float]]:
    """Return the boxes of the notes to fit to, and their numbers; none where there is nothing to fit."""
    if not boxes or len(set(numbers.values())) < 2:
        return [], []
    known = [row for row in numbers if all(row in box.ticked for box in boxes)]
    rows = known[:: 1 + len(known) // MOST_ROWS]
    matrix = [[1.0, *(float(box.ticked[row]) for box in boxes)] for row in rows]
    return matrix, [numbers[row] for row in rows]


def _choose_best(
    matrix: Sequence[Sequence[float]],
    targets: Sequence[float],
    choices: Iterable[Sequence[float]],
    boxes: Sequence[Checkbox],
    decimals: int,
) -> Weights | None:
    found = [
        _make_whole(matrix, targets, chosen, denominator, decimals)
        for chosen in choices
        for denominator in DENOMINATORS
    ]
    # Of equal ones rounding comes before cutting off, even weights before others, small denominators first.
    best = max((one for one in found if one), key=lambda one: (one[0], not one[3]), default=None)
    if best is None:
        return None
    share, denominator, (base, *whole), is_floor = best
    counted = [(box, weight) for box, weight in zip(boxes, whole, strict=True) if weight]
    return Weights(counted, denominator, base, share, is_floor) if counted else None


def spread_weights(weights: Weights, twins: Iterable[Sequence[Checkbox]]) -> Iterator[Weights]:
    """Yield the same sum with weights that are equal, spread over boxes that no note tells apart.

    Where three boxes are always ticked together, a weight of two may be two of them with one each.

    Args:
        weights: in which one of such boxes stands for all of them.
        twins: boxes that are ticked in the same notes.
    """
    groups = {box.name: group for group in twins for box in group}
    sizes = [(groups.get(box.name, [box]), weight) for box, weight in weights.boxes]
    unit = next((one for one in range(1, 1001) if _fits(sizes, one)), None)
    if unit is None:
        return
    choices = [combinations(group, weight // unit) for group, weight in sizes]
    for chosen in islice(product(*choices), MOST_SPREAD):
        boxes = [(box, unit) for group in chosen for box in group]
        yield weights._replace(boxes=boxes)


def _fits(sizes: Iterable[tuple[Sequence[Checkbox], int]], unit: int) -> bool:
    return all(
        weight > 0 and weight % unit == 0 and weight // unit <= len(group)
        for group, weight in sizes
    )


def round_half_up(number: float, decimals: int) -> float:
    """Return a number as `round` of the formula language rounds it."""
    factor = float(10**decimals)
    return floor(number * factor + 0.5 + _NEXT) / factor


def _make_even(
    matrix: Sequence[Sequence[float]], targets: Sequence[float], weights: Sequence[float]
) -> list[float]:
    """Return weights that are the same for all boxes that count, and nothing without any box."""
    largest = max(map(abs, weights[1:]))
    counts = [abs(weight) > THRESHOLDS.counting * largest for weight in weights[1:]]
    sums = [sum(compress(row[1:], counts)) for row in matrix]
    squares = sum(value * value for value in sums)
    products = sum(value * target for value, target in zip(sums, targets, strict=True))
    even = products / squares if squares else 0.0
    return [0.0, *(even * is_counted for is_counted in counts)]


def _make_whole(
    matrix: Sequence[Sequence[float]],
    targets: Sequence[float],
    weights: Sequence[float],
    denominator: int,
    decimals: int,
) -> tuple[float, int, list[int], bool] | None:
    whole = [round(weight * denominator) for weight in weights]
    if not any(whole[1:]) or any(abs(weight) > 1000 for weight in whole):
        return None
    sums = [sum(map(mul, whole, row)) / denominator for row in matrix]
    rounded = _share([round_half_up(value, decimals) for value in sums], targets)
    factor = float(10**decimals)
    cut = _share([floor(value * factor + _NEXT) / factor for value in sums], targets)
    return max(rounded, cut), denominator, whole, cut > rounded


def _share(values: Sequence[float], targets: Sequence[float]) -> float:
    equal = sum(abs(one - other) < _TINY for one, other in zip(values, targets, strict=True))
    return equal / len(targets)


def _solve_trimmed(matrix: list[list[float]], targets: list[float]) -> list[float]:
    """Return weights by least squares, each time again without the notes that fit worst."""
    weights = _solve(matrix, targets)
    for _ in range(THRESHOLDS.rounds):
        errors = [
            abs(sum(map(mul, weights, row)) - target)
            for row, target in zip(matrix, targets, strict=True)
        ]
        limit = max(sorted(errors)[int(THRESHOLDS.trimmed * (len(errors) - 1))], _TINY)
        kept = [number for number, error in enumerate(errors) if error <= limit]
        weights = _solve([matrix[number] for number in kept], [targets[number] for number in kept])
    return weights


def _solve(matrix: Sequence[Sequence[float]], targets: Sequence[float]) -> list[float]:
    """Return the weights of least squares; a box that says what others say gets none."""
    size = len(matrix[0])
    system = [
        [
            *(sum(row[a] * row[b] for row in matrix) for b in range(size)),
            sum(row[a] * target for row, target in zip(matrix, targets, strict=True)),
        ]
        for a in range(size)
    ]
    used: list[int] = []
    for column in range(size):
        if abs(system[column][column]) > _TINY:
            used.append(column)
            _eliminate(system, column)
    return [
        system[column][size] / system[column][column] if column in used else 0.0
        for column in range(size)
    ]


def _eliminate(system: list[list[float]], column: int) -> None:
    pivot = system[column]
    for row in system:
        if row is not pivot:
            factor = row[column] / pivot[column]
            for place in range(len(row)):
                row[place] -= factor * pivot[place]


# Texts that follow from boxes and days: lists of decisions, learned from the notes. Pure.
#
# A list is believed only where it says less than what it explains: both are counted in bits.

MAX_LABELS: Final = 12
MAX_BRANCHES: Final = 8


class Condition(NamedTuple):
    """A question that a list of decisions may ask.

    Attributes:
        formula: holds where the answer is yes.
        rows: the notes for which it is yes.
        base_date: the date it asks for; None where it asks for none.
        cost: how complicated it is.
    """

    formula: str
    rows: AbstractSet[int]
    base_date: str | None = None
    cost: int = 1


class Decisions(NamedTuple):
    """A list of decisions: the first condition that holds gives the label.

    Attributes:
        branches: conditions with their labels, by the index of the label.
        otherwise: the label where no condition holds.
        share: of the notes for which this is so.
    """

    branches: Sequence[tuple[Condition, int]]
    otherwise: int
    share: float


def list_conditions(evidence: Evidence) -> list[Condition]:
    """Return the questions that can be asked of the notes."""
    asked = [condition for box in evidence.boxes for condition in _ask_box(box)]
    for base_date in evidence.base_dates[:1]:
        days = [*_ask_days(evidence, base_date)]
        asked += days
        asked += [_join(one, other) for one, other in product(days, _list_open(evidence.boxes))]
    return asked


def _ask_box(box: Checkbox) -> Iterator[Condition]:
    ticked = frozenset(row for row, is_ticked in box.ticked.items() if is_ticked)
    yield Condition(box.tick, ticked)
    yield next(_list_open([box]))


def _list_open(boxes: Sequence[Checkbox]) -> Iterator[Condition]:
    for box in boxes:
        is_plain = " == " not in box.tick
        formula = f"!{box.tick}" if is_plain else f"!({box.tick})"
        yield Condition(formula, frozenset(row for row, ticked in box.ticked.items() if not ticked))


def _ask_days(evidence: Evidence, base_date: BaseDate) -> Iterator[Condition]:
    since = evidence.days_since(base_date)
    for span in evidence.spans[: THRESHOLDS.spans]:
        later = write_later(base_date.formula, span).text
        rows = frozenset(row for row, days in since.items() if days >= span)
        yield Condition(f"today() >= {later}", rows, base_date.name, 2)


def _join(one: Condition, other: Condition) -> Condition:
    formula = f"{one.formula} && {other.formula}"
    return Condition(formula, one.rows & other.rows, one.base_date, one.cost + other.cost)


def learn_decisions(
    labels: Mapping[int, int], count: int, conditions: Sequence[Condition]
) -> Decisions | None:
    """Return the list of decisions that gives the labels, None where none is to be believed.

    Args:
        labels: by the number of the note, from 0 on.
        count: how many different labels there are.
        conditions: the questions that may be asked.
    """
    if not 1 < count <= MAX_LABELS or not conditions:
        return None
    left = dict(labels)
    branches: list[tuple[Condition, int]] = []
    wrong = 0
    while len(branches) < MAX_BRANCHES and len(set(left.values())) > 1:
        found = _find_branch(left, conditions, len(labels))
        if not found:
            break
        condition, label = found
        covered = [row for row in left if row in condition.rows]
        wrong += sum(left[row] != label for row in covered)
        branches.append((condition, label))
        left = {row: own for row, own in left.items() if row not in condition.rows}
    otherwise, right = _find_usual(left, branches)
    wrong += len(left) - right
    decisions = Decisions(branches, otherwise, 1 - wrong / len(labels))
    return decisions if branches and _is_believable(labels, count, decisions, conditions) else None


def _find_usual(
    left: Mapping[int, int], branches: Sequence[tuple[Condition, int]]
) -> tuple[int, int]:
    if not left:
        return branches[-1][1], 0
    return Counter(left.values()).most_common(1)[0]


def _find_branch(
    left: Mapping[int, int], conditions: Sequence[Condition], total: int
) -> tuple[Condition, int] | None:
    """Return the condition that settles the most notes, and as what; simple ones come first."""
    best: tuple[float, Condition, int] | None = None
    for condition in conditions:
        counts = Counter(label for row, label in left.items() if row in condition.rows)
        size = counts.total()
        if not THRESHOLDS.least_rows <= size < len(left):
            continue
        ((label, right),) = counts.most_common(1)
        if right < THRESHOLDS.pure * size:
            continue
        gain = right - (size - right) - 0.02 * total * (condition.cost - 1)
        if best is None or gain > best[0]:
            best = (gain, condition, label)
    return best and best[1:]


def _is_believable(
    labels: Mapping[int, int], count: int, decisions: Decisions, conditions: Sequence[Condition]
) -> bool:
    if decisions.share < THRESHOLDS.least_decided:
        return False
    sizes = Counter(labels.values()).values()
    total = len(labels)
    bits = sum(-size * log2(size / total) for size in sizes)
    branch = log2(len(conditions)) + log2(count)
    wrong = round((1 - decisions.share) * total)
    said = len(decisions.branches) * branch + wrong * (log2(total) + log2(count))
    return bits > THRESHOLDS.margin * said + THRESHOLDS.reserve
