"""Names in formulas: what they may hold, how they are compared, and advice where one is not known."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vault_sync.text import MAX_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable


_JOINERS: Final = "\u200c\u200d"
_MATHEMATICAL_EMOJI: Final = "↔▷◁◻◼◽◾⤴⤵"
_SKIN_TONES: Final = "🏻🏼🏽🏾🏿"


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


# Sentences about what is wrong with the text of a formula, and what to write instead.

REFUSED_OPERATORS: Final = {
    "=": 'Write "==" to compare; a formula cannot assign with "=".',
    "=>": 'Write the expression alone, with "value" for the element, such as map(value + 1).',
    "&": 'Write "&&" for "and".',
    "|": 'Write "||" for "or".',
    "?.": 'Write "." instead of "?."; a field of nothing is nothing.',
    "??": 'Write if(a.isEmpty(), b, a) instead of "a ?? b".',
    "**": 'Multiply instead; "**" is not an operator of Bases.',
    "^": 'Multiply instead; there is no operator "^" (to the power of).',
}
THIS_REFUSED: Final = (
    '"this" is where a base is shown, and a note has no such place; write "file" for the note.'
)


def advise_character(character: str) -> str:
    """Return what to say about a character that begins nothing in a formula."""
    if character in "“”„‘’`「」":
        return "Write straight quotes, \" or ', around a text."
    if character in "×÷≤≥≠−":
        return f'"{character}" is not an operator of Bases; write one of * / <= >= != -.'
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f'"{shown}" cannot stand here; a name that holds it is written note["name"].'


def advise_missing(word: str) -> str:
    """Return what to say where a value is missing before a word; "" is the formula's end."""
    if not word:
        return "The formula ends where a value should follow."
    return f'A value is missing before "{word}".'


def advise_operator(word: str) -> str:
    """Return what to say about an operand that follows another operand."""
    return f'An operator is missing before "{word[:40]}", such as +.'


def advise_arity(name: str, least: int, most: int | None, given: int) -> str | None:
    """Return the sentence about a wrong number of arguments, or None if it is right."""
    if least <= given and (most is None or given <= most):
        return None
    if most is None:
        wanted = f"at least {least}"
    elif least == most:
        wanted = str(least)
    else:
        wanted = f"{least} {'or' if most == least + 1 else 'to'} {most}"
    noun = "argument" if wanted in {"1", "at least 1"} else "arguments"
    return f"{name}() takes {wanted} {noun}, not {given}."


def advise_name(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the known name it resembles, if any."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = find_similar(name[:60].lower(), by_lower)
    return f'; did you mean "{by_lower[close]}"?' if close else "."


def find_similar(word: str, known: Iterable[str]) -> str:
    """Return the known word that a word is most like; empty if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a quick start

    return next(iter(get_close_matches(word, known, 1)), "")


MAX_SUGGESTIONS: Final = 10
"""So many unknown names are compared with those that are known: each takes a while."""


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant, as the end of a message; empty if nothing is like it."""
    by_small = {name.lower(): name for name in known}
    near = find_similar(word[:MAX_SHOWN].lower(), by_small)
    return f" Did you mean `{by_small[near]}`?" if near else ""
