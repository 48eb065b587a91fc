"""One formula tried on one note, or on no note at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from vault_sync.errors import EvaluationError, FrontmatterError, Problem
from vault_sync.formula.advice import advise_name
from vault_sync.formula.registry import Clock
from vault_sync.formula.scope import Budget, Scope
from vault_sync.formula.values import File
from vault_sync.plan.evaluation import Failure
from vault_sync.plan.governed import GovernedNote, find_opt_out, read_properties
from vault_sync.rules.ruleset import NamedFormula, RuleSet
from vault_sync.rules.sources import Mode, RuleSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.formula import Formula
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions, Facts

_NAME = " the formula that is tried"  # a blank comes first, so no formula can read it
_TRIAL = RuleSource(name="eval", filters=None, formulas=())
_NO_FRONTMATTER = "---\n---\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that a formula is tried on.

    Attributes:
        text: the whole note.
        path: its path in the vault.
        facts: tells its size and times.
    """

    text: str
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
    found = read_properties(note.text) or read_properties(_NO_FRONTMATTER + note.text)
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
    )


def _refuse_unknown(formula: Formula, known: frozenset[str]) -> None:
    for name in sorted(formula.formulas - known):
        advice = advise_name(name, known) if known else "; name a note that has it."
        raise EvaluationError(f'There is no formula "{name}" here{advice}')


def _refuse_fact(_fact: str) -> NoReturn:
    raise EvaluationError("There is no note; name one behind the formula.")
