"""Runs a program in a terminal of a given width, and returns what its user sees."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LINES: Final = 40
_BLOCK: Final = 65536


def run_in_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = 80
) -> tuple[str, int]:
    """Return what a program prints on a terminal, both its channels as they come, and its exit code.

    Args:
        command: the program and its arguments.
        folder: the working folder.
        environment: its variables.
        columns: how wide the terminal is.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    # The size is that of the terminal, whatever a variable says.
    bare = {name: text for name, text in environment.items() if name not in {"COLUMNS", "LINES"}}
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, cwd=folder, env=bare, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        printed = bytearray()
        while block := _read(ours):
            printed += block
    os.close(ours)
    return printed.decode("utf-8", "replace").replace("\r\n", "\n"), process.returncode


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, _BLOCK)
    except OSError:  # Linux: nobody has it open any more
        return b""
