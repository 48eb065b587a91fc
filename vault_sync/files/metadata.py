"""What a note is besides its bytes: mode, owner, group, extended attributes, access list."""

from __future__ import annotations

import errno
import os
import stat
import sys

from vault_sync.errors import NoteError, Problem
from vault_sync.files import platform

_HAS_XATTRS = hasattr(os, "listxattr")
_NO_XATTRS = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def check_writable(facts: os.stat_result) -> None:
    """Refuse a note whose replacement could not be like it.

    Args:
        facts: of the note.

    Raises:
        NoteError: if it has several names, is read-only, or belongs to somebody else.
    """
    if facts.st_nlink > 1:
        raise NoteError(
            Problem(
                "The note has several names (hard links) that a write would part; it is left alone."
            )
        )
    if not facts.st_mode & stat.S_IWUSR:
        raise NoteError(Problem("The note is read-only, so it is left alone."))
    user = platform.effective_user()
    if user is not None and user not in (0, facts.st_uid):
        raise NoteError(Problem("The note belongs to another user, so it is left alone."))


def copy_metadata(source: int, facts: os.stat_result, target: int) -> os.stat_result:
    """Make a new file like the note it will replace, in everything but its bytes and times.

    The order matters: a change of owner clears mode bits, an access list sets them.

    Args:
        source: the note, open.
        facts: its facts.
        target: the new file, open for writing.

    Returns:
        The facts of the new file before the copy: its inode and device do not change.

    Raises:
        NoteError: if something cannot be kept.
    """
    fresh = os.fstat(target)
    try:
        _copy_owner(facts, fresh, target)
        if _HAS_XATTRS:
            _copy_xattrs(source, target)
        elif sys.platform in platform.COPY_FOREIGN_METADATA:
            platform.COPY_FOREIGN_METADATA[sys.platform](source, target)
        if hasattr(os, "fchmod"):
            os.fchmod(target, stat.S_IMODE(facts.st_mode))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
            raise
        reason = "Owner, permissions or attributes could not be kept, so the note is left alone"
        raise NoteError(Problem(f"{reason} ({error.strerror}).")) from error
    return fresh


def _copy_owner(facts: os.stat_result, fresh: os.stat_result, target: int) -> None:
    owner = -1 if facts.st_uid == fresh.st_uid else facts.st_uid
    group = -1 if facts.st_gid == fresh.st_gid else facts.st_gid
    if (owner, group) != (-1, -1):
        os.fchown(target, owner, group)


def _copy_xattrs(source: int, target: int) -> None:
    """Copy extended attributes, and take away those the new file inherited from its folder."""
    wanted = _list_xattrs(source)
    inherited = _list_xattrs(target)
    if not wanted and not inherited:
        return
    for name in inherited:
        if name not in wanted:
            os.removexattr(target, name)
    for name in wanted:
        value = os.getxattr(source, name)
        if name not in inherited or os.getxattr(target, name) != value:
            os.setxattr(target, name, value)


def _list_xattrs(descriptor: int) -> list[str]:
    try:
        return os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NO_XATTRS:
            return []
        raise
