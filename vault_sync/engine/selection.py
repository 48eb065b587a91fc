"""From paths that a user names to the notes of a vault that they mean."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import VaultNotFoundError
from vault_sync.files.folder import is_leftover_name
from vault_sync.vault.ignore import is_note_name
from vault_sync.vault.vault import Vault, list_notes, why_ignored
from vault_sync.vault.walk import ConflictCopy, Leftover, Skipped, make_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vault_sync.vault.walk import Reported


class Selection:
    """What was selected, and what was met on the way.

    Attributes:
        notes: paths in the vault, each once, those of a folder next to each other.
        dependents: other notes that have to follow these.
        copies: conflict copies of sync services.
        ignored: notes that the user named and that are left alone all the same.
        skipped: what the walk could not or would not enter.
        leftovers: our own files that an interrupted run left behind.
    """

    __slots__ = ("copies", "dependents", "ignored", "leftovers", "notes", "skipped")

    def __init__(
        self,
        notes: Iterable[str] = (),
        skipped: Iterable[Skipped] = (),
        leftovers: Iterable[str] = (),
    ) -> None:
        self.notes = list(notes)
        self.dependents: list[str] = []
        self.copies: list[str] = []
        self.ignored: list[NoteResult] = []
        self.skipped = list(skipped)
        self.leftovers = list(leftovers)

    def on_found(self, entry: Reported) -> None:
        """Keep what the walk of the vault reports besides notes."""
        if isinstance(entry, Leftover):
            self.leftovers.append(entry.path)
        elif isinstance(entry, ConflictCopy):
            self.copies.append(entry.path)
        else:
            self.skipped.append(entry)


def select_notes(vault: Vault, paths: Sequence[Path]) -> Selection:
    """Return the notes that paths mean; all of the vault's where there are none.

    Args:
        vault: the vault.
        paths: notes and folders in it.

    Raises:
        VaultNotFoundError: a path lies outside of the vault.
    """
    selection = Selection(skipped=vault.problems)
    for path in paths or (vault.root,):
        _select(vault, _relate(vault, path), selection)
    selection.notes = list(dict.fromkeys(selection.notes))
    return selection


def _relate(vault: Vault, path: Path | str) -> str:
    """Return a path in the vault; a link that leads to another place of the vault means that place."""
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(vault.root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        raise VaultNotFoundError(f"{make_printable(str(path))} is not in the vault {vault.root}.")
    return "" if relative == os.curdir else relative.replace(os.sep, "/")


def _select(vault: Vault, path: str, selection: Selection) -> None:
    full = os.path.join(vault.root, path)  # noqa: PTH118 - str in, str out
    # The vault itself is a folder even where the disk does not say so; then its walk tells why.
    if not path or os.path.isdir(full):  # noqa: PTH112 - the same
        found = list_notes(vault, path, report=selection.on_found, is_leftover=is_leftover_name)
        selection.notes.extend(found)
        return
    reason = None if is_note_name(path) else "it is not a note (`.md`)"
    reason = reason or why_ignored(vault, path)
    if reason:
        selection.ignored.append(NoteResult(path, Status.SKIPPED, reason=reason))
    else:
        selection.notes.append(path)
