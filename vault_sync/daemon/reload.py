"""Loads the configuration and Obsidian's settings again when they change."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.errors import ConfigError
from vault_sync.files.read import Signature, sign
from vault_sync.vault.obsidian import (
    CONFIG_NAME,
    CORE_SETTINGS,
    find_config_folders,
    find_misnamed_configs,
    list_plugin_settings,
)
from vault_sync.vault.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator


_AT_REST: Final = 2.0
_SHOWN: Final = 5


@dataclass(slots=True)
class Reloader:
    """Keeps a workspace up to date.

    A change counts when it has lasted two seconds: an editor may empty or remove a file before it writes
    it, and an empty configuration is a valid one.

    Attributes:
        files: that decide.
        workspace: the last one that could be opened.
        log: where changes go, and what is wrong with them.
        trouble: why the files as they are now cannot be used; empty where they can.
    """

    files: SettingsFiles
    workspace: Workspace
    log: logging.Logger
    trouble: str = ""
    _used: SettingsSignatures = field(init=False)
    _seen: SettingsSignatures = field(init=False)
    _since: float = inf

    def __post_init__(self) -> None:
        self._used = self._seen = self.files.sign_all(self.workspace)

    def reload(self, now: float) -> bool:
        """Open the workspace again if its settings have changed; say whether that was done.

        Raises:
            VaultNotFoundError: the vault has gone.
        """
        found = self.files.sign_all(self.workspace)
        if found != self._seen:
            self._seen, self._since = found, now
        if self._seen == self._used:
            self._since = inf
            return False
        if now - self._since < _AT_REST:
            return False
        self._used, self._since = self._seen, inf
        return self._open()

    def is_elsewhere(self) -> bool:
        """Say whether one of the files can change without an event of the vault: links lead out of it."""
        return self.files.lie_elsewhere(self.workspace)

    def next_check(self) -> float:
        """Return when a change that was seen will have lasted; infinity where none was seen."""
        return self._since + _AT_REST

    def _open(self) -> bool:
        try:
            self.workspace = open_workspace(Path(self.files.root), self.files.config)
        except ConfigError as error:
            self._log_problems(error)
            return False
        self._used = self._seen = self.files.sign_all(self.workspace)
        self.trouble = ""
        self.log.info("The settings have changed; all notes are looked at with the new ones.")
        return True

    def _log_problems(self, error: ConfigError) -> None:
        self.trouble = "The settings have changed but cannot be used; the old ones still count."
        self.log.error("%s", self.trouble)
        for problem in error.problems[:_SHOWN]:
            self.log.error("%s", problem.located(error.path))


# The files that decide how the notes of a vault are refreshed, and whether one of them has changed.

_OBSIDIAN: Final = (
    "app.json",
    "types.json",
    *(file for file, _, _ in CORE_SETTINGS),
)

SettingsSignatures: TypeAlias = dict[str, Signature | None]
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

    def sign_all(self, workspace: Workspace) -> SettingsSignatures:
        """Return the signatures that all of the files have now."""
        return {path: _sign(path) for path in self._list(workspace)}

    def lie_elsewhere(self, workspace: Workspace) -> bool:
        """Say whether a file lies outside of the vault, or has a second name that may."""
        root = os.path.realpath(self.root) + os.sep
        return any(_lies_elsewhere(path, root) for path in self._list(workspace))

    def _list(self, workspace: Workspace) -> Iterator[str]:
        yield os.fspath(self.config) if self.config else f"{self.root}/{CONFIG_NAME}"
        yield from (f"{self.root}/{name}" for name in find_misnamed_configs(self.root))
        for folder in find_config_folders(self.root):
            yield from (f"{self.root}/{folder}/{name}" for name in _OBSIDIAN)
            yield from (f"{self.root}/{path}" for path in list_plugin_settings(self.root, folder))
        for rules in workspace.config.rules:
            if rules.from_base:
                yield f"{self.root}/{rules.from_base.text}"


def _sign(path: str) -> Signature | None:
    """Return the signature of a file, or of that which a link leads to: its text is what counts."""
    try:
        return sign(os.stat(path))  # noqa: PTH116 - a str is at hand
    except (OSError, ValueError):
        return None


def _lies_elsewhere(path: str, root: str) -> bool:
    try:
        return not os.path.realpath(path).startswith(root) or os.stat(path).st_nlink > 1  # noqa: PTH116 - a str is at hand
    except (OSError, ValueError):
        return os.path.islink(path)  # noqa: PTH114 - the same
