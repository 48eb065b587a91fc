"""All that a report shows, gathered from the notes of a vault."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.study.notes import StudyNote, load_study_notes
from vault_sync.study.reviews import TWO_WEEKS, list_reviews, make_dashboard
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.reviews import Dashboard, DayLoad, Review
    from vault_sync.vault.workspace import Workspace


def load_report(
    workspace: Workspace,
    root: VaultFolder,
    moment: datetime,
    tell: Callable[[str, Problem], None],
    check_cancelled: Callable[[], None] = lambda: None,
) -> StudyReport:
    """Return the report of a vault.

    Args:
        workspace: the vault.
        root: its folder, opened.
        moment: what is taken for the present.
        tell: is told of each study note that cannot be read.
        check_cancelled: is called before each note; what it raises ends the work.
    """
    unread: set[str] = set()

    def take(path: str, problem: Problem) -> None:
        unread.add(path)
        tell(path, problem)

    notes = list(load_study_notes(workspace, root, moment, take, check_cancelled))
    vault = workspace.config.calendar.vault or to_nfc(Path(workspace.vault.root).name)
    return make_report(notes, workspace.day(moment), vault, len(unread))


DAYS: Final = 30
_MOST_OVERDUE: Final = 200


@dataclass(frozen=True, slots=True)
class StudyReport:
    """How the study of a vault stands, stood and will stand.

    Attributes:
        board: how it stands, with the load of the coming days: two weeks, and up to 30 days where
            there are reviews.
        today: the reviews that become due on the day, all of them.
        year: the last 52 weeks.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """

    board: Dashboard
    today: tuple[Review, ...]
    year: Year
    vault: str
    unread: int = 0


def make_report(notes: Sequence[StudyNote], on: date, vault: str, unread: int = 0) -> StudyReport:
    """Return a report of notes.

    Args:
        notes: all study notes of the vault.
        on: the present day.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """
    board = make_dashboard(notes, on, DAYS, _MOST_OVERDUE)
    board = replace(board, days=_leave_empty_out(board.days))
    today = tuple(review for review in list_reviews(notes, on) if review.due == on)
    return StudyReport(board, today, record_year(notes, on), vault, unread)


def _leave_empty_out(days: tuple[DayLoad, ...]) -> tuple[DayLoad, ...]:
    """Return the days up to the last one that has a review, but no less than two weeks."""
    last = max((place for place, load in enumerate(days, 1) if load.total), default=0)
    return days[: max(TWO_WEEKS, last)]


# What each day of the last year was for: first studies, and the reviews planned for it. Pure.
#
# A box tells that a review was done, not when. So a review is counted on the day that it was
# planned for, ticked or not.

WEEKS: Final = 52
LEVELS: Final = 4
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class StudyRecord:
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


@dataclass(frozen=True, slots=True)
class Year:
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
