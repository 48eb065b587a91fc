"""Study notes: what each note of a vault tells of its first day, its stages and its rate."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import look_around
from vault_sync.errors import Problem
from vault_sync.study.facts import StudyFacts, make_fact_reader
from vault_sync.study.load import FactLoader, recall_facts
from vault_sync.text import NameMap, fold_name, to_nfc
from vault_sync.vault.vault import list_notes
from vault_sync.vault.walk import Reported, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.facts import StageFact
    from vault_sync.vault.workspace import Workspace


_MANY: Final = 8192


class StageState(NamedTuple):
    """One review of a note.

    Attributes:
        days: how many days after the first day it is due.
        due: that day; None without a first day.
        is_done: its box is ticked.
    """

    days: int
    due: date | None
    is_done: bool


class StudyNote(NamedTuple):
    """A note that is studied.

    Attributes:
        path: in the vault, with ``/`` between folders, as it is on the disk.
        title: its name without ``.md``, in NFC.
        subject: empty where there is none, as with the next two.
        textbook: the book.
        page: the place in the book.
        first_day: None where there is none, or where it or a box cannot be read.
        stages: its reviews, the earliest first.
        is_long_term: it is remembered for good, so there is nothing to review any more.
        rate: how much is learnt, from 0 to 1, true even where the disk is stale; None where
            nothing tells it.
    """

    path: str
    title: str
    subject: str
    textbook: str
    page: str
    first_day: date | None
    stages: tuple[StageState, ...]
    is_long_term: bool
    rate: float | None


def never_cancel() -> None:
    """Cancel nothing."""


def load_study_notes(
    workspace: Workspace,
    root: VaultFolder,
    moment: datetime,
    tell: Callable[[str, Problem], None],
    check_cancelled: Callable[[], None] = never_cancel,
) -> Iterator[StudyNote]:
    """Yield the study notes of a vault, in the order of `list_notes`.

    Args:
        workspace: the vault.
        root: its folder, opened.
        moment: what is taken for the present, where the rate reads a clock.
        tell: is told of each note and folder that cannot be read, and of what is wrong in study notes.
        check_cancelled: is called before each note is looked at; what it raises ends the loading.

    Raises:
        VaultNotFoundError: the vault cannot be read.
    """
    conditions = workspace.conditions_at(moment)
    conditions = look_around(conditions, workspace.rules, workspace.vault, root)
    reader = make_fact_reader(workspace.rules, conditions)
    if not reader.rules:
        return

    def report(entry: Reported) -> None:
        if isinstance(entry, Skipped) and entry.is_unread:
            tell(entry.path, Problem(entry.reason))

    paths = list(list_notes(workspace.vault, report=report))
    with recall_facts(FactLoader(root, reader, workspace.rules), paths, workspace) as loader:
        for path in paths:
            check_cancelled()
            found = loader.load(path)
            for problem in found.problems if found else ():
                tell(path, problem)
            if isinstance(found, StudyFacts):
                yield make_study_note(path, found)


def make_study_note(path: str, facts: StudyFacts) -> StudyNote:
    """Return a study note of what its text tells.

    Args:
        path: of the note, in the vault.
        facts: what it tells.
    """
    first = facts.first_day
    return StudyNote(
        path=path,
        title=to_nfc(path.rpartition("/")[2].removesuffix(".md")),
        subject=facts.subject,
        textbook=facts.textbook,
        page=facts.page,
        first_day=first,
        stages=_make_stages(first, facts.stages),
        is_long_term=facts.is_long_term,
        rate=facts.rate,
    )


@lru_cache(_MANY)
def _make_stages(first: date | None, stages: tuple[StageFact, ...]) -> tuple[StageState, ...]:
    """Return the stages of a note; notes of one day that are as far share theirs."""
    return tuple(StageState(days, _add_days(first, days), is_done) for days, is_done in stages)


def _add_days(first: date | None, days: int) -> date | None:
    try:
        return first and first + timedelta(days=days)
    except OverflowError:  # after the year 9999
        return None


def spell_subjects(subjects: Iterable[str]) -> NameMap[str]:
    """Return how each subject is shown: those that people cannot tell apart are one.

    Args:
        subjects: of the notes, in their order; the most usual spelling is shown.
    """
    usual = Counter(subjects).most_common()
    spelled: NameMap[str] = NameMap()
    for subject, _ in usual:
        spelled.setdefault(subject, to_nfc(subject) if fold_name(subject) else "")
    return spelled


# Days as a student counts them: after midnight it may still be yesterday.


def find_day(workspace: Workspace, moment: datetime) -> date:
    """Return the day that a moment belongs to.

    Args:
        workspace: its configuration says when a day begins.
        moment: in the vault's zone.
    """
    start = workspace.config.day_starts_at
    return (moment - timedelta(hours=start.hour, minutes=start.minute)).date()
