"""Draws what a program printed as a picture of a terminal.

Each word is laid into its cells, so that columns stand below each other in any font, also where
Korean letters are twice as wide. (The picture that rich exports counts letters instead of cells.)
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from vault_sync.study.charts import append, make, render_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from rich.style import Style

_CELL: Final = 8.4
_LINE: Final = 21
_EDGE: Final = 18
_LEAST_COLUMNS: Final = 60
_COLORS: Final = {1: "red", 2: "green", 3: "yellow", 6: "cyan"}
_STYLE: Final = """
rect { fill: #1b211f; }
text {
  font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "D2Coding", "Noto Sans Mono CJK KR", monospace;
  fill: #dbe2de;
}
.bold { font-weight: 700; }
.dim { fill: #8d9a94; }
.red { fill: #ef8a76; }
.green { fill: #63c799; }
.yellow { fill: #e6b45c; }
.cyan { fill: #74c3d2; }
"""


class _Run(NamedTuple):
    """Letters of one width without a space: where they begin, how many cells they take, their look."""

    text: str
    column: int
    cells: int
    look: str


def draw_terminal(lines: Sequence[str]) -> bytes:
    """Return an SVG picture of lines.

    Args:
        lines: as a program printed them, with its codes for colours.
    """
    texts = [Text.from_ansi(line) for line in lines]
    columns = max(_LEAST_COLUMNS, *(text.cell_len for text in texts))
    width, height = round(2 * _EDGE + columns * _CELL), 2 * _EDGE + len(texts) * _LINE
    picture = make(
        "svg",
        make("style", _STYLE),
        make("rect", width=width, height=height, rx=8),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )
    for number, text in enumerate(texts):
        append(picture, "\n")
        for run in _list_runs(text):
            append(picture, _draw_run(run, _EDGE + number * _LINE + 15))
    return render_picture(picture)


def _draw_run(run: _Run, bottom: int) -> Element:
    drawn = make(
        "text",
        run.text,
        class_=run.look or None,
        x=_EDGE + run.column * _CELL,
        y=bottom,
        textLength=run.cells * _CELL,
    )
    drawn.set("lengthAdjust", "spacingAndGlyphs")
    return drawn


def _list_runs(text: Text) -> Iterator[_Run]:
    column = 0
    for segment in text.render(Console(width=1000, color_system="standard")):
        look = _name_look(segment.style)
        for part in re.findall(r"\s+|\S+", segment.text):
            for cells, letters in groupby(part, cell_len):
                run = "".join(letters)
                if not run.isspace():
                    yield _Run(run, column, cells * len(run), look)
                column += cells * len(run)


def _name_look(style: Style | None) -> str:
    if style is None:
        return ""
    number = style.color.number if style.color else None
    color = _COLORS.get((number or 0) % 8, "")  # the bright ones are drawn like the others
    parts = ("bold" if style.bold else "", "dim" if style.dim else "", color)
    return " ".join(filter(None, parts))
