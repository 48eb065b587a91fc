"""The folders of a vault, held open, so that neither a link nor a rename leads us astray."""

from __future__ import annotations

import errno
import itertools
import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple, Self

from vault_sync.errors import NoteError, Problem, explain_read
from vault_sync.files import platform

_FORBIDDEN_PARTS = frozenset({"", ".", ".."})


class Folder:
    """One open folder. Closed when nobody refers to it any more.

    Where the system has no folder descriptors (Windows), names are joined to the folder's path
    instead.

    Attributes:
        descriptor: the open folder, or None.
        identity: device and inode, by which it is known again.
    """

    __slots__ = ("__weakref__", "_prefix", "descriptor", "identity")

    def __init__(self, place: str, parent: Folder | None = None) -> None:
        """Open a folder.

        Args:
            place: its name in `parent`, or a path where there is none.
            parent: the folder it lies in.

        Raises:
            OSError: if it is a link, no folder, or may not be opened.
        """
        self.descriptor: int | None = None
        path = place if parent is None else parent.place(place)
        if platform.HAS_DESCRIPTORS:
            flags = platform.FOLDER_FLAGS if parent else platform.FOLDER_FLAGS & ~os.O_NOFOLLOW
            holder = None if parent is None else parent.descriptor
            self.descriptor = os.open(path, flags, dir_fd=holder)
            facts = os.fstat(self.descriptor)
            self._prefix = ""
        else:
            facts = _check_folder(path, is_root=parent is None)
            self._prefix = path + os.sep
        self.identity = (facts.st_dev, facts.st_ino)

    def __del__(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def place(self, name: str) -> str:
        """Return the path to hand to the system for a name in this folder."""
        return self._prefix + name

    def open_to_read(self, name: str) -> int:
        """Open a file without following a link and without ever waiting."""
        return os.open(self._prefix + name, platform.READ_FLAGS, dir_fd=self.descriptor)

    def list_names(self) -> list[str]:
        """Return the names of all that lies in it."""
        return os.listdir(self._prefix if self.descriptor is None else self.descriptor)  # noqa: PTH208 - a descriptor has no path

    def create(self, name: str, mode: int = 0o600) -> int:
        """Create a file and open it for writing; unless a mode is given, only we may open it."""
        return os.open(self._prefix + name, platform.CREATE_FLAGS, mode, dir_fd=self.descriptor)

    def inspect(self, name: str) -> os.stat_result:
        """Return the facts of what bears a name, without following a link."""
        return os.stat(self._prefix + name, dir_fd=self.descriptor, follow_symlinks=False)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name in this folder, replacing what bears it."""
        os.replace(
            self._prefix + old,
            self._prefix + new,
            src_dir_fd=self.descriptor,
            dst_dir_fd=self.descriptor,
        )

    def rename_if_free(self, old: str, new: str) -> None:
        """Give a file another name in this folder; on Windows a name that something bears is an error."""
        os.rename(
            self._prefix + old,
            self._prefix + new,
            src_dir_fd=self.descriptor,
            dst_dir_fd=self.descriptor,
        )

    def link(self, name: str, second: str) -> None:
        """Give a file a second name."""
        os.link(
            self._prefix + name,
            self._prefix + second,
            src_dir_fd=self.descriptor,
            dst_dir_fd=self.descriptor,
            follow_symlinks=False,
        )

    def unlink(self, name: str) -> None:
        """Remove a name."""
        os.unlink(self._prefix + name, dir_fd=self.descriptor)

    def discard(self, name: str) -> None:
        """Remove a name if it can be removed."""
        try:
            self.unlink(name)
        except OSError:
            return

    def sync(self) -> None:
        """Make the names in this folder survive a power cut, where the system can do that."""
        if self.descriptor is not None:
            platform.sync_file(self.descriptor)


class VaultFolder:
    """The open root of a vault, and the way from it to its notes.

    The folder used last stays open: most notes share a folder. One thread at a time may use it.

    Attributes:
        path: the real path of the vault.
    """

    __slots__ = ("_last", "_last_path", "_root", "path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a vault.

        Raises:
            NoteError: if it is not a folder that can be opened.
        """
        self.path = os.path.realpath(path)
        try:
            self._root = Folder(self.path)
        except OSError as error:
            raise NoteError(Problem(f"The vault cannot be opened: {error.strerror}.")) from error
        self._last_path, self._last = "", self._root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder used last, so that it can be unmounted; the root stays open."""
        self._last_path, self._last = "", self._root

    def locate(self, path: str) -> tuple[Folder, str]:
        """Return the open folder of a note, and the note's name in it.

        Args:
            path: relative to the vault, with ``/``.

        Raises:
            NoteError: if the path leaves the vault, or leads over a link or over what is not a
            folder.
        """
        parent, _, name = path.rpartition("/")
        if name in _FORBIDDEN_PARTS or "\0" in path:
            raise NoteError(Problem("This is not the path of a note inside the vault."))
        if parent != self._last_path or not self._is_last_in_place():
            self._last = self._open_below_root(parent)
            self._last_path = parent
        return self._last, name

    def inspect(self, path: str) -> os.stat_result:
        """Return the facts of what bears a path, without opening it or following it if it is a link.

        Raises:
            OSError: nothing bears it, or it cannot be looked at.
        """
        return self._root.inspect(path)

    def _is_last_in_place(self) -> bool:
        """Say whether the folder used last still bears its path: it may have been renamed."""
        if not self._last_path:
            return True
        try:
            facts = self._root.inspect(self._last_path)
        except OSError:
            return False
        return (facts.st_dev, facts.st_ino) == self._last.identity

    def _open_below_root(self, path: str) -> Folder:
        folder = self._root
        for part in path.split("/") if path else ():
            if part in _FORBIDDEN_PARTS:
                raise NoteError(Problem("This is not the path of a note inside the vault."))
            try:
                folder = Folder(part, folder)
            except OSError as error:
                raise NoteError(Problem(explain_read(error, f"The folder “{path}”"))) from error
        return folder


def resolve_inside(root: VaultFolder, path: str) -> str | None:
    """Follow the symbolic links of a path once.

    Args:
        root: the vault.
        path: relative to the vault, with ``/``.

    Returns:
        The path of the same note without links, relative to the vault; None if it leads out of the
        vault, nowhere, or round in a circle.
    """
    try:
        real = Path(root.path, path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return real.relative_to(root.path).as_posix() if real.is_relative_to(root.path) else None


def _check_folder(path: str, *, is_root: bool) -> os.stat_result:
    """Return the facts of a folder that is known by its path only.

    Raises:
        OSError: if it is a link or not a folder.
    """
    facts = Path(path).stat(follow_symlinks=is_root)
    if platform.is_link(facts):
        raise OSError(errno.ELOOP, "it is a link", path)
    os.scandir(path).close()
    return facts


# The dot-names that a run gives to its own files, and how to know them again after a crash.
#
# ``.vault-sync-20241027T140100-3f2a-1b9c04d2-17.part``: the run, the note (a checksum of its path),
# a number, a kind. A ``.part`` has only ever been written by us. An ``.old`` may hold bytes of the user: a swap puts
# them there.
#
# ``.vault-sync-export-1b9c04d2-5e0c77a1.part``: a file that is no note, such as a calendar, before it bears its
# own name (a checksum of which comes first). It is of no run; the process that writes it holds a lock on it.

UNFINISHED = "part"
DISPLACED = "old"

_PREFIX = ".vault-sync-"
_PATTERN = r"\.vault-sync-(\d{8}T\d{6}-[0-9a-f]{4})-([0-9a-f]{8})-\d{1,12}\.(part|old)"
_EXPORT = r"\.vault-sync-export-([0-9a-f]{8})-[0-9a-f]{8}\.part"
_numbers = itertools.count()


class LeftoverName(NamedTuple):
    """What the name of a leftover says.

    Attributes:
        run_id: the run that made it.
        note_checksum: of the path of the note it belongs to, see `checksum_path`.
        kind: `UNFINISHED` or `DISPLACED`.
    """

    run_id: str
    note_checksum: str
    kind: str


def name_leftover(run_id: str, path: str, kind: str) -> str:
    """Return a name that nothing else bears: always short, whatever the name of the note."""
    return f"{_PREFIX}{run_id}-{checksum_path(path)}-{next(_numbers)}.{kind}"


def is_leftover_name(name: str) -> bool:
    """Say whether a file name is one that only vault-sync gives."""
    return name.startswith(_PREFIX) and re.fullmatch(f"{_PATTERN}|{_EXPORT}", name) is not None


def parse_leftover(name: str) -> LeftoverName | None:
    """Return what the name of a leftover says, or None if it is not one."""
    match = re.fullmatch(_PATTERN, name)
    return LeftoverName(match[1], match[2], match[3]) if match else None


def name_export(name: str) -> str:
    """Return a name that nothing else bears, for a file that is no note until it is whole."""
    return f"{_PREFIX}export-{checksum_path(name)}-{os.urandom(4).hex()}.part"


def is_export_name(name: str, of: str | None = None) -> bool:
    """Say whether a name is one of `name_export`, and for the file named `of` if that is given."""
    match = re.fullmatch(_EXPORT, name)
    return match is not None and (of is None or match[1] == checksum_path(of))


def checksum_path(path: str) -> str:
    """Return eight hexadecimal digits for the path of a note."""
    return f"{zlib.crc32(os.fsencode(path)):08x}"
