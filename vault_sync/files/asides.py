"""A file of ours in a place where one of the user's may stand already, and its way back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_sync.files.export import create_file, replace_file
from vault_sync.files.rescue import sync_folder

if TYPE_CHECKING:
    from pathlib import Path


def take_place(path: Path, data: bytes, mode: int, aside: Path) -> None:
    """Write a file; what stands in its place goes on under another name, never unseen.

    Readers find the old file or the new one at every moment.

    Args:
        path: where to. Its folder is made if it is not there.
        data: all bytes of the file.
        mode: of the file, less what the user's mask takes away.
        aside: the name in the same folder under which the old file, or link, goes on.

    Raises:
        FileExistsError: `aside` is taken, so nothing was changed.
        OSError: it could not be written; what was there is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    has_aside = os.path.lexists(aside)
    if has_aside and not _is_half_done(path, aside):
        raise FileExistsError(f"{aside.name} is there already")
    if not os.path.lexists(path):
        create_file(path, data, mode)
        return
    if not has_aside:
        os.link(path, aside, follow_symlinks=False)
    try:
        replace_file(path, data, mode)
    except BaseException:
        aside.unlink()
        raise


def _is_half_done(path: Path, aside: Path) -> bool:
    """Say whether both names are of one file: a run was killed before ours could take its place."""
    return os.path.lexists(path) and os.path.samestat(path.lstat(), aside.lstat())


def give_place_back(path: Path, aside: Path) -> None:
    """Take a file of ours away, and let what had to step aside for it come back.

    Raises:
        OSError: it could not be done; both are where they were.
    """
    if os.path.lexists(aside):
        aside.replace(path)
    else:
        path.unlink()
    sync_folder(path.parent)
