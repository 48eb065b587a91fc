"""The notes that Obsidian has open, as its ``workspace.json`` lists them.

An open note may hold text that is not saved yet, so the daemon waits longer before it writes one.
Source: Obsidian help, "How Obsidian stores data": the file is updated whenever a file is opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from vault_sync.errors import NoteError
from vault_sync.files.reading import read_note, stat_note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.reading import Signature

_NAMES: Final = ("workspace.json", "workspace-mobile.json")
_MAX_DEPTH: Final = 40


@dataclass(slots=True)
class OpenNotes:
    """What is open; a file is read again only when it has changed."""

    _read: dict[str, tuple[Signature, frozenset[str]]] = field(default_factory=dict)

    def list(self, root: VaultFolder, config_folders: tuple[str, ...]) -> frozenset[str]:
        """Return the paths of the notes that are open.

        Args:
            root: the vault.
            config_folders: the names of Obsidian's configuration folders in it.
        """
        files = (f"{folder}/{name}" for folder in config_folders for name in _NAMES)
        return frozenset().union(*(self._list_in(root, path) for path in files))

    def _list_in(self, root: VaultFolder, path: str) -> frozenset[str]:
        look = stat_note(root.path, path)
        if look is None:
            return frozenset()
        known = self._read.get(path)
        if known is None or known[0] != look:
            known = self._read[path] = look, _read_open(root, path)
        return known[1]


def _read_open(root: VaultFolder, path: str) -> frozenset[str]:
    try:
        layout = json.loads(read_note(root, path).data)
    except (NoteError, OSError, ValueError, RecursionError):
        return frozenset()
    return frozenset(_find_files(layout, 0))


def _find_files(layout: Any, depth: int) -> Iterator[str]:
    """Yield what stands under ``file`` anywhere in a layout."""
    if depth > _MAX_DEPTH or not isinstance(layout, (dict, list)):
        return
    if isinstance(layout, dict) and isinstance(layout.get("file"), str):
        yield layout["file"]
    for part in layout.values() if isinstance(layout, dict) else layout:
        yield from _find_files(part, depth + 1)
