"""Regular expressions from strangers: JavaScript's meaning, and an end to each search.

What makes programs of them and runs those (`vault_sync.formula.regex_programs` and `regex_search`) is
loaded with the first expression.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.errors import LimitError
from vault_sync.formula.scope import MAX_LENGTH, Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.regex_programs import Program
    from vault_sync.formula.regex_search import Found
    from vault_sync.formula.values import Regexp, Value

    Piece: TypeAlias = Callable[[Found], str]

_REFERENCE: Final = re.compile(r"\$(?:([$&`'])|([0-9]{1,2})|<([^>]*)>)")


def matches(regexp: Regexp, text: str, budget: Budget) -> bool:
    """Return whether a regular expression matches somewhere in a text.

    Args:
        regexp: JavaScript's pattern and flags.
        text: what to look through.
        budget: the work left; what the search takes is taken off.

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
    from vault_sync.formula.regex_programs import load_program  # noqa: PLC0415 - slow to load, and few formulas need it

    return load_program(regexp.pattern, regexp.flags, budget)


def _find(program: Program, text: str, position: int, budget: Budget) -> Found | None:
    from vault_sync.formula.regex_search import find  # noqa: PLC0415 - loaded with the program

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
        return _named_group(name, program)
    return _numbered_group(digits, program.groups)


def _named_group(name: str, program: Program) -> Piece | None:
    if not program.names:
        return None
    number = program.names.get(name)
    return _literal("") if number is None else _group(number)


def _numbered_group(digits: str, groups: int) -> Piece | None:
    if 1 <= int(digits) <= groups:
        return _group(int(digits))
    if len(digits) == 2 and 1 <= int(digits[0]) <= groups:
        group, rest = _group(int(digits[0])), digits[1]
        return lambda match: group(match) + rest
    return None


def _group(number: int) -> Piece:
    return lambda match: match.groups[number - 1] or ""


_SIGNS: Final[dict[str, Piece]] = {
    "$": lambda _match: "$",
    "&": lambda match: match.text[match.start : match.end],
    "`": lambda match: match.text[: match.start],
    "'": lambda match: match.text[match.end :],
}
