"""How a value is written: in the style of the one it replaces, or in Obsidian's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.note.scalars import is_date_text, resolve_plain

if TYPE_CHECKING:
    from vault_sync.note.scalars import Stored
    from vault_sync.note.yamltree import Scalar

_LOOKS_NUMERIC: Final = re.compile(r"[-+.]?[0-9][0-9_.,:eE+-]*")
# A first character that means nothing to YAML, then no `: `, no ` #` and no space at the end.
_PLAIN: Final = re.compile(
    r"""(?!---|\.\.\.)(?:[^\s\-?:,\[\]{}#&*!|>'"%@`\x00-\x1f\x7f-\x9f]|[-?:](?=[^\s,\[\]{}]))"""
    r"(?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff:#]|:(?=[^\s])|(?<=[^\s])#)*(?<![\s:])"
)
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED: Final = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')


def render_new(stored: Stored) -> str:
    """Return a value in Obsidian's own style: bare where YAML allows it, else double-quoted."""
    if stored.kind != "text" or _reads_as_text(stored.text):
        return stored.text
    return _render_double(stored.text)


def render_like(stored: Stored, old: Scalar) -> str:
    """Return a value in the style of the one it replaces; quoted only where it must be."""
    if stored.kind == "checkbox":
        return stored.text
    if old.style == '"':
        return _render_double(stored.text)
    if old.style == "'" and not _ESCAPED.search(stored.text.replace('"', "").replace("\\", "")):
        return "'" + stored.text.replace("'", "''") + "'"
    if old.style == "'":
        return _render_double(stored.text)
    if all(isinstance(resolve_plain(text), float) for text in (old.text, stored.text)):
        return stored.text
    return render_new(stored)


def render_in_brackets(stored: Stored) -> str:
    """Return an item of a list in brackets, where a comma or bracket needs quotes, too."""
    text = render_new(stored)
    return (
        _render_double(stored.text)
        if any(mark in text for mark in ",[]{}") and text[0] != '"'
        else text
    )


def render_key(name: str) -> str:
    """Return a property name as Obsidian writes it: quoted if it has a bracket or comma, too."""
    is_plain = _reads_as_text(name) and not any(mark in name for mark in ",[]{}")
    return name if is_plain else _render_double(name)


def _reads_as_text(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and (is_date_text(text) or not _LOOKS_NUMERIC.fullmatch(text))
        and isinstance(resolve_plain(text), str)
    )


def _render_double(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or (
        f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"
    )
