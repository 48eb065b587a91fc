"""Plans notes as the daemon does: only quiet ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from vault_sync.daemon.scan import Table, find_age
from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import NoteError, Problem
from vault_sync.files.read import read_note, stat_note
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

    from vault_sync.daemon.guards import Wars
    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import Signature


_BUG: Final = "This is a bug of vault-sync ({}), so nothing was written; the log says where."


@dataclass(slots=True)
class WatchPlanner:
    """Plans the notes that are due, and leaves alone those whose time has not come.

    Attributes:
        planner: plans a note.
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

    planner: Planner
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
        return self.planner.root

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
            return self.planner.plan(path)
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
        look = stat_note(root.path, path)
        if look is None:
            return frozenset()
        known = self._read.get(path)
        if known is None or known[0] != look:
            known = self._read[path] = look, _read_open(root, path)
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
