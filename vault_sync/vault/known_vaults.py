"""The vaults that Obsidian itself knows on this computer, by their names."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vault_sync.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LIST: Final = "obsidian.json"
_LARGEST: Final = 1024 * 1024


def list_known_vaults(environment: Mapping[str, str], platform: str = sys.platform) -> list[Path]:
    """Return the folders of the vaults that Obsidian has opened, each once, if they are still there.

    Args:
        environment: the variables of the process.
        platform: as `sys.platform` names it.
    """
    folders = (
        folder for place in _list_places(environment, platform) for folder in _read(place / _LIST)
    )
    return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]  # noqa: PTH112 - never raises


def find_known_vaults(name: str, vaults: list[Path]) -> list[Path]:
    """Return the vaults of a name: the name of a vault is that of its folder."""
    return [vault for vault in vaults if fold_name(vault.name) == fold_name(name)]


def _list_places(environment: Mapping[str, str], platform: str) -> Iterator[Path]:
    """Yield the folders in which Obsidian may keep its list (Obsidian help, "Configuration folder")."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or ".")
    if platform == "win32":
        yield Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "obsidian"
    elif platform == "darwin":
        yield home / "Library" / "Application Support" / "obsidian"
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "obsidian"
        yield home / ".var" / "app" / "md.obsidian.Obsidian" / "config" / "obsidian"
        yield home / "snap" / "obsidian" / "current" / ".config" / "obsidian"


def _read(file: Path) -> Iterator[Path]:
    """Yield the folders that a list of vaults names; none where it is not one."""
    try:
        with file.open("rb") as stream:
            data: Any = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return
    vaults = data.get("vaults") if isinstance(data, dict) else None
    for vault in vaults.values() if isinstance(vaults, dict) else ():
        path = vault.get("path") if isinstance(vault, dict) else None
        if isinstance(path, str) and "\0" not in path and Path(path).is_absolute():
            yield Path(path)
