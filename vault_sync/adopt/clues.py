"""What inferring stands on: the dates and boxes that people edit, and the day that all stands at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from vault_sync.adopt.table import Table


class Root(NamedTuple):
    """A date that others are counted from.

    Attributes:
        name: of the property.
        formula: reads it as a day.
        days: by the number of the note.
        empty: the notes in which it stands without a value.
    """

    name: str
    formula: str
    days: Mapping[int, date]
    empty: frozenset[int]


class Box(NamedTuple):
    """A checkbox, or a property that serves as one.

    Attributes:
        name: of the property.
        tick: a formula that holds where it is ticked.
        ticked: whether it is, by the number of the note.
        has_dates: it holds the day on which it was ticked.
    """

    name: str
    tick: str
    ticked: Mapping[int, bool]
    has_dates: bool = False


@dataclass(frozen=True, slots=True)
class Clues:
    """All that the columns are explained with.

    Attributes:
        table: the notes.
        roots: dates that people edit, the most usual first.
        boxes: in the order of the notes.
        moments: when each note was frozen, by its number.
        is_confirmed: day counts say that this was the day, not only dates that are all the same.
        spans: days that dates lie apart, for conditions that ask how long ago a date is.
    """

    table: Table
    roots: Sequence[Root]
    boxes: Sequence[Box]
    moments: Mapping[int, datetime]
    is_confirmed: bool
    spans: Sequence[int] = ()

    def days_since(self, root: Root) -> dict[int, int]:
        """Return how many days after a date each note was frozen."""
        return {
            row: (self.moments[row].date() - day).days
            for row, day in root.days.items()
            if row in self.moments
        }


def find_mode(numbers: Sequence[int]) -> tuple[int, float]:
    """Return the most usual number, the smallest of such, and its share of all."""
    counts = Counter(numbers)
    number = min(counts, key=lambda one: (-counts[one], abs(one), one))
    return number, counts[number] / len(numbers)
