"""Files that the daemon keeps in the vault: the calendar, and the report as a picture or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.errors import KeptFileError, NoteError, Problem, explain_read
from vault_sync.files.export import replace_in
from vault_sync.files.read import read_stable

if TYPE_CHECKING:
    from vault_sync.files.folder import Folder, VaultFolder

_HEAD: Final = 1024


def keep_file(root: VaultFolder, path: str, data: bytes, mark: str) -> bool:
    """Bring a file of ours in the vault up to date.

    The path comes from a configuration that may be a stranger's: no link is followed, and nothing
    is replaced that was not made by us.

    Args:
        root: the vault.
        path: in the vault, with ``/`` between folders.
        data: what is to stand in the file.
        mark: what stands near the start of each such file, so that an older one is known again.

    Returns:
        Whether it had to be written.

    Raises:
        KeptFileError: it cannot be kept there; what was there is untouched.
    """
    try:
        folder, name = root.locate(path)
        old = _read_old(folder, name)
    except NoteError as error:
        message = f"{path} cannot be kept up to date: {error.problem.message}"
        raise KeptFileError(message) from error
    if old == data:
        return False
    if old and mark.encode() not in old[:_HEAD]:
        raise KeptFileError(
            f"{path} is there already and was not made by vault-sync, so it was left alone."
            " Name another `file` in .vault-sync.yaml."
        )
    try:
        replace_in(folder, name, data)
    except OSError as error:
        raise KeptFileError(f"{path} was not written: {error.strerror}.") from error
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
