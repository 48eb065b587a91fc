"""Which characters a bare name may hold, and the one form in which names are compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from vault_sync.nfc import to_nfc

_JOINERS: Final = "\u200c\u200d"
_MATHEMATICAL_EMOJI: Final = "↔▷◁◻◼◽◾⤴⤵"
_SKIN_TONES: Final = "🏻🏼🏽🏾🏿"


def normalize_name(name: str) -> str:
    """Return a name in NFC, so that names typed on different systems are the same name."""
    return to_nfc(name)


@lru_cache(maxsize=4096)
def is_name_character(character: str) -> bool:
    """Return whether a character can stand in a bare name.

    Those are JavaScript's identifier characters (letters, digits, marks, ``_``, ``$``) and, as
    Obsidian's property names hold them, emoji with their joiners and skin tones. Operators such as
    ``≠`` and typographic quotes are none.
    """
    if character.isascii():
        return character.isalnum() or character in "_$"
    if f"a{character}".isidentifier() or character in _JOINERS + _MATHEMATICAL_EMOJI + _SKIN_TONES:
        return True
    if 0xE0020 <= ord(character) <= 0xE007F:
        return True
    return unicodedata.category(character) in {"So", "Sc", "No", "Me"}


def find_name_end(source: str, start: int) -> int:
    """Return where the name that begins at start ends; start itself if none does."""
    end = start
    while end < len(source) and is_name_character(source[end]):
        end += 1
    return end
