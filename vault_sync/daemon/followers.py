"""What a note is beside others: open in Obsidian, one that follows those it reads, or a conflict copy."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vault_sync.daemon.queue import COMMAND, Batch, Clocks
from vault_sync.daemon.scan import find_age
from vault_sync.engine.conflict_copies import (
    CopyComparer,
    CopyRelation,
    settle_copies,
    was_brought_back,
)
from vault_sync.engine.refresh import RefreshPlanner, look_around, open_planner
from vault_sync.errors import NoteError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, Signature, read_note, stat_note
from vault_sync.index.history import open_histories
from vault_sync.index.notes import reads_file_facts, recall_settled
from vault_sync.rules.ruleset import reads_others
from vault_sync.text import make_printable
from vault_sync.vault.ignore import find_original_names
from vault_sync.vault.links import list_name_keys, name_key
from vault_sync.vault.vault import why_ignored
from vault_sync.vault.walk import list_files

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Container, Iterable, Iterator
    from datetime import datetime

    from vault_sync.engine.conflict_copies import SettledCopy
    from vault_sync.engine.linked_notes import LinkedNotes
    from vault_sync.engine.reads import Reads
    from vault_sync.engine.recorded_notes import RecordedNotes
    from vault_sync.state.folder import StateFolder
    from vault_sync.vault.workspace import Workspace


class Rewrite(NamedTuple):
    """The digests of a note's bytes as they were read, and as they are going to be."""

    before: bytes
    after: bytes


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
    _today: dict[str, Reads] = field(default_factory=dict)

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
            self._today.clear()
            planner = open_planner(root, rules, conditions, workspace.vault)
            self._opened = (workspace, start, planner.notes) if planner.notes else None
            if planner.notes and not reads_file_facts(rules):
                planner.notes.before = self._today.get
                planner.notes.view.remember_versions(partial(recall_settled, root.path))
            return planner
        from vault_sync.engine.vault_files import DiskNotes  # noqa: PLC0415 - as in `open_planner`

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
                view, view.files.name_files(), lambda other, _: other not in moved
            )
        except Exception:  # noqa: BLE001 - a bug that one note brings out is told when that is planned
            return True

    def note_planned(self, path: str, reads: Reads | None) -> None:
        """Take in what a note has read."""
        before = self._reads.pop(path, None)
        self._today.pop(path, None)
        if reads:
            self._reads[path] = self._today[path] = reads
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


# Conflict copies of sync services, settled beside the daemon's other work.


@dataclass(slots=True)
class ConflictResolver:
    """Settles conflict copies of sync services where nothing of a person can be lost.

    Attributes:
        log: where each copy goes that was settled, or that is for the user to decide.
        clocks: give the time.
        sleep: waits for some seconds.
    """

    log: logging.Logger
    clocks: Clocks
    sleep: Callable[[float], None]
    _warned: set[str] = field(default_factory=set)

    def settle(self, workspace: Workspace, batch: Batch) -> dict[str, float]:
        """Settle conflict copies.

        Args:
            workspace: the vault.
            batch: the copies; its quiet period must have passed for each and for its note.

        Returns:
            Copies that must be looked at again, with the seconds until then.

        Raises:
            NoteError: the vault cannot be opened.
            StateError: the state folder cannot be used; nothing was changed.
            OSError: a rescue copy could not be written; nothing was lost.
        """
        waits = {path: self._find_wait(workspace, path, batch.quiet) for path in batch.paths}
        ready = [path for path, wait in waits.items() if wait == 0]
        with VaultFolder(workspace.vault.root) as root:
            rules, root_path = workspace.rules, Path(workspace.vault.root)
            histories = open_histories(root_path, rules)
            of_day = workspace.conditions(batch.start)
            conditions = look_around(of_day, rules, workspace.vault, root)
            comparer = CopyComparer(root, rules, conditions, histories)
            settled = settle_copies(
                ready,
                comparer,
                batch.started,
                command=COMMAND,
                may_settle=self._may_settle,
                sleep=self.sleep,
            )
            for one in settled:
                self._log_settled(one)
            for path in ready:
                if comparer.compare(path).relation is CopyRelation.OTHER:
                    self._warn_once(
                        path,
                        "You wrote in %s as well as in its note, so both stay; `vault-sync doctor` shows the difference.",
                    )
        return {path: wait for path, wait in waits.items() if wait > 0}

    def _find_wait(self, workspace: Workspace, path: str, quiet: float) -> float:
        """Return for how many seconds a copy or its note must still be left alone; below 0 for always."""
        vault = workspace.vault
        folder, slash, name = path.rpartition("/")
        notes = [folder + slash + original for original in find_original_names(name)]
        there = [note for note in notes if stat_note(vault.root, note)]
        if not there or why_ignored(vault, there[0]):
            return 0.0 if not there else -1.0
        found = [stat_note(vault.root, one) for one in (path, there[0])]
        ages = [find_age(one, self.clocks.wall()) for one in found if one]
        return max((quiet - age for age in ages if 0 <= age < quiet), default=0.0)

    def _may_settle(self, state: StateFolder, copy: NoteBytes) -> bool:
        is_wanted = was_brought_back(state, copy)
        if is_wanted:
            self._warn_once(
                copy.path,
                "%s was settled before and is there again, so it stays; `vault-sync doctor --fix` settles it.",
            )
        return not is_wanted

    def _log_settled(self, one: SettledCopy) -> None:
        did = "its note has taken its text" if one.is_taken else "its note holds all of it"
        self.log.info(
            "Settled the conflict copy %s: %s. It is kept in %s.",
            make_printable(one.path),
            did,
            make_printable(str(one.rescue)),
        )

    def _warn_once(self, path: str, sentence: str) -> None:
        if path not in self._warned:
            self._warned.add(path)
            self.log.warning(sentence, make_printable(path))
