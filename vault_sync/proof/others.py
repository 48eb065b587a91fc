"""For each property another value of its kind, so that its place can be tried. Pure."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from vault_sync.formula.conversions import number_text
from vault_sync.note.scalars import Storable, Stored, StoredList, is_date_text, resolve_plain
from vault_sync.note.yamltree import Scalar, Sequence

if TYPE_CHECKING:
    from vault_sync.note.yamltree import Node

PROBE: Final = Stored("vault-sync", "text")
_DAYS: Final = ("2000-02-29", "2001-01-01")
_EXACT: Final = 1e15  # beyond, a number may be its own successor


def choose_other(node: Node) -> Storable:
    """Return a value that a property does not have: of the same kind, as far as it has one.

    Objects and aliases have none: what is chosen for them is refused by the surgeon, as it must be.
    """
    if isinstance(node, Sequence):
        items = [choose_other_scalar(item) for item in node.items if isinstance(item, Scalar)]
        return StoredList((*reversed(items), PROBE))
    return choose_other_scalar(node) if isinstance(node, Scalar) else PROBE


def choose_other_scalar(node: Scalar) -> Stored:
    """Return the same for a single value: a text is turned round, so that odd signs come first."""
    value = node.text if node.style else resolve_plain(node.text)
    if value is None or value == "":
        return PROBE
    if isinstance(value, bool):
        return Stored("false" if value else "true", "checkbox")
    if isinstance(value, float):
        return Stored(_choose_number(value), "number")
    if is_date_text(value):
        return Stored(_choose_date(value), "date")
    turned = value[::-1]
    return Stored(turned if turned != value else f"{turned}·", "text")


def _choose_number(value: float) -> str:
    if isfinite(value) and abs(value) < _EXACT:
        return number_text(value + 1)
    return "1"


def _choose_date(text: str) -> str:
    day = _DAYS[text.startswith(_DAYS[0])]
    return day if len(text) == len(day) else f"{day}T12:30:00"
