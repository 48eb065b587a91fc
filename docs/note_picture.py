"""Draws a note's properties as Obsidian shows them, before a refresh and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import frontmatter
from rich.cells import cell_len, set_cell_size

from vault_sync.study.charts import append, make, render_picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

_WIDTH: Final = 452
_LINE: Final = 30
_TOP: Final = 92
_GAP: Final = 20
_NAME_CELLS, _VALUE_CELLS = 20, 28
_STYLE: Final = """
.paper { fill: #ffffff; stroke: #e0e0e0; }
.changed { fill: #7852ee; fill-opacity: .12; }
text { font: 14px ui-sans-serif, -apple-system, "Segoe UI", "Noto Sans CJK KR", "Apple SD Gothic Neo", sans-serif; fill: #222222; }
.title { font-size: 22px; font-weight: 700; }
.when, .name { fill: #5c5c5c; }
.box { fill: none; stroke: #ababab; stroke-width: 1.5; }
.ticked { fill: #7852ee; stroke: #7852ee; }
.tick { fill: none; stroke: #ffffff; stroke-width: 2; }
"""


def draw_note(title: str, names: Sequence[str], states: Sequence[tuple[str, Path]]) -> bytes:
    """Return an SVG picture of a note, once for each state.

    Args:
        title: the note's name.
        names: the properties to show, in their order.
        states: what stands above each panel, and the file of the note.
    """
    notes = [frontmatter.load(str(file)).metadata for _, file in states]
    width = _WIDTH * len(states) + _GAP * (len(states) - 1)
    height = _TOP + _LINE * len(names) + 16
    picture = make(
        "svg",
        make("style", _STYLE),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
    )
    for number, (when, _) in enumerate(states):
        left = number * (_WIDTH + _GAP)
        append(picture, "\n")
        append(
            picture,
            make(
                "rect", class_="paper", x=left + 1, y=1, width=_WIDTH - 2, height=height - 2, rx=8
            ),
        )
        append(picture, _write(when, left + 20, 28, "when"))
        append(picture, _write(title, left + 20, 62, "title"))
        for row, name in enumerate(names):
            is_changed = number > 0 and notes[number].get(name) != notes[0].get(name)
            for part in _draw_property(
                name, notes[number], left, _TOP + row * _LINE, is_changed=is_changed
            ):
                append(picture, part)
    return render_picture(picture)


def _draw_property(
    name: str, note: Mapping[str, object], left: int, top: int, *, is_changed: bool
) -> list[Element]:
    value = note.get(name)
    parts = [_write(_cut(name, _NAME_CELLS), left + 20, top + 20, "name")]
    if is_changed:
        parts.insert(
            0,
            make(
                "rect",
                class_="changed",
                x=left + 12,
                y=top + 2,
                width=_WIDTH - 24,
                height=_LINE - 4,
                rx=5,
            ),
        )
    if not isinstance(value, bool):
        return [*parts, _write(_cut(str(value), _VALUE_CELLS), left + 196, top + 20, "value")]
    look = "box ticked" if value else "box"
    parts.append(make("rect", class_=look, x=left + 197, y=top + 8, width=14, height=14, rx=3))
    if value:
        parts.append(make("path", class_="tick", d=f"M{left + 200} {top + 15}l3 3l6 -6"))
    return parts


def _write(text: str, left: int, bottom: int, look: str) -> Element:
    return make("text", text, class_=look, x=left, y=bottom)


def _cut(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
