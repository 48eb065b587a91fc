"""Git's lock on an index, held as git holds it, and known for ours if we die with it.

Git's lock is the file `index.lock`: the process that makes it may write the index, and no other until it is
gone (git's documentation, "api-lockfile"). A program that is killed leaves it behind, and git refuses to
work until somebody deletes it. So ours says in words whose it is, from its first moment on, and is
locked by the system besides, which ends with the process. Only a lock with our words, of this computer,
that nobody holds any more is ever taken away.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from vault_sync.files import platform
from vault_sync.files.export import write_all, write_scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OURS: Final = ".vault-sync-"
_COPY: Final = "-copy"
_MAX_BYTES: Final = 4096


def find_lock(index: Path) -> Path:
    """Return where git's lock on an index is or would be."""
    return index.with_name(f"{index.name}.lock")


@contextmanager
def hold_index(index: Path) -> Iterator[Path]:
    """Hold git's lock on an index while the context lasts.

    Args:
        index: the index; it need not be there.

    Yields:
        A path beside the index for a copy of it, of which nothing is left at the end.

    Raises:
        FileExistsError: another program holds the lock.
        OSError: there can be no lock here.
    """
    lock, own = find_lock(index), index.with_name(f"{index.name}{_OURS}{secrets.token_hex(4)}")
    descriptor = _take(lock, own)
    try:
        _sweep(lock, own.name)
        yield own.with_name(own.name + _COPY)
    finally:
        _sweep(lock)
        _release(lock, descriptor)


def copy_index(index: Path, copy: Path) -> None:
    """Write a copy of an index, with its mode.

    Raises:
        OSError: it could not be written.
    """
    write_scratch(copy, index.read_bytes(), index.stat().st_mode & 0o777)


def drop_dead_lock(lock: Path) -> bool:
    """Take away a lock that a killed run of ours has left, and say whether it was one.

    A lock of another program stays, and so does one that a run holds, or another computer.
    """
    try:
        descriptor = os.open(lock, platform.READ_FLAGS | os.O_RDWR)
    except OSError:
        return False
    is_dead = False
    try:
        is_dead = _has_our_words(descriptor) and platform.try_lock(descriptor)
        is_dead = is_dead and os.path.samestat(os.fstat(descriptor), lock.lstat())
        if is_dead:
            _sweep(lock)
    except OSError:
        is_dead = False
    if not is_dead:
        os.close(descriptor)
        return False
    _release(lock, descriptor)
    return True


def _take(lock: Path, own: Path) -> int:
    """Make the lock, with its words in it already where the file system can, and return it opened."""
    try:
        descriptor = _write_words(own)
        try:
            os.link(own, lock)
        except BaseException:
            os.close(descriptor)
            raise
        finally:
            with suppress(OSError):  # Windows: it is open, and taken away at the end
                own.unlink()
    except FileExistsError:
        raise
    except FileNotFoundError as error:  # who holds the lock has swept ours away
        raise FileExistsError(str(lock)) from error
    except OSError:  # no hard links here
        return _write_words(lock)
    return descriptor


def _write_words(path: Path) -> int:
    """Write who we are into a new file, and return it opened and locked by the system."""
    descriptor = os.open(path, platform.CREATE_FLAGS, 0o644)
    try:
        platform.try_lock(descriptor)
        write_all(descriptor, _say_who() + b", process %d.\n" % os.getpid())
        platform.sync_file(descriptor)
    except BaseException:
        os.close(descriptor)
        path.unlink()
        raise
    return descriptor


def _say_who() -> bytes:
    return os.fsencode(f"vault-sync holds this lock, on {socket.gethostname()}")


def _has_our_words(descriptor: int) -> bool:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    return os.read(descriptor, _MAX_BYTES).startswith(_say_who() + b", process ")


def _sweep(lock: Path, but: str = "") -> None:
    """Take away what runs of ours have left beside a lock; for the one who holds it."""
    prefix = lock.name.removesuffix(".lock") + _OURS
    for name in os.listdir(lock.parent):  # noqa: PTH208 - only names are wanted
        if name.startswith(prefix) and (not but or not name.startswith(but)):
            with suppress(OSError):
                lock.with_name(name).unlink()


def _release(lock: Path, descriptor: int) -> None:
    """Take our lock away; one that has come into its place, after somebody deleted it, stays."""
    is_ours = lock.exists() and os.path.samestat(os.fstat(descriptor), lock.lstat())
    try:
        if is_ours:
            lock.unlink(missing_ok=True)
    except PermissionError:  # Windows takes no open file away
        os.close(descriptor)
        lock.unlink(missing_ok=True)
    else:
        os.close(descriptor)
