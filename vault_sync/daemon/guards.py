"""Guards against mass changes, and against write loops with another program. Pure: times are handed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.plan.note_plan import Change

# When something is tried again that has failed: the one place with the daemon's pauses, in seconds.

RETRY: Final = 60.0
"""What concerns the whole vault, such as a state folder that cannot be written."""
SOURCE_RETRY: Final = 600.0
"""Events, where the system gave none."""
NOTE_RETRIES: Final = (60.0, 600.0, 3600.0)
"""One note; the last pause counts for all further tries."""


@dataclass(slots=True)
class Backoff:
    """Growing pauses before a note is tried again."""

    _tries: dict[str, int] = field(default_factory=dict)

    def next_pause(self, path: str) -> float:
        """Count a try that failed, and return the seconds until the next one."""
        tries = self._tries.get(path, 0)
        self._tries[path] = tries + 1
        return NOTE_RETRIES[min(tries, len(NOTE_RETRIES) - 1)]

    def reset(self, path: str) -> None:
        """Begin with the shortest pause again."""
        self._tries.pop(path, None)


_WINDOW: Final = 60.0
_LEAST: Final = 50
_SHARE: Final = 20


def find_limit(configured: int | None, notes: int) -> int:
    """Return how many notes may be written in a minute for another reason than the day.

    Args:
        configured: ``max-changes`` of the configuration, or None.
        notes: how many notes the vault has.
    """
    return max(_LEAST, notes // _SHARE) if configured is None else configured


def explain_held_back(number: int) -> str:
    """Return the sentence that says why notes are held back, and how to go on."""
    return (
        f"{number} notes would change at once, and not because of a new day, so they are left alone."
        " Look with `vault-sync refresh --diff`; if it is right, run `vault-sync refresh` once, or"
        " raise `max-changes` in the configuration."
    )


@dataclass(slots=True)
class MassChangeGuard:
    """Counts the writes of the last minute, and knows the notes that were held back.

    Attributes:
        held_back: notes that are stale and are not written.
    """

    held_back: set[str] = field(default_factory=set)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def allows(self, number: int, limit: int, now: float) -> bool:
        """Say whether so many more notes may be written now.

        Args:
            number: of notes.
            limit: how many may be written in a minute.
            now: seconds of a steady clock.
        """
        while self._recent and now - self._recent[0][0] >= _WINDOW:
            self._recent.popleft()
        return number + sum(count for _, count in self._recent) <= limit

    def count(self, number: int, now: float) -> None:
        """Count notes that were written."""
        if number:
            self._recent.append((now, number))

    def hold_back(self, paths: Iterable[str]) -> bool:
        """Hold notes back, and say whether one of them was not held back before."""
        before = len(self.held_back)
        self.held_back.update(paths)
        return len(self.held_back) > before

    def release(self, paths: Iterable[str]) -> None:
        """Hold notes back no longer."""
        self.held_back.difference_update(paths)


ROUNDS: Final = 3
_MEMORY: Final = 600.0
_TIDY_EVERY: Final = 60.0


class WriteLoop(NamedTuple):
    """A note that is left alone for a while.

    Attributes:
        path: of the note.
        rounds: how often another program has put its own values back.
        pause: the seconds until the note is tried again.
    """

    path: str
    rounds: int
    pause: float


@dataclass(slots=True)
class _Writes:
    """The writes to a note that another program undoes.

    Attributes:
        values: that were written last, or are not written while the note is left alone.
        written: when they were written.
        rounds: how often the same was written.
        until: the note is left alone before this moment; infinity below where it is not.
    """

    values: frozenset[int]
    written: float
    rounds: int = 1
    until: float = -inf

    @property
    def is_left(self) -> bool:
        return self.until > -inf


@dataclass(slots=True)
class WriteLoopGuard:
    """Knows what was written lately, and whether the same would have to be written again.

    A round is a note in which one of the values that we wrote last is stale again and would be
    written once more: somebody else has changed it. After three rounds the note is left alone for a
    minute, then tried again; each try that is undone, too, makes the pause longer (`NOTE_RETRIES`).
    It ends as soon as other values are due, as when the user edits a source property or a day begins.
    """

    _writes: dict[str, _Writes] = field(default_factory=dict)
    _pauses: Backoff = field(default_factory=Backoff)
    _news: list[WriteLoop] = field(default_factory=list)
    _tidied: float = -inf

    def find_wait(self, path: str, changes: Sequence[Change], now: float) -> float:
        """Return for how many seconds a stale note is left alone; 0 where it may be written.

        Args:
            path: of the note.
            changes: what would be written.
            now: seconds of a steady clock.
        """
        values = _digest(changes)
        writes = self._writes.get(path)
        if writes is None:
            return 0.0
        if writes.is_left:
            if writes.values != values:
                self._forget(path)
                return 0.0
            return max(0.0, writes.until - now)
        if not self._is_round(writes, values, now) or writes.rounds < ROUNDS:
            return 0.0
        return self._leave_alone(path, writes, values, now)

    def _leave_alone(self, path: str, writes: _Writes, values: frozenset[int], now: float) -> float:
        pause = self._pauses.next_pause(path)
        writes.values, writes.until = values, now + pause
        self._news.append(WriteLoop(path, writes.rounds, pause))
        return pause

    def written(self, path: str, changes: Sequence[Change], now: float) -> None:
        """Remember what was written."""
        values = _digest(changes)
        known = self._writes.get(path)
        if known and (known.is_left or self._is_round(known, values, now)):
            self._writes[path] = _Writes(values, now, known.rounds + 1)
        else:
            self._pauses.reset(path)
            self._writes[path] = _Writes(values, now)

    def take_news(self) -> list[WriteLoop]:
        """Return the notes that were left alone since the last call."""
        taken, self._news = self._news, []
        return taken

    def tidy(self, now: float) -> None:
        """Forget writes of long ago; it looks through all of them, so now and then is enough."""
        if now - self._tidied < _TIDY_EVERY:
            return
        self._tidied = now
        for path, writes in [*self._writes.items()]:
            if now - max(writes.written, writes.until) > _MEMORY:
                self._forget(path)

    def _forget(self, path: str) -> None:
        del self._writes[path]
        self._pauses.reset(path)

    @staticmethod
    def _is_round(writes: _Writes, values: frozenset[int], now: float) -> bool:
        return now - writes.written <= _MEMORY and bool(writes.values & values)


def _digest(changes: Sequence[Change]) -> frozenset[int]:
    return frozenset(hash((change.property, change.after)) for change in changes)
