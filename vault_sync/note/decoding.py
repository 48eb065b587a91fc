"""Between the bytes of a note and its text. What comes back from bytes gives the same bytes again."""

from __future__ import annotations

import codecs
from typing import Final

from vault_sync.errors import NoteError, Problem

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


def glimpse(data: bytes) -> str:
    """Return what can be made out of the start of a note that cannot be decoded."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8"
    return data[:100_000].decode(encoding, errors="replace")
