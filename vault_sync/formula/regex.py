"""Regular expressions from strangers: JavaScript's meaning, and an end to each search.

It takes long to load, with what makes programs of them (`vault_sync.formula.regex_programs`), so whoever
needs it imports it for the first expression.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.errors import LimitError
from vault_sync.formula.regex_programs import (
    ATOMS,
    ATOMS_BACK,
    CLEAR,
    JUMP,
    LAZY_LOOP,
    LOOK,
    LOOP,
    MATCH,
    MOVED,
    REFER_BACK,
    SAVE,
    SPLIT,
    TEXT,
    TEXT_BACK,
    load_program,
)
from vault_sync.formula.values import MAX_LENGTH, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import regex

    from vault_sync.formula.regex_programs import Program
    from vault_sync.formula.values import Regexp, Value

    Piece: TypeAlias = "Callable[[Found], str]"
    Slots: TypeAlias = tuple[int | None, ...]

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
    return find(_load(regexp, budget), text, 0, budget) is not None


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
    while position <= len(text) and (match := find(program, text, position, budget)) is not None:
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
    if not text and find(program, text, 0, budget):
        return parts
    end = position = 0
    while (match := find(program, text, position, budget)) and match.start < len(text):
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
    return load_program(regexp.pattern, regexp.flags, budget)


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


# The machine that runs the programs of regular expressions, and counts what it does.
#
# It goes back to the last choice where it gets stuck. Unless a pattern refers back to its groups, what
# comes after an instruction depends on the place in the text alone (and on which rounds of a repeat
# have taken nothing yet), so no branch is taken twice at one place: the steps grow with the length of
# the text times that of the pattern, and ``(a+)+`` is as quick as ``a+``. With references back they may
# grow without measure, and the steps that are left put an end to that. Either way they are the same on
# every machine.
#
# Source: ECMAScript 2024 §22.2.2 "Pattern Semantics"; for branches taken once, R. Cox, "Regular
# Expression Matching: the Virtual Machine Approach".

INSTRUCTIONS_PER_STEP: Final = 2
_SEARCH_COST: Final = 4


class Found(NamedTuple):
    """A match.

    Attributes:
        text: what was searched.
        start: where the match begins.
        end: where it ends.
        groups: what each group took, None for one that took no part.
    """

    text: str
    start: int
    end: int
    groups: tuple[str | None, ...]


def find(program: Program, text: str, position: int, budget: Budget) -> Found | None:
    """Return the first match that begins at a position or behind it.

    Args:
        program: the pattern.
        text: what to search.
        position: where to begin.
        budget: the work left; what this takes is taken off.

    Raises:
        LimitError: no work is left.
    """
    search = _Search(program, text, budget.steps * INSTRUCTIONS_PER_STEP)
    found = search.find(position)
    budget.steps -= _SEARCH_COST + search.done // INSTRUCTIONS_PER_STEP
    if budget.steps < 0:
        raise LimitError(
            "The regular expressions of this note's formulas do more work than they may; make them"
            " simpler, or the texts shorter."
        )
    return found


class _Search:
    """One search in one text.

    Attributes:
        done: how many instructions were carried out.
    """

    def __init__(self, program: Program, text: str, most: int) -> None:
        self.done = 0
        self._program = program
        self._text = text
        self._most = most
        self._taken: set[object] | None = None if program.has_back_references else set()

    def find(self, position: int) -> Found | None:
        """Return the first match that begins at a position or behind it, None also if work is out."""
        text, program = self._text, self._program
        slots: Slots = (None,) * program.slots
        for start in self._list_starts(position):
            end, held = self._run(0, start, slots)
            if end is not None:
                pairs = zip(held[2::2], held[3::2], range(program.groups), strict=False)
                groups = (None if a is None or b is None else text[a:b] for a, b, _ in pairs)
                return Found(text, start, end, tuple(groups))
            if self.done > self._most:
                break
        return None

    def _list_starts(self, position: int) -> Iterable[int]:
        if self._program.is_sticky:
            return (position,)
        if self._program.find_start is None:
            return range(position, len(self._text) + 1)
        return self._find_starts(position, self._program.find_start)

    def _find_starts(
        self, position: int, find_start: Callable[[str, int], regex.Match[str] | None]
    ) -> Iterable[int]:
        while position <= len(self._text):
            found = find_start(self._text, position)
            start = found.start() if found else len(self._text)
            self.done += (start - position) // 16
            if found is None:
                return
            yield start
            position = start + 1

    def _run(self, place: int, at: int, slots: Slots) -> tuple[int | None, Slots]:  # noqa: C901, PLR0912, PLR0915 - one machine, each instruction in its place for speed
        """Carry out instructions from a place of the program and of the text until a match.

        Returns:
            Where the match ends, None where there is none, and what is remembered of it.
        """
        code, text, taken, most = self._program.code, self._text, self._taken, self._most
        size, marks, done = len(text) + 1, 2 * (self._program.groups + 1), self.done
        waiting = [(place, at, slots)]
        while waiting and done <= most:
            place, at, slots = waiting.pop()
            while True:
                done += 1
                operation, first, second = code[place]
                place += 1
                if operation <= ATOMS_BACK:
                    if operation == TEXT:
                        if not text.startswith(first, at):
                            break
                        at += second
                    elif operation == ATOMS:
                        done += second >> 6
                        if first(text, at) is None:
                            break
                        at += second
                    else:
                        done += second >> 6
                        at -= second
                        if at < 0:
                            break
                        if operation == TEXT_BACK:
                            if not text.startswith(first, at):
                                break
                        elif first(text, at) is None:
                            break
                elif operation <= LAZY_LOOP:
                    if operation == JUMP:
                        place = first
                        continue
                    if taken is not None:
                        key: object = place * size + at
                        if at in slots[marks:]:
                            done += len(slots) >> 4
                            key = (key, *[mark == at for mark in slots[marks:]])
                        if key in taken:
                            break
                        taken.add(key)
                    if done > most:
                        break
                    if operation == SPLIT:
                        waiting.append((second, at, slots))
                        place = first
                    elif first(text, at) is not None:
                        if operation == LOOP:
                            waiting.append((place, at, slots))
                            place -= 1
                            at += 1
                        else:
                            waiting.append((place - 1, at + 1, slots))
                elif operation == SAVE:
                    done += len(slots) >> 4
                    slots = (*slots[:first], at, *slots[first + 1 :])
                elif operation == CLEAR:
                    done += len(slots) >> 4
                    slots = (*slots[:first], *(None,) * (second - first), *slots[second:])
                elif operation == MOVED:
                    if slots[first] == at:
                        break
                    slots = (*slots[:first], None, *slots[first + 1 :])
                elif operation == LOOK:
                    self.done = done
                    end, held = self._look(place, at, slots)
                    done = self.done
                    if (end is None) is not second:
                        break
                    slots = slots if second else held
                    place = first
                elif operation == MATCH:
                    self.done = done
                    return at, slots
                else:
                    start, end = slots[first], slots[first + 1]
                    if start is None or end is None:
                        continue
                    length = end - start
                    done += length >> 4
                    other = at - length if operation == REFER_BACK else at
                    if other < 0 or not self._is_same(
                        text[start:end], text[other : other + length]
                    ):
                        break
                    at = other if operation == REFER_BACK else at + length
        self.done = done
        return None, slots

    def _look(self, place: int, at: int, slots: Slots) -> tuple[int | None, Slots]:
        """Run the body of a look; the branches taken in another one tell nothing of this one."""
        outer = self._taken
        self._taken = None if outer is None else set()
        ended = self._run(place, at, slots)
        self._taken = outer
        return ended

    def _is_same(self, one: str, other: str) -> bool:
        if not self._program.is_folding:
            return one == other
        return [*map(_fold, one)] == [*map(_fold, other)]


def _fold(char: str) -> str:
    """Return a character in the form in which JavaScript compares it where case does not matter.

    Source: ECMAScript 2024 §22.2.2.7.3 Canonicalize.
    """
    upper = char.upper()
    return char if len(upper) != 1 or (upper.isascii() and not char.isascii()) else upper
