"""Functions of texts and regular expressions.

A character is a character: `"📗📘".length` is 2 and `"📗📘".slice(0, 1)` is `"📗"`. The app, being
JavaScript, counts most emoji twice and cuts them in half; nobody wants that in a note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.conversions import MAX_INDEX, spread, to_integer, to_text
from vault_sync.formula.registry import function
from vault_sync.formula.values import MAX_LENGTH, Budget, Link, Regexp, Scope, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.regex_programs import Found, Program

    Piece: TypeAlias = Callable[[Found], str]


WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_WORD_START: Final = rf"(?:^|(?<=[{WHITESPACE}]))[^{WHITESPACE}]"


@function("length", on="string", is_field=True)
def count_characters(_scope: Scope, text: str) -> float:
    """Count the characters; an emoji of one code point is one.

    Example: `"hello".length` returns `5`.
    Example: `"📗📘".length` returns `2`.
    """
    return float(len(text))


@function("contains", on="string", least=1, most=1)
def contains(scope: Scope, text: str, value: Value) -> bool:
    """Tell whether a text contains another, written exactly so.

    Example: `"hello".contains("ell")` returns `true`.
    Example: `"hello".contains("ELL")` returns `false`.
    """
    return _has(scope, text, value)


@function("containsAll", on="string", least=1, most=None)
def contains_all(scope: Scope, text: str, *values: Value) -> bool:
    """Tell whether a text contains all of the others.

    Example: `"hello".containsAll("h", "e")` returns `true`.
    Example: `"hello".containsAll("h", "x")` returns `false`.
    """
    return all(_has(scope, text, value) for value in spread(values))


@function("containsAny", on="string", least=1, most=None)
def contains_any(scope: Scope, text: str, *values: Value) -> bool:
    """Tell whether a text contains at least one of the others.

    Example: `"hello".containsAny("x", "y", "e")` returns `true`.
    Example: `"hello".containsAny("x", "y")` returns `false`.
    """
    return any(_has(scope, text, value) for value in spread(values))


def _has(scope: Scope, text: str, value: Value) -> bool:
    scope.budget.spend_on_text(len(text))
    part = value.target if isinstance(value, Link) else to_text(value)
    return value is not None and part in text


@function("startsWith", on="string", least=1, most=1)
def starts_with(_scope: Scope, text: str, query: Value) -> bool:
    """Tell whether a text begins with another.

    Example: `"hello".startsWith("he")` returns `true`.
    """
    return query is not None and text.startswith(to_text(query))


@function("endsWith", on="string", least=1, most=1)
def ends_with(_scope: Scope, text: str, query: Value) -> bool:
    """Tell whether a text ends with another.

    Example: `"hello".endsWith("lo")` returns `true`.
    """
    return query is not None and text.endswith(to_text(query))


@function("lower", on="string")
def make_lower(scope: Scope, text: str) -> str:
    """Write a text in small letters.

    Example: `"Hello".lower()` returns `"hello"`.
    """
    scope.budget.spend_on_text(len(text))
    return text.lower()


@function("upper", on="string")
def make_upper(scope: Scope, text: str) -> str:
    """Write a text in capital letters, as Notion does; Bases has no such function.

    Example: `"Hello".upper()` returns `"HELLO"`.
    """
    scope.budget.spend_on_text(len(text))
    return text.upper()


@function("title", on="string")
def make_title(scope: Scope, text: str) -> str:
    """Begin each word with a capital letter; the rest of the word stays as it is.

    Example: `"hello world".title()` returns `"Hello World"`.
    Example: `"don't stop NASA".title()` returns `"Don't Stop NASA"`.
    """
    scope.budget.spend_on_text(len(text))
    scope.budget.spend(len(text) // 10)  # there may be half as many words as characters
    return re.sub(_WORD_START, lambda match: match.group().upper(), text)


@function("trim", on="string")
def trim(scope: Scope, text: str) -> str:
    """Take white space off both ends.

    Example: `"  hi  ".trim()` returns `"hi"`.
    """
    scope.budget.spend_on_text(len(text))
    return text.strip(WHITESPACE)


@function("reverse", on="string")
def reverse(scope: Scope, text: str) -> str:
    """Turn a text round.

    Example: `"hello".reverse()` returns `"olleh"`.
    Example: `"🟩⬜".reverse()` returns `"⬜🟩"`.
    """
    scope.budget.spend_on_text(len(text))
    return text[::-1]


@function("repeat", on="string", least=1, most=1)
def repeat(scope: Scope, text: str, count: Value) -> str:
    """Write a text several times; a fraction of a time is dropped.

    Example: `"123".repeat(2)` returns `"123123"`.
    Example: `"123".repeat(2.7)` returns `"123123"`.
    Example: `"🟩".repeat(3) + "⬜".repeat(0)` returns `"🟩🟩🟩"`.
    """
    times = to_integer(count, 0)
    if times < 0:
        raise EvaluationError(f"A text cannot be repeated {times} times; give 0 or more.")
    scope.budget.spend_on_text(len(text) * times)
    return text * times if text else ""


@function("slice", on="string", least=1, most=2)
def slice_text(scope: Scope, text: str, start: Value, end: Value = None) -> str:
    """Cut out a part, from `start` up to but without `end`; negative numbers count from the end.

    Example: `"hello".slice(1, 4)` returns `"ell"`.
    Example: `"hello".slice(-3)` returns `"llo"`.
    Example: `"hello".slice(0, -1)` returns `"hell"`.
    """
    scope.budget.spend_on_text(len(text))
    return text[to_integer(start, 0) : to_integer(end, MAX_INDEX)]


@function("split", on="string", least=1, most=2)
def split_text(scope: Scope, text: str, separator: Value, limit: Value = None) -> list[Value]:
    """Split a text into a list, of at most `n` elements.

    A separator without a character splits between all characters.

    Example: `"a,b,c,d".split(",", 3)` returns `["a", "b", "c"]`.
    Example: `"a,b,c,d".split(/,/, 3)` returns `["a", "b", "c"]`.
    Example: `"한글".split("")` returns `["한", "글"]`.
    """
    scope.budget.spend_on_text(len(text))
    most = to_integer(limit, MAX_INDEX)
    most = most if most >= 0 else MAX_INDEX
    if isinstance(separator, Regexp):
        return split(separator, text, most, scope.budget)
    mark = to_text(separator)
    scope.budget.spend(text.count(mark))
    parts: list[str] = text.split(mark) if mark else list(text)
    return [*parts[:most]]


@function("replace", on="string", least=2, most=2)
def replace_text(scope: Scope, text: str, pattern: Value, replacement: Value) -> str:
    r"""Replace every occurrence of a text; of a regular expression the first, or all with `g`.

    With a regular expression the replacement may hold `$1`, `$<name>` for its groups, `$&` for what
    was found and `$$` for a dollar sign; with a text it is taken as it stands.

    Example: `"a:b:c:d".replace(":", "-")` returns `"a-b-c-d"`.
    Example: `"a:b:c:d".replace(/:/, "-")` returns `"a-b:c:d"`.
    Example: `"a:b:c:d".replace(/:/g, "-")` returns `"a-b-c-d"`.
    Example: `"John Smith".replace(/(\w+) (\w+)/, "$2, $1")` returns `"Smith, John"`.
    """
    new = to_text(replacement)
    if isinstance(pattern, Regexp):
        return replace(pattern, text, new, scope.budget)
    old = to_text(pattern)
    scope.budget.spend_on_text(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


# Functions of regular expressions.


@function("matches", on="regexp", least=1, most=1)
def match_text(scope: Scope, regexp: Regexp, value: Value) -> bool:
    r"""Tell whether a regular expression matches somewhere in a text.

    Example: `/abc/.matches("abcde")` returns `true`.
    Example: `/^\d{4}$/.matches("2024")` returns `true`.
    Example: `/ABC/i.matches("abcde")` returns `true`.
    """
    return matches(regexp, to_text(value), scope.budget)


# Regular expressions from strangers: JavaScript's meaning, and an end to each search.

_REFERENCE: Final = re.compile(r"\$(?:([$&`'])|([0-9]{1,2})|<([^>]*)>)")


def matches(regexp: Regexp, text: str, budget: Budget) -> bool:
    """Return whether a regular expression matches somewhere in a text, for its price.

    Raises:
        EvaluationError: the pattern is not a JavaScript one, or not supported.
        LimitError: no work is left.
    """
    return _find(_load(regexp, budget), text, 0, budget) is not None


def replace(regexp: Regexp, text: str, replacement: str, budget: Budget) -> str:
    """Replace the first match, or with the flag ``g`` all of them.

    Args:
        regexp: JavaScript's pattern and flags.
        text: what to change.
        replacement: the new text, with JavaScript's ``$1``, ``$&``, ``$<name>`` and ``$$``.
        budget: the work left; what this takes is taken off.

    Raises:
        EvaluationError: the pattern is not a JavaScript one, or not supported.
        LimitError: no work is left, or the result is too long.

    Source: MDN, String.prototype.replace, "Specifying a string as the replacement".
    """
    program = _load(regexp, budget)
    pieces = _parse_replacement(replacement, program)
    done: list[str] = []
    position = end = length = 0
    while position <= len(text) and (match := _find(program, text, position, budget)) is not None:
        budget.spend(1 + len(pieces))
        new = [text[end : match.start], *(piece(match) for piece in pieces)]
        length = _check_growth(length, new, budget)
        done += new
        end = match.end
        position = end + (match.start == end)
        if not program.is_global:
            break
    _check_growth(length, [text[end:]], budget)
    return "".join([*done, text[end:]])


def split(regexp: Regexp, text: str, limit: int, budget: Budget) -> list[Value]:
    """Split a text at the matches; captured groups stand between the parts.

    Args:
        regexp: JavaScript's pattern and flags.
        text: what to split.
        limit: the most parts to give.
        budget: the work left; what this takes is taken off.

    Raises:
        EvaluationError: the pattern is not a JavaScript one, or not supported.
        LimitError: no work is left.

    Source: MDN, String.prototype.split and RegExp.prototype[Symbol.split].
    """
    program = _load(regexp, budget)._replace(is_sticky=False)
    parts: list[Value] = []
    if not text and _find(program, text, 0, budget):
        return parts
    end = position = 0
    while (match := _find(program, text, position, budget)) and match.start < len(text):
        if match.end == end:
            position = match.start + 1
            continue
        parts += [text[end : match.start], *match.groups]
        budget.spend(1 + program.groups)
        end = position = match.end
        if len(parts) >= limit:
            break
    return [*parts, text[end:]][:limit]


def _load(regexp: Regexp, budget: Budget) -> Program:
    from vault_sync.formula.regex_programs import load_program  # noqa: PLC0415 - slow to load, few need it

    return load_program(regexp.pattern, regexp.flags, budget)


def _find(program: Program, text: str, position: int, budget: Budget) -> Found | None:
    from vault_sync.formula.regex_programs import find  # noqa: PLC0415 - the same

    return find(program, text, position, budget)


def _check_growth(length: int, pieces: list[str], budget: Budget) -> int:
    length += sum(map(len, pieces))
    if length > MAX_LENGTH:
        raise LimitError(f"The text grows beyond {MAX_LENGTH} characters; make it shorter.")
    budget.spend(sum(map(len, pieces)) // 100)
    return length


def _parse_replacement(replacement: str, program: Program) -> list[Piece]:
    """Take ``$1`` and its kin out of a replacement; what names no group stays as it is."""
    pieces: list[Piece] = []
    position = 0
    for match in _REFERENCE.finditer(replacement):
        piece = _reference(match, program)
        if piece is not None:
            pieces += [_literal(replacement[position : match.start()]), piece]
            position = match.end()
    return [*pieces, _literal(replacement[position:])]


def _literal(text: str) -> Piece:
    return lambda _match: text


def _reference(found: re.Match[str], program: Program) -> Piece | None:
    sign, digits, name = found.groups()
    if sign is not None:
        return _SIGNS[sign]
    if name is not None:
        number = program.names.get(name)
        return (_group(number) if number else _literal("")) if program.names else None
    if 1 <= int(digits) <= program.groups:
        return _group(int(digits))
    if len(digits) == 2 and 1 <= int(digits[0]) <= program.groups:
        return _group(int(digits[0]), digits[1])
    return None


def _group(number: int, rest: str = "") -> Piece:
    return lambda match: (match.groups[number - 1] or "") + rest


_SIGNS: Final[dict[str, Piece]] = {
    "$": lambda _match: "$",
    "&": lambda match: match.text[match.start : match.end],
    "`": lambda match: match.text[: match.start],
    "'": lambda match: match.text[match.end :],
}
