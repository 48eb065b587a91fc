"""Files that are no notes and that the user asked for: calendars, pages, configurations, units, hooks."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from vault_sync.files import platform
from vault_sync.files.rescue import sync_folder, write_all

if TYPE_CHECKING:
    from pathlib import Path


def create_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that must not be there yet.

    Args:
        path: where to; its folder has to exist.
        data: all bytes of the file.
        mode: of the file, less what the user's mask takes away.

    Raises:
        FileExistsError: there is one; it is untouched.
        OSError: it could not be written; none of it is left then.
    """
    descriptor = os.open(path, platform.CREATE_FLAGS, mode)
    try:
        write_all(descriptor, data)
        platform.sync_file(descriptor)
    except BaseException:
        os.close(descriptor)
        path.unlink()
        raise
    os.close(descriptor)
    sync_folder(path.parent)


def replace_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; readers see the old one or the new one.

    Args:
        path: where to; its folder has to exist.
        data: all bytes of the file.
        mode: of the file, less what the user's mask takes away.

    Raises:
        OSError: it could not be written; what was there is untouched.
    """
    fresh = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    create_file(fresh, data, mode)
    try:
        fresh.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            fresh.unlink()
        raise
    sync_folder(path.parent)


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
