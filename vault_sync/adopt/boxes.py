"""Boxes: properties that say whether something is done, by a tick, a word, or the day of it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.adopt.clues import Box
from vault_sync.adopt.dates import CLEAR, read_dates
from vault_sync.adopt.writing import write_name, write_text
from vault_sync.note.scalars import resolve_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.adopt.clues import Root
    from vault_sync.adopt.dates import DateColumn
    from vault_sync.adopt.table import Column, Table

MAX_BOXES: Final = 16
_LEAST_OPEN: Final = 0.05
_TICKED: Final = frozenset({"true", "yes", "예", "네", "checked", "x", "✅", "☑"})
_OPEN: Final = frozenset({"false", "no", "아니요", "아니오", "unchecked", "❌", "☐", "⬜"})
_NUMBER: Final = re.compile("[0-9]+")


def find_boxes(table: Table) -> list[Box]:
    """Return the properties that hold nothing but yes, no or nothing, in whatever words."""
    found = (_read_box(column) for column in table.columns.values())
    return [box for box in found if box]


def _read_box(column: Column) -> Box | None:
    texts = column.texts
    words = {text.lower() for text in texts.values()}
    if not words or not words <= _TICKED | _OPEN:
        return None
    ticked = {row: texts.get(row, "").lower() in _TICKED for row in column.nodes}
    tick = _write_tick(
        column, sorted({texts[row] for row, is_ticked in ticked.items() if is_ticked})
    )
    return Box(column.name, tick, ticked) if tick else None


def _write_tick(column: Column, words: Sequence[str]) -> str | None:
    """Return a formula that holds for some words; None where a box in words is never ticked."""
    name = write_name(column.name)
    nodes = [column.nodes[row] for row in column.texts]
    if all(not node.style and isinstance(resolve_plain(node.text), bool) for node in nodes):
        return name
    if {text.lower() for text in column.texts.values()} <= {"true", "false"}:
        return f'{name}.toString().lower() == "true"'
    return " || ".join(f"{name} == {write_text(word)}" for word in words) or None


def find_date_boxes(table: Table, root: Root) -> list[Box]:
    """Return dates that say when a numbered review was done.

    Those of the same name but for the number are among them: one that was never done, and one that
    never was missed, which by its dates alone might be planned as well.
    """
    numbered = [
        column
        for name, column in table.columns.items()
        if _NUMBER.search(name) and name != root.name
    ]
    dated = {column.name: one for column in numbered if (one := read_dates(column))}
    patterns = {name_pattern(name) for name, one in dated.items() if says_when_done(one, root)}
    return [
        make_date_box(column)
        for column in numbered
        if name_pattern(column.name) in patterns and (column.name in dated or not column.texts)
    ]


def name_pattern(name: str) -> str:
    """Return what a name has in common with its like: no number, no emoji."""
    return "".join(letter for letter in _NUMBER.sub("#", name) if letter.isalnum() or letter == "#")


def says_when_done(one: DateColumn, root: Root) -> bool:
    """Say whether dates tell when something was done: never before a root, and often not at all."""
    if one.column.name == root.name:
        return False
    both = [row for row in one.column.nodes if row in root.days]
    filled = [row for row in both if row in one.days]
    behind = sum(one.days[row] >= root.days[row] for row in filled)
    is_open = len(both) - len(filled) >= _LEAST_OPEN * len(both)
    return bool(filled) and is_open and behind >= CLEAR * len(filled)


def make_date_box(column: Column) -> Box:
    """Return a property that says when something was done; without a value it was not."""
    ticked = {row: row in column.texts for row in column.nodes}
    return Box(column.name, write_name(column.name), ticked, has_dates=True)


def sort_boxes(boxes: Iterable[Box], table: Table) -> list[Box]:
    """Return boxes in the order of the notes."""
    order = {name: place for place, name in enumerate(table.columns)}
    return sorted(boxes, key=lambda box: order[box.name])[:MAX_BOXES]
