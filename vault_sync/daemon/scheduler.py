"""Fills the work queue: from events, scans, new days, other settings, sleep, a vault that comes and goes."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.events import ChangeSource, identify_folder
from vault_sync.daemon.queue import (
    ControlEvent,
    DayChange,
    DayTracker,
    Gap,
    SleepDetector,
    WatchEvent,
    admits_by_day,
    is_note_path,
    is_settings_path,
    reads_day,
)
from vault_sync.daemon.scan import NoteTable, Reloader, Scan, find_age, scan_notes
from vault_sync.errors import VaultNotFoundError
from vault_sync.files.read import Signature, stat_note
from vault_sync.rules.config import CopyPolicy
from vault_sync.rules.ruleset import reads_others
from vault_sync.text import make_printable
from vault_sync.vault.ignore import is_conflict_copy
from vault_sync.vault.vault import why_ignored

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable

    from vault_sync.daemon.followers import Followers
    from vault_sync.daemon.guards import MassChangeGuard
    from vault_sync.daemon.pauses import Pauses
    from vault_sync.daemon.queue import Clocks, WorkQueue
    from vault_sync.state.health import Health
    from vault_sync.vault.walk import Skipped
    from vault_sync.vault.workspace import Workspace

CHECK_EVERY: Final = 60.0
SCAN_EVERY: Final = 3600.0
_FIRST_SCANS: Final = (60.0, 600.0)  # a source that gives no events shows itself soon
_JITTER: Final = 0.25
_SCAN_PAUSE: Final = 1.0
_SCAN_PATIENCE: Final = (
    120.0  # a scan that nothing asks for waits no longer for notes that are saved
)
_MISSING_CHECK: Final = 1.0
_LINK_CHECK: Final = 2.0  # of settings that change without an event
_FOLDERS_SETTLE: Final = 1.0
_LATE_EVENT: Final = 5.0
_CLOCK_SETTING: Final = 600.0
_ONE_DAY: Final = timedelta(days=1)
_LEFTOVER_RETRY: Final = 1800.0
COPY_FACTOR: Final = 4
"""So many quiet periods must have passed since a conflict copy or its note was written."""


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """Decides which notes are looked at and when, and notices what concerns all of them.

    Attributes:
        queue: where the work is put.
        settings: the workspace, loaded again when its files change.
        source: tells what changes.
        pauses: what holds writing up.
        table: what is known of the notes.
        mass_guard: knows the notes that are held back.
        followers: knows the notes that read others.
        clocks: give the time.
        log: where it says what happens.
        quiet: the user's quiet period in seconds; None for that of the configuration.
        is_first: no daemon has ever watched this vault, so its first scan may change much.
        is_missing: the folder of the vault is not there.
        last_scan: when all notes were last scanned; None for never.
        last_tick: when a new day was last noticed; None for never.
        previous_tick: when the daemon before this one last noticed one.
    """

    queue: WorkQueue
    settings: Reloader
    source: ChangeSource
    pauses: Pauses
    table: NoteTable
    mass_guard: MassChangeGuard
    followers: Followers
    clocks: Clocks
    log: logging.Logger
    quiet: float | None = None
    is_first: bool = False
    is_missing: bool = False
    last_scan: datetime | None = None
    last_tick: datetime | None = None
    previous_tick: datetime | None = None
    _days: DayTracker = field(default_factory=DayTracker)
    _sleep: SleepDetector = field(default_factory=SleepDetector)
    _believe_at: float | None = None
    _scans: int = 0
    _scan_by: float = -inf
    _identity: tuple[int, int] | None = None
    _logged: set[Skipped] = field(default_factory=set)
    _offered: dict[str, float] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The vault with its settings."""
        return self.settings.workspace

    def now(self) -> datetime:
        """Return the civil present in the vault's zone."""
        return self.clocks.civil(self.workspace.config.timezone)

    def day_start(self) -> datetime:
        """Return the nominal start of the day that counts."""
        return self._days.start(self.now(), self.workspace.config.day_starts_at)

    def find_quiet(self) -> float:
        """Return the quiet period in seconds."""
        configured = self.workspace.config.quiet_period.total_seconds()
        return configured if self.quiet is None else self.quiet

    def take_event(self, event: WatchEvent) -> None:
        """Put on the queue what an event calls for."""
        now = self.clocks.steady()
        if isinstance(event, str):
            self._take_path(event, now)
        elif event is ControlEvent.LOST:
            self.log.info("Events were lost; all notes are looked at.")
            self.queue.scan_by(now)
        elif event is ControlEvent.FOLDERS:
            self.queue.scan_by(now + _FOLDERS_SETTLE)
        elif event is ControlEvent.SYNC:
            self.pauses.delivery.service_seen(now)
        elif event is ControlEvent.ROOT:
            self.queue.check_by(now)

    def _take_path(self, path: str, now: float) -> None:
        if is_settings_path(path):
            self.queue.check_by(now)
        if path not in self.table and is_conflict_copy(path.rpartition("/")[2]):
            self._take_copies([path], now)
        if self._may_matter(path):
            signature = stat_note(self.workspace.vault.root, path)
            self._note_change(path, signature, now)
            self.queue.put(path, now + self._find_wait(signature))

    def _note_change(self, path: str, signature: Signature | None, now: float) -> None:
        """Take an event for a sign of a service, unless it is of our own write or of nothing new."""
        is_known = signature and (
            self.table.is_done(path, signature) or self.table.find_own(path, signature)
        )
        if not is_known:
            self.pauses.delivery.note_changed(path, now)

    def _take_copies(self, paths: Iterable[str], now: float) -> None:
        """Have conflict copies looked at once their service has delivered what belongs to them."""
        if self.workspace.config.conflict_copies is CopyPolicy.MERGE:
            for path in paths:
                self.queue.put_copy(path, now + COPY_FACTOR * self.find_quiet())

    def _may_matter(self, path: str) -> bool:
        """Say whether a file is a note of ours, or one that formulas may read or find."""
        if path in self.table or reads_others(self.workspace.rules):
            return True
        return is_note_path(path) and why_ignored(self.workspace.vault, path) is None

    def _find_wait(self, signature: Signature | None) -> float:
        """Return for how many seconds a note must still be left alone."""
        if signature is None:
            return 0.0
        age = max(0.0, find_age(signature, self.clocks.wall()))
        return max(0.0, self.find_quiet() - age)

    def check_gap(self, waited: float) -> None:
        """Notice sleep and stops since the last call.

        Args:
            waited: how many seconds may have passed without a reason for doubt.
        """
        now = self.clocks.steady()
        gap = self._sleep.update(self.clocks.wall(), now, waited)
        if gap is Gap.SLEPT:
            self.queue.scan_after(self.pauses.start_grace(now))
        if gap is Gap.STALLED:
            self.queue.scan_by(now)
        if gap is not Gap.NONE:
            self.queue.check_by(now)

    def resume(self, before: Health | None) -> None:
        """Go on from what the daemon before this one last said of itself.

        Args:
            before: its status; None where no daemon has ever watched this vault.
        """
        self.is_first = before is None
        if before and before.last_tick:
            with suppress(ValueError, TypeError):  # the file is not ours alone
                self.previous_tick = datetime.fromisoformat(before.last_tick).astimezone()

    def check_identity(self) -> None:
        """Have the vault's folder checked at once where another one, or none, is in its place."""
        found = identify_folder(self.workspace.vault.root)
        if found != self._identity:
            self._identity = found
            self.queue.check_by(self.clocks.steady())

    def check(self) -> None:
        """Check the vault's folder, the settings, the event source and the day."""
        now = self.clocks.steady()
        self.queue.plan_check(now + CHECK_EVERY)
        if not _is_there(self.workspace.vault.root):
            self._lose_vault(now)
            return
        if self.is_missing:
            self._find_vault(now)
        if self.source.renew(now):
            self.queue.scan_by(now)
        if self.settings.reload(now):
            self.table.invalidate(self.table.list_known())
            self.queue.put_all(now)
            self.queue.scan_by(now)
        self.queue.check_by(self.settings.next_check())
        if self.settings.files.lie_elsewhere(self.workspace):
            self.queue.check_by(now + _LINK_CHECK)
        self._check_day(now)

    def _lose_vault(self, now: float) -> None:
        if not self.is_missing:
            self.log.error("The folder of the vault is gone; waiting for it to come back.")
            self.source.close()
        self.is_missing = True
        self.queue.plan_check(now + _MISSING_CHECK)

    def _find_vault(self, now: float) -> None:
        self.log.info("The folder of the vault is back.")
        self.is_missing = False
        self.source.open(now)
        self.queue.scan_by(now)
        self.queue.pause_writes(now)  # a write that met no vault need not wait for its next try

    def _check_day(self, now: float) -> None:
        is_start = self._days.day is None
        moment = self.now()
        if is_start and self._is_early(moment, now):
            self.pauses.is_clock_wrong = True
            return
        change = self._days.update(moment, self.workspace.config.day_starts_at)
        self.pauses.is_clock_wrong = change is DayChange.BACK
        if change is DayChange.NEW:
            self.last_tick = moment
        if change is DayChange.NEW and not is_start:
            self.table.has_news = True
            self._begin_day(now)

    def _is_early(self, moment: datetime, now: float) -> bool:
        """Say whether the clock seems not to be set yet, as right after the computer was started."""
        if self._believe_at is None:
            self._believe_at = now + _CLOCK_SETTING
        last = self.previous_tick
        return last is not None and now < self._believe_at and moment < last - _ONE_DAY

    def _begin_day(self, now: float) -> None:
        rules = self.workspace.rules
        if not reads_day(rules):
            return
        daily = self.table.list_known() if admits_by_day(rules) else [*self.table.governed]
        concerned = [path for path in daily if path not in self.mass_guard.held_back]
        self.log.info("A new day: %s notes are looked at.", len(concerned))
        self.table.invalidate(concerned)
        for path in concerned:
            self.queue.put(path, now, is_mass=True)

    def scan(self) -> None:
        """Scan all notes, and put those that have changed on the queue."""
        begun = self.clocks.steady()
        if self._gives_way(begun):
            return
        try:
            scan = scan_notes(self.workspace.vault)
        except VaultNotFoundError:
            self.queue.scan_after(begun + _MISSING_CHECK)
            self._lose_vault(begun)
            return
        gone = [path for path in self.table.list_known() if path not in scan.signatures]
        changed = self.table.find_changed(scan)
        for path in gone if reads_others(self.workspace.rules) else ():
            self.queue.put(path, begun)
        root = self.workspace.vault.root
        for path in self.followers.find_missed(root, scan.signatures):
            self.queue.put_off(path, begun + self._find_wait(stat_note(root, path)))
        if self.queue.is_routine:
            self._find_missing_event(scan, changed)
        for path in changed:
            wait = self._find_wait(scan.signatures[path])
            if self._scans and path not in self.queue:
                self._note_change(path, scan.signatures[path], begun)
            self.queue.put_off(path, begun + wait, is_mass=self.is_first)
        self._take_copies(scan.selection.copies, begun)
        self._log_scan(scan)
        self._plan_next_scan(begun)

    def _gives_way(self, now: float) -> bool:
        """Put a scan off that nothing asks for while a saved note waits: in a large vault it takes seconds."""
        is_asked = not self.queue.is_routine or self.source.find_poll_interval(0.0) is not None
        pause = max(self.find_quiet(), _SCAN_PAUSE)
        if is_asked or now >= self._scan_by or self.queue.next_note() > now + pause:
            return False
        self.queue.plan_routine_scan(min(now + pause, self._scan_by))
        return True

    def _plan_next_scan(self, begun: float) -> None:
        now = self.clocks.steady()
        poll = self.source.find_poll_interval(now - begun)
        if poll is None:
            self.source.check(now)
            poll = self.source.find_poll_interval(now - begun)
        jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret depends on it
        seldom = _FIRST_SCANS[self._scans] if self._scans < len(_FIRST_SCANS) else SCAN_EVERY
        self.queue.plan_routine_scan(now + (poll or seldom * jitter))
        self._scan_by = self.queue.scan_at + _SCAN_PATIENCE
        self.last_scan = self.now()
        self.is_first = False
        self._scans += 1

    def _find_missing_event(self, scan: Scan, changed: list[str]) -> None:
        """Report a note that was written without an event."""
        now, wall = self.clocks.steady(), self.clocks.wall()
        for path in changed:
            signature = scan.signatures[path]
            is_known = path in self.queue or path in self.mass_guard.held_back
            is_fresh = find_age(signature, wall) < _LATE_EVENT
            if not is_known and not is_fresh and self.table.lacks_event(path, signature):
                self.source.report_missing(path, now)
                return

    def _log_scan(self, scan: Scan) -> None:
        self._offer_leftovers(scan.selection.leftovers)
        for skipped in scan.selection.skipped:
            if skipped not in self._logged:
                self._logged.add(skipped)
                self.log.info("Left out: %s: %s", skipped.path or "the vault", skipped.reason)
        if self._scans == 0:
            root = make_printable(self.workspace.vault.root)
            self.log.info("%s notes in %s.", len(scan.signatures), root)

    def _offer_leftovers(self, paths: list[str]) -> None:
        """Have leftovers tidied up; those that had to stay are not tried again with every scan."""
        now = self.clocks.steady()
        known = {path: self._offered[path] for path in paths if path in self._offered}
        fresh = [path for path in paths if now - known.get(path, -inf) >= _LEFTOVER_RETRY]
        self.queue.leftovers = fresh
        self._offered = known | dict.fromkeys(fresh, now)


def _is_there(root: str) -> bool:
    try:
        os.scandir(root).close()
    except OSError:
        return False
    return True
