"""What a refresh would do to one note: from its text, the rules and the day to edits. Pure."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import BrokenPromiseError, FrontmatterError, Problem, UnprovedError
from vault_sync.formula.registry import Clock
from vault_sync.note.frontmatter import parse_frontmatter
from vault_sync.note.values import (
    Stored,
    StoredList,
    is_empty_node,
    is_same_text,
    is_same_value,
    resolve_plain,
)
from vault_sync.note.yaml_nodes import Scalar
from vault_sync.plan.evaluation import Daily, Failure
from vault_sync.plan.governed import LeftAlone, is_named, open_note
from vault_sync.plan.note_plan import NotePlan, PlannedValue, StaleProperty
from vault_sync.rules.sources import Mode
from vault_sync.rules.study import is_finished
from vault_sync.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from vault_sync.note.frontmatter import Property
    from vault_sync.note.values import Storable
    from vault_sync.plan.evaluation import Conditions, Facts
    from vault_sync.plan.governed import GovernedNote, Ruling
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


def plan_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> NotePlan:
    """Return what refresh would do to a note.

    Args:
        text: the whole note.
        path: its path in the vault, for filters.
        rules: the rule sets, in the order in which they see each other's values.
        conditions: the day, the zone and the clocks that count.
        facts: tells the note's size and times where a filter asks for them.

    Raises:
        FrontmatterError: a note that the rules are about cannot be read.
        BrokenPromiseError: an edit would break a law.
    """
    try:
        compared = compare_note(text, path, rules, conditions, facts)
    except FrontmatterError:
        if is_named(text, rules):
            raise
        return NotePlan(text)
    if isinstance(compared, LeftAlone):
        return NotePlan(text, skipped=compared.reason)
    return compared.plan


def compare_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> Comparison | LeftAlone:
    """Return a note held against what its formulas say, or why it is left alone; see `plan_note`.

    One with broken lines that may be mended is compared as it is once they are empty; its plan mends them.

    Raises:
        FrontmatterError: the note cannot be read, be it one that the rules are about or not.
        BrokenPromiseError: an edit would break a law.
    """
    try:
        return _compare_readable(text, path, rules, conditions, facts)
    except FrontmatterError:
        if not is_named(text, rules):
            raise
        from vault_sync.plan.mend import mend_note  # noqa: PLC0415 - few notes are broken

        compared: list[Comparison] = []

        def compare(emptied: str) -> tuple[NotePlan, Mapping[str, PlannedValue]] | None:
            found = _compare_readable(emptied, path, rules, conditions, facts)
            if isinstance(found, LeftAlone):
                return None
            compared.append(found)
            return found.plan, found.list_planned()

        plan = mend_note(text, rules, compare)
        if plan is None:
            raise
        compared[0].plan = plan
        return compared[0]


def _compare_readable(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> Comparison | LeftAlone:
    note = open_note(text, path, rules, conditions, facts)
    try:
        return note if isinstance(note, LeftAlone) else Comparison(note)
    except (BrokenPromiseError, UnprovedError):
        # Was a plain line not so plain? If ruamel.yaml agrees with it, this comes to the same.
        note = open_note(text, path, rules, conditions, facts, read=parse_frontmatter)
        return note if isinstance(note, LeftAlone) else Comparison(note)


# What stands in a note held against what its formulas say, and the edits that follow. Pure.


class State(StrEnum):
    """How a derived property stands to what its formula gives."""

    TRUE = "true"
    STALE = "stale"
    MISSING = "missing"
    ABSENT = "absent"
    KEPT = "kept"
    LATER = "later"
    FAILED = "failed"


_WRITTEN: Final = (State.TRUE, State.STALE, State.MISSING)


class ComparedProperty(NamedTuple):
    """What was found of one derived property.

    Attributes:
        entry: its formula.
        ruling: of the rule set that owns it.
        state: how it stands; a property that reads ``now()`` may be STALE and yet wait for its day.
        stored: its value as the note would hold it; None for nothing, or where there is none.
        problem: why there is no value, or why it cannot be written.
    """

    entry: NamedFormula
    ruling: Ruling
    state: State
    stored: Storable | None = None
    problem: Problem | None = None


class Comparison:
    """What is stale or missing in one note, over all rule sets that admit it.

    Args:
        governed: the note.

    Attributes:
        note: its frontmatter.
        properties: one for each derived property that counts under the conditions, in the order of the rules.
        plan: what refresh would do; where the lines of a note are mended, to the note as it is.

    Raises:
        BrokenPromiseError: an edit would break a law.
    """

    def __init__(self, governed: GovernedNote) -> None:
        self.note = governed.note
        self._governed = governed
        self._values: dict[str, Storable | None] = {}
        self._owned: set[str] = set()
        self._problems: dict[Problem, None] = {}
        self.properties: list[ComparedProperty] = []
        is_governed = False
        for ruling in governed.list_rulings():
            is_governed = True
            for entry in ruling.rules.owned.values():
                if entry.clock <= governed.conditions.clock:
                    self._take(self._compare(entry, ruling))
        self.plan = self._make_plan(is_governed=is_governed)

    def explain(self, one: ComparedProperty) -> ComparedProperty:
        """Return a property with what the plan makes of it."""
        name, state = one.entry.name, one.state
        if any(change.property == name for change in self.plan.changes):
            return one._replace(state=State.STALE if state is State.TRUE else state)
        if state is not State.STALE and state is not State.MISSING:
            return one
        if not self._has_reason():
            return one._replace(state=State.LATER)
        own = [problem for problem in self.plan.problems if problem.property == name]
        return one._replace(state=State.FAILED, problem=(own or self.plan.problems)[-1])

    def list_planned(self) -> dict[str, PlannedValue]:
        """Return the derived properties that are true once the plan is carried out, by name."""
        changed = {change.property for change in self.plan.changes}
        return {
            found.entry.name: PlannedValue(
                found.entry, self._list_values(found), found.ruling.rules
            )
            for found in self.properties
            if found.state is State.TRUE
            or (found.state is State.STALE and found.entry.name in changed)
        }

    def _list_values(self, found: ComparedProperty) -> tuple[Storable | None, ...]:
        if found.entry.clock < Clock.INSTANT:
            return (found.stored,)
        ends = self._governed.conditions.ends_of_day()
        return (found.stored, *(self._at(found, moment) for moment in ends))

    def _take(self, one: ComparedProperty) -> None:
        self.properties.append(one)
        state = one.state
        if state is State.FAILED and one.problem:
            self._problems[one.problem] = None
        elif state in _WRITTEN:
            self._values[one.entry.name] = one.stored
            self._owned.add(fold_name(one.entry.name))

    def _compare(self, entry: NamedFormula, ruling: Ruling) -> ComparedProperty:
        name, result = entry.name, ruling.results[entry.name]
        found = self.note.properties.get(name)
        state = None  # whatever the formula gives
        if found is None and not ruling.is_adding:
            state = State.ABSENT
        elif found and entry.mode is Mode.FILL and not is_empty_node(found.value):
            state = State.KEPT
        elif fold_name(name) in self._owned:
            message = f"Two rule sets own `{name}` here (`{ruling.rules.name}` is the second); let their filters not overlap."
            problem = Problem(message, self.note.line_of(name), name)
            return ComparedProperty(entry, ruling, State.FAILED, problem=problem)
        elif found and type(result) is str and is_same_text(found.value, result):
            return ComparedProperty(entry, ruling, State.TRUE, Stored(result, "text"))
        stored = self._governed.fit(entry, result)
        if isinstance(stored, Failure):
            problem = self._governed.locate(stored)
            return ComparedProperty(entry, ruling, state or State.FAILED, problem=problem)
        return ComparedProperty(entry, ruling, state or _find_state(found, stored), stored)

    def _list(self, state: State) -> list[StaleProperty]:
        return [
            StaleProperty(found.entry, found.stored, found.ruling.rules)
            for found in self.properties
            if found.state is state
        ]

    def _make_plan(self, *, is_governed: bool) -> NotePlan:
        """Return the plan of the note: edits where there is a reason to write, proved."""
        governed = self._governed
        problems = dict.fromkeys([*governed.problems, *governed.unread.values(), *self._problems])
        if not self._has_reason():
            return NotePlan(self.note.text, (), (*problems,), is_governed)
        from vault_sync.plan.proof import Correction  # noqa: PLC0415 - most notes are true

        correction = Correction(self.note, self._values, problems)
        return correction.plan(self._list(State.STALE), self._list(State.MISSING))

    def _has_reason(self) -> bool:
        return any(
            found.state is State.MISSING or (found.state is State.STALE and self._is_due(found))
            for found in self.properties
        )

    def _is_due(self, stale: ComparedProperty) -> bool:
        """Say whether a stale value is a reason to write.

        What reads ``now()`` waits for its day; what the day alone changes, for the notes and devices of
        ``daily-values``.
        """
        if stale.entry.clock > Clock.STABLE and not self._writes_daily(stale.ruling):
            return False
        if stale.entry.clock < Clock.INSTANT:
            return True
        value = self.note.properties[stale.entry.name].value
        old = value.text if isinstance(value, Scalar) else ""
        day = self._governed.conditions.ends_of_day()
        return is_over(old, stale.stored, day, lambda now: self._at(stale, now))

    def _writes_daily(self, ruling: Ruling) -> bool:
        daily, study = self._governed.conditions.daily, ruling.rules.study
        if daily is Daily.WHILE_DUE and study:
            return not is_finished(self.note, study, self._governed.conditions.timezone)
        return daily is not Daily.ELSEWHERE

    def _at(self, stale: ComparedProperty, now: datetime) -> Storable | None:
        result = self._governed.evaluation.run_at(now, stale.ruling.rules)[stale.entry.name]
        stored = self._governed.fit(stale.entry, result)
        return None if isinstance(stored, Failure) else stored


def _find_state(found: Property | None, stored: Storable | None) -> State:
    if found is None:
        return State.MISSING if stored else State.ABSENT
    return State.TRUE if is_same_value(found.value, stored) else State.STALE


# Values that read `now()`: they alone are no reason to write a note until their day is over.
#
# Without this, every refresh would rewrite every note. Whether a value's day is over is seen from
# the value itself, so that two machines with the same note come to the same answer.

_DAY: Final = r"(\d{4})(?:[-/.]|년 ?)(\d{1,2})(?:[-/.]|월 ?)(\d{1,2})"


def is_over(
    old: str,
    new: Storable | None,
    day: Sequence[datetime],
    render_at: Callable[[datetime], Storable | None],
) -> bool:
    """Say whether a value that reads ``now()`` is of another day than today.

    Args:
        old: the scalar text in the note.
        new: the value at this moment.
        day: the first and the last moment of the current day.
        render_at: gives the value at another time of the day.

    Returns:
        True where the old value is none that the formula gives at the start or the end of today:
        it names another day, or a number beyond those. Where the formula's value names no day and
        is no number, nothing can be told and the answer is False.
    """
    if new is None or not old:
        return True
    if isinstance(new, StoredList):
        return False
    if _find_day(new.text) is not None and _find_day(old) == _find_day(new.text):
        return False
    ends = [render_at(moment) for moment in day]
    texts = [end.text for end in ends if end and not isinstance(end, StoredList)]
    days = {_find_day(text) for text in texts}
    if None not in days and days:
        return _find_day(old) not in days
    return _is_beyond(old, texts)


def _find_day(text: str) -> date | None:
    match = re.search(_DAY, text)
    if not match:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _is_beyond(old: str, texts: list[str]) -> bool:
    numbers = [resolve_plain(text) for text in texts]
    if not numbers or not all(isinstance(number, float) for number in numbers):
        return False
    value = resolve_plain(old)
    low, *_, high = sorted(float(str(number)) for number in numbers + numbers)
    return not isinstance(value, float) or not low <= value <= high
