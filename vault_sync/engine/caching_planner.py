"""Plans notes, but not those of which the index says that they need no write.

What a refresh comes to depends on the note, its path, the rules and the circumstances of the run; of
the time it is the day alone that matters, or nothing is remembered. Notes with problems are not
remembered: the user is to see them again.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from vault_sync.clock import read_steady
from vault_sync.engine.refresh import Planner, Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import NoteError
from vault_sync.files.read import AT_REST, read_note, stat_note
from vault_sync.index import NOT_OURS, READS_OTHERS, UP_TO_DATE, is_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from vault_sync.engine.known_reads import KnownReads
    from vault_sync.engine.reads import Reads
    from vault_sync.engine.refresh import Found, RefreshPlanner
    from vault_sync.engine.report import Listener
    from vault_sync.files.read import NoteBytes
    from vault_sync.index.notes import NoteIndex
    from vault_sync.index.store import Row
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet

WORTHWHILE: Final = 100
"""For fewer notes, reading the index would take longer than reading the notes."""


class VersionPlanner(Planner, Protocol):
    """Plans notes, of which it may be handed the bytes."""

    def plan_version(self, note: NoteBytes) -> Found:
        """Return what `plan` does for a version that is in hand already."""


class _Plan(NamedTuple):
    """What is going to be written.

    Attributes:
        digest: of the bytes.
        study: study fields that stay as they are.
        is_read: whether other notes were read for it.
    """

    digest: bytes
    study: tuple[str, str] | None
    is_read: bool


class IndexedPlanner:
    """Plans notes with another planner, unless the index knows the outcome.

    Args:
        planner: plans the others.
        index: what is known.
        under: names the circumstances, see `make_cache_key`.
        keeps_own: notes that we write are up to date afterwards, whatever their new times.
        reads: what notes read of others; None where no formula does.
    """

    __slots__ = (
        "_index",
        "_keeps_own",
        "_planner",
        "_plans",
        "_under",
        "_written",
        "reads",
        "root",
    )

    def __init__(
        self,
        planner: VersionPlanner,
        index: NoteIndex,
        under: str,
        *,
        keeps_own: bool,
        reads: KnownReads | None = None,
    ) -> None:
        self.root = planner.root
        self.reads = reads
        self._planner = planner
        self._index = index
        self._under = under
        self._keeps_own = keeps_own
        self._plans: dict[str, _Plan] = {}
        self._written: list[tuple[str, float]] = []

    def plan(self, path: str) -> Found:
        """Return what the other planner says now, or said before of these very bytes."""
        row = self._index.recall(path, stat_note(self.root.path, path))
        if row and row.settled and self._holds(row, path):
            return _make_result(path, row.verdict)
        self._index.measure_clocks()
        try:
            note = read_note(self.root, path)
        except NoteError:
            return self._planner.plan(path)  # which knows what to say
        return self._plan_version(note)

    def _plan_version(self, note: NoteBytes) -> Found:
        from vault_sync.index.notes import Version, digest_of  # noqa: PLC0415 - hashes take long

        digest = digest_of(note.data)
        row = self._index.recall(note.path, note.signature)
        known = row if row and row.digest == digest else None
        found: Found
        is_read = False
        if known and self._holds(known, note.path):
            is_read = not is_alone(known.verdict or 0)
            found = _make_result(note.path, known.verdict)
        else:
            found = self._planner.plan_version(note)
            is_read = self._take_reads(note.path, digest, found)
        if isinstance(found, Stale):
            study = self._find_steady(known, found)
            after = digest_of(found.plan.text.encode())
            self._plans[note.path] = _Plan(after, study, is_read)
        elif found is None or found.status is Status.UNCHANGED:
            verdict = NOT_OURS if found is None else UP_TO_DATE
            verdict |= READS_OTHERS if is_read else 0
            version = Version(note.path, note.signature, digest)
            self._index.remember(version, verdict=(self._under, verdict))
        return found

    def find_last(self, path: str) -> Reads | None:
        """Return what the formulas of a note read of others when it was planned in this run."""
        return self.reads.find_last(path) if self.reads else None

    def find_reads(self, path: str) -> Reads | None:
        """Return what the formulas of a note read of others; it is planned if that is not known."""
        row = self._index.recall(path, stat_note(self.root.path, path))
        if row and row.settled and row.under == self._under and row.verdict is not None:
            if is_alone(row.verdict) or self.reads is None:
                return None
            known = self.reads.recall(path, row.digest)
            if known:
                return known
        self.plan(path)
        return self.find_last(path)

    def _holds(self, row: Row, path: str) -> bool:
        """Say whether the verdict of a row still holds."""
        if row.under != self._under or row.verdict is None:
            return False
        return is_alone(row.verdict) or bool(self.reads and self.reads.is_current(path, row.digest))

    def _take_reads(self, path: str, digest: bytes, found: Found) -> bool:
        """Keep what was read for a plan; say whether there was anything."""
        from vault_sync.index.notes import digest_of  # noqa: PLC0415 - the same

        if self.reads is None:
            return False
        after = digest_of(found.plan.text.encode()) if isinstance(found, Stale) else digest
        return self.reads.take(path, digest, after)

    def _find_steady(self, row: Row | None, stale: Stale) -> tuple[str, str] | None:
        """Return the study fields of a note that what is written now does not change."""
        import json  # noqa: PLC0415 - for a quick start

        if not row or not row.study_under or row.study is None:
            return None
        reads = self._index.reads(row.study_under)
        changed = {change.property for change in stale.plan.changes}
        if reads is None or not changed.isdisjoint(json.loads(reads)):
            return None
        return row.study_under, row.study

    def note_done(self, result: NoteResult) -> None:
        """Remember the result of a note: one that was written is up to date now."""
        plan = self._plans.pop(result.path, None)
        if plan is None or result.status is not Status.CHANGED or result.signature is None:
            return
        from vault_sync.index.notes import Version  # noqa: PLC0415 - the same

        is_whole = self._keeps_own and not result.problems
        reads_others = READS_OTHERS if plan.is_read else 0
        verdict = (self._under, UP_TO_DATE | reads_others) if is_whole else None
        version = Version(result.path, result.signature, plan.digest)
        self._index.remember(version, verdict=verdict, study=plan.study)
        self._written.append((result.path, read_steady()))

    def verify_written(self) -> None:
        """Read again the notes that were written long enough ago, so that the next run need not."""
        latest = read_steady() - AT_REST / 1e9
        for path, moment in self._written:
            if moment >= latest:
                return
            with suppress(NoteError):
                self.confirm(read_note(self.root, path), is_settled=True)

    def confirm(self, note: NoteBytes, *, is_settled: bool = False) -> None:
        """Remember that a note was read and is what the index knows.

        Args:
            note: as it was read.
            is_settled: see `NoteIndex.remember`.
        """
        from vault_sync.index.notes import Version, digest_of  # noqa: PLC0415 - the same

        digest = digest_of(note.data)
        row = self._index.recall(note.path, note.signature)
        if row and row.digest == digest:
            version = Version(note.path, note.signature, digest)
            self._index.remember(version, is_settled=is_settled)


def listen_for(planner: Planner, listener: Listener) -> Listener:
    """Return a listener that hands the results to the planner, too, if that keeps an index."""
    return _IndexListener(planner, listener) if isinstance(planner, IndexedPlanner) else listener


def confirm_read(planner: Planner, note: NoteBytes) -> None:
    """Let a planner that keeps an index know that a note was read and is up to date."""
    if isinstance(planner, IndexedPlanner):
        planner.confirm(note)


class _IndexListener(NamedTuple):
    """Hands each result to a planner with an index and to another listener."""

    planner: IndexedPlanner
    listener: Listener

    def note_done(self, result: NoteResult) -> None:
        """Take what became of a note that some rule governs."""
        self.planner.note_done(result)
        self.listener.note_done(result)

    def progress(self, count: int) -> None:
        """Take how many more notes have been looked at."""
        self.listener.progress(count)


@contextmanager
def plan_with_index(
    planner: RefreshPlanner,
    rules: Sequence[RuleSet],
    conditions: Conditions,
    paths: Sequence[str],
    started: datetime,
) -> Iterator[IndexedPlanner | RefreshPlanner]:
    """Give a planner that uses the index and adds to it.

    For few notes, and for rules that read more than the day, it is the planner that was given.

    Args:
        planner: plans the notes.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        paths: the notes that are to be planned.
        started: the true present.
    """
    if len(paths) < WORTHWHILE:
        yield planner
        return
    from vault_sync.index.notes import (  # noqa: PLC0415 - for a quick start
        is_stable_all_day,
        make_cache_key,
        open_index,
        reads_file_facts,
    )

    if not is_stable_all_day(rules):
        yield planner
        return
    notes = planner.notes
    under = make_cache_key(rules, conditions, left_alone=notes.view.describe() if notes else "")
    keeps_own = not reads_file_facts(rules)
    with open_index(planner.root.path, paths, int(started.timestamp() * 1e9)) as index:
        reads = None
        if notes:
            from vault_sync.engine.known_reads import KnownReads  # noqa: PLC0415 - the same

            reads = KnownReads(notes, index, under, planner.root)
        indexed = IndexedPlanner(planner, index, under, keeps_own=keeps_own, reads=reads)
        yield indexed
        indexed.verify_written()
        if notes and reads:
            reads.save()
            notes.view.files.memory = None


def _make_result(path: str, verdict: int | None) -> NoteResult | None:
    is_ours = verdict is not None and verdict & UP_TO_DATE
    return NoteResult(path, Status.UNCHANGED) if is_ours else None
