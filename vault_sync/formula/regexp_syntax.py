"""JavaScript's regular expressions, rewritten for the ``regex`` module.

The two languages look alike and differ in much: what ``$``, a word and ``{e}`` mean, possessive
``a++``, groups that took no part. So a pattern is read by JavaScript's grammar and every piece is
written out anew; what JavaScript does not know never reaches the other side.

Source: MDN "Regular expressions", ECMAScript 2024 §22.2 and its Annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from vault_sync.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PATTERN: Final = 2_000
MAX_GROUPS_DEEP: Final = 50
# ``regex`` writes ``(a{100}){100}`` out in full when it compiles, which no timeout guards.
MAX_WRITTEN_OUT: Final = 10_000
FLAGS: Final = "dgimsuy"

_WORD: Final = r"0-9A-Z_a-z"
_SPACE: Final = r"\x09-\x0d\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_LINE_ENDS: Final = r"\x0a\x0d\u2028\u2029"
_ANYTHING: Final = r"[\x00-\U0010ffff]"
_NOTHING: Final = "(?!)"
_SETS: Final = {"d": "0-9", "w": _WORD, "s": _SPACE}
# Inside a class a complement is written as ranges. \W leaves out ſ and the Kelvin sign, which
# would make it match "s" and "k" where case is ignored.
_COMPLEMENTS: Final = {
    "D": r"\x00-\x2f\x3a-\U0010ffff",
    "W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\u017e\u0180-\u2129\u212b-\U0010ffff",
    "S": (
        r"\x00-\x08\x0e-\x1f\x21-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e"
        r"\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
    ),
}
_BOUNDARIES: Final = {
    "b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    "B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}
_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{([0-9]+)(?:(,)([0-9]*))?\})\??")
_GROUP_NUMBER: Final = re.compile("[1-9][0-9]*")
_GROUP_NAME: Final = re.compile(r"<([^\W\d][\w$]*|\$[\w$]*)>")
_PROPERTY: Final = re.compile(r"\{([A-Za-z_]+(?:=[A-Za-z0-9_]+)?)\}")
_HEX: Final = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}")
_LOW_SURROGATE: Final = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_GROUP_START: Final = re.compile(
    r"(?s:\\.)|\[(?:(?s:\\.)|[^\]\\])*\]|\((?:\?<(?![=!])([^>]*)>|(?!\?))"
)


@dataclass(frozen=True, slots=True)
class Translation:
    """A pattern for the ``regex`` module.

    Attributes:
        pattern: the pattern.
        groups: how many groups capture.
        names: the number of each named group.
    """

    pattern: str
    groups: int
    names: Mapping[str, int]


def translate_pattern(source: str, flags: str) -> Translation:
    """Rewrite JavaScript's pattern for the ``regex`` module.

    Args:
        source: what stands between the slashes.
        flags: JavaScript's flags, some of ``dgimsuy``.

    Raises:
        EvaluationError: the pattern or the flags are not JavaScript's, or beyond the limits.
    """
    if len(source) > MAX_PATTERN:
        raise EvaluationError(f"A regular expression is at most {MAX_PATTERN} characters long.")
    if not set(flags) <= set(FLAGS) or len(set(flags)) != len(flags):
        raise EvaluationError(
            f'"{flags[:20]}" are not flags of a regular expression; use some of {FLAGS}, each once.'
        )
    starts = [match for match in _GROUP_START.finditer(source) if match.group().startswith("(")]
    names = {match[1]: number for number, match in enumerate(starts, 1) if match[1] is not None}
    reader = _Reader(source, frozenset(flags), len(starts), names)
    if len(names) < sum(match[1] is not None for match in starts):
        reader.refuse("gives two groups one name")
    pattern, _size = reader.read_alternatives(0)
    if reader.position < len(source):
        reader.refuse('has a ")" without its "("')
    return Translation(pattern, len(starts), names)


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right. Sizes count what ``regex`` will write out."""

    source: str
    flags: frozenset[str]
    groups: int
    names: dict[str, int]
    position: int = 0

    def refuse(self, complaint: str) -> NoReturn:
        raise EvaluationError(
            f"The regular expression /{self.source[:60]}/ {complaint},"
            f" near character {min(self.position + 1, len(self.source))}."
        )

    def peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def take(self, text: str) -> bool:
        found = self.source.startswith(text, self.position)
        self.position += len(text) * found
        return found

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.source, self.position)
        if match is not None:
            self.position = match.end()
        return match

    def read_alternatives(self, depth: int) -> tuple[str, int]:
        if depth > MAX_GROUPS_DEEP:
            self.refuse(f"nests groups deeper than {MAX_GROUPS_DEEP}")
        parts, size = [], 1
        while (char := self.peek()) and char != ")":
            if self.take("|"):
                parts.append("|")
                continue
            term, term_size = self.read_group(depth) if self.take("(") else (self.read_atom(), 1)
            term, term_size = self.quantify(term, term_size)
            parts.append(term)
            size += term_size
            if size > MAX_WRITTEN_OUT:
                self.refuse("repeats more than a formula may")
        return "".join(parts), size

    def read_atom(self) -> str:
        if _QUANTIFIER.match(self.source, self.position):
            self.refuse("has nothing to repeat before a quantifier")
        char = self.peek()
        self.position += 1
        match char:
            case "[":
                return self.read_class()
            case "\\":
                return self.read_escape()
            case ".":
                return _ANYTHING if "s" in self.flags else f"[^{_LINE_ENDS}]"
            case "^":
                return f"(?:\\A|(?<=[{_LINE_ENDS}]))" if "m" in self.flags else "(?:\\A)"
            case "$":
                return f"(?:(?=[{_LINE_ENDS}])|\\Z)" if "m" in self.flags else "(?:\\Z)"
        return _escape(ord(char))

    def quantify(self, term: str, size: int) -> tuple[str, int]:
        match = self.take_match(_QUANTIFIER)
        if match is None:
            return term, size
        if _QUANTIFIER.match(self.source, self.position):
            self.refuse("has nothing to repeat before a quantifier")
        counts = [int(count[:9]) for count in match.group(2, 4) if count]
        if counts != sorted(counts):
            self.refuse("has the counts of a quantifier in the wrong order")
        if counts and max(counts) > MAX_WRITTEN_OUT:
            self.refuse("repeats more than a formula may")
        return term + match.group(), size * max(1, counts[0] if counts else 1)

    def read_group(self, depth: int) -> tuple[str, int]:
        if not self.take("?"):
            opening = "("
        elif kind := next((kind for kind in (":", "=", "!", "<=", "<!") if self.take(kind)), None):
            opening = f"(?{kind}"
        elif self.take_match(_GROUP_NAME):
            opening = "("
        else:
            self.refuse('has a group that begins with "(?" as none in JavaScript does')
        inner, size = self.read_alternatives(depth + 1)
        if not self.take(")"):
            self.refuse('has a "(" without its ")"')
        return f"{opening}{inner})", size

    def read_escape(self) -> str:
        char = self.peek()
        if char in _BOUNDARIES:
            self.position += 1
            return _BOUNDARIES[char]
        if match := self.take_match(_GROUP_NUMBER):
            return self.refer_to_number(int(match.group()[:9]))
        if char == "k" and self.names:
            return self.read_name_reference()
        content = self.read_set_escape()
        return _escape(self.read_character_escape()) if content is None else f"[{content}]"

    def refer_to_number(self, number: int) -> str:
        if number > self.groups:
            self.refuse(f"refers to group {number} but has only {self.groups}")
        return _back_reference(number)

    def read_name_reference(self) -> str:
        self.position += 1
        match = self.take_match(_GROUP_NAME)
        if match is None or match[1] not in self.names:
            self.refuse("refers to a group name that it does not have")
        return _back_reference(self.names[match[1]])

    def read_set_escape(self) -> str | None:
        r"""Read ``\d``, ``\p{L}`` and the like as what stands in a class; None for others."""
        char = self.peek()
        if not char:
            self.refuse("ends in a backslash")
        if char in _SETS or char in _COMPLEMENTS:
            self.position += 1
            return _SETS.get(char) or _COMPLEMENTS[char]
        if char not in ("p", "P") or "u" not in self.flags:
            return None
        self.position += 1
        match = self.take_match(_PROPERTY)
        if match is None:
            self.refuse("has a Unicode property without its name")
        return f"\\{char}{{{match[1]}}}"

    def read_character_escape(self) -> int:
        char = self.peek()
        match = self.take_match(_HEX)
        if match is not None:
            return self.read_code(match)
        self.position += 1
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "c" and re.match("[A-Za-z]", self.peek()):
            self.position += 1
            return ord(self.source[self.position - 1]) % 32
        if "u" in self.flags and char.isalnum():
            self.refuse(f'escapes "{char}", which has no meaning with the flag u')
        return ord(char)

    def read_code(self, match: re.Match[str]) -> int:
        code = int(match[1] or match[2] or match[3], 16)
        if 0xD800 <= code < 0xDC00 and (low := self.take_match(_LOW_SURROGATE)):
            return 0x10000 + (code - 0xD800) * 0x400 + int(low[1], 16) - 0xDC00
        if code > 0x10FFFF:
            self.refuse("names a character beyond U+10FFFF")
        return code

    def read_class(self) -> str:
        is_negated = self.take("^")
        items = []
        while not self.take("]"):
            if not self.peek():
                self.refuse('has a "[" without its "]"')
            items.append(self.read_class_range())
        if not items:
            return _ANYTHING if is_negated else _NOTHING
        return f"[{'^' if is_negated else ''}{''.join(items)}]"

    def read_class_range(self) -> str:
        first = self.read_class_atom()
        rest = self.source[self.position : self.position + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return _class_item(first)
        self.position += 1
        last = self.read_class_atom()
        if isinstance(first, str) or isinstance(last, str):
            return f"{_class_item(first)}{_escape(ord('-'))}{_class_item(last)}"
        if first > last:
            self.refuse("has a range of characters in the wrong order")
        return f"{_escape(first)}-{_escape(last)}"

    def read_class_atom(self) -> int | str:
        if not self.take("\\"):
            self.position += 1
            return ord(self.source[self.position - 1])
        if self.take("b"):
            return 8
        content = self.read_set_escape()
        return self.read_character_escape() if content is None else content


def _class_item(item: int | str) -> str:
    return item if isinstance(item, str) else _escape(item)


def _escape(code: int) -> str:
    char = chr(code)
    return f"\\x{code:02x}" if char.isascii() and not char.isalnum() else char


def _back_reference(number: int) -> str:
    # A group that took no part matches nothing in JavaScript, and fails in ``regex``.
    return f"(?({number})\\{number}|)"
