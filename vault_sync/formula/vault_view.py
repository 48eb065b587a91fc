"""Other notes as the formulas of one note see them, and what was read of them.

The core opens no file: whoever evaluates formulas hands a ``VaultView`` in. Every look through it
is written down, so that it can be known which notes depend on a note that changes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from vault_sync.formula.values import File, Link

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

ALL: Final = ""
"""Stands in ``VaultReads.properties`` for every property of a note; no property has this name."""


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


class VaultReads:
    """What formulas have read of other files.

    Attributes:
        names: what each link meant: the file's path, or None, by the link's target and source.
        facts: path and name of each fact, but for backlinks and properties.
        properties: path and name of each property, whether it is there or not; ``ALL`` for all.
        backlinks: the paths whose backlinks were asked for.
    """

    __slots__ = ("backlinks", "facts", "names", "properties")

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], str | None] = {}
        self.facts: set[tuple[str, str]] = set()
        self.properties: set[tuple[str, str]] = set()
        self.backlinks: set[str] = set()

    def __len__(self) -> int:
        """Return how many different things were read."""
        read = (self.names, self.facts, self.properties, self.backlinks)
        return sum(map(len, read))


class OtherNotes:
    """The files of a vault for the formulas of one note; writes down what they read.

    Attributes:
        reads: what was read so far.
    """

    __slots__ = ("_path", "_view", "reads")

    def __init__(self, view: VaultView, path: str) -> None:
        """Look at a vault from a note.

        Args:
            view: the vault.
            path: of the note, to which links are relative that bear no source of their own.
        """
        self._view = view
        self._path = path
        self.reads: Final = VaultReads()

    def find(self, link: Link) -> File | None:
        """Return the file that a link leads to, None where there is none."""
        source = self._path if link.source is None else link.source
        path = self._view.find(link.target, source)
        self.reads.names[link.target, source] = path
        return None if path is None else self.open(path)

    def open(self, path: str) -> File:
        """Return a file by its path; nothing of it is read before it is asked for."""
        return File(path, partial(self._read_fact, path), partial(self._find_property, path))

    def list_backlinks(self, path: str) -> list[Link]:
        """Return links to the notes that link to a file."""
        self.reads.backlinks.add(path)
        return [Link(found.removesuffix(".md")) for found in self._view.list_backlinks(path)]

    def _read_fact(self, path: str, fact: str) -> Value:
        if fact == "properties":
            self.reads.properties.add((path, ALL))
        else:
            self.reads.facts.add((path, fact))
        return self._view.read_fact(path, fact)

    def _find_property(self, path: str, name: str) -> Value:
        self.reads.properties.add((path, name))
        return self._view.find_property(path, name)
