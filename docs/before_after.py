"""Pictures of screens as they were and as they are: a student's vault with ten broken notes, 80 columns wide.

As they were is what the program printed at `BEFORE`, a commit of this project's history; it is taken out of
git and run by this Python. Without that history its pictures stay as they are.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from docs.example_student import make_student
from docs.real_terminal import run_in_terminal
from docs.terminal_picture import draw_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEFORE: Final = "553e459"
NAMES_BEFORE: Final = ("before-refresh.svg", "before-due.svg")
_COLUMNS: Final = 80
_PARTS: Final = re.compile(r"\x1b\[[0-9;]*m|.")  # a code for a colour, or a letter
_SCREEN: Final = 24  # lines of a small terminal
_DAY: Final = "2024-10-27"
_COMMANDS: Final = {"refresh": f"refresh --now {_DAY}T09:00", "due": f"due --on {_DAY}"}
_LANGUAGES: Final = {"": "C.UTF-8", ".ko": "ko_KR.UTF-8"}


def draw_screens(folder: Path, root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of what is printed now, in both languages.

    Args:
        folder: to work in.
        root: of the project.
    """
    for ending, locale in _LANGUAGES.items():
        for name, picture in _draw(folder, root, locale):
            yield f"after-{name}{ending}.svg", picture


def draw_screens_before(folder: Path, root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of what was printed before; none where git does not have that commit.

    Args:
        folder: to work in.
        root: of the project.
    """
    old = subprocess.run(  # noqa: S603 - git, as it is found
        ["git", "archive", BEFORE, "vault_sync"],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=False,
    )
    if old.returncode:
        return
    with tarfile.open(fileobj=io.BytesIO(old.stdout)) as archive:
        archive.extractall(folder / "before", filter="data")
    for name, picture in _draw(folder, folder / "before", "C.UTF-8"):
        yield f"before-{name}.svg", picture


def _draw(folder: Path, program: Path, locale: str) -> Iterator[tuple[str, bytes]]:
    """Yield what each command prints on the morning after a first refresh."""
    shutil.rmtree(folder / "student", ignore_errors=True)
    make_student(folder / "student")
    environment = {name: text for name, text in os.environ.items() if name != "NO_COLOR"} | {
        "PYTHONPATH": str(program),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "LC_ALL": locale,
        "TERM": "xterm-256color",
        "VAULT_SYNC_STATE": str(folder / f"state-{program.name}-{locale}"),
    }
    vault = folder / "student"
    first = [sys.executable, "-m", "vault_sync", "-q", "refresh", "--now", "2024-10-26T09:00"]
    run_in_terminal(first, vault, environment, _COLUMNS)
    for name, command in _COMMANDS.items():
        words = [sys.executable, "-m", "vault_sync", *command.split()]
        printed, _ = run_in_terminal(words, vault, environment, _COLUMNS)
        lines = [row for line in printed.splitlines() for row in _wrap(line)]
        rest = len(lines) - _SCREEN
        shown = lines[:_SCREEN] + ([f"\x1b[2m… {rest} more\x1b[0m"] if rest > 0 else [])
        yield name, draw_terminal([f"$ vault-sync {command}", *shown])


def _wrap(line: str) -> Iterator[str]:
    """Yield a line as a terminal breaks it, each row in the colour that the one before ended in."""
    row, look, cells = "", "", 0
    for part in _PARTS.findall(line):
        width = 0 if part.startswith("\x1b") else cell_len(part)
        if cells + width > _COLUMNS:
            yield row
            row, cells = look, 0
        look = part if part.startswith("\x1b") else look
        row += part
        cells += width
    yield row
