"""What YAML is read into: nodes that know where they stand in the text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


class Sequence(NamedTuple):
    """A list, in brackets (``is_flow``) or on lines of its own."""

    items: tuple[Node, ...]
    is_flow: bool
    start: int
    end: int
    line: int
    column: int
    is_decorated: bool


class Mapping(NamedTuple):
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


Node: TypeAlias = Scalar | Sequence | Mapping | Alias

# `Scalar(...)` and `Scalar._make` call Python code; there are seventy of these in a study note.
make_scalar: Final[Callable[[Iterable[object]], Scalar]] = partial(tuple.__new__, Scalar)
"""Makes a scalar of its fields in their order, quickly."""
