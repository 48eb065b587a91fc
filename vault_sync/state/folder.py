"""The state folder of a vault: journals and rescue copies, outside the vault, for this user alone.

Nothing else outside the vault is ever written.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from vault_sync.errors import StateError
from vault_sync.files import platform
from vault_sync.files.export import sync_folder

_NAME_FILE = "vault.json"
SETTLED = "-copy"
"""Follows the id of the run in the names of rescue copies that were conflict copies, or took one in."""


class StateFolder(NamedTuple):
    """Where vault-sync remembers what it did to one vault.

    Attributes:
        path: the folder; only its owner may look into it.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """The folder of the journals."""
        return self.path / "journal"

    @property
    def rescue(self) -> Path:
        """The folder of the rescue copies."""
        return self.path / "rescue"


def open_state(vault: Path) -> StateFolder:
    """Make the state folder of a vault, or find it again.

    It lies in the user's state folder (platformdirs: ``~/.local/state/vault-sync`` on Linux), or in
    the folder that the environment variable VAULT_SYNC_STATE names, under a name made from the real
    path of the vault.

    Raises:
        StateError: if it would lie inside the vault, or cannot be made or written.
    """
    real = vault.resolve()
    state = locate_state(real)
    if state.path.resolve().is_relative_to(real):
        raise StateError(
            f"The state folder {state.path} lies inside the vault, where it would be synced;"
            f" set {BASE_VARIABLE} to a folder outside."
        )
    try:
        _make_folders(state)
        _name_vault(state, real)
    except OSError as error:
        raise StateError(
            f"The state folder {state.path} cannot be used ({error.strerror}); no note was changed."
            f" Make it writable, or set {BASE_VARIABLE} to another folder."
        ) from error
    return state


def list_gone_vaults(state: StateFolder) -> list[tuple[str, str]]:
    """Return the vaults that have runs but are not at their path any more, with their state folders.

    Args:
        state: of another vault; those beside it are looked at. The one written to last comes first.
    """
    found: list[tuple[float, str, str]] = []
    for label in state.path.parent.glob(f"*/{_NAME_FILE}"):
        folder = StateFolder(label.parent)
        try:
            vault = json.loads(label.read_text("utf-8"))["vault"]
            runs = any(folder.journal.iterdir())
            if isinstance(vault, str) and runs and not os.path.lexists(vault):
                found.append((folder.journal.stat().st_mtime, vault, str(folder.path)))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return [(vault, path) for _, vault, path in sorted(found, reverse=True)]


def list_rescues(folder: Path) -> set[str]:
    """Return the names of the rescue copies that somebody should look at: settled conflict copies need nobody."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - only names are wanted
    except OSError:
        return set()
    return {name for name in names if not _is_settled(name.partition(" ")[0])}


def _is_settled(start: str) -> bool:
    return start.rpartition("-")[0].endswith((SETTLED, "-doctor"))


def locate_state(vault: Path) -> StateFolder:
    """Return where the state folder of a vault is or would be; nothing is made, nothing looked at."""
    name = hashlib.sha256(os.fsencode(vault.resolve())).hexdigest()[:16]
    return StateFolder(Path(find_base(), name))


def _make_folders(state: StateFolder) -> None:
    state.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (state.path, state.journal, state.rescue):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            # A journal that is safe in a folder that is not would be lost by a power cut all the same.
            sync_folder(folder.parent)


def _name_vault(state: StateFolder, vault: Path) -> None:
    """Leave a note about whose state this is, for a person who looks into the folder."""
    label = state.path / _NAME_FILE
    if not label.exists():
        text = json.dumps({"vault": str(vault)}) + "\n"
        with open(label, "w", encoding="utf-8", opener=platform.open_private) as stream:
            stream.write(text)


BASE_VARIABLE = "VAULT_SYNC_STATE"
_UNUSUAL = frozenset({"ANDROID_DATA", "XDG_STATE_HOME"})


def find_base() -> str:
    """Return the absolute path of the folder of all state folders; nothing is made or looked at.

    It is the user's state folder (platformdirs: ``~/.local/state/vault-sync`` on Linux), or the
    folder that the environment variable VAULT_SYNC_STATE names.
    """
    named = os.environ.get(BASE_VARIABLE)
    if named:
        return os.path.abspath(named)  # noqa: PTH100 - pathlib takes long to load
    if sys.platform == "linux" and not _UNUSUAL & os.environ.keys():
        # What platformdirs says here, too; to load it takes as long as a hook may take in all.
        return os.path.expanduser("~/.local/state/vault-sync")  # noqa: PTH111 - as above
    import platformdirs  # noqa: PLC0415 - for a quick start

    return platformdirs.user_state_dir("vault-sync")
