"""Study notes kept at hand: they are read again when a look at the vault tells a change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vault_sync.study.notes import load_study_notes
from vault_sync.watch.scanning import scan_notes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.reading import Signature
    from vault_sync.study.notes import StudyNote
    from vault_sync.workspace import Workspace


@dataclass(slots=True)
class Observer:
    """Has the study notes of a vault at hand, and reads them again when some note has changed.

    Attributes:
        workspace: the vault.
        root: its folder, opened.
        troubled: the notes that could not be read the last time.
    """

    workspace: Workspace
    root: VaultFolder
    troubled: set[str] = field(default_factory=set)
    _seen: tuple[date, Mapping[str, Signature]] | None = None
    _notes: list[StudyNote] = field(default_factory=list)

    def look(self, day: date, moment: datetime) -> list[StudyNote]:
        """Return the study notes as they are now.

        Args:
            day: the present day; a new one is a reason to read again.
            moment: the present.
        """
        seen = (day, scan_notes(self.workspace.vault).looks)
        if seen != self._seen:
            # Looked at before reading: what is written meanwhile is seen the next time.
            self.troubled.clear()
            self._notes = list(load_study_notes(self.workspace, self.root, moment, self._take))
            self._seen = seen
        return self._notes

    def _take(self, path: str, _problem: Problem) -> None:
        self.troubled.add(path)
