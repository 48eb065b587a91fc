"""Regular expressions as programs: a pattern becomes a list of instructions, and a machine runs it.

It counts its steps and is not timed.

Source: ECMAScript 2024 §22.2.2 "Pattern Semantics".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import regex

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.regex_syntax import (
    Atom,
    BackReference,
    Choice,
    Concatenation,
    Group,
    Look,
    Node,
    Repeat,
    find_lead,
    may_be_empty,
    read_pattern,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vault_sync.formula.values import Budget

    Slots: TypeAlias = tuple[int | None, ...]

_COMPILED_COST: Final = 50
"""Steps for each piece that the ``regex`` module compiles."""

# What an instruction does; the machine below says how.
TEXT, ATOMS, BACK, SPLIT, JUMP, LOOP, LAZY_LOOP, SAVE, CLEAR, LOOK = range(10)
REFER, REFER_BACK, MOVED, MATCH = range(10, 14)


class Program(NamedTuple):
    """A pattern ready to run.

    Attributes:
        code: its instructions.
        slots: how many places in the text it remembers.
        groups: how many groups capture.
        names: the number of each named group.
        find_start: searches for a place where a match can begin; None if any can be one.
        is_global: it was given the flag ``g``.
        is_sticky: it was given the flag ``y``.
        is_folding: case does not matter.
        has_back_references: what matches depends on what groups took.
        cost: steps for making it.
    """

    code: tuple[tuple[int, Any, Any], ...]
    slots: int
    groups: int
    names: Mapping[str, int]
    find_start: Callable[[str, int], regex.Match[str] | None] | None
    is_global: bool
    is_sticky: bool
    is_folding: bool
    has_back_references: bool
    cost: int


def load_program(source: str, flags: str, budget: Budget) -> Program:
    """Return the program of a pattern, which each note pays for once, whoever made it before.

    Raises:
        EvaluationError: the pattern is not a JavaScript one, or not supported.
        LimitError: no work is left.
    """
    if (source, flags) in budget.regexps:
        return _make_program(source, flags)
    budget.spend(len(source))
    program = _make_program(source, flags)
    budget.spend(program.cost)
    budget.regexps.add((source, flags))
    return program


@lru_cache(maxsize=1024)  # more than the formulas of one note can pay for
def _make_program(source: str, flags: str) -> Program:
    pattern = read_pattern(source, flags)
    compiler = _Compiler(regex.IGNORECASE if "i" in flags else 0, 2 * (pattern.groups + 1))
    try:
        compiler.add(pattern.root, is_back=False)
        compiler.code.append((MATCH, None, None))
        lead = find_lead(pattern.root)[0]
        find_start = compiler.compile(lead).search if lead else None
    except (regex.error, OverflowError, RecursionError) as error:
        raise EvaluationError(
            f"The regular expression /{source[:60]}/ cannot be used: {error}."
        ) from None
    return Program(
        code=tuple(compiler.code),
        slots=compiler.slots,
        groups=pattern.groups,
        names=pattern.names,
        find_start=find_start,
        is_global="g" in flags,
        is_sticky="y" in flags,
        is_folding="i" in flags,
        has_back_references=pattern.has_back_references,
        cost=len(compiler.code) + _COMPILED_COST * len(compiler.compiled),
    )


class _Compiler:
    """Writes instructions; those of a look behind go through the text from right to left."""

    def __init__(self, options: int, slots: int) -> None:
        self.code: list[tuple[int, Any, Any]] = []
        self.compiled: dict[str, regex.Pattern[str]] = {}
        self.slots = slots
        self._marks: dict[int, int] = {}
        self._options = regex.V0 | options

    def compile(self, source: str) -> regex.Pattern[str]:
        """Return a piece compiled."""
        if source not in self.compiled:
            self.compiled[source] = regex.compile(source, self._options)
        return self.compiled[source]

    def add(self, node: Node, *, is_back: bool) -> None:
        """Write the instructions of a part."""
        match node:
            case Atom():
                self._add_atoms([node], is_back=is_back)
            case BackReference():
                self._write(REFER_BACK if is_back else REFER, 2 * node.group)
            case Group():
                self._add_group(node, is_back=is_back)
            case Look():
                self._add_look(node)
            case Concatenation():
                self._add_sequence(node, is_back=is_back)
            case Choice():
                self._add_choice(node, is_back=is_back)
            case Repeat():
                self._add_repeat(node, is_back=is_back)

    def _write(self, operation: int, first: object = None, second: object = None) -> int:
        self.code.append((operation, first, second))
        return len(self.code) - 1

    def _add_atoms(self, atoms: list[Atom], *, is_back: bool, times: int = 1) -> None:
        width = times * sum(atom.width for atom in atoms)
        if is_back:
            self._write(BACK, width)
        if all(atom.char for atom in atoms):
            self._write(TEXT, "".join(atom.char for atom in atoms) * times, width)
        else:
            source = "".join(atom.source for atom in atoms)
            compiled = self.compile(source if times == 1 else f"(?:{source}){{{times}}}")
            self._write(ATOMS, compiled.match, width)
        if is_back:
            self._write(BACK, width)

    def _add_group(self, group: Group, *, is_back: bool) -> None:
        if not group.number:
            self.add(group.body, is_back=is_back)
            return
        self._write(SAVE, 2 * group.number + is_back)
        self.add(group.body, is_back=is_back)
        self._write(SAVE, 2 * group.number + 1 - is_back)

    def _add_look(self, look: Look) -> None:
        start = self._write(LOOK)
        self.add(look.body, is_back=look.is_behind)
        end = self._write(MATCH)
        self.code[start] = (LOOK, end + 1, look.is_negated)

    def _add_sequence(self, sequence: Concatenation, *, is_back: bool) -> None:
        atoms: list[Atom] = []
        for part in reversed(sequence.parts) if is_back else sequence.parts:
            if isinstance(part, Atom):
                atoms.append(part)
                continue
            self._flush(atoms, is_back=is_back)
            self.add(part, is_back=is_back)
        self._flush(atoms, is_back=is_back)

    def _flush(self, atoms: list[Atom], *, is_back: bool) -> None:
        if atoms:
            self._add_atoms(atoms[::-1] if is_back else atoms, is_back=is_back)
            atoms.clear()

    def _add_choice(self, choice: Choice, *, is_back: bool) -> None:
        *firsts, last = choice.branches
        jumps: list[int] = []
        for branch in firsts:
            split = self._write(SPLIT)
            self.add(branch, is_back=is_back)
            jumps.append(self._write(JUMP))
            self.code[split] = (SPLIT, split + 1, len(self.code))
        self.add(last, is_back=is_back)
        for jump in jumps:
            self.code[jump] = (JUMP, len(self.code), None)

    def _add_repeat(self, repeat: Repeat, *, is_back: bool) -> None:
        body = repeat.body
        if isinstance(body, Atom) and repeat.least > 1:
            self._add_atoms([body], is_back=is_back, times=repeat.least)
        else:
            for _ in range(repeat.least):
                self._add_round(repeat, is_back=is_back)
        if repeat.most is not None:
            splits: list[int] = []
            for _ in range(repeat.most - repeat.least):  # each round may be the last
                splits.append(self._write(SPLIT))
                self._add_moving_round(repeat, is_back=is_back)
            for split in splits:
                self._aim(split, repeat)
        elif isinstance(body, Atom) and body.width and not is_back:
            self._write(LOOP if repeat.is_greedy else LAZY_LOOP, self.compile(body.source).match)
        else:
            split = self._write(SPLIT)
            self._add_moving_round(repeat, is_back=is_back)
            self._write(JUMP, split)
            self._aim(split, repeat)

    def _aim(self, split: int, repeat: Repeat) -> None:
        """Let a choice lead into the next round or to what comes now."""
        ways = (split + 1, len(self.code))
        self.code[split] = (SPLIT, *(ways if repeat.is_greedy else ways[::-1]))

    def _add_moving_round(self, repeat: Repeat, *, is_back: bool) -> None:
        """Write a round that has to take something, as none is repeated for nothing."""
        if not may_be_empty(repeat.body):
            self._add_round(repeat, is_back=is_back)
            return
        slot = self._marks.setdefault(id(repeat), self.slots)
        self.slots = max(self.slots, slot + 1)
        self._write(SAVE, slot)
        self._add_round(repeat, is_back=is_back)
        self._write(MOVED, slot)

    def _add_round(self, repeat: Repeat, *, is_back: bool) -> None:
        first, last = repeat.groups
        if first <= last:
            self._write(CLEAR, 2 * first, 2 * (last + 1))
        self.add(repeat.body, is_back=is_back)


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
    """Return the first match that begins at a position or behind it, and take its cost off the budget.

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
                if operation == TEXT:
                    if not text.startswith(first, at):
                        break
                    at += second
                elif operation == ATOMS:
                    done += second >> 6
                    if first(text, at) is None:
                        break
                    at += second
                elif operation == BACK:
                    done += (first >> 6) - 1  # it is part of what it stands before or behind
                    at -= first
                    if at < 0:
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
