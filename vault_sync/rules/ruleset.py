"""Rule sets: which notes they admit, which properties they own, and in which order to compute.

A rule set comes from a profile, the configuration or a base; here its formulas are compiled once,
checked against each other and put in an order in which each finds what it reads.
"""

from __future__ import annotations

from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import FormulaSyntaxError, Problem
from vault_sync.formula import Formula, compile_formula
from vault_sync.formula.registry import Clock
from vault_sync.rules.sources import Filter, Mode, RuleSource, SourceText, compile_filter
from vault_sync.text import MAX_SUGGESTIONS, NameMap, find_similar, fold_name, shorten, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vault_sync.rules.study import StudyNames


_BEFORE: Final = 50
_BEHIND: Final = 40
_CYCLE_SHOWN: Final = 8
_UNSTABLE_FIELDS: Final = ("size", "mtime", "ctime")
_WRITING: Final = "writing the value would change it"


class NamedFormula(NamedTuple):
    """A formula of a rule set.

    Attributes:
        name: in NFC.
        formula: compiled.
        clock: what it reads of the clock, itself or through the formulas it reads.
        mode: KEEP for a helper: its value is written nowhere.
    """

    name: str
    formula: Formula
    clock: Clock
    mode: Mode


class RuleSet(NamedTuple):
    """A rule set, ready to run.

    Attributes:
        name: for messages.
        source: the rule set as it is written.
        admits: says whether a note is governed; None admits every note.
        formulas: every formula, each behind those it reads.
        owned: the derived properties by name, in the order in which they are added.
        order: names of source and derived properties, for the place of new lines.
        is_adding: whether missing properties are added.
        add_if: the condition for that; None for none.
        names: every property it reads or writes by name.
        reads_others: a formula of it, or its filter, may look at other notes.
    """

    name: str
    source: RuleSource
    admits: Filter | None
    formulas: tuple[NamedFormula, ...]
    owned: Mapping[str, NamedFormula]
    order: tuple[str, ...]
    is_adding: bool
    add_if: Formula | None
    names: frozenset[str]
    reads_others: bool

    @property
    def study(self) -> StudyNames | None:
        """Which properties tell the reviews of a note; None where it is not about those."""
        return self.source.study


def compile_rules(source: RuleSource, problems: list[Problem]) -> RuleSet | None:
    """Return a rule set ready to run, None if it cannot; what is wrong is added to ``problems``."""
    count = len(problems)
    _refuse_same_names(source, problems)
    named = (*source.helpers, *source.formulas)
    texts: NameMap[SourceText] = NameMap((to_nfc(name), text) for name, text in named)
    order = tuple(to_nfc(name) for name in (*source.sources, *dict(source.formulas)))
    spellings = NameMap.of((*order, *texts))
    compiled = {name: _compile_derived(problems, name, text) for name, text in texts.items()}
    formulas: NameMap[Formula] = NameMap(
        (name, _respell(formula, spellings)) for name, formula in compiled.items() if formula
    )
    compile_text = partial(_compile_known, problems, texts, spellings)
    admits = compile_filter(source.filters, compile_text) if source.filters else None
    add_if = compile_text(source.add_if) if source.add_if else None
    for name, formula in formulas.items():
        _refuse_unknown(problems, texts, formula, texts[name])
    ordered = [] if len(problems) > count else _order(source, formulas, texts, problems)
    if len(problems) > count:
        return None
    by_name = {entry.name: entry for entry in ordered if entry.mode is not Mode.KEEP}
    owned = NameMap((name, by_name[name]) for name in order if name in by_name)
    everything = (*formulas.values(), *(admits.formulas if admits else ()))
    names = frozenset(owned).union(*(formula.properties for formula in everything))
    names |= (admits.needs if admits else None) or frozenset()
    names |= source.study.identifying if source.study else frozenset()
    all_compiled = (*everything, *((add_if,) if add_if else ()))
    return RuleSet(
        name=source.name,
        source=source,
        admits=admits,
        formulas=tuple(ordered),
        owned=owned,
        order=order,
        is_adding=source.is_adding,
        add_if=add_if,
        names=names,
        reads_others=any(formula.reads_others for formula in all_compiled),
    )


def _refuse_same_names(source: RuleSource, problems: list[Problem]) -> None:
    """Report each formula whose name is that of another one, written in another way."""
    first: dict[str, str] = {}
    for name, text in (*source.helpers, *source.formulas):
        other = first.setdefault(fold_name(name), to_nfc(name))
        if other != to_nfc(name):
            message = f"`{shorten(name)}` and `{shorten(other)}` are one name, written in two ways; give one of them another."
            problems.append(text.problem(message, name))


def _respell(formula: Formula, spellings: NameMap[None]) -> Formula:
    """Return a formula whose reads are spelled as the rule set spells them."""
    return formula._replace(
        properties=frozenset(spellings.spell(name) for name in formula.properties),
        formulas=frozenset(spellings.spell(name) for name in formula.formulas),
    )


def _compile(problems: list[Problem], source: SourceText) -> Formula | None:
    try:
        return compile_formula(source.text, source.tree)
    except FormulaSyntaxError as error:
        message = f"{error.message}\n{_point_out(source.text, error)}"
        problems.append(source.problem(message))
        return None


def _point_out(text: str, error: FormulaSyntaxError) -> str:
    """Return the part of a formula around a mistake, and below it a caret."""
    start = max(0, error.column - 1 - _BEFORE)
    end = error.column - 1 + error.length + _BEHIND
    shown = "".join(letter if letter.isprintable() else " " for letter in text[start:end])
    indent = " " * (error.column - 1 - start)
    return f"    {shown}\n    {indent}{'^' * max(1, min(error.length, len(shown)))}"


def _compile_known(
    problems: list[Problem],
    texts: NameMap[SourceText],
    spellings: NameMap[None],
    source: SourceText,
) -> Formula | None:
    formula = _compile(problems, source)
    return formula and _refuse_unknown(problems, texts, _respell(formula, spellings), source)


def _refuse_unknown(
    problems: list[Problem], texts: NameMap[SourceText], formula: Formula, source: SourceText
) -> Formula:
    """Report every ``formula.x`` that there is no formula for."""
    for name in sorted(name for name in formula.formulas if name not in texts):
        near = find_similar(name, texts) if len(problems) < MAX_SUGGESTIONS else ""
        meant = f" Did you mean `formula.{shorten(near)}`?" if near else ""
        message = f"There is no formula `{shorten(name)}` here.{meant}"
        problems.append(source.problem(message, name))
    return formula


def _compile_derived(problems: list[Problem], name: str, source: SourceText) -> Formula | None:
    """Compile a formula whose value is written down: it must settle, on every machine alike."""
    formula = _compile(problems, source)
    if not formula:
        return None
    fields = [field for field in _UNSTABLE_FIELDS if field in formula.file_fields]
    unstable = [f"file.{field}: {_WRITING}" for field in fields]
    if "random" in formula.functions:
        unstable.append("random(): its value is never the same twice")
    for reason in unstable:
        message = (
            f"The formula of `{shorten(name)}` reads {reason}, so it cannot be a derived property."
        )
        problems.append(source.problem(message, name))
    return formula


def _order(
    source: RuleSource,
    formulas: Mapping[str, Formula],
    texts: Mapping[str, SourceText],
    problems: list[Problem],
) -> list[NamedFormula]:
    derived = frozenset(to_nfc(name) for name, _ in source.formulas)
    modes = {to_nfc(name): mode for name, mode in source.modes}
    reads = {name: _find_reads(formula, formulas, derived) for name, formula in formulas.items()}
    try:
        sequence = tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        cycle = error.args[1][::-1]
        message = f"These formulas need each other, so none can be computed: {_show_cycle(cycle)}."
        problems.append(texts[cycle[0]].problem(message, cycle[0]))
        return []
    ordered: dict[str, NamedFormula] = {}
    for name in sequence:
        clock = max([formulas[name].clock, *(ordered[read].clock for read in reads[name])])
        mode = modes.get(name, Mode.DERIVE) if name in derived else Mode.KEEP
        ordered[name] = NamedFormula(name, formulas[name], clock, mode)
    return list(ordered.values())


def _show_cycle(cycle: list[str]) -> str:
    shown = [shorten(name) for name in cycle]
    if len(shown) > _CYCLE_SHOWN:
        shown[_CYCLE_SHOWN // 2 : -_CYCLE_SHOWN // 2] = ["…"]
    return " → ".join(shown)


def _find_reads(
    formula: Formula, formulas: Mapping[str, Formula], derived: frozenset[str]
) -> frozenset[str]:
    by_property = derived if formula.reads_all_properties else formula.properties & derived
    return (formula.formulas & formulas.keys()) | by_property


def reads_others(rule_sets: Iterable[RuleSet]) -> bool:
    """Say whether a formula, or a filter, may look at other notes than the one that it is run on."""
    return any(rules.reads_others for rules in rule_sets)


def list_formulas(rules: RuleSet) -> Iterator[Formula]:
    """Yield all formulas of a rule set, those of its filters too."""
    yield from rules.admits.formulas if rules.admits else ()
    yield from (rules.add_if,) if rules.add_if else ()
    yield from (entry.formula for entry in rules.formulas)


# A formula has the clock of all that it reads, be it in another rule set or in another note.


def spread_clocks(rule_sets: Sequence[RuleSet]) -> tuple[RuleSet, ...]:
    """Return rule sets that know what of the clock they read through each other's properties."""
    before, after = None, tuple(rule_sets)
    if len(after) == 1 and not reads_others(after):
        return after
    while after != before:
        clocks: NameMap[Clock] = NameMap()
        for entry in (entry for rules in after for entry in rules.owned.values()):
            clocks[entry.name] = max(entry.clock, clocks.get(entry.name, Clock.STABLE))
        before, after = after, tuple(_spread(rules, clocks) for rules in after)
    return after


def _spread(rules: RuleSet, clocks: Mapping[str, Clock]) -> RuleSet:
    entries: NameMap[NamedFormula] = NameMap()
    for entry in rules.formulas:  # each stands behind those that it reads
        local = [entries[name].clock for name in entry.formula.formulas if name in entries]
        clock = max(entry.clock, _find_clock(entry.formula, clocks), *local, Clock.STABLE)
        entries[entry.name] = entry._replace(clock=clock)
    admits, add_if = rules.admits, rules.add_if
    if admits:
        statements = tuple(_spread_to(formula, clocks) for formula in admits.formulas)
        admits = admits._replace(formulas=statements)
    return rules._replace(
        admits=admits,
        formulas=tuple(entries.values()),
        owned=NameMap((name, entries[name]) for name in rules.owned),
        add_if=add_if and _spread_to(add_if, clocks),
    )


def _spread_to(formula: Formula, clocks: Mapping[str, Clock]) -> Formula:
    return formula._replace(clock=max(formula.clock, _find_clock(formula, clocks)))


def _find_clock(formula: Formula, clocks: Mapping[str, Clock]) -> Clock:
    """Return what a formula reads of the clock through derived properties.

    ``now()`` of another note is the start of the day (see `vault_sync.engine.linked_notes`).
    """
    own = clocks if formula.reads_all_properties else formula.properties
    others = clocks if formula.other_properties is None else formula.other_properties
    most = max((clocks.get(name, Clock.STABLE) for name in own), default=Clock.STABLE)
    of_others = max((clocks.get(name, Clock.STABLE) for name in others), default=Clock.STABLE)
    return max(most, min(of_others, Clock.DAILY))
