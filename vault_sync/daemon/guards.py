"""Guards against mass changes, and against another program that writes a value back again and again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.plan.note_plan import Change


_WINDOW: Final = 60.0
_LEAST: Final = 50
_SHARE: Final = 20


def find_limit(wish: int | None, notes: int) -> int:
    """Return how many notes may be written in a minute but for the day's sake.

    Args:
        wish: ``max-changes`` of the configuration, or None.
        notes: how many notes the vault has.
    """
    return max(_LEAST, notes // _SHARE) if wish is None else wish


@dataclass(slots=True)
class Brake:
    """Counts writes of the last minute, and knows the notes that were held back.

    Attributes:
        held: notes that are stale and are not written.
    """

    held: set[str] = field(default_factory=set)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def allows(self, number: int, limit: int, now: float) -> bool:
        """Say whether so many notes more may be written now.

        Args:
            number: of notes.
            limit: how many may be written in a minute.
            now: seconds of a steady clock.
        """
        while self._recent and now - self._recent[0][0] >= _WINDOW:
            self._recent.popleft()
        return number + sum(count for _, count in self._recent) <= limit

    def count(self, number: int, now: float) -> None:
        """Take in that so many notes were written."""
        if number:
            self._recent.append((now, number))


# Notices another program that puts its own values in the place of ours, again and again. Pure.

ROUNDS: Final = 3
_MEMORY: Final = 600.0


@dataclass(slots=True)
class _Quarrel:
    """The last write to a note: when, what was written, and how often it was undone before."""

    written: float
    values: frozenset[int]
    rounds: int


@dataclass(slots=True)
class Wars:
    """What was written lately, and whether it is what would have to be written again.

    A round is a note in which one of the values that we wrote last is stale again and would be
    written once more: somebody else has changed it. After three rounds the note is left alone until
    other values are due, as when the user edits a source property or a new day begins.

    Attributes:
        news: notes that were left alone since somebody last asked.
    """

    news: list[str] = field(default_factory=list)
    _quarrels: dict[str, _Quarrel] = field(default_factory=dict)
    _left: dict[str, frozenset[int]] = field(default_factory=dict)

    def is_left(self, path: str, changes: Sequence[Change], now: float) -> bool:
        """Say whether a stale note is to be left alone.

        Args:
            path: of the note.
            changes: what would be written.
            now: seconds of a steady clock.
        """
        values = _digest(changes)
        if path in self._left:
            if self._left[path] == values:
                return True
            del self._left[path]
            self._quarrels.pop(path, None)
        quarrel = self._quarrels.get(path)
        if quarrel is None or now - quarrel.written > _MEMORY or not quarrel.values & values:
            return False
        if quarrel.rounds < ROUNDS:
            return False
        self._left[path] = values
        self.news.append(path)
        return True

    def written(self, path: str, changes: Sequence[Change], now: float) -> None:
        """Remember what was written."""
        values = _digest(changes)
        known = self._quarrels.get(path)
        is_round = known and now - known.written <= _MEMORY and known.values & values
        rounds = known.rounds + 1 if known and is_round else 1
        self._quarrels[path] = _Quarrel(now, values, rounds)

    def tidy(self, now: float) -> None:
        """Forget writes of long ago."""
        old = [path for path, known in self._quarrels.items() if now - known.written > _MEMORY]
        for path in old:
            del self._quarrels[path]


def _digest(changes: Sequence[Change]) -> frozenset[int]:
    return frozenset(hash((change.property, change.after)) for change in changes)
