"""The date of a new version: one second after that of the version it replaces, never that of the write.

A person wins (law 6). A sync service that finds two versions of a note keeps the one with the later
time, so a value that follows from the calendar must not look newer than what somebody typed on
another device the evening before. Nor may the date stay what it was: Obsidian, rsync and git see by
another time, or another size, that a file has changed.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from vault_sync.errors import NoteError, Problem
from vault_sync.files import platform

STEPS: Final = (1, 2, -2)
"""Seconds to be tried: FAT keeps even ones only, and the last time that a disk can hold has no later one."""
_SECOND: Final = 10**9
_COARSEST: Final = 2 * _SECOND
_PASSING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


def stamp_after(descriptor: int, old: os.stat_result) -> None:
    """Give a new file the least time later than that of the version it is to replace.

    Args:
        descriptor: the new file, open for writing, with all its bytes.
        old: the facts of the version that it replaces.

    Raises:
        NoteError: the file system keeps no time that it is given.
    """
    birth = platform.find_birth(old)
    for step in STEPS:
        wanted = old.st_mtime_ns + step * _SECOND
        _set_times(descriptor, wanted, birth)
        kept = os.fstat(descriptor).st_mtime_ns
        if kept != old.st_mtime_ns and abs(kept - wanted) <= _COARSEST:
            return
    raise NoteError(Problem(_explain("its file system keeps none that it is given")))


def stamp_now(descriptor: int, old: os.stat_result) -> None:
    """Leave a new file the time of its writing, as a person asked for it; it is later than that of `old`.

    Args:
        descriptor: as for `stamp_after`.
        old: the same.

    Raises:
        NoteError: the same.
    """
    now = os.fstat(descriptor).st_mtime_ns
    if now <= old.st_mtime_ns:
        stamp_after(descriptor, old)
    else:
        _set_times(descriptor, now, platform.find_birth(old))


def _set_times(descriptor: int, mtime_ns: int, birth_ns: int | None) -> None:
    try:
        platform.set_times(descriptor, mtime_ns, birth_ns)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in _PASSING:
            raise
        reason = error.strerror if isinstance(error, OSError) else "it is out of range"
        raise NoteError(Problem(_explain(reason))) from error


def _explain(reason: str | None) -> str:
    return f"The date of the new version could not be set ({reason}), so the note is left alone."
