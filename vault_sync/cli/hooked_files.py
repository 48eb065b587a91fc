"""The run behind ``hook files``: files that somebody else has listed, vault by vault."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.cli.runs import run_refresh
from vault_sync.cli.session import RefreshRequest
from vault_sync.cli.streams import complain
from vault_sync.errors import VaultSyncError
from vault_sync.runs import DEFAULT_JOBS
from vault_sync.vault.ignoring import is_note_name
from vault_sync.vault.vault import find_vault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from vault_sync.cli import Options

_FORMAT: Final = "text"


@dataclass(frozen=True, slots=True)
class FilesRequest:
    """What was asked of ``hook files``, option by option."""

    files: tuple[Path, ...]
    is_check: bool
    is_stable: bool
    now: str | None


def refresh_files(options: Options, request: FilesRequest) -> int:
    """Refresh the notes among files and return the worst exit code of their vaults."""
    groups = _group_by_vault(request.files, options.vault)
    return max(
        (_refresh(options, root, notes, request) for root, notes in groups.items()), default=0
    )


def _refresh(options: Options, root: Path, notes: list[Path], request: FilesRequest) -> int:
    wish = RefreshRequest(
        paths=tuple(notes),
        check=request.is_check,
        diff=False,
        stable=request.is_stable,
        now=request.now,
        format_=_FORMAT,
        jobs=DEFAULT_JOBS,
        max_changes=None,
        fail_on_change=True,
        no_cache=True,
    )
    try:
        return run_refresh(options._replace(vault=root), wish, sys.stdout)
    except VaultSyncError as error:
        complain(f"vault-sync: {error}")
        return error.exit_code


def _group_by_vault(files: Iterable[Path], named: Path | None) -> dict[Path, list[Path]]:
    """Return the notes by their vaults, without those that lie in none and what is no note."""
    groups: dict[Path, list[Path]] = {}
    for file in files:
        if is_note_name(file.name) and file.is_file() and not file.is_symlink():
            root = named or find_vault(file)
            if root:
                groups.setdefault(root, []).append(file)
    return groups
