"""Other programs that we start: found where the user has installed them, never in a vault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
