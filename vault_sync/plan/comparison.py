"""What stands in a note held against what its formulas say, and the edits that follow. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.errors import EvaluationError, Problem
from vault_sync.formula.registry import Clock
from vault_sync.note.scalars import (
    Stored,
    holds,
    is_empty_node,
    is_same_text,
    store,
)
from vault_sync.note.types import fit_type
from vault_sync.note.yamltree import Scalar
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure, Result
from vault_sync.plan.instants import is_over
from vault_sync.plan.noteplan import NotePlan, StaleProperty
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.scalars import Storable
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


class Comparison:
    """Collects over all rule sets what is stale or missing in one note."""

    def __init__(self, note: Frontmatter, evaluation: Evaluation, conditions: Conditions) -> None:
        self._note = note
        self._evaluation = evaluation
        self._conditions = conditions
        self._values: dict[str, Storable | None] = {}
        self._stale: list[StaleProperty] = []
        self._missing: list[StaleProperty] = []
        self._problems: dict[Problem, None] = {}
        self._is_governed = False

    def plan_rules(self, rules: RuleSet) -> None:
        """Compare what one rule set owns with what stands in the note."""
        try:
            if not self._evaluation.admits(rules):
                return
        except EvaluationError as error:
            message = f"The filter of `{rules.name}` cannot be answered for this note: {error}"
            self._problems[Problem(message)] = None
            return
        self._is_governed = True
        results = self._evaluation.run(rules)
        is_adding = self._evaluation.is_adding(rules, results)
        for entry in rules.owned.values():
            if entry.clock <= self._conditions.clock:
                self._compare(entry, results[entry.name], rules, is_adding=is_adding)

    def _compare(
        self, entry: NamedFormula, result: Result, rules: RuleSet, *, is_adding: bool
    ) -> None:
        name = entry.name
        found = self._note.properties.get(name)
        if found is None and not is_adding:
            return
        if found and entry.mode is Mode.FILL and not is_empty_node(found.value):
            return
        if name in self._values:
            message = f"Two rule sets own `{name}` here (`{rules.name}` is the second); let their filters not overlap."
            self._problems[Problem(message, self._note.line_of(name), name)] = None
            return
        if found and type(result) is str and is_same_text(found.value, result):
            self._values[name] = Stored(result, "text")
            return
        stored = self._store(entry, result)
        if isinstance(stored, Failure):
            self._problems[self._evaluation.locate(stored)] = None
        elif found:
            self._values[name] = stored
            if not holds(found.value, stored):
                self._stale.append(StaleProperty(entry, stored, rules))
        elif stored:
            self._values[name] = stored
            self._missing.append(StaleProperty(entry, stored, rules))

    def _store(self, entry: NamedFormula, result: Result) -> Storable | Failure | None:
        if isinstance(result, Failure):
            return result
        try:
            return fit_type(store(result), self._conditions.types.get(entry.name))
        except EvaluationError as error:
            return Failure(error, entry)

    def finish(self) -> NotePlan:
        """Return the plan of the note: edits where there is a reason to write, proved."""
        if self._missing or any(self._is_reason(stale) for stale in self._stale):
            from vault_sync.plan.correction import Correction  # noqa: PLC0415 - most notes are true

            correction = Correction(self._note, self._values, self._problems)
            return correction.plan(self._stale, self._missing)
        return NotePlan(self._note.text, (), (*self._problems,), self._is_governed)

    def _is_reason(self, stale: StaleProperty) -> bool:
        if stale.entry.clock < Clock.INSTANT:
            return True
        value = self._note.properties[stale.entry.name].value
        old = value.text if isinstance(value, Scalar) else ""
        day = self._conditions.ends_of_day()
        return is_over(old, stale.stored, day, lambda now: self._at(stale, now))

    def _at(self, stale: StaleProperty, now: datetime) -> Storable | None:
        result = self._evaluation.run_at(now, stale.rules)[stale.entry.name]
        stored = self._store(stale.entry, result)
        return None if isinstance(stored, Failure) else stored
