"""Regular expressions as programs: a pattern becomes a list of instructions.

What runs them, `vault_sync.formula.regex`, counts its steps and is not timed.

Source: ECMAScript 2024 §22.2.2 "Pattern Semantics".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import regex

from vault_sync.errors import EvaluationError
from vault_sync.formula.regex_syntax import (
    Atom,
    BackReference,
    Choice,
    Concatenation,
    Group,
    Look,
    Node,
    Repeat,
    read_pattern,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vault_sync.formula.values import Budget

_COMPILED_COST: Final = 50
"""Steps for each piece that the ``regex`` module compiles."""

# What an instruction does; `vault_sync.formula.regex` says how.
TEXT, TEXT_BACK, ATOMS, ATOMS_BACK, SPLIT, JUMP, LOOP, LAZY_LOOP = range(8)
SAVE, CLEAR, LOOK, REFER, REFER_BACK, MOVED, MATCH = range(8, 15)


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

    Args:
        source: JavaScript's pattern.
        flags: JavaScript's flags.
        budget: the work that is left.

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
        lead = _find_lead(pattern.root)[0]
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
        if all(atom.char for atom in atoms):
            text = "".join(atom.char for atom in atoms) * times
            self._write(TEXT_BACK if is_back else TEXT, text, width)
            return
        source = "".join(atom.source for atom in atoms)
        compiled = self.compile(source if times == 1 else f"(?:{source}){{{times}}}")
        self._write(ATOMS_BACK if is_back else ATOMS, compiled.match, width)

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
            self._add_options(repeat, repeat.most - repeat.least, is_back=is_back)
        elif isinstance(body, Atom) and body.width and not is_back:
            self._write(LOOP if repeat.is_greedy else LAZY_LOOP, self.compile(body.source).match)
        else:
            split = self._write(SPLIT)
            self._add_moving_round(repeat, is_back=is_back)
            self._write(JUMP, split)
            self._aim(split, repeat)

    def _add_options(self, repeat: Repeat, times: int, *, is_back: bool) -> None:
        """Write rounds each of which may be the last."""
        splits: list[int] = []
        for _ in range(times):
            splits.append(self._write(SPLIT))
            self._add_moving_round(repeat, is_back=is_back)
        for split in splits:
            self._aim(split, repeat)

    def _aim(self, split: int, repeat: Repeat) -> None:
        """Let a choice lead into the next round or to what comes now."""
        ways = (split + 1, len(self.code))
        self.code[split] = (SPLIT, *(ways if repeat.is_greedy else ways[::-1]))

    def _add_moving_round(self, repeat: Repeat, *, is_back: bool) -> None:
        """Write a round that has to take something, as none is repeated for nothing."""
        if not _may_be_empty(repeat.body):
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


def _may_be_empty(node: Node) -> bool:
    match node:
        case Atom():
            return node.width == 0
        case Group():
            return _may_be_empty(node.body)
        case Concatenation():
            return all(map(_may_be_empty, node.parts))
        case Choice():
            return any(map(_may_be_empty, node.branches))
        case Repeat():
            return node.least == 0 or _may_be_empty(node.body)
    return True


def _find_lead(node: Node) -> tuple[str, bool]:
    """Return what any match begins with, for ``regex``, and whether more may not be added to it."""
    match node:
        case Atom():
            return node.source, node.width > 0
        case Group():
            return _find_lead(node.body)
        case Concatenation():
            return _find_lead_of_all(node.parts)
        case Choice():
            leads = [_find_lead(branch)[0] for branch in node.branches]
            return (f"(?:{'|'.join(leads)})" if all(leads) else ""), True
        case Repeat() if node.least:
            return _find_lead(node.body)[0], True
    return "", True


def _find_lead_of_all(parts: Sequence[Node]) -> tuple[str, bool]:
    sources: list[str] = []
    for part in parts:
        source, is_whole = _find_lead(part)
        sources.append(source)
        if is_whole:
            return "".join(sources), True
    return "".join(sources), False
