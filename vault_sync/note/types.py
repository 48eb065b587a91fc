"""Obsidian's property types: a value is written as the type that the vault gives to its property.

Obsidian keeps one type for each property name of a vault in ``types.json`` (help page
"Properties"); a text in a number property, or a quoted ``true`` in a checkbox, would clash there.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import parse_date
from vault_sync.note.scalars import Stored, StoredList, resolve_plain, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.note.scalars import Storable


def fit_type(stored: Storable | None, declared: str | None) -> Storable | None:
    """Return a value as its property's type holds it; as it is where the two do not go together.

    Args:
        stored: the value.
        declared: the type in ``types.json``; None if there is none.
    """
    if stored is None or declared is None:
        return stored
    fit = _FITS.get(declared)
    return fit(stored) if fit else stored


def _fit_list(stored: Storable) -> Storable:
    return StoredList((stored,)) if isinstance(stored, Stored) else stored


def _fit_text(stored: Storable) -> Storable:
    return Stored(stored.text, "text") if isinstance(stored, Stored) else stored


def _fit_number(stored: Storable) -> Storable:
    is_number = isinstance(stored, Stored) and isinstance(resolve_plain(stored.text), float)
    return Stored(stored.text, "number") if isinstance(stored, Stored) and is_number else stored


def _fit_checkbox(stored: Storable) -> Storable:
    if isinstance(stored, Stored) and stored.text in {"true", "false"}:
        return Stored(stored.text, "checkbox")
    return stored


def _fit_date(stored: Storable) -> Storable:
    if not isinstance(stored, Stored) or stored.kind != "text":
        return stored
    try:
        return store(parse_date(stored.text, UTC)) or stored
    except EvaluationError:
        return stored


_FITS: Final[dict[str, Callable[[Storable], Storable]]] = {
    "aliases": _fit_list,
    "checkbox": _fit_checkbox,
    "date": _fit_date,
    "datetime": _fit_date,
    "multitext": _fit_list,
    "number": _fit_number,
    "tags": _fit_list,
    "text": _fit_text,
}
