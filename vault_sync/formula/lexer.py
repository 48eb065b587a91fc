"""Formula text to tokens, by JavaScript's lexical grammar as far as Bases uses it (MDN)."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.formula.ast import syntax_error
from vault_sync.formula.dates import parse_duration
from vault_sync.formula.values import Regexp, Value
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterator


_SPACE: Final = re.compile(r"[\s\ufeff]+")
_NUMBER: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TEXT: Final = re.compile(r"\"(?:[^\"\\\n\r]|\\[\s\S])*\"|'(?:[^'\\\n\r]|\\[\s\S])*'")
_REGEXP: Final = re.compile(r"/((?:[^\\\[/\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+)/([A-Za-z]*)")
_OPERATOR: Final = re.compile(
    r"[!=]==?|[<>]=|=>|&&|\|\||\?\?|\?\.(?![0-9])|\*\*|[-+*/%^<>!()\[\]{},.:?=&|]"
)
_OF_NOTION: Final = {"===": "==", "!==": "!="}
_ESCAPE: Final = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,8})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|0(?![0-9])|[^0-9ux]))"
    r"|\\"
)
_PLAIN_ESCAPES: Final = {
    **dict(zip("ntrbfv0", "\n\t\r\b\f\v\0", strict=True)),
    **dict.fromkeys(("\n", "\r", "\r\n", "\u2028", "\u2029"), ""),
}
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_REGEXP_FLAGS: Final = frozenset("dgimsuy")


class TokenKind(Enum):
    """The sorts of tokens."""

    VALUE = auto()
    NAME = auto()
    OPERATOR = auto()
    END = auto()


class Token(NamedTuple):
    """One word of a formula.

    Attributes:
        kind: its sort.
        text: an operator as written, a name in NFC, a text literal's own text.
        value: what a VALUE token stands for.
        start: where it begins in the formula, from 0.
        end: where it ends.
    """

    kind: TokenKind
    text: str
    value: Value
    start: int
    end: int


def tokenize(source: str) -> Iterator[Token]:
    """Yield the tokens of a formula, the last being END.

    Raises:
        FormulaSyntaxError: at a character that belongs to no token, or an operator not of Bases.
    """
    position, previous = 0, None
    while True:
        position = _skip_space(source, position)
        if position == len(source):
            yield Token(TokenKind.END, "", None, position, position)
            return
        previous = _read_token(source, position, previous)
        yield previous
        position = previous.end


def _skip_space(source: str, start: int) -> int:
    """Return where the next token begins, behind white space and Notion's ``/* remarks */``."""
    position = start
    while True:
        if space := _SPACE.match(source, position):
            position = space.end()
        if not source.startswith("/*", position):
            return position
        end = source.find("*/", position + 2)
        if end < 0:
            message = 'This remark is not closed; write "*/" at its end.'
            raise syntax_error(message, position, position + 2)
        position = end + 2


def _read_token(source: str, start: int, previous: Token | None) -> Token:
    character = source[start]
    if character in "\"'":
        return _read_text(source, start)
    if found := _NUMBER.match(source, start):
        return _read_number(source, found)
    if character == "/" and not _ends_operand(previous):
        return _read_regexp(source, start)
    if (end := find_name_end(source, start)) > start:
        name = to_nfc(source[start:end])
        return Token(TokenKind.NAME, name, None, start, end)
    return _read_operator(source, start)


def _ends_operand(token: Token | None) -> bool:
    """Return whether a slash after the token divides; else it opens a regular expression."""
    if token is None:
        return False
    return token.kind is not TokenKind.OPERATOR or token.text in {")", "]", "}"}


def _read_number(source: str, found: re.Match[str]) -> Token:
    start, end = found.span()
    name_end = find_name_end(source, end)
    if name_end > end:
        word = source[start:name_end]
        advice = f'"{word}" in quotes' if parse_duration(word) else f'note["{word}"]'
        raise syntax_error(f"A name cannot begin with a digit; write {advice}.", start, name_end)
    return Token(TokenKind.VALUE, found[0], float(found[0]), start, end)


def _read_text(source: str, start: int) -> Token:
    found = _TEXT.match(source, start)
    if found is None:
        raise syntax_error("This text is not closed; put the same quote at its end.", start, start)
    body = found[0][1:-1]
    if "\\" in body:
        body = _ESCAPE.sub(lambda escape: _unescape(escape, start + 1), body)
    body = _SURROGATES.sub(lambda pair: _join_surrogates(pair[0], found), body)
    return Token(TokenKind.VALUE, body, body, start, found.end())


def _unescape(escape: re.Match[str], offset: int) -> str:
    if plain := escape[4]:
        return _PLAIN_ESCAPES.get(plain, plain)
    digits = escape[1] or escape[2] or escape[3]
    if digits is None or int(digits, 16) > 0x10FFFF:
        place = offset + escape.start()
        raise syntax_error(
            'This is no escape of JavaScript; write "\\\\" for a backslash.', place, place + 2
        )
    return chr(int(digits, 16))


def _join_surrogates(pair: str, found: re.Match[str]) -> str:
    if len(pair) == 1:
        raise syntax_error("This text holds half a character (a surrogate).", *found.span())
    return pair.encode("utf-16", "surrogatepass").decode("utf-16")


def _read_regexp(source: str, start: int) -> Token:
    found = _REGEXP.match(source, start)
    if found is None:
        raise syntax_error('This regular expression is not closed by "/".', start, start)
    pattern, flags = found.groups()
    if len(set(flags)) < len(flags) or not _REGEXP_FLAGS.issuperset(flags):
        raise syntax_error(
            "The flags of a regular expression are some of d, g, i, m, s, u, y, each once.",
            found.start(2),
            found.end(2),
        )
    if surrogate := _SURROGATES.search(pattern):
        raise syntax_error("This holds half a character (a surrogate).", *surrogate.span())
    return Token(TokenKind.VALUE, found[0], Regexp(pattern, flags), start, found.end())


def _read_operator(source: str, start: int) -> Token:
    found = _OPERATOR.match(source, start)
    if found is None:
        raise syntax_error(_advise_character(source[start]), start, start)
    if found[0] in _REFUSED_OPERATORS:
        raise syntax_error(_REFUSED_OPERATORS[found[0]], start, found.end())
    text = _OF_NOTION.get(found[0], found[0])
    return Token(TokenKind.OPERATOR, text, None, start, found.end())


_REFUSED_OPERATORS: Final = {
    "=": 'Write "==" to compare; a formula cannot assign with "=".',
    "=>": 'Write the expression alone, with "value" for the element, such as map(value + 1).',
    "&": 'Write "&&" for "and".',
    "|": 'Write "||" for "or".',
    "?.": 'Write "." instead of "?."; a field of nothing is nothing.',
    "??": 'Write if(a.isEmpty(), b, a) instead of "a ?? b".',
    "**": 'Multiply instead; "**" is not an operator of Bases.',
    "^": 'Multiply instead; there is no operator "^" (to the power of).',
}


def _advise_character(character: str) -> str:
    """Return what to say about a character that begins nothing in a formula."""
    if character in "“”„‘’`「」":
        return "Write straight quotes, \" or ', around a text."
    if character in "×÷≤≥≠−":
        return f'"{character}" is not an operator of Bases; write one of * / <= >= != -.'
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f'"{shown}" cannot stand here; a name that holds it is written note["name"].'


# What a name may hold.

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
