"""When nothing may be written for a while, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.watch.gitstate import find_git_operation

if TYPE_CHECKING:
    import logging

GRACE: Final = 120.0
"""Seconds after the computer woke up, in which sync services may deliver first."""

LOOK_AGAIN: Final = 2.0
_AWAKE: Final = "the computer has just woken up (or its clock was set), and other devices' notes may be on their way"
_WRONG_CLOCK: Final = (
    "the clock says a day before the one that was already written, so it may be wrong. Set it; if it"
    " is right now, restart the daemon and give it ten minutes"
)


@dataclass(slots=True)
class Pauses:
    """Knows whether notes may be written.

    Attributes:
        root: the vault.
        log: is told when a pause begins and ends.
        by: what holds the writing up, in a word; empty where nothing does.
        reason: the same in a part of a sentence.
    """

    root: str
    log: logging.Logger
    by: str = ""
    reason: str = ""
    is_clock_wrong: bool = False
    _grace_until: float = 0.0
    _looked: float = -LOOK_AGAIN

    def awake(self, now: float) -> float:
        """Begin a time of grace, and return when it is over."""
        self._grace_until = now + GRACE
        return self._grace_until

    def find(self, now: float) -> str:
        """Return why nothing may be written now, as part of a sentence; empty where it may."""
        self._looked = now
        if now < self._grace_until:
            self._change("wake", _AWAKE)
        elif self.is_clock_wrong:
            self._change("clock", _WRONG_CLOCK)
        else:
            git = find_git_operation(Path(self.root)) or ""
            self._change("git" if git else "", git)
        return self.reason

    def recall(self, now: float) -> str:
        """Return what was found a moment ago: in a long batch it would cost too much for each note."""
        return self.find(now) if now - self._looked >= LOOK_AGAIN else self.reason

    def next_look(self, now: float) -> float:
        """Return when it makes sense to ask again."""
        return self._grace_until if self.by == "wake" else now + LOOK_AGAIN

    def _change(self, by: str, reason: str) -> None:
        if by and by != self.by:
            self.log.info("Nothing is written for now: %s.", reason)
        elif self.by and not by:
            self.log.info("Writing goes on.")
        self.by, self.reason = by, reason
