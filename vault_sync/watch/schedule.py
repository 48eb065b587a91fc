"""Which notes are to be looked at, and when. Pure: the clock is handed in.

Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf


@dataclass(slots=True)
class Schedule:
    """The notes that wait to be looked at, each with the moment before which it is left alone."""

    _due: dict[str, float] = field(default_factory=dict)
    _heap: list[tuple[float, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, path: object) -> bool:
        return path in self._due

    def hint(self, path: str, due: float) -> None:
        """Take in that a note was changed just now; this counts more than what was known before."""
        known = self._due.get(path, inf)
        self._due[path] = due
        if due < known:
            heappush(self._heap, (due, path))

    def add(self, path: str, due: float) -> None:
        """Let a note be looked at, no sooner than was already asked for."""
        self.hint(path, max(due, self._due.get(path, due)))

    def take(self, now: float) -> list[str]:
        """Return the notes that are due, those of a folder next to each other, and forget them."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            _, path = heappop(self._heap)
            due = self._due.get(path)
            if due is None:
                continue
            if due <= now:
                taken.append(path)
                del self._due[path]
            else:
                heappush(self._heap, (due, path))
        return sorted(taken)

    def next_due(self) -> float:
        """Return when the next note is due; infinity where none waits."""
        while self._heap:
            early, path = self._heap[0]
            due = self._due.get(path)
            if due == early:
                return due
            heappop(self._heap)
            if due is not None:
                heappush(self._heap, (due, path))
        return inf
