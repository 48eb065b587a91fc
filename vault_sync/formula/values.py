"""The values formulas work on; what one evaluation of a formula may see, and how much it may do.

Kinds are Python's own where Python has one: ``None``, ``bool``, ``float`` (every number),
``str``, ``list``, ``dict``, ``date`` (a date without a time) and ``datetime`` (local time of the
vault's zone, without tzinfo). Lists and objects are never changed once made.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol, TypeAlias

from vault_sync.errors import LimitError
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


# What one evaluation of a formula may see, and how much it may do.


class VaultView(Protocol):
    """The files of a vault. The same question has the same answer throughout an evaluation."""

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none.

        Args:
            target: the link's target as written, with any heading or block behind ``#``.
            source: the path of the note in which the link stands.
        """

    def read_fact(self, path: str, fact: str) -> Value:
        """Return ``size``, ``ctime``, ``mtime``, ``tags``, ``links``, ``embeds`` or ``properties``.

        Links bear ``path`` as their source. Derived properties have their new values.

        Raises:
            EvaluationError: that cannot be told of this file.
        """

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note, the new value of a derived one.

        Args:
            path: of the note.
            name: of the property, spelled as in the formula.

        Raises:
            KeyError: the note has no property of this name.
            EvaluationError: the note or the value cannot be read, or needs this very formula.
        """

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file, sorted."""


STEPS_PER_LOOK: Final = 5
"""What it costs to find another file, or to read a property of it, in steps of the budget."""


class OtherNotes:
    """The files of a vault for the formulas of one note."""

    __slots__ = ("_path", "_view")

    def __init__(self, view: VaultView, path: str) -> None:
        """Look at a vault from a note.

        Args:
            view: the vault.
            path: of the note, to which links are relative that bear no source of their own.
        """
        self._view = view
        self._path = path

    def find(self, link: Link, budget: Budget) -> File | None:
        """Return the file that a link leads to, None where there is none.

        Args:
            link: the link.
            budget: pays for the file.

        Raises:
            LimitError: no work is left.
        """
        path = self._find_path(link, budget)
        return None if path is None else self.open(path)

    def find_property(self, link: Link, name: str, budget: Budget) -> Value:
        """Return a property of the note that a link leads to; nothing where it leads to none.

        Args:
            link: the link.
            name: of the property, in NFC.
            budget: pays for the note and for the look at it.

        Raises:
            KeyError: the note has no property of this name.
            EvaluationError: it cannot be read; LimitError where no work is left.
        """
        path = self._find_path(link, budget)
        if path is None:
            return None
        budget.spend(STEPS_PER_LOOK)
        return self._view.find_property(path, name)

    def _find_path(self, link: Link, budget: Budget) -> str | None:
        source = self._path if link.source is None else link.source
        path = self._view.find(link.target, source)
        if path is not None:
            budget.find_file(path)
        return path

    def open(self, path: str) -> File:
        """Return a file by its path; nothing of it is read before it is asked for."""
        find_property = partial(self._view.find_property, path)
        return File(to_nfc(path), partial(self._view.read_fact, path), find_property)

    def list_backlinks(self, path: str) -> list[Link]:
        """Return links to the notes that link to a file."""
        return [Link(found.removesuffix(".md")) for found in self._view.list_backlinks(path)]


MAX_STEPS: Final = 50_000
"""The work that the formulas of one note may do: usually less than a tenth of a second.

Those of the study profile take less than a hundredth of it.
"""
_STEPS_FOR_FILE: Final = 500
_MAX_EARNING: Final = 2_000
_STEPS_FOR_FURTHER: Final = 100
MAX_LENGTH: Final = 1_000_000
_NO_VARIABLES: Final[Mapping[str, Value]] = {}


_NESTING: Final = (list, dict)


class Budget:
    """The work all formulas of one note may still do. A formula may come from a stranger's vault.

    Work is counted in steps, of which one takes about a microsecond, and never timed: what comes of
    a note must be the same on a slow machine, a busy one and a quick one. For the same reason
    a run has no budget of its own, which the notes before might have used up: it takes as long as
    its notes may at the most.

    The page of a project is made of the notes of its tasks, and has the more to do the more of them
    there are: so each of the first 2,000 files that its formulas find gives 500 steps more, enough
    for a dozen rollups. Each further file costs 100, as it has to be read: about 10,000 can be.

    Attributes:
        steps: nodes run, loop rounds, and elements or characters made, that are left.
        regexps: the regular expressions that were paid for, as patterns and flags.
    """

    __slots__ = ("_files", "regexps", "steps")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.steps = steps
        self.regexps: Final[set[tuple[str, str]]] = set()
        self._files: set[str] = set()

    def find_file(self, path: str) -> None:
        """Take in that a formula has found another file, by its path as the disk has it; each counts once.

        Raises:
            LimitError: nothing is left.
        """
        if path in self._files:
            return
        self._files.add(path)
        if len(self._files) <= _MAX_EARNING:
            self.steps += _STEPS_FOR_FILE
        else:
            self.spend(_STEPS_FOR_FURTHER)

    def spend_on_text(self, length: int) -> None:
        """Make sure that a text may be made, before it is made, and take its cost off the budget.

        Args:
            length: the characters of the text.

        Raises:
            LimitError: the text would be too long, or nothing is left.
        """
        if length > MAX_LENGTH:
            raise LimitError(f"The text grows beyond {MAX_LENGTH} characters; make it shorter.")
        self.spend(length // 100)

    def spend_on_all(self, value: Value) -> None:
        """Take all that a value holds, to the last list within a list, off the budget.

        Loops can put one list into another twice, and that again, so that a short formula makes a
        value that takes for ever to look through. Whoever makes or walks nested lists weighs them.

        Raises:
            LimitError: nothing is left.
        """
        waiting = [value] if isinstance(value, _NESTING) else []
        while waiting:
            found = waiting.pop()
            inner = found.values() if isinstance(found, dict) else found
            self.spend(len(inner))
            waiting += [one for one in inner if isinstance(one, _NESTING)]

    def spend(self, steps: int) -> None:
        """Take steps off the budget.

        Raises:
            LimitError: nothing is left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise LimitError("The formula does more work than a formula may; make it simpler.")


class Scope(NamedTuple):
    """Everything an evaluation can ask for. It reads no clock and no file of its own accord.

    Attributes:
        now: local time in the vault's zone, without tzinfo.
        properties: the note's properties by name in NFC; a missing one is simply not there.
        formulas: gives the value of another formula by its name in NFC.
        file: the note itself.
        timezone: the vault's zone, wanted only to count milliseconds since 1970.
        budget: the work that is left.
        day_starts_at: how long after midnight a new day begins.
        locale: the language of month and weekday names, such as ``ko``.
        others: the other files of the vault; None where there is no vault at hand.
        variables: ``value``, ``index`` and ``acc`` inside ``map``, ``filter`` and ``reduce``.
    """

    now: datetime
    properties: Mapping[str, Value]
    formulas: Callable[[str], Value]
    file: File
    timezone: tzinfo
    budget: Budget
    day_starts_at: timedelta = timedelta()
    locale: str = "en"
    others: OtherNotes | None = None
    variables: Mapping[str, Value] = _NO_VARIABLES

    @property
    def today(self) -> date:
        """The day that ``now`` belongs to."""
        return (self.now - self.day_starts_at).date()

    def with_variables(self, **variables: Value) -> Scope:
        """Return the scope of a loop's body."""
        return self.begin_loop()({**self.variables, **variables})

    def begin_loop(self) -> Callable[[Mapping[str, Value]], Scope]:
        """Return what makes the same scope with other variables."""
        # In a hot path; `variables` comes last.
        start, make = self[:-1], tuple.__new__
        return lambda variables: make(Scope, (*start, variables))


# The bound on walks through nested values: a loop can build a list that holds one list often.

MAX_NESTING: Final = 100
MAX_ELEMENTS: Final = 100_000


class SizeLimit:
    """How much of a nested value may still be looked at, and how much text made of it."""

    __slots__ = ("characters", "depth", "elements")

    def __init__(self) -> None:
        self.elements = MAX_ELEMENTS
        self.characters = MAX_LENGTH
        self.depth = 0

    def enter(self, elements: int) -> None:
        """Go into a list or object of so many elements.

        Raises:
            LimitError: the value is too deep or too large.
        """
        self.depth += 1
        self.elements -= elements
        if self.depth > MAX_NESTING or self.elements < 0:
            raise LimitError("The list is larger or deeper than a list in a formula may be.")

    def leave(self) -> None:
        """Come out of the list or object entered last."""
        self.depth -= 1

    def write(self, text: str) -> str:
        """Return the text, counted.

        Raises:
            LimitError: too much text was written already.
        """
        self.characters -= len(text) + 1
        if self.characters < 0:
            raise LimitError(f"The text grows beyond {MAX_LENGTH} characters; make it shorter.")
        return text
