"""What reaches the daemon, what it has to do when, and the clocks that tell: new days, and sleep.

An event says where to look and never what is true. Times are seconds of a clock that nobody can set,
and are handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.clock import day_of, read_clock, read_steady, read_wall
from vault_sync.formula.registry import Clock
from vault_sync.vault.ignore import is_note_name
from vault_sync.vault.obsidian import CONFIG_NAME, CORE_SETTINGS, is_misnamed_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vault_sync.rules.ruleset import RuleSet

COMMAND: Final = "watch"
_SETTINGS_NAMES: Final = frozenset(
    {CONFIG_NAME, "app.json", "types.json", "data.json", *(file for file, _, _ in CORE_SETTINGS)}
)
_BASE: Final = ".base"


class ControlEvent(Enum):
    """Something that happened and has no path in the vault."""

    LOST = "events were lost, so any note may have changed"
    FOLDERS = "folders came, went or moved"
    SYNC = "a sync service is at work"
    ROOT = "the folder of the vault itself went or moved"
    STOP = "somebody asked the daemon to stop"


WatchEvent: TypeAlias = str | ControlEvent
"""The path of a file that changed, in the vault and with ``/`` between folders, or a `ControlEvent`."""


def is_hidden(path: str) -> bool:
    """Say whether a file or folder lies behind a dot-name, where no note is."""
    return path.startswith(".") or "/." in path


def is_note_path(path: str) -> bool:
    """Say whether a path can be that of a note."""
    return is_note_name(path) and not is_hidden(path)


def is_settings_path(path: str) -> bool:
    """Say whether a path can be that of a file which decides how notes are refreshed."""
    name = path.rpartition("/")[2]
    return name in _SETTINGS_NAMES or path.endswith(_BASE) or is_misnamed_config(name)


@dataclass(slots=True)
class WorkQueue:
    """The notes to be looked at, each with the moment before which it is left alone, and the scans and checks.

    Attributes:
        leftovers: files of interrupted runs, to be tidied up with the next writes.
        check_at: when the day, the settings and the vault's folder are checked.
        scan_at: when all notes are scanned.
        is_routine: nothing special has asked for that scan.
        write_at: nothing is written before; for a pause, or after an error.
    """

    leftovers: list[str] = field(default_factory=list)
    check_at: float = -inf
    scan_at: float = -inf
    is_routine: bool = False
    write_at: float = -inf
    _copies: dict[str, float] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    _heap: list[tuple[float, str]] = field(default_factory=list)
    _mass: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, path: object) -> bool:
        return path in self._due

    def put(self, path: str, due: float, *, is_mass: bool = False) -> None:
        """Have a note looked at, sooner or later than was asked for before.

        Args:
            path: of the note, in the vault.
            due: when.
            is_mass: a new day, or the daemon's very first scan, wants many notes to change.
        """
        known = self._due.get(path, inf)
        self._due[path] = due
        if due < known:
            heappush(self._heap, (due, path))
        if is_mass:
            self._mass.add(path)

    def put_off(self, path: str, due: float, *, is_mass: bool = False) -> None:
        """Have a note looked at, but no sooner than was asked for before; see `put`."""
        self.put(path, max(due, self._due.get(path, due)), is_mass=is_mass)

    def put_all(self, due: float) -> None:
        """Have all notes that wait looked at by a moment, such as those that wait for another try."""
        for path in [path for path, known in self._due.items() if known > due]:
            self.put(path, due)

    def take(self, now: float) -> tuple[list[str], list[str]]:
        """Return the notes that are due, and forget them: those of a mass change, and all others.

        Those of a folder are next to each other.
        """
        due = sorted(self._pop_due(now))
        mass = [path for path in due if path in self._mass]
        others = [path for path in due if path not in self._mass]
        self._mass.difference_update(mass)
        return mass, others

    def _pop_due(self, now: float) -> list[str]:
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
        return taken

    def put_copy(self, path: str, due: float) -> None:
        """Have a conflict copy looked at, no sooner than was asked for before."""
        self._copies[path] = max(due, self._copies.get(path, due))

    def take_copies(self, now: float) -> list[str]:
        """Return the conflict copies that are due, and forget them."""
        taken = sorted(path for path, due in self._copies.items() if due <= now)
        for path in taken:
            del self._copies[path]
        return taken

    def take_leftovers(self) -> list[str]:
        """Return the leftovers, and forget them."""
        taken, self.leftovers = self.leftovers, []
        return taken

    def next_note(self) -> float:
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

    def next_write(self) -> float:
        """Return when something may be written; infinity where nothing waits."""
        copy = min(self._copies.values(), default=inf)
        due = -inf if self.leftovers else min(self.next_note(), copy)
        return max(due, self.write_at)

    def pause_writes(self, until: float) -> None:
        """Let nothing be written before a moment; one that is over ends a pause."""
        self.write_at = until

    def scan_by(self, moment: float) -> None:
        """Have all notes scanned by a moment, as something may have been missed."""
        self.scan_at = min(self.scan_at, moment)
        self.is_routine = False

    def scan_after(self, moment: float) -> None:
        """Have all notes scanned, but only once a moment is over."""
        self.scan_at = moment
        self.is_routine = False

    def plan_routine_scan(self, moment: float) -> None:
        """Have all notes scanned at a moment although nothing asks for it."""
        self.scan_at = moment
        self.is_routine = True

    def plan_check(self, moment: float) -> None:
        """Have the day, the settings and the vault's folder checked at a moment."""
        self.check_at = moment

    def check_by(self, moment: float) -> None:
        """Have the same checked by a moment."""
        self.check_at = min(self.check_at, moment)


@dataclass(frozen=True, slots=True)
class Batch:
    """Notes to be dealt with together.

    Attributes:
        paths: of the notes.
        start: the nominal start of the day that counts.
        started: the true present.
        quiet: the quiet period, in seconds.
        leftovers: files of interrupted runs.
        is_mass: many notes are meant to be written: a new day, or the daemon's very first scan.
    """

    paths: Sequence[str]
    start: datetime
    started: datetime
    quiet: float
    leftovers: Sequence[str] = ()
    is_mass: bool = False


# When a day begins.
#
# The civil date of the vault's zone is asked for every minute at least, so that neither sleep nor a
# night without a midnight nor a journey is missed.

_ONE_DAY: Final = timedelta(days=1)


class DayChange(Enum):
    """How the date differs from the one that was last seen."""

    SAME = "it is the day that was last seen, or the clock went back by hours"
    NEW = "a new day has begun"
    BACK = "the date is so much earlier that the clock may be wrong"


@dataclass(slots=True)
class DayTracker:
    """Notices new days.

    A day that was written into notes is not taken out again: where the date goes back to the day
    before (a journey west, a clock put right), the later day counts until it is reached again.

    Attributes:
        day: the latest day; None before the first update.
    """

    day: date | None = None

    def update(self, moment: datetime, day_starts_at: time) -> DayChange:
        """Remember the present day, and return how the date differs from the last one.

        Args:
            moment: civil time in the vault's zone.
            day_starts_at: when a new day begins; before it, it is still yesterday.
        """
        today = day_of(moment, day_starts_at)
        if self.day is None or today > self.day:
            self.day = today
            return DayChange.NEW
        return DayChange.BACK if self.day - today > _ONE_DAY else DayChange.SAME

    def start(self, moment: datetime, day_starts_at: time) -> datetime:
        """Return the nominal start of the day that counts, with the zone of a moment.

        It need not exist: in some zones a summer day has no midnight.
        """
        day = self.day or day_of(moment, day_starts_at)
        return datetime.combine(day, day_starts_at, moment.tzinfo)


def reads_day(rules: Sequence[RuleSet]) -> bool:
    """Say whether some derived property can change with the day alone."""
    return any(entry.clock > Clock.STABLE for one in rules for entry in one.owned.values())


def admits_by_day(rules: Sequence[RuleSet]) -> bool:
    """Say whether the day may decide which notes are governed."""
    filters = [one.admits for one in rules if one.admits]
    # What the formulas behind a filter read is not followed here: they may read the day.
    return any(found.reads_formulas for found in filters) or any(
        formula.clock > Clock.STABLE for found in filters for formula in found.formulas
    )


# Sleep, and stops of the process, found by comparing two clocks. Pure.
#
# A clock that nobody can set stands still while Linux and macOS sleep, so the wall clock seems to
# jump; on Windows it goes on, so a wait takes much longer than it should. A process that was
# stopped (SIGSTOP, a stalled machine) sees only the latter.

_STEP: Final = 30.0
_STALL: Final = 15.0
_LONG_STALL: Final = 300.0


class Gap(Enum):
    """What may have happened between two updates."""

    NONE = "nothing to speak of"
    STALLED = "the process stood still, so events may have been lost"
    SLEPT = "the computer slept, or somebody set its clock"


@dataclass(slots=True)
class SleepDetector:
    """Compares two clocks to find out whether the computer slept or the process was stopped.

    Attributes:
        offset: seconds by which the wall clock was ahead at the last update; None before the first.
        seen: what the steady clock said then.
    """

    offset: float | None = None
    seen: float = 0.0

    def update(self, wall: float, steady: float, waited: float) -> Gap:
        """Return what may have happened since the last update.

        Args:
            wall: seconds since 1970.
            steady: seconds of the clock that nobody can set.
            waited: how many seconds of work and waiting are no surprise.
        """
        step = 0.0 if self.offset is None else wall - steady - self.offset
        late = 0.0 if self.offset is None else steady - self.seen - waited
        self.offset, self.seen = wall - steady, steady
        if abs(step) > _STEP or late > _LONG_STALL:
            return Gap.SLEPT
        return Gap.STALLED if late > _STALL else Gap.NONE


# The clocks that the daemon looks at, in one place, so that tests can let other ones run.


@dataclass(frozen=True, slots=True)
class Clocks:
    """Three ways to read the time.

    Attributes:
        civil: the present with its zone; None for the machine's zone.
        wall: seconds since 1970, as the times of files count them.
        steady: seconds of a clock that nobody can set.
    """

    civil: Callable[[tzinfo | None], datetime] = read_clock
    wall: Callable[[], float] = read_wall
    steady: Callable[[], float] = read_steady
