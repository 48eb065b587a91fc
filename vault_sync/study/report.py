"""The report of a vault: its notes read, and what they tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.nfc import to_nfc
from vault_sync.study.days import find_day
from vault_sync.study.notes import load_study_notes
from vault_sync.study.report_data import make_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.report_data import StudyReport
    from vault_sync.workspace import Workspace


def load_report(
    workspace: Workspace,
    root: VaultFolder,
    moment: datetime,
    tell: Callable[[str, Problem], None],
) -> StudyReport:
    """Return the report of a vault.

    Args:
        workspace: the vault.
        root: its folder, opened.
        moment: what is taken for the present.
        tell: is told of each study note that cannot be read.
    """
    unread: set[str] = set()

    def take(path: str, problem: Problem) -> None:
        unread.add(path)
        tell(path, problem)

    notes = list(load_study_notes(workspace, root, moment, take))
    vault = workspace.config.calendar.vault or to_nfc(Path(workspace.vault.root).name)
    return make_report(notes, find_day(workspace, moment), vault, len(unread))
