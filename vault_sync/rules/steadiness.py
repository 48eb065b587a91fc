"""Whether rules come to the same verdict on a note all day long, whatever the time of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.formula import ast
from vault_sync.formula.parser import parse
from vault_sync.formula.registry import Clock
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.formula import Formula
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


def is_steady_all_day(rule_sets: Sequence[RuleSet]) -> bool:
    """Say whether a note with nothing to write has nothing to be written all day.

    That is so for rules which read ``today()`` at most. A value that reads ``now()`` is no reason
    to write until its day is over (`vault_sync.plan.planner`), but that is certain only of one
    that is ``now()`` written out, which no filter and no other formula looks at.
    """
    entries = [entry for rules in rule_sets for entry in rules.formulas]
    instants = NameMap((entry.name, entry) for entry in entries if entry.clock is Clock.INSTANT)
    if not all(_is_written_out(entry) for entry in instants.values()):
        return False
    return not any(
        _reads(formula, instants) for rules in rule_sets for formula in _list_conditions(rules)
    )


def _is_written_out(entry: NamedFormula) -> bool:
    return _is_now_in_text(parse(entry.formula.source))


def _is_now_in_text(node: ast.Node) -> bool:
    match node:
        case ast.Literal():
            return True
        case ast.Call(name="now", arguments=()):
            return True
        case ast.MethodCall(name="format"):
            parts = (node.receiver, *node.arguments)
            return all(_is_now_in_text(part) for part in parts)
        case ast.Chain():
            return set(node.operators) == {"+"} and all(map(_is_now_in_text, node.operands))
    return False


def _list_conditions(rules: RuleSet) -> Iterator[Formula]:
    """Yield what decides whether and where the values of a rule set are written, and stable values."""
    yield from rules.admits.formulas if rules.admits else ()
    yield from (rules.add_if,) if rules.add_if else ()
    yield from (entry.formula for entry in rules.formulas if entry.clock is not Clock.INSTANT)


def _reads(formula: Formula, instants: NameMap[NamedFormula]) -> bool:
    if formula.clock is Clock.INSTANT or (formula.reads_all_properties and instants):
        return True
    return any(name in instants for name in formula.formulas | formula.properties)
