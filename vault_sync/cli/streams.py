"""What goes to standard output as it is (JSON, tables, diffs, pages), and complaints.

Programs get UTF-8 with LF, whatever the locale. On a terminal nothing of a vault may steer it, so
there a text is shown with escapes.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import IO, TYPE_CHECKING, Any, Final

import click

from vault_sync.cli.language import translate
from vault_sync.text import make_lines_printable, render_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import ReadableBuffer

JSON_VERSION: Final = 1
"""Of the objects that ``--format json`` prints: `vault_sync/schemas/output-1.json` describes them."""

# A pipe whose reader has ended; a terminal whose window was closed.
_READER_GONE: Final = frozenset(
    {errno.EPIPE, errno.EIO} | ({errno.EINVAL} if os.name == "nt" else set())
)


class _Output(io.FileIO):
    """Standard output whose reader may end before we do, as `head` does: the rest is for nobody.

    Nothing is raised then, for what a run writes must not depend on who looks on.
    """

    opened: IO[str]

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes, as long as somebody is there to read them."""
        try:
            return super().write(data) or 0
        except OSError as error:
            if error.errno not in _READER_GONE or stat.S_ISREG(os.fstat(self.fileno()).st_mode):
                raise
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, self.fileno())
        os.close(nobody)
        return memoryview(data).nbytes


def outlive_readers() -> None:
    """Let no write to standard output or error fail because its reader has ended."""
    sys.stdout, sys.stderr = _outlive_reader(sys.stdout), _outlive_reader(sys.stderr)


def _outlive_reader(stream: IO[str]) -> IO[str]:
    # A console of Windows takes text and not bytes; nobody ends reading one.
    if not isinstance(stream, io.TextIOWrapper) or (os.name == "nt" and stream.isatty()):
        return stream
    output = _Output(stream.fileno(), "w", closefd=False)
    output.opened = stream  # which would close the file if nobody had it any more
    is_buffered = isinstance(stream.buffer, io.BufferedWriter)  # see PYTHONUNBUFFERED
    return io.TextIOWrapper(
        io.BufferedWriter(output) if is_buffered else output,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def has_reader() -> bool:
    """Say whether somebody still reads standard output, as far as can be known; for what has no end."""
    import select

    sys.stdout.flush()
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except OSError:  # it is no file, as in a program that calls us
        return True
    return not poll.poll(0)  # what is told unasked: that the other end is gone


def complain(text: str) -> None:
    """Print on standard error what went wrong; what is named in it may be a stranger's."""
    click.echo(make_lines_printable(translate(text)), err=True)


def warn(text: str) -> None:
    """Print on standard error what went wrong, behind our name: where others print as well, such as git."""
    complain(f"vault-sync: {text}")


def make_utf8(stream: IO[str]) -> IO[str]:
    """Have a stream write UTF-8 with LF, and return it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def print_json(value: Mapping[str, object], indent: int | None = None) -> None:
    """Print an object of JSON, the version of its form in front."""
    make_utf8(sys.stdout).write(render_json({"version": JSON_VERSION, **value}, indent) + "\n")


class ListedObject:
    """An object of JSON with a list that is printed item by item, and something behind the list.

    Whatever ends the run, it ends as an object: `print_error` completes one that was begun.

    Args:
        stream: where it goes.
        head: what stands before the list.
        name: of the list.
    """

    _begun: list[ListedObject] = []  # noqa: RUF012 - standard output is one for the process, too

    def __init__(self, stream: IO[str], head: Mapping[str, object], name: str) -> None:
        self._stream = make_utf8(stream)
        self._separator = "\n"
        self._begun.append(self)
        start = render_json({"version": JSON_VERSION, **head})[:-1]
        self._stream.write(f'{start}, "{name}": [')

    def add(self, item: Mapping[str, object]) -> None:
        """Print an item of the list."""
        self._stream.write(self._separator + render_json(item))
        self._separator = ",\n"

    def end(self, tail: Mapping[str, object]) -> None:
        """Print what stands behind the list."""
        self._begun.remove(self)
        self._stream.write(f"\n], {render_json(tail)[1:]}\n")

    @classmethod
    def forget_begun(cls) -> None:
        """Begin anew: what an earlier run left open concerns nobody any more."""
        cls._begun.clear()

    @classmethod
    def end_begun(cls, tail: Mapping[str, object]) -> bool:
        """End what was begun, and say whether there was anything."""
        begun = [*cls._begun]
        for one in begun:
            one.end(tail)
        return bool(begun)


def is_json_asked(arguments: Sequence[str]) -> bool:
    """Say whether a command line asks for JSON, even one with mistakes in it."""
    pairs = zip(arguments, (*arguments[1:], ""), strict=True)
    return any(one == "--format=json" or (one, two) == ("--format", "json") for one, two in pairs)


def print_error(code: int, message: str, problems: Sequence[Mapping[str, Any]] = ()) -> None:
    """Print as JSON what ended a run.

    Args:
        code: the exit code.
        message: a sentence.
        problems: each thing that is wrong, with its place.
    """
    error = {"error": {"code": code, "message": message, "problems": [*problems]}}
    if not ListedObject.end_begun(error):
        print_json(error)


def print_text(text: str) -> None:
    """Print a text that a file or a program is to get byte by byte."""
    if sys.stdout.isatty():
        click.echo(make_lines_printable(text), nl=False)
    else:
        make_utf8(sys.stdout).write(text)
        sys.stdout.flush()  # what is said next on standard error comes next


def print_bytes(data: bytes) -> None:
    """Print the bytes of a text in UTF-8, with the line ends that it has."""
    if sys.stdout.isatty():
        print_text(data.decode("utf-8", "replace").replace("\r\n", "\n"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
