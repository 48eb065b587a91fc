"""Tidying up after a killed run: its own files go, bytes of the user go back or are kept."""

from __future__ import annotations

import hashlib
import stat
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vault_sync.errors import NoteError, Problem
from vault_sync.files.displaced import Aside, Fate, Spot, Version, give_back, keep, look_at, watch
from vault_sync.files.export import drop_abandoned
from vault_sync.files.os_errors import describe
from vault_sync.files.temp_names import (
    UNFINISHED,
    Leftover,
    checksum_path,
    is_export_name,
    parse_leftover,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vault_sync.files.folder import Folder, VaultFolder
    from vault_sync.files.outcome import WriteContext

__all__ = ["Knowledge", "Known", "Sweeping", "Swept", "sweep_leftovers"]

_STRANGERS_LIFE = 24 * 3600
"""Seconds after which a leftover of a run unknown here is taken to be abandoned."""


class Known(Protocol):
    """What the journal says about one note: sha256 of its text before and after, in hexadecimal."""

    @property
    def path(self) -> str:
        """The path of the note, relative to the vault."""

    @property
    def old_hash(self) -> str:
        """The hash of its text before."""

    @property
    def new_hash(self) -> str:
        """The hash of its text after."""


class Knowledge(Protocol):
    """What the sweep asks the journal."""

    def knows(self, run_id: str) -> bool:
        """Say whether there is a journal of a run."""

    def is_running(self, run_id: str) -> bool:
        """Say whether a run is still at work."""

    def list_entries(self, run_id: str) -> Sequence[Known]:
        """Return what a run intended."""


class Sweeping(Enum):
    """What was done with a leftover."""

    DROPPED = "it held nothing of the user"
    GIVEN_BACK = "it held the user's latest version, which is in the note again"
    RESCUED = "it held bytes of the user; they are in a rescue copy"
    LEFT = "it is still there"


class Swept(NamedTuple):
    """A leftover and what was done with it. Those of runs still at work are not mentioned."""

    path: str
    done: Sweeping
    problem: Problem | None = None
    rescue: Path | None = None


class _Find(NamedTuple):
    """A leftover: where it is, what its name says, and the journal's entry about its note."""

    folder: Folder
    name: str
    path: str
    said: Leftover
    entry: Known | None


def sweep_leftovers(
    root: VaultFolder, paths: Iterable[str], knowledge: Knowledge, desk: WriteContext, now: float
) -> list[Swept]:
    """Deal with the files that killed runs left in the vault.

    A leftover is dropped only if it was never anything but ours, or the journal says that it is the
    text of a note before or after a refresh and the note is there. Everything else goes back into
    its note, where that holds exactly what we wrote, or becomes a rescue copy.

    Args:
        root: the vault.
        paths: of files for whose names `is_leftover_name` holds, relative to the vault.
        knowledge: the journal.
        desk: the circumstances of this run.
        now: seconds since 1970; leftovers of runs unknown here (another computer?) are left alone
            for a day.
    """
    swept = []
    for path in paths:
        try:
            if is_export_name(path.rpartition("/")[2]):
                swept += _sweep_export(root, path, now)
                continue
            find = _identify(root, path, knowledge, now)
            if find is not None:
                swept.append(_sweep(find, desk))
        except FileNotFoundError:
            continue
        except (OSError, NoteError) as error:
            reason = describe(error) if isinstance(error, OSError) else error.problem.message
            swept.append(
                _leave(path, f"This file of an interrupted run could not be tidied up: {reason}")
            )
    return swept


def _sweep_export(root: VaultFolder, path: str, now: float) -> list[Swept]:
    """Drop what was to become a calendar or the like: it is made from the notes, so nothing is lost."""
    folder, name = root.locate(path)
    if not drop_abandoned(folder, name):
        if now - folder.inspect(name).st_ctime < _STRANGERS_LIFE:
            return []
        folder.unlink(name)  # a file system that knows no locks
    return [Swept(path, Sweeping.DROPPED)]


def _identify(root: VaultFolder, path: str, knowledge: Knowledge, now: float) -> _Find | None:
    """Return what is known about a leftover, or None if its run may still be at work."""
    folder, name = root.locate(path)
    said = parse_leftover(name)
    if said is None or knowledge.is_running(said.run_id):
        return None
    if not knowledge.knows(said.run_id) and now - folder.inspect(name).st_ctime < _STRANGERS_LIFE:
        return None
    parent = path.rpartition("/")[0]
    for entry in knowledge.list_entries(said.run_id):
        if (
            checksum_path(entry.path) == said.note_checksum
            and entry.path.rpartition("/")[0] == parent
        ):
            return _Find(folder, name, path, said, entry)
    return _Find(folder, name, path, said, None)


def _sweep(find: _Find, desk: WriteContext) -> Swept:
    found = look_at(find.folder, find.name)
    if found.data is None:
        return _leave(
            find.path,
            "This file of an interrupted run is not a readable file; please look at it yourself.",
        )
    if find.said.kind == UNFINISHED and (find.entry is not None or not found.data):
        find.folder.unlink(find.name)
        return Swept(find.path, Sweeping.DROPPED)
    if find.entry is None:
        return _rescue(find, find.path, desk)
    return _sweep_displaced(find, find.entry, found.data, desk)


def _sweep_displaced(find: _Find, entry: Known, data: bytes, desk: WriteContext) -> Swept:
    spot = Spot(find.folder, entry.path.rpartition("/")[2], entry.path)
    note = _look_at_note(spot)
    if note is None or _hash(data) not in (entry.old_hash, entry.new_hash):
        if note is not None and note.data is not None and _hash(note.data) == entry.new_hash:
            rescue = give_back(spot, find.name, note, desk)
            return Swept(find.path, Sweeping.GIVEN_BACK, _tell(entry.path, rescue), rescue)
        return _rescue(find, entry.path, desk)
    for _, retired in watch([Aside(spot, find.name, data)], desk):
        if retired.fate is Fate.CHANGED:
            return _rescue(find, entry.path, desk)
        if retired.fate is not Fate.GONE:
            return _leave(find.path, "This file of an interrupted run is still in use; it stays.")
    return Swept(find.path, Sweeping.DROPPED)


def _rescue(find: _Find, path: str, desk: WriteContext) -> Swept:
    spot = Spot(find.folder, find.name, path)
    rescue = keep(spot, find.name, desk)
    return Swept(find.path, Sweeping.RESCUED, _tell(path, rescue), rescue)


def _look_at_note(spot: Spot) -> Version | None:
    """Return the note as it is, or None if there is no such file."""
    try:
        facts = spot.folder.inspect(spot.name)
    except OSError:
        return None
    return look_at(spot.folder, spot.name) if stat.S_ISREG(facts.st_mode) else None


def _tell(path: str, rescue: Path | None) -> Problem | None:
    if rescue is None:
        return None
    name = path.rpartition("/")[2]
    return Problem(f"An interrupted run left a version of “{name}”; it is kept in “{rescue}”.")


def _leave(path: str, sentence: str) -> Swept:
    return Swept(path, Sweeping.LEFT, Problem(sentence))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
