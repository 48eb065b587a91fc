"""Other notes as the formulas of one note see them.

The core opens no file: whoever evaluates formulas hands a ``VaultView`` in. It may write down what it
is asked, so that it is known which notes depend on a note that changes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from vault_sync.formula.values import File, Link
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


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

    def find(self, link: Link) -> File | None:
        """Return the file that a link leads to, None where there is none."""
        source = self._path if link.source is None else link.source
        path = self._view.find(link.target, source)
        return None if path is None else self.open(path)

    def open(self, path: str) -> File:
        """Return a file by its path; nothing of it is read before it is asked for."""
        find_property = partial(self._view.find_property, path)
        return File(to_nfc(path), partial(self._view.read_fact, path), find_property)

    def list_backlinks(self, path: str) -> list[Link]:
        """Return links to the notes that link to a file."""
        return [Link(found.removesuffix(".md")) for found in self._view.list_backlinks(path)]
