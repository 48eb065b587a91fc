"""Writes planned notes. Loaded when there is one to write: hashes and the write protocol take long."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import NoteChangedError
from vault_sync.files.outcome import Outcome, Replacement
from vault_sync.files.outcome import Status as Ending
from vault_sync.files.replace import replace_notes, rest
from vault_sync.state.journal_lines import Entry, JournalEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vault_sync.engine.refresh import Planner
    from vault_sync.files.outcome import Desk
    from vault_sync.files.replace import Meanwhile
    from vault_sync.state.journal import Run


class Writer(NamedTuple):
    """Writes planned notes: journal first, then the write protocol, then again where it has to be.

    Attributes:
        planner: plans a note again that changed meanwhile.
        desk: what the write protocol needs.
        run: the journal of this run.
        pause: waits for some seconds.
        pauses: seconds before each new try.
    """

    planner: Planner
    desk: Desk
    run: Run
    pause: Callable[[float], None]
    pauses: Sequence[float]

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
            Replacement(stale.note.path, stale.note, stale.plan.text.encode(), stale.plan.by_person)
            for stale in stales
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


def _record(stale: Stale, replacement: Replacement) -> Entry:
    edits = tuple(
        JournalEdit(one.property, one.before, one.after, one.old, one.new, one.below)
        for one in stale.plan.changes
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
    return NoteResult(
        path, Status.CHANGED, stale.plan.changes, problems, signature=outcome.signature
    )
