"""After notes were written: git is told to look at them again, where it would mistake them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_sync.cli.streams import complain
from vault_sync.errors import GitError
from vault_sync.vault.worktree import find_work_tree

if TYPE_CHECKING:
    from pathlib import Path


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
        from vault_sync.git.filtering_settling import settle_vault  # noqa: PLC0415 - for a quick start

        settle_vault(root)


def free_index(root: Path) -> bool:
    """Take git's lock on the index away if a run of ours was killed as it told git, and say whether so.

    Args:
        root: the vault; it need not lie in a repository.
    """
    tree = find_work_tree(root)
    lock = tree and tree.folder / "index.lock"
    if not lock or not os.path.lexists(lock):
        return False
    from vault_sync.files.indexlock import drop_dead_lock  # noqa: PLC0415 - for a quick start

    return drop_dead_lock(lock)
