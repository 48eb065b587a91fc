"""How many reviews each of the next days brings. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from vault_sync.study.reviews import list_coming, list_reviews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.study.notes import StudyNote

TWO_WEEKS: Final = 14


@dataclass(frozen=True, slots=True)
class DayLoad:
    """The reviews of a day.

    Attributes:
        day: the day.
        due: reviews that become due on it.
        overdue: reviews that wait since earlier days; on the present day only.
    """

    day: date
    due: int
    overdue: int = 0

    @property
    def total(self) -> int:
        """All that there is to do on the day."""
        return self.due + self.overdue


def forecast_days(
    notes: Sequence[StudyNote], on: date, count: int = TWO_WEEKS
) -> tuple[DayLoad, ...]:
    """Return the load of the present day and of those after it.

    The present day has the earliest undone stage of each note; the others have every stage that
    becomes due on them, as if all before were done in time.

    Args:
        notes: all study notes.
        on: the present day.
        count: how many days; fewer at the end of the calendar.
    """
    today = list_reviews(notes, on)
    overdue = sum(review.due < on for review in today)
    coming = Counter(review.due for review in list_coming(notes, on, count - 1))
    first = DayLoad(on, len(today) - overdue, overdue)
    left = min(count - 1, (date.max - on).days)
    days = (on + timedelta(days=ahead) for ahead in range(1, left + 1))
    return first, *(DayLoad(day, coming[day]) for day in days)
