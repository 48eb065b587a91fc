"""Texts that follow from boxes and days: lists of decisions, learned from the notes. Pure.

A list is believed only where it says less than what it explains: both are counted in bits.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import log2
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.writing import write_later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.clues import Box, Clues, Root

MAX_LABELS: Final = 12
MAX_BRANCHES: Final = 8
_PURE: Final = 0.95
_LEAST_ROWS: Final = 2
_LEAST_SHARE: Final = 0.8
_MARGIN: Final = 1.1
_RESERVE: Final = 4
_SPANS: Final = 6


class Condition(NamedTuple):
    """A question that a list of decisions may ask.

    Attributes:
        formula: holds where the answer is yes.
        rows: the notes for which it is yes.
        root: the date it asks for; None where it asks for none.
        cost: how complicated it is.
    """

    formula: str
    rows: AbstractSet[int]
    root: str | None = None
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


def list_conditions(clues: Clues) -> list[Condition]:
    """Return the questions that can be asked of the notes."""
    asked = [condition for box in clues.boxes for condition in _ask_box(box)]
    for root in clues.roots[:1]:
        days = [*_ask_days(clues, root)]
        asked += days
        asked += [_join(one, other) for one, other in product(days, _list_open(clues.boxes))]
    return asked


def _ask_box(box: Box) -> Iterator[Condition]:
    ticked = frozenset(row for row, is_ticked in box.ticked.items() if is_ticked)
    yield Condition(box.tick, ticked)
    yield next(_list_open([box]))


def _list_open(boxes: Sequence[Box]) -> Iterator[Condition]:
    for box in boxes:
        is_plain = " == " not in box.tick
        formula = f"!{box.tick}" if is_plain else f"!({box.tick})"
        yield Condition(formula, frozenset(row for row, ticked in box.ticked.items() if not ticked))


def _ask_days(clues: Clues, root: Root) -> Iterator[Condition]:
    since = clues.days_since(root)
    for span in clues.spans[:_SPANS]:
        later = write_later(root.formula, span).text
        rows = frozenset(row for row, days in since.items() if days >= span)
        yield Condition(f"today() >= {later}", rows, root.name, 2)


def _join(one: Condition, other: Condition) -> Condition:
    formula = f"{one.formula} && {other.formula}"
    return Condition(formula, one.rows & other.rows, one.root, one.cost + other.cost)


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
    ((label, count),) = Counter(left.values()).most_common(1)
    return label, count


def _find_branch(
    left: Mapping[int, int], conditions: Sequence[Condition], total: int
) -> tuple[Condition, int] | None:
    """Return the condition that settles the most notes, and as what; simple ones come first."""
    best: tuple[float, Condition, int] | None = None
    for condition in conditions:
        counts = Counter(label for row, label in left.items() if row in condition.rows)
        size = counts.total()
        if not _LEAST_ROWS <= size < len(left):
            continue
        ((label, right),) = counts.most_common(1)
        if right < _PURE * size:
            continue
        gain = right - (size - right) - 0.02 * total * (condition.cost - 1)
        if best is None or gain > best[0]:
            best = (gain, condition, label)
    return best and best[1:]


def _is_believable(
    labels: Mapping[int, int], count: int, decisions: Decisions, conditions: Sequence[Condition]
) -> bool:
    if decisions.share < _LEAST_SHARE:
        return False
    sizes = Counter(labels.values()).values()
    total = len(labels)
    bits = sum(-size * log2(size / total) for size in sizes)
    branch = log2(len(conditions)) + log2(count)
    wrong = round((1 - decisions.share) * total)
    said = len(decisions.branches) * branch + wrong * (log2(total) + log2(count))
    return bits > _MARGIN * said + _RESERVE
