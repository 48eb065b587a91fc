"""Writes what is due: plans it, holds back what looks like an accident, tells the log."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.day_planner import OpenNotes, WatchPlanner
from vault_sync.daemon.guards import ROUNDS, Brake, Wars, find_limit
from vault_sync.daemon.scan import Table
from vault_sync.engine.caching_planner import listen_for, plan_with_index
from vault_sync.engine.refresh import RefreshPlanner, Stale, is_edit
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.run import WritingRun
from vault_sync.engine.selection import Selection
from vault_sync.files.folder import VaultFolder
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from vault_sync.daemon.days import Clocks
    from vault_sync.errors import Problem
    from vault_sync.vault.workspace import Workspace

COMMAND: Final = "watch"
HANDFUL: Final = 16
"""So many notes are written together, and as many planned meanwhile: a stop waits for no more."""

_OPEN_FACTOR: Final = 2
_SHOWN: Final = 3
_NAMED: Final = 20
_FIRST_RETRY: Final = 60.0
_LAST_RETRY: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Notes to be dealt with together.

    Attributes:
        paths: of the notes.
        start: the nominal start of the day that counts.
        started: the true present.
        quiet: the quiet period, in seconds.
        leftovers: files of interrupted runs.
        is_mass: many notes are meant to be written: a new day, or the daemon's very first look.
    """

    paths: Sequence[str]
    start: datetime
    started: datetime
    quiet: float
    leftovers: Sequence[str] = ()
    is_mass: bool = False


@dataclass(slots=True)
class Tally:
    """What was done since the daemon began."""

    refreshed: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class Scribe:
    """Plans and writes notes, one batch at a time.

    Attributes:
        log: is told of each note that was written or has a problem.
        clocks: tell the time.
        find_pause: says why nothing may be written just now; empty where it may.
        sleep: waits for some seconds.
        table: what is known of the notes.
        brake: knows the notes that are held back.
        tally: counts.
    """

    log: logging.Logger
    clocks: Clocks
    find_pause: Callable[[], str]
    sleep: Callable[[float], None]
    table: Table = field(default_factory=Table)
    brake: Brake = field(default_factory=Brake)
    tally: Tally = field(default_factory=Tally)
    _wars: Wars = field(default_factory=Wars)
    _open: OpenNotes = field(default_factory=OpenNotes)
    _retries: dict[str, float] = field(default_factory=dict)
    _echoes: set[str] = field(default_factory=set)

    def write(self, workspace: Workspace, batch: Batch) -> dict[str, float]:
        """Deal with a batch.

        Returns:
            Notes that must be looked at again, with the seconds until then.

        Raises:
            NoteError: the vault cannot be opened.
            StateError: the state folder cannot be used; no further note was changed.
        """
        self._wars.tidy(self.clocks.steady())
        self.table.has_news |= not self._echoes.issuperset(batch.paths)
        self._echoes.difference_update(batch.paths)
        with (
            VaultFolder(workspace.vault.root) as root,
            self._make_planner(workspace, batch, root) as planner,
        ):
            chosen = [*batch.paths] if batch.is_mass else self._choose(workspace, batch, planner)
            if chosen or batch.leftovers:
                self._write(planner, Selection(chosen, leftovers=batch.leftovers), batch)
        while self._wars.news:
            self._tell_war(self._wars.news.pop())
        self.brake.held &= self.table.governed
        return planner.later

    @contextmanager
    def _make_planner(
        self, workspace: Workspace, batch: Batch, root: VaultFolder
    ) -> Iterator[WatchPlanner]:
        opened = self._open.list(root, workspace.vault.config_folders)
        rules, conditions = workspace.rules, workspace.conditions(batch.start)
        plain = RefreshPlanner(root, rules, conditions)
        with plan_with_index(plain, rules, conditions, batch.paths, batch.started) as indexed:
            yield WatchPlanner(
                planner=indexed,
                table=self.table,
                wars=self._wars,
                find_quiet=lambda path: batch.quiet * (_OPEN_FACTOR if path in opened else 1),
                read_wall=self.clocks.wall,
                read_steady=self.clocks.steady,
                find_pause=self.find_pause,
                log=self.log,
            )

    def _choose(self, workspace: Workspace, batch: Batch, planner: WatchPlanner) -> list[str]:
        """Return the notes that are stale, but for those that the brake holds back."""
        edits: list[str] = []
        days: list[str] = []
        for path in batch.paths:
            found = planner.plan(path)
            if isinstance(found, Stale):
                (edits if is_edit(found.plan.changes) else days).append(path)
                continue
            if path not in planner.later:
                self.brake.held.discard(path)
            if found:
                self._tell_result(found)
        limit = find_limit(workspace.config.max_changes, len(self.table))
        if self.brake.allows(len(edits), limit, self.clocks.steady()):
            self.brake.held.difference_update(edits)
            return sorted(edits + days)
        self._hold(edits, limit)
        return days

    def _hold(self, paths: Sequence[str], limit: int) -> None:
        fresh = set(paths) - self.brake.held
        self.brake.held.update(paths)
        if fresh:
            self.log.warning(
                "%s (More than %s in a minute.)", tell_brake(len(self.brake.held)), limit
            )

    def _write(self, planner: WatchPlanner, selection: Selection, batch: Batch) -> None:
        told = _Listener(self, planner)
        listener = listen_for(planner.planner, told)
        run = WritingRun(
            COMMAND,
            batch.started,
            self._tell_leftover,
            sleep=self.sleep,
            pauses=(),
            batch=HANDFUL,
        )
        run.write(planner, selection, listener)
        if told.written > _NAMED:
            self.log.info("Refreshed %s notes more.", told.written - _NAMED)
        if not batch.is_mass:
            self.brake.count(told.edited, self.clocks.steady())

    def take_result(self, planner: WatchPlanner, result: NoteResult, *, is_named: bool) -> None:
        """Take what became of a note that was to be written.

        Args:
            planner: that planned it.
            result: what became of it.
            is_named: whether the log names a note that was written.
        """
        path = result.path
        if result.status is Status.CHANGED:
            self.tally.refreshed += 1
            self.table.has_news = True
            self._echoes.add(path)
            self._retries.pop(path, None)
            self._wars.written(path, result.changes, self.clocks.steady())
            level = logging.INFO if is_named else logging.DEBUG
            self.log.log(level, "Refreshed %s: %s", make_printable(path), _name_changes(result))
        elif result.status is Status.CONFLICT:
            self.tally.conflicts += 1
            planner.later[path] = planner.find_quiet(path)
        elif result.status is Status.FAILED and path in planner.stale:
            pause = self._retries.get(path, _FIRST_RETRY)
            self._retries[path] = min(2 * pause, _LAST_RETRY)
            planner.later[path] = pause
        self._tell_result(result)

    def _tell_result(self, result: NoteResult) -> None:
        """Tell what is wrong with a note, once."""
        told = tuple(problem.located(make_printable(result.path)) for problem in result.problems)
        if told and self.table.troubles.get(result.path) != told:
            for sentence in told:
                self.log.warning("%s", sentence)
        if told and result.status is not Status.CONFLICT:
            self.table.troubles[result.path] = told
        else:
            self.table.troubles.pop(result.path, None)

    def _tell_leftover(self, path: str, problem: Problem) -> None:
        self.log.warning("%s", problem.located(make_printable(path)))

    def _tell_war(self, path: str) -> None:
        self.log.warning(
            "%s is left alone: another program has put back its own values %s times. Find out which"
            " one it is; the note is refreshed again when other values are due, or after a restart.",
            make_printable(path),
            ROUNDS,
        )


def tell_brake(number: int) -> str:
    """Return the sentence that says why notes are held back, and how to go on."""
    return (
        f"{number} notes would change at once, and not because of a new day, so they are left alone."
        " Look with `vault-sync refresh --diff`; if it is right, run `vault-sync refresh` once, or"
        " raise `max-changes` in the configuration."
    )


@dataclass(slots=True)
class _Listener:
    """Takes the results of a run.

    Attributes:
        written: how many notes were written.
        edited: how many of them for another reason than the day.
    """

    scribe: Scribe
    planner: WatchPlanner
    written: int = 0
    edited: int = 0

    def note_done(self, result: NoteResult) -> None:
        """Take what became of a note that some rule governs."""
        is_written = result.status is Status.CHANGED
        self.written += is_written
        self.edited += is_written and is_edit(result.changes)
        self.scribe.take_result(self.planner, result, is_named=self.written <= _NAMED)

    def progress(self, count: int) -> None:
        """Take how many more notes have been looked at; a log shows no progress."""


def _name_changes(result: NoteResult) -> str:
    """Return the names of the properties that were written; their values are nobody's business."""
    # What was broken tells most, the day tells least.
    telling = sorted(result.changes, key=lambda change: (change.below is None, change.clock))
    names = [
        make_printable(change.property) + ("" if change.below is None else " (mended)")
        for change in telling
    ]
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f", and {rest} more" if rest > 0 else "")
