"""What an event source tells the daemon: paths to look at again, and alarms. Hints, never facts."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from vault_sync.vault.ignore import is_note_name
from vault_sync.vault.obsidian import CONFIG_NAME

_SETTINGS_NAMES: Final = frozenset(
    {CONFIG_NAME, "app.json", "types.json", "templates.json", "data.json"}
)
_BASE: Final = ".base"


class Alarm(Enum):
    """Something that cannot be told by a path."""

    LOST = "events were lost, so any note may have changed"
    FOLDERS = "folders came, went or moved"
    ROOT = "the folder of the vault itself went or moved"
    STOP = "somebody asked the daemon to stop"


Hint: TypeAlias = str | Alarm
"""A path in the vault, with ``/`` between folders, or an alarm."""


def is_hidden(path: str) -> bool:
    """Say whether a file or folder lies behind a dot-name, where no note is."""
    return path.startswith(".") or "/." in path


def is_note_path(path: str) -> bool:
    """Say whether a path can be that of a note."""
    return is_note_name(path) and not is_hidden(path)


def is_settings_path(path: str) -> bool:
    """Say whether a path can be that of a file which decides how notes are refreshed."""
    return path.rpartition("/")[2] in _SETTINGS_NAMES or path.endswith(_BASE)
