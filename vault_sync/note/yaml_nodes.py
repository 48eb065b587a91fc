"""What YAML is read into: nodes that know where they stand in the text; and plain lines, read at once."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable


class YamlError(Exception):
    """The text is not YAML that we read.

    Attributes:
        message: a sentence that says what is wrong and what to do.
        line: counted from 0, in the text that was parsed.
        column: counted from 0.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(message)


class Scalar(NamedTuple):
    """A text, number, checkbox or nothing.

    Attributes:
        text: what the quotes, escapes and folds mean.
        style: ``'"'``, ``"'"``, ``"|"``, ``">"``, or ``""`` for a plain one.
        start: index of its first character, tag and anchor included.
        end: index behind its last character. An empty value has ``start == end`` behind its colon.
        line: counted from 0.
        column: counted from 0.
        is_decorated: it carries an anchor or a tag.
    """

    text: str
    style: str
    start: int
    end: int
    line: int
    column: int
    is_decorated: bool


class YamlSequence(NamedTuple):
    """A list, in brackets (``is_flow``) or on lines of its own."""

    items: tuple[Node, ...]
    is_flow: bool
    start: int
    end: int
    line: int
    column: int
    is_decorated: bool


class YamlMapping(NamedTuple):
    """Names with values, in braces (``is_flow``) or on lines of its own."""

    pairs: tuple[tuple[Node, Node], ...]
    is_flow: bool
    start: int
    end: int
    line: int
    column: int
    is_decorated: bool


class Alias(NamedTuple):
    """A reference to an anchored node. Never followed."""

    start: int
    end: int
    line: int
    column: int


Node: TypeAlias = Scalar | YamlSequence | YamlMapping | Alias

# `Scalar(...)` and `Scalar._make` call Python code; there are seventy of these in a study note.
make_scalar: Final[Callable[[Iterable[object]], Scalar]] = partial(tuple.__new__, Scalar)
"""Makes a scalar of its fields in their order, quickly."""


# Plain lines of frontmatter, read at once: ``name: value`` in forms that no two readers dispute.
#
# Most study notes have nothing else, and reading them so takes a third of the time. Whatever is not
# matched here to the last character (lists, escapes, comments behind values, tabs, odd characters)
# is left to ruamel.yaml, which also reads every line again that is about to be written: so nothing
# is ever written on the word of this module alone.

_UNSAFE: Final = re.compile(
    "[\\t\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ufeff\\ufffe\\uffff]|\\r(?!\\n)"
)


def _is_unsafe(block: str) -> bool:
    # Nothing of that is printable, which is told in a fifth of the time.
    return not block.replace("\n", "").isprintable() and _UNSAFE.search(block) is not None


_FIRST: Final = r"""[^\s\-?:,\[\]{}#&*!|>'"%@`]"""
_KEY: Final = rf"""((?!\.){_FIRST}[^:#"'\\\r\n]*+(?<! ))|("[^"\\\r\n]*+")"""
_PLAIN: Final = rf"""({_FIRST}[^:#\r\n]*+(?::[^\s:#][^:#\r\n]*+)*+)"""
_QUOTED: Final = r"""("[^"\\\r\n]*+")[ ]*+|('[^'\r\n]*+')[ ]*+"""
_LINE: Final = re.compile(
    rf"(?:(?:{_KEY}):[ ]*+(?:(?<= )(?:{_PLAIN}|{_QUOTED}))?|[ ]*+(?:\#[^\r\n]*+)?)\r?\n"
)
_MAX_KEY: Final = 500  # YAML ends the search for a colon at 1024 characters
_PLAIN_VALUE: Final = 3
_STYLES: Final = ("", "", '"', "", '"', "'")


def read_lines(block: str) -> list[tuple[Scalar, Scalar]] | None:
    """Return the names and values of a frontmatter block, None if one of its lines is not plain.

    Args:
        block: the lines between the fences, each with its end.
    """
    if _is_unsafe(block):
        return None
    pairs: list[tuple[Scalar, Scalar]] = []
    place = number = 0
    # Not `finditer`, which would try a long line again from each of its characters.
    while line := _LINE.match(block, place):
        which = line.lastindex
        if which is not None:
            pairs.append(_make_pair(line, which, place, number))
            if pairs[-1][0].end - place > _MAX_KEY:
                return None
        place = line.end()
        number += 1
    return pairs if place == len(block) else None


def read_wanted_lines(block: str, wanted: Container[str]) -> list[tuple[Scalar, Scalar]] | None:
    """Return of `read_lines` only what has a wanted name: where few do, in two thirds of the time.

    Args:
        block: the lines between the fences, each with its end.
        wanted: names, folded (see `vault_sync.text.fold_name`).

    Returns:
        Those names and values; None if a line is not plain, or a name stands there twice.
    """
    if _is_unsafe(block):
        return None
    pairs: list[tuple[Scalar, Scalar]] = []
    names: set[str] = set()
    place = number = 0
    while line := _LINE.match(block, place):
        key = line[1] or line[2]
        if key:
            name = fold_name(key.strip('"'))
            if name in names or len(key) > _MAX_KEY:
                return None
            names.add(name)
            if name in wanted:
                pairs.append(_make_pair(line, line.lastindex or 0, place, number))
        place = line.end()
        number += 1
    return pairs if place == len(block) else None


def name_lines(block: str) -> list[tuple[str, str]] | None:
    """Return the lines of a frontmatter block, each behind the name that stands in it, if one does.

    Args:
        block: the lines between the fences, each with its end.

    Returns:
        Names, empty for a line without one, and lines; None if a line is not plain, or a name stands
        there twice.
    """
    if _is_unsafe(block):
        return None
    lines: list[tuple[str, str]] = []
    names: list[str] = []
    place = 0
    while line := _LINE.match(block, place):
        key = line[1] or line[2] or ""
        name = key.strip('"')
        lines.append((name, line[0]))
        if key:
            names.append(fold_name(name))
        if len(key) > _MAX_KEY:
            return None
        place = line.end()
    return lines if place == len(block) and len({*names}) == len(names) else None


def _make_pair(line: re.Match[str], which: int, start: int, number: int) -> tuple[Scalar, Scalar]:
    name, end = line[1], line.end(1)
    style = ""
    if name is None:
        name, end, style = line[2][1:-1], line.end(2), '"'
    key = make_scalar((name, style, start, end, number, 0, False))
    if which < _PLAIN_VALUE:
        place = end + 1
        return key, make_scalar(("", "", place, place, number, place - start, False))
    text = line[which]
    place = line.start(which)
    if which == _PLAIN_VALUE:
        text = text.rstrip(" ")
        end = place + len(text)
    else:
        end = place + len(text)
        text = text[1:-1]
    return key, make_scalar((text, _STYLES[which], place, end, number, place - start, False))
