"""A run of a command on one vault: what was asked for, and what it works with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.cli.output import print_problem
from vault_sync.cli.streams import complain
from vault_sync.engine.report import Status
from vault_sync.engine.run import DEFAULT_JOBS, WritingRun
from vault_sync.errors import GitError
from vault_sync.vault.worktree import find_work_tree

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.engine.refresh import Planner
    from vault_sync.engine.report import Listener, Summary
    from vault_sync.engine.selection import Selection
    from vault_sync.files.folder import VaultFolder
    from vault_sync.vault.workspace import Workspace


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


# After notes were written: git is told to look at them again, where it would mistake them.


def tell_git(root: Path) -> None:
    """Let git look again at the notes of a vault, as `settle_if_tracked`; what ails it is told and no more.

    Args:
        root: the vault.
    """
    try:
        settle_if_tracked(root)
    except GitError as error:
        complain(f"vault-sync: {error}")


def settle_if_tracked(root: Path) -> None:
    """Let git look again at the notes of a vault, if our filter is installed in its repository.

    Where there is no repository, git is not started. Within a hook nothing is done: git is in the
    middle of a commit and may hold the index (githooks(5), `GIT_INDEX_FILE`).

    Args:
        root: the vault.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    if "GIT_INDEX_FILE" not in os.environ and find_work_tree(root):
        from vault_sync.git.index_refresh import refresh_vault_index

        refresh_vault_index(root)


def free_index(root: Path) -> bool:
    """Take git's lock on the index away if a run of ours was killed as it told git, and say whether so.

    Args:
        root: the vault; it need not lie in a repository.
    """
    tree = find_work_tree(root)
    lock = tree and tree.folder / "index.lock"
    if not lock or not os.path.lexists(lock):
        return False
    from vault_sync.files.index_lock import drop_dead_lock

    return drop_dead_lock(lock)
