"""Other programs that we start: found where the user has installed them, never in a vault. And this one."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLLECT_AFTER: Final = 50_000  # new objects


def collect_garbage_seldom() -> None:
    """Let Python look for unused objects less often than it does by itself, which is every 700 new ones.

    What is made while a program loads stays. To look through it again and again would take longer than
    anything else that a hook does for one note.
    """
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def find_program(name: str) -> str | None:
    """Return the absolute path of a program, None where there is none on the PATH.

    Parts of the PATH that are empty or relative are passed over: they mean the working folder, which
    may be a stranger's vault. Windows would search that folder before all others.

    Args:
        name: of the program, without the ending that it has on Windows; or its absolute path.
    """
    file = f"{name}.exe" if os.name == "nt" and not name.endswith(".exe") else name
    for folder in _list_folders(os.environ):
        program = Path(folder, file)
        if os.access(program, os.X_OK) and program.is_file():
            return str(program)
    return None


def make_path(environment: Mapping[str, str]) -> str:
    """Return the PATH for a program, without the working folder: it may start others by name.

    An empty PATH would mean the working folder once more.
    """
    return os.pathsep.join(_list_folders(environment)) or os.devnull


def _list_folders(environment: Mapping[str, str]) -> list[str]:
    return [folder for folder in os.get_exec_path(environment) if Path(folder).is_absolute()]
