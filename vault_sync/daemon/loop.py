"""The daemon: one thread that takes events, waits until notes are quiet, and writes.

Events only say where to look. What counts is the scan of all notes: at the start, whenever events may
have been lost, after sleep, and every hour. One thread owns all writes, so nothing is written twice.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.clock import write_moment
from vault_sync.daemon.batch_writer import BatchWriter
from vault_sync.daemon.events import ChangeSource
from vault_sync.daemon.followers import ConflictResolver
from vault_sync.daemon.guards import RETRY, explain_held_back
from vault_sync.daemon.pauses import Pauses
from vault_sync.daemon.queue import Batch, Clocks, ControlEvent, WatchEvent, WorkQueue
from vault_sync.daemon.scan import Reloader, SettingsFiles
from vault_sync.daemon.scheduler import COPY_FACTOR, Scheduler
from vault_sync.daemon.status import Reporter, RescueNotices
from vault_sync.errors import DaemonRunningError, NoteError, StateError, VaultSyncError
from vault_sync.state.folder import DaemonLock, hold_daemon_lock, open_state
from vault_sync.state.health import DaemonState, Health, read_health
from vault_sync.text import make_printable
from vault_sync.vault.workspace import Workspace

if TYPE_CHECKING:
    import logging


_UPDATE_PAUSE: Final = 5.0
_UPDATE_SHARE: Final = 20  # updaters take a twentieth of a core's time at the most
_LAST_WAIT: Final = 1.5
_IDENTITY_CHECK: Final = 2.0  # how long a vault or a state folder can be another one unnoticed
# The wait of Python's main thread cannot be interrupted on Windows.
_LONGEST_WAIT: Final = 1.0 if os.name == "nt" else _IDENTITY_CHECK


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What the user asked of ``watch``.

    Attributes:
        config: the configuration file that was named instead of the vault's own.
        quiet: a quiet period in the place of the configuration's.
        is_polling: no events are wanted.
    """

    config: Path | None = None
    quiet: timedelta | None = None
    is_polling: bool = False


CancelCheck: TypeAlias = Callable[[], None]
"""To be called again and again by whoever works long; it raises where the work is to be given up."""

Updater: TypeAlias = Callable[[Workspace, datetime, CancelCheck], None]
"""Keeps something up to date that is made from the notes, such as a calendar."""


class _StopAskedError(Exception):
    """The daemon stops, so nobody waits for what is being made."""


@dataclass(slots=True)
class Updaters:
    """What is called after notes have changed. What goes wrong with one concerns no other.

    Attributes:
        updaters: are called one after the other.
        is_stopping: says whether the daemon was asked to stop.
        log: where it says what goes wrong, each error once.
    """

    updaters: Sequence[Updater]
    is_stopping: Callable[[], bool]
    log: logging.Logger
    _logged: set[str] = field(default_factory=set)

    def call(self, workspace: Workspace, moment: datetime) -> bool:
        """Call all updaters, unless the daemon is asked to stop meanwhile.

        Args:
            workspace: the vault.
            moment: the present.

        Returns:
            Whether nothing has to be tried again.
        """
        called = [self._call(updater, workspace, moment) for updater in self.updaters]
        return all(called)

    def _call(self, updater: Updater, workspace: Workspace, moment: datetime) -> bool:
        """Call an updater, and say whether it came to its end."""
        if self.is_stopping():
            return False
        try:
            updater(workspace, moment, self._check_cancelled)
        except _StopAskedError:
            self.log.debug("What is made from the notes is made after the next start.")
        except VaultSyncError as error:
            if str(error) not in self._logged:
                self._logged.add(str(error))
                self.log.warning("%s", error)
        except Exception:  # no updater may end the daemon
            self.log.exception("The notes are well, but what is made from them is not.")
        else:
            return True
        return False

    def _check_cancelled(self) -> None:
        if self.is_stopping():
            raise _StopAskedError


class Daemon:
    """Watches one vault until it is asked to stop.

    Args:
        workspace: the vault.
        options: of the user.
        log: where it says what happens.
        updaters: are called after notes have changed.
        clocks: give the time.
    """

    def __init__(
        self,
        workspace: Workspace,
        options: WatchOptions,
        log: logging.Logger,
        updaters: Sequence[Updater] = (),
        clocks: Clocks | None = None,
    ) -> None:
        root = workspace.vault.root
        self._log = log
        self._updaters = Updaters(updaters, self._is_stopping, log)
        self._update_at = -inf
        self._clocks = clocks or Clocks()
        self._inbox: SimpleQueue[WatchEvent] = SimpleQueue()
        self._pauses = Pauses(root, log)
        self._writer = BatchWriter(log, self._clocks, self._why_paused, self._sleep)
        self._settler = ConflictResolver(log, self._clocks, self._sleep)
        self._table = self._writer.table
        self._queue = WorkQueue()
        self._source = ChangeSource(root, not options.is_polling, self._inbox.put, log)
        self._scheduler = Scheduler(
            queue=self._queue,
            settings=Reloader(SettingsFiles(root, options.config), workspace, log),
            source=self._source,
            pauses=self._pauses,
            table=self._table,
            mass_guard=self._writer.mass_guard,
            followers=self._writer.followers,
            clocks=self._clocks,
            log=log,
            quiet=options.quiet.total_seconds() if options.quiet is not None else None,
        )
        self._stopped: float | None = None
        self._error = ""

    def stop(self) -> None:
        """Ask the daemon to stop; may be called from a signal handler."""
        self._stopped = self._clocks.steady()
        self._inbox.put(ControlEvent.STOP)

    def run(self) -> None:
        """Watch the vault until `stop` is called.

        Raises:
            DaemonRunningError: another daemon does already.
            StateError: the state folder cannot be used.
        """
        root = self._scheduler.workspace.vault.root
        state = open_state(Path(root))
        started = write_moment(self._scheduler.now())
        with hold_daemon_lock(state, started) as lock:
            self._scheduler.resume(read_health(state))
            reporter = Reporter(state, Health(pid=os.getpid(), vault=root, started=started))
            self._log.info("Looking after %s.", make_printable(root))
            try:
                self._source.open(self._clocks.steady())
                self._report(reporter, "scanning")
                self._watch(lock, reporter, RescueNotices(state.rescue))
            finally:
                self._source.close()
                if lock.is_held():  # else the status file is another daemon's
                    self._report(reporter, "stopped")
                self._log.info("Stopped; every note is whole.")

    def _watch(self, lock: DaemonLock, reporter: Reporter, notices: RescueNotices) -> None:
        while self._stopped is None:
            until = inf
            if self._keep_lock(lock):
                self._scheduler.check_identity()
                self.tick()
                until = self._next_tick()
            notices.check()
            self._report(reporter, self._find_state())
            self._wait(min(until, reporter.next_update()))

    def _keep_lock(self, lock: DaemonLock) -> bool:
        """Take the lock anew where the state folder was deleted or replaced; say whether it is held.

        Raises:
            DaemonRunningError: another daemon has begun meanwhile.
        """
        if lock.is_held():
            return True
        try:
            open_state(Path(self._scheduler.workspace.vault.root))
            lock.renew()
        except DaemonRunningError:
            self._log.error("The state folder was replaced while this daemon ran, so it stops.")
            raise
        except StateError as error:
            self._on_error(error)
            return False
        self._log.warning(
            "The state folder, or the lock in it, was deleted while this daemon ran; it is made anew."
            " Runs whose journals are gone cannot be undone any more."
        )
        return True

    def tick(self) -> None:
        """Do what is due."""
        if self._clocks.steady() >= self._queue.check_at:
            self._scheduler.check()
        if self._scheduler.is_missing:
            return
        if self._clocks.steady() >= self._queue.scan_at:
            self._scheduler.scan()
        if self._clocks.steady() >= self._next_write():
            self._write()
        if self._table.has_news and self._clocks.steady() >= self._update_at:
            self._update()

    def _next_tick(self) -> float:
        """Return when something is due."""
        if self._scheduler.is_missing:
            return self._queue.check_at
        update = self._update_at if self._table.has_news else inf
        return min(self._queue.check_at, self._queue.scan_at, self._next_write(), update)

    def _next_write(self) -> float:
        """Return when to write, or to find out whether what held it up is over."""
        return self._queue.write_at if self._pauses.by else self._queue.next_write()

    def _wait(self, until: float) -> None:
        """Wait for a moment or for an event, and take all events that are there."""
        self._scheduler.check_gap(inf)
        timeout = min(max(0.0, until - self._clocks.steady()), _LONGEST_WAIT)
        try:
            self._scheduler.take_event(self._inbox.get(timeout=timeout))
            while self._stopped is None:
                self._scheduler.take_event(self._inbox.get_nowait())
        except Empty:
            pass
        self._scheduler.check_gap(timeout)

    def _write(self) -> None:
        """Write what is due, unless something holds it up."""
        now = self._clocks.steady()
        if self._pauses.find(now):
            self._queue.pause_writes(self._pauses.next_check(now))
            return
        copies = self._queue.take_copies(now)
        if copies:
            self._settle(copies)
        leftovers = self._queue.take_leftovers()
        mass, others = self._queue.take(now)
        if mass and not self._wait_for_sync(mass, now):
            self._write_batch(mass, [], is_mass=True)
        if others or leftovers:
            self._write_batch(others, leftovers, is_mass=False)

    def _wait_for_sync(self, mass: list[str], now: float) -> bool:
        """Put a new day off while a sync service is delivering notes; say whether that was done."""
        until = self._pauses.delivery.until(now)
        if until <= now:
            return False
        self._log.info("A sync service is delivering notes; the new day waits until it has done.")
        for path in mass:
            self._queue.put_off(path, until, is_mass=True)
        return True

    def _make_batch(self, paths: list[str]) -> Batch:
        plan = self._scheduler
        return Batch(paths, plan.day_start(), plan.now(), plan.find_quiet())

    def _settle(self, copies: list[str]) -> None:
        """Settle conflict copies where nothing can be lost; those not at rest yet wait on."""
        batch = self._make_batch(copies)
        batch = replace(batch, quiet=COPY_FACTOR * batch.quiet)
        try:
            later = self._settler.settle(self._scheduler.workspace, batch)
        except (VaultSyncError, OSError) as error:
            later = dict.fromkeys(copies, 0.0)
            self._on_error(error)
        now = self._clocks.steady()
        for path, wait in later.items():
            self._queue.put_copy(path, now + wait)

    def _write_batch(self, paths: list[str], leftovers: list[str], *, is_mass: bool) -> None:
        batch = replace(self._make_batch(paths), leftovers=leftovers, is_mass=is_mass)
        try:
            later = self._writer.write(self._scheduler.workspace, batch)
            self._error = ""
        except (VaultSyncError, OSError) as error:
            later = dict.fromkeys(paths, 0.0)
            self._on_error(error)
        now = self._clocks.steady()
        for path, wait in later.items():
            self._queue.put_off(path, now + wait, is_mass=is_mass)

    def _on_error(self, error: Exception) -> None:
        """Log an error that concerns the whole vault, and have the writes tried again."""
        now = self._clocks.steady()
        if isinstance(error, NoteError):
            self._queue.check_by(now)
        self._queue.pause_writes(now + RETRY)
        if str(error) != self._error:
            self._error = str(error)
            self._log.error("%s It is tried again every minute.", self._error)

    def _update(self) -> None:
        """Call the updaters, but not all the time."""
        self._table.has_news = False
        begun = self._clocks.steady()
        is_done = self._updaters.call(self._scheduler.workspace, self._scheduler.now())
        now = self._clocks.steady()
        pause = _UPDATE_PAUSE if is_done else RETRY
        self._table.has_news |= not is_done
        self._update_at = now + max(pause, (now - begun) * _UPDATE_SHARE)

    def _is_stopping(self) -> bool:
        return self._stopped is not None

    def _why_paused(self) -> str:
        """Return why a batch must not go on; empty where it may."""
        if self._is_stopping():
            return "the daemon stops"
        return self._pauses.cached(self._clocks.steady())

    def _sleep(self, seconds: float) -> None:
        """Wait, but for a program that keeps a note open not longer than a stopping daemon can."""
        if self._stopped is None or self._clocks.steady() - self._stopped < _LAST_WAIT:
            time.sleep(seconds)

    def _find_state(self) -> DaemonState:
        is_held = bool(self._writer.mass_guard.held_back)
        if self._scheduler.is_missing or self._pauses.by or self._error or is_held:
            return "paused"
        return "degraded" if self._scheduler.settings.trouble else self._source.state

    def _find_reason(self) -> tuple[str, str]:
        """Return what holds the writing up, in a word, and the sentence to be shown."""
        held = len(self._writer.mass_guard.held_back)
        if self._scheduler.is_missing:
            return "vault", "The folder of the vault is gone."
        if self._pauses.by:
            return self._pauses.by, f"Nothing is written for now: {self._pauses.reason}."
        if self._error:
            return "trouble", self._error
        if held:
            return "max-changes", explain_held_back(held)
        return "", self._scheduler.settings.trouble or self._source.reason

    def _report(self, reporter: Reporter, state: DaemonState) -> None:
        paused_by, reason = ("", "") if state == "stopped" else self._find_reason()
        health = Health(
            pid=reporter.health.pid,
            vault=reporter.health.vault,
            started=reporter.health.started,
            state=state,
            reason=reason,
            last_tick=_render(self._scheduler.last_tick),
            last_scan=_render(self._scheduler.last_scan),
            notes=len(self._table),
            refreshed=self._writer.counters.refreshed,
            failed=len(self._table.problems),
            conflicts=self._writer.counters.conflicts,
            paused_by=paused_by,
        )
        reporter.update(health, self._clocks.steady(), self._scheduler.now())


def _render(moment: datetime | None) -> str:
    return "" if moment is None else write_moment(moment)


# Signals that ask the daemon to stop.

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Have a function called when the user or the system wants the process to end.

    Args:
        stop: is called between any two steps of the main thread, so it may only leave a message.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
