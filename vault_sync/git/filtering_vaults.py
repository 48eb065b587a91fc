"""The vaults of a repository, each opened when the first of its notes is asked about."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vault_sync.errors import VaultSyncError
from vault_sync.git.owned import Owner, keep_daily
from vault_sync.vault.vault import Vault, find_vault, why_ignored
from vault_sync.vault.walking import make_printable
from vault_sync.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class OpenVault:
    """A vault and what its rules own today.

    Attributes:
        vault: where its notes are.
        owner: of all derived properties.
        daily_owner: of those that read the clock.
    """

    vault: Vault
    owner: Owner
    daily_owner: Owner


@dataclass(slots=True)
class Vaults:
    """Finds the vault of each file of a work tree.

    Attributes:
        top: the root of the work tree.
        complain: is told why a vault cannot be used, once for each.
    """

    top: Path
    complain: Callable[[str], None]
    _roots: dict[str, Path | None] = field(default_factory=dict)
    _opened: dict[Path, OpenVault | None] = field(default_factory=dict)

    def find(self, path: str) -> tuple[OpenVault, str] | None:
        """Return the vault of a note and the note's path in it, None if it is in none or ignored.

        Args:
            path: from the root of the work tree, with ``/``.
        """
        folder = path.rpartition("/")[0]
        if folder not in self._roots:
            self._roots[folder] = find_vault(self.top / folder)
        root = self._roots[folder]
        opened = self._open(root) if root else None
        if root is None or opened is None:
            return None
        inside = (self.top / path).relative_to(root).as_posix()
        return None if why_ignored(opened.vault, inside) else (opened, inside)

    def _open(self, root: Path) -> OpenVault | None:
        if root not in self._opened:
            self._opened[root] = self._load(root)
        return self._opened[root]

    def _load(self, root: Path) -> OpenVault | None:
        try:
            workspace = open_workspace(root, None)
        except VaultSyncError as error:
            shown = make_printable(str(root))
            self.complain(f"{shown} cannot be read as a vault: {error}")
            return None
        conditions = workspace.conditions(workspace.moment(None))
        gc.freeze()  # what the rules are made of need not be looked through for each note
        owner = Owner(workspace.rules, conditions)
        return OpenVault(workspace.vault, owner, Owner(keep_daily(workspace.rules), conditions))
