"""Reviews: which stage of which note is due when, and how many the next days bring. Pure.

The day of a stage is the first day and so many days more. It is due from that day on until its box
is ticked. A note that is remembered for good has no reviews.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.study.notes import StudyNote


class Review(NamedTuple):
    """A stage of a note that is not done.

    Attributes:
        note: the note.
        stage: how many days after the first day it is due.
        due: that day.
    """

    note: StudyNote
    stage: int
    due: date

    def days_overdue(self, on: date) -> int:
        """Return how many days ago it was due on a day; below zero while it is still to come."""
        return (on - self.due).days


def find_next_review(note: StudyNote) -> Review | None:
    """Return the earliest stage of a note that is not done, None if nothing is left to do."""
    return next(_list_undone(note), None)


def list_reviews(notes: Iterable[StudyNote], on: date, upcoming: int = 0) -> list[Review]:
    """Return what is to be reviewed: the earliest undone stage of each note, where it is due.

    Args:
        notes: in any order.
        on: the day.
        upcoming: reviews that become due within so many days after it are listed, too.

    Returns:
        The longest overdue first, then those of the day, then those to come; each in the order
        of paths.
    """
    reviews = (find_next_review(note) for note in notes)
    last = _add(on, upcoming)
    return _sort(review for review in reviews if review and review.due <= last)


def list_coming(notes: Iterable[StudyNote], on: date, days: int | None = None) -> list[Review]:
    """Return every undone stage of every note from a day on, for calendars and forecasts.

    Args:
        notes: in any order.
        on: the day; what was due before it is not listed.
        days: how many days after it are looked at; None for all that come.

    Returns:
        By day, then in the order of paths.
    """
    last = date.max if days is None else _add(on, days)
    undone = (review for note in notes for review in _list_undone(note))
    return _sort(review for review in undone if on <= review.due <= last)


def _list_undone(note: StudyNote) -> Iterator[Review]:
    if not note.is_long_term:
        for stage in note.stages:
            if stage.due and not stage.is_done:
                yield Review(note, stage.days, stage.due)


def _sort(reviews: Iterable[Review]) -> list[Review]:
    return sorted(reviews, key=lambda review: (review.due, review.note.path, review.stage))


def _add(on: date, days: int) -> date:
    try:
        return on + timedelta(days=days)
    except OverflowError:
        return date.max


# How many reviews each of the next days brings. Pure.

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
