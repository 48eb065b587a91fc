"""The computer's time zone by its name: days are counted in it, on every device alike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_DATABASE: Final = "zoneinfo"
_SORTED: Final = frozenset({"posix", "right"})


def guess_timezone(environment: Mapping[str, str], system: Path) -> str | None:
    """Return the name of the computer's time zone, None where nothing tells it.

    The variable ``TZ`` counts first, then the link ``localtime`` and the file ``timezone`` (tzset(3),
    timezone(5) of Debian). Windows has other names for zones, so nothing is guessed there.

    Args:
        environment: the variables of the process.
        system: the folder of the system's settings, ``/etc``.
    """
    return next((name for name in _list_names(environment, system) if _is_zone(name)), None)


def _list_names(environment: Mapping[str, str], system: Path) -> Iterator[str]:
    yield environment.get("TZ", "").removeprefix(":")
    target = os.path.realpath(system / "localtime").replace(os.sep, "/")
    parts = target.split("/")
    if _DATABASE in parts:
        names = parts[len(parts) - parts[::-1].index(_DATABASE) :]
        yield "/".join(names[1:] if names and names[0] in _SORTED else names)
    try:
        yield (system / "timezone").read_text("utf-8")[:100].strip()
    except (OSError, UnicodeDecodeError):
        return


def _is_zone(name: str) -> bool:
    if "/" not in name or name.startswith("Etc/"):  # UTC tells nothing about where somebody is
        return False
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
