"""Whether a sync service is delivering notes just now, by what can be seen of it. Pure: times are handed in.

A day that begins on notes of which half have arrived is written twice, and the first time into notes
that another device has changed. So the new day waits until the vault has been quiet for a while.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Final

QUIET: Final = 30.0
"""Seconds without a sign of a service after which it is taken to be done."""
LONGEST: Final = 900.0
"""Seconds after which nobody waits any longer, however busy a service is."""
BURST: Final = 10
"""So many notes that change within the quiet time are no person's work."""

_TEMP_NAMES: Final = re.compile(
    r"\.syncthing\..+\.tmp|~syncthing~.+\.tmp"  # Syncthing
    r"|\..+\.icloud"  # iCloud: a note that is not here yet, or not any more
    r"|\..+\.~[0-9a-f]{1,8}"  # Nextcloud, ownCloud
    r"|\.unison\..+\.unison\.tmp"  # Unison
    r"|.+\.[0-9a-z]{8}\.partial|.+\.partial"  # rclone; OneDrive on Linux
    r"|\..+\.md\.[A-Za-z0-9]{6}",  # rsync
    re.IGNORECASE,
)
_WORK_FOLDERS: Final = frozenset(
    {".dropbox.cache", ".SynologyWorkingDirectory", ".stversions", ".tmp.drivedownload"}
)


def is_sync_work(path: str) -> bool:
    """Say whether a service makes files of this name while it delivers.

    Args:
        path: in the vault, with ``/`` between folders.
    """
    *folders, name = path.split("/")
    return not _WORK_FOLDERS.isdisjoint(folders) or _TEMP_NAMES.fullmatch(name) is not None


@dataclass(slots=True)
class Settling:
    """Signs of a sync service at work.

    Attributes:
        began: when the present delivery began; infinity where there is none.
        last: when its last sign was seen.
    """

    began: float = inf
    last: float = -inf
    _changed: deque[tuple[float, str]] = field(default_factory=deque)

    def note_changed(self, path: str, now: float) -> None:
        """Take that somebody else has changed a note. Many within a short time are a delivery."""
        while self._changed and now - self._changed[0][0] > QUIET:
            self._changed.popleft()
        if len(self._changed) < BURST or path != self._changed[-1][1]:
            self._changed.append((now, path))
        if len({path for _, path in self._changed}) >= BURST:
            self.service_seen(now)

    def service_seen(self, now: float) -> None:
        """Take a sign that a service is delivering."""
        if now - self.last > QUIET:
            self.began = now
        self.last = now

    def until(self, now: float) -> float:
        """Return when the vault will have been quiet for long enough; a moment of the past where it is.

        Args:
            now: seconds of a steady clock.
        """
        quiet = self.last + QUIET
        return quiet if quiet <= now else min(quiet, self.began + LONGEST)
