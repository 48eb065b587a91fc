"""List properties: written as a whole, in the list style that the note has already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.note.rendering import render_in_brackets, render_like, render_new
from vault_sync.note.yamltree import Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.note.scalars import Stored, StoredList

_COMMENT: Final = re.compile(r"(?:^|\s)#", re.MULTILINE)
_OBSIDIAN_INDENT: Final = 2
_DASH: Final = "- "


def render_new_list(stored: StoredList, indent: int, eol: str) -> str:
    """Return what stands behind the colon of a new list, in Obsidian's own style.

    Args:
        stored: the list.
        indent: how many spaces stand before the names of the note.
        eol: what ends a line of the note.
    """
    if not stored.items:
        return " []"
    start = f"{eol}{' ' * (indent + _OBSIDIAN_INDENT)}{_DASH}"
    return "".join(f"{start}{render_new(item)}" for item in stored.items)


def render_list_like(stored: StoredList, old: Sequence, eol: str) -> str:
    """Return what stands in the place of a list: in brackets, or a line for each item.

    Args:
        stored: the new list.
        old: the one that it replaces; it has items if it is not in brackets.
        eol: what ends a line of the note.
    """
    if old.is_flow or not stored.items:
        shown = ", ".join(render_in_brackets(item) for item in stored.items)
        return f"[{shown}]" if old.is_flow else f" [{shown}]"
    gap = max(old.items[0].column - old.column, len(_DASH))
    start = f"{eol}{' ' * old.column}{_DASH.ljust(gap)}"
    return "".join(f"{start}{text}" for text in _render_items(stored, old))


def is_replaceable(old: Sequence, raw: str) -> bool:
    """Say whether nothing would be lost with a list: a comment, an anchor, an item of many lines."""
    plain = (isinstance(item, Scalar) and _is_plain(item) for item in old.items)
    return not old.is_decorated and not _COMMENT.search(raw) and all(plain)


def _is_plain(item: Scalar) -> bool:
    return not item.is_decorated and item.style not in {"|", ">"}


def _render_items(stored: StoredList, old: Sequence) -> Iterator[str]:
    for number, item in enumerate(stored.items):
        model: Node = old.items[min(number, len(old.items) - 1)]
        yield _render_item(item, model)


def _render_item(item: Stored, model: Node) -> str:
    is_model = isinstance(model, Scalar) and bool(model.text or model.style)
    return render_like(item, model) if is_model and isinstance(model, Scalar) else render_new(item)
