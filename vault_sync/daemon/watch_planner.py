"""Plans notes as the daemon does: only quiet ones, and its own writes not again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vault_sync.daemon.scan import NoteTable, find_age
from vault_sync.engine.caching_planner import confirm_read
from vault_sync.engine.refresh import RefreshPlanner, Stale, open_planner
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import NoteError, Problem
from vault_sync.files.read import read_note, stat_note
from vault_sync.index.notes import digest_of, reads_file_facts, recall_settled
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.links import list_name_keys, name_key
from vault_sync.vault.walk import list_files, make_printable

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Container, Iterable, Iterator
    from datetime import datetime

    from vault_sync.daemon.days import Clocks
    from vault_sync.daemon.guards import WriteLoopGuard
    from vault_sync.engine.linked_notes import LinkedNotes, RecordedNotes
    from vault_sync.engine.reads import Reads
    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes, Signature
    from vault_sync.vault.workspace import Workspace


_BUG: Final = "This is a bug of vault-sync ({}), so nothing was written; the log says where."


class Rewrite(NamedTuple):
    """The digests of a note's bytes as they were read, and as they are going to be."""

    before: bytes
    after: bytes


@dataclass(slots=True, kw_only=True)
class WatchPlanner:
    """Plans the notes that are due, and leaves alone those whose time has not come.

    Attributes:
        planner: plans a note.
        table: what is known of the notes.
        loop_guard: knows the notes whose values another program puts back.
        find_quiet: gives the quiet period of a note, in seconds.
        clocks: give the time.
        why_paused: says why nothing may be written just now; empty where it may.
        log: where the traceback of a bug goes.
        note_planned: is called with the path of each note that was planned.
        later: notes that must wait, with the seconds until they may be planned again.
        rewrites: the notes that were given back to be written.
    """

    planner: Planner
    table: NoteTable
    loop_guard: WriteLoopGuard
    find_quiet: Callable[[str], float]
    clocks: Clocks
    why_paused: Callable[[], str]
    log: logging.Logger
    note_planned: Callable[[str], None] = lambda _path: None
    later: dict[str, float] = field(default_factory=dict)
    rewrites: dict[str, Rewrite] = field(default_factory=dict)

    @property
    def _root(self) -> VaultFolder:
        return self.planner.root

    def plan(self, path: str) -> Found:
        """Return a note that has to be written now, another result of it, or None."""
        if self._must_pause(path):
            return None
        signature = stat_note(self._root.path, path)
        if signature is None:
            self.table.forget(path)
            return None
        if self.table.is_settled(path, signature) or self._is_busy(path, signature):
            return None
        if self.is_own_write(path):
            return None
        wall = self.clocks.wall()
        self.table.has_news = True
        found = self._plan(path)
        if isinstance(found, Stale):
            return found if self._may_write(path, found) else None
        if found and found.status is Status.CONFLICT:
            self.later[path] = self.find_quiet(path)
        else:
            self.table.mark_done(path, signature, wall, is_governed=found is not None)
        return found

    def is_current(self, stale: Stale) -> bool:
        """Say whether a note that was planned a while ago may be written now; else it has to wait."""
        path = stale.note.path
        if self._must_pause(path):
            return False
        if stat_note(self._root.path, path) == stale.note.signature:
            return True
        self.later[path] = 0.0
        return False

    def _must_pause(self, path: str) -> bool:
        is_paused = bool(self.why_paused())
        if is_paused:
            self.later[path] = 0.0
        return is_paused

    def _plan(self, path: str) -> Found:
        try:
            found = self.planner.plan(path)
            self.note_planned(path)
        except Exception as error:  # a bug that one note brings out must not end the daemon
            self.log.exception("Planning %s came to a bug:", make_printable(path))
            problem = Problem(_BUG.format(type(error).__name__))
            return NoteResult(path, Status.FAILED, problems=(problem,))
        return found

    def _may_write(self, path: str, stale: Stale) -> bool:
        if self._is_busy(path, stale.note.signature):  # written since its signature was taken
            return False
        self.table.governed.add(path)
        wait = self.loop_guard.find_wait(path, stale.plan.changes, self.clocks.steady())
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
        quiet, age = self.find_quiet(path), find_age(signature, self.clocks.wall())
        if not 0 <= age < quiet:
            return False
        if self._read_same(path, signature, self.table.find_recent(path, signature)):
            return False
        self.later[path] = quiet - age
        return True

    def is_own_write(self, path: str) -> bool:
        """Say whether a note is what we wrote last, and nothing but that was to be dealt with."""
        if not self.table.awaits_own(path) or self.why_paused():
            return False
        signature, wall = stat_note(self._root.path, path), self.clocks.wall()
        if signature is None:
            return False
        note = self._read_same(path, signature, self.table.find_own(path, signature))
        if note is None:
            return False
        confirm_read(self.planner, note)
        self.table.mark_done(path, note.signature, wall, is_governed=True)
        return True

    def _read_same(self, path: str, signature: Signature, digest: bytes | None) -> NoteBytes | None:
        """Return a note if it still has the bytes that we wrote; None where there is no digest of them.

        A signature is not enough: another program may have written within the same tick of the file
        system's clock.
        """
        if digest is None:
            return None
        try:
            note = read_note(self._root, path)
        except NoteError:
            return None
        is_same = note.signature == signature and digest_of(note.data) == digest
        return note if is_same else None


# The notes that Obsidian has open, as its `workspace.json` lists them.
#
# An open note may hold text that is not saved yet, so the daemon waits longer before it writes one.
# Source: Obsidian help, "How Obsidian stores data": the file is updated whenever a file is opened.

_NAMES: Final = ("workspace.json", "workspace-mobile.json")
_MAX_DEPTH: Final = 40


@dataclass(slots=True)
class OpenNotes:
    """What is open; a file is read again only when it has changed."""

    _read: dict[str, tuple[Signature, frozenset[str]]] = field(default_factory=dict)

    def list(self, root: VaultFolder, config_folders: tuple[str, ...]) -> frozenset[str]:
        """Return the paths of the notes that are open.

        Args:
            root: the vault.
            config_folders: the names of Obsidian's configuration folders in it.
        """
        files = (f"{folder}/{name}" for folder in config_folders for name in _NAMES)
        return frozenset().union(*(self._list_in(root, path) for path in files))

    def _list_in(self, root: VaultFolder, path: str) -> frozenset[str]:
        signature = stat_note(root.path, path)
        if signature is None:
            return frozenset()
        known = self._read.get(path)
        if known is None or known[0] != signature:
            known = self._read[path] = signature, _read_open(root, path)
        return known[1]


def _read_open(root: VaultFolder, path: str) -> frozenset[str]:
    try:
        layout = json.loads(read_note(root, path).data)
    except (NoteError, OSError, ValueError, RecursionError):
        return frozenset()
    return frozenset(_find_files(layout, 0))


def _find_files(layout: Any, depth: int) -> Iterator[str]:
    """Yield what stands under ``file`` anywhere in a layout."""
    if depth > _MAX_DEPTH or not isinstance(layout, (dict, list)):
        return
    if isinstance(layout, dict) and isinstance(layout.get("file"), str):
        yield layout["file"]
    for part in layout.values() if isinstance(layout, dict) else layout:
        yield from _find_files(part, depth + 1)


# Which notes have to follow when another one changes, as the daemon knows it while it runs.


@dataclass(slots=True)
class Followers:
    """What the notes have read of each other when they were planned last."""

    _reads: dict[str, Reads] = field(default_factory=dict)
    _by_note: dict[str, set[str]] = field(default_factory=dict)
    _by_name: dict[str, set[str]] = field(default_factory=dict)
    _by_backlinks: set[str] = field(default_factory=set)
    _opened: tuple[Workspace, datetime, RecordedNotes] | None = None
    _told: dict[str, Reads] = field(default_factory=dict)

    def open_planner(
        self, workspace: Workspace, root: VaultFolder, start: datetime
    ) -> RefreshPlanner:
        """Return a planner that knows of the vault what it knew before; see `drop`.

        Args:
            workspace: the vault.
            root: its folder, opened.
            start: the nominal start of the day.
        """
        rules, conditions = workspace.rules, workspace.conditions(start)
        if not reads_others(rules):
            self._opened = None
            return RefreshPlanner(root, rules, conditions)
        if self._opened is None or self._opened[:2] != (workspace, start):
            self._told.clear()
            planner = open_planner(root, rules, conditions, workspace.vault)
            self._opened = (workspace, start, planner.notes) if planner.notes else None
            if planner.notes and not reads_file_facts(rules):
                planner.notes.before = self._told.get
                planner.notes.view.remember_versions(partial(recall_settled, root.path))
            return planner
        from vault_sync.engine.linked_notes import DiskNotes  # noqa: PLC0415 - as in `open_planner`

        notes = self._opened[2]
        notes.view.update(DiskNotes(workspace.vault, root))
        return RefreshPlanner(root, rules, conditions.with_vault(notes), notes)

    def drop(self, changed: Iterable[str]) -> None:
        """Forget what files say that may have changed, come or gone."""
        if self._opened:
            self._opened[2].view.drop(changed)

    def note_written(self, path: str, signature: Signature, rewrite: Rewrite) -> None:
        """Take in that a note was written, and is what it was going to be."""
        if self._opened:
            before, after = rewrite.before.hex(), rewrite.after.hex()
            self._opened[2].view.note_written(path, before, signature, after)

    def prepare(self) -> None:
        """Do now, while much is at hand, what the next edit would wait for."""
        if self._opened:
            self._opened[2].view.prepare(has_backlinks=bool(self._by_backlinks))

    def find_missed(self, root: str, scanned: Container[str]) -> set[str]:
        """Return files that came, went or changed, but for notes that a scan has looked at.

        Args:
            root: the folder of the vault.
            scanned: the paths of these notes.
        """
        if self._opened is None:
            return set()
        sign = partial(stat_note, root)
        return self._opened[2].view.find_missed(list_files(root), scanned, sign)

    def list(self, changed: Iterable[str]) -> list[str]:
        """Return the notes that are no longer true because others have changed.

        A note that reads one of these is followed only if it becomes another one itself. One that has
        changed itself may be among them, such as one that we have just written.

        Args:
            changed: the paths of files that may have changed, come or gone.
        """
        if self._opened is None:
            return []
        view = self._opened[2].view
        found: set[str] = set()
        others = {*changed}
        moved = others
        while moved:
            concerned = self._list_concerned(moved) - found
            moved = {path for path in concerned if self._is_outdated(path, view, others)}
            others |= moved
            found |= moved
        return sorted(found)

    def _is_outdated(self, path: str, view: LinkedNotes, moved: Container[str]) -> bool:
        try:
            return not self._reads[path].is_current(
                view, view.name_files(), lambda other, _: other not in moved
            )
        except Exception:  # noqa: BLE001 - a bug that one note brings out is told when that is planned
            return True

    def note_planned(self, path: str, reads: Reads | None) -> None:
        """Take in what a note has read."""
        before = self._reads.pop(path, None)
        self._told.pop(path, None)
        if reads:
            self._reads[path] = self._told[path] = reads
        if before and reads and _ask_the_same(before, reads):
            return
        if before:
            self._enter(path, before, is_in=False)
        if reads:
            self._enter(path, reads, is_in=True)

    def _enter(self, path: str, reads: Reads, *, is_in: bool) -> None:
        places = [self._by_note.setdefault(other, set()) for other in reads.values]
        keys = {key for target, _ in reads.names for key in list_name_keys(target)}
        places += [self._by_name.setdefault(key, set()) for key in keys]
        places += [self._by_backlinks] if reads.backlinks else []
        for place in places:
            (place.add if is_in else place.discard)(path)

    def _list_concerned(self, moved: set[str]) -> set[str]:
        found = {*self._by_backlinks}
        for path in moved:
            found |= self._by_note.get(path, set()) | self._by_name.get(name_key(path), set())
        return found


def _ask_the_same(one: Reads, other: Reads) -> bool:
    """Say whether the same was asked, whatever the answers."""
    is_same = one.names.keys() == other.names.keys() and one.values.keys() == other.values.keys()
    return is_same and bool(one.backlinks) == bool(other.backlinks)
