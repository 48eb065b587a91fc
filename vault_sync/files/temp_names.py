"""The dot-names that a run gives to its own files, and how to know them again after a crash.

``.vault-sync-20241027T140100-3f2a-1b9c04d2-17.part``: the run, the note (a checksum of its path),
a number, a kind. A ``.part`` has only ever been written by us. An ``.old`` may hold bytes of the user: a swap puts
them there.

``.vault-sync-export-1b9c04d2-5e0c77a1.part``: a file that is no note, such as a calendar, before it bears its
own name (a checksum of which comes first). It is of no run; the process that writes it holds a lock on it.
"""

from __future__ import annotations

import itertools
import os
import re
import zlib
from typing import NamedTuple

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
