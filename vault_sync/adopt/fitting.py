"""Numbers that add up from boxes: weights found by least squares, then made whole fractions. Pure."""

from __future__ import annotations

from itertools import compress
from math import floor
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_sync.adopt.clues import Box

DENOMINATORS: Final = (*range(1, 21), 25, 30, 40, 50, 60, 100)
MOST_ROWS: Final = 200
_TINY: Final = 1e-6
_NEXT: Final = 1e-9
_ROUNDS: Final = 3
_ROWS_PER_BOX: Final = 2
_TRIMMED: Final = 0.85
_COUNTING: Final = 0.2


class Weights(NamedTuple):
    """A number as the sum of boxes.

    Attributes:
        boxes: those that count, with how much.
        denominator: what the sum is divided by.
        constant: what is there without any box.
        share: of the notes for which this is so.
        is_floor: the number is cut off rather than rounded.
    """

    boxes: Sequence[tuple[Box, int]]
    denominator: int
    constant: int
    share: float
    is_floor: bool


def fit_weights(
    numbers: Mapping[int, float], boxes: Sequence[Box], decimals: int
) -> Weights | None:
    """Return the weights that give the most of the numbers, None where boxes tell nothing.

    Args:
        numbers: by the number of the note.
        boxes: those that may count.
        decimals: how many the numbers are rounded to.
    """
    known = [row for row in numbers if all(row in box.ticked for box in boxes)]
    rows = known[:: 1 + len(known) // MOST_ROWS]
    if not boxes or len(set(numbers.values())) < 2 or len(rows) < _ROWS_PER_BOX * len(boxes):
        return None
    matrix = [[1.0, *(float(box.ticked[row]) for box in boxes)] for row in rows]
    targets = [numbers[row] for row in rows]
    weights = _solve_trimmed(matrix, targets)
    found = [
        _make_whole(matrix, targets, chosen, denominator, decimals)
        for chosen in (_make_even(matrix, targets, weights), weights)
        for denominator in DENOMINATORS
    ]
    # Of equal ones rounding comes before cutting off, even weights before others, small denominators first.
    best = max((one for one in found if one), key=lambda one: (one[0], not one[3]), default=None)
    if best is None:
        return None
    share, denominator, (base, *whole), is_floor = best
    counted = [(box, weight) for box, weight in zip(boxes, whole, strict=True) if weight]
    return Weights(counted, denominator, base, share, is_floor) if counted else None


def round_half_up(number: float, decimals: int) -> float:
    """Return a number as `round` of the formula language rounds it."""
    factor = float(10**decimals)
    return floor(number * factor + 0.5 + _NEXT) / factor


def _make_even(
    matrix: Sequence[Sequence[float]], targets: Sequence[float], weights: Sequence[float]
) -> list[float]:
    """Return weights that are the same for all boxes that count, and nothing without any box."""
    largest = max(map(abs, weights[1:]))
    counts = [abs(weight) > _COUNTING * largest for weight in weights[1:]]
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
    sums = [sum(a * b for a, b in zip(whole, row, strict=True)) / denominator for row in matrix]
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
    for _ in range(_ROUNDS):
        errors = [
            abs(sum(a * b for a, b in zip(weights, row, strict=True)) - target)
            for row, target in zip(matrix, targets, strict=True)
        ]
        limit = max(sorted(errors)[int(_TRIMMED * (len(errors) - 1))], _TINY)
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
