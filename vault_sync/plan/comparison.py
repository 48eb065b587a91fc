"""What stands in a note held against what its formulas say, and the edits that follow. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vault_sync.errors import (
    EvaluationError,
    FrontmatterError,
    Problem,
)
from vault_sync.formula.registry import Clock
from vault_sync.note.edits import change_value, insert_property
from vault_sync.note.frontmatter import (
    MAX_BLOCK,
    Frontmatter,
)
from vault_sync.note.scalars import (
    Stored,
    holds,
    is_empty_node,
    is_same_text,
    node_to_json,
    store,
    to_json,
)
from vault_sync.note.types import fit_type
from vault_sync.note.yamltree import Scalar
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure, Result
from vault_sync.plan.instants import is_over
from vault_sync.plan.noteplan import Change, NotePlan
from vault_sync.plan.proof import prove_edits
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from vault_sync.note.scalars import Storable
    from vault_sync.note.splice import Edit
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


class _Stale(NamedTuple):
    """A property whose value on disk is not the true one."""

    entry: NamedFormula
    stored: Storable | None
    rules: RuleSet


class Comparison:
    """Collects over all rule sets what is stale or missing in one note."""

    def __init__(self, note: Frontmatter, evaluation: Evaluation, conditions: Conditions) -> None:
        self._note = note
        self._evaluation = evaluation
        self._conditions = conditions
        self._values: dict[str, Storable | None] = {}
        self._stale: list[_Stale] = []
        self._missing: list[_Stale] = []
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
                self._stale.append(_Stale(entry, stored, rules))
        elif stored:
            self._values[name] = stored
            self._missing.append(_Stale(entry, stored, rules))

    def _store(self, entry: NamedFormula, result: Result) -> Storable | Failure | None:
        if isinstance(result, Failure):
            return result
        try:
            return fit_type(store(result), self._conditions.types.get(entry.name))
        except EvaluationError as error:
            return Failure(error, entry)

    def finish(self) -> NotePlan:
        """Return the plan of the note: edits where there is a reason to write, proved."""
        edits: list[Edit] = []
        changes: list[Change] = []
        if self._missing or any(self._is_reason(stale) for stale in self._stale):
            for stale in self._stale:
                self._change(stale, edits, changes)
            for stale in self._missing:
                self._insert(stale, edits, changes)
        if self._is_too_long(edits):
            message = f"The frontmatter would become longer than {MAX_BLOCK // 1024} KiB, so nothing was written."
            problems = (*self._list_problems([]), Problem(message))
            return NotePlan(self._note.text, (), problems, is_governed=True)
        if edits:
            text = prove_edits(self._note, edits, self._values)
            return NotePlan(text, tuple(changes), self._list_problems(edits), is_governed=True)
        return NotePlan(self._note.text, (), self._list_problems([]), self._is_governed)

    def _is_too_long(self, edits: Sequence[Edit]) -> bool:
        block = self._note.block
        growth = sum(len(edit.replacement) - (edit.end - edit.start) for edit in edits)
        return bool(edits) and block.end - block.start + growth > MAX_BLOCK

    def _list_problems(self, edits: Sequence[Edit]) -> tuple[Problem, ...]:
        """Return the problems with the lines that they have when the edits are made."""
        return tuple(self._relocate(problem, edits) for problem in self._problems)

    def _relocate(self, problem: Problem, edits: Sequence[Edit]) -> Problem:
        found = self._note.properties.get(problem.property or "")
        if found is None or problem.line is None:
            return problem
        place, text = self._note.block.start + found.key.start, self._note.text
        before = [edit for edit in edits if edit.start <= place]
        added = sum(edit.replacement.count("\n") for edit in before)
        gone = sum(text.count("\n", edit.start, edit.end) for edit in before)
        return problem._replace(line=problem.line + added - gone)

    def _is_reason(self, stale: _Stale) -> bool:
        if stale.entry.clock < Clock.INSTANT:
            return True
        value = self._note.properties[stale.entry.name].value
        old = value.text if isinstance(value, Scalar) else ""
        day = self._conditions.ends_of_day()
        return is_over(old, stale.stored, day, lambda now: self._at(stale, now))

    def _at(self, stale: _Stale, now: datetime) -> Storable | None:
        result = self._evaluation.at(now).run(stale.rules)[stale.entry.name]
        stored = self._store(stale.entry, result)
        return None if isinstance(stored, Failure) else stored

    def _change(self, stale: _Stale, edits: list[Edit], changes: list[Change]) -> None:
        name = stale.entry.name
        try:
            edit = change_value(self._note, name, stale.stored)
        except FrontmatterError as error:
            self._problems[error.problem] = None
            del self._values[name]
            return
        edits.append(edit)
        found = self._note.properties[name]
        key = self._note.text[self._note.block.start + found.key.start : edit.start]
        before = key + self._note.text[edit.start : edit.end]
        old, new = node_to_json(found.value), to_json(stale.stored)
        changes.append(Change(name, old, new, before, key + edit.replacement, stale.entry.clock))

    def _insert(self, stale: _Stale, edits: list[Edit], changes: list[Change]) -> None:
        name, stored = stale.entry.name, stale.stored
        if stored is None:
            return
        try:
            edit = insert_property(self._note, name, stored, self._find_predecessor(stale))
        except FrontmatterError as error:
            self._problems[error.problem] = None
            del self._values[name]
            return
        edits.append(edit)
        changes.append(
            Change(name, None, to_json(stored), None, edit.replacement, stale.entry.clock)
        )

    def _find_predecessor(self, stale: _Stale) -> str | None:
        order = stale.rules.order
        before = order[: order.index(stale.entry.name)]
        return next((name for name in reversed(before) if name in self._note.properties), None)
