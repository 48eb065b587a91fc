"""How the study of a vault stands: load of days, progress of subjects, what is neglected. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Final

from vault_sync.study.notes import spell_subjects
from vault_sync.study.reviews import TWO_WEEKS, forecast_days, list_reviews

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from vault_sync.study.notes import StudyNote
    from vault_sync.study.reviews import DayLoad, Review

MOST_NEGLECTED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far some notes are.

    Attributes:
        name: of the subject; empty for notes without one, and for all notes.
        notes: how many there are.
        rate: the mean of their rates, from 0 to 1; None where no note tells one.
        done: reviews that are done.
        reviews: reviews that there are in all.
        due: notes with a review to do now.
        overdue: those of them that were due before.
        remembered: notes that need no reviews any more.
    """

    name: str
    notes: int
    rate: float | None
    done: int
    reviews: int
    due: int
    overdue: int
    remembered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """How the study of a vault stands on a day.

    Attributes:
        on: the day.
        total: all notes.
        days: the load of the present day and the days after it.
        subjects: those with most to do first.
        neglected: the reviews that are overdue for longest.
    """

    on: date
    total: Progress
    days: tuple[DayLoad, ...]
    subjects: tuple[Progress, ...]
    neglected: tuple[Review, ...]


def make_dashboard(
    notes: Sequence[StudyNote],
    on: date,
    days: int = TWO_WEEKS,
    most_neglected: int = MOST_NEGLECTED,
) -> Dashboard:
    """Return how things stand.

    Args:
        notes: all study notes of the vault.
        on: the present day.
        days: how many days to look ahead, the present one included.
        most_neglected: how many overdue reviews are named.
    """
    by_subject: defaultdict[str, list[StudyNote]] = defaultdict(list)
    spelled = spell_subjects(note.subject for note in notes)
    for note in notes:
        by_subject[spelled[note.subject]].append(note)
    subjects = [measure_progress(name, group, on) for name, group in by_subject.items()]
    late = (review for review in list_reviews(notes, on) if review.due < on)
    return Dashboard(
        on=on,
        total=measure_progress("", notes, on),
        days=forecast_days(notes, on, days),
        subjects=tuple(sorted(subjects, key=_rank)),
        neglected=tuple(late)[:most_neglected],
    )


def measure_progress(name: str, notes: Iterable[StudyNote], on: date) -> Progress:
    """Return how far notes are.

    Args:
        name: of the group.
        notes: of the group.
        on: the present day.
    """
    group = list(notes)
    rates = [note.rate for note in group if note.rate is not None]
    stages = [stage for note in group for stage in note.stages]
    due = list_reviews(group, on)
    return Progress(
        name=name,
        notes=len(group),
        rate=fmean(rates) if rates else None,
        done=sum(stage.is_done for stage in stages),
        reviews=len(stages),
        due=len(due),
        overdue=sum(review.due < on for review in due),
        remembered=sum(note.is_long_term for note in group),
    )


def _rank(progress: Progress) -> tuple[int, int, str]:
    return -progress.due, -progress.notes, progress.name
