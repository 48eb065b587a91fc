"""Infers for each property which formula gives its values, and scores candidates on the notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.candidates import make_lister
from vault_sync.adopt.evidence import (
    CLEAR,
    LEAST_NOTES,
    Clues,
    find_boxes,
    find_date_boxes,
    find_date_columns,
    find_frozen,
    find_roots,
    list_spans,
    make_date_box,
    says_when_done,
    sort_boxes,
)
from vault_sync.errors import EvaluationError
from vault_sync.formula import compile_formula
from vault_sync.note.values import is_empty_node, is_same_value, node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.ruleset import compile_rules
from vault_sync.rules.sources import RuleSource, SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from vault_sync.adopt.candidates import Candidate
    from vault_sync.adopt.evidence import DateColumn, Root
    from vault_sync.adopt.table import Column, SampleNote, Table
    from vault_sync.note.values import Json
    from vault_sync.plan.evaluation import Result
    from vault_sync.rules.ruleset import RuleSet


# Candidates held against the notes: the formulas are run by the same engine that will refresh.

MAX_SHOWN: Final = 5


class Setting(NamedTuple):
    """Under what settings formulas are run: those of the vault.

    Attributes:
        timezone: of the vault.
        locale: of names in dates.
    """

    timezone: tzinfo
    locale: str


class Disagreement(NamedTuple):
    """A note that holds another value than the formula gives.

    Attributes:
        path: of the note in the vault.
        line: of the property in the note.
        value: what the note holds.
        computed: what the formula gives; None where it gives nothing, or fails.
    """

    path: str
    line: int | None
    value: Json
    computed: Json


@dataclass(slots=True)
class Score:
    """How many notes a formula agrees with.

    Attributes:
        agree: notes that hold what the formula gives.
        total: notes that hold a value, or should hold none and do.
        empty: notes that hold nothing where the formula gives something.
        disagreements: the first of the others.
    """

    agree: int = 0
    total: int = 0
    empty: int = 0
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def share(self) -> float:
        """The share of notes that agree."""
        return self.agree / self.total if self.total else 0.0


def try_formulas(
    table: Table,
    moments: Mapping[int, datetime],
    formulas: Mapping[str, Sequence[str]],
    setting: Setting,
) -> dict[tuple[str, str], Score]:
    """Return how well formulas agree with the notes.

    Args:
        table: the notes.
        moments: when each was frozen, by its number.
        formulas: those to be tried for each property.
        setting: of the vault.
    """
    tried = [(name, formula) for name, listed in formulas.items() for formula in listed]
    rules = _gather([formula for _, formula in tried])
    scores = {pair: Score() for pair in tried}
    if rules is None:
        return scores
    known: dict[datetime, Conditions] = {}
    for row, note in enumerate(table.notes):
        moment = moments[row]
        conditions = known.setdefault(
            moment, Conditions(moment, setting.timezone, locale=setting.locale)
        )
        results = Evaluation(note.note, note.path, conditions, _refuse).run(rules)
        for number, pair in enumerate(tried):
            _count(scores[pair], note, pair[0], results[_name(number)])
    return scores


def _gather(formulas: Sequence[str]) -> RuleSet | None:
    """Return a rule set in which each formula is a helper, so that none sees another's value."""
    helpers = tuple(
        (_name(number), SourceText(formula, 1, 1)) for number, formula in enumerate(formulas)
    )
    source = RuleSource(name="adopt", filters=None, formulas=(), helpers=helpers)
    return compile_rules(source, [])


def _name(number: int) -> str:
    return f"candidate {number}"


def _refuse(fact: str) -> None:
    raise EvaluationError(f"file.{fact} cannot be told here.")


def _count(score: Score, note: SampleNote, name: str, result: Result) -> None:
    found = note.note.properties.get(name)
    if found is None:
        return
    try:
        stored = None if isinstance(result, Failure) else store(result)
    except EvaluationError:
        stored = None
    if is_empty_node(found.value) and stored is not None:
        score.empty += 1
        return
    score.total += 1
    if not isinstance(result, Failure) and is_same_value(found.value, stored):
        score.agree += 1
    elif len(score.disagreements) < MAX_SHOWN:
        line = note.note.line_of(name)
        entry = Disagreement(note.path, line, node_to_json(found.value), to_json(stored))
        score.disagreements = (*score.disagreements, entry)


MAX_ALTERNATIVES: Final = 3
_NEAR: Final = 0.5
_NO_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - civil time, as formulas see it


class Kind(StrEnum):
    """What a property is taken for."""

    DERIVED = "derived"
    SOURCE = "source"
    NEAR = "near"
    CONSTANT = "constant"
    FEW = "few"
    OWN = "own"


class Finding(NamedTuple):
    """What was found out about a property.

    Attributes:
        name: of the property.
        kind: DERIVED where a formula is proposed, NEAR where one holds too seldom for that, SOURCE
            where formulas read it, CONSTANT or FEW where nothing can be told, else OWN.
        notes: how many notes hold a value.
        formula: the one that fits best; empty for none.
        score: how well it does.
        alternatives: other formulas that fit as well.
    """

    name: str
    kind: Kind
    notes: int
    formula: str = ""
    score: Score = Score()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that was found out.

    Attributes:
        clues: what it stands on.
        findings: of every property, in the order of the notes.
    """

    clues: Clues
    findings: Sequence[Finding]

    @property
    def derived(self) -> list[Finding]:
        """The properties for which a formula is proposed."""
        return [one for one in self.findings if one.kind is Kind.DERIVED]


def propose_rules(table: Table, setting: Setting) -> Proposal:
    """Infer formulas from the values of notes.

    Args:
        table: the notes.
        setting: the settings of the vault, under which formulas are run.
    """
    dates = find_date_columns(table)
    clues = find_clues(table, dates)
    others = [table.columns[root.name] for root in clues.roots[1:]]
    explained = _explain(others, replace(clues, roots=clues.roots[:1]), setting)
    clues = _settle(clues, {one.name for one in explained if one.kind is Kind.DERIVED}, dates)
    taken = {root.name for root in clues.roots} | {box.name for box in clues.boxes}
    columns = [column for name, column in table.columns.items() if name not in taken]
    found = {one.name: one for one in _explain(columns, clues, setting)}
    read = {name for one in found.values() if one.kind is Kind.DERIVED for name in list_reads(one)}
    findings = [
        found.get(name) or _describe(column, is_read=name in read)
        for name, column in table.columns.items()
    ]
    return Proposal(clues, findings)


def list_reads(finding: Finding) -> frozenset[str]:
    """Return the properties that the formula of a finding reads."""
    return compile_formula(finding.formula).properties if finding.formula else frozenset()


def find_clues(table: Table, dates: Sequence[DateColumn]) -> Clues:
    """Return what formulas are inferred from: dates, boxes, and the day of the export."""
    roots = find_roots(dates)
    frozen = find_frozen(table, roots)
    roots = [root for root in roots if not _is_clock(root, frozen.moments)]
    done = find_date_boxes(table, roots[0]) if roots else []
    names = {box.name for box in done}
    roots = [root for root in roots if root.name not in names]
    others = [one for one in dates if one.column.name not in names]
    spans = list_spans(roots[0], others) if roots else []
    boxes = sort_boxes([*find_boxes(table), *done], table)
    return Clues(table, roots, boxes, frozen.moments, frozen.is_confirmed, spans)


def _settle(clues: Clues, derived: set[str], dates: Sequence[DateColumn]) -> Clues:
    """Return the clues once it is known which dates are derived; others may serve as boxes."""
    roots = [root for root in clues.roots if root.name not in derived]
    names = {root.name for root in roots[1:]}
    done = [one for one in dates if one.column.name in names and says_when_done(one, roots[0])]
    names = {one.column.name for one in done}
    return replace(
        clues,
        roots=[root for root in roots if root.name not in names],
        boxes=sort_boxes([*clues.boxes, *(make_date_box(one.column) for one in done)], clues.table),
    )


def _is_clock(root: Root, moments: Mapping[int, datetime]) -> bool:
    same = sum(moments[row].date() == day for row, day in root.days.items() if row in moments)
    return same >= CLEAR * len(root.days)


def _explain(columns: Sequence[Column], clues: Clues, setting: Setting) -> list[Finding]:
    """Return what was found out about columns, each tried formula run on every note."""
    list_candidates = make_lister(clues)
    candidates = {
        column.name: list_candidates(column)
        for column in columns
        if len(column.texts) >= LEAST_NOTES
    }
    formulas = {name: [one.formula for one in listed] for name, listed in candidates.items()}
    # Where nothing tells the day, no formula that reads it is among those tried.
    usual = next(iter(clues.moments.values()), _NO_DAY)
    moments = {row: clues.moments.get(row, usual) for row in range(len(clues.table.notes))}
    scores = try_formulas(clues.table, moments, formulas, setting)
    return [_choose(column, candidates.get(column.name, []), scores) for column in columns]


def _choose(
    column: Column, candidates: Sequence[Candidate], scores: Mapping[tuple[str, str], Score]
) -> Finding:
    """Return the formula that most notes agree with; of equal ones the simplest and most alike."""
    ordered = sorted(
        candidates,
        key=lambda one: (-scores[column.name, one.formula].agree, one.cost, -one.likeness),
    )
    if not ordered:
        return _describe(column, is_read=False)
    formula = ordered[0].formula
    score = scores[column.name, formula]
    if score.share < _NEAR:
        return _describe(column, is_read=False)
    kind = Kind.DERIVED if score.share >= CLEAR else Kind.NEAR
    if kind is Kind.NEAR and len(set(column.texts.values())) == 1:
        return _describe(column, is_read=False)
    read = compile_formula(formula).properties
    alternatives = [
        one.formula
        for one in ordered[1:]
        if scores[column.name, one.formula].agree == score.agree
        and compile_formula(one.formula).properties != read
    ]
    return Finding(
        column.name, kind, len(column.texts), formula, score, tuple(alternatives[:MAX_ALTERNATIVES])
    )


def _describe(column: Column, *, is_read: bool) -> Finding:
    count = len(column.texts)
    if is_read:
        return Finding(column.name, Kind.SOURCE, count)
    if count < LEAST_NOTES:
        return Finding(column.name, Kind.FEW, count)
    is_constant = len(set(column.texts.values())) == 1
    return Finding(column.name, Kind.CONSTANT if is_constant else Kind.OWN, count)
