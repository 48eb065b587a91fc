"""A run of a command on one vault: what was asked for, and what it works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.cli.output import print_problem
from vault_sync.cli.settling import free_index, tell_git
from vault_sync.report import Status
from vault_sync.runs import DEFAULT_JOBS, WritingRun

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.files.folder import VaultFolder
    from vault_sync.refresh import Planner
    from vault_sync.report import Listener, Summary
    from vault_sync.selection import Selection
    from vault_sync.workspace import Workspace


REFRESH: Final = "refresh"


class RefreshRequest(NamedTuple):
    """What the user asked of ``refresh``, option by option."""

    paths: tuple[Path, ...]
    check: bool
    diff: bool
    stable: bool
    now: str | None
    format_: str
    jobs: int
    max_changes: int | None
    no_cache: bool
    fail_on_change: bool


class Session(NamedTuple):
    """One run of a command on one vault.

    Attributes:
        workspace: the vault.
        root: its folder, opened.
        moment: what the run takes for the present.
        started: the true present, before any note was looked at.
        selection: the notes it is about.
        command: what the journal calls it.
    """

    workspace: Workspace
    root: VaultFolder
    moment: datetime
    started: datetime
    selection: Selection
    command: str

    def write(self, planner: Planner, listener: Listener, jobs: int = DEFAULT_JOBS) -> Summary:
        """Write what is stale, behind a journal, and tidy up after interrupted runs first."""
        run = WritingRun(self.command, self.started, print_problem, jobs)
        summary = run.write(planner, self.selection, listener)
        vault = Path(self.workspace.vault.root)
        if free_index(vault) or summary.by_status[Status.CHANGED]:
            tell_git(vault)
        return summary
