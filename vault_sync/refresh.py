"""The use case: stale notes are written, or only shown. Every note is tried; none stops the others."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from vault_sync.errors import NoteChangedError
from vault_sync.files.outcome import Outcome, Replacement
from vault_sync.files.outcome import Status as Ending
from vault_sync.files.replacing import replace_notes
from vault_sync.files.syncing import rest
from vault_sync.note.diffs import render_diff
from vault_sync.planning import Stale
from vault_sync.report import Listener, NoteResult, Status, Summary
from vault_sync.state.journal import Entry, JournalEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.files.desk import Desk
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.syncing import Meanwhile
    from vault_sync.state.journal import Run

BATCH: Final = 256
PAUSES: Final = (0.1, 0.2, 0.4, 0.8)


class Planner(Protocol):
    """Plans the notes of a vault: to refresh them, or to undo what a run did."""

    @property
    def root(self) -> VaultFolder:
        """The vault."""

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written, what else there is to tell of it, or None."""


class Writer(NamedTuple):
    """Writes planned notes: journal first, then the write protocol, then again where it has to be.

    Attributes:
        planner: plans a note again that changed meanwhile.
        desk: what the write protocol needs.
        run: the journal of this run.
        pause: waits for some seconds.
        pauses: seconds before each new try.
        batch: how many notes are written behind one sync of the journal. As many are planned ahead,
            and whoever stops planning has these written still.
    """

    planner: Planner
    desk: Desk
    run: Run
    pause: Callable[[float], None] = time.sleep
    pauses: Sequence[float] = PAUSES
    batch: int = BATCH

    def write(self, stales: Sequence[Stale], meanwhile: Meanwhile = rest) -> list[NoteResult]:
        """Write a batch of notes and return what became of each, in their order.

        Args:
            stales: the notes.
            meanwhile: see `replace_notes`.

        Raises:
            StateError: the journal cannot be written; then no note of the batch is changed.
        """
        if not stales:
            return []
        return [
            self._follow_up(stale, outcome)
            for stale, outcome in zip(stales, self._bring(stales, meanwhile), strict=True)
        ]

    def _bring(self, stales: Sequence[Stale], meanwhile: Meanwhile = rest) -> list[Outcome]:
        replacements = [
            Replacement(stale.note.path, stale.note, stale.plan.text.encode()) for stale in stales
        ]
        self.run.intend([_record(*pair) for pair in zip(stales, replacements, strict=True)])
        outcomes = replace_notes(self.planner.root, replacements, self.desk, meanwhile)
        for outcome in outcomes:
            self.run.settle(outcome.path, outcome.status.value)
        return outcomes

    def _follow_up(self, stale: Stale, outcome: Outcome) -> NoteResult:
        """Return the result of a note; where somebody else was first, plan and try it again."""
        for pause in self.pauses:
            if outcome.status is not Ending.CHANGED or outcome.rescue:
                break
            self.pause(pause)
            found = self.planner.plan(stale.note.path)
            if not isinstance(found, Stale):
                return found or NoteResult(stale.note.path, Status.UNCHANGED)
            stale = found
            outcome = self._bring([stale])[0]
        return _conclude(stale, outcome)


def preview(planner: Planner, paths: Sequence[str], listener: Listener) -> Summary:
    """Tell what a refresh would do, and write nothing.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault.
        listener: is told of each note; a stale one comes with its diff.
    """
    summary = Summary()
    for path in paths:
        found = planner.plan(path)
        if isinstance(found, Stale):
            diff = render_diff(path, found.text, found.plan.text)
            found = NoteResult(path, Status.STALE, found.plan.changes, found.plan.problems, diff)
        _tell([found], summary, listener)
    return summary


def refresh(planner: Planner, paths: Sequence[str], writer: Writer, listener: Listener) -> Summary:
    """Write what is stale.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault; those of one folder are best next to each other.
        writer: writes them.
        listener: is told of each note.
    """
    summary = Summary()
    ahead = _Ahead(planner, iter(paths), writer.batch)
    while found := ahead.take(writer.batch):
        stales = [stale for stale in found if isinstance(stale, Stale)]
        written = iter(writer.write(stales, ahead.plan_one))
        results = [next(written) if isinstance(one, Stale) else one for one in found]
        _tell(results, summary, listener)
    return summary


class _Ahead:
    """Plans notes in their order, some of them while the disk is busy with those before.

    Attributes:
        planner: plans them.
        paths: of the notes that are not planned yet.
        most: so many are planned before they are taken, at the most.
        found: what became of those that are, and were not taken yet.
    """

    __slots__ = ("found", "most", "paths", "planner")

    def __init__(self, planner: Planner, paths: Iterator[str], most: int = BATCH) -> None:
        self.planner = planner
        self.paths = paths
        self.most = most
        self.found: list[Stale | NoteResult | None] = []

    def plan_one(self) -> bool:
        """Plan one more note, and say whether there was one to plan."""
        path = next(self.paths, None) if len(self.found) < self.most else None
        if path is not None:
            self.found.append(self.planner.plan(path))
        return path is not None

    def take(self, count: int) -> list[Stale | NoteResult | None]:
        """Return what becomes of the next notes."""
        while len(self.found) < count and self.plan_one():
            pass
        taken, self.found = self.found[:count], self.found[count:]
        return taken


def _tell(results: Sequence[NoteResult | None], summary: Summary, listener: Listener) -> None:
    for result in results:
        summary.seen += 1
        if result:
            summary.add(result)
            listener.note_done(result)
    listener.progress(len(results))


def _record(stale: Stale, replacement: Replacement) -> Entry:
    edits = tuple(
        JournalEdit(change.property, change.before, change.after, change.old, change.new)
        for change in stale.plan.changes
    )
    return Entry(stale.note.path, _hash(stale.note.data), _hash(replacement.new), edits)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _conclude(stale: Stale, outcome: Outcome) -> NoteResult:
    path = stale.note.path
    problems = (*stale.plan.problems, *((outcome.problem,) if outcome.problem else ()))
    if outcome.status is Ending.FAILED:
        return NoteResult(path, Status.FAILED, problems=problems)
    if outcome.status is Ending.CHANGED:
        code = NoteChangedError.exit_code
        return NoteResult(path, Status.CONFLICT, problems=problems, exit_code=code)
    return NoteResult(path, Status.CHANGED, stale.plan.changes, problems)
