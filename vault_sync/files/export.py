"""Files that are not notes: those the user asked for, rescue copies, and replaced files that are kept.

They are written in a folder that is held open, so neither a link nor a rename leads them astray.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import KeptFileError, NoteError, Problem, explain_read
from vault_sync.files import platform
from vault_sync.files.folder import Folder, is_export_name, name_export
from vault_sync.files.read import read_stable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from vault_sync.files.folder import VaultFolder


_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def create_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that must not be there yet; see `create_in`.

    Raises:
        OSError: its folder cannot be opened.
    """
    create_in(Folder(os.fspath(path.parent)), path.name, data, mode)


def replace_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; see `replace_in`.

    Raises:
        OSError: its folder cannot be opened.
    """
    replace_in(Folder(os.fspath(path.parent)), path.name, data, mode)


def create_in(folder: Folder, name: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file that must not be there yet, whole or not at all.

    Args:
        folder: where to.
        name: of the file.
        data: all of its bytes.
        mode: of the file, less what the user's mask takes away.

    Raises:
        FileExistsError: there is one; it is untouched.
        OSError: it could not be written; none of it is left then.
    """

    def publish(part: str) -> None:
        try:
            folder.link(part, name)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.close(folder.create(name, mode))  # takes the name; a file system without links
            folder.rename(part, name)
        else:
            folder.unlink(part)

    _write(folder, name, data, mode, publish)


def replace_in(folder: Folder, name: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; readers see the old one or the new one.

    Args:
        folder: where to.
        name: of the file.
        data: all of its bytes.
        mode: of the file, less what the user's mask takes away.

    Raises:
        OSError: it could not be written; what was there is untouched.
    """
    _write(folder, name, data, mode, lambda part: folder.rename(part, name))


def _write(
    folder: Folder, name: str, data: bytes, mode: int, publish: Callable[[str], None]
) -> None:
    """Write a file under a name of ours, locked for as long, and let it be published."""
    _drop_older(folder, name)
    part = name_export(name)
    with FileIO(folder.create(part, mode), "w") as file:
        try:
            platform.try_lock(file.fileno())
            write_all(file.fileno(), data)
            platform.sync_file(file.fileno())
            if not platform.HAS_DESCRIPTORS:
                file.close()  # Windows renames no open file
            publish(part)
        except BaseException:
            folder.discard(part)
            raise
    folder.sync()


def _drop_older(folder: Folder, name: str) -> None:
    """Remove what was left of the same file by a process that was killed."""
    for found in folder.list_names():
        if is_export_name(found, of=name):
            with suppress(OSError):
                drop_abandoned(folder, found)


def drop_abandoned(folder: Folder, name: str) -> bool:
    """Remove an unfinished file of ours unless a process is still writing it; say whether it is gone.

    Raises:
        OSError: it cannot be looked at or removed.
    """
    descriptor = folder.open_to_read(name)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode) or not platform.try_lock(descriptor):
            return False
        folder.unlink(name)
    finally:
        os.close(descriptor)
    return True


def remove_file(path: Path) -> bool:
    """Take away a file that `create_file` or `replace_file` wrote, and say whether there was one.

    Raises:
        OSError: it could not be taken away.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


# Rescue copies: bytes of the user that could not stay in their note, never overwritten.

_MAX_NAME_BYTES = 180


class RescueFolder(NamedTuple):
    """Where one run keeps its rescue copies.

    Attributes:
        folder: the rescue folder of the state folder; made when the first copy needs it.
        run_id: starts the names of the copies, so that they sort by time.
    """

    folder: Path
    run_id: str

    def keep(self, path: str, data: bytes) -> Path:
        """Write a rescue copy, and return only when it would survive a power cut.

        Args:
            path: of the note the bytes belong to, relative to the vault.
            data: the bytes.

        Raises:
            OSError: if the copy could not be written; none of it is left then.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy, descriptor = self._create(path.rpartition("/")[2])
        try:
            _write_through(descriptor, data)
        except BaseException:
            copy.unlink()
            raise
        sync_folder(self.folder)
        return copy

    def _create(self, name: str) -> tuple[Path, int]:
        short = os.fsencode(name)[-_MAX_NAME_BYTES:].decode("utf-8", "ignore")
        number = 1
        while True:
            copy = self.folder / f"{self.run_id}-{number} {short}"
            try:
                return copy, os.open(copy, platform.CREATE_FLAGS, 0o600)
            except FileExistsError:
                number += 1


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes, however few the system takes at a time."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def _write_through(descriptor: int, data: bytes) -> None:
    try:
        write_all(descriptor, data)
        platform.sync_file(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system lets folders be synced."""
    Folder(os.fspath(folder)).sync()


# A file of ours in a place where one of the user's may stand already, and its way back.


def replace_keeping(path: Path, data: bytes, mode: int, kept: Path) -> None:
    """Write a file; what stands in its place goes on at another path, never unseen.

    Readers find the old file or the new one at every moment.

    Args:
        path: where to. Its folder is made if it is not there.
        data: all bytes of the file.
        mode: of the file, less what the user's mask takes away.
        kept: where the old file, or link, goes on, on the same disk. Its folder is made as well.

    Raises:
        FileExistsError: another file is kept there already, so nothing was changed.
        OSError: it could not be written; what was there is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_kept = os.path.lexists(kept)
    if is_kept and not _is_same(path, kept):
        raise FileExistsError(f"{kept} is there already")
    if not os.path.lexists(path):
        create_file(path, data, mode)
        return
    if not is_kept:
        kept.parent.mkdir(exist_ok=True)
        os.link(path, kept, follow_symlinks=False)
    try:
        replace_file(path, data, mode)
    except BaseException:
        if not is_kept:
            kept.unlink()
        raise


def _is_same(path: Path, kept: Path) -> bool:
    """Say whether two names are of one file, as after a kill in the middle, or of files that are alike."""
    from filecmp import cmp  # noqa: PLC0415 - wanted here only

    try:
        facts = path.lstat(), kept.lstat()
    except OSError:
        return False
    are_files = all(stat.S_ISREG(one.st_mode) for one in facts)
    return os.path.samestat(*facts) or (are_files and cmp(path, kept, shallow=False))


def restore_kept(path: Path, kept: Path) -> None:
    """Take a file of ours away, and let what was kept of the file that it replaced come back.

    Raises:
        OSError: it could not be done; both are where they were.
    """
    if os.path.lexists(kept):
        kept.replace(path)
    else:
        path.unlink()
    sync_folder(path.parent)


def link_kept(kept: Path, path: Path) -> None:
    """Give a file that is kept another path besides, on the same disk.

    Raises:
        FileExistsError: something is there already.
        OSError: it could not be done.
    """
    path.parent.mkdir(exist_ok=True)
    os.link(kept, path, follow_symlinks=False)


_IGNORE: Final = ".gitignore"


def link_neighbours(folder: Path, source: Path, without: Container[str]) -> None:
    """Let a program in one folder find beside it what lies in another, by links that git ignores.

    Where the system makes no links, as Windows does not for everybody, it goes without them.

    Args:
        folder: where the links are made.
        source: what they lead to.
        without: names that get none.
    """
    replace_file(folder / _IGNORE, b"*\n")
    way = os.path.relpath(source, folder)
    for name in os.listdir(source):  # noqa: PTH208 - only names are wanted
        if name not in without and name[0] != ".":
            with suppress(OSError):
                (folder / name).symlink_to(f"{way}/{name}")


def remove_links(folder: Path) -> None:
    """Take away what `link_neighbours` made, and the folder if nothing else is in it."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.is_symlink() or entry.name == _IGNORE:
                entry.unlink()
        folder.rmdir()


# Files that another program is to read and that nobody misses: written without waiting for the disk.


@contextmanager
def make_scratch(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Yield a new folder that this user alone may look into, gone when the context ends.

    Args:
        files: what is in it, by paths with ``/``.

    Raises:
        OSError: it cannot be made.
    """
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - for a quick start

    with TemporaryDirectory(prefix="vault-sync-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_scratch(folder / path, data)
        yield folder


def write_scratch(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file that must not be there yet.

    Args:
        path: where to; its folder has to exist.
        data: all bytes of the file.
        mode: of the file, less what the user's mask takes away.

    Raises:
        OSError: it could not be written; a part of it may be there.
    """
    descriptor = os.open(path, platform.CREATE_FLAGS, mode)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


# Files that the daemon keeps in the vault: the calendar, and the report as a picture or a page.

_HEAD: Final = 1024


def keep_file(root: VaultFolder, path: str, data: bytes, mark: str) -> bool:
    """Bring a file of ours in the vault up to date.

    The path comes from a configuration that may be a stranger's: no link is followed, and nothing
    is replaced that was not made by us.

    Args:
        root: the vault.
        path: in the vault, with ``/`` between folders.
        data: what is to stand in the file.
        mark: what stands near the start of each such file, so that an older one is known again.

    Returns:
        Whether it had to be written.

    Raises:
        KeptFileError: it cannot be kept there; what was there is untouched.
    """
    try:
        folder, name = root.locate(path)
        old = _read_old(folder, name)
    except NoteError as error:
        message = f"{path} cannot be kept up to date: {error.problem.message}"
        raise KeptFileError(message) from error
    if old == data:
        return False
    if old and mark.encode() not in old[:_HEAD]:
        raise KeptFileError(
            f"{path} is there already and was not made by vault-sync, so it was left alone."
            " Name another `file` in .vault-sync.yaml."
        )
    try:
        replace_in(folder, name, data)
    except OSError as error:
        raise KeptFileError(f"{path} was not written: {error.strerror}.") from error
    return True


def _read_old(folder: Folder, name: str) -> bytes:
    """Return what is in the file, nothing where there is none.

    Raises:
        NoteError: it is a link, or cannot be read.
    """
    try:
        return read_stable(folder, name)[0]
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise NoteError(Problem(explain_read(error, "It"))) from error
