"""The edits that make a note true: changed and added values, proved before they are given. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.errors import FrontmatterError, Problem, UnprovedError
from vault_sync.note.edits import change_value, fill_value, insert_property
from vault_sync.note.frontmatter import MAX_BLOCK
from vault_sync.note.values import node_to_json, to_json
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.proof import prove_edits
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.edits import Edit
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.values import Storable
    from vault_sync.plan.note_plan import StaleProperty


class Correction:
    """Makes the edits of one note.

    Args:
        note: the note as it is.
        values: what each derived property means that the note has when it is true.
        problems: what was found to be wrong; what cannot be edited is added to both.
    """

    def __init__(
        self,
        note: Frontmatter,
        values: dict[str, Storable | None],
        problems: dict[Problem, None],
    ) -> None:
        self._note = note
        self._values = values
        self._problems = problems

    def plan(
        self, stale_ones: Sequence[StaleProperty], missing: Sequence[StaleProperty]
    ) -> NotePlan:
        """Return the plan that changes some properties and adds others."""
        edits: list[Edit] = []
        changes: list[Change] = []
        for stale in stale_ones:
            self._change(stale, edits, changes)
        for stale in missing:
            self._insert(stale, edits, changes)
        if self._is_too_long(edits):
            message = f"The frontmatter would become longer than {MAX_BLOCK // 1024} KiB, so nothing was written."
            problems = (*self._list_problems([]), Problem(message))
            return NotePlan(self._note.text, (), problems, is_governed=True)
        text = self._prove(edits, changes)
        return NotePlan(text, tuple(changes), self._list_problems(edits), is_governed=True)

    def _prove(self, edits: list[Edit], changes: list[Change]) -> str:
        """Return the edited text; what cannot be proved is taken out of the edits and changes.

        Raises:
            UnprovedError: it cannot be proved by lines of which each was taken for plain.
        """
        if not edits:
            return self._note.text
        try:
            return prove_edits(self._note, edits, self._values)
        except UnprovedError:
            if self._note.is_plain:
                raise
        return self._prove_one_by_one(edits, changes)

    def _prove_one_by_one(self, edits: list[Edit], changes: list[Change]) -> str:
        tried = [*zip(edits, changes, strict=True)]
        wanted = {change.property: self._values.pop(change.property) for change in changes}
        edits.clear()
        changes.clear()
        text = self._note.text
        for edit, change in tried:
            name = change.property
            try:
                values = {**self._values, name: wanted[name]}
                text = prove_edits(self._note, [*edits, edit], values)
            except UnprovedError as error:
                self._refuse(name, error)
            else:
                self._values[name] = wanted[name]
                edits.append(edit)
                changes.append(change)
        return text

    def _refuse(self, name: str, error: UnprovedError) -> None:
        message = f"The property `{name}` cannot be changed safely ({error.reason}); write it as `name: value` on one line."
        self._problems[Problem(message, self._note.line_of(name), name)] = None

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

    def _change(self, stale: StaleProperty, edits: list[Edit], changes: list[Change]) -> None:
        name = stale.entry.name
        write = fill_value if stale.entry.mode is Mode.FILL else change_value
        try:
            edit = write(self._note, name, stale.stored)
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

    def _insert(self, stale: StaleProperty, edits: list[Edit], changes: list[Change]) -> None:
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

    def _find_predecessor(self, stale: StaleProperty) -> str | None:
        order = stale.rules.order
        before = order[: order.index(stale.entry.name)]
        return next((name for name in reversed(before) if name in self._note.properties), None)
