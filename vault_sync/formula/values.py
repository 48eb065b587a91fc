"""The values formulas work on, and JavaScript's and Bases' rules for turning one kind into another.

Kinds are Python's own where Python has one: ``None``, ``bool``, ``float`` (every number),
``str``, ``list``, ``dict``, ``date`` (a date without a time) and ``datetime`` (local time of the
vault's zone, without tzinfo). Lists and objects are never changed once made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime


class _Compound:
    """A value of several parts that never change; equal to one of its own kind with equal parts.

    What a frozen dataclass is, without what it loads: a hook waits for that at each commit.
    """

    __slots__ = ()
    _compared: ClassVar[tuple[str, ...]]

    def _parts(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._compared)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Compound) and type(other) is type(self):
            return self._parts() == other._parts()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._parts()))

    def __repr__(self) -> str:
        parts = zip(self._compared, self._parts(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={part!r}' for name, part in parts)})"


class Duration(_Compound):
    """A length of time: calendar months, which have no fixed length, and milliseconds.

    The difference of two dates has no months, so it counts as its milliseconds wherever a number
    is wanted (Bases syntax, "Date arithmetic").
    """

    __slots__ = ("milliseconds", "months")
    _compared = ("months", "milliseconds")

    def __init__(self, months: int = 0, milliseconds: float = 0.0) -> None:
        self.months: Final = months
        self.milliseconds: Final = milliseconds


class Link(_Compound):
    """A link to a note or an address, with the text it shows, if that is another one.

    Attributes:
        target: what it leads to, as written.
        display: the text it shows; None where it has none of its own.
        source: the path of the note it stands in, which decides what a relative target means;
            None for the note that the formula is evaluated for.
    """

    __slots__ = ("display", "source", "target")
    _compared = ("target", "display")

    def __init__(self, target: str, display: str | None = None, source: str | None = None) -> None:
        self.target: Final = target
        self.display: Final = display
        self.source: Final = source


class Regexp(_Compound):
    """A regular expression literal: JavaScript's pattern and flags."""

    __slots__ = ("flags", "pattern")
    _compared = ("pattern", "flags")

    def __init__(self, pattern: str, flags: str = "") -> None:
        self.pattern: Final = pattern
        self.flags: Final = flags


class File(_Compound):
    """A file of the vault. What costs a look at its text or its stat is fetched when asked for.

    Attributes:
        path: from the vault's root, with ``/`` between folders.
        facts: gives ``size``, ``ctime``, ``mtime``, ``tags``, ``links``, ``embeds`` and
            ``properties``; raises EvaluationError for what cannot be told of this file.
        find_property: gives one property by its name, without a look at the others; raises
            KeyError where the note has none of that name. None: look among all of them.
    """

    __slots__ = ("facts", "find_property", "path")
    _compared = ("path",)

    def __init__(
        self,
        path: str,
        facts: Callable[[str], Value],
        find_property: Callable[[str], Value] | None = None,
    ) -> None:
        self.path: Final = path
        self.facts: Final = facts
        self.find_property: Final = find_property


class Tags(list["Value"]):
    """A list of tags, in which a tag is found by those it is nested in: ``a/b`` by ``a``."""

    __slots__ = ()


Value: TypeAlias = (
    "bool | float | str | date | datetime | Duration | Link | File | Regexp"
    " | list[Value] | dict[str, Value] | None"
)
