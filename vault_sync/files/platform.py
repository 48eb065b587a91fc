"""What operating systems do differently about files, behind one set of names.

Each difference is one function, or one row of a table keyed by ``sys.platform``. The rows for macOS
and Windows follow the vendors' documentation and are tested with fake libraries; this project has
not run them on those systems. Only this module and `swap` know which system they are on.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HAS_DESCRIPTORS = os.open in os.supports_dir_fd
"""Whether folders can be held open, so that a renamed folder cannot lead a write astray."""

_EXTRA = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _EXTRA
CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _EXTRA
FOLDER_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _EXTRA

_SF_DATALESS = 0x40000000  # macOS <sys/stat.h>
_RECALL_ATTRIBUTES = (
    0x1000 | 0x40000 | 0x400000
)  # Windows: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
# Windows: the bit of a reparse tag that marks what stands for something elsewhere, links and junctions
# (Microsoft Learn, "Reparse Point Tags").
_NAME_SURROGATE = 0x20000000
_COPYFILE_ACL_AND_XATTR = 0b101  # macOS <copyfile.h>: COPYFILE_ACL | COPYFILE_XATTR
_BEYOND_ANY_JOURNAL = 1 << 40


class Lease(Enum):
    """What the system says about writers of an open file."""

    GRANTED = "nobody has the file open for writing"
    WRITER = "somebody has the file open for writing"
    UNKNOWN = "the system or the file system cannot tell"


def is_placeholder(descriptor: int, facts: os.stat_result) -> bool:
    """Say whether the bytes of a file are still in the cloud: reading would download or block.

    Args:
        descriptor: the file, open for reading; nothing is read from it.
        facts: its `os.fstat`.
    """
    return may_be_placeholder(facts) and (is_marked(facts) or _is_one_hole(descriptor))


def may_be_placeholder(facts: os.stat_result) -> bool:
    """Say whether a file may be a placeholder, as far as that can be told without opening it."""
    return is_marked(facts) or (facts.st_size != 0 and getattr(facts, "st_blocks", 1) == 0)


def is_marked(facts: os.stat_result) -> bool:
    """Say whether the system itself marks a file as one whose bytes are elsewhere."""
    flags, attributes = getattr(facts, "st_flags", 0), getattr(facts, "st_file_attributes", 0)
    return bool(flags & _SF_DATALESS or attributes & _RECALL_ATTRIBUTES)


def _is_one_hole(descriptor: int) -> bool:
    """Say whether a file of some length holds no data at all; a tiny one may live in its inode."""
    if not hasattr(os, "SEEK_DATA"):
        return False
    try:
        os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError as error:
        return error.errno == errno.ENXIO
    os.lseek(descriptor, 0, os.SEEK_SET)
    return False


def is_link(facts: os.stat_result) -> bool:
    """Say whether `facts` (of `os.lstat`) are those of a symbolic link or of a Windows junction."""
    return stat.S_ISLNK(facts.st_mode) or bool(
        getattr(facts, "st_reparse_tag", 0) & _NAME_SURROGATE
    )


def effective_user() -> int | None:
    """Return the number of the user who runs this process, or None where users have no numbers."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def sync_file(descriptor: int) -> None:
    """Make the bytes of a file survive a power cut.

    On macOS plain ``fsync`` leaves them in the drive's cache; ``F_FULLFSYNC`` does not (Apple,
    fsync(2)).
    """
    full = getattr(_fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(descriptor)
        return
    try:
        _fcntl.fcntl(descriptor, full)
    except OSError:
        os.fsync(descriptor)


def bears_name(descriptor: int, name: str | os.PathLike[str]) -> bool:
    """Say whether a name still leads to an open file: it may have been deleted or replaced since."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(name))
    except OSError:
        return False


def open_private(name: str, flags: int) -> int:
    """Open a file as `open` does (its ``opener``); if this makes the file, only its owner may open it."""
    return os.open(name, flags, 0o600)


def take_lease(descriptor: int) -> Lease:
    """Ask whether a file is open (or mapped) for writing, and be told when somebody wants that.

    The lease ends when the descriptor is closed. Until then an ``open`` for writing waits for us,
    so a lease is held for microseconds only. The signal of a broken lease is set to SIGURG, which
    is ignored by default: the usual SIGIO would end the process (Linux, fcntl(2), "Leases").
    """
    if not hasattr(_fcntl, "F_SETLEASE"):
        return Lease.UNKNOWN
    from signal import SIGURG  # noqa: PLC0415 - for a quick start: it is for those who write

    try:
        _fcntl.fcntl(descriptor, _fcntl.F_SETSIG, SIGURG)
        _fcntl.fcntl(descriptor, _fcntl.F_SETLEASE, _fcntl.F_RDLCK)
    except OSError as error:
        return Lease.WRITER if error.errno == errno.EAGAIN else Lease.UNKNOWN
    return Lease.GRANTED


def is_lease_whole(descriptor: int) -> bool:
    """Say whether nobody has asked to write the file since `take_lease` granted a lease on it."""
    return bool(_fcntl.fcntl(descriptor, _fcntl.F_GETLEASE) == _fcntl.F_RDLCK)


def drop_lease(descriptor: int) -> None:
    """Give a lease back, so that a waiting writer may go on."""
    _fcntl.fcntl(descriptor, _fcntl.F_SETLEASE, _fcntl.F_UNLCK)


def try_lock(descriptor: int) -> bool:
    """Lock an open file against our own other processes; False where one of them holds it already.

    The lock ends with the process, however it ends.
    """
    try:
        if _fcntl is not None:
            _fcntl.flock(descriptor, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        else:
            _lock_one_byte(descriptor)
    except OSError:
        return False
    return True


def _lock_one_byte(descriptor: int) -> None:
    """Lock a byte that no journal reaches: a Windows lock keeps readers from what it covers."""
    msvcrt = _load_module("msvcrt")
    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, _BEYOND_ANY_JOURNAL, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    finally:
        os.lseek(descriptor, place, os.SEEK_SET)


def copy_apple_metadata(source: int, target: int) -> None:
    """Copy the ACL and the extended attributes (Finder tags) of an open file, with fcopyfile(3).

    Raises:
        OSError: if something of them cannot be kept.
    """
    import ctypes  # noqa: PLC0415 - for a quick start

    libc = load_libc()
    if libc.fcopyfile(source, target, None, _COPYFILE_ACL_AND_XATTR) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def load_libc() -> Any:
    """Return the C library, with errno kept for us."""
    import ctypes  # noqa: PLC0415 - for a quick start

    return ctypes.CDLL(None, use_errno=True)


def load_kernel32() -> Any:
    """Return the kernel library of Windows, with the error of each call kept for us."""
    import ctypes  # noqa: PLC0415 - for a quick start

    loader: Any = getattr(ctypes, "WinDLL")  # noqa: B009 - the attribute exists on Windows only
    return loader("kernel32", use_last_error=True)


def read_windows_error() -> int:
    """Return the error number of the last call of `load_kernel32`'s library; 0 where it gave none.

    What Python itself calls in between cannot change it (ctypes, "use_last_error").
    """
    import ctypes  # noqa: PLC0415 - for a quick start

    read: Callable[[], int] = getattr(ctypes, "get_last_error")  # noqa: B009 - Windows only
    return read()


def _load_module(name: str) -> Any:
    """Import a module that only some systems have."""
    return __import__(name)


_fcntl: Any = None if sys.platform == "win32" else _load_module("fcntl")

COPY_FOREIGN_METADATA: dict[str, Callable[[int, int], None]] = {"darwin": copy_apple_metadata}
"""Systems on which Python has no extended attributes, and what copies them there."""


# Times of files. Creation times can be set on macOS and Windows only; Linux has no call for that.

_SINCE_1601: Final = 116_444_736_000_000_000  # 1970 in the ticks of 100 ns that Windows counts
_ATTR_BIT_MAP_COUNT: Final = 5  # macOS <sys/attr.h>
_ATTR_CMN_CRTIME: Final = 0x200
_AT_FDCWD: Final = -100  # Linux <fcntl.h>, <linux/stat.h>
_AT_SYMLINK_NOFOLLOW: Final = 0x100
_STATX_BTIME: Final = 0x800
_STATX_BYTES: Final = 256
_STX_BTIME: Final = 80  # where the time stands in struct statx


def find_birth(facts: os.stat_result) -> int | None:
    """Return when a file was made, in nanoseconds since 1970, where the system tells and can set that."""
    return _FIND_BIRTH[sys.platform](facts) if sys.platform in _FIND_BIRTH else None


def read_birth(path: str) -> int | None:
    """Return when a file was made, in nanoseconds since 1970; None where nothing tells it.

    A link is not followed. Linux tells it by statx(2), which Python has no function for.
    """
    try:
        if sys.platform == "linux":
            return _ask_statx(os.fsencode(path))
        return find_birth(os.lstat(path))
    except (OSError, AttributeError, ValueError):
        return None


def _ask_statx(path: bytes) -> int | None:
    import ctypes  # noqa: PLC0415 - few formulas ask for this

    found = ctypes.create_string_buffer(_STATX_BYTES)
    at, flags = ctypes.c_int(_AT_FDCWD), ctypes.c_int(_AT_SYMLINK_NOFOLLOW)
    if ctypes.CDLL(None).statx(at, path, flags, ctypes.c_uint(_STATX_BTIME), found):
        return None
    (told,) = struct.unpack_from("=I", found)
    seconds, nanoseconds = struct.unpack_from("=qI", found, _STX_BTIME)
    return seconds * 10**9 + nanoseconds if told & _STATX_BTIME else None


def set_times(descriptor: int, mtime_ns: int, birth_ns: int | None) -> None:
    """Set when an open file was last written and, on macOS and Windows, when it was made.

    Args:
        descriptor: the file, open for writing.
        mtime_ns: nanoseconds since 1970.
        birth_ns: the same for its creation, None to leave that. A disk that keeps none is no error.

    Raises:
        OSError: the time of the last write cannot be set.
    """
    _SET_TIMES.get(sys.platform, _set_modified)(descriptor, mtime_ns, birth_ns)


def _set_modified(descriptor: int, mtime_ns: int, _birth_ns: int | None) -> None:
    os.utime(descriptor, ns=(os.fstat(descriptor).st_atime_ns, mtime_ns))


def _set_apple_times(descriptor: int, mtime_ns: int, birth_ns: int | None) -> None:
    """Use fsetattrlist(2) for the creation: behind utimes(2), which makes a file no younger than its write."""
    import ctypes  # noqa: PLC0415 - for a quick start

    _set_modified(descriptor, mtime_ns, None)
    if birth_ns is not None:
        wanted = struct.pack("=HHIIIII", _ATTR_BIT_MAP_COUNT, 0, _ATTR_CMN_CRTIME, 0, 0, 0, 0)
        value = struct.pack("=qq", *divmod(birth_ns, 10**9))
        load_libc().fsetattrlist(descriptor, wanted, value, ctypes.c_size_t(len(value)), 0)


def _set_windows_times(descriptor: int, mtime_ns: int, birth_ns: int | None) -> None:
    """Use SetFileTime (Microsoft Learn): the time of creation, of access (left), of the last write."""
    import ctypes  # noqa: PLC0415 - for a quick start

    handle = ctypes.c_void_p(_load_module("msvcrt").get_osfhandle(descriptor))
    made, written = (
        None if time is None else ctypes.byref(ctypes.c_uint64(time // 100 + _SINCE_1601))
        for time in (birth_ns, mtime_ns)
    )
    if not load_kernel32().SetFileTime(handle, made, None, written):
        code = read_windows_error()
        raise OSError(errno.EACCES, f"{os.strerror(errno.EACCES)} (Windows error {code})")


_SET_TIMES: dict[str, Callable[[int, int, int | None], None]] = {
    "darwin": _set_apple_times,
    "win32": _set_windows_times,
}
_FIND_BIRTH: dict[str, Callable[[os.stat_result], int]] = {
    # Python tells it as seconds there: what is set is that to the microsecond.
    "darwin": lambda facts: round(getattr(facts, "st_birthtime") * 1e9),  # noqa: B009 - macOS only
    "win32": lambda facts: getattr(facts, "st_birthtime_ns", facts.st_ctime_ns),
}

KEEPS_BIRTH: Final = sys.platform in _FIND_BIRTH
"""Whether this system lets a file have the creation time of another one."""
