"""Walks through all folders of a vault for what the list of notes leaves out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.doctor.facts import FolderFacts, Sightings
from vault_sync.files.leftovers import is_leftover_name
from vault_sync.vault.ignoring import (
    is_conflict_copy,
    is_note_name,
    make_folder_judge,
    make_note_judge,
)
from vault_sync.vault.settings import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.vault.ignoring import Judge
    from vault_sync.vault.vault import Vault
    from vault_sync.vault.walking import Skipped

_MAX_COPIES: Final = 10_000
_STUB: Final = (".", ".md.icloud")
_NESTED: Final = "it lies in a vault of its own"


@dataclass(slots=True)
class FolderSurvey:
    """A walk through the folders of a vault. No link is followed.

    Attributes:
        vault: the vault.
        facts: what was seen so far.
    """

    vault: Vault
    facts: FolderFacts = field(default_factory=FolderFacts)

    def look(self) -> FolderFacts:
        """Walk and return what was seen."""
        judge_folder = make_folder_judge(self.vault.rules)
        judge_note = make_note_judge(self.vault.rules, lambda _sentence: None)
        pending: list[tuple[str, str | None]] = [("", None)]
        while pending:
            folder, reason = pending.pop()
            self.facts.folders += 1
            for entry in _list_entries(f"{self.vault.root}/{folder}"):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if _is_folder(entry):
                    own = _NESTED if self._is_vault(path) else None
                    pending.append((path, reason or judge_folder(path) or own))
                else:
                    self._take(entry.name, path, reason, judge_note)
        return self.facts

    def add_skipped(self, skipped: list[Skipped]) -> FolderFacts:
        """Take what the list of notes could not enter."""
        for entry in skipped:
            place = entry.path or "(vault)"
            self.facts.unreadable.add(f"{place}: {entry.reason}")
        return self.facts

    def _is_vault(self, path: str) -> bool:
        return os.path.lexists(f"{self.vault.root}/{path}/{CONFIG_NAME}")

    def _take(self, name: str, path: str, reason: str | None, judge_note: Judge) -> None:
        """Take a file; what lies in a hidden folder is nobody's note."""
        is_hidden = path.startswith(".") or "/." in path
        if is_leftover_name(name) and reason is None:
            self.facts.leftovers.add(path)
        elif name.startswith(_STUB[0]) and name.endswith(_STUB[1]) and reason is None:
            self.facts.stubs.add(path)
        elif is_note_name(name) and not is_hidden:
            self._take_note(name, path, reason or judge_note(path))

    def _take_note(self, name: str, path: str, reason: str | None) -> None:
        if reason:
            self.facts.excluded.setdefault(reason, Sightings()).add(path)
        elif is_conflict_copy(name) and len(self.facts.copies) < _MAX_COPIES:
            self.facts.copies.append(path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _list_entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what lies in a folder, by name; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
