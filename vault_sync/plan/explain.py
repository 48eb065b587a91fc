"""Why a derived property has the value it has; and one formula tried on a note, or on none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from vault_sync.errors import EvaluationError, FrontmatterError, Problem
from vault_sync.formula.registry import Clock
from vault_sync.formula.values import Budget, File, Scope
from vault_sync.note.frontmatter import find_block, read_properties
from vault_sync.note.values import node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Facts, Failure, Result
from vault_sync.plan.governed import GovernedNote, LeftAlone, find_opt_out
from vault_sync.plan.planner import State, compare_note, plan_note
from vault_sync.rules.ruleset import NamedFormula, RuleSet
from vault_sync.rules.sources import Mode, RuleSource
from vault_sync.text import advise_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.formula import Formula
    from vault_sync.formula.values import Value
    from vault_sync.note.post import NotePost
    from vault_sync.plan.planner import ComparedProperty, Comparison


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
        notes: the paths of the other files that were read for it.
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
    notes: tuple[str, ...] = ()


class ExplainedNote(NamedTuple):
    """What a refresh makes of one note.

    Attributes:
        properties: each derived property, in the order of the rules; none where no rule governs the note.
        left_alone: why a note that asks to be left alone is; empty otherwise.
        problems: of no derived property alone: filters without an answer, source values that cannot be read.
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
    explained = tuple(_explain(compared, compared.explain(one)) for one in compared.properties)
    said = {one.problem for one in explained if one.state == State.FAILED}
    others = (problem for problem in compared.plan.problems if problem.message not in said)
    return ExplainedNote(explained, problems=tuple(others))


def _explain(compared: Comparison, one: ComparedProperty) -> Explanation:
    entry, ruling = one.entry, one.ruling
    return Explanation(
        property=entry.name,
        rules=ruling.rules.name,
        formula=entry.formula.source,
        clock=entry.clock.name.lower(),
        inputs=_list_inputs(compared, one),
        on_disk=_show_on_disk(compared, entry.name),
        value=to_json(one.stored),
        state=one.state.value,
        problem=one.problem.message if one.problem else "",
    )


def _show_on_disk(compared: Comparison, name: str) -> object:
    """Return what stands in the note, as JSON has it: of a broken line its text, None where nothing does."""
    for change in compared.plan.changes:
        if change.property == name and change.below is not None:
            return change.old
    found = compared.note.properties.get(name)
    return node_to_json(found.value) if found else None


def _list_inputs(compared: Comparison, one: ComparedProperty) -> dict[str, object]:
    """Return what a formula reads, and what the formulas that it reads do in their turn."""
    formulas = {entry.name: entry.formula for entry in one.ruling.rules.formulas}
    inputs: dict[str, object] = {}
    pending = [one.entry.formula]
    while pending:
        formula = pending.pop(0)
        for name in sorted(formula.formulas):
            if f"formula.{name}" not in inputs:
                inputs[f"formula.{name}"] = _show(one.ruling.results.get(name))
                pending.append(formulas[name])
        for name in sorted(formula.properties):
            inputs[name] = _show_on_disk(compared, name)
    return inputs


def _show(result: Result) -> object:
    if isinstance(result, Failure):
        return None
    try:
        return to_json(store(result))
    except EvaluationError:
        return str(result)


def mend_text(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> str:
    """Return a note whose properties can be read: itself, or what refresh makes of its broken lines.

    Raises:
        FrontmatterError: it cannot be read, and refresh leaves it alone.
        BrokenPromiseError: an edit would break a law.
    """
    try:
        read_properties(text)
    except FrontmatterError:
        mended = plan_note(text, path, rules, conditions, facts).text
        if mended is text:
            raise
        return mended
    return text


# One formula tried on one note, or on no note at all.

_NAME = " the formula that is tried"  # a blank comes first, so no formula can read it
_TRIAL = RuleSource(name="eval", filters=None, formulas=())
_NO_FRONTMATTER = "---\n---\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that a formula is tried on.

    Attributes:
        post: the note, for reading.
        path: its path in the vault.
        facts: tells its size and times.
    """

    post: NotePost
    path: str
    facts: Facts


def try_formula(formula: Formula, conditions: Conditions) -> Value:
    """Return the value of a formula where there is no note.

    Raises:
        EvaluationError: it has none, or it asks for a file or another formula.
    """
    if formula.file_fields:
        raise EvaluationError("The formula reads a file; name the note behind the formula.")
    _refuse_unknown(formula, frozenset())
    scope = Scope(
        now=conditions.now,
        properties={},
        formulas=dict[str, "Value"]().__getitem__,
        file=File("", _refuse_fact),
        timezone=conditions.timezone,
        day_starts_at=conditions.day_starts_at,
        locale=conditions.locale,
        budget=Budget(),
    )
    return formula.evaluate(scope)


def try_formula_on(
    note: Note, formula: Formula, rules: Sequence[RuleSet], conditions: Conditions
) -> Value:
    """Return the value of a formula for a note, as the formulas of the rules see it.

    So a derived property has its new value, and ``formula.x`` is a formula of the rule sets that
    govern the note. None governs one that asks to be left alone.

    Raises:
        EvaluationError: it has none, or a filter has no answer for this note.
        FrontmatterError: the frontmatter cannot be read.
    """
    found = note.post.note or read_properties(_NO_FRONTMATTER + note.post.content)
    if found is None:
        raise FrontmatterError(Problem("The frontmatter of the note holds no properties."))
    asked = () if find_opt_out(found) else rules
    governed = GovernedNote(found, note.path, asked, conditions, note.facts)
    known = [entry for ruling in governed.list_rulings() for entry in ruling.rules.formulas]
    if governed.problems:
        raise EvaluationError(governed.problems[0].message)
    _refuse_unknown(formula, frozenset(entry.name for entry in known))
    tried = NamedFormula(_NAME, formula, Clock.INSTANT, Mode.KEEP)
    result = governed.evaluation.run(_gather(*known, tried))[_NAME]
    if isinstance(result, Failure):
        raise result.error
    return result


def _gather(*formulas: NamedFormula) -> RuleSet:
    """Return a rule set of formulas that are in order already; it is only run."""
    return RuleSet(
        name=_TRIAL.name,
        source=_TRIAL,
        admits=None,
        formulas=formulas,
        owned={},
        order=(),
        is_adding=False,
        add_if=None,
        names=frozenset(),
        reads_others=True,
    )


def _refuse_unknown(formula: Formula, known: frozenset[str]) -> None:
    for name in sorted(formula.formulas - known):
        advice = advise_name(name, known) if known else "; name a note that has it."
        raise EvaluationError(f'There is no formula "{name}" here{advice}')


def _refuse_fact(_fact: str) -> NoReturn:
    raise EvaluationError("There is no note; name one behind the formula.")
