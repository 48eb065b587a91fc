"""What the page and the picture of a report have in common besides their charts."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from vault_sync.study.markup import make, to_percent
from vault_sync.study.year_chart import CELL, draw_dot

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MARK: Final = "vault-sync report"  # by which our own files are known again
_BAR: Final = 8


def load_style(*names: str) -> str:
    """Return style sheets of this package, one after another."""
    return "\n".join(files("vault_sync.study").joinpath(name).read_text("utf-8") for name in names)


def draw_bar(rate: float, **attributes: str | float) -> Element:
    """Return a bar that is filled to a share of its width.

    Args:
        rate: the share, from 0 to 1.
        attributes: of the element: its place and width where it is a part of a picture.
    """
    full = to_percent(min(1, max(0, rate)), 1)
    return make(
        "svg",
        make("rect", class_="empty", width="100%", height=_BAR, rx=_BAR / 2),
        make("rect", class_="full", width=full, height=_BAR, rx=_BAR / 2),
        height=_BAR,
        aria_hidden="true",
        **attributes,
    )


def draw_swatch(kind: str, **attributes: str | float) -> Element:
    """Return a square in the colour of something, or a dot for ``open``, for a key of colours."""
    shape = draw_dot(CELL / 2, CELL / 2)
    if kind != "open":
        shape = make("rect", class_=kind, width=CELL, height=CELL, rx=3)
    return make("svg", shape, width=CELL, height=CELL, aria_hidden="true", **attributes)
