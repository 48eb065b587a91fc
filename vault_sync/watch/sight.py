"""How the daemon sees: by events, by looking at all notes every few seconds, or by both."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.vault.walking import make_printable
from vault_sync.watch.events import EventSource, EventsUnavailableError
from vault_sync.watch.mounts import find_silence

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from vault_sync.state.health import DaemonState
    from vault_sync.watch.hints import Hint

_SHORTEST_POLL: Final = 2.0
_LONGEST_POLL: Final = 60.0
_POLL_SHARE: Final = 50  # looking at all notes takes a fiftieth of a core's time at the most
_DOUBT: Final = 3600.0
_RETRY: Final = 600.0


@dataclass(slots=True)
class Sight:
    """The eyes of the daemon.

    Attributes:
        root: the folder of the vault.
        is_wanted: whether events are wanted; the user may prefer polling.
        send: takes hints, from other threads.
        log: is told of every change of sight.
        reason: why not everything is seen by events, a sentence; empty where it is, or was not wanted.
    """

    root: str
    is_wanted: bool
    send: Callable[[Hint], None]
    log: logging.Logger
    reason: str = ""
    _source: EventSource | None = None
    _doubted_until: float = 0.0
    _retry_at: float = field(default=0.0)

    @property
    def state(self) -> DaemonState:
        """What to call it."""
        if self._source is None:
            return "polling"
        return "degraded" if self.reason else "watching"

    def find_poll(self, took: float) -> float | None:
        """Return after how many seconds all notes are looked at again, None where events suffice.

        Args:
            took: how long the last look at all notes took, in seconds.
        """
        if self._source and not self.reason:
            return None
        return min(max(_SHORTEST_POLL, took * _POLL_SHARE), _LONGEST_POLL)

    def open(self, now: float) -> None:
        """Begin to watch; where that cannot be, say so and make do with looking."""
        if not self.is_wanted:
            return
        self._retry_at = now + _RETRY
        try:
            self._source = EventSource(self.root, self.send)
        except EventsUnavailableError as error:
            self._change_reason(
                f"The system gives no events for this vault ({error}), so all notes are looked at every few seconds."
            )
            return
        self.judge(now)

    def close(self) -> None:
        """Stop watching."""
        if self._source:
            self._source.close()
            self._source = None

    def renew(self, now: float) -> bool:
        """Begin anew where the source has died, or may work by now; say whether events may be lost."""
        if not self.is_wanted or (self._source and self._source.is_alive()):
            return False
        if self._source is None and now < self._retry_at:
            return False
        had_one = self._source is not None
        self.close()
        self.open(now)
        return had_one

    def doubt(self, path: str, now: float) -> None:
        """Take in that a note had changed and no event had told of it."""
        if self._source:
            self._doubted_until = now + _DOUBT
            self.log.warning("No event told that %s has changed.", make_printable(path))
            self.judge(now)

    def judge(self, now: float) -> None:
        """Find out whether events can be relied on."""
        if self._source:
            self._change_reason(self._find_fault(self._source, now))

    def _find_fault(self, source: EventSource, now: float) -> str:
        silence = find_silence(os.path.realpath(self.root))
        if silence:
            return f"The vault lies in {silence}, where changes may come without an event, so all notes are looked at every few seconds."
        try:
            unwatched = source.list_unwatched()
        except OSError:  # the vault has just gone; the next check notices
            unwatched = []
        if unwatched:
            return (
                f"The system watches only some of the folders (not {make_printable(unwatched[0])},"
                f" {len(unwatched)} in all), so all notes are looked at every few seconds. On Linux a"
                " larger fs.inotify.max_user_watches helps."
            )
        if now < self._doubted_until:
            return "Changes came without an event, so all notes are looked at every few seconds."
        return ""

    def _change_reason(self, reason: str) -> None:
        if reason and reason != self.reason:
            self.log.warning("%s", reason)
        elif self.reason and not reason:
            self.log.info("Events come for the whole vault again.")
        self.reason = reason
