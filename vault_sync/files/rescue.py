"""Rescue copies: bytes of the user that could not stay in their note, never overwritten."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.files import platform

if TYPE_CHECKING:
    from pathlib import Path

_MAX_NAME_BYTES = 180


class RescueShelf(NamedTuple):
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
    if platform.HAS_DESCRIPTORS:
        descriptor = os.open(folder, platform.FOLDER_FLAGS)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
