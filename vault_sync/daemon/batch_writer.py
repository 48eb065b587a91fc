"""Writes the notes that are due: plans each once, holds back what looks like an accident, logs the results."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.followers import Followers, OpenNotes, Rewrite
from vault_sync.daemon.guards import (
    Backoff,
    MassChangeGuard,
    WriteLoop,
    WriteLoopGuard,
    explain_held_back,
    find_limit,
)
from vault_sync.daemon.queue import COMMAND, Batch, Clocks, is_note_path
from vault_sync.daemon.scan import NoteTable, find_age
from vault_sync.engine.caching_planner import WORTHWHILE, confirm_read, plan_with_index
from vault_sync.engine.refresh import Found, RefreshPlanner, Stale, is_edit
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.run import RefreshRun
from vault_sync.errors import UNSWAPPABLE, NoteError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, Signature, read_note, stat_note
from vault_sync.index.history import begin_histories
from vault_sync.index.notes import digest_of, reads_file_facts
from vault_sync.rules.ruleset import RuleSet, reads_others
from vault_sync.text import make_printable
from vault_sync.vault.vault import why_ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from vault_sync.engine.caching_planner import IndexedPlanner
    from vault_sync.vault.workspace import Workspace

HANDFUL: Final = 16
"""So many notes are written together, and as many planned meanwhile: a stop waits for no more."""

_OPEN_FACTOR: Final = 2
_SHOWN: Final = 3
_NAMED: Final = 20
_BUG: Final = "This is a bug of vault-sync ({}), so nothing was written; the log says where."


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
        loop_guard: knows the notes whose values another program puts back.
        retries: when to try again what could not be written.
    """

    log: logging.Logger
    clocks: Clocks
    why_paused: Callable[[], str]
    sleep: Callable[[float], None]
    table: NoteTable = field(default_factory=NoteTable)
    mass_guard: MassChangeGuard = field(default_factory=MassChangeGuard)
    counters: Counters = field(default_factory=Counters)
    followers: Followers = field(default_factory=Followers)
    loop_guard: WriteLoopGuard = field(default_factory=WriteLoopGuard)
    retries: Backoff = field(default_factory=Backoff)
    _open: OpenNotes = field(default_factory=OpenNotes)
    _is_disk_named: bool = False

    def write(self, workspace: Workspace, batch: Batch) -> dict[str, float]:
        """Plan and write a batch.

        Returns:
            Notes that must be planned again, with the seconds until then.

        Raises:
            NoteError: the vault cannot be opened.
            StateError: the state folder cannot be used; no further note was changed.
        """
        self.loop_guard.tidy(self.clocks.steady())
        self.table.forget_recent(_OPEN_FACTOR * batch.quiet, self.clocks.wall())
        with (
            VaultFolder(workspace.vault.root) as root,
            self._open_run(workspace, batch, root) as run,
        ):
            changed = [path for path in batch.paths if not run.is_own_write(path)]
            self.followers.drop(changed)
            followers = self.followers.list(changed)
            self.table.invalidate(followers)
            paths = [*dict.fromkeys([*_list_notes(workspace, changed), *followers])]
            found: Iterable[Found] = map(run.plan, paths)
            if not batch.is_mass:
                limit = find_limit(workspace.config.max_changes, len(self.table))
                found = self._guard_edits(found, paths, run, limit)
            self._write(run, found, workspace.rules)
            self.followers.prepare()
        if len(batch.paths) >= WORTHWHILE:
            _set_aside_known()
        for left in self.loop_guard.take_news():
            self._log_left_alone(left)
        self.mass_guard.held_back &= self.table.governed
        return run.later

    @contextmanager
    def _open_run(
        self, workspace: Workspace, batch: Batch, root: VaultFolder
    ) -> Iterator[_BatchRun]:
        opened = self._open.list(root, workspace.vault.config_folders)
        rules = workspace.rules
        plain = self.followers.open_planner(workspace, root, batch.start)
        conditions = plain.conditions
        with plan_with_index(plain, rules, conditions, batch.paths, batch.started) as planner:
            yield _BatchRun(self, planner, batch, opened, keeps_own=not reads_file_facts(rules))

    def _guard_edits(
        self, found: Iterable[Found], paths: Sequence[str], run: _BatchRun, limit: int
    ) -> Iterator[Found]:
        """Yield plans: at once where not too many can be edits, or the day alone made a note stale.

        Else edits are yielded when all are counted.

        Args:
            found: the plans.
            paths: of their notes.
            run: whose plans they are.
            limit: how many edits may be written in a minute; so many plans are kept at the most.
        """
        edits: list[Stale] = []
        edited: list[str] = []
        is_harmless = self.mass_guard.allows(len(paths), limit, self.clocks.steady())
        for path, one in zip(paths, found, strict=True):
            if not is_harmless and isinstance(one, Stale) and is_edit(one.plan.changes):
                edited.append(path)
                edits += [one] if len(edits) < limit else []
                continue
            if path not in run.later and (is_harmless or not isinstance(one, Stale)):
                self.mass_guard.release([path])
            yield one
        if self.mass_guard.allows(len(edited), limit, self.clocks.steady()):
            self.mass_guard.release(edited)
            yield from filter(run.is_current, edits)
        else:
            self._hold_back(edited, limit)

    def _hold_back(self, paths: Sequence[str], limit: int) -> None:
        if self.mass_guard.hold_back(paths):
            sentence = explain_held_back(len(self.mass_guard.held_back))
            self.log.warning("%s (More than %s in a minute.)", sentence, limit)

    def _write(self, run: _BatchRun, found: Iterable[Found], rules: Sequence[RuleSet]) -> None:
        batch = run.batch
        RefreshRun(
            run.planner,
            COMMAND,
            batch.started,
            self._log_leftover,
            sleep=self.sleep,
            pauses=(),  # a note in conflict is planned again after its quiet period
            batch=HANDFUL,
            rules=rules,
        ).write(found, run, batch.leftovers)
        begin_histories(run.planner.root, rules, run.unchanged)
        if run.written > _NAMED:
            self.log.info("Refreshed %s notes more.", run.written - _NAMED)
        if not batch.is_mass:
            self.mass_guard.count(run.edited, self.clocks.steady())

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

    def _log_left_alone(self, left: WriteLoop) -> None:
        self.log.warning(
            "%s is left alone: another program has put back its own values %s times. Find out which"
            " one it is; the note is refreshed again in %s, or as soon as other values are due.",
            make_printable(left.path),
            left.rounds,
            _render_pause(left.pause),
        )


def _set_aside_known() -> None:
    """Let Python look for garbage only among what comes from now on.

    What is known of the notes of a large vault is a million objects that stay. To look through them
    takes a second, in which whoever has just saved a note would wait.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _list_notes(workspace: Workspace, paths: Sequence[str]) -> Sequence[str]:
    """Return the notes among files that may have changed: others are looked at for their followers."""
    if not reads_others(workspace.rules):
        return paths
    return [p for p in paths if is_note_path(p) and why_ignored(workspace.vault, p) is None]


@dataclass(slots=True)
class _BatchRun:
    """Plans the notes of one batch that are due, and takes what becomes of them.

    Those whose time has not come are left alone.

    Attributes:
        writer: what outlives the batch: the table, the guards, the log.
        planner: plans a note.
        batch: the notes.
        opened: those of them that Obsidian has open, so that text may not be saved yet.
        keeps_own: a note that we wrote is up to date, whatever its new size and times.
        later: notes that must wait, with the seconds until they may be planned again.
        rewrites: the notes that were given back to be written.
        written: how many notes were written.
        edited: how many of them for another reason than the day.
        unchanged: the notes that need no write.
    """

    writer: BatchWriter
    planner: IndexedPlanner | RefreshPlanner
    batch: Batch
    opened: Container[str]
    keeps_own: bool
    later: dict[str, float] = field(default_factory=dict)
    rewrites: dict[str, Rewrite] = field(default_factory=dict)
    written: int = 0
    edited: int = 0
    unchanged: list[str] = field(default_factory=list)

    def plan(self, path: str) -> Found:
        """Return a note that has to be written now, another result of it, or None."""
        if self._must_pause(path):
            return None
        signature = stat_note(self.planner.root.path, path)
        if signature is None:
            self.writer.table.forget(path)
            return None
        if self.writer.table.is_done(path, signature) or self._is_busy(path, signature):
            return None
        if self.is_own_write(path):
            return None
        wall = self.writer.clocks.wall()
        self.writer.table.has_news = True
        found = self._plan(path)
        if isinstance(found, Stale):
            return found if self._may_write(path, found) else None
        if found and found.status is Status.CONFLICT:
            self.later[path] = self._find_quiet(path)
        else:
            self.writer.table.mark_done(path, signature, wall, is_governed=found is not None)
        return found

    def is_current(self, stale: Stale) -> bool:
        """Say whether a note that was planned a while ago may be written now; else it has to wait."""
        path = stale.note.path
        if self._must_pause(path):
            return False
        if stat_note(self.planner.root.path, path) == stale.note.signature:
            return True
        self.later[path] = 0.0
        return False

    def _must_pause(self, path: str) -> bool:
        is_paused = bool(self.writer.why_paused())
        if is_paused:
            self.later[path] = 0.0
        return is_paused

    def _plan(self, path: str) -> Found:
        try:
            found = self.planner.plan(path)
            self.writer.followers.note_planned(path, self.planner.find_last(path))
        except Exception as error:  # a bug that one note brings out must not end the daemon
            self.writer.log.exception("Planning %s came to a bug:", make_printable(path))
            problem = Problem(_BUG.format(type(error).__name__))
            return NoteResult(path, Status.FAILED, problems=(problem,))
        return found

    def _may_write(self, path: str, stale: Stale) -> bool:
        if self._is_busy(path, stale.note.signature):  # written since its signature was taken
            return False
        self.writer.table.governed.add(path)
        wait = self.writer.loop_guard.find_wait(
            path, stale.plan.changes, self.writer.clocks.steady()
        )
        if wait:
            self.later[path] = wait
            return False
        self.rewrites[path] = Rewrite(
            digest_of(stale.note.data), digest_of(stale.plan.text.encode())
        )
        return True

    def _is_busy(self, path: str, signature: Signature) -> bool:
        """Say whether a note was written too short a time ago, and have it planned when it was not.

        A note from the future (a clock was wrong) is not waited for. Nor is what we wrote ourselves:
        nobody has edited that since, and whose edit it answers had its quiet period.
        """
        quiet, age = self._find_quiet(path), find_age(signature, self.writer.clocks.wall())
        if not 0 <= age < quiet:
            return False
        if self._read_same(path, signature, self.writer.table.find_recent(path, signature)):
            return False
        self.later[path] = quiet - age
        return True

    def is_own_write(self, path: str) -> bool:
        """Say whether a note is what we wrote last, and nothing but that was to be dealt with."""
        table = self.writer.table
        if not table.awaits_own(path) or self.writer.why_paused():
            return False
        signature, wall = stat_note(self.planner.root.path, path), self.writer.clocks.wall()
        if signature is None:
            return False
        note = self._read_same(path, signature, table.find_own(path, signature))
        if note is None:
            return False
        confirm_read(self.planner, note)
        table.mark_done(path, note.signature, wall, is_governed=True)
        return True

    def _read_same(self, path: str, signature: Signature, digest: bytes | None) -> NoteBytes | None:
        """Return a note if it still has the bytes that we wrote; None where there is no digest of them.

        A signature is not enough: another program may have written within the same tick of the file
        system's clock.
        """
        if digest is None:
            return None
        try:
            note = read_note(self.planner.root, path)
        except NoteError:
            return None
        is_same = note.signature == signature and digest_of(note.data) == digest
        return note if is_same else None

    def note_done(self, result: NoteResult) -> None:
        """Take what became of a note that some rule governs."""
        if result.status is Status.CHANGED:
            self._note_written(result)
        elif result.status is Status.CONFLICT:
            self.writer.counters.conflicts += 1
            self.later[result.path] = self._find_quiet(result.path)
        elif result.status is Status.FAILED and result.path in self.rewrites:
            self.later[result.path] = self.writer.retries.next_pause(result.path)
        elif result.status is Status.UNCHANGED:
            self.unchanged.append(result.path)
        self.writer.log_problems(result)

    def _note_written(self, result: NoteResult) -> None:
        path, writer = result.path, self.writer
        self.written += 1
        self.edited += is_edit(result.changes)
        writer.counters.refreshed += 1
        writer.table.has_news = True
        writer.retries.reset(path)
        writer.loop_guard.written(path, result.changes, writer.clocks.steady())
        rewrite = self.rewrites.get(path) if self.keeps_own else None
        if rewrite and result.signature:
            writer.table.mark_written(path, result.signature, rewrite.after)
            writer.followers.note_written(path, result.signature, rewrite)
        level = logging.INFO if self.written <= _NAMED else logging.DEBUG
        writer.log.log(level, "Refreshed %s: %s", make_printable(path), name_changes(result))

    def progress(self, count: int) -> None:
        """Take how many more notes have been looked at; a log shows no progress."""

    def _find_quiet(self, path: str) -> float:
        """Return the quiet period of a note, in seconds."""
        return self.batch.quiet * (_OPEN_FACTOR if path in self.opened else 1)


def name_changes(result: NoteResult) -> str:
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
