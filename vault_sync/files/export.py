"""Files that are no notes and that the user asked for: calendars, pages, configurations, units, hooks.

They are written in a folder that is held open, so neither a link nor a rename leads them astray.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from io import FileIO
from typing import TYPE_CHECKING, Final

from vault_sync.files import platform
from vault_sync.files.folder import Folder
from vault_sync.files.leftovers import is_export_name, name_export
from vault_sync.files.rescue import sync_folder, write_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
