"""One spelling of every text: Unicode's normalization form C, in bounded time.

macOS writes Korean names as loose letters (NFD), everybody else as syllables (NFC). Names are
compared in NFC; what stands in a note is never rewritten (Unicode Standard Annex 15).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from unicodedata import is_normalized, normalize

WINDOW: Final = 1_000
"""Longest stretch that is normalized at once, in characters.

Sorting a run of combining marks takes the square of its length (annex 15, "Stream-Safe Text
Format"), and a note may come from a stranger. No name is longer than this.
"""
_NAME: Final = 100  # the same few names come in every note, so these are remembered


def to_nfc(text: str) -> str:
    """Return a text in NFC. A line longer than the window is normalized piece by piece."""
    if len(text) <= _NAME:
        return _normalize_name(text)
    if text.isascii() or (len(text) <= WINDOW and is_normalized("NFC", text)):
        return text
    if len(text) <= WINDOW:
        return normalize("NFC", text)
    return "\n".join(_normalize_line(line) for line in text.split("\n"))


@lru_cache(maxsize=4096)
def _normalize_name(text: str) -> str:
    return normalize("NFC", text)


def _normalize_line(line: str) -> str:
    pieces = (line[start : start + WINDOW] for start in range(0, len(line), WINDOW))
    return "".join(normalize("NFC", piece) for piece in pieces)
