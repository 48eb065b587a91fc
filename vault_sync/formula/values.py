"""The values formulas work on, and JavaScript's and Bases' rules for turning one kind into another.

Kinds are Python's own where Python has one: ``None``, ``bool``, ``float`` (every number),
``str``, ``list``, ``dict``, ``date`` (a date without a time) and ``datetime`` (civil time of the
vault's zone, without tzinfo). Lists and objects are never changed once made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months, which have no fixed length, and milliseconds.

    The difference of two dates has no months, so it counts as its milliseconds wherever a number
    is wanted (Bases syntax, "Date arithmetic").
    """

    months: int = 0
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a note or an address, with the text it shows, if that is another one."""

    target: str
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Regexp:
    """A regular expression literal: JavaScript's pattern and flags."""

    pattern: str
    flags: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the vault. What costs a look at its text or its stat is fetched when asked for.

    Attributes:
        path: from the vault's root, with ``/`` between folders.
        facts: gives ``size``, ``ctime``, ``mtime``, ``tags``, ``links``, ``embeds`` and
            ``properties``; raises EvaluationError for what cannot be told of this file.
    """

    path: str
    facts: Callable[[str], Value] = field(compare=False, repr=False)


Value: TypeAlias = (
    "bool | float | str | date | datetime | Duration | Link | File | Regexp"
    " | list[Value] | dict[str, Value] | None"
)
