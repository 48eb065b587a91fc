"""Reads the daemon's log: its last lines, and those that come."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK: Final = 65536
_PAUSE: Final = 0.2
_Identity = tuple[int, int] | None


def read_last_lines(log: Path, number: int) -> list[str]:
    """Return the last lines of a log, the oldest first; none if there is no log.

    Args:
        log: its newest file; older lines lie in ``.1``, ``.2`` …, which are read where need be.
        number: how many lines.
    """
    found: list[str] = []
    for file in (log, *(log.with_name(f"{log.name}.{age}") for age in range(1, 10))):
        if len(found) >= number or not file.exists():
            break
        found = file.read_text("utf-8", "replace").splitlines() + found
    return found[-number:] if number else []


def follow_log(log: Path) -> Iterator[str]:
    """Return what is added to a log from now on, across its rotations, for ever.

    The file is not held open: on Windows it could not be rotated then.

    Returns:
        Whole lines with their line ends; an empty text where nothing has come for a while.
    """
    return _follow(log, *_identify(log))


def _follow(log: Path, identity: _Identity, place: int) -> Iterator[str]:
    rest = b""
    while True:
        data = _read_from(log, identity, place)
        if data is None:
            aside = log.with_name(f"{log.name}.1")
            data = _read_from(aside, identity, place) or b""
            identity, place = _identify(log)[0], 0
        else:
            place += len(data)
        lines, end, rest = (rest + data).rpartition(b"\n")
        yield (lines + end).decode("utf-8", "replace")
        if not data:
            time.sleep(_PAUSE)


def _identify(log: Path) -> tuple[_Identity, int]:
    """Return which file a log is now, and its length in bytes."""
    try:
        facts = log.stat()
    except OSError:
        return None, 0
    return (facts.st_dev, facts.st_ino), facts.st_size


def _read_from(log: Path, identity: _Identity, place: int) -> bytes | None:
    """Return what a log holds behind a place, None if it is not the file it was."""
    try:
        with log.open("rb") as file:
            facts = os.fstat(file.fileno())
            if (facts.st_dev, facts.st_ino) != identity:
                return None
            file.seek(place, os.SEEK_SET)
            return file.read(_BLOCK)
    except OSError:
        return b"" if identity is None else None
