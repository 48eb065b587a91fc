"""Files that another program is to read and that nobody misses: written without waiting for the disk."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.files import platform
from vault_sync.files.export import write_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
