"""Writes the notes that are due: plans each once, holds back what looks like an accident, logs the results."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.guards import Backoff, LeftAlone, MassChangeGuard, WriteLoopGuard, find_limit
from vault_sync.daemon.queue import is_note_path
from vault_sync.daemon.scan import NoteTable
from vault_sync.daemon.watch_planner import Followers, OpenNotes, WatchPlanner
from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import Stale, is_edit
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.run import RefreshRun
from vault_sync.errors import UNSWAPPABLE
from vault_sync.files.folder import VaultFolder
from vault_sync.index.history import begin_histories
from vault_sync.index.notes import reads_file_facts
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.vault import why_ignored
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from vault_sync.daemon.days import Clocks
    from vault_sync.engine.refresh import Found
    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.workspace import Workspace

COMMAND: Final = "watch"
HANDFUL: Final = 16
"""So many notes are written together, and as many planned meanwhile: a stop waits for no more."""

_OPEN_FACTOR: Final = 2
_SHOWN: Final = 3
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Notes to be dealt with together.

    Attributes:
        paths: of the notes.
        start: the nominal start of the day that counts.
        started: the true present.
        quiet: the quiet period, in seconds.
        leftovers: files of interrupted runs.
        is_mass: many notes are meant to be written: a new day, or the daemon's very first scan.
    """

    paths: Sequence[str]
    start: datetime
    started: datetime
    quiet: float
    leftovers: Sequence[str] = ()
    is_mass: bool = False


@dataclass(slots=True)
class Counters:
    """How often a note was written, and how often one changed meanwhile, since the daemon began."""

    refreshed: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class BatchWriter:
    """Plans and writes notes, one batch at a time.

    Attributes:
        log: where each note goes that was written or has a problem.
        clocks: give the time.
        why_paused: says why nothing may be written just now; empty where it may.
        sleep: waits for some seconds.
        table: what is known of the notes.
        mass_guard: knows the notes that are held back.
        counters: for the status file.
        followers: knows the notes that read others.
    """

    log: logging.Logger
    clocks: Clocks
    why_paused: Callable[[], str]
    sleep: Callable[[float], None]
    table: NoteTable = field(default_factory=NoteTable)
    mass_guard: MassChangeGuard = field(default_factory=MassChangeGuard)
    counters: Counters = field(default_factory=Counters)
    followers: Followers = field(default_factory=Followers)
    _loop_guard: WriteLoopGuard = field(default_factory=WriteLoopGuard)
    _open: OpenNotes = field(default_factory=OpenNotes)
    _retries: Backoff = field(default_factory=Backoff)
    _is_disk_named: bool = False

    def write(self, workspace: Workspace, batch: Batch) -> dict[str, float]:
        """Plan and write a batch.

        Returns:
            Notes that must be planned again, with the seconds until then.

        Raises:
            NoteError: the vault cannot be opened.
            StateError: the state folder cannot be used; no further note was changed.
        """
        self._loop_guard.tidy(self.clocks.steady())
        self.table.forget_recent(_OPEN_FACTOR * batch.quiet, self.clocks.wall())
        with (
            VaultFolder(workspace.vault.root) as root,
            self._open_planner(workspace, batch, root) as planner,
        ):
            followers = self.followers.list(batch.paths)
            self.table.invalidate(followers)
            paths = [*dict.fromkeys([*_list_notes(workspace, batch.paths), *followers])]
            found: Iterable[Found] = map(planner.plan, paths)
            if not batch.is_mass:
                limit = find_limit(workspace.config.max_changes, len(self.table))
                found = self._guard_edits(found, paths, planner, limit)
            self._write(planner, found, batch, workspace.rules)
            self.followers.prepare()
        for left in self._loop_guard.take_news():
            self._log_left_alone(left)
        self.mass_guard.keep_only(self.table.governed)
        return planner.later

    @contextmanager
    def _open_planner(
        self, workspace: Workspace, batch: Batch, root: VaultFolder
    ) -> Iterator[WatchPlanner]:
        opened = self._open.list(root, workspace.vault.config_folders)
        rules = workspace.rules
        plain = self.followers.open_planner(workspace, root, batch.start, batch.paths)
        conditions = plain.conditions
        with plan_with_index(plain, rules, conditions, batch.paths, batch.started) as indexed:
            yield WatchPlanner(
                planner=indexed,
                note_planned=lambda path: self.followers.note_planned(
                    path, indexed.find_last(path)
                ),
                table=self.table,
                loop_guard=self._loop_guard,
                find_quiet=lambda path: batch.quiet * (_OPEN_FACTOR if path in opened else 1),
                clocks=self.clocks,
                why_paused=self.why_paused,
                log=self.log,
            )

    def _guard_edits(
        self, found: Iterable[Found], paths: Sequence[str], planner: WatchPlanner, limit: int
    ) -> Iterator[Found]:
        """Yield plans: at once where the day alone made a note stale, edits when all are counted.

        Args:
            found: the plans.
            paths: of their notes.
            planner: whose plans they are.
            limit: how many edits may be written in a minute; so many plans are kept at the most.
        """
        edits: list[Stale] = []
        edited: list[str] = []
        for path, one in zip(paths, found, strict=True):
            if isinstance(one, Stale) and is_edit(one.plan.changes):
                edited.append(path)
                edits += [one] if len(edits) < limit else []
                continue
            if not isinstance(one, Stale) and path not in planner.later:
                self.mass_guard.release([path])
            yield one
        if self.mass_guard.allows(len(edited), limit, self.clocks.steady()):
            self.mass_guard.release(edited)
            yield from filter(planner.is_current, edits)
        else:
            self._hold_back(edited, limit)

    def _hold_back(self, paths: Sequence[str], limit: int) -> None:
        if self.mass_guard.hold_back(paths):
            sentence = explain_held_back(len(self.mass_guard.held_back))
            self.log.warning("%s (More than %s in a minute.)", sentence, limit)

    def _write(
        self,
        planner: WatchPlanner,
        found: Iterable[Found],
        batch: Batch,
        rules: Sequence[RuleSet],
    ) -> None:
        results = _Results(self, planner, keeps_own=not reads_file_facts(rules))
        run = RefreshRun(
            planner.planner,
            COMMAND,
            batch.started,
            self._log_leftover,
            sleep=self.sleep,
            pauses=(),  # a note in conflict is planned again after its quiet period
            batch=HANDFUL,
            rules=rules,
        )
        run.write(found, results, batch.leftovers)
        begin_histories(planner.planner.root, rules, results.unchanged)
        if results.written > _NAMED:
            self.log.info("Refreshed %s notes more.", results.written - _NAMED)
        if not batch.is_mass:
            self.mass_guard.count(results.edited, self.clocks.steady())

    def note_written(self, result: NoteResult, digest: bytes | None, *, is_named: bool) -> None:
        """Remember and log a note that was written.

        Args:
            result: of the note.
            digest: of its new bytes; None where our own write is a reason to plan it again.
            is_named: the log names the note.
        """
        path = result.path
        self.counters.refreshed += 1
        self.table.has_news = True
        self._retries.reset(path)
        self._loop_guard.written(path, result.changes, self.clocks.steady())
        if digest and result.signature:
            self.table.mark_written(path, result.signature, digest)
        level = logging.INFO if is_named else logging.DEBUG
        self.log.log(level, "Refreshed %s: %s", make_printable(path), _name_changes(result))

    def find_retry(self, planner: WatchPlanner, result: NoteResult) -> None:
        """Have a note planned again that could not be written."""
        path = result.path
        if result.status is Status.CONFLICT:
            self.counters.conflicts += 1
            planner.later[path] = planner.find_quiet(path)
        elif result.status is Status.FAILED and path in planner.digests:
            planner.later[path] = self._retries.next_pause(path)

    def log_problems(self, result: NoteResult) -> None:
        """Log what is wrong with a note, once."""
        path = make_printable(result.path)
        problems = tuple(problem.located(path) for problem in result.problems)
        if any(problem.message == UNSWAPPABLE for problem in result.problems):
            self._log_disk()
        elif problems and self.table.problems.get(result.path) != problems:
            for sentence in problems:
                self.log.warning("%s", sentence)
        if problems and result.status is not Status.CONFLICT:
            self.table.problems[result.path] = problems
        else:
            self.table.problems.pop(result.path, None)

    def _log_disk(self) -> None:
        """Log once what is wrong with the disk, and so with every note on it."""
        if not self._is_disk_named:
            self._is_disk_named = True
            self.log.error("%s", UNSWAPPABLE)

    def _log_leftover(self, path: str, problem: Problem) -> None:
        self.log.warning("%s", problem.located(make_printable(path)))

    def _log_left_alone(self, left: LeftAlone) -> None:
        self.log.warning(
            "%s is left alone: another program has put back its own values %s times. Find out which"
            " one it is; the note is refreshed again in %s, or as soon as other values are due.",
            make_printable(left.path),
            left.rounds,
            _render_pause(left.pause),
        )


def _list_notes(workspace: Workspace, paths: Sequence[str]) -> Sequence[str]:
    """Return the notes among files that may have changed: others are looked at for their followers."""
    if not reads_others(workspace.rules):
        return paths
    return [p for p in paths if is_note_path(p) and why_ignored(workspace.vault, p) is None]


def explain_held_back(number: int) -> str:
    """Return the sentence that says why notes are held back, and how to go on."""
    return (
        f"{number} notes would change at once, and not because of a new day, so they are left alone."
        " Look with `vault-sync refresh --diff`; if it is right, run `vault-sync refresh` once, or"
        " raise `max-changes` in the configuration."
    )


@dataclass(slots=True)
class _Results:
    """The listener of a run.

    Attributes:
        writer: remembers and logs the results.
        planner: whose plans are written.
        keeps_own: a note that we wrote is up to date, whatever its new size and times.
        written: how many notes were written.
        edited: how many of them for another reason than the day.
        unchanged: the notes that need no write.
    """

    writer: BatchWriter
    planner: WatchPlanner
    keeps_own: bool
    written: int = 0
    edited: int = 0
    unchanged: list[str] = field(default_factory=list)

    def note_done(self, result: NoteResult) -> None:
        """Take what became of a note that some rule governs."""
        if result.status is Status.CHANGED:
            self.written += 1
            self.edited += is_edit(result.changes)
            digest = self.planner.digests.get(result.path) if self.keeps_own else None
            self.writer.note_written(result, digest, is_named=self.written <= _NAMED)
        else:
            self.writer.find_retry(self.planner, result)
        if result.status is Status.UNCHANGED:
            self.unchanged.append(result.path)
        self.writer.log_problems(result)

    def progress(self, count: int) -> None:
        """Take how many more notes have been looked at; a log shows no progress."""


def _name_changes(result: NoteResult) -> str:
    """Return the names of the properties that were written; their values are nobody's business."""
    # What was broken says most, the day says least.
    in_order = sorted(result.changes, key=lambda change: (change.below is None, change.clock))
    names = [make_printable(change.property) for change in in_order]
    rest = len(names) - _SHOWN
    more = f", and {rest} more" if rest > 0 else ""
    mended = sum(change.below is not None for change in in_order)
    return ", ".join(names[:_SHOWN]) + more + (f", {mended} of them mended" if mended else "")


def _render_pause(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
