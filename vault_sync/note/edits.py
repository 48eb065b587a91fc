"""Edits of properties: the exact splice that changes, empties or adds one, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.note.frontmatter import FIRST_LINE, refuse
from vault_sync.note.lists import is_replaceable, render_list_like, render_new_list
from vault_sync.note.rendering import render_in_brackets, render_key, render_like, render_new
from vault_sync.note.scalars import StoredList, is_empty_node
from vault_sync.note.splice import Edit
from vault_sync.note.yamltree import Alias, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from vault_sync.note.frontmatter import Frontmatter, Property
    from vault_sync.note.scalars import Storable

_BLANKS: Final = re.compile(r"[ \t]*")
_COLON: Final = re.compile(r"[ \t]*:")
_BARE_LINE: Final = re.compile(r"[ \t]*(?:#.*)?\r?\n?")


def change_value(note: Frontmatter, name: str, stored: Storable | None) -> Edit:
    """Return the edit that puts a value in the place of another, in the style of the old one.

    Args:
        note: the frontmatter.
        name: a property that is there, in NFC.
        stored: the new value; None empties the property.

    Raises:
        FrontmatterError: the old value is not one that can be replaced safely.
    """
    found = note.properties[name]
    if isinstance(stored, StoredList):
        return _change_list(note, found, stored)
    value = _require_scalar(note, found)
    start, end = _find_span(note, found)
    if stored is None:
        after_key = _after_key(note, found)
        gap = note.text[after_key:start]
        return Edit(start if gap.strip(" \t") else after_key, end, "")
    if start < end:
        is_style_kept = not is_empty_node(value) or bool(value.style)
        return Edit(start, end, render_like(stored, value) if is_style_kept else render_new(stored))
    separator = "" if note.text[start - 1] in " \t" else " "
    return Edit(start, end, separator + render_new(stored))


def insert_property(note: Frontmatter, name: str, stored: Storable, after: str | None) -> Edit:
    """Return the edit that adds a line for a property, in Obsidian's own style.

    Args:
        note: the frontmatter.
        name: a property that is not there.
        stored: its value.
        after: the property whose lines it follows; None for the end of the frontmatter.

    Raises:
        FrontmatterError: the frontmatter is one object in braces.
    """
    if note.is_flow:
        raise refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            FIRST_LINE,
        )
    place = note.block.end if after is None else _end_of_lines(note, note.properties[after])
    eol = _eol_before(note, place)
    if isinstance(stored, StoredList):
        value = render_new_list(stored, note.indent, eol)
    else:
        value = f" {render_new(stored)}"
    return Edit(place, place, f"{' ' * note.indent}{render_key(name)}:{value}{eol}")


def _change_list(note: Frontmatter, found: Property, stored: StoredList) -> Edit:
    """Return the edit that replaces a whole list, or a single value by a list."""
    after_key, old = _after_key(note, found), found.value
    if not isinstance(old, Sequence):
        return _change_to_list(note, found, stored)
    start = note.block.start + old.start
    end = note.block.start + old.end if old.is_flow else _end_of_text(note, found)
    if note.is_flow or not is_replaceable(
        old, note.text[start if old.is_flow else after_key : end]
    ):
        raise refuse(
            f"The list `{found.name}` holds comments, anchors or lists of its own, which would be lost; take them out.",
            found.key.line + FIRST_LINE,
            found.name,
        )
    text = render_list_like(stored, old, _eol_before(note, note.block.end))
    return Edit(start if old.is_flow else after_key, end, text)


def _change_to_list(note: Frontmatter, found: Property, stored: StoredList) -> Edit:
    _require_scalar(note, found)
    after_key = _after_key(note, found)
    end = _find_span(note, found)[1]
    eol = _eol_before(note, note.block.end)
    if note.text[end] in "\r\n":
        return Edit(after_key, end, render_new_list(stored, note.indent, eol))
    shown = ", ".join(render_in_brackets(item) for item in stored.items)  # a comment follows
    return Edit(after_key, end, f" [{shown}]")


def _end_of_text(note: Frontmatter, found: Property) -> int:
    """Return where the last line of a property ends, before its line end."""
    end = _end_of_lines(note, found)
    return end - len(_eol_before(note, end))


def _find_span(note: Frontmatter, found: Property) -> tuple[int, int]:
    """Return where a value's text is; for an empty one, where it would be put."""
    if isinstance(found.value, Scalar) and found.value.start == found.value.end:
        place = _after_colon(note, found)
        return place, place
    return note.block.start + found.value.start, note.block.start + found.value.end


def _require_scalar(note: Frontmatter, found: Property) -> Scalar:
    line = found.key.line + FIRST_LINE
    value = found.value
    if note.is_flow:
        raise refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            line,
            found.name,
        )
    if isinstance(value, Alias) or value.is_decorated or found.key.is_decorated:
        raise refuse(
            f"The property `{found.name}` uses an anchor, alias or tag (`&`, `*`, `!`); write its value out.",
            line,
            found.name,
        )
    if isinstance(value, Sequence | Mapping):
        raise refuse(
            f"The property `{found.name}` holds a list or object where one value belongs; empty it and it will be filled in.",
            line,
            found.name,
        )
    if value.style in {"|", ">"}:
        raise refuse(
            f"The property `{found.name}` is a block of lines (`{value.style}`); put its value on one line.",
            line,
            found.name,
        )
    return value


def _after_key(note: Frontmatter, found: Property) -> int:
    """Return the index behind the colon of a property."""
    key_end = note.block.start + found.key.end
    colon = _COLON.match(note.text, key_end)
    if not colon:
        raise refuse(
            f"The name and the value of `{found.name}` stand on different lines; write `name: value` on one.",
            found.key.line + FIRST_LINE,
            found.name,
        )
    return colon.end()


def _after_colon(note: Frontmatter, found: Property) -> int:
    """Return where a value goes that is not there yet: behind the blanks, but before a comment."""
    after_key = _after_key(note, found)
    blanks = _BLANKS.match(note.text, after_key)
    end = blanks.end() if blanks else after_key
    return end if note.text[end] in "\r\n" else after_key


def _end_of_lines(note: Frontmatter, found: Property) -> int:
    """Return the index of the line that follows a property's last line."""
    last = _last_leaf(found.value)
    text, start = note.text, note.block.start
    if isinstance(last, Scalar) and last.start == last.end:
        return _skip_bare_lines_back(note, found)
    end = start + last.end
    if isinstance(last, Scalar) and last.style in {"|", ">"}:
        raw = text[start + last.start : end]
        is_kept = "+" in raw.partition("\n")[0].partition("#")[0]  # its blank lines are its value
        end = end - 1 if is_kept else start + last.start + len(raw.rstrip())
    return text.index("\n", end) + 1


def _last_leaf(node: Node) -> Node:
    while isinstance(node, Sequence | Mapping) and not node.is_flow:
        node = node.items[-1] if isinstance(node, Sequence) else node.pairs[-1][1]
    return node


def _skip_bare_lines_back(note: Frontmatter, found: Property) -> int:
    """Return where the lines of a property end whose last value is empty, so has no place."""
    following = [other for other in note.properties.values() if other.key.start > found.key.start]
    place = note.block.start + following[0].key.start if following else note.block.end
    place = note.text.rindex("\n", 0, place) + 1
    first = note.text.index("\n", note.block.start + found.key.end) + 1
    while place > first:
        before = note.text.rindex("\n", 0, place - 1) + 1
        if not _BARE_LINE.fullmatch(note.text, before, place):
            break
        place = before
    return place


def _eol_before(note: Frontmatter, place: int) -> str:
    return "\r\n" if note.text.endswith("\r\n", 0, place) else "\n"
