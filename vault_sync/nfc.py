"""One spelling of every text: Unicode's normalization form C, in bounded time.

macOS writes Korean names as loose letters (NFD), everybody else as syllables (NFC). Names are
compared in NFC; what stands in a note is never rewritten (Unicode Standard Annex 15).
"""

from __future__ import annotations

from typing import Final
from unicodedata import is_normalized, normalize

WINDOW: Final = 1_000
"""Longest stretch that is normalized at once, in characters.

Sorting a run of combining marks takes the square of its length (annex 15, "Stream-Safe Text
Format"), and a note may come from a stranger. No name is longer than this.
"""


def to_nfc(text: str) -> str:
    """Return a text in NFC. A line longer than the window is normalized piece by piece."""
    if text.isascii() or (len(text) <= WINDOW and is_normalized("NFC", text)):
        return text
    if len(text) <= WINDOW:
        return normalize("NFC", text)
    return "\n".join(_normalize_line(line) for line in text.split("\n"))


def _normalize_line(line: str) -> str:
    pieces = (line[start : start + WINDOW] for start in range(0, len(line), WINDOW))
    return "".join(normalize("NFC", piece) for piece in pieces)
