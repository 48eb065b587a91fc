"""Which sync services seem to carry a vault, from what they leave behind and where it lies."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Folders and files that a service puts into the folders it carries, or above them.
MARKERS: Final = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".SynologyWorkingDirectory": "Synology Drive",
}
# Starts of the names of folders that the services make in the user's own, in lower case.
_HOMES: Final = {
    "dropbox": "Dropbox",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "icloud~md~obsidian": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "nextcloud": "Nextcloud",
    "onedrive": "OneDrive",
}
PLUGINS: Final = {
    "core:sync": "Obsidian Sync",
    "obsidian-livesync": "Self-hosted LiveSync",
    "remotely-save": "Remotely Save",
}


def find_services(root: str, markers: Iterable[str], plugins: Collection[str]) -> tuple[str, ...]:
    """Return the names of the services that seem to carry a vault. Pure.

    Args:
        root: the real path of the vault.
        markers: names of `MARKERS` that were found in the vault or above it.
        plugins: ids of Obsidian's plugins that are switched on.
    """
    found = {MARKERS[name] for name in markers}
    found |= {PLUGINS[name] for name in plugins if name in PLUGINS}
    for part in PurePath(root).parts:
        found |= {name for start, name in _HOMES.items() if _is_home(part, start)}
    return tuple(sorted(found))


def _is_home(part: str, start: str) -> bool:
    """Say whether a folder's name is that of a service, as ``OneDrive - School`` is."""
    rest = part.lower().removeprefix(start)
    return len(rest) < len(part) and not rest[:1].isalnum()


def find_markers(root: str) -> set[str]:
    """Return which markers lie in a folder or in those above it."""
    path = PurePath(root)
    folders = (path, *path.parents)
    return {name for name in MARKERS for folder in folders if os.path.lexists(folder / name)}
