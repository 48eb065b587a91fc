"""Plans notes as the daemon does: only quiet ones, and at a moment that every device agrees on.

Law 5: two machines with replicas of one vault come to the same bytes on the same day. So ``now()``
is never the moment at which a daemon happens to look. Where only the day is the reason to write, it
is the nominal start of the day; where the user edited the note, it is the minute of that edit, which
sync services carry along as the note's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from vault_sync.errors import NoteError, Problem
from vault_sync.files.reading import read_note, stat_note
from vault_sync.formula.registry import Clock
from vault_sync.planning import RefreshPlanner, Stale
from vault_sync.report import NoteResult, Status
from vault_sync.vault.walking import make_printable
from vault_sync.watch.daytick import find_day
from vault_sync.watch.scanning import Table, find_age

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.reading import NoteBytes, Signature
    from vault_sync.plan.noteplan import Change
    from vault_sync.planning import Found
    from vault_sync.refresh import Planner
    from vault_sync.watch.wars import Wars
    from vault_sync.workspace import Workspace

_MOST_MOMENTS: Final = 64
_BUG: Final = "This is a bug of vault-sync ({}), so nothing was written; the log says where."


def is_edit(changes: Sequence[Change]) -> bool:
    """Say whether something else than the day made a note stale."""
    return any(change.clock is Clock.STABLE for change in changes)


@dataclass(frozen=True, slots=True)
class DayPlanner:
    """Plans notes for one day.

    Attributes:
        root: the vault.
        workspace: its settings and rules.
        start: the nominal start of the day.
    """

    root: VaultFolder
    workspace: Workspace
    start: datetime
    _planners: dict[datetime, RefreshPlanner] = field(default_factory=dict)

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, what else there is to tell of it, or None."""
        try:
            note = read_note(self.root, path)
        except NoteError:
            return self._at(self.start).plan(path)  # which knows what to say
        return self.plan_version(note)

    def plan_version(self, note: NoteBytes) -> Found:
        """Return the same for a version that is in hand already."""
        edited = self._find_edit(note.signature)
        found = self._at(edited).plan_version(note)
        if isinstance(found, Stale) and edited != self.start and not is_edit(found.plan.changes):
            return self._at(self.start).plan_version(note)
        return found

    def _find_edit(self, look: Signature) -> datetime:
        """Return the minute in which a note was written, if that was today, else the day's start."""
        try:
            moment = datetime.fromtimestamp(look.mtime_ns // 10**9, self.start.tzinfo)
        except (ValueError, OverflowError, OSError):  # a time that no calendar has
            return self.start
        starts_at = self.workspace.config.day_starts_at
        is_today = find_day(moment, starts_at) == find_day(self.start, starts_at)
        return moment.replace(second=0) if is_today else self.start

    def _at(self, moment: datetime) -> RefreshPlanner:
        if len(self._planners) >= _MOST_MOMENTS:
            self._planners.clear()
        if moment not in self._planners:
            conditions = self.workspace.conditions(moment)
            planner = RefreshPlanner(self.root, self.workspace.rules, conditions)
            self._planners[moment] = planner
        return self._planners[moment]


@dataclass(slots=True)
class WatchPlanner:
    """Plans the notes that are due, and leaves alone those whose time has not come.

    Attributes:
        days: plans a note.
        table: what is known of the notes.
        wars: knows the notes that another program fights for.
        find_quiet: gives the quiet period of a note, in seconds.
        read_wall: gives the seconds since 1970.
        read_steady: gives seconds of a clock that nobody can set.
        find_pause: says why nothing may be written just now; empty where it may.
        log: is told where a bug came up.
        later: notes that must wait, with the seconds until they may be looked at again.
        stale: notes that were given back to be written.
    """

    days: Planner
    table: Table
    wars: Wars
    find_quiet: Callable[[str], float]
    read_wall: Callable[[], float]
    read_steady: Callable[[], float]
    find_pause: Callable[[], str]
    log: logging.Logger
    later: dict[str, float] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    @property
    def root(self) -> VaultFolder:
        """The vault."""
        return self.days.root

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written now, what else there is to tell of it, or None."""
        if self.find_pause():
            self.later[path] = 0.0
            return None
        look = stat_note(self.root.path, path)
        if look is None:
            self.table.forget(path)
            return None
        if self.table.is_settled(path, look) or self._is_busy(path, look):
            return None
        wall = self.read_wall()
        found = self._plan(path)
        if isinstance(found, Stale):
            return self._judge(path, found)
        if found and found.status is Status.CONFLICT:
            self.later[path] = self.find_quiet(path)
        else:
            self._settle(path, look, wall, is_governed=found is not None)
        return found

    def _plan(self, path: str) -> Found:
        try:
            return self.days.plan(path)
        except Exception as error:  # a bug that one note brings out must not end the daemon
            self.log.exception("Planning %s came to a bug:", make_printable(path))
            problem = Problem(_BUG.format(type(error).__name__))
            return NoteResult(path, Status.FAILED, problems=(problem,))

    def _judge(self, path: str, stale: Stale) -> Stale | None:
        look = stale.note.signature
        if self._is_busy(path, look):  # it was written between the first look and the reading
            return None
        if self.wars.is_left(path, stale.plan.changes, self.read_steady()):
            self._settle(path, look, self.read_wall(), is_governed=True)
            return None
        self.table.governed.add(path)
        self.stale.add(path)
        return stale

    def _is_busy(self, path: str, look: Signature) -> bool:
        """Say whether a note was written too short a time ago, and have it looked at when it was not.

        A note from the future (a clock was wrong) is not waited for.
        """
        quiet, age = self.find_quiet(path), find_age(look, self.read_wall())
        if not 0 <= age < quiet:
            return False
        self.later[path] = quiet - age
        return True

    def _settle(self, path: str, look: Signature, wall: float, *, is_governed: bool) -> None:
        self.table.settle(path, look, wall)
        if is_governed:
            self.table.governed.add(path)
        else:
            self.table.governed.discard(path)
