"""Whether anything of a repository is ours to refresh."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from vault_sync.git.filtering import ENDING
from vault_sync.vault.vault import find_vault

if TYPE_CHECKING:
    from vault_sync.git.repository import Repository

_LIST_ALL: Final = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def has_vault(repository: Repository) -> bool:
    """Say whether a work tree lies in a vault, or one of its notes does, committed or not.

    Raises:
        GitError: git cannot list the files.
    """
    if find_vault(repository.top):
        return True
    listed = os.fsdecode(repository.run(*_LIST_ALL)).split("\0")
    folders = {path.rpartition("/")[0] for path in listed if path.endswith(ENDING)}
    return any(find_vault(repository.top / folder) for folder in folders)
