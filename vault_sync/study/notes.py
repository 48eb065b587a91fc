"""Study notes: what each note of a vault tells of its first day, its stages and its rate."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from vault_sync.engine.caching_planner import WORTHWHILE
from vault_sync.engine.refresh import look_around
from vault_sync.errors import FrontmatterError, NoteError, NoteTooLargeError, Problem
from vault_sync.files.read import FileFacts, decode_note, decode_start, read_note, stat_note
from vault_sync.formula.registry import Clock
from vault_sync.index.notes import NoteIndex, Version, digest_of, make_cache_key, open_index
from vault_sync.plan.explain import mend_text
from vault_sync.plan.governed import is_named
from vault_sync.rules.ruleset import RuleSet, list_formulas, reads_others
from vault_sync.study.facts import FactReader, StageFact, StudyFacts, StudyRules, make_fact_reader
from vault_sync.text import NameMap, find_twins, fold_name, to_nfc
from vault_sync.vault.vault import list_notes
from vault_sync.vault.walk import Reported, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.index.store import Row
    from vault_sync.vault.workspace import Workspace


class Unread(NamedTuple):
    """A note that could not be read.

    Attributes:
        problems: why; none where it is no study note, as far as can be seen.
    """

    problems: tuple[Problem, ...]


class Loader(Protocol):
    """Knows what the notes of a vault tell."""

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what a note tells, None for one that is no study note."""


class FactLoader(NamedTuple):
    """Reads the notes of a vault to know what they tell.

    Attributes:
        root: the vault.
        reader: of their texts.
        rules: all rule sets, by which a note that cannot be read is known for a study note.
    """

    root: VaultFolder
    reader: FactReader
    rules: Sequence[RuleSet]

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what a note tells, None for one that is no study note."""
        try:
            note = read_note(self.root, path)
        except NoteError as error:
            if not isinstance(error, NoteTooLargeError):  # nobody can tell what it is
                is_gone = isinstance(error.__cause__, FileNotFoundError)
                return Unread(() if is_gone else (error.problem,))
            return self._refuse(error, decode_start(error.start))
        return self.load_version(note)

    def load_version(self, note: NoteBytes) -> StudyFacts | Unread | None:
        """Return the same for a version that is in hand already."""
        text = ""
        try:
            text = decode_note(note.data)
            facts = FileFacts(
                note.signature, self.reader.conditions, f"{self.root.path}/{note.path}"
            )
            return self._read(text, note.path, facts)
        except NoteError as error:
            return self._refuse(error, text or decode_start(note.data))

    def _read(self, text: str, path: str, facts: FileFacts) -> StudyFacts | None:
        try:
            return self.reader.read(text, path, facts)
        except FrontmatterError:
            mended = mend_text(text, path, self.rules, self.reader.conditions, facts)
            return self.reader.read(mended, path, facts)

    def _refuse(self, error: NoteError, text: str) -> Unread:
        return Unread((error.problem,) if is_named(text, self.rules) else ())


# What study notes tell is kept, so that a note is not read again as long as nothing has changed.
#
# What a note tells depends on its text, its path, the rules and the circumstances of the run; of
# the time it is the day alone that matters, or nothing is kept (`vault_sync.engine.caching_planner`
# does the same for a refresh). What our own writes do not touch of it is kept over them.

_KNOWN_FIELDS: Final = frozenset(
    {"file", "name", "basename", "path", "folder", "ext", "inFolder"}
    | {"hasProperty", "tags", "hasTag"}  # `FactReader.wanted` has the properties
)


_JSON: Final = json.JSONDecoder()


class RecallingLoader(NamedTuple):
    """Loads what notes tell as another loader does, but for those of which it is known.

    Attributes:
        loader: loads the others.
        known: what notes told, and which were no study notes.
        under: names the circumstances.
    """

    loader: FactLoader
    known: NoteIndex
    under: str

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what the other loader says, or said of these very bytes."""
        row = self.known.recall(path, stat_note(self.loader.root.path, path))
        known = self._parse(row) if row and row.settled else None
        if known:
            return known.facts
        self.known.measure_clocks()
        try:
            note = read_note(self.loader.root, path)
        except NoteError:
            return self.loader.load(path)  # which knows what to say
        return self._load_version(note)

    def _load_version(self, note: NoteBytes) -> StudyFacts | Unread | None:
        digest = digest_of(note.data)
        row = self.known.recall(note.path, note.signature)
        known = self._parse(row) if row and row.digest == digest else None
        found = known.facts if known else self.loader.load_version(note)
        if not isinstance(found, Unread):
            study = self.under, json.dumps(found and found.to_payload(), ensure_ascii=False)
            self.known.remember(Version(note.path, note.signature, digest), study=study)
        return found

    def _parse(self, row: Row) -> _Known | None:
        """Return what a row says under these circumstances, None where it says nothing."""
        if row.study is None or row.study_under != self.under:
            return None
        payload, _ = _JSON.raw_decode(row.study)  # as we wrote it, without blanks around it
        return _Known(None if payload is None else StudyFacts.from_payload(payload))


class _Known(NamedTuple):
    """What a note tells; None for one that is no study note."""

    facts: StudyFacts | None


@contextmanager
def recall_facts(
    loader: FactLoader, paths: Sequence[str], workspace: Workspace
) -> Iterator[Loader]:
    """Give a loader that recalls what notes told, from earlier runs and for later ones.

    Args:
        loader: reads the notes.
        paths: the notes that are to be loaded.
        workspace: the vault; its clock is the true one.
    """
    reader = loader.reader
    clock = find_clock(reader)
    reaches = reads_others(
        rules.rules for rules in reader.rules
    )  # what other notes hold is not kept
    if len(paths) < WORTHWHILE or clock is Clock.INSTANT or reaches:
        yield loader
        return
    started = int(workspace.moment(None).timestamp() * 1e9)
    under = make_cache_key(loader.rules, reader.conditions, reads_day=clock > Clock.STABLE)
    with open_index(loader.root.path, paths, started) as index:
        if reader.wanted is not None and not _reads_whole_files(reader):
            index.keep_reads(under, json.dumps(sorted(reader.wanted)))
        yield RecallingLoader(loader, index, under)


def find_clock(reader: FactReader) -> Clock:
    """Return the most of the clock that what a note tells depends on: a filter or a rate reads it."""
    return max((_find_clock(rules) for rules in reader.rules), default=Clock.STABLE)


def _find_clock(rules: StudyRules) -> Clock:
    statements = rules.rules.admits.formulas if rules.rules.admits else ()
    asked = frozenset(name for statement in statements for name in statement.formulas)
    entries = [entry for entry in rules.rules.formulas if entry.name in asked]
    entries += rules.rate_rules.formulas if rules.rate_rules else ()
    clocks = [one.clock for one in statements] + [entry.clock for entry in entries]
    clocks += [one.clock for earlier in rules.earlier for one in list_formulas(earlier)]
    return max(clocks, default=Clock.STABLE)


def _reads_whole_files(reader: FactReader) -> bool:
    """Say whether more than the name and the wanted properties of a note may matter."""
    formulas = (formula for rules in reader.rules for formula in list_formulas(rules.rules))
    return any(formula.file_fields - _KNOWN_FIELDS for formula in formulas)


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
            if found is None:
                continue
            for problem in found.problems:
                tell(path, problem)
            if isinstance(found, StudyFacts):
                yield make_study_note(path, found)


def make_study_note(path: str, facts: StudyFacts) -> StudyNote:
    """Return a study note of what its text tells.

    Args:
        path: of the note, in the vault.
        facts: what it tells.
    """
    subject, textbook, page, first, stages, is_long_term, rate, _ = facts
    title = to_nfc(path.rpartition("/")[2].removesuffix(".md"))
    due = _make_stages(first, stages)
    return StudyNote(path, title, subject, textbook, page, first, due, is_long_term, rate)


@lru_cache(_MANY)
def _make_stages(first: date | None, stages: tuple[StageFact, ...]) -> tuple[StageState, ...]:
    """Return the stages of a note; notes of one day that are as far share theirs."""
    return tuple([StageState(days, _add_days(first, days), is_done) for days, is_done in stages])


@lru_cache(_MANY)
def _add_days(first: date | None, days: int) -> date | None:
    try:
        return first and first + timedelta(days=days)
    except OverflowError:  # after the year 9999
        return None


def name_notes(notes: Iterable[StudyNote]) -> dict[str, str]:
    """Return by its path how each note is called beside the others: by its path where titles are the same.

    Args:
        notes: those that are shown together.
    """
    paths = {note.path: note.title for note in notes}
    titles, twins = Counter(paths.values()), find_twins(paths)
    names = {
        path: title if titles[title] == 1 else path.removesuffix(".md")
        for path, title in paths.items()
    }
    return names | {path: f"{names[path]} {form}" for path, form in twins.items()}


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


def leave_to_refresh(path: str, problem: Problem) -> None:
    """Say nothing: the refresh that the daemon did before has told of the same notes."""
