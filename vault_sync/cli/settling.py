"""After notes were written: git is told to look at them again, where it would mistake them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_sync.cli.streams import complain
from vault_sync.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path


def tell_git(root: Path) -> None:
    """Let git look again at the notes of a vault, if our filter is installed in its repository.

    The notes are written already, so what ails git is told and no more. Within a hook nothing is
    done: git is in the middle of a commit and may hold the index (githooks(5), `GIT_INDEX_FILE`).

    Args:
        root: the vault.
    """
    if "GIT_INDEX_FILE" in os.environ:
        return
    # Path.exists raises where a folder may not be looked into.
    if not any(os.path.exists(folder / ".git") for folder in (root, *root.parents)):  # noqa: PTH110 - see above
        return
    from vault_sync.git.filtering_settling import settle_vault  # noqa: PLC0415 - for a quick start

    try:
        settle_vault(root)
    except GitError as error:
        complain(f"vault-sync: {error}")
