"""JavaScript's regular expressions, read into a tree.

Single characters, classes and assertions are written for the ``regex`` module, which knows
Unicode's properties and cases. It looks at no more than these: how they follow one another, repeat
and are chosen between is a matter of `vault_sync.formula.regex_programs`.

Source: MDN "Regular expressions", ECMAScript 2024 §22.2 and its Annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TypeAlias

from vault_sync.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PATTERN: Final = 2_000
MAX_GROUPS_DEEP: Final = 50
# A program has ``(a{100}){100}`` written out in full.
MAX_WRITTEN_OUT: Final = 5_000
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


class Atom(NamedTuple):
    """One character, one of a class, or an assertion of its surroundings.

    Attributes:
        source: for the ``regex`` module.
        width: how many characters it takes: 1, or 0 for an assertion.
        char: the character, where it is one and case matters; else empty.
    """

    source: str
    width: int
    char: str = ""


class BackReference(NamedTuple):
    """The text that a group took; nothing where it took no part."""

    group: int


class Group(NamedTuple):
    """A part in brackets; its number if it captures, else 0."""

    number: int
    body: Node


class Look(NamedTuple):
    """A look ahead or behind; negated, the body must not match there."""

    body: Node
    is_behind: bool
    is_negated: bool


class Concatenation(NamedTuple):
    """Parts one behind the other."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """Alternatives, of which the first that leads to a match counts."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """A part several times.

    Attributes:
        body: the part.
        least: how often at least.
        most: how often at most; None for no end.
        is_greedy: as often as possible first, else as seldom.
        groups: the first and the last number of the groups in it; empty where last < first.
    """

    body: Node
    least: int
    most: int | None
    is_greedy: bool
    groups: tuple[int, int]


Node: TypeAlias = Atom | BackReference | Group | Look | Concatenation | Choice | Repeat


class Pattern(NamedTuple):
    """A regular expression as a tree.

    Attributes:
        root: all of it.
        groups: how many groups capture.
        names: the number of each named group.
        has_back_references: whether what matches depends on what groups took.
    """

    root: Node
    groups: int
    names: Mapping[str, int]
    has_back_references: bool


def read_pattern(source: str, flags: str) -> Pattern:
    """Read JavaScript's pattern.

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
    root, _size = reader.read_alternatives(0)
    if reader.position < len(source):
        reader.refuse('has a ")" without its "("')
    return Pattern(root, len(starts), names, reader.has_back_references)


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right. Sizes count what is written out in full."""

    source: str
    flags: frozenset[str]
    groups: int
    names: dict[str, int]
    position: int = 0
    opened: int = 0
    has_back_references: bool = False

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

    def read_alternatives(self, depth: int) -> tuple[Node, int]:
        if depth > MAX_GROUPS_DEEP:
            self.refuse(f"nests groups deeper than {MAX_GROUPS_DEEP}")
        branches: list[Node] = []
        parts: list[Node] = []
        size = 1
        while (char := self.peek()) and char != ")":
            if self.take("|"):
                branches.append(Concatenation(tuple(parts)))
                parts = []
                size += 1
                continue
            part, part_size = self.read_part(depth)
            parts.append(part)
            size += part_size
            if size > MAX_WRITTEN_OUT:
                self.refuse("repeats more than a formula may")
        last = Concatenation(tuple(parts))
        return (Choice((*branches, last)) if branches else last), size

    def read_part(self, depth: int) -> tuple[Node, int]:
        opened = self.opened
        part, size = self.read_group(depth) if self.take("(") else (self.read_atom(), 1)
        return self.quantify(part, size, (opened + 1, self.opened))

    def read_atom(self) -> Node:
        if _QUANTIFIER.match(self.source, self.position):
            self.refuse("has nothing to repeat before a quantifier")
        char = self.peek()
        self.position += 1
        match char:
            case "[":
                return Atom(self.read_class(), 1)
            case "\\":
                return self.read_escape()
            case ".":
                return Atom(_ANYTHING if "s" in self.flags else f"[^{_LINE_ENDS}]", 1)
            case "^":
                return Atom(f"(?:\\A|(?<=[{_LINE_ENDS}]))" if "m" in self.flags else "(?:\\A)", 0)
            case "$":
                return Atom(f"(?:(?=[{_LINE_ENDS}])|\\Z)" if "m" in self.flags else "(?:\\Z)", 0)
        return self.make_character(ord(char))

    def make_character(self, code: int) -> Atom:
        return Atom(_escape(code), 1, "" if "i" in self.flags else chr(code))

    def quantify(self, part: Node, size: int, groups: tuple[int, int]) -> tuple[Node, int]:
        match = self.take_match(_QUANTIFIER)
        if match is None:
            return part, size
        if _QUANTIFIER.match(self.source, self.position):
            self.refuse("has nothing to repeat before a quantifier")
        least, most = _read_counts(match)
        if most is not None and most < least:
            self.refuse("has the counts of a quantifier in the wrong order")
        is_atom = isinstance(part, Atom)  # whose first rounds are one instruction
        rounds = (1 if most is None else most - least) + (1 if is_atom else least)
        written_out = (size + 4) * max(rounds, 1)
        if max(written_out, least) > MAX_WRITTEN_OUT:
            self.refuse("repeats more than a formula may")
        return Repeat(part, least, most, not match.group().endswith("?", 1), groups), written_out

    def read_group(self, depth: int) -> tuple[Node, int]:
        if not self.take("?") or self.take_match(_GROUP_NAME):
            self.opened += 1
            return self.close_group(depth, self.opened)
        if self.take(":"):
            return self.close_group(depth, 0)
        kind = next((kind for kind in ("=", "!", "<=", "<!") if self.take(kind)), None)
        if kind is None:
            self.refuse('has a group that begins with "(?" as none in JavaScript does')
        group, size = self.close_group(depth, 0)
        return Look(group, kind.startswith("<"), kind.endswith("!")), size + 2

    def close_group(self, depth: int, number: int) -> tuple[Node, int]:
        body, size = self.read_alternatives(depth + 1)
        if not self.take(")"):
            self.refuse('has a "(" without its ")"')
        return Group(number, body), size + 2

    def read_escape(self) -> Node:
        char = self.peek()
        if char in _BOUNDARIES:
            self.position += 1
            return Atom(_BOUNDARIES[char], 0)
        if match := self.take_match(_GROUP_NUMBER):
            return self.refer_to_number(int(match.group()[:9]))
        if char == "k" and self.names:
            return self.read_name_reference()
        content = self.read_set_escape()
        if content is None:
            return self.make_character(self.read_character_escape())
        return Atom(f"[{content}]", 1)

    def refer_to_number(self, number: int) -> Node:
        if number > self.groups:
            self.refuse(f"refers to group {number} but has only {self.groups}")
        self.has_back_references = True
        return BackReference(number)

    def read_name_reference(self) -> Node:
        self.position += 1
        match = self.take_match(_GROUP_NAME)
        if match is None or match[1] not in self.names:
            self.refuse("refers to a group name that it does not have")
        return self.refer_to_number(self.names[match[1]])

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


def _read_counts(quantifier: re.Match[str]) -> tuple[int, int | None]:
    """Return how often a quantifier repeats at least and at most."""
    sign, least, comma, most = quantifier.groups()
    if sign:
        return int(sign == "+"), 1 if sign == "?" else None
    if not comma:
        return int(least[:9]), int(least[:9])
    return int(least[:9]), int(most[:9]) if most else None


def _class_item(item: int | str) -> str:
    return item if isinstance(item, str) else _escape(item)


def _escape(code: int) -> str:
    char = chr(code)
    return f"\\x{code:02x}" if char.isascii() and not char.isalnum() else char


def may_be_empty(node: Node) -> bool:
    """Return whether a part can match without taking a character."""
    match node:
        case Atom():
            return node.width == 0
        case Group():
            return may_be_empty(node.body)
        case Concatenation():
            return all(map(may_be_empty, node.parts))
        case Choice():
            return any(map(may_be_empty, node.branches))
        case Repeat():
            return node.least == 0 or may_be_empty(node.body)
    return True


def find_lead(node: Node) -> tuple[str, bool]:
    """Return what any match begins with, for ``regex``, and whether more may not be added to it."""
    match node:
        case Atom():
            return node.source, node.width > 0
        case Group():
            return find_lead(node.body)
        case Concatenation():
            return _find_lead_of_all(node.parts)
        case Choice():
            leads = [find_lead(branch)[0] for branch in node.branches]
            return (f"(?:{'|'.join(leads)})" if all(leads) else ""), True
        case Repeat() if node.least:
            return find_lead(node.body)[0], True
    return "", True


def _find_lead_of_all(parts: tuple[Node, ...]) -> tuple[str, bool]:
    sources: list[str] = []
    for part in parts:
        source, is_whole = find_lead(part)
        sources.append(source)
        if is_whole:
            return "".join(sources), True
    return "".join(sources), False
