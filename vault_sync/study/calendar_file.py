"""The calendar as a file in the vault, kept there by the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.errors import CalendarError, NoteError, Problem
from vault_sync.files.export import replace_in
from vault_sync.files.reading import read_stable
from vault_sync.files.sentences import explain_read
from vault_sync.study.calendar_text import MARK

if TYPE_CHECKING:
    from vault_sync.files.folder import Folder, VaultFolder

_HEAD: Final = 1024


def keep_calendar(root: VaultFolder, path: str, data: bytes) -> bool:
    """Bring a calendar file in the vault up to date.

    The path comes from a configuration that may be a stranger's: no link is followed, and nothing
    is replaced that is not a calendar of ours.

    Args:
        root: the vault.
        path: in the vault, with ``/`` between folders.
        data: what is to stand in the file.

    Returns:
        Whether it had to be written.

    Raises:
        CalendarError: it cannot be kept there; what was there is untouched.
    """
    try:
        folder, name = root.locate(path)
        old = _read_old(folder, name)
    except NoteError as error:
        message = f"The calendar {path} cannot be kept: {error.problem.message}"
        raise CalendarError(message) from error
    if old == data:
        return False
    if old and MARK.encode() not in old[:_HEAD]:
        raise CalendarError(
            f"{path} is there already and was not made by vault-sync, so it was left alone."
            " Name another `file` below `calendar` in .vault-sync.yaml."
        )
    try:
        replace_in(folder, name, data)
    except OSError as error:
        raise CalendarError(f"The calendar {path} was not written: {error.strerror}.") from error
    return True


def _read_old(folder: Folder, name: str) -> bytes:
    """Return what is in the file, nothing where there is none.

    Raises:
        NoteError: it is a link, or cannot be read.
    """
    try:
        return read_stable(folder, name)[0]
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise NoteError(Problem(explain_read(error, "It"))) from error
