"""Files that a user asks for by name: written once, never over another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.errors import AskedFileError
from vault_sync.files.export import create_file
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.language import Language


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
        message = language.say(
            "{file} cannot be written ({reason}).", file=shown, reason=error.strerror or error
        )
        raise AskedFileError(message) from None
