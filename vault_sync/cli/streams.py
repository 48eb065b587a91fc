"""What goes to standard output as it is (JSON, tables, diffs, pages), and complaints.

Programs get UTF-8 with LF, whatever the locale. On a terminal nothing of a vault may steer it, so
there a text is shown with escapes.
"""

from __future__ import annotations

import io
import sys
from typing import IO

import click

from vault_sync.text import make_lines_printable, render_json


def complain(text: str) -> None:
    """Print on standard error what went wrong; what is named in it may be a stranger's."""
    click.echo(make_lines_printable(text), err=True)


def warn(text: str) -> None:
    """Print on standard error what went wrong, behind our name: where others print as well, such as git."""
    complain(f"vault-sync: {text}")


def make_utf8(stream: IO[str]) -> IO[str]:
    """Have a stream write UTF-8 with LF, and return it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def print_json(value: object, indent: int | None = None) -> None:
    """Print a value as JSON."""
    make_utf8(sys.stdout).write(render_json(value, indent) + "\n")


def print_text(text: str) -> None:
    """Print a text that a file or a program is to get byte by byte."""
    if sys.stdout.isatty():
        click.echo(make_lines_printable(text), nl=False)
    else:
        make_utf8(sys.stdout).write(text)


def print_bytes(data: bytes) -> None:
    """Print the bytes of a text in UTF-8, with the line ends that it has."""
    if sys.stdout.isatty():
        print_text(data.decode("utf-8", "replace").replace("\r\n", "\n"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
