"""Where output goes: standard output as it is (JSON, tables, diffs, pages), files, and complaints.

Programs get UTF-8 with LF, whatever the locale. On a terminal nothing of a vault may steer it, so
there a text is shown with escapes.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click

from vault_sync.cli.language import translate
from vault_sync.errors import AskedFileError, NoteError
from vault_sync.text import make_lines_printable, make_printable, render_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import ReadableBuffer

    from vault_sync.files.folder import Folder
    from vault_sync.i18n import Language

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


# Files that a user asks for by name: never written over anything but what was made the same way.
#
# One inside the vault is reached as notes are: part by part, and over no link that leads out of it.

_HEAD: Final = 1024


def create_asked_file(path: Path, text: str, vault: str, language: Language) -> None:
    """Write a file that the user asked for and that must not be there yet.

    Args:
        path: where.
        text: what is to be in it.
        vault: the folder of the vault it is about.
        language: to say in what went wrong.

    Raises:
        AskedFileError: there is one already, or it cannot be written.
    """
    from vault_sync.files.export import create_in

    try:
        folder = _open_folder(Path(os.path.realpath(path.parent)), path, vault)
        create_in(folder, path.name, text.encode())
    except FileExistsError:
        message = language.say("{file} is there already, so it was not touched.", file=_show(path))
        raise AskedFileError(message) from None
    except (OSError, NoteError) as error:
        raise _explain(error, path, language) from None


def replace_asked_file(path: Path, data: bytes, mark: str, vault: str, language: Language) -> None:
    """Write a file that the user asked for, where there is none or none but an older one of ours.

    A link to an older one stays a link; a file that is right already is not touched.

    Args:
        path: where.
        data: all bytes of the file.
        mark: what stands near the start of each such file, so that an older one is known again.
        vault: the folder of the vault it is about.
        language: to say in what went wrong.

    Raises:
        AskedFileError: something else is there, or it cannot be written.
    """
    from vault_sync.files.export import replace_in

    try:
        target = Path(os.path.realpath(path))
        folder = _open_folder(target.parent, path, vault)
        old = _read_old(folder, target.name)
        is_free = old == b"" and not (path.is_symlink() and not path.exists())
        if old is None or not (is_free or mark.encode() in old[:_HEAD]):
            message = language.say(
                "{file} is there already and was not made by this command, so it was left alone. Name another file, or take that one away.",
                file=_show(path),
            )
            raise AskedFileError(message)
        if old != data:
            replace_in(folder, target.name, data)
    except (OSError, NoteError) as error:
        raise _explain(error, path, language) from None


def _open_folder(real: Path, named: Path, vault: str) -> Folder:
    """Return the folder of a file, open.

    Args:
        real: its path without links.
        named: the path of the file as the user wrote it.
        vault: the folder of the vault.

    Raises:
        OSError: it cannot be opened, or a link leads from the vault to it.
        NoteError: it cannot be opened, in the vault.
    """
    from vault_sync.files.folder import Folder, VaultFolder

    root = Path(os.path.realpath(vault))
    if real.is_relative_to(root):
        with VaultFolder(root) as folder:
            return folder.locate((real / named.name).relative_to(root).as_posix())[0]
    above = Path(os.path.abspath(named)).parents  # noqa: PTH100 - resolve() would follow links
    if any(os.path.realpath(one) == str(root) for one in above):
        raise OSError(errno.ELOOP, "a symbolic link leads out of the vault")
    return Folder(str(real))


def _read_old(folder: Folder, name: str) -> bytes | None:
    """Return what is in a file, nothing where there is none; None where it is no file, as /dev/null."""
    from vault_sync.files.displaced import read_version

    try:
        return read_version(folder, name).data
    except FileNotFoundError:
        return b""


def _show(path: Path) -> str:
    return make_printable(str(path))


def _explain(error: OSError | NoteError, path: Path, language: Language) -> AskedFileError:
    cause = error.__cause__ if isinstance(error, NoteError) else error
    reason = (cause.strerror if isinstance(cause, OSError) else None) or error
    message = language.say("{file} cannot be written ({reason}).", file=_show(path), reason=reason)
    return AskedFileError(message)
