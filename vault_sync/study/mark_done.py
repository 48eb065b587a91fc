"""``done``: the one place where a source property is written, because the user asked for it.

The box of a review is ticked and the note refreshed in the same write. Of the tick as of the
refresh it is proved that nothing else changes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import RefreshPlanner, Stale, failed_result, find_dependents
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.vault_files import DiskNotes
from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    FrontmatterError,
    NoteError,
    Problem,
)
from vault_sync.files.read import FileFacts, NoteBytes, Signature, decode_note, read_note
from vault_sync.formula.dates import parse_date
from vault_sync.i18n import Language
from vault_sync.note.edits import Edit, change_value, insert_property
from vault_sync.note.frontmatter import Frontmatter, parse_frontmatter
from vault_sync.note.values import (
    Stored,
    StoredList,
    fit_type,
    is_empty_node,
    node_to_json,
    resolve_plain,
    to_json,
)
from vault_sync.note.yaml_nodes import Node, Scalar, YamlSequence
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.planner import plan_note
from vault_sync.plan.proof import prove_edits
from vault_sync.rules.ruleset import RuleSet, reads_others
from vault_sync.rules.study import StudyNames, Tick, load_tick_words
from vault_sync.study.facts import FactReader, MatchedNote, make_fact_reader
from vault_sync.study.notes import make_study_note
from vault_sync.study.reviews import TickAction, TickDecision, TickOutcome, TickRequest, decide_tick
from vault_sync.vault.vault import Vault, list_notes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.files.folder import VaultFolder
    from vault_sync.note.values import Storable
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.vault.workspace import Workspace

_USAGE: Final = 2


@dataclass(frozen=True, slots=True)
class TickPlanner:
    """Plans the tick of a box and the refresh that follows from it.

    Attributes:
        root: the vault.
        rules: all rule sets.
        conditions: the day, the zone and the clocks that count.
        request: what the user wants.
        language: to say in what is wrong.
        decisions: what that came to, by the path of each note. A note that changed meanwhile is
            planned again for the same stage: somebody else's tick is no reason for another one.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions
    request: TickRequest
    language: Language = field(default_factory=Language)
    decisions: dict[str, TickDecision] = field(default_factory=dict)

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written, or what else there is to tell of it."""
        try:
            return self._plan_bytes(read_note(self.root, path))
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)

    def _plan_bytes(self, note: NoteBytes) -> Stale | NoteResult:
        text = decode_note(note.data)
        facts = FileFacts(note.signature, self.conditions, f"{self.root.path}/{note.path}")
        reader = make_fact_reader(self.rules, self.conditions)
        mended: tuple[Change, ...] = ()
        try:
            found = reader.find(text, note.path, facts)
        except FrontmatterError:  # a merge may have broken derived lines, which a refresh mends
            repair = plan_note(text, note.path, self.rules, self.conditions, facts)
            if not repair.changes:
                raise
            found, mended = reader.find(repair.text, note.path, facts), repair.changes
        if found is None:
            told = self.language.say("This is no study note, or one that asks to be left alone.")
            problem = Problem(told)
            return NoteResult(note.path, Status.FAILED, problems=(problem,))
        decision, problems = self._choose(note.path, reader, found)
        if problems:
            return NoteResult(note.path, Status.FAILED, problems=problems)
        if decision.outcome is not TickOutcome.DONE or decision.stage is None:
            return self._leave(note.path, decision)
        ticked, change = turn_box(found, decision.stage, self.request, self.conditions)
        plan = plan_note(ticked, note.path, self.rules, self.conditions, facts)
        changes = join_changes(mended, (change, *plan.changes))
        made = NotePlan(plan.text, changes, plan.problems, is_governed=True, by_person=True)
        return Stale(note, made)

    def _choose(
        self, path: str, reader: FactReader, found: MatchedNote
    ) -> tuple[TickDecision, tuple[Problem, ...]]:
        """Return what the request comes to, and what is wrong with the values that it depends on."""
        facts = reader.describe(found)
        before = self.decisions.get(path)
        stage = (
            before.stage if before and before.outcome is TickOutcome.DONE else self.request.stage
        )
        request = self.request._replace(stage=stage)
        decision = self.decisions[path] = decide_tick(make_study_note(path, facts), request)
        needed = list_needed(found.rules.names, request)
        return decision, tuple(one for one in facts.problems if one.property in needed)

    def _leave(self, path: str, decision: TickDecision) -> NoteResult:
        """Return the result of a note in which nothing is written."""
        if decision.outcome is TickOutcome.NO_SUCH_STAGE:
            told = self.language.say(
                "Day {stage} is no stage of this note; its stages are {stages}.",
                stage=decision.stage,
                stages=", ".join(str(stage.days) for stage in decision.note.stages),
            )
            return NoteResult(path, Status.FAILED, problems=(Problem(told),), exit_code=_USAGE)
        return NoteResult(path, Status.UNCHANGED)


def join_changes(earlier: Sequence[Change], later: Sequence[Change]) -> tuple[Change, ...]:
    """Return what two plans do to a note, one after the other, as one: a property is undone once."""
    again = {change.property: change for change in later}
    joined = [
        _join(one, again.pop(one.property)) if one.after and one.property in again else one
        for one in earlier
    ]
    return (*joined, *again.values())


def _join(first: Change, second: Change) -> Change:
    """Return the change of a property from before the first to behind the second one."""
    after = second.after
    if first.before is None and first.after and after:  # a line that is added ends as a line
        after += first.after[len(first.after.rstrip("\r\n")) :]
    return first._replace(new=second.new, after=after)


def list_needed(names: StudyNames, request: TickRequest) -> frozenset[str]:
    """Return the properties that must be readable to know which box is meant, and whether it is ticked."""
    if request.stage is not None:
        return frozenset(stage.box for stage in names.stages if stage.days == request.stage)
    return names.identifying if request.action is TickAction.TICK else frozenset(names.boxes)


def turn_box(
    found: MatchedNote, days: int, request: TickRequest, conditions: Conditions
) -> tuple[str, Change]:
    """Return a note with one box ticked or unticked, proved to differ in nothing else.

    Args:
        found: the note and its rules.
        days: the stage.
        request: what becomes of its box, and on which day.
        conditions: the present, and the types of properties.

    Raises:
        FrontmatterError: the value of the box cannot be replaced safely.
        BrokenPromiseError: something else would change.
    """
    plain = found.note
    note = parse_frontmatter(plain.text, plain.block) or plain
    box = next(stage.box for stage in found.rules.names.stages if stage.days == days)
    stored = _store(found, box, request, conditions)
    edit = _edit(note, found, box, stored)
    return prove_edits(note, [edit], {box: stored}), _describe(note, box, stored, edit)


def _store(
    found: MatchedNote, box: str, request: TickRequest, conditions: Conditions
) -> Storable | None:
    """Return what the box is to hold, in the note's own way to write boxes.

    That is the word that goes with the one in the box, a date where boxes of this vault hold dates,
    the word that goes with another box's where the box is empty, and else true or false.
    """
    names, properties = found.rules.names, found.note.properties
    own = properties[box].value if box in properties else None
    style = _find_style(own)
    declared = conditions.types.get(box)
    others = [properties[name].value for name in names.boxes if name in properties]
    takes_day = declared in {"date", "datetime"} or names.tick is Tick.DATE
    is_day = style is None and (takes_day or any(map(_is_date, others)))
    if is_day and request.action is TickAction.UNTICK:
        return None
    if not is_day and (own is None or is_empty_node(own)):
        style = next(filter(None, map(_find_style, others)), None)
    if style:
        return style[0] if request.action is TickAction.TICK else style[1]
    if declared == "datetime":
        return Stored(conditions.now.isoformat(timespec="seconds"), "date")
    if is_day:
        return Stored(request.on.isoformat(), "date")
    text = "true" if request.action is TickAction.TICK else "false"
    return fit_type(Stored(text, "checkbox"), declared)


def _find_style(node: Node | None) -> tuple[Storable, Storable | None] | None:
    """Return what a box like this one holds where it is ticked, and where not; None for true or false."""
    if isinstance(node, YamlSequence):  # `[x]` or `[ ]` without quotes: YAML takes it for a list
        is_mark = node_to_json(node) in ([], ["x"], ["X"])
        return (StoredList((Stored("x", "text"),)), StoredList(())) if is_mark else None
    if not isinstance(node, Scalar):
        return None
    pair = load_tick_words().find_pair(node.text)
    if pair is None or pair[0].lower() == "true":
        return None
    is_number = not node.style and isinstance(resolve_plain(node.text), float)
    kind = "number" if is_number else "text"
    ticked, unticked = (Stored(word, kind) if word else None for word in pair)
    return (ticked, unticked) if ticked else None


def _is_date(node: Node) -> bool:
    """Say whether a box holds the day of its review."""
    if not isinstance(node, Scalar) or load_tick_words().find(node.text) is not None:
        return False
    try:
        return bool(parse_date(node.text, UTC))
    except EvaluationError:
        return False


def _edit(note: Frontmatter, found: MatchedNote, box: str, stored: Storable | None) -> Edit:
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


# `done` as a whole: boxes ticked, and the notes that read a ticked one follow in the same run.


class PlannedTicks(NamedTuple):
    """What is going to be written, and what else there is to tell.

    Attributes:
        planner: plans all these notes, again where another program is writing one.
        found: of the notes that were asked for, then of those that follow.
    """

    planner: Planner
    found: Iterable[Found]


@contextmanager
def plan_ticks(  # noqa: PLR0913, PLR0917 - a vault, what is asked for, and two clocks
    workspace: Workspace,
    root: VaultFolder,
    ticks: TickPlanner,
    paths: Sequence[str],
    moment: datetime,
    started: datetime,
) -> Iterator[PlannedTicks]:
    """Give the plans of notes that are to be ticked, and of those that read them.

    Formulas see all notes as they are once every box is ticked.

    Args:
        workspace: the vault.
        root: its folder, opened.
        ticks: plans the ticks.
        paths: of the notes.
        moment: what is taken for the present.
        started: the true present.
    """
    found = [ticks.plan(path) for path in paths]
    ticked = {one.note.path: one for one in found if isinstance(one, Stale)}
    rules, conditions = workspace.rules, workspace.conditions(moment)
    if not ticked or not reads_others(rules):
        yield PlannedTicks(ticks, found)
        return
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415 - most rules never ask for this
    from vault_sync.engine.recorded_notes import RecordedNotes  # noqa: PLC0415 - most rules never ask for this

    source = _TickedNotes(workspace.vault, root, ticked)
    notes = RecordedNotes(LinkedNotes(source, rules, conditions))
    seeing = replace(ticks, conditions=ticks.conditions.with_vault(notes.view))
    found = [seeing.plan(path) for path in paths]
    plain = RefreshPlanner(root, rules, conditions.with_vault(notes), notes)
    every = [*list_notes(workspace.vault)]
    with plan_with_index(plain, rules, conditions, every, started) as planner:
        both = OrderedPlanner(seeing, ticked, planner)
        following = find_dependents(planner, [*ticked], every)
        told = [one for one in found if not _is_followed(one, following)]
        yield PlannedTicks(both, chain(told, map(both.plan, following)))


def _is_followed(found: Found, following: Container[str]) -> bool:
    """Say whether a note that there is no box to tick in is written all the same, so that one result is enough."""
    if found is None or isinstance(found, Stale):
        return False
    return found.status is Status.UNCHANGED and found.path in following


class OrderedPlanner(NamedTuple):
    """Plans some notes with one planner and all others with another.

    Attributes:
        first: plans those that are named.
        named: their paths.
        second: plans the others.
    """

    first: Planner
    named: Container[str]
    second: Planner

    @property
    def root(self) -> VaultFolder:
        """The vault."""
        return self.first.root

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None."""
        return (self.first if path in self.named else self.second).plan(path)


class _TickedNotes(DiskNotes):
    """The files of a vault, some of them as they are going to be."""

    __slots__ = ("_ticked",)

    def __init__(self, vault: Vault, root: VaultFolder, ticked: Mapping[str, Stale]) -> None:
        super().__init__(vault, root)
        self._ticked = ticked

    def read(self, path: str) -> NoteBytes:
        """Return a note."""
        stale = self._ticked.get(path)
        if stale is None:
            return super().read(path)
        return NoteBytes(path, stale.plan.text.encode(), _sign(stale))

    def sign(self, path: str) -> Signature | None:
        """Return what is known of a file unread."""
        stale = self._ticked.get(path)
        return _sign(stale) if stale else super().sign(path)


def _sign(stale: Stale) -> Signature:
    """Return a signature that no version has which was ever read: this one is not on the disk yet."""
    return stale.note.signature._replace(size=len(stale.plan.text.encode()), inode=-1)
