"""A brake on mass changes: many notes that become stale at once are seldom the user's edits. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

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
