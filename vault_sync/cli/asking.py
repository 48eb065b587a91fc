"""Files that a user asks for by name: never written over anything but what was made the same way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from vault_sync.errors import AskedFileError
from vault_sync.files.export import create_file, replace_file
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.language import Language

_HEAD: Final = 1024


def create_asked_file(path: Path, text: str, language: Language) -> None:
    """Write a file that the user asked for and that must not be there yet.

    Args:
        path: where.
        text: what is to be in it.
        language: to say in what went wrong.

    Raises:
        AskedFileError: there is one already, or it cannot be written.
    """
    shown = make_printable(str(path))
    try:
        create_file(path, text.encode())
    except FileExistsError:
        message = language.say("{file} is there already, so it was not touched.", file=shown)
        raise AskedFileError(message) from None
    except OSError as error:
        raise _explain(error, shown, language) from None


def replace_asked_file(path: Path, data: bytes, mark: str, language: Language) -> None:
    """Write a file that the user asked for, where there is none or none but an older one of ours.

    A link to an older one stays a link; a file that is right already is not touched.

    Args:
        path: where.
        data: all bytes of the file.
        mark: what stands near the start of each such file, so that an older one is known again.
        language: to say in what went wrong.

    Raises:
        AskedFileError: something else is there, or it cannot be written.
    """
    shown = make_printable(str(path))
    try:
        if not _is_free(path, mark.encode()):
            message = language.say(
                "{file} is there already and was not made by this command, so it was left alone. Name another file, or take that one away.",
                file=shown,
            )
            raise AskedFileError(message)
        if not path.is_file() or path.read_bytes() != data:
            replace_file(path.resolve(), data)
    except OSError as error:
        raise _explain(error, shown, language) from None


def _is_free(path: Path, mark: bytes) -> bool:
    if not os.path.lexists(path):
        return True
    if not path.is_file():  # a device, such as /dev/null, would be replaced by a file
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return not head or mark in head


def _explain(error: OSError, shown: str, language: Language) -> AskedFileError:
    return AskedFileError(
        language.say(
            "{file} cannot be written ({reason}).", file=shown, reason=error.strerror or error
        )
    )
