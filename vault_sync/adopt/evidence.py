"""What inferring stands on: base dates, checkboxes, and the day of the export."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.formulas import write_name
from vault_sync.adopt.patterns import find_dates
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.errors import EvaluationError
from vault_sync.formula.dates import parse_date
from vault_sync.note.values import is_date_text, resolve_plain
from vault_sync.rules.study import fold_mark, load_tick_words
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vault_sync.adopt.table import Column, Table


class BaseDate(NamedTuple):
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


class Checkbox(NamedTuple):
    """A checkbox, or a property that serves as one.

    Attributes:
        name: of the property.
        tick: a formula that holds where it is ticked.
        ticked: whether it is, by the number of the note.
        has_dates: it holds the day on which it was ticked.
        is_known: whatever it holds is read by all that has to do with reviews.
    """

    name: str
    tick: str
    ticked: Mapping[int, bool]
    has_dates: bool = False
    is_known: bool = False

    @property
    def is_checkbox(self) -> bool:
        """Whether it holds true and false and nothing else, so that it is no text by chance."""
        return self.tick == write_name(self.name) and not self.has_dates


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the columns are explained with.

    Attributes:
        table: the notes.
        base_dates: dates that people edit, the most usual first.
        boxes: in the order of the notes.
        moments: when each note was frozen, by its number.
        is_confirmed: day counts say that this was the day, not only dates that are all the same.
        spans: days that dates lie apart, for conditions that ask how long ago a date is.
        sums: boxes that are known to be counted together.
        twins: all boxes, those together that no note tells apart, where `boxes` has one of each.
    """

    table: Table
    base_dates: Sequence[BaseDate]
    boxes: Sequence[Checkbox]
    moments: Mapping[int, datetime]
    is_confirmed: bool
    spans: Sequence[int] = ()
    sums: Sequence[Sequence[Checkbox]] = ()
    twins: Sequence[Sequence[Checkbox]] = ()

    def days_since(self, base_date: BaseDate) -> dict[int, int]:
        """Return how many days after a date each note was frozen."""
        return {
            row: (self.moments[row].date() - day).days
            for row, day in base_date.days.items()
            if row in self.moments
        }


def find_most_usual(numbers: Sequence[int]) -> tuple[int, float]:
    """Return the most usual number, the smallest of such, and its share of all."""
    counts = Counter(numbers)
    number = min(counts, key=lambda one: (-counts[one], abs(one), one))
    return number, counts[number] / len(numbers)


# Columns of dates: which are counted from which, and so which of them people edit. Pure.

MAX_BASE_DATES: Final = 8
_INVALID: Final = re.compile("invalid date", re.IGNORECASE)


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
        return len(set(self.days.values())) >= min(THRESHOLDS.dates_varied, len(self.days))


def find_date_columns(table: Table) -> list[DateColumn]:
    """Return the columns whose texts are dates that formulas read, but for a few of them."""
    found = (read_dates(column) for column in table.columns.values())
    return [one for one in found if one and len(one.days) >= THRESHOLDS.least_notes]


def read_dates(column: Column) -> DateColumn | None:
    """Return a column of dates, however few; None where it holds other texts, or none."""
    texts = column.texts
    moments = {row: moment for row, text in texts.items() if (moment := _read(text))}
    if not moments:
        return None
    unread = sum(is_unread_date(text) for row, text in texts.items() if row not in moments)
    if len(moments) < THRESHOLDS.clear * (len(texts) - unread):
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


def is_unread_date(text: str) -> bool:
    """Say whether a text is a date as databases write it, and none that formulas read.

    Notion writes ``2024년 7월 7일 → 2024년 7월 9일``, ``July 7, 2024 9:00 AM (GMT+9)`` and, where it
    went wrong, ``Invalid date``.
    """
    if _INVALID.fullmatch(text.strip()):
        return True
    start = text.strip().removeprefix("@")
    return _read(text) is None and any(found.start == 0 for found in find_dates(start))


def find_unread_dates(table: Table) -> Iterator[tuple[Column, list[int]]]:
    """Yield the columns of dates in which some cannot be read, and the notes that hold these."""
    for column in table.columns.values():
        rows = [row for row, text in column.texts.items() if is_unread_date(text)]
        read = sum(_read(text) is not None for text in column.texts.values())
        if rows and len(rows) + read >= THRESHOLDS.clear * len(column.texts):
            yield column, rows


def find_base_dates(columns: Sequence[DateColumn]) -> list[BaseDate]:
    """Return the dates that are not counted from another one, those of most notes first.

    Of dates that always lie the same number of days apart, one is the base_date: one that is written as
    a date rather than a text about it, of those the earliest, of those the first in the notes.
    """
    varied = [one for one in columns if one.is_varied]
    typed = [one for one in varied if one.is_typed] or varied
    base_dates = [one for one in typed if not any(_precedes(other, one, typed) for other in typed)]
    ordered = sorted(base_dates, key=lambda one: -len(one.days))
    return [_make_base_date(one) for one in ordered[:MAX_BASE_DATES]]


def _precedes(other: DateColumn, one: DateColumn, order: Sequence[DateColumn]) -> bool:
    """Say whether a date is counted from another one rather than the other way round."""
    if other is one:
        return False
    span = find_span(other.days, one.days)
    if span is None:
        return False
    return span > 0 or (_is_same(other, one) and order.index(other) < order.index(one))


def _is_same(other: DateColumn, one: DateColumn) -> bool:
    """Say whether two dates are the same in every note; where they differ once, both are edited."""
    return all(other.days[row] == day for row, day in one.days.items() if row in other.days)


def find_span(first: Mapping[int, date], second: Mapping[int, date]) -> int | None:
    """Return how many days the second lies behind the first, None where that is not constant."""
    spans = [(second[row] - first[row]).days for row in first.keys() & second.keys()]
    if len(spans) < THRESHOLDS.least_notes:
        return None
    span, share = find_most_usual(spans)
    return span if share >= THRESHOLDS.clear else None


def _make_base_date(one: DateColumn) -> BaseDate:
    name = write_name(one.column.name)
    formula = name if one.is_plain else f"date({name}).date()"
    return BaseDate(one.column.name, formula, one.days, one.column.empty)


def list_spans(base_date: BaseDate, columns: Iterable[DateColumn]) -> list[int]:
    """Return how many days after a base date other dates lie, each number once."""
    spans = (find_span(base_date.days, one.days) for one in columns)
    return sorted({span for span in spans if span and 0 < span <= 366})


# Boxes: properties that say whether something is done, by a tick, a word, or the day of it. Pure.

MAX_BOXES: Final = 16
# Words of yet other exports. A formula that is found names the words it looks for, so these need
# not be in the table of what the study profile reads.
_MORE_TICKED: Final = frozenset({"네", "checked"})
_MORE_UNTICKED: Final = frozenset({"아니오", "unchecked", "❌", "☐"})
_FLAGS: Final = frozenset({"0", "1"})  # in a column of their own these are results, not boxes
_NUMBER: Final = re.compile("[0-9]+")


def find_boxes(table: Table) -> list[Checkbox]:
    """Return the properties that hold nothing but yes, no or nothing, in whatever words."""
    found = (_read_box(column) for column in table.columns.values())
    return [box for box in found if box]


def _read_box(column: Column) -> Checkbox | None:
    texts = column.texts
    words = {row: _read_word(text) for row, text in texts.items()}
    named = {row: word for row, word in words.items() if word is not None}
    # A day in the place of a word is that of the tick; dates alone are no box of this kind.
    dated = [row for row in texts if row not in named and _read(texts[row])]
    is_most = len(named) + len(dated) >= THRESHOLDS.clear * len(texts)
    is_box = 2 * len(named) >= len(texts) and is_most
    if not texts or not is_box or {*texts.values()} <= _FLAGS:
        return None
    unread = texts.keys() - named.keys() - set(dated)
    ticked = {row: named.get(row, row in dated) for row in column.nodes if row not in unread}
    tick = (
        _write_mixed(column, named)
        if len(named) < len(texts)
        else _write_tick(
            column, sorted({texts[row] for row, is_ticked in ticked.items() if is_ticked})
        )
    )
    is_known = all(load_tick_words().find(texts[row]) is not None for row in named)
    return Checkbox(column.name, tick, ticked, is_known=is_known) if tick else None


def _write_mixed(column: Column, words: Mapping[int, bool]) -> str:
    """Return a formula for a box that holds words, and here and there the day of it: anything but a no."""
    seen = sorted({fold_mark(column.texts[row]) for row, word in words.items() if not word})
    listed = ", ".join(map(quote_text, ("", *(seen or ("false", "no")))))
    return f"![{listed}].contains({write_name(column.name)}.toString().trim().lower())"


def _read_word(text: str) -> bool | None:
    """Return whether a word means ticked, None where it is no such word."""
    word = fold_mark(text)
    if word in _MORE_TICKED or word in _MORE_UNTICKED:
        return word in _MORE_TICKED
    return load_tick_words().find(text)


def _write_tick(column: Column, words: Sequence[str]) -> str | None:
    """Return a formula that holds for some words; None where a box in words is never ticked."""
    name = write_name(column.name)
    nodes = [column.nodes[row] for row in column.texts]
    plain = [not node.style and isinstance(resolve_plain(node.text), bool) for node in nodes]
    if all(plain):
        return name
    if {text.lower() for text in column.texts.values()} <= {"true", "false"}:
        return f'{name}.toString().lower() == "true"'
    if any(plain) or len({*map(fold_mark, words)}) < len(words):
        listed = ", ".join(quote_text(word) for word in dict.fromkeys(map(fold_mark, words)))
        return f"[{listed}].contains({name}.toString().trim().lower())" if words else None
    return " || ".join(f"{name} == {quote_text(word)}" for word in words) or None


def find_date_boxes(table: Table, base_date: BaseDate) -> list[Checkbox]:
    """Return dates that say when a numbered review was done.

    Those of the same name but for the number are among them: one that was never done, and one that
    never was missed, which by its dates alone might be planned as well.
    """
    numbered = [
        column
        for name, column in table.columns.items()
        if _NUMBER.search(name) and name != base_date.name
    ]
    dated = {column.name: one for column in numbered if (one := read_dates(column))}
    patterns = {name_pattern(name) for name, one in dated.items() if says_when_done(one, base_date)}
    return [
        make_date_box(column)
        for column in numbered
        if name_pattern(column.name) in patterns and (column.name in dated or not column.texts)
    ]


def name_pattern(name: str) -> str:
    """Return what a name has in common with its like: no number, no emoji."""
    return "".join(letter for letter in _NUMBER.sub("#", name) if letter.isalnum() or letter == "#")


def says_when_done(one: DateColumn, base_date: BaseDate) -> bool:
    """Say whether dates tell when something was done: never before a base date, and often not at all."""
    if one.column.name == base_date.name:
        return False
    both = [row for row in one.column.nodes if row in base_date.days]
    filled = [row for row in both if row in one.days]
    behind = sum(one.days[row] >= base_date.days[row] for row in filled)
    is_open = len(both) - len(filled) >= THRESHOLDS.least_open * len(both)
    return bool(filled) and is_open and behind >= THRESHOLDS.clear * len(filled)


def make_date_box(column: Column) -> Checkbox:
    """Return a property that says when something was done; without a value it was not."""
    ticked = {row: row in column.texts for row in column.nodes}
    return Checkbox(column.name, write_name(column.name), ticked, has_dates=True)


def group_twins(boxes: Iterable[Checkbox]) -> list[list[Checkbox]]:
    """Return boxes, those together that are ticked in the same notes: no note tells them apart."""
    groups: dict[frozenset[tuple[int, bool]], list[Checkbox]] = {}
    for box in boxes:
        groups.setdefault(frozenset(box.ticked.items()), []).append(box)
    return [*groups.values()]


def sort_boxes(boxes: Iterable[Checkbox], table: Table) -> list[Checkbox]:
    """Return boxes in the order of the notes."""
    order = {name: place for place, name in enumerate(table.columns)}
    return sorted(boxes, key=lambda box: order[box.name])[:MAX_BOXES]
