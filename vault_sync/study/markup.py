"""HTML and SVG as trees, so that no text of a note can become markup. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 120
# Printable as far as Python knows, but no characters of XML 1.0 (section 2.2), which SVG is.
_NO_CHARACTERS: Final[Mapping[int, str]] = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def make(tag: str, *children: ET.Element | str, **attributes: str | float | None) -> ET.Element:
    """Return an element.

    Args:
        tag: its name.
        children: elements and texts, in their order.
        attributes: by name, with ``_`` for ``-`` and one more at the end of a Python keyword;
            None for one that is left out.
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _render_value(value))
    for child in children:
        append(made, child)
    return made


def append(parent: ET.Element, child: ET.Element | str) -> None:
    """Add an element or a text behind all that an element has."""
    if not isinstance(child, str):
        parent.append(child)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + child
    else:
        parent.text = (parent.text or "") + child


def show(text: str) -> str:
    """Return a text of a note as one line of bounded length without invisible commands."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return make_printable(cut).translate(_NO_CHARACTERS)


def to_percent(part: float, whole: float) -> str:
    """Return a share of a width as SVG wants it, such as ``12.5%``."""
    return f"{_render_value(100 * part / whole)}%"


def render_page(root: ET.Element) -> bytes:
    """Return a tree as an HTML file."""
    return f"<!doctype html>\n{ET.tostring(root, 'unicode', 'html')}\n".encode()


def render_picture(root: ET.Element) -> bytes:
    """Return a tree as an SVG file."""
    return f"{ET.tostring(root, 'unicode')}\n".encode()


def _render_value(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")
