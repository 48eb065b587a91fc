"""``done``: the one place where a source property is written, because the user asked for it.

The box of a review is ticked and the note refreshed in the same write. Of the tick as of the
refresh it is proved that nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import FileFacts, Stale, failed_result
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import BrokenPromiseError, FrontmatterError, NoteError, Problem
from vault_sync.files.read import read_note
from vault_sync.i18n import Language
from vault_sync.note.decode import decode_note
from vault_sync.note.edits import change_value, insert_property
from vault_sync.note.frontmatter import parse_frontmatter
from vault_sync.note.values import Stored, fit_type, node_to_json, to_json
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.planner import plan_note
from vault_sync.plan.proof import prove_edits
from vault_sync.study.facts import holds_dates, make_fact_reader
from vault_sync.study.notes import make_study_note
from vault_sync.study.reviews import find_next_review

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.splice import Edit
    from vault_sync.note.values import Storable
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.study.facts import FactReader, Found
    from vault_sync.study.notes import StudyNote
    from vault_sync.study.reviews import Review

_USAGE: Final = 2


class Goal(StrEnum):
    """What becomes of a box."""

    TICK = "tick"
    UNTICK = "untick"


class Wish(NamedTuple):
    """What the user wants to be done with notes.

    Attributes:
        goal: what becomes of the box.
        stage: the stage; None for the one whose turn it is.
        on: the day that counts.
    """

    goal: Goal
    stage: int | None
    on: date


class Verdict(StrEnum):
    """What a wish comes to: it can be done, or why there is nothing to do."""

    DONE = "done"
    ALREADY = "already"
    NOT_DUE = "not-due"
    NOTHING_LEFT = "nothing-left"
    NO_FIRST_DAY = "no-first-day"
    NO_SUCH_STAGE = "no-such-stage"


class Choice(NamedTuple):
    """What a wish comes to for one note.

    Attributes:
        verdict: it can be done, or why there is nothing to do.
        note: the note as it will be.
        stage: the stage that is meant; None where none is.
    """

    verdict: Verdict
    note: StudyNote
    stage: int | None = None

    @property
    def next(self) -> Review | None:
        """The review that is next afterwards."""
        return find_next_review(self.note)


def choose_stage(note: StudyNote, wish: Wish) -> Choice:
    """Return what a wish comes to for one note."""
    if wish.stage is not None:
        return _choose_named(note, wish, wish.stage)
    if wish.goal is Goal.UNTICK:
        done = [stage.days for stage in note.stages if stage.is_done]
        return _turn(note, wish, done[-1]) if done else Choice(Verdict.ALREADY, note)
    review = find_next_review(note)
    if review and review.due <= wish.on:
        return _turn(note, wish, review.stage)
    if review:
        return Choice(Verdict.NOT_DUE, note, review.stage)
    is_left = not note.is_long_term and any(not stage.is_done for stage in note.stages)
    return Choice(Verdict.NO_FIRST_DAY if is_left else Verdict.NOTHING_LEFT, note)


def _choose_named(note: StudyNote, wish: Wish, days: int) -> Choice:
    named = next((stage for stage in note.stages if stage.days == days), None)
    if named is None:
        return Choice(Verdict.NO_SUCH_STAGE, note, days)
    if named.is_done is (wish.goal is Goal.TICK):
        return Choice(Verdict.ALREADY, note, days)
    return _turn(note, wish, days)


def _turn(note: StudyNote, wish: Wish, days: int) -> Choice:
    is_done = wish.goal is Goal.TICK
    stages = tuple(
        replace(stage, is_done=is_done) if stage.days == days else stage for stage in note.stages
    )
    return Choice(Verdict.DONE, replace(note, stages=stages), days)


@dataclass(frozen=True, slots=True)
class TickPlanner:
    """Plans the tick of a box and the refresh that follows from it.

    Attributes:
        root: the vault.
        rules: all rule sets.
        conditions: the day, the zone and the clocks that count.
        wish: what the user wants.
        language: to say in what is wrong.
        choices: what that came to, by the path of each note. A note that changed meanwhile is
            planned again for the same stage: somebody else's tick is no reason for another one.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions
    wish: Wish
    language: Language = field(default_factory=Language)
    choices: dict[str, Choice] = field(default_factory=dict)

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written, or what else there is to tell of it."""
        try:
            return self._plan_bytes(read_note(self.root, path))
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)

    def _plan_bytes(self, note: NoteBytes) -> Stale | NoteResult:
        text = decode_note(note.data)
        facts = FileFacts(note.signature, self.conditions)
        reader = make_fact_reader(self.rules, self.conditions)
        found = reader.find(text, note.path, facts)
        if found is None:
            told = self.language.say("This is no study note, or one that asks to be left alone.")
            problem = Problem(told)
            return NoteResult(note.path, Status.FAILED, problems=(problem,))
        choice, fault = self._choose(note.path, reader, found)
        if choice.verdict is not Verdict.DONE or choice.stage is None:
            return self._tell(note.path, choice, fault)
        ticked, change = turn_box(found, choice.stage, self.wish, self.conditions)
        plan = plan_note(ticked, note.path, self.rules, self.conditions, facts)
        changes = (change, *plan.changes)
        made = NotePlan(plan.text, changes, plan.problems, is_governed=True, by_person=True)
        return Stale(note, made)

    def _choose(self, path: str, reader: FactReader, found: Found) -> tuple[Choice, Problem | None]:
        """Return what the wish comes to, and what was wrong with the note's first day."""
        facts = reader.describe(found)
        before = self.choices.get(path)
        stage = before.stage if before and before.verdict is Verdict.DONE else self.wish.stage
        wish = self.wish._replace(stage=stage)
        choice = self.choices[path] = choose_stage(make_study_note(path, facts), wish)
        return choice, facts.problem

    def _tell(self, path: str, choice: Choice, problem: Problem | None) -> NoteResult:
        """Return the result of a note in which nothing is written."""
        if choice.verdict is Verdict.NO_SUCH_STAGE:
            told = self.language.say(
                "Day {stage} is no stage of this note; its stages are {stages}.",
                stage=choice.stage,
                stages=", ".join(str(stage.days) for stage in choice.note.stages),
            )
            return NoteResult(path, Status.FAILED, problems=(Problem(told),), exit_code=_USAGE)
        if problem:
            return NoteResult(path, Status.FAILED, problems=(problem,))
        return NoteResult(path, Status.UNCHANGED)


def turn_box(found: Found, days: int, wish: Wish, conditions: Conditions) -> tuple[str, Change]:
    """Return a note with one box ticked or unticked, proved to differ in nothing else.

    Args:
        found: the note and its rules.
        days: the stage.
        wish: what becomes of its box, and on which day.
        conditions: the present, and the types of properties.

    Raises:
        FrontmatterError: the value of the box cannot be replaced safely.
        BrokenPromiseError: something else would change.
    """
    plain = found.note
    note = parse_frontmatter(plain.text, plain.block) or plain
    box = next(stage.box for stage in found.rules.names.stages if stage.days == days)
    stored = _store(found, box, wish, conditions)
    edit = _edit(note, found, box, stored)
    return prove_edits(note, [edit], {box: stored}), _describe(note, box, stored, edit)


def _store(found: Found, box: str, wish: Wish, conditions: Conditions) -> Storable | None:
    """Return what the box is to hold: a date where boxes of this vault hold dates."""
    declared = conditions.types.get(box)
    is_day = declared in {"date", "datetime"} or holds_dates(found)
    if is_day and wish.goal is Goal.UNTICK:
        return None
    if declared == "datetime":
        return Stored(conditions.now.isoformat(timespec="seconds"), "date")
    if is_day:
        return Stored(wish.on.isoformat(), "date")
    text = "true" if wish.goal is Goal.TICK else "false"
    return fit_type(Stored(text, "checkbox"), declared)


def _edit(note: Frontmatter, found: Found, box: str, stored: Storable | None) -> Edit:
    if box in note.properties:
        return change_value(note, box, stored)
    if stored is None:
        raise FrontmatterError(Problem(f"There is no `{box}` here that could be emptied."))
    names, order = found.rules.names, found.rules.rules.order
    order = order if box in order else (names.first_day, *names.boxes)
    before = (name for name in reversed(order[: order.index(box)]) if name in note.properties)
    return insert_property(note, box, stored, next(before, None))


def _describe(note: Frontmatter, box: str, stored: Storable | None, edit: Edit) -> Change:
    """Return the change for the report and the journal, as a refresh describes its own."""
    found = note.properties.get(box)
    if found is None:
        return Change(box, None, to_json(stored), None, edit.replacement)
    key = note.text[note.block.start + found.key.start : edit.start]
    before = key + note.text[edit.start : edit.end]
    return Change(box, node_to_json(found.value), to_json(stored), before, key + edit.replacement)
