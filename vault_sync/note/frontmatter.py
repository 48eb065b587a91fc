"""Finds the frontmatter of a note and the place of every property in it.

Only places are found here and only texts are put there; nothing is ever written out again from
what was parsed (docs/explanation/how-we-write.md says why).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import FrontmatterError, Problem
from vault_sync.note.yaml_nodes import (
    Node,
    Scalar,
    YamlError,
    YamlMapping,
    read_lines,
    read_wanted_lines,
)
from vault_sync.text import NameMap, find_conflict_marker, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    Read = Callable[[str, "Block"], "Frontmatter | None"]


MAX_BLOCK: Final = 65_536
_BOM: Final = "\ufeff"
_OPENING: Final = re.compile(r"---[ \t]*(\r?\n)")
_CLOSING: Final = re.compile(r"\n---[ \t]*\r?$", re.MULTILINE)
_LONE_CR: Final = re.compile(r"\r(?!\n)")
FIRST_LINE: Final = 2


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


# Quicker than `Property(...)`, as `make_scalar` is.
_make_property: Final[Callable[[Iterable[object]], Property]] = partial(tuple.__new__, Property)


class Frontmatter(NamedTuple):
    """The frontmatter of one note.

    Attributes:
        text: the whole note.
        block: where the frontmatter is.
        properties: by name, however that is spelled (see `vault_sync.text.fold_name`), in the order of the note.
        is_flow: it is one object in braces (JSON), whose lines cannot be edited one by one.
        indent: how many spaces stand before each name.
        is_plain: every line means the same alone as among the others (see `vault_sync.note.yaml_nodes`).
    """

    text: str
    block: Block
    properties: NameMap[Property]
    is_flow: bool
    indent: int
    is_plain: bool = False

    def line_of(self, name: str) -> int | None:
        """Return the line of a property in the file, counted from 1; None if it is not there."""
        found = self.properties.get(name)
        return found.key.line + FIRST_LINE if found else None


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
    closing = _CLOSING.search(text, start - 1)
    if not closing:
        raise refuse(
            "The frontmatter opens with `---` and never closes; add a line `---` below its last property.",
            1,
        )
    end = closing.start() + 1
    if end - start > MAX_BLOCK:
        raise refuse(
            f"The frontmatter is longer than {MAX_BLOCK // 1024} KiB, so it is left alone.", 1
        )
    stray = _LONE_CR.search(text, start, end)
    if stray:
        line = text.count("\n", 0, stray.start()) + 1
        raise refuse("A stray carriage return stands in this line; type the line end anew.", line)
    return Block(start, end, opening[1])


def read_frontmatter(text: str, block: Block) -> Frontmatter | None:
    """Return the frontmatter with its properties, None if it holds something else than those.

    Raises:
        FrontmatterError: it is not valid YAML, or a name stands in it twice.
    """
    pairs = read_lines(text[block.start : block.end])
    if pairs is None:
        return parse_frontmatter(text, block)
    return Frontmatter(text, block, _index(pairs), is_flow=False, indent=0, is_plain=True)


def read_properties(text: str, read: Read = read_frontmatter) -> Frontmatter | None:
    """Return the frontmatter of a note that is in order, None if it has none.

    Raises:
        FrontmatterError: it cannot be understood.
    """
    block = find_block(text)
    return read_block(text, block, read) if block else None


def read_block(text: str, block: Block, read: Read = read_frontmatter) -> Frontmatter:
    """Return the frontmatter that was found in a note.

    Raises:
        FrontmatterError: a merge was not finished in the note, or the frontmatter is no properties.
    """
    line = find_conflict_marker(text)
    if line:
        message = "A merge conflict (`<<<<<<<`) is not resolved here; decide it and refresh again."
        raise FrontmatterError(Problem(message, line))
    note = read(text, block)
    if note is None:
        message = "The frontmatter is not made of `name: value` lines, so it is left alone."
        raise FrontmatterError(Problem(message, FIRST_LINE))
    return note


def read_wanted(text: str, block: Block, wanted: Container[str]) -> Frontmatter | None:
    """Return the same as `read_frontmatter`, perhaps without properties that are not wanted.

    Args:
        text: the whole note.
        block: where the frontmatter is.
        wanted: names of properties, folded (see `vault_sync.text.fold_name`).

    Raises:
        FrontmatterError: it is not valid YAML, or a name stands in it twice.
    """
    pairs = read_wanted_lines(text[block.start : block.end], wanted)
    if pairs is None:
        return parse_frontmatter(text, block)
    return Frontmatter(text, block, _index(pairs), is_flow=False, indent=0, is_plain=True)


def parse_yaml(text: str) -> Node | None:
    """Return the root node of a YAML text, None if there is nothing in it.

    Raises:
        YamlError: it is not YAML, holds more than one document, or is nested too deep.
    """
    # Loaded with the first text that needs it, for a quick start: most notes are plain lines.
    from vault_sync.note.yaml_parser import parse  # noqa: PLC0415

    return parse(text)


def parse_frontmatter(text: str, block: Block) -> Frontmatter | None:
    """Return the same as `read_frontmatter`, by ruamel.yaml alone.

    Raises:
        FrontmatterError: it is not valid YAML, or a name stands in it twice.
    """
    try:
        root = parse_yaml(text[block.start : block.end])
    except YamlError as error:
        problem = Problem(error.message, error.line + FIRST_LINE, column=error.column + 1)
        raise FrontmatterError(problem) from None
    if root is None:
        return Frontmatter(text, block, NameMap(), is_flow=False, indent=0)
    if not isinstance(root, YamlMapping) or root.is_decorated:
        return None
    return Frontmatter(text, block, _index(root.pairs), is_flow=root.is_flow, indent=root.column)


def refuse(message: str, line: int, name: str | None = None) -> FrontmatterError:
    """Return the error of a note that is left alone; the line is counted from 1 in the file."""
    return FrontmatterError(Problem(message, line, name))


def _index(pairs: Iterable[tuple[Node, Node]]) -> NameMap[Property]:
    found = [
        _make_property((to_nfc(key.text), key, value))
        for key, value in pairs
        if isinstance(key, Scalar)
    ]
    properties = NameMap({property_[0]: property_ for property_ in found})
    if len(properties) < len(found):
        raise _refuse_twice(found)
    return properties


def _refuse_twice(found: Sequence[Property]) -> FrontmatterError:
    """Return the error of a note in which two properties have one name."""
    seen: NameMap[Property] = NameMap()
    second = next(one for one in found if seen.setdefault(one.name, one) is not one)
    first, name, line = seen[second.name], second.name, second.key.line + FIRST_LINE
    place = first.key.line + FIRST_LINE
    if name == first.name:
        message = f"The property `{name}` stands here a second time (first in line {place}); delete one of the two."
    else:
        message = f"The property `{name}` is that of line {place}, `{first.name}`, written in another way (letter case, or a character that is not seen); delete one of the two."
    return refuse(message, line, name)
