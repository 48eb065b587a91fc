"""Which notes the daemon has to look at, and when. Pure: times are seconds of a steady clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

# Which notes are to be looked at, and when. Pure: the clock is handed in.
#
# Times are seconds of a clock that nobody can set.


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


@dataclass(slots=True)
class Agenda:
    """The work ahead.

    Attributes:
        notes: those to be looked at.
        mass: those of them that a new day, or the daemon's very first look, has put there.
        leftovers: files of interrupted runs, to be tidied up with the next writes.
        check_at: when the day, the settings and the vault's folder are looked after.
        scan_at: when all notes are looked at.
        is_routine: nothing special has asked for that scan.
        write_at: nothing is written before; for a pause, or after trouble.
        follow_at: the followers are not called before.
    """

    notes: Schedule = field(default_factory=Schedule)
    mass: set[str] = field(default_factory=set)
    leftovers: list[str] = field(default_factory=list)
    check_at: float = -inf
    scan_at: float = -inf
    is_routine: bool = False
    write_at: float = -inf
    follow_at: float = -inf

    def scan_by(self, moment: float) -> None:
        """Have all notes looked at by a moment, as something may have been missed."""
        self.scan_at = min(self.scan_at, moment)
        self.is_routine = False

    def scan_after(self, moment: float) -> None:
        """Have all notes looked at, but only once a moment is over."""
        self.scan_at = moment
        self.is_routine = False

    def check_by(self, moment: float) -> None:
        """Have the day, the settings and the vault's folder looked after by a moment."""
        self.check_at = min(self.check_at, moment)

    def next_write(self) -> float:
        """Return when something may be written; infinity where nothing waits."""
        due = -inf if self.leftovers else self.notes.next_due()
        return max(due, self.write_at)

    def take(self, now: float) -> tuple[list[str], list[str]]:
        """Return the notes that are due: those of a mass that is meant, and all others."""
        due = self.notes.take(now)
        meant = [path for path in due if path in self.mass]
        others = [path for path in due if path not in self.mass]
        self.mass.difference_update(meant)
        return meant, others

    def put_off(self, path: str, until: float, *, is_meant: bool) -> None:
        """Have a note looked at later."""
        self.notes.add(path, until)
        if is_meant:
            self.mass.add(path)
