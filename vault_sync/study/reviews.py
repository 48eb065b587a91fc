"""Reviews: which stage of which note is due when, and how many the next days bring. Pure.

The day of a stage is the first day and so many days more. It is due from that day on until its box
is ticked. A note that is remembered for good has no reviews.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.study.notes import StudyNote, spell_subjects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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


# How the study of a vault stands: load of days, progress of subjects, what is neglected. Pure.

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
    from statistics import fmean  # noqa: PLC0415 - it takes long to load, and no list needs it

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


# What a request to tick a box comes to, before anything is written.


class TickAction(StrEnum):
    """What becomes of a box."""

    TICK = "tick"
    UNTICK = "untick"


class TickRequest(NamedTuple):
    """What the user wants to be done with notes.

    Attributes:
        action: what becomes of the box.
        stage: the stage; None for the one whose turn it is.
        on: the day that counts.
    """

    action: TickAction
    stage: int | None
    on: date


class TickOutcome(StrEnum):
    """What a request comes to: it can be done, or why there is nothing to do."""

    DONE = "done"
    ALREADY = "already"
    NOT_DUE = "not-due"
    NOTHING_LEFT = "nothing-left"
    NO_FIRST_DAY = "no-first-day"
    NO_SUCH_STAGE = "no-such-stage"


class TickDecision(NamedTuple):
    """What a request comes to for one note.

    Attributes:
        outcome: it can be done, or why there is nothing to do.
        note: the note as it will be.
        stage: the stage that is meant; None where none is.
    """

    outcome: TickOutcome
    note: StudyNote
    stage: int | None = None

    @property
    def next(self) -> Review | None:
        """The review that is next afterwards."""
        return find_next_review(self.note)


def decide_tick(note: StudyNote, request: TickRequest) -> TickDecision:
    """Return what a request comes to for one note."""
    if request.stage is not None:
        return _decide_named(note, request, request.stage)
    if request.action is TickAction.UNTICK:
        done = [stage.days for stage in note.stages if stage.is_done]
        return _turn(note, request, done[-1]) if done else TickDecision(TickOutcome.ALREADY, note)
    review = find_next_review(note)
    if review and review.due <= request.on:
        return _turn(note, request, review.stage)
    if review:
        return TickDecision(TickOutcome.NOT_DUE, note, review.stage)
    is_left = not note.is_long_term and any(not stage.is_done for stage in note.stages)
    return TickDecision(TickOutcome.NO_FIRST_DAY if is_left else TickOutcome.NOTHING_LEFT, note)


def _decide_named(note: StudyNote, request: TickRequest, days: int) -> TickDecision:
    named = next((stage for stage in note.stages if stage.days == days), None)
    if named is None:
        return TickDecision(TickOutcome.NO_SUCH_STAGE, note, days)
    if named.is_done is (request.action is TickAction.TICK):
        return TickDecision(TickOutcome.ALREADY, note, days)
    return _turn(note, request, days)


def _turn(note: StudyNote, request: TickRequest, days: int) -> TickDecision:
    is_done = request.action is TickAction.TICK
    stages = tuple(
        stage._replace(is_done=is_done) if stage.days == days else stage for stage in note.stages
    )
    return TickDecision(TickOutcome.DONE, note._replace(stages=stages), days)


# What each day of the last year was for: first studies, and the reviews planned for it. Pure.
#
# A box tells that a review was done, not when. So a review is counted on the day that it was
# planned for, ticked or not.

WEEKS: Final = 52
LEVELS: Final = 4
_WEEK: Final = 7


class StudyRecord(NamedTuple):
    """What a day, or all days of a month, was for.

    Attributes:
        day: the day, or the first of the month.
        studied: notes that were studied for the first time on it.
        ticked: reviews planned for it that are done, whenever that was.
        open: reviews planned for it that are still to do.
    """

    day: date
    studied: int
    ticked: int
    open: int

    @property
    def done(self) -> int:
        """First studies and reviews done."""
        return self.studied + self.ticked


class Year(NamedTuple):
    """The last 52 weeks up to a day.

    Attributes:
        records: one for each day, the earliest first.
        start: the Sunday with which the weeks begin, as the ordinal of a date.
        steps: how much a day needs to reach each level from 1 on.
    """

    records: tuple[StudyRecord, ...]
    start: int
    steps: tuple[int, ...]

    def find_level(self, record: StudyRecord) -> int:
        """Return how much was done on a day, from 0 to `LEVELS`."""
        return bisect_right(self.steps, record.done)

    def find_place(self, record: StudyRecord) -> tuple[int, int]:
        """Return the week of a day, counted from 0, and its place in the week, from Sunday on."""
        return divmod(record.day.toordinal() - self.start, _WEEK)


def record_year(notes: Iterable[StudyNote], on: date) -> Year:
    """Return the last 52 weeks, the present one included.

    Args:
        notes: all study notes.
        on: the present day, which is the last one.
    """
    studied: Counter[date] = Counter()
    ticked: Counter[date] = Counter()
    still_open: Counter[date] = Counter()
    for note in notes:
        if note.first_day:
            studied[note.first_day] += 1
        for stage in note.stages:
            if stage.due and (stage.is_done or not note.is_long_term):
                (ticked if stage.is_done else still_open)[stage.due] += 1
    start = on.toordinal() - on.isoweekday() % _WEEK - (WEEKS - 1) * _WEEK
    records = tuple(
        StudyRecord(day, studied[day], ticked[day], still_open[day])
        for day in map(date.fromordinal, range(max(1, start), on.toordinal() + 1))
    )
    return Year(records, start, _choose_thresholds([record.done for record in records]))


def _choose_thresholds(counts: Sequence[int]) -> tuple[int, ...]:
    """Return steps such that nine of ten busy days lie within them: one big day is not the measure."""
    busy = sorted(filter(None, counts)) or [0]
    top = max(LEVELS, busy[9 * (len(busy) - 1) // 10])
    return tuple(top * level // LEVELS + 1 for level in range(LEVELS))


def sum_months(year: Year) -> list[StudyRecord]:
    """Return the months of a year, the earliest first."""
    sums: dict[date, Counter[str]] = {}
    for record in year.records:
        counts = sums.setdefault(record.day.replace(day=1), Counter())
        counts.update(studied=record.studied, ticked=record.ticked, open=record.open)
    return [
        StudyRecord(month, counts["studied"], counts["ticked"], counts["open"])
        for month, counts in sums.items()
    ]


def find_first_weeks(year: Year) -> dict[int, int]:
    """Return the weeks that are the first to begin in a month, each with the number of the month."""
    places = ((year.find_place(record), record.day) for record in year.records)
    return {week: day.month for (week, place), day in places if place == 0 and day.day <= _WEEK}
