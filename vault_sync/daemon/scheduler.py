"""Notices what calls for work: hints, a new day, other settings, sleep, a vault that comes and goes."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Final

from vault_sync.daemon.days import Calendar, Gap, Turn, Waking, admits_by_day, reads_day
from vault_sync.daemon.event_types import Alarm, Hint, is_note_path
from vault_sync.daemon.scan import Scan, Table, find_age, scan_notes
from vault_sync.errors import VaultNotFoundError
from vault_sync.files.read import stat_note
from vault_sync.vault.vault import why_ignored
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    import logging
    from datetime import datetime

    from vault_sync.daemon.days import Clocks
    from vault_sync.daemon.events import Sight
    from vault_sync.daemon.guards import Brake
    from vault_sync.daemon.pauses import Pauses
    from vault_sync.daemon.queue import Agenda
    from vault_sync.daemon.reload import Reloader
    from vault_sync.files.read import Signature
    from vault_sync.vault.walk import Skipped
    from vault_sync.vault.workspace import Workspace

CHECK_EVERY: Final = 60.0
SCAN_EVERY: Final = 3600.0
_FIRST_SCANS: Final = (60.0, 600.0)  # a source that gives no events shows itself soon
_JITTER: Final = 0.25
_MISSING_LOOK: Final = 1.0
_FOLDERS_SETTLE: Final = 1.0
_LATE_EVENT: Final = 5.0
_CLOCK_SETTING: Final = 600.0
_ONE_DAY: Final = timedelta(days=1)
_LEFTOVER_LOOK: Final = 1800.0


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Keeps the agenda.

    Attributes:
        agenda: where the work is put.
        settings: the workspace.
        sight: how changes are seen.
        pauses: what holds writing up.
        table: what is known of the notes.
        brake: notes that are held back.
        clocks: tell the time.
        log: is told what happens.
        quiet: the user's quiet period in seconds; None for that of the configuration.
        is_first: no daemon has ever looked after this vault, so its first look may change much.
        is_missing: the folder of the vault is not there.
        last_scan: when all notes were last looked at; None for never.
        last_tick: when a new day was last noticed; None for never.
        previous_tick: when the daemon before this one last noticed one.
    """

    agenda: Agenda
    settings: Reloader
    sight: Sight
    pauses: Pauses
    table: Table
    brake: Brake
    clocks: Clocks
    log: logging.Logger
    quiet: float | None = None
    is_first: bool = False
    is_missing: bool = False
    last_scan: datetime | None = None
    last_tick: datetime | None = None
    previous_tick: datetime | None = None
    _calendar: Calendar = field(default_factory=Calendar)
    _waking: Waking = field(default_factory=Waking)
    _believe_at: float | None = None
    _scans: int = 0
    _identity: tuple[int, int] | None = None
    _told: set[Skipped] = field(default_factory=set)
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
        return self._calendar.start(self.now(), self.workspace.config.day_starts_at)

    def find_quiet(self) -> float:
        """Return the quiet period in seconds."""
        configured = self.workspace.config.quiet_period.total_seconds()
        return configured if self.quiet is None else self.quiet

    def take(self, hint: Hint) -> None:
        """Take a hint."""
        now = self.clocks.steady()
        if isinstance(hint, str):
            self._take_path(hint, now)
        elif hint is Alarm.LOST:
            self.log.info("Events were lost; all notes are looked at.")
            self.agenda.scan_by(now)
        elif hint is Alarm.FOLDERS:
            self.agenda.scan_by(now + _FOLDERS_SETTLE)
        elif hint is Alarm.ROOT:
            self.agenda.check_by(now)

    def _take_path(self, path: str, now: float) -> None:
        if not is_note_path(path):
            self.agenda.check_by(now)
        elif path in self.table or why_ignored(self.workspace.vault, path) is None:
            look = stat_note(self.workspace.vault.root, path)
            self.agenda.notes.hint(path, now + self._find_wait(look))

    def _find_wait(self, look: Signature | None) -> float:
        """Return for how many seconds a note must still be left alone."""
        if look is None:
            return 0.0
        age = max(0.0, find_age(look, self.clocks.wall()))
        return max(0.0, self.find_quiet() - age)

    def notice_gap(self, waited: float) -> None:
        """Notice sleep and stops since the last call.

        Args:
            waited: how many seconds may have passed without a reason for doubt.
        """
        now = self.clocks.steady()
        gap = self._waking.look(self.clocks.wall(), now, waited)
        if gap is Gap.SLEPT:
            self.agenda.scan_after(self.pauses.awake(now))
        if gap is Gap.STALLED:
            self.agenda.scan_by(now)
        if gap is not Gap.NONE:
            self.agenda.check_by(now)

    def glance(self) -> None:
        """Have the vault's folder looked after at once where another one, or none, stands in its place."""
        found = _identify(self.workspace.vault.root)
        if found != self._identity:
            self._identity = found
            self.agenda.check_by(self.clocks.steady())

    def check(self) -> None:
        """Look after the vault's folder, the settings, the event source and the day."""
        now = self.clocks.steady()
        self.agenda.check_at = now + CHECK_EVERY
        if not _is_there(self.workspace.vault.root):
            self._lose_vault(now)
            return
        if self.is_missing:
            self._find_vault(now)
        if self.sight.renew(now):
            self.agenda.scan_by(now)
        if self.settings.look(now):
            self.table.doubt_all()
            self.agenda.scan_by(now)
        self.agenda.check_by(self.settings.next_look())
        self._look_at_day(now)

    def _lose_vault(self, now: float) -> None:
        if not self.is_missing:
            self.log.error("The folder of the vault is gone; waiting for it to come back.")
            self.sight.close()
        self.is_missing = True
        self.agenda.check_at = now + _MISSING_LOOK

    def _find_vault(self, now: float) -> None:
        self.log.info("The folder of the vault is back.")
        self.is_missing = False
        self.sight.open(now)
        self.agenda.scan_by(now)
        self.agenda.write_at = now  # a write that met no vault need not wait for its next try

    def _look_at_day(self, now: float) -> None:
        is_start = self._calendar.day is None
        moment = self.now()
        if is_start and self._is_early(moment, now):
            self.pauses.is_clock_wrong = True
            return
        turn = self._calendar.look(moment, self.workspace.config.day_starts_at)
        self.pauses.is_clock_wrong = turn is Turn.BACK
        if turn is Turn.NEW:
            self.last_tick = moment
        if turn is Turn.NEW and not is_start:
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
        concerned = [path for path in daily if path not in self.brake.held]
        self.log.info("A new day: %s notes are looked at.", len(concerned))
        self.table.doubt(concerned)
        for path in concerned:
            self.agenda.put_off(path, now, is_meant=True)

    def scan(self) -> None:
        """Look at all notes, and put those that have changed on the agenda."""
        begun = self.clocks.steady()
        try:
            scan = scan_notes(self.workspace.vault)
        except VaultNotFoundError:
            self.agenda.scan_at = begun + _MISSING_LOOK
            self._lose_vault(begun)
            return
        changed = self.table.find_changed(scan)
        if self.agenda.is_routine:
            self._doubt_sight(scan, changed)
        for path in changed:
            wait = self._find_wait(scan.looks[path])
            self.agenda.put_off(path, begun + wait, is_meant=self.is_first)
        self._tell_met(scan)
        self._plan_next(begun)

    def _plan_next(self, begun: float) -> None:
        now = self.clocks.steady()
        poll = self.sight.find_poll(now - begun)
        if poll is None:
            self.sight.judge(now)
            poll = self.sight.find_poll(now - begun)
        jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret depends on it
        seldom = _FIRST_SCANS[self._scans] if self._scans < len(_FIRST_SCANS) else SCAN_EVERY
        self.agenda.scan_at = now + (poll or seldom * jitter)
        self.agenda.is_routine = True
        self.last_scan = self.now()
        self.is_first = False
        self._scans += 1

    def _doubt_sight(self, scan: Scan, changed: list[str]) -> None:
        """Notice a note that was written without an event."""
        now, wall = self.clocks.steady(), self.clocks.wall()
        for path in changed:
            look = scan.looks[path]
            is_known = path in self.agenda.notes or path in self.brake.held
            is_fresh = find_age(look, wall) < _LATE_EVENT
            if not is_known and not is_fresh and self.table.is_rewritten(path, look):
                self.sight.doubt(path, now)
                return

    def _tell_met(self, scan: Scan) -> None:
        self._offer_leftovers(scan.selection.leftovers)
        for skipped in scan.selection.skipped:
            if skipped not in self._told:
                self._told.add(skipped)
                self.log.info("Left out: %s: %s", skipped.path or "the vault", skipped.reason)
        if self._scans == 0:
            root = make_printable(self.workspace.vault.root)
            self.log.info("%s notes in %s.", len(scan.looks), root)

    def _offer_leftovers(self, paths: list[str]) -> None:
        """Have leftovers tidied up; those that had to stay are not looked at with every scan."""
        now = self.clocks.steady()
        known = {path: self._offered[path] for path in paths if path in self._offered}
        fresh = [path for path in paths if now - known.get(path, -inf) >= _LEFTOVER_LOOK]
        self.agenda.leftovers = fresh
        self._offered = known | dict.fromkeys(fresh, now)


def _identify(root: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(root)  # noqa: PTH116 - a str is at hand
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _is_there(root: str) -> bool:
    try:
        os.scandir(root).close()
    except OSError:
        return False
    return True
