"""A bar chart of one table of a run, as SVG: seconds for each program, shorter is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET  # it writes here, and reads nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH: Final = 720
_ROW: Final = 34
_LABELS: Final = 250
_ROOM: Final = 90  # behind the longest bar, for its number
_STYLE: Final = (
    "text{font:14px system-ui,sans-serif;fill:#24292f}.n{font-variant-numeric:tabular-nums}"
    ".b{fill:#8aa89a}.ours{fill:#2b8a60}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#5b7468}.ours{fill:#3fb983}}"
)


def draw_bars(title: str, seconds: Mapping[str, float], ours: str) -> str:
    """Return the chart.

    Args:
        title: what was measured.
        seconds: of each program, in the order of the table.
        ours: the program that is shown in colour.
    """
    root = ET.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_ROW * (len(seconds) + 1) + 10}",
        role="img",
    )
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "style").text = _STYLE
    ET.SubElement(root, "text", x="0", y="20").text = title
    longest = max(seconds.values())
    for row, (program, value) in enumerate(seconds.items(), 1):
        share = value / longest * (_WIDTH - _LABELS - _ROOM)
        _draw_row(root, row * _ROW, max(2.0, share), (program, f"{value:.1f} s"))
        root[-2].set("class", "ours" if program == ours else "b")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw_row(root: ET.Element, top: int, width: float, texts: tuple[str, str]) -> None:
    """Draw a name, its bar, and the number behind it."""
    middle = str(top + 21)
    ET.SubElement(root, "text", x="0", y=middle).text = texts[0]
    bar = {"x": str(_LABELS), "y": str(top + 6), "width": f"{width:.1f}", "height": "22", "rx": "3"}
    ET.SubElement(root, "rect", bar)
    place = {"class": "n", "x": f"{_LABELS + width + 8:.1f}", "y": middle}
    ET.SubElement(root, "text", place).text = texts[1]
