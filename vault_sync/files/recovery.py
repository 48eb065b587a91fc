"""Tidying up after a killed run: its own files go, bytes of the user go back or are kept."""

from __future__ import annotations

import stat
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vault_sync.errors import NoteError, Problem, describe
from vault_sync.files.displaced import (
    DisplacedFile,
    DropStatus,
    FileVersion,
    NoteLocation,
    drop_when_closed,
    give_back,
    keep_rescue_copy,
    read_version,
)
from vault_sync.files.export import drop_abandoned
from vault_sync.files.folder import (
    UNFINISHED,
    LeftoverName,
    checksum_path,
    is_export_name,
    parse_leftover,
)
from vault_sync.files.read import hash_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vault_sync.files.folder import Folder, VaultFolder
    from vault_sync.files.outcome import WriteContext

__all__ = ["JournalView", "PlannedWrite", "Recovered", "RecoveryAction", "recover_leftovers"]

_STRANGERS_LIFE = 24 * 3600
"""Seconds after which a leftover of a run unknown here is taken to be abandoned."""


class PlannedWrite(Protocol):
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


class JournalView(Protocol):
    """What the recovery asks the journal."""

    def knows(self, run_id: str) -> bool:
        """Say whether there is a journal of a run."""

    def is_running(self, run_id: str) -> bool:
        """Say whether a run is still at work."""

    def list_entries(self, run_id: str) -> Sequence[PlannedWrite]:
        """Return what a run intended."""


class RecoveryAction(Enum):
    """What was done with a leftover."""

    DROPPED = "it held nothing of the user"
    GIVEN_BACK = "it held the user's latest version, which is in the note again"
    RESCUED = "it held bytes of the user; they are in a rescue copy"
    LEFT = "it is still there"


class Recovered(NamedTuple):
    """A leftover and what was done with it. Those of runs still at work are not mentioned."""

    path: str
    done: RecoveryAction
    problem: Problem | None = None
    rescue: Path | None = None


class _Find(NamedTuple):
    """A leftover: where it is, what its name says, and the journal's entry about its note."""

    folder: Folder
    name: str
    path: str
    said: LeftoverName
    entry: PlannedWrite | None


def recover_leftovers(
    root: VaultFolder,
    paths: Iterable[str],
    journal: JournalView,
    context: WriteContext,
    now: float,
) -> list[Recovered]:
    """Deal with the files that killed runs left in the vault.

    A leftover is dropped only if it was never anything but ours, or the journal says that it is the
    text of a note before or after a refresh and the note is there. Everything else goes back into
    its note, where that holds exactly what we wrote, or becomes a rescue copy.

    Args:
        root: the vault.
        paths: of files for whose names `is_leftover_name` holds, relative to the vault.
        journal: what earlier runs intended.
        context: the circumstances of this run.
        now: seconds since 1970; leftovers of runs unknown here (another computer?) are left alone
            for a day.
    """
    recovered = []
    for path in paths:
        try:
            if is_export_name(path.rpartition("/")[2]):
                recovered += _recover_export(root, path, now)
                continue
            find = _identify(root, path, journal, now)
            if find is not None:
                recovered.append(_recover(find, context))
        except FileNotFoundError:
            continue
        except (OSError, NoteError) as error:
            reason = describe(error) if isinstance(error, OSError) else error.problem.message
            recovered.append(
                _leave(path, f"This file of an interrupted run could not be tidied up: {reason}")
            )
    return recovered


def _recover_export(root: VaultFolder, path: str, now: float) -> list[Recovered]:
    """Drop what was to become a calendar or the like: it is made from the notes, so nothing is lost."""
    folder, name = root.locate(path)
    if not drop_abandoned(folder, name):
        if now - folder.inspect(name).st_ctime < _STRANGERS_LIFE:
            return []
        folder.unlink(name)  # a file system that knows no locks
    return [Recovered(path, RecoveryAction.DROPPED)]


def _identify(root: VaultFolder, path: str, journal: JournalView, now: float) -> _Find | None:
    """Return what is known about a leftover, or None if its run may still be at work."""
    folder, name = root.locate(path)
    said = parse_leftover(name)
    if said is None or journal.is_running(said.run_id):
        return None
    if not journal.knows(said.run_id) and now - folder.inspect(name).st_ctime < _STRANGERS_LIFE:
        return None
    parent = path.rpartition("/")[0]
    for entry in journal.list_entries(said.run_id):
        if (
            checksum_path(entry.path) == said.note_checksum
            and entry.path.rpartition("/")[0] == parent
        ):
            return _Find(folder, name, path, said, entry)
    return _Find(folder, name, path, said, None)


def _recover(find: _Find, context: WriteContext) -> Recovered:
    found = read_version(find.folder, find.name)
    if found.data is None:
        return _leave(
            find.path,
            "This file of an interrupted run is not a readable file; please look at it yourself.",
        )
    if find.said.kind == UNFINISHED and (find.entry is not None or not found.data):
        find.folder.unlink(find.name)
        return Recovered(find.path, RecoveryAction.DROPPED)
    if find.entry is None:
        return _rescue(find, find.path, context)
    return _recover_displaced(find, find.entry, found.data, context)


def _recover_displaced(
    find: _Find, entry: PlannedWrite, data: bytes, context: WriteContext
) -> Recovered:
    location = NoteLocation(find.folder, entry.path.rpartition("/")[2], entry.path)
    note = _read_note_version(location)
    if note is None or hash_note(data) not in (entry.old_hash, entry.new_hash):
        if note is not None and note.data is not None and hash_note(note.data) == entry.new_hash:
            rescue = give_back(location, find.name, note, context)
            return Recovered(
                find.path, RecoveryAction.GIVEN_BACK, _describe_rescue(entry.path, rescue), rescue
            )
        return _rescue(find, entry.path, context)
    for _, dropped in drop_when_closed([DisplacedFile(location, find.name, data)], context):
        if dropped.status is DropStatus.CHANGED:
            return _rescue(find, entry.path, context)
        if dropped.status is not DropStatus.GONE:
            return _leave(find.path, "This file of an interrupted run is still in use; it stays.")
    return Recovered(find.path, RecoveryAction.DROPPED)


def _rescue(find: _Find, path: str, context: WriteContext) -> Recovered:
    location = NoteLocation(find.folder, find.name, path)
    rescue = keep_rescue_copy(location, find.name, context)
    return Recovered(find.path, RecoveryAction.RESCUED, _describe_rescue(path, rescue), rescue)


def _read_note_version(location: NoteLocation) -> FileVersion | None:
    """Return the note as it is, or None if there is no such file."""
    try:
        facts = location.folder.inspect(location.name)
    except OSError:
        return None
    return read_version(location.folder, location.name) if stat.S_ISREG(facts.st_mode) else None


def _describe_rescue(path: str, rescue: Path | None) -> Problem | None:
    if rescue is None:
        return None
    name = path.rpartition("/")[2]
    return Problem(f"An interrupted run left a version of “{name}”; it is kept in “{rescue}”.")


def _leave(path: str, sentence: str) -> Recovered:
    return Recovered(path, RecoveryAction.LEFT, Problem(sentence))
