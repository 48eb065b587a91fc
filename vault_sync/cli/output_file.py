"""Files that a user asks for by name: never written over anything but what was made the same way.

One inside the vault is reached as notes are: part by part, and over no link that leads out of it.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import AskedFileError, NoteError
from vault_sync.files.displaced import read_version
from vault_sync.files.export import create_in, replace_in
from vault_sync.files.folder import Folder, VaultFolder
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from vault_sync.i18n import Language

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
