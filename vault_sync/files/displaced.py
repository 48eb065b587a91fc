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
from vault_sync.files.outcome import Step, WriteContext
from vault_sync.files.platform import Lease, drop_lease, is_lease_whole, take_lease
from vault_sync.files.read import read_all
from vault_sync.files.temp_names import DISPLACED, name_leftover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_sync.files.folder import Folder

_PAUSE = 0.05
_SETTLING = 0.2
_ROUNDS = 8


class Spot(NamedTuple):
    """The place of a note: its open folder, its name there, and its path in the vault."""

    folder: Folder
    name: str
    path: str


class Version(NamedTuple):
    """What bore a name at one moment.

    Attributes:
        identity: device and inode.
        owner: mode, user and group.
        data: the bytes, or None where it was no regular file or could not be read.
    """

    identity: tuple[int, int]
    owner: tuple[int, int, int]
    data: bytes | None

    def is_same(self, other: Version) -> bool:
        """Say whether it is the same file with the same bytes, whoever may read it."""
        return self.identity == other.identity and self.data == other.data


class Aside(NamedTuple):
    """A displaced file: whose it is, its dot-name, and the bytes it is expected to hold."""

    spot: Spot
    name: str
    expected: bytes


class Fate(Enum):
    """What became of a displaced file."""

    GONE = "dropped: nobody was writing it and its bytes were those expected"
    CHANGED = "still there: it holds other bytes than expected"
    WRITER = "still there: a program has it open for writing"
    BLIND = "still there: the system cannot tell whether a program has it open"
    STUCK = "perhaps still there: the system does not let it be read or removed"


class Retired(NamedTuple):
    """The fate of a displaced file.

    Attributes:
        fate: what became of it.
        rescue: the rescue copy where one had to be made.
        error: what kept it from being dealt with.
    """

    fate: Fate
    rescue: Path | None = None
    error: OSError | None = None


_FATE_WITHOUT_LEASE = {Lease.WRITER: Fate.WRITER, Lease.UNKNOWN: Fate.BLIND}


def look_at(folder: Folder, name: str) -> Version:
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


def _describe(facts: os.stat_result, data: bytes | None) -> Version:
    owner = (facts.st_mode, facts.st_uid, facts.st_gid)
    return Version((facts.st_dev, facts.st_ino), owner, data)


def retire(aside: Aside, desk: WriteContext) -> Retired:
    """Drop a displaced file if nobody can be writing it and it holds what is expected."""
    try:
        descriptor = aside.spot.folder.open_to_read(aside.name)
        try:
            return _retire_open(descriptor, aside, desk)
        finally:
            os.close(descriptor)
    except OSError as error:
        return Retired(Fate.STUCK, error=error)


def _retire_open(descriptor: int, aside: Aside, desk: WriteContext) -> Retired:
    lease = take_lease(descriptor)
    if read_all(descriptor, len(aside.expected)) != aside.expected:
        return Retired(Fate.CHANGED)
    if lease is not Lease.GRANTED:
        return Retired(_FATE_WITHOUT_LEASE[lease])
    desk.steps(Step.LOOKED, aside.spot.path)
    aside.spot.folder.unlink(aside.name)
    return Retired(Fate.GONE, _outwait_latecomer(descriptor, aside, desk))


def _outwait_latecomer(descriptor: int, aside: Aside, desk: WriteContext) -> Path | None:
    """Look after a program that opened the displaced file at the very moment it was dropped.

    Its ``open`` waits for our lease. The name is gone, the file is not while we have it open: let
    the program write, and keep what it wrote.
    """
    if is_lease_whole(descriptor):
        return None
    drop_lease(descriptor)
    for _ in range(_count_pauses(desk.grace)):
        desk.sleep(_PAUSE)
        if take_lease(descriptor) is Lease.GRANTED:
            break
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = read_all(descriptor, len(aside.expected))
    return None if data == aside.expected else desk.shelf.keep(aside.spot.path, data)


def watch(asides: Sequence[Aside], desk: WriteContext) -> Iterator[tuple[Aside, Retired]]:
    """Retire displaced files, waiting for the programs that still have them open.

    Yields:
        Each file with its fate as soon as that is known; at the end of the grace time those that
        are still open.
    """
    waiting = [*asides]
    for number in range(_count_pauses(desk.grace) + 1):
        if number:
            desk.sleep(_PAUSE)
        still = []
        for aside in waiting:
            retired = retire(aside, desk)
            if retired.fate is Fate.BLIND and number >= _count_pauses(desk.blind_grace):
                retired = drop_unwatched(aside)
            if retired.fate in (Fate.WRITER, Fate.BLIND):
                still.append(aside)
            else:
                yield aside, retired
        waiting = still
        if not waiting:
            return
    yield from ((aside, Retired(Fate.WRITER)) for aside in waiting)


def drop_unwatched(aside: Aside) -> Retired:
    """Drop a displaced file that was as expected a moment ago, once the time of grace is over."""
    try:
        aside.spot.folder.unlink(aside.name)
    except OSError as error:
        return Retired(Fate.STUCK, error=error)
    return Retired(Fate.GONE)


def give_back(spot: Spot, held: str, placed: Version, desk: WriteContext) -> Path | None:
    """Put a version of the user back in the place of what we have put there.

    Between any two of our calls the user may save again. Every swap shows what it displaced: if
    that is what we had put there, nobody came between. Else it is newer than what we have just put
    back, so it must go back instead. The newest version ends under the note's name; of two versions
    of the user the older becomes a rescue copy.

    Args:
        spot: the note.
        held: the dot-name of the version of the user.
        placed: what we have put under the note's name, as it was then.
        desk: the circumstances of the run.

    Returns:
        The rescue copy, or None where none was needed.
    """
    ours = placed
    for _ in range(_ROUNDS):
        version = look_at(spot.folder, held)
        spare = name_leftover(desk.run_id, spot.path, DISPLACED)
        try:
            swap(spot.folder, held, spot.name, spare)
        except OSError:
            # The note was deleted meanwhile: it stays deleted, but nobody has deleted these bytes.
            return keep(spot, held, desk)
        desk.steps(Step.GIVEN_BACK, spot.path)
        if look_at(spot.folder, spare).is_same(placed):
            return (
                _drop_ours(spot, spare, ours, desk) if placed is ours else keep(spot, spare, desk)
            )
        held, placed = spare, version
    return keep(spot, held, desk)


def _drop_ours(spot: Spot, name: str, ours: Version, desk: WriteContext) -> Path | None:
    """Drop our own displaced text, unless a program has begun to write into it."""
    rescue = None
    for aside, retired in watch([Aside(spot, name, ours.data or b"")], desk):
        rescue = keep(spot, aside.name, desk) if retired.fate is Fate.CHANGED else retired.rescue
    return rescue


def keep(spot: Spot, name: str, desk: WriteContext) -> Path | None:
    """Make a rescue copy of a displaced file, and drop the file once its last writer is gone.

    Returns:
        The copy, or None where it is no regular file: such a thing stays where it is.

    Raises:
        OSError: if the copy could not be made; the file is still there then.
    """
    copy = None
    for _ in range(_ROUNDS):
        data = look_at(spot.folder, name).data
        if data is None:
            return copy
        copy = desk.shelf.keep(spot.path, data)
        fates = [retired.fate for _, retired in watch([Aside(spot, name, data)], desk)]
        if fates != [Fate.CHANGED]:
            return copy
    return copy


def keep_if_overwritten(spot: Spot, saved: bytes | None, desk: WriteContext) -> Path | None:
    """Make a rescue copy of a save that was given back, if the next save took it away.

    For some microseconds the note held our text instead of that save. A program that read the note just
    then, and saves what it read, is not aware of what it overwrites.

    Args:
        spot: the note.
        saved: the bytes that were given back.
        desk: the circumstances of the run.
    """
    desk.sleep(_SETTLING)
    try:
        current = look_at(spot.folder, spot.name).data
    except OSError:
        return None
    if saved is None or current is None or saved in current:
        return None
    return desk.shelf.keep(spot.path, saved)


def _count_pauses(seconds: float) -> int:
    return max(0, round(seconds / _PAUSE))
