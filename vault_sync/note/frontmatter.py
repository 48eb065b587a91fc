"""The surgeon: finds the frontmatter of a note and the place of every property in it.

Only places are found here and only texts are put there; nothing is ever written out again from
what was parsed (docs/explanation/how-we-write.md says why).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import FrontmatterError, Problem
from vault_sync.nfc import to_nfc
from vault_sync.note.lines import read_lines
from vault_sync.note.lists import is_replaceable, render_list_like, render_new_list
from vault_sync.note.scalars import (
    Storable,
    StoredList,
    is_empty_node,
    render_in_brackets,
    render_key,
    render_like,
    render_new,
)
from vault_sync.note.splice import Edit
from vault_sync.note.yamltree import Alias, Mapping, Node, Scalar, Sequence, YamlError, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BLOCK: Final = 65_536
_BOM: Final = "\ufeff"
_OPENING: Final = re.compile(r"---[ \t]*(\r?\n)")
_CLOSING: Final = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_LONE_CR: Final = re.compile(r"\r(?!\n)")
_BLANKS: Final = re.compile(r"[ \t]*")
_COLON: Final = re.compile(r"[ \t]*:")
_BARE_LINE: Final = re.compile(r"[ \t]*(?:#.*)?\r?\n?")
_FIRST_LINE: Final = 2


class Block(NamedTuple):
    """Where the frontmatter's own lines are: from ``start`` up to ``end``, without the fences."""

    start: int
    end: int
    eol: str


class Property(NamedTuple):
    """A property where it stands. Indexes of its nodes count from the start of the block."""

    name: str
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Frontmatter:
    """The frontmatter of one note.

    Attributes:
        text: the whole note.
        block: where the frontmatter is.
        properties: by name in NFC, in the order of the note.
        is_flow: it is one object in braces (JSON), whose lines cannot be edited one by one.
        indent: how many spaces stand before each name.
    """

    text: str
    block: Block
    properties: dict[str, Property]
    is_flow: bool
    indent: int

    def line_of(self, name: str) -> int | None:
        """Return the line of a property in the file, counted from 1; None if it is not there."""
        found = self.properties.get(name)
        return found.key.line + _FIRST_LINE if found else None

    def raw_value(self, name: str) -> str:
        """Return the bytes of a property's value as text, quotes and all; empty if empty."""
        start, end = self.value_span(self.properties[name])
        return self.text[start:end]

    def value_span(self, found: Property) -> tuple[int, int]:
        """Return where a value's text is; for an empty one, where it would be put."""
        if isinstance(found.value, Scalar) and found.value.start == found.value.end:
            place = _after_colon(self, found)
            return place, place
        return self.block.start + found.value.start, self.block.start + found.value.end


def find_block(text: str) -> Block | None:
    """Return where the frontmatter is, None if the note has none.

    It starts at the first character (behind a byte order mark) with ``---`` alone on its line and
    ends at the next such line, as Obsidian does (help page "Properties").

    Raises:
        FrontmatterError: it opens and never closes, is too long or has stray carriage returns.
    """
    opening = _OPENING.match(text, 1 if text.startswith(_BOM) else 0)
    if not opening:
        return None
    start = opening.end()
    closing = _CLOSING.search(text, start)
    if not closing:
        raise _refuse(
            "The frontmatter opens with `---` and never closes; add a line `---` below its last property.",
            1,
        )
    if closing.start() - start > MAX_BLOCK:
        raise _refuse(
            f"The frontmatter is longer than {MAX_BLOCK // 1024} KiB, so it is left alone.", 1
        )
    stray = _LONE_CR.search(text, start, closing.start())
    if stray:
        line = text.count("\n", 0, stray.start()) + 1
        raise _refuse("A stray carriage return stands in this line; type the line end anew.", line)
    return Block(start, closing.start(), opening[1])


def read_frontmatter(text: str, block: Block) -> Frontmatter | None:
    """Return the frontmatter with its properties, None if it holds something else than those.

    Raises:
        FrontmatterError: it is not valid YAML, or a name stands in it twice.
    """
    pairs = read_lines(text[block.start : block.end])
    if pairs is None:
        return parse_frontmatter(text, block)
    return Frontmatter(text, block, _index(pairs), is_flow=False, indent=0)


def parse_frontmatter(text: str, block: Block) -> Frontmatter | None:
    """Return the same as `read_frontmatter`, by ruamel.yaml alone.

    Raises:
        FrontmatterError: it is not valid YAML, or a name stands in it twice.
    """
    try:
        root = parse_yaml(text[block.start : block.end])
    except YamlError as error:
        problem = Problem(error.message, error.line + _FIRST_LINE, column=error.column + 1)
        raise FrontmatterError(problem) from None
    if root is None:
        return Frontmatter(text, block, {}, is_flow=False, indent=0)
    if not isinstance(root, Mapping) or root.is_decorated:
        return None
    return Frontmatter(text, block, _index(root.pairs), is_flow=root.is_flow, indent=root.column)


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
    start, end = note.value_span(found)
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
        raise _refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            _FIRST_LINE,
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
        raise _refuse(
            f"The list `{found.name}` holds comments, anchors or lists of its own, which would be lost; take them out.",
            found.key.line + _FIRST_LINE,
            found.name,
        )
    text = render_list_like(stored, old, _eol_before(note, note.block.end))
    return Edit(start if old.is_flow else after_key, end, text)


def _change_to_list(note: Frontmatter, found: Property, stored: StoredList) -> Edit:
    _require_scalar(note, found)
    after_key = _after_key(note, found)
    end = note.value_span(found)[1]
    eol = _eol_before(note, note.block.end)
    if note.text[end] in "\r\n":
        return Edit(after_key, end, render_new_list(stored, note.indent, eol))
    shown = ", ".join(render_in_brackets(item) for item in stored.items)  # a comment follows
    return Edit(after_key, end, f" [{shown}]")


def _end_of_text(note: Frontmatter, found: Property) -> int:
    """Return where the last line of a property ends, before its line end."""
    end = _end_of_lines(note, found)
    return end - len(_eol_before(note, end))


def _refuse(message: str, line: int, name: str | None = None) -> FrontmatterError:
    return FrontmatterError(Problem(message, line, name))


def _index(pairs: Iterable[tuple[Node, Node]]) -> dict[str, Property]:
    properties: dict[str, Property] = {}
    for key, value in pairs:
        if not isinstance(key, Scalar):
            continue
        name = to_nfc(key.text)
        if name in properties:
            first = properties[name].key.line + _FIRST_LINE
            message = f"The property `{name}` stands here a second time (first in line {first}); delete one of the two."
            raise _refuse(message, key.line + _FIRST_LINE, name)
        properties[name] = tuple.__new__(Property, (name, key, value))  # as in yamltree: a hot path
    return properties


def _require_scalar(note: Frontmatter, found: Property) -> Scalar:
    line = found.key.line + _FIRST_LINE
    value = found.value
    if note.is_flow:
        raise _refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            line,
            found.name,
        )
    if isinstance(value, Alias) or value.is_decorated or found.key.is_decorated:
        raise _refuse(
            f"The property `{found.name}` uses an anchor, alias or tag (`&`, `*`, `!`); write its value out.",
            line,
            found.name,
        )
    if isinstance(value, Sequence | Mapping):
        raise _refuse(
            f"The property `{found.name}` holds a list or object where one value belongs; empty it and it will be filled in.",
            line,
            found.name,
        )
    if value.style in {"|", ">"}:
        raise _refuse(
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
        raise _refuse(
            f"The name and the value of `{found.name}` stand on different lines; write `name: value` on one.",
            found.key.line + _FIRST_LINE,
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
