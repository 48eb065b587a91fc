"""Columns of dates: which are counted from which, and so which of them people edit. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.clues import Root, find_mode
from vault_sync.adopt.writing import write_name
from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import parse_date
from vault_sync.note.scalars import is_date_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_sync.adopt.table import Column, Table

LEAST_NOTES: Final = 5
CLEAR: Final = 0.9
MAX_ROOTS: Final = 8
_LEAST_DAYS: Final = 3


class DateColumn(NamedTuple):
    """A property that holds nothing but dates, or nothing.

    Attributes:
        column: the property.
        days: by the number of the note.
        is_typed: they are written as Obsidian writes a date, so this may be one that people edit.
        is_plain: each of them is, so that formulas read it as a date.
    """

    column: Column
    days: Mapping[int, date]
    is_typed: bool
    is_plain: bool

    @property
    def is_varied(self) -> bool:
        """Whether there are enough different days to tell anything by."""
        return len(set(self.days.values())) >= min(_LEAST_DAYS, len(self.days))


def find_date_columns(table: Table) -> list[DateColumn]:
    """Return the columns whose texts are dates that formulas read, but for a few of them."""
    found = (read_dates(column) for column in table.columns.values())
    return [one for one in found if one and len(one.days) >= LEAST_NOTES]


def read_dates(column: Column) -> DateColumn | None:
    """Return a column of dates, however few; None where it holds other texts, or none."""
    texts = column.texts
    moments = {row: moment for row, text in texts.items() if (moment := _read(text))}
    if not moments or len(moments) < CLEAR * len(texts):
        return None
    typed = sum(is_date_text(texts[row]) for row in moments)
    has_time = any(isinstance(moment, datetime) for moment in moments.values())
    days = {
        row: moment.date() if isinstance(moment, datetime) else moment
        for row, moment in moments.items()
    }
    is_plain = typed == len(texts) and not has_time
    return DateColumn(column, days, 2 * typed > len(moments), is_plain)


def _read(text: str) -> date | None:
    try:
        return parse_date(text, UTC)
    except EvaluationError:
        return None


def find_roots(columns: Sequence[DateColumn]) -> list[Root]:
    """Return the dates that are not counted from another one, those of most notes first.

    Of dates that always lie the same number of days apart, one is the root: one that is written as
    a date rather than a text about it, of those the earliest, of those the first in the notes.
    """
    varied = [one for one in columns if one.is_varied]
    typed = [one for one in varied if one.is_typed] or varied
    roots = [one for one in typed if not any(_precedes(other, one, typed) for other in typed)]
    ordered = sorted(roots, key=lambda one: -len(one.days))
    return [_make_root(one) for one in ordered[:MAX_ROOTS]]


def _precedes(other: DateColumn, one: DateColumn, order: Sequence[DateColumn]) -> bool:
    """Say whether a date is counted from another one rather than the other way round."""
    if other is one:
        return False
    span = find_span(other.days, one.days)
    if span is None:
        return False
    return span > 0 or (span == 0 and order.index(other) < order.index(one))


def find_span(first: Mapping[int, date], second: Mapping[int, date]) -> int | None:
    """Return how many days the second lies behind the first, None where that is not constant."""
    spans = [(second[row] - first[row]).days for row in first.keys() & second.keys()]
    if len(spans) < LEAST_NOTES:
        return None
    span, share = find_mode(spans)
    return span if share >= CLEAR else None


def _make_root(one: DateColumn) -> Root:
    name = write_name(one.column.name)
    formula = name if one.is_plain else f"date({name}).date()"
    return Root(one.column.name, formula, one.days, one.column.empty)


def list_spans(root: Root, columns: Iterable[DateColumn]) -> list[int]:
    """Return how many days after a root other dates lie, each number once."""
    spans = (find_span(root.days, one.days) for one in columns)
    return sorted({span for span in spans if span and 0 < span <= 366})
