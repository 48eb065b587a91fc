"""Reading a note as of one moment. Never waits, never follows a link, never downloads."""

from __future__ import annotations

import codecs
import os
import stat
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import (
    EvaluationError,
    NoteChangedError,
    NoteError,
    NoteTooLargeError,
    Problem,
    explain_read,
)
from vault_sync.files import platform
from vault_sync.files.platform import read_birth

if TYPE_CHECKING:
    from vault_sync.files.folder import Folder, VaultFolder
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions


MAX_NOTE_BYTES = 10 * 1024 * 1024
AT_REST = 3_000_000_000
"""Nanoseconds after which a write leaves other times; the coarsest clock, that of FAT, ticks every 2 s."""
_TRIES = 4
_GLIMPSE = 65_536


class Signature(NamedTuple):
    """What a file system tells about a version of a file unread. Times in nanoseconds."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int
    device: int


class NoteBytes(NamedTuple):
    """A note as it was at one moment.

    Attributes:
        path: relative to the vault, with ``/``.
        data: all its bytes.
        signature: of the version that was read.
    """

    path: str
    data: bytes
    signature: Signature


def read_note(root: VaultFolder, path: str) -> NoteBytes:
    """Read a note.

    Args:
        root: the vault.
        path: relative to it, with ``/``.

    Raises:
        NoteError: if it is not a plain note of at most 10 MiB inside the vault whose bytes are on
        this disk. NoteChangedError: if another program wrote it during each of four tries.
    """
    folder, name = root.locate(path)
    try:
        data, facts = read_stable(folder, name)
    except OSError as error:
        raise NoteError(Problem(explain_read(error))) from error
    return NoteBytes(path, data, sign(facts))


def stat_note(root: str, path: str) -> Signature | None:
    """Return the signature of a note that is not opened; None where no plain file bears this name.

    Args:
        root: the folder of the vault.
        path: of the note, in the vault.
    """
    try:
        facts = os.lstat(f"{root}/{path}")
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    # No version that was ever read looks like one whose bytes are still in the cloud.
    return sign(facts)._replace(size=-1) if platform.is_marked(facts) else sign(facts)


def read_stable(folder: Folder, name: str) -> tuple[bytes, os.stat_result]:
    """Return the bytes and the facts of one version of a note; see `read_note`."""
    for _ in range(_TRIES):
        descriptor = folder.open_to_read(name)
        try:
            before = os.fstat(descriptor)
            check_plain(descriptor, before)
            data = read_all(descriptor, before.st_size)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if len(data) == after.st_size and _is_same_version(before, after):
            return data, after
    raise NoteChangedError(
        Problem("Another program is writing this note just now; try again later.")
    )


def sign(facts: os.stat_result) -> Signature:
    """Return the signature in the facts of a file."""
    return Signature(
        facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino, facts.st_dev
    )


def check_plain(descriptor: int, facts: os.stat_result) -> None:
    """Refuse what is not a plain note.

    Raises:
        NoteError: with the reason.
    """
    if not stat.S_ISREG(facts.st_mode):
        raise NoteError(Problem("This is not a regular file, so it is left alone."))
    if facts.st_size > MAX_NOTE_BYTES:
        problem = Problem("The note is larger than 10 MiB, so it is left alone.")
        raise NoteTooLargeError(problem, os.read(descriptor, _GLIMPSE))
    if platform.is_placeholder(descriptor, facts):
        raise NoteError(
            Problem("The note is not on this disk yet; let your cloud service download it.")
        )


def read_all(descriptor: int, expected: int) -> bytes:
    """Read from where a descriptor stands to the end.

    Args:
        descriptor: a regular file.
        expected: how many bytes are likely, so that one call is enough.
    """
    data = os.read(descriptor, expected + 1)
    if len(data) == expected:
        return data
    parts = [data]
    while data:
        data = os.read(descriptor, expected + 65536)
        parts.append(data)
    return b"".join(parts)


def _is_same_version(before: os.stat_result, after: os.stat_result) -> bool:
    return (
        before.st_mtime_ns == after.st_mtime_ns
        and before.st_ctime_ns == after.st_ctime_ns
        and before.st_size == after.st_size
    )


def hash_note(data: bytes) -> str:
    """Return the hash by which a journal knows the bytes of a note: sha256, in hexadecimal."""
    from hashlib import sha256  # noqa: PLC0415 - for a quick start: it is for those who write

    return sha256(data).hexdigest()


# Between the bytes of a note and its text.

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode_note(data: bytes) -> str:
    """Return the text of a note; a byte order mark stays its first character.

    Raises:
        NoteError: the bytes are not the UTF-8 text that Obsidian writes.
    """
    if data.startswith(_UTF_16):
        raise NoteError(Problem("The note is UTF-16; save it as UTF-8."))
    if b"\x00" in data:
        raise NoteError(
            Problem("The note has NUL bytes in it, so it may be damaged; look at a backup.")
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "The note is not UTF-8 text here; save it as UTF-8."
        raise NoteError(Problem(message, line)) from None


def decode_start(data: bytes) -> str:
    """Return what can be made out of the start of a note that cannot be decoded."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8"
    return data[:100_000].decode(encoding, errors="replace")


# What formulas ask of a file that its text does not say.


class FileFacts:
    """The facts of a note that its file system knows, for filters that read them."""

    __slots__ = ("conditions", "place", "signature")

    def __init__(
        self, signature: Signature, conditions: Conditions, place: str | None = None
    ) -> None:
        """Tell of a file.

        Args:
            signature: of the version that was read.
            conditions: their zone is that of its times.
            place: its path on the disk; None where there is none.
        """
        self.signature = signature
        self.conditions = conditions
        self.place = place

    def __call__(self, fact: str) -> Value:
        """Return a fact by its name in the language.

        Raises:
            EvaluationError: it is not known here.
        """
        if fact == "size":
            return float(self.signature.size)
        if fact == "mtime":
            return self._date(self.signature.mtime_ns)
        born = read_birth(self.place) if self.place and fact == "ctime" else None
        if born is None:
            raise EvaluationError(f"file.{fact} cannot be told here.")
        return self._date(born)

    def _date(self, nanoseconds: int) -> datetime:
        moment = datetime.fromtimestamp(nanoseconds / 1e9, self.conditions.timezone)
        return moment.replace(tzinfo=None)
