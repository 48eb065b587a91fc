"""What a refresh would do to a note, as its planner says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vault_sync.formula.registry import Clock

if TYPE_CHECKING:
    from vault_sync.errors import Problem
    from vault_sync.note.values import Json, Storable
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


class Change(NamedTuple):
    """A derived property that is stale.

    Attributes:
        property: its name in NFC.
        old: the value in the note, as JSON has it.
        new: the true value, as JSON has it.
        before: its text in the note from name to value; None where the property is missing.
        after: the text that takes its place, or the line that is added; None where it is removed.
        clock: what its formula reads of the clock.
        below: for a line that could not be read and was mended (see `vault_sync.plan.mend`): empty,
            or, where the whole line went, the property that it stood directly below. Else None.
    """

    property: str
    old: Json
    new: Json
    before: str | None
    after: str | None
    clock: Clock = Clock.STABLE
    below: str | None = None


class NotePlan(NamedTuple):
    """What refresh would do to a note.

    Attributes:
        text: the note as it will be; the very same text where there is nothing to write.
        changes: the stale properties.
        problems: what has to be left alone, and why.
        is_governed: some rule set admits the note.
        skipped: why a note that asks to be left alone is; empty otherwise.
        by_person: somebody asked for an edit of a source property: no derived write, but an edit.
    """

    text: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_governed: bool = False
    skipped: str = ""
    by_person: bool = False


class PlannedValue(NamedTuple):
    """A property that is true once a plan is carried out.

    Attributes:
        entry: its formula.
        values: its value; where that reads ``now()``, those as the day begins and ends, too.
        rules: the rule set that owns it.
    """

    entry: NamedFormula
    values: tuple[Storable | None, ...]
    rules: RuleSet


class StaleProperty(NamedTuple):
    """A property whose value on disk is not the true one."""

    entry: NamedFormula
    stored: Storable | None
    rules: RuleSet
