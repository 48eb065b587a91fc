"""Exchanging a note for its replacement so that the displaced bytes can still be looked at.

One contract on every system: after `swap` the note's name holds the new file, and a given dot-name
holds what bore the note's name at that very instant. If it raises, the note's name holds what it
held, and the new file bears its own name. The rows for macOS and Windows follow the vendors'
documentation; they are tested with fake libraries and have not been run by this project on those
systems.

- Linux: ``renameat2(RENAME_EXCHANGE)`` (renameat2(2)).
- macOS: ``renameatx_np(RENAME_SWAP)`` (rename(2) of macOS).
- Windows: ``ReplaceFileW`` with a backup name (Microsoft Learn, ReplaceFileW).
- File systems that cannot exchange: a hard link to the note, then a plain replace. What is written
  *in place* is caught all the same; a file *renamed* onto the note between these two calls (some
  microseconds) is not.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys
from time import sleep
from typing import TYPE_CHECKING, Any, Protocol

from vault_sync.errors import UnswappableError
from vault_sync.files.folder import name_export
from vault_sync.files.platform import load_kernel32, load_libc, read_windows_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.files.folder import Folder

_RENAME_EXCHANGE = 2  # Linux <linux/fs.h>
_RENAME_SWAP = 2  # macOS <sys/stdio.h>
_CANNOT_EXCHANGE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
# Android says EACCES. Where we may not write, the new file would not have come so far.
_CANNOT_LINK = frozenset({errno.EPERM, errno.EACCES, *_CANNOT_EXCHANGE})
_SYSCALL_RENAMEAT2 = {
    "x86_64": 316,
    "i386": 353,
    "i686": 353,
    "armv7l": 382,
    "ppc64le": 357,
    "s390x": 347,
}
_GENERIC_RENAMEAT2 = 276  # aarch64, riscv64, loongarch64: the kernel's generic table

_WINDOWS_HALF_DONE = 1177  # UNABLE_TO_MOVE_REPLACEMENT_2: the note already bears the backup name
# ACCESS_DENIED, SHARING_VIOLATION, LOCK_VIOLATION, and what ReplaceFileW says where a program holds one of the files.
_WINDOWS_BUSY = frozenset({5, 32, 33, 1175, 1176, _WINDOWS_HALF_DONE})
_WINDOWS_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)


class Exchange(Protocol):
    """What makes two names of a folder change places."""

    def __call__(self, folder: Folder, one: str, other: str, /) -> None:
        """Exchange the names, or raise OSError and change nothing."""


def swap(folder: Folder, new: str, note: str, aside: str) -> None:
    """Put a new file in the place of a note, and what it displaces under a dot-name.

    Args:
        folder: where all three names are.
        new: the name of the new file; it bears it no more afterwards.
        note: the name of the note.
        aside: a name that nothing bears yet, for what is displaced.

    Raises:
        OSError: if nothing was changed. FileNotFoundError where the note has been deleted.
    """
    _SWAPS.get(sys.platform, _swap_by_exchange)(folder, new, note, aside)


def can_swap(folder: Folder) -> bool:
    """Try whether files of a folder can be swapped, with two of our own that are gone again at once.

    Where none can be made, nothing is known, and other errors tell why.
    """
    note, new, aside = (name_export(kind) for kind in ("note", "new", "aside"))
    try:
        for name in (note, new):
            os.close(folder.create(name))
        swap(folder, new, note, aside)
    except UnswappableError:
        return False
    except OSError:
        return True
    finally:
        for name in (note, new, aside):
            folder.discard(name)
    return True


def _swap_by_exchange(folder: Folder, new: str, note: str, aside: str) -> None:
    # The new file takes the dot-name first: had the exchange gone the other way about, a kill
    # between the two calls would leave the user's bytes under a name that says "unfinished, throw
    # away".
    folder.rename(new, aside)
    try:
        _find_exchange(sys.platform)(folder, aside, note)
    except OSError as error:
        folder.rename(aside, new)
        if error.errno not in _CANNOT_EXCHANGE:
            raise
        swap_by_link(folder, new, note, aside)


def swap_by_link(folder: Folder, new: str, note: str, aside: str) -> None:
    """Do the work of `swap` on file systems that cannot exchange two names.

    Raises:
        UnswappableError: there are no hard links either.
        OSError: as `swap`.
    """
    try:
        folder.link(note, aside)
    except OSError as error:
        if error.errno in _CANNOT_LINK:
            raise UnswappableError(
                errno.ENOTSUP, "the disk can neither exchange nor link files"
            ) from error
        raise
    try:
        folder.rename(new, note)
    except OSError:
        folder.unlink(aside)
        raise


@functools.cache
def _find_exchange(system: str) -> Exchange:
    """Return what exchanges two names on a system."""
    makers = {"linux": _make_linux_exchange, "darwin": _make_apple_exchange}
    return makers[system](load_libc()) if system in makers else _refuse_exchange


def _refuse_exchange(folder: Folder, one: str, other: str) -> None:
    raise OSError(
        errno.ENOSYS, os.strerror(errno.ENOSYS), folder.place(one), None, folder.place(other)
    )


def _make_linux_exchange(libc: Any) -> Exchange:
    """Use renameat2 of the C library, or the system call where an older library lacks it."""
    kinds = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    if hasattr(libc, "renameat2"):
        call = libc.renameat2
        call.argtypes = kinds
    else:
        import platform as machine_facts  # noqa: PLC0415 - for a quick start: wanted here only

        number = _SYSCALL_RENAMEAT2.get(machine_facts.machine(), _GENERIC_RENAMEAT2)
        libc.syscall.argtypes = [ctypes.c_long, *kinds]
        call = functools.partial(libc.syscall, number)
    return _exchange_with(call, _RENAME_EXCHANGE)


def _make_apple_exchange(libc: Any) -> Exchange:
    call = libc.renameatx_np
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return _exchange_with(call, _RENAME_SWAP)


def _exchange_with(call: Callable[..., int], flag: int) -> Exchange:
    def exchange(folder: Folder, one: str, other: str) -> None:
        place = folder.descriptor
        if call(place, os.fsencode(one), place, os.fsencode(other), flag) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), one, None, other)

    return exchange


def _swap_on_windows(folder: Folder, new: str, note: str, aside: str) -> None:
    kernel = load_kernel32()
    for pause in (*_WINDOWS_PAUSES, None):
        code = _replace_file(kernel, folder.place(note), folder.place(new), folder.place(aside))
        if code is None:
            return
        if code == _WINDOWS_HALF_DONE:
            _move_back(folder, aside, note)
        if code not in _WINDOWS_BUSY or pause is None:
            raise _explain_windows(code, note)
        sleep(pause)


def _replace_file(kernel: Any, note: str, new: str, aside: str) -> int | None:
    """Return None where it was done, or the Windows error number, which may be 0 for one unknown."""
    return None if kernel.ReplaceFileW(note, new, aside, 0, None, None) else read_windows_error()


def _move_back(folder: Folder, aside: str, note: str) -> None:
    """Give a note its name back after a replacement that was only half done.

    Raises:
        OSError: it cannot be had: somebody has saved under that name, or holds the file.
    """
    for pause in (*_WINDOWS_PAUSES, None):
        try:
            folder.rename_if_free(aside, note)
        except PermissionError:
            if pause is None:
                said = f"another program holds it; its text is in {aside}, in the same folder"
                raise OSError(errno.EBUSY, said, note) from None
            sleep(pause)
        else:
            return


def _explain_windows(code: int, note: str) -> OSError:
    meaning = {
        2: errno.ENOENT,
        3: errno.ENOENT,
        5: errno.EACCES,
        32: errno.EBUSY,
        33: errno.EBUSY,
        1175: errno.EBUSY,
        1176: errno.EBUSY,
        1177: errno.EBUSY,
        112: errno.ENOSPC,
    }
    number = meaning.get(code, errno.EIO)
    return OSError(number, f"{os.strerror(number)} (Windows error {code})", note)


_SWAPS: dict[str, Callable[[Folder, str, str, str], None]] = {"win32": _swap_on_windows}
