"""Draws a note whose box is ticked while the daemon follows: a moving picture, as SVG without a script.

The values before and after are those that a refresh gives for the note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from xml.etree.ElementTree import Element

_WIDTH: Final = 560
_ROW: Final = 30
_TOP: Final = 92
_TICK: Final = 28  # when the box is ticked, in hundredths of a turn
_FOLLOW: Final = 55  # when the values follow
_STYLE: Final = """
:root { --paper: #ffffff; --ink: #1d2421; --quiet: #5a6761; --line: #e2e7e4; --accent: #2b8a60; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1e1e1e; --ink: #e4eae7; --quiet: #9caaa3; --line: #363636; --accent: #4db485; }
}
text { font: 15px system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic",
  "Noto Sans KR", "Noto Sans CJK KR", sans-serif; fill: var(--ink); }
.title { font-size: 20px; font-weight: 600; }
.name, .word { fill: var(--quiet); }
.word { font-size: 13px; }
.paper { fill: var(--paper); stroke: var(--line); }
.box { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.tick { fill: var(--accent); }
.check { fill: none; stroke: #ffffff; stroke-width: 2; }
.new { fill: var(--accent); font-weight: 600; }
.hand { fill: var(--ink); stroke: var(--paper); }
.before, .after, .ticked, .hand, .wait, .done { animation: 9s step-end infinite; }
.ticked { animation-name: ticked; }
.before { animation-name: before; }
.after, .done { animation-name: after; }
.wait { animation-name: wait; }
.hand { animation-name: hand; animation-timing-function: ease-in-out; }
@keyframes ticked { 0% { opacity: 0; } TICK% { opacity: 1; } }
@keyframes before { 0% { opacity: 1; } FOLLOW% { opacity: 0; } }
@keyframes after { 0% { opacity: 0; } FOLLOW% { opacity: 1; } }
@keyframes wait { 0% { opacity: 0; } TICK% { opacity: 1; } FOLLOW% { opacity: 0; } }
@keyframes hand {
  0%, 8% { transform: translate(0, 120px); opacity: 0; }
  14% { opacity: 1; }
  25%, 32% { transform: translate(0, 0); opacity: 1; }
  40%, 100% { transform: translate(60px, 120px); opacity: 0; }
}
@media (prefers-reduced-motion: reduce) {
  .before, .after, .ticked, .hand, .wait, .done { animation: none; }
  .before, .wait, .hand { opacity: 0; }
}
"""


def draw_following(
    title: str,
    box: str,
    rows: Sequence[tuple[str, str, str]],
    words: Mapping[str, str],
) -> bytes:
    """Return the picture.

    Args:
        title: of the note.
        box: the name of the box that is ticked.
        rows: properties with their values before and after.
        words: what is said meanwhile: ``wait``, ``done`` and ``text``, which tells it all.
    """
    height = _TOP + _ROW * (len(rows) + 1) + 54
    style = _STYLE.replace("TICK", str(_TICK)).replace("FOLLOW", str(_FOLLOW))
    picture = _make(
        "svg",
        _make("title", text=words["text"]),
        _make("style", text=style),
        _make("rect", x=0.5, y=0.5, width=_WIDTH - 1, height=height - 1, rx=10, class_="paper"),
        _make("text", text=title, x=28, y=46, class_="title"),
        *_draw_box(box),
        *(part for place, row in enumerate(rows, 1) for part in _draw_row(place, *row)),
        _make("text", text=words["wait"], x=28, y=height - 22, class_="word wait"),
        _make("text", text=words["done"], x=28, y=height - 22, class_="word done"),
        _make(
            "path", d=f"M216 {_TOP + 2} l0 20 5 -4.5 3.5 8 4 -1.7 -3.5 -8 7 -.6 z", class_="hand"
        ),
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        width=_WIDTH,
        height=height,
        viewBox=f"0 0 {_WIDTH} {height}",
    )
    return f"{ET.tostring(picture, 'unicode')}\n".encode()


def _draw_box(name: str) -> Iterable[Element]:
    y = _TOP - 14
    return (
        _make("text", text=name, x=28, y=_TOP, class_="name"),
        _make("rect", x=208, y=y, width=17, height=17, rx=4, class_="box"),
        _make(
            "g",
            _make("rect", x=208, y=y, width=17, height=17, rx=4, class_="tick"),
            _make("path", d=f"M212 {y + 9} l3.5 3.5 6 -7", class_="check"),
            class_="ticked",
        ),
    )


def _draw_row(place: int, name: str, before: str, after: str) -> Iterable[Element]:
    y = _TOP + place * _ROW
    yield _make("text", text=name, x=28, y=y, class_="name")
    if before == after:
        yield _make("text", text=before, x=208, y=y)
    else:
        yield _make("text", text=before, x=208, y=y, class_="before")
        yield _make("text", text=after, x=208, y=y, class_="after new")


def _make(tag: str, *children: Element, text: str = "", **attributes: str | float) -> Element:
    made = ET.Element(tag, {name.rstrip("_"): f"{value}" for name, value in attributes.items()})
    made.text = text or None
    made.extend(children)
    return made
