"""One run over the notes of a vault: behind a journal, written, and tried again where somebody else was first.

What writes takes long to load (the journal, hashes, the write protocol), so it is imported for the
first note that has to be written: most runs find none, and a hook that has nothing to do should not
wait for it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.engine.caching_planner import listen_for
from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status, Summary, render_diff
from vault_sync.errors import NoteChangedError, TooManyChangesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.engine.report import Listener
    from vault_sync.errors import Problem
    from vault_sync.files.outcome import Outcome, WriteContext
    from vault_sync.index.history import Histories
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.state.journal import Journal, Run
    from vault_sync.state.journal_lines import JournalEntry

DEFAULT_JOBS: Final = 8
BATCH: Final = 256
_NOT_REACHED: Final = NoteResult("", Status.SKIPPED)
CONFLICT_PAUSES: Final = (0.1, 0.2, 0.4, 0.8)
"""Seconds before each new try at a note that another program was writing."""


def _never_stop() -> bool:
    return False


class RefreshRun:
    """A run of a command, as the journal knows it.

    Args:
        planner: plans the notes; knows the vault.
        command: what the user had called: `refresh`, `undo`, `done`, `watch`, `hook`.
        started: the true present, whatever moment the run takes for it.
        on_leftover: is called with each leftover that needs the user, and with what is wrong with it.
        jobs: how many notes are brought to the disk at the same time.
        sleep: waits for some seconds; a daemon that is asked to stop waits less.
        pauses: seconds before each new try at a note that somebody else was writing.
        batch: how many notes are written behind one sync of the journal. As many are planned
            meanwhile, and whoever stops planning has these written still.
        rules: which values are ours, so that the index knows later what persons did to a note; none to
            leave that out.
        is_stopped: says whether to end once the notes in hand are written.
    """

    def __init__(  # noqa: PLR0913 - the last five are for the daemon and for tests
        self,
        planner: Planner,
        command: str,
        started: datetime,
        on_leftover: Callable[[str, Problem], None],
        *,
        jobs: int = DEFAULT_JOBS,
        sleep: Callable[[float], None] = time.sleep,
        pauses: Sequence[float] = CONFLICT_PAUSES,
        batch: int = BATCH,
        rules: Sequence[RuleSet] = (),
        is_stopped: Callable[[], bool] = _never_stop,
    ) -> None:
        self._planner = planner
        self._command = command
        self._started = started
        self._on_leftover = on_leftover
        self._sleep = sleep
        self._pauses = pauses
        self._batch = batch
        self._jobs = jobs
        self._rules = rules
        self._is_stopped = is_stopped
        self._stack = ExitStack()

    def write(
        self, found: Iterable[Found], listener: Listener, leftovers: Sequence[str] = ()
    ) -> Summary:
        """Write the notes that are stale. A run writes once.

        Args:
            found: the plans of the notes; those of one folder are best next to each other.
            listener: takes the result of each note.
            leftovers: files of interrupted runs, which are tidied up first.

        Raises:
            StateError: the state folder cannot be used; then nothing more is written.
        """
        summary, listener = Summary(), listen_for(self._planner, listener)
        with self._stack:
            if leftovers:
                self._recover(leftovers)
            queue = PlanQueue(iter(found), self._batch, self._is_stopped)
            while some := queue.take(self._batch):
                results = self._write_batch(some, queue)
                _report(results, summary, listener)
                summary.is_stopped = len(results) < len(some)
            summary.is_stopped = summary.is_stopped or queue.has_more()
            if summary.is_stopped and "_opened" in self.__dict__:
                self._opened[1].stop()
        if "_histories" in self.__dict__:
            self._histories.save()
        return summary

    def _write_batch(self, found: Sequence[Found], queue: PlanQueue) -> list[NoteResult | None]:
        """Write what is stale of some notes, and return what became of each, in their order."""
        stales = [one for one in found if isinstance(one, Stale)]
        outcomes = iter(self._replace(stales, queue.plan_one) if stales else ())
        results = [
            self._retry(one, next(outcomes)) if isinstance(one, Stale) else one for one in found
        ]
        return [one for one in results if one is not _NOT_REACHED]

    def _retry(self, stale: Stale, outcome: Outcome) -> NoteResult:
        """Return the result of a note; where somebody else was first, plan and write it again."""
        from vault_sync.files.outcome import WriteStatus  # noqa: PLC0415 - see the module

        for pause in self._pauses:
            if outcome.status is not WriteStatus.CHANGED or outcome.rescue or self._is_stopped():
                break
            self._sleep(pause)
            found = self._planner.plan(stale.note.path)
            if not isinstance(found, Stale):
                return found or NoteResult(stale.note.path, Status.UNCHANGED)
            stale = found
            (outcome,) = self._replace([stale])
        return _conclude(stale, outcome)

    def _replace(
        self, stales: Sequence[Stale], idle_work: Callable[[], bool] = lambda: False
    ) -> list[Outcome]:
        """Replace notes behind the journal, and return how each ended, in their order.

        Args:
            stales: the notes.
            idle_work: see `replace_notes`.

        Raises:
            StateError: the journal cannot be written; then no note of these is changed.
        """
        from vault_sync.files.outcome import Replacement  # noqa: PLC0415 - see the module
        from vault_sync.files.replace import replace_notes  # noqa: PLC0415 - the same

        _, journal, context = self._opened
        texts = [stale.plan.text.encode() for stale in stales]
        journal.intend([_record(stale, text) for stale, text in zip(stales, texts, strict=True)])
        replacements = [
            Replacement(stale.note.path, stale.note, text, stale.plan.by_person)
            for stale, text in zip(stales, texts, strict=True)
        ]
        outcomes = replace_notes(self._planner.root, replacements, context, idle_work)
        for outcome, replacement in zip(outcomes, replacements, strict=True):
            journal.record_outcome(outcome.path, outcome.status.value)
            if self._rules and outcome.signature:
                self._histories.note_written(replacement.old, replacement.new)
        return outcomes

    def _recover(self, leftovers: Sequence[str]) -> None:
        """Tidy up after interrupted runs."""
        from vault_sync.files.recovery import recover_leftovers  # noqa: PLC0415 - see the module

        journal, _, context = self._opened
        root, now = self._planner.root, self._started.timestamp()
        for recovered in recover_leftovers(root, leftovers, journal, context, now):
            if recovered.problem:
                self._on_leftover(recovered.path, recovered.problem)

    @cached_property
    def _opened(self) -> tuple[Journal, Run, WriteContext]:
        """The journals of the vault, that of this run, and what the write protocol needs."""
        from vault_sync.files.export import RescueFolder  # noqa: PLC0415 - see the module
        from vault_sync.files.outcome import WriteContext  # noqa: PLC0415 - the same
        from vault_sync.state.folder import open_state  # noqa: PLC0415 - the same
        from vault_sync.state.journal import Journal  # noqa: PLC0415 - the same

        journals = Journal(open_state(Path(self._planner.root.path)))
        journal = self._stack.enter_context(journals.begin(self._command, self._started))
        rescue_folder = RescueFolder(journals.state.rescue, journal.run_id)
        context = WriteContext(
            journal.run_id,
            rescue_folder,
            self._jobs,
            sleep=self._sleep,
            is_stopped=self._is_stopped,
        )
        return journals, journal, context

    @cached_property
    def _histories(self) -> Histories:
        from vault_sync.index.history import open_histories  # noqa: PLC0415 - see the module

        return open_histories(Path(self._planner.root.path), self._rules)


def _record(stale: Stale, text: bytes) -> JournalEntry:
    """Return what the journal keeps of a note that is going to be written."""
    from vault_sync.files.read import hash_note  # noqa: PLC0415 - see the module
    from vault_sync.state.journal_lines import JournalEdit, JournalEntry  # noqa: PLC0415 - the same

    edits = tuple(
        JournalEdit(one.property, one.before, one.after, one.old, one.new, one.below)
        for one in stale.plan.changes
    )
    return JournalEntry(stale.note.path, hash_note(stale.note.data), hash_note(text), edits)


def _conclude(stale: Stale, outcome: Outcome) -> NoteResult:
    """Return the result of a note that was written, or could not be."""
    from vault_sync.files.outcome import WriteStatus  # noqa: PLC0415 - see the module

    path = stale.note.path
    problems = (*stale.plan.problems, *((outcome.problem,) if outcome.problem else ()))
    if outcome.status is WriteStatus.STOPPED:
        return _NOT_REACHED
    if outcome.status is WriteStatus.FAILED:
        return NoteResult(path, Status.FAILED, problems=problems)
    if outcome.status is WriteStatus.CHANGED:
        code = NoteChangedError.exit_code
        return NoteResult(path, Status.CONFLICT, problems=problems, exit_code=code)
    return NoteResult(
        path, Status.CHANGED, stale.plan.changes, problems, signature=outcome.signature
    )


class PlanQueue:
    """Notes that are planned in their order, some of them while the disk is busy with those before.

    Args:
        found: plans one more note each time it is asked.
        most: so many are planned before they are taken, at the most.
        is_stopped: says whether no further note is to be planned or taken.
    """

    __slots__ = ("_found", "_is_ended", "_is_stopped", "_most", "_planned")

    def __init__(
        self, found: Iterator[Found], most: int, is_stopped: Callable[[], bool] = _never_stop
    ) -> None:
        self._found = found
        self._most = most
        self._is_stopped = is_stopped
        self._planned: list[Found] = []
        self._is_ended = False

    def plan_one(self) -> bool:
        """Plan one more note, and say whether there was one to plan."""
        if len(self._planned) >= self._most or self._is_stopped():
            return False
        for found in self._found:
            self._planned.append(found)
            return True
        self._is_ended = True
        return False

    def take(self, count: int) -> list[Found]:
        """Return what becomes of the next notes."""
        while len(self._planned) < count and self.plan_one():
            pass
        if self._is_stopped():
            return []
        taken, self._planned = self._planned[:count], self._planned[count:]
        return taken

    def has_more(self) -> bool:
        """Say whether notes are left, as far as that is known."""
        return bool(self._planned) or not self._is_ended


def plan_within(planner: Planner, paths: Iterable[str], limit: int) -> list[Found]:
    """Return the plans of notes, once it is known that not too many are stale.

    Args:
        planner: plans the notes, each once.
        paths: of the notes, in the vault.
        limit: how many may be stale; so many plans are kept at the most.

    Raises:
        TooManyChangesError: more notes are stale.
    """
    found: list[Found] = []
    stale = 0
    for path in paths:
        one = planner.plan(path)
        stale += isinstance(one, Stale)
        if stale <= limit or not isinstance(one, Stale):
            found.append(one)
    if stale > limit:
        message = f"{stale} notes are stale, more than --max-changes {limit}: nothing was written."
        raise TooManyChangesError(message)
    return found


def preview(found: Iterable[Found], listener: Listener) -> Summary:
    """Report what a refresh would do, and write nothing.

    Args:
        found: the plans of the notes.
        listener: takes the result of each note; a stale one has its diff.
    """
    summary = Summary()
    for one in found:
        _report([_show(one) if isinstance(one, Stale) else one], summary, listener)
    return summary


def _show(stale: Stale) -> NoteResult:
    path, plan = stale.note.path, stale.plan
    diff = render_diff(path, stale.text, plan.text)
    return NoteResult(path, Status.STALE, plan.changes, plan.problems, diff)


def _report(results: Sequence[NoteResult | None], summary: Summary, listener: Listener) -> None:
    for result in results:
        summary.seen += 1
        if result:
            summary.add(result)
            listener.note_done(result)
    listener.progress(len(results))
