"""The same call again: is it known to find nothing to do? Asked before the program is loaded.

A hook of an editor, a shell prompt or a timer calls `refresh` again and again, and mostly in vain.
To load the program takes longer than to look at every note of a vault, so a run that found nothing
to do (`vault_sync.quiet.noting`) leaves a record of all that it depends on.
"""

from __future__ import annotations

import os
import sys
import time
import zlib

from vault_sync import __version__
from vault_sync.quiet.record import sign, unpack
from vault_sync.state.base import find_base

TYPE_CHECKING = False  # that of `typing` takes long to load
if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = "quiet"
COMMAND = "refresh"
_VARIABLES = (
    "COLUMNS", "FORCE_COLOR", "GIT_INDEX_FILE", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE",
    "LC_MESSAGES", "LC_TIME", "LOCALAPPDATA", "NO_COLOR", "PYTHONTZPATH", "TERM", "TZ",
    "VAULT_SYNC_STATE", "XDG_STATE_HOME",
)  # fmt: skip


def repeat_quiet_run(arguments: Sequence[str], now: float) -> bool:
    """Say what the same call said before, if it is certain that it would say it again.

    Args:
        arguments: behind the program's name.
        now: seconds since 1970.

    Returns:
        Whether that was so; if not, the program has to be run.
    """
    if COMMAND not in arguments or arguments[-1].endswith(".md"):  # one note is never remembered
        return False
    try:
        call = name_call(arguments)
        with open(find_record(call), "rb") as file:  # noqa: PTH123 - pathlib takes long to load
            run = unpack(file.read())
        is_same = run.still_holds(call, now)
    except (OSError, ValueError):  # there is none, it is damaged, or something is not as it was
        return False
    if is_same and run.said:
        sys.stderr.write(run.said + "\n")
    return is_same


def name_call(arguments: Sequence[str]) -> str:
    """Return all that makes two calls the same, but for the clock and what is on the disk.

    Raises:
        OSError: there is no working folder any more.
    """
    program = sign(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120 - as above
    zone = (time.tzname, time.timezone, time.altzone)
    values = [os.environ.get(name) for name in _VARIABLES]
    return repr((__version__, program, os.getcwd(), zone, values, list(arguments)))  # noqa: PTH109 - as above


def find_record(call: str) -> str:
    """Return the path of the record of a call."""
    number = zlib.crc32(call.encode("utf-8", "surrogateescape"))
    return f"{find_base()}/{FOLDER}/{number:08x}"
