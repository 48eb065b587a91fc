"""The daemon's clocks: when a day begins, and when the computer has slept.

The civil date of the vault's zone is asked for every minute at least, so that neither sleep nor a
night without a midnight nor a journey is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from vault_sync.clock import day_of, read_clock, read_steady, read_wall
from vault_sync.formula.registry import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from vault_sync.rules.ruleset import RuleSet


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
