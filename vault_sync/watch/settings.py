"""The files that decide how the notes of a vault are refreshed, and whether one of them has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.files.reading import Signature, sign
from vault_sync.vault.settings import CONFIG_NAME, find_config_folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.workspace import Workspace

_OBSIDIAN: Final = (
    "app.json",
    "types.json",
    "templates.json",
    "plugins/templater-obsidian/data.json",
)

SettingsLook: TypeAlias = dict[str, Signature | None]
"""For each file its signature; None if it is not there."""


@dataclass(frozen=True, slots=True)
class SettingsFiles:
    """Where the settings of a vault lie.

    Attributes:
        root: the vault.
        config: the configuration file that was named instead of the vault's own.
    """

    root: str
    config: Path | None

    def look(self, workspace: Workspace) -> SettingsLook:
        """Return what all of the files look like now."""
        return {path: _look_at(path) for path in self._list(workspace)}

    def _list(self, workspace: Workspace) -> Iterator[str]:
        yield os.fspath(self.config) if self.config else f"{self.root}/{CONFIG_NAME}"
        for folder in find_config_folders(self.root):
            yield from (f"{self.root}/{folder}/{name}" for name in _OBSIDIAN)
        for rules in workspace.config.rules:
            if rules.from_base:
                yield f"{self.root}/{rules.from_base.text}"


def _look_at(path: str) -> Signature | None:
    """Return the signature of a file, or of that which a link leads to: its text is what counts."""
    try:
        return sign(os.stat(path))  # noqa: PTH116 - a str is at hand
    except (OSError, ValueError):
        return None
