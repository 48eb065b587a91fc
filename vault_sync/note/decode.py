"""Between the bytes of a note and its text; a text in the middle of a merge is refused."""

from __future__ import annotations

import codecs
import re
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


def decode_start(data: bytes) -> str:
    """Return what can be made out of the start of a note that cannot be decoded."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8"
    return data[:100_000].decode(encoding, errors="replace")


# Notes in the middle of a merge: git's conflict markers say that a person has to decide first.

_START: Final = "<<<<<<< "
_MARKS: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def find_conflict_marker(text: str) -> int | None:
    """Return the line, counted from 1, where an unresolved conflict starts, None if there is none.

    All three marks must stand at the start of a line, in order and outside of code blocks, so that
    a note that explains git is no conflict.
    """
    if _START not in text:
        return None
    fence = ""
    reached = 0
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        opening = _FENCE.match(line)
        if opening:
            fence = _next_fence(fence, opening[1])
        elif not fence and line.startswith(_MARKS[reached]):
            first = first if reached else number
            reached += 1
            if reached == len(_MARKS):
                return first
    return None


def _next_fence(fence: str, mark: str) -> str:
    """Return the fence of the code block that is open behind a fence line, empty for none."""
    if not fence:
        return mark
    return "" if mark[0] == fence[0] and len(mark) >= len(fence) else fence
