"""The day: when a new one begins, and which one counts while a clock is wrong. Pure.

The civil date of the vault's zone is asked for every minute at least, so that neither sleep nor a
night without a midnight nor a journey is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from vault_sync.formula.registry import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.rules.ruleset import RuleSet

_ONE_DAY: Final = timedelta(days=1)


class Turn(Enum):
    """How the date went on."""

    SAME = "it is the day that was last seen, or the clock went back by hours"
    NEW = "a new day has begun"
    BACK = "the date is so much earlier that the clock may be wrong"


@dataclass(slots=True)
class Calendar:
    """The days as the daemon sees them pass.

    A day that was written into notes is not taken out again: where the date goes back to the day
    before (a journey west, a clock put right), the later day counts until it is reached again.

    Attributes:
        day: the latest day; None before the first look.
    """

    day: date | None = None

    def look(self, moment: datetime, day_starts_at: time) -> Turn:
        """Take in the present, and say how the date went on.

        Args:
            moment: civil time in the vault's zone.
            day_starts_at: when a new day begins; before it, it is still yesterday.
        """
        today = find_day(moment, day_starts_at)
        if self.day is None or today > self.day:
            self.day = today
            return Turn.NEW
        return Turn.BACK if self.day - today > _ONE_DAY else Turn.SAME

    def start(self, moment: datetime, day_starts_at: time) -> datetime:
        """Return the nominal start of the day that counts, with the zone of a moment.

        It need not exist: in some zones a summer day has no midnight.
        """
        day = self.day or find_day(moment, day_starts_at)
        return datetime.combine(day, day_starts_at, moment.tzinfo)


def find_day(moment: datetime, day_starts_at: time) -> date:
    """Return the day that a moment belongs to."""
    since_midnight = timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)
    return (moment.replace(tzinfo=None) - since_midnight).date()


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
