"""The files of a vault as they are staged, for formulas that read other notes."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from vault_sync.errors import NoteError, Problem
from vault_sync.files.read import NoteBytes, Signature
from vault_sync.git.index import list_entries
from vault_sync.vault.vault import why_ignored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_sync.git.index import BlobReader
    from vault_sync.git.repository import Repository
    from vault_sync.vault.vault import Vault


class StagedNotes:
    """What the index of a repository has below the folder of a vault.

    Nothing of the work tree is read, so no value comes from a note that is not saved or not staged.
    """

    def __init__(self, repository: Repository, blobs: BlobReader, vault: Vault) -> None:
        """Look into an index; it is listed when the first name is looked up.

        Args:
            repository: whose index.
            blobs: reads what is staged.
            vault: a vault in its work tree.
        """
        self._repository = repository
        self._blobs = blobs
        self._vault = vault

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files that Obsidian would see."""
        return self._entries

    def read(self, path: str) -> NoteBytes:
        """Return a note as it is staged.

        Raises:
            NoteError: it is not.
        """
        blob = self._entries.get(path)
        data = self._blobs.read(blob) if blob else None
        if data is None:
            raise NoteError(Problem("It is not staged."))
        return NoteBytes(path, data, Signature(0, 0, len(data), 0, 0))

    def sign(self, path: str) -> Signature | None:
        """Return what is the same for all staged files: git tells no more of them."""
        return Signature(0, 0, 0, 0, 0) if path in self._entries else None

    def place(self, path: str) -> None:
        """Return nothing: the file on the disk may be another version."""

    def is_left_alone(self, path: str) -> bool:
        """Say whether the vault leaves a note alone."""
        return why_ignored(self._vault, path) is not None

    def describe(self) -> str:
        """Return nothing: what is staged is never remembered."""
        return ""

    @cached_property
    def _entries(self) -> Mapping[str, str]:
        """The blobs of the files by their paths in the vault."""
        below = os.path.relpath(self._vault.root, self._repository.top).replace(os.sep, "/")
        start = "" if below == "." else f"{below}/"
        return {
            entry.path[len(start) :]: entry.blob
            for entry in list_entries(self._repository)
            if entry.path.startswith(start) and not _is_hidden(entry.path[len(start) :])
        }


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path
