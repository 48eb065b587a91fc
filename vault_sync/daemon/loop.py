"""The daemon: one thread that takes events, waits until notes are quiet, and writes.

Events only say where to look. What counts is the look at all notes: at the start, whenever events may
have been lost, after sleep, and every hour. One thread owns all writes, so nothing is written twice.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.batch_writer import Batch, Scribe, tell_brake
from vault_sync.daemon.days import Clocks
from vault_sync.daemon.event_types import Alarm, Hint
from vault_sync.daemon.events import Sight
from vault_sync.daemon.followers import Followers
from vault_sync.daemon.pauses import Pauses
from vault_sync.daemon.queue import Agenda
from vault_sync.daemon.reload import Reloader, SettingsFiles
from vault_sync.daemon.scheduler import Lookout
from vault_sync.daemon.status import Reporter, RescueNotices
from vault_sync.errors import DaemonRunningError, NoteError, StateError, VaultSyncError
from vault_sync.state.folder import open_state
from vault_sync.state.health import Health, read_health
from vault_sync.state.lock import hold_daemon_lock
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from vault_sync.daemon.followers import Follower
    from vault_sync.state.health import DaemonState
    from vault_sync.state.lock import DaemonLock
    from vault_sync.vault.workspace import Workspace


_RETRY: Final = 60.0
_FOLLOW_PAUSE: Final = 5.0
_FOLLOW_SHARE: Final = 20  # following takes a twentieth of a core's time at the most
_LAST_WAIT: Final = 1.5
_GLANCE: Final = 2.0  # how long a vault or a state folder can be another one unnoticed
# The wait of Python's main thread cannot be interrupted on Windows.
_LONGEST_WAIT: Final = 1.0 if os.name == "nt" else _GLANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked of ``watch``.

    Attributes:
        config: the configuration file that was named instead of the vault's own.
        quiet: a quiet period in the place of the configuration's.
        is_polling: no events are wanted.
    """

    config: Path | None = None
    quiet: timedelta | None = None
    is_polling: bool = False


class Daemon:
    """Looks after one vault until it is asked to stop.

    Args:
        workspace: the vault.
        wishes: of the user.
        log: is told what happens.
        followers: are called after notes have changed.
        clocks: tell the time.
    """

    def __init__(
        self,
        workspace: Workspace,
        wishes: Wishes,
        log: logging.Logger,
        followers: Sequence[Follower] = (),
        clocks: Clocks | None = None,
    ) -> None:
        root = workspace.vault.root
        self._log = log
        self._followers = Followers(followers, self._is_stopping, log)
        self._clocks = clocks or Clocks()
        self._inbox: SimpleQueue[Hint] = SimpleQueue()
        self._pauses = Pauses(root, log)
        self._scribe = Scribe(log, self._clocks, self._find_pause, self._sleep)
        self._agenda = Agenda()
        self._sight = Sight(root, not wishes.is_polling, self._inbox.put, log)
        self._lookout = Lookout(
            agenda=self._agenda,
            settings=Reloader(SettingsFiles(root, wishes.config), workspace, log),
            sight=self._sight,
            pauses=self._pauses,
            table=self._scribe.table,
            brake=self._scribe.brake,
            clocks=self._clocks,
            log=log,
            quiet=wishes.quiet.total_seconds() if wishes.quiet is not None else None,
        )
        self._stopped: float | None = None
        self._trouble = ""

    def stop(self) -> None:
        """Ask the daemon to stop; may be called from a signal handler."""
        self._stopped = self._clocks.steady()
        self._inbox.put(Alarm.STOP)

    def run(self) -> None:
        """Look after the vault until `stop` is called.

        Raises:
            DaemonRunningError: another daemon does already.
            StateError: the state folder cannot be used.
        """
        root = self._lookout.workspace.vault.root
        state = open_state(Path(root))
        started = self._lookout.now().isoformat(timespec="seconds")
        with hold_daemon_lock(state, started) as lock:
            self._remember(read_health(state))
            reporter = Reporter(state, Health(pid=os.getpid(), vault=root, started=started))
            self._log.info("Looking after %s.", make_printable(root))
            try:
                self._sight.open(self._clocks.steady())
                self._tell(reporter, "scanning")
                self._look_after(lock, reporter, RescueNotices(state.rescue))
            finally:
                self._sight.close()
                if lock.is_held():  # else the status file is another daemon's
                    self._tell(reporter, "stopped")
                self._log.info("Stopped; every note is whole.")

    def _remember(self, before: Health | None) -> None:
        """Take in what the daemon before this one has said."""
        self._lookout.is_first = before is None
        if before and before.last_tick:
            with suppress(ValueError, TypeError):  # the file is not ours alone
                self._lookout.previous_tick = datetime.fromisoformat(before.last_tick).astimezone()

    def _look_after(self, lock: DaemonLock, reporter: Reporter, notices: RescueNotices) -> None:
        while self._stopped is None:
            until = inf
            if self._keep_lock(lock):
                self._lookout.glance()
                self.turn()
                until = self._next()
            notices.look()
            self._tell(reporter, self._find_state())
            self._wait(min(until, reporter.next_look()))

    def _keep_lock(self, lock: DaemonLock) -> bool:
        """Take the lock anew where the state folder was deleted or replaced; say whether it is held.

        Raises:
            DaemonRunningError: another daemon has begun meanwhile.
        """
        if lock.is_held():
            return True
        try:
            open_state(Path(self._lookout.workspace.vault.root))
            lock.renew()
        except DaemonRunningError:
            self._log.error("The state folder was replaced while this daemon ran, so it stops.")
            raise
        except StateError as error:
            self._have_trouble(error)
            return False
        self._log.warning(
            "The state folder, or the lock in it, was deleted while this daemon ran; it is made anew."
            " Runs whose journals are gone cannot be undone any more."
        )
        return True

    def turn(self) -> None:
        """Do what is due."""
        if self._clocks.steady() >= self._agenda.check_at:
            self._lookout.check()
        if self._lookout.is_missing:
            return
        if self._clocks.steady() >= self._agenda.scan_at:
            self._lookout.scan()
        if self._clocks.steady() >= self._next_write():
            self._write()
        if self._scribe.table.has_news and self._clocks.steady() >= self._agenda.follow_at:
            self._follow()

    def _next(self) -> float:
        if self._lookout.is_missing:
            return self._agenda.check_at
        follow = self._agenda.follow_at if self._scribe.table.has_news else inf
        return min(self._agenda.check_at, self._agenda.scan_at, self._next_write(), follow)

    def _next_write(self) -> float:
        """Return when to write, or to find out whether what held it up is over."""
        return self._agenda.write_at if self._pauses.by else self._agenda.next_write()

    def _wait(self, until: float) -> None:
        """Wait for a moment or for a hint, and take all hints that are there."""
        self._lookout.notice_gap(inf)
        timeout = min(max(0.0, until - self._clocks.steady()), _LONGEST_WAIT)
        try:
            self._lookout.take(self._inbox.get(timeout=timeout))
            while self._stopped is None:
                self._lookout.take(self._inbox.get_nowait())
        except Empty:
            pass
        self._lookout.notice_gap(timeout)

    def _write(self) -> None:
        """Write what is due, unless something holds it up."""
        now = self._clocks.steady()
        if self._pauses.find(now):
            self._agenda.write_at = self._pauses.next_look(now)
            return
        leftovers, self._agenda.leftovers = self._agenda.leftovers, []
        meant, others = self._agenda.take(now)
        for paths, is_mass in ((meant, True), (others, False)):
            if paths or (leftovers and not is_mass):
                self._write_batch(paths, [] if is_mass else leftovers, is_mass=is_mass)

    def _write_batch(self, paths: list[str], leftovers: list[str], *, is_mass: bool) -> None:
        batch = Batch(
            paths=paths,
            start=self._lookout.day_start(),
            started=self._lookout.now(),
            quiet=self._lookout.find_quiet(),
            leftovers=leftovers,
            is_mass=is_mass,
        )
        try:
            later = self._scribe.write(self._lookout.workspace, batch)
            self._trouble = ""
        except (VaultSyncError, OSError) as error:
            later = dict.fromkeys(paths, 0.0)
            self._have_trouble(error)
        now = self._clocks.steady()
        for path, wait in later.items():
            self._agenda.put_off(path, now + wait, is_meant=is_mass)

    def _have_trouble(self, error: Exception) -> None:
        """Take in that nothing could be written; it is tried again."""
        now = self._clocks.steady()
        if isinstance(error, NoteError):
            self._agenda.check_by(now)
        self._agenda.write_at = now + _RETRY
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._log.error("%s It is tried again every minute.", self._trouble)

    def _follow(self) -> None:
        """Have brought up to date what is made from the notes, but not all the time."""
        self._scribe.table.has_news = False
        begun = self._clocks.steady()
        is_done = self._followers.call(self._lookout.workspace, self._lookout.now())
        now = self._clocks.steady()
        pause = _FOLLOW_PAUSE if is_done else _RETRY
        self._scribe.table.has_news |= not is_done
        self._agenda.follow_at = now + max(pause, (now - begun) * _FOLLOW_SHARE)

    def _is_stopping(self) -> bool:
        return self._stopped is not None

    def _find_pause(self) -> str:
        """Return why a batch must not go on."""
        if self._is_stopping():
            return "the daemon stops"
        return self._pauses.recall(self._clocks.steady())

    def _sleep(self, seconds: float) -> None:
        """Wait, but for a program that keeps a note open not longer than a stopping daemon can."""
        if self._stopped is None or self._clocks.steady() - self._stopped < _LAST_WAIT:
            time.sleep(seconds)

    def _find_state(self) -> DaemonState:
        if self._lookout.is_missing or self._pauses.by or self._trouble or self._scribe.brake.held:
            return "paused"
        return "degraded" if self._lookout.settings.trouble else self._sight.state

    def _find_reason(self) -> tuple[str, str]:
        """Return what holds the writing up, in a word, and the sentence to be shown."""
        held = len(self._scribe.brake.held)
        if self._lookout.is_missing:
            return "vault", "The folder of the vault is gone."
        if self._pauses.by:
            return self._pauses.by, f"Nothing is written for now: {self._pauses.reason}."
        if self._trouble:
            return "trouble", self._trouble
        if held:
            return "max-changes", tell_brake(held)
        return "", self._lookout.settings.trouble or self._sight.reason

    def _tell(self, reporter: Reporter, state: DaemonState) -> None:
        paused_by, reason = ("", "") if state == "stopped" else self._find_reason()
        health = Health(
            pid=reporter.health.pid,
            vault=reporter.health.vault,
            started=reporter.health.started,
            state=state,
            reason=reason,
            last_tick=_render(self._lookout.last_tick),
            last_scan=_render(self._lookout.last_scan),
            notes=len(self._scribe.table),
            refreshed=self._scribe.tally.refreshed,
            failed=len(self._scribe.table.troubles),
            conflicts=self._scribe.tally.conflicts,
            paused_by=paused_by,
        )
        reporter.tell(health, self._clocks.steady(), self._lookout.now())


def _render(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


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
