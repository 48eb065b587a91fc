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
from typing import IO, TYPE_CHECKING, Final

import click

from vault_sync.text import make_lines_printable, render_json

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
        sys.stdout.flush()  # what is said next on standard error comes next


def print_bytes(data: bytes) -> None:
    """Print the bytes of a text in UTF-8, with the line ends that it has."""
    if sys.stdout.isatty():
        print_text(data.decode("utf-8", "replace").replace("\r\n", "\n"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
