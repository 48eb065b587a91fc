"""Why a derived property has the value it has: its formula, what that reads, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vault_sync.errors import EvaluationError, FrontmatterError, Problem
from vault_sync.note.frontmatter import (
    Frontmatter,
    Property,
    find_block,
    read_frontmatter,
)
from vault_sync.note.scalars import Storable, holds, node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Evaluation, Facts, Failure, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.rules.ruleset import NamedFormula, RuleSet


class Explanation(NamedTuple):
    """One derived property of one note.

    Attributes:
        property: its name.
        rules: the rule set that owns it.
        formula: the text of its formula.
        clock: ``stable``, ``daily`` or ``instant``.
        inputs: what the formula reads, by name, as JSON has it.
        on_disk: the value in the note, as JSON has it; None where it is missing or empty.
        value: the true value, as JSON has it.
        state: ``true``, ``stale``, ``missing`` (a refresh adds it), ``absent`` (none does) or
            ``failed``.
        problem: why there is no true value; empty where there is one.
    """

    property: str
    rules: str
    formula: str
    clock: str
    inputs: dict[str, object]
    on_disk: object
    value: object
    state: str
    problem: str


def explain_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> list[Explanation]:
    """Return every derived property of a note, in the order of the rules.

    Args:
        text: the whole note.
        path: its path in the vault.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        facts: tells the note's size and times.

    Raises:
        FrontmatterError: the note has no frontmatter that can be read.
        EvaluationError: a filter has no answer for this note.
    """
    block = find_block(text)
    note = read_frontmatter(text, block) if block else None
    if note is None:
        raise FrontmatterError(Problem("The note has no frontmatter, so it has no properties."))
    evaluation = Evaluation(note, path, conditions, facts)
    explanations: list[Explanation] = []
    for rule_set in rules:
        if evaluation.admits(rule_set):
            results = evaluation.run(rule_set)
            absent = "missing" if evaluation.is_adding(rule_set, results) else "absent"
            owned = rule_set.owned.values()
            explanations += [_explain(note, rule_set, entry, results, absent) for entry in owned]
    return explanations


def _explain(
    note: Frontmatter,
    rules: RuleSet,
    entry: NamedFormula,
    results: dict[str, Result],
    absent: str,
) -> Explanation:
    found = note.properties.get(entry.name)
    value, state, problem = None, "failed", ""
    try:
        result = results[entry.name]
        if isinstance(result, Failure):
            raise result.error
        stored = store(result)
        value = to_json(stored)
        state = _compare(found, stored, absent)
    except EvaluationError as error:
        problem = str(error)
    return Explanation(
        entry.name,
        rules.name,
        entry.formula.source,
        entry.clock.name.lower(),
        _list_inputs(note, rules, entry, results),
        node_to_json(found.value) if found else None,
        value,
        state,
        problem,
    )


def _compare(found: Property | None, stored: Storable | None, absent: str) -> str:
    if found is None:
        return absent if stored else "absent"
    return "true" if holds(found.value, stored) else "stale"


def _list_inputs(
    note: Frontmatter, rules: RuleSet, entry: NamedFormula, results: dict[str, Result]
) -> dict[str, object]:
    """Return what a formula reads, and what the formulas that it reads do in their turn."""
    formulas = {one.name: one.formula for one in rules.formulas}
    inputs: dict[str, object] = {}
    pending = [entry.formula]
    while pending:
        formula = pending.pop(0)
        for name in sorted(formula.formulas):
            if f"formula.{name}" not in inputs:
                inputs[f"formula.{name}"] = _show(results.get(name))
                pending.append(formulas[name])
        for name in sorted(formula.properties):
            found = note.properties.get(name)
            inputs[name] = node_to_json(found.value) if found else None
    return inputs


def _show(result: Result) -> object:
    if isinstance(result, Failure):
        return None
    try:
        return to_json(store(result))
    except EvaluationError:
        return str(result)
