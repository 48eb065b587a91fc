"""What a swap has displaced: looked at, then dropped, given back, or kept as a rescue copy.

Nothing is dropped unread. A displaced file can still change: a program that opened the note before the swap goes on writing
into it. On Linux a read lease tells whether any such program is left; elsewhere some time must
pass. One moment stays open: a program that looked the note up before the swap, but is held up
*inside* its call of ``open`` until the file is gone.
"""

from __future__ import annotations

import os
import stat
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.files.exchange import swap
from vault_sync.files.folder import DISPLACED, name_leftover
from vault_sync.files.outcome import WriteContext, WriteStep
from vault_sync.files.platform import Lease, drop_lease, is_lease_whole, take_lease
from vault_sync.files.read import read_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_sync.files.folder import Folder

_PAUSE = 0.05
_SETTLING = 0.2
_ROUNDS = 8


class NoteLocation(NamedTuple):
    """The place of a note: its open folder, its name there, and its path in the vault."""

    folder: Folder
    name: str
    path: str


class FileVersion(NamedTuple):
    """What bore a name at one moment.

    Attributes:
        identity: device and inode.
        owner: mode, user and group.
        data: the bytes, or None where it was no regular file or could not be read.
    """

    identity: tuple[int, int]
    owner: tuple[int, int, int]
    data: bytes | None

    def is_same(self, other: FileVersion) -> bool:
        """Say whether it is the same file with the same bytes, whoever may read it."""
        return self.identity == other.identity and self.data == other.data


class DisplacedFile(NamedTuple):
    """A displaced file: whose it is, its dot-name, and the bytes it is expected to hold."""

    location: NoteLocation
    name: str
    expected: bytes


class DropStatus(Enum):
    """What became of a displaced file."""

    GONE = "dropped: nobody was writing it and its bytes were those expected"
    CHANGED = "still there: it holds other bytes than expected"
    WRITER = "still there: a program has it open for writing"
    BLIND = "still there: the system cannot tell whether a program has it open"
    STUCK = "perhaps still there: the system does not let it be read or removed"


class DropResult(NamedTuple):
    """What became of a displaced file.

    Attributes:
        status: what became of it.
        rescue: the rescue copy where one had to be made.
        error: what kept it from being dealt with.
    """

    status: DropStatus
    rescue: Path | None = None
    error: OSError | None = None


_STATUS_WITHOUT_LEASE = {Lease.WRITER: DropStatus.WRITER, Lease.UNKNOWN: DropStatus.BLIND}


def read_version(folder: Folder, name: str) -> FileVersion:
    """Return what bears a name just now, without following a link.

    Raises:
        FileNotFoundError: if nothing does.
    """
    try:
        descriptor = folder.open_to_read(name)
    except OSError:
        return _describe(folder.inspect(name), None)
    try:
        facts = os.fstat(descriptor)
        data = read_all(descriptor, facts.st_size) if stat.S_ISREG(facts.st_mode) else None
        return _describe(facts, data)
    except OSError:
        return _describe(folder.inspect(name), None)
    finally:
        os.close(descriptor)


def _describe(facts: os.stat_result, data: bytes | None) -> FileVersion:
    owner = (facts.st_mode, facts.st_uid, facts.st_gid)
    return FileVersion((facts.st_dev, facts.st_ino), owner, data)


def try_drop(displaced: DisplacedFile, context: WriteContext) -> DropResult:
    """Drop a displaced file if nobody can be writing it and it holds what is expected."""
    try:
        descriptor = displaced.location.folder.open_to_read(displaced.name)
        try:
            return _drop_open(descriptor, displaced, context)
        finally:
            os.close(descriptor)
    except OSError as error:
        return DropResult(DropStatus.STUCK, error=error)


def _drop_open(descriptor: int, displaced: DisplacedFile, context: WriteContext) -> DropResult:
    lease = take_lease(descriptor)
    if read_all(descriptor, len(displaced.expected)) != displaced.expected:
        return DropResult(DropStatus.CHANGED)
    if lease is not Lease.GRANTED:
        return DropResult(_STATUS_WITHOUT_LEASE[lease])
    context.steps(WriteStep.LOOKED, displaced.location.path)
    displaced.location.folder.unlink(displaced.name)
    return DropResult(DropStatus.GONE, _wait_for_late_writer(descriptor, displaced, context))


def _wait_for_late_writer(
    descriptor: int, displaced: DisplacedFile, context: WriteContext
) -> Path | None:
    """Look after a program that opened the displaced file at the very moment it was dropped.

    Its ``open`` waits for our lease. The name is gone, the file is not while we have it open: let
    the program write, and keep what it wrote.
    """
    if is_lease_whole(descriptor):
        return None
    drop_lease(descriptor)
    for _ in range(_count_pauses(context.grace)):
        context.sleep(_PAUSE)
        if take_lease(descriptor) is Lease.GRANTED:
            break
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = read_all(descriptor, len(displaced.expected))
    return (
        None
        if data == displaced.expected
        else context.rescue_folder.keep(displaced.location.path, data)
    )


def drop_when_closed(
    displaced_files: Sequence[DisplacedFile], context: WriteContext
) -> Iterator[tuple[DisplacedFile, DropResult]]:
    """Retire displaced files, waiting for the programs that still have them open.

    Yields:
        Each file with what became of it, as soon as that is known; at the end of the grace time those that
        are still open.
    """
    waiting = [*displaced_files]
    for number in range(_count_pauses(context.grace) + 1):
        if number:
            context.sleep(_PAUSE)
        still = []
        for displaced in waiting:
            dropped = try_drop(displaced, context)
            if dropped.status is DropStatus.BLIND and number >= _count_pauses(context.blind_grace):
                dropped = drop_after_grace(displaced)
            if dropped.status in (DropStatus.WRITER, DropStatus.BLIND):
                still.append(displaced)
            else:
                yield displaced, dropped
        waiting = still
        if not waiting:
            return
    yield from ((displaced, DropResult(DropStatus.WRITER)) for displaced in waiting)


def drop_after_grace(displaced: DisplacedFile) -> DropResult:
    """Drop a displaced file that was as expected a moment ago, once the time of grace is over."""
    try:
        displaced.location.folder.unlink(displaced.name)
    except OSError as error:
        return DropResult(DropStatus.STUCK, error=error)
    return DropResult(DropStatus.GONE)


def give_back(
    location: NoteLocation, held: str, placed: FileVersion, context: WriteContext
) -> Path | None:
    """Put a version of the user back in the place of what we have put there.

    Between any two of our calls the user may save again. Every swap shows what it displaced: if
    that is what we had put there, nobody came between. Else it is newer than what we have just put
    back, so it must go back instead. The newest version ends under the note's name; of two versions
    of the user the older becomes a rescue copy.

    Args:
        location: the note.
        held: the dot-name of the version of the user.
        placed: what we have put under the note's name, as it was then.
        context: the circumstances of the run.

    Returns:
        The rescue copy, or None where none was needed.
    """
    ours = placed
    for _ in range(_ROUNDS):
        version = read_version(location.folder, held)
        spare = name_leftover(context.run_id, location.path, DISPLACED)
        try:
            swap(location.folder, held, location.name, spare)
        except OSError:
            # The note was deleted meanwhile: it stays deleted, but nobody has deleted these bytes.
            return keep_rescue_copy(location, held, context)
        context.steps(WriteStep.GIVEN_BACK, location.path)
        if read_version(location.folder, spare).is_same(placed):
            return (
                _drop_ours(location, spare, ours, context)
                if placed is ours
                else keep_rescue_copy(location, spare, context)
            )
        held, placed = spare, version
    return keep_rescue_copy(location, held, context)


def _drop_ours(
    location: NoteLocation, name: str, ours: FileVersion, context: WriteContext
) -> Path | None:
    """Drop our own displaced text, unless a program has begun to write into it."""
    rescue = None
    for displaced, dropped in drop_when_closed(
        [DisplacedFile(location, name, ours.data or b"")], context
    ):
        rescue = (
            keep_rescue_copy(location, displaced.name, context)
            if dropped.status is DropStatus.CHANGED
            else dropped.rescue
        )
    return rescue


def keep_rescue_copy(location: NoteLocation, name: str, context: WriteContext) -> Path | None:
    """Make a rescue copy of a displaced file, and drop the file once its last writer is gone.

    Returns:
        The copy, or None where it is no regular file: such a thing stays where it is.

    Raises:
        OSError: if the copy could not be made; the file is still there then.
    """
    copy = None
    for _ in range(_ROUNDS):
        data = read_version(location.folder, name).data
        if data is None:
            return copy
        copy = context.rescue_folder.keep(location.path, data)
        statuses = [
            dropped.status
            for _, dropped in drop_when_closed([DisplacedFile(location, name, data)], context)
        ]
        if statuses != [DropStatus.CHANGED]:
            return copy
    return copy


def take_away(location: NoteLocation, data: bytes, context: WriteContext) -> bool:
    """Take a file out of the vault whose bytes are kept elsewhere; say whether it is gone.

    It gets a dot-name first, so that what comes under its own name meanwhile is another file. If a
    program still writes into it, it gets its name back; if that is taken, it becomes a rescue copy.

    Args:
        location: the file.
        data: its bytes, as they are kept.
        context: the circumstances of the run.

    Raises:
        OSError: it could not be renamed, or neither given back nor kept.
    """
    hidden = name_leftover(context.run_id, location.path, DISPLACED)
    location.folder.rename(location.name, hidden)
    for _, dropped in drop_when_closed([DisplacedFile(location, hidden, data)], context):
        if dropped.status is DropStatus.GONE:
            return True
    try:
        location.folder.link(hidden, location.name)
        location.folder.unlink(hidden)
    except OSError:
        keep_rescue_copy(location, hidden, context)
    return False


def rescue_if_overwritten(
    location: NoteLocation, saved: bytes | None, context: WriteContext
) -> Path | None:
    """Make a rescue copy of a save that was given back, if the next save took it away.

    For some microseconds the note held our text instead of that save. A program that read the note just
    then, and saves what it read, is not aware of what it overwrites.

    Args:
        location: the note.
        saved: the bytes that were given back.
        context: the circumstances of the run.
    """
    context.sleep(_SETTLING)
    try:
        current = read_version(location.folder, location.name).data
    except OSError:
        return None
    if saved is None or current is None or saved in current:
        return None
    return context.rescue_folder.keep(location.path, saved)


def _count_pauses(seconds: float) -> int:
    return round(seconds / _PAUSE)
