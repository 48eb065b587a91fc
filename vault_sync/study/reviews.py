"""Reviews: which stage of which note is due when. Pure.

The day of a stage is the first day and so many days more. It is due from that day on until its box
is ticked. A note that is remembered for good has no reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.study.notes import StudyNote


@dataclass(frozen=True, slots=True)
class Review:
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
