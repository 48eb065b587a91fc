"""New texts of notes in files of their own: like their notes in everything else, and safe on the disk."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from io import FileIO
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from vault_sync.errors import NoteChangedError, NoteError, Problem
from vault_sync.files import platform
from vault_sync.files.displaced import FileVersion, NoteLocation
from vault_sync.files.export import write_all
from vault_sync.files.folder import UNFINISHED, name_leftover
from vault_sync.files.outcome import CHANGED_MEANWHILE, Replacement, WriteContext, WriteStep
from vault_sync.files.read import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from vault_sync.files.folder import VaultFolder

    IdleWork: TypeAlias = Callable[[], bool]


class Prepared(NamedTuple):
    """A note whose new text lies in a file of its own, still open."""

    number: int
    replacement: Replacement
    location: NoteLocation
    part: str
    file: FileIO
    owner: tuple[int, int, int]
    ours: FileVersion


def prepare_text(
    root: VaultFolder, number: int, replacement: Replacement, context: WriteContext
) -> Prepared:
    """Write the new text of a note to a file of its own that is like the note in everything else."""
    folder, name = root.locate(replacement.path)
    source = folder.open_to_read(name)
    try:
        facts = os.fstat(source)
        if sign(facts) != replacement.old.signature:
            raise NoteChangedError(CHANGED_MEANWHILE)
        check_writable(facts)
        part = name_leftover(context.run_id, replacement.path, UNFINISHED)
        file = FileIO(folder.create(part), "w")
        try:
            fresh = copy_metadata(source, facts, file.fileno())
            write_all(file.fileno(), replacement.new)
            (stamp_now if replacement.by_person else stamp_after)(file.fileno(), facts)
            context.steps(WriteStep.PREPARED, replacement.path)
        except BaseException:
            file.close()
            folder.discard(part)
            raise
    finally:
        os.close(source)
    owner = (facts.st_mode, facts.st_uid, facts.st_gid)
    ours = FileVersion((fresh.st_dev, fresh.st_ino), owner, replacement.new)
    return Prepared(
        number, replacement, NoteLocation(folder, name, replacement.path), part, file, owner, ours
    )


def sync_texts(notes: Sequence[Prepared]) -> dict[int, OSError]:
    """Sync and close new files; return what went wrong, by the number of the note.

    Each by itself, and not all of them with one ``syncfs``: that waits for whatever any program has
    written to the disk, and does not tell whose bytes could not be kept (Linux, syncfs(2)).
    """
    failures = {}
    for note in notes:
        try:
            with note.file:
                platform.sync_file(note.file.fileno())
        except OSError as error:
            failures[note.number] = error
    return failures


# What a note is besides its bytes: mode, owner, group, extended attributes, access list.

_HAS_XATTRS = hasattr(os, "listxattr")
_NO_XATTRS = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def check_writable(facts: os.stat_result) -> None:
    """Refuse a note whose replacement could not be like it.

    Args:
        facts: of the note.

    Raises:
        NoteError: if it has several names, is read-only, or belongs to somebody else.
    """
    if facts.st_nlink > 1:
        raise NoteError(
            Problem(
                "The note has several names (hard links) that a write would part; it is left alone."
            )
        )
    if not facts.st_mode & stat.S_IWUSR:
        raise NoteError(Problem("The note is read-only, so it is left alone."))
    user = platform.effective_user()
    if user is not None and user not in (0, facts.st_uid):
        raise NoteError(Problem("The note belongs to another user, so it is left alone."))


def copy_metadata(source: int, facts: os.stat_result, target: int) -> os.stat_result:
    """Make a new file like the note it will replace, in everything but its bytes and times.

    The order matters: a change of owner clears mode bits, an access list sets them.

    Args:
        source: the note, open.
        facts: its facts.
        target: the new file, open for writing.

    Returns:
        The facts of the new file before the copy: its inode and device do not change.

    Raises:
        NoteError: if something cannot be kept.
    """
    fresh = os.fstat(target)
    try:
        _copy_owner(facts, fresh, target)
        if _HAS_XATTRS:
            _copy_xattrs(source, target)
        elif sys.platform in platform.COPY_FOREIGN_METADATA:
            platform.COPY_FOREIGN_METADATA[sys.platform](source, target)
        if hasattr(os, "fchmod"):
            os.fchmod(target, stat.S_IMODE(facts.st_mode))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
            raise
        reason = "Owner, permissions or attributes could not be kept, so the note is left alone"
        raise NoteError(Problem(f"{reason} ({error.strerror}).")) from error
    return fresh


def _copy_owner(facts: os.stat_result, fresh: os.stat_result, target: int) -> None:
    owner = -1 if facts.st_uid == fresh.st_uid else facts.st_uid
    group = -1 if facts.st_gid == fresh.st_gid else facts.st_gid
    if (owner, group) != (-1, -1):
        os.fchown(target, owner, group)


def _copy_xattrs(source: int, target: int) -> None:
    """Copy extended attributes, and take away those the new file inherited from its folder."""
    wanted = _list_xattrs(source)
    inherited = _list_xattrs(target)
    if not wanted and not inherited:
        return
    for name in inherited:
        if name not in wanted:
            os.removexattr(target, name)
    for name in wanted:
        value = os.getxattr(source, name)
        if name not in inherited or os.getxattr(target, name) != value:
            os.setxattr(target, name, value)


def _list_xattrs(descriptor: int) -> list[str]:
    try:
        return os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NO_XATTRS:
            return []
        raise


# The date of a new version: one second after that of the version it replaces, never that of the write.
#
# A person wins (law 6). A sync service that finds two versions of a note keeps the one with the later
# time, so a value that follows from the calendar must not look newer than what somebody typed on
# another device the evening before. Nor may the date stay what it was: Obsidian, rsync and git see by
# another time, or another size, that a file has changed.

STEPS: Final = (1, 2, -2)
"""Seconds to be tried: FAT keeps even ones only, and the last time that a disk can hold has no later one."""
_SECOND: Final = 10**9
_COARSEST: Final = 2 * _SECOND
_PASSING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


def stamp_after(descriptor: int, old: os.stat_result) -> None:
    """Give a new file the least time later than that of the version it is to replace.

    Args:
        descriptor: the new file, open for writing, with all its bytes.
        old: the facts of the version that it replaces.

    Raises:
        NoteError: the file system keeps no time that it is given.
    """
    birth = platform.find_birth(old)
    for step in STEPS:
        wanted = old.st_mtime_ns + step * _SECOND
        _set_times(descriptor, wanted, birth)
        kept = os.fstat(descriptor).st_mtime_ns
        if kept != old.st_mtime_ns and abs(kept - wanted) <= _COARSEST:
            return
    raise NoteError(Problem(_explain("its file system keeps none that it is given")))


def stamp_now(descriptor: int, old: os.stat_result) -> None:
    """Leave a new file the time of its writing, as a person asked for it; it is later than that of `old`.

    Args:
        descriptor: as for `stamp_after`.
        old: the same.

    Raises:
        NoteError: the same.
    """
    now = os.fstat(descriptor).st_mtime_ns
    if now <= old.st_mtime_ns:
        stamp_after(descriptor, old)
    else:
        _set_times(descriptor, now, platform.find_birth(old))


def _set_times(descriptor: int, mtime_ns: int, birth_ns: int | None) -> None:
    try:
        platform.set_times(descriptor, mtime_ns, birth_ns)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in _PASSING:
            raise
        reason = error.strerror if isinstance(error, OSError) else "it is out of range"
        raise NoteError(Problem(_explain(reason))) from error


def _explain(reason: str | None) -> str:
    return f"The date of the new version could not be set ({reason}), so the note is left alone."


# Several syncs at the same time, and something useful done meanwhile.
#
# A sync is a wait for the disk and no work, so threads do the waiting. The thread that writes notes
# does nothing else beside it than what it is given to do: so no two threads ever share a note.

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


def no_idle_work() -> bool:
    """Do nothing while the disk is waited for."""
    return False


class PendingSync(Protocol[_T_co]):
    """A sync under way, as `concurrent.futures.Future` is one."""

    def done(self) -> bool:
        """Say whether its result is there without a wait."""

    def result(self) -> _T_co:
        """Wait for its end; return what it returned, or raise what it raised."""


class _InlineSync(Generic[_T]):
    """A sync that the waiting thread does itself, when its result is asked for."""

    __slots__ = ("result",)

    def __init__(self, sync: Callable[[], _T]) -> None:
        self.result = sync

    def done(self) -> bool:
        return True


class SyncPool(NamedTuple):
    """Runs syncs.

    Attributes:
        executor: runs them at the same time; None to run one after the other.
        idle_work: does a little of other work, and says whether it did.
    """

    executor: Executor | None
    idle_work: IdleWork

    def start(self, sync: Callable[[], _T]) -> PendingSync[_T]:
        """Let a sync begin."""
        return self.executor.submit(sync) if self.executor else _InlineSync(sync)

    def finish(self, started: Sequence[PendingSync[_T]]) -> list[_T]:
        """Wait for syncs, busy with other work, and return what they return, in their order."""
        while not all(one.done() for one in started) and self.idle_work():
            pass
        return [one.result() for one in started]

    def run(self, syncs: Sequence[Callable[[], _T]]) -> list[_T]:
        """Run syncs to their end and return what they return, in their order."""
        return self.finish([self.start(sync) for sync in syncs])

    def wait(self, started: Sequence[PendingSync[object]]) -> None:
        """Wait until no other thread is at any of these syncs, whatever becomes of them."""
        for one in started if self.executor else ():
            with suppress(BaseException):
                one.result()


@contextmanager
def open_sync_pool(jobs: int, idle_work: IdleWork) -> Iterator[SyncPool]:
    """Yield a pool that runs so many syncs at the same time; one job is done without a thread."""
    if jobs <= 1:
        yield SyncPool(None, idle_work)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for a quick start

    with ThreadPoolExecutor(jobs) as executor:
        yield SyncPool(executor, idle_work)
