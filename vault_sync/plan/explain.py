"""Why a derived property has the value it has: its formula, what that reads, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vault_sync.errors import EvaluationError, FrontmatterError, Problem
from vault_sync.note.frontmatter import find_block
from vault_sync.note.scalars import node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Facts, Failure, Result
from vault_sync.plan.governed import LeftAlone
from vault_sync.plan.planner import compare_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.plan.comparison import Finding
    from vault_sync.rules.ruleset import RuleSet


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
        state: ``true``, ``stale``, ``missing`` (a refresh adds it), ``absent`` (none does), ``kept``
            (it is only filled in where it is empty), ``later`` (it reads ``now()``, and is written
            with the next change or when its day is over) or ``failed``.
        problem: why there is no true value, or why it cannot be written; empty otherwise.
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


class ExplainedNote(NamedTuple):
    """What a refresh makes of one note.

    Attributes:
        properties: each derived property, in the order of the rules; none where no rule governs the note.
        left_alone: why a note that asks to be left alone is; empty otherwise.
        problems: of filters that have no answer for this note.
    """

    properties: tuple[Explanation, ...] = ()
    left_alone: str = ""
    problems: tuple[Problem, ...] = ()


def explain_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> ExplainedNote:
    """Return every derived property of a note as a refresh sees it.

    Args:
        text: the whole note.
        path: its path in the vault.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        facts: tells the note's size and times.

    Raises:
        FrontmatterError: the note has no frontmatter, or none that can be read.
        BrokenPromiseError: an edit would break a law.
    """
    if find_block(text) is None:
        raise FrontmatterError(Problem("The note has no frontmatter, so it has no properties."))
    compared = compare_note(text, path, rules, conditions, facts)
    if isinstance(compared, LeftAlone):
        return ExplainedNote(left_alone=compared.reason)
    explained = (_explain(compared.note, compared.explain(one)) for one in compared.findings)
    of_filters = (problem for problem in compared.plan.problems if problem.property is None)
    return ExplainedNote(tuple(explained), problems=tuple(of_filters))


def _explain(note: Frontmatter, finding: Finding) -> Explanation:
    entry, ruling = finding.entry, finding.ruling
    found = note.properties.get(entry.name)
    return Explanation(
        property=entry.name,
        rules=ruling.rules.name,
        formula=entry.formula.source,
        clock=entry.clock.name.lower(),
        inputs=_list_inputs(note, finding),
        on_disk=node_to_json(found.value) if found else None,
        value=to_json(finding.stored),
        state=finding.state.value,
        problem=finding.problem.message if finding.problem else "",
    )


def _list_inputs(note: Frontmatter, finding: Finding) -> dict[str, object]:
    """Return what a formula reads, and what the formulas that it reads do in their turn."""
    formulas = {one.name: one.formula for one in finding.ruling.rules.formulas}
    inputs: dict[str, object] = {}
    pending = [finding.entry.formula]
    while pending:
        formula = pending.pop(0)
        for name in sorted(formula.formulas):
            if f"formula.{name}" not in inputs:
                inputs[f"formula.{name}"] = _show(finding.ruling.results.get(name))
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
