"""Files of the state folder that can be done without: whole or not at all, and never waited for."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_cache_file(file: Path, data: bytes) -> None:
    """Write a file, in the place of an older one. That it cannot be written is no reason to complain.

    It is not brought to the disk at once: whoever reads it finds out whether it is damaged.

    Args:
        file: where to; its folder is made if only that is missing.
        data: all of its bytes.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
