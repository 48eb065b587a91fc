"""Infers for each property which formula gives its values, and scores candidates on the notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.candidates import Candidate, is_counted, make_candidate_lister
from vault_sync.adopt.evidence import (
    Evidence,
    find_base_dates,
    find_boxes,
    find_date_boxes,
    find_date_columns,
    find_span,
    list_spans,
    make_date_box,
    read_dates,
    says_when_done,
    sort_boxes,
)
from vault_sync.adopt.formulas import Score, Setting, list_properties, score_formulas
from vault_sync.adopt.patterns import Content, Number, Template
from vault_sync.adopt.rollups import find_relations, list_rollups
from vault_sync.adopt.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.adopt.evidence import BaseDate, DateColumn
    from vault_sync.adopt.table import Column, Table

MAX_ALTERNATIVES: Final = 3
_MAX_SUMS: Final = 4
_NO_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - civil time, as formulas see it


class ColumnKind(StrEnum):
    """What a property is taken for."""

    DERIVED = "derived"
    SOURCE = "source"
    NEAR = "near"
    COPY = "copy"
    CONSTANT = "constant"
    FEW = "few"
    OWN = "own"
    LINKS = "links"


class InferredColumn(NamedTuple):
    """What was found out about a property.

    Attributes:
        name: of the property.
        kind: DERIVED where a formula is proposed, NEAR where one holds too seldom for that, COPY where
            it holds the same as another property, SOURCE where formulas read it, CONSTANT or FEW where
            nothing can be told, LINKS where it holds links to other notes, else OWN.
        notes: how many notes hold a value.
        formula: the one that fits best; empty for none.
        score: how well it does.
        alternatives: other formulas that fit as well.
        rival: the next best formula that is not the same in other words; empty for none.
        told_apart: how many notes agree with the formula and not with that one.
    """

    name: str
    kind: ColumnKind
    notes: int
    formula: str = ""
    score: Score = Score()
    alternatives: tuple[str, ...] = ()
    rival: str = ""
    told_apart: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether a formula is proposed that every note agrees with."""
        return self.kind is ColumnKind.DERIVED and self.score.agree == self.score.total


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that was found out.

    Attributes:
        evidence: what it stands on.
        columns: of every property, in the order of the notes.
    """

    evidence: Evidence
    columns: Sequence[InferredColumn]

    @property
    def derived(self) -> list[InferredColumn]:
        """The properties for which a formula is proposed."""
        return [one for one in self.columns if one.kind is ColumnKind.DERIVED]

    def with_copies(self) -> Proposal:
        """Return the same with a formula proposed for what holds the same as another property."""
        columns = [
            one._replace(kind=ColumnKind.DERIVED) if one.kind is ColumnKind.COPY else one
            for one in self.columns
        ]
        return replace(self, columns=columns)


def propose_rules(table: Table, setting: Setting) -> Proposal:
    """Infer formulas from the values of notes.

    Args:
        table: the notes.
        setting: the settings of the vault, under which formulas are run.
    """
    rollups = _explain_rollups(table, setting)
    plain = table.without(rollups.keys() | find_relations(table).keys())
    evidence, found = _infer(plain, setting)
    found |= rollups
    read = {
        name for one in found.values() if one.kind is ColumnKind.DERIVED for name in list_reads(one)
    }
    columns = [
        found.get(name) or _describe(column, is_read=name in read)
        for name, column in table.columns.items()
    ]
    return Proposal(replace(evidence, table=table), columns)


def _infer(table: Table, setting: Setting) -> tuple[Evidence, dict[str, InferredColumn]]:
    """Return what formulas that see one note alone are inferred from, and what was found out."""
    dates = find_date_columns(table)
    evidence = collect_evidence(table, dates)
    others = [table.columns[base_date.name] for base_date in evidence.base_dates[1:]]
    explained = _explain(others, replace(evidence, base_dates=evidence.base_dates[:1]), setting)
    evidence = _set_derived_apart(
        evidence, {one.name for one in explained if one.kind is ColumnKind.DERIVED}, dates
    )
    taken = {base_date.name for base_date in evidence.base_dates} | {
        box.name for box in evidence.boxes
    }
    columns = [column for name, column in table.columns.items() if name not in taken]
    found = {
        one.name: one for one in explained if one.kind is ColumnKind.COPY and one.name in taken
    }
    return evidence, found | {one.name: one for one in _explain_twice(columns, evidence, setting)}


def _explain_rollups(table: Table, setting: Setting) -> dict[str, InferredColumn]:
    """Return the columns that add up what linked notes hold."""
    candidates = {column.name: listed for column, listed in list_rollups(table, setting)}
    formulas = {name: [one.formula for one in listed] for name, listed in candidates.items()}
    moments = dict.fromkeys(range(len(table.notes)), _NO_DAY)
    scores = score_formulas(table, moments, formulas, setting)
    found = (
        _choose(table, table.columns[name], listed, scores) for name, listed in candidates.items()
    )
    return {one.name: one for one in found if one.kind is ColumnKind.DERIVED}


def list_reads(column: InferredColumn) -> frozenset[str]:
    """Return the properties that the formula of a column reads."""
    return list_properties(column.formula) if column.formula else frozenset()


def collect_evidence(table: Table, dates: Sequence[DateColumn]) -> Evidence:
    """Return what formulas are inferred from: dates, boxes, and the day of the export."""
    base_dates = find_base_dates(dates)
    moments, is_confirmed = find_export_moments(table, base_dates)
    base_dates = [base_date for base_date in base_dates if not _is_clock(base_date, moments)]
    done = find_date_boxes(table, base_dates[0]) if base_dates else []
    names = {box.name for box in done}
    base_dates = [base_date for base_date in base_dates if base_date.name not in names]
    others = [one for one in dates if one.column.name not in names]
    spans = list_spans(base_dates[0], others) if base_dates else []
    boxes = sort_boxes([*find_boxes(table), *done], table)
    return Evidence(table, base_dates, boxes, moments, is_confirmed, spans)


def _set_derived_apart(
    evidence: Evidence, derived: set[str], dates: Sequence[DateColumn]
) -> Evidence:
    """Return the evidence once it is known which dates are derived; others may serve as boxes."""
    base_dates = [base_date for base_date in evidence.base_dates if base_date.name not in derived]
    names = {base_date.name for base_date in base_dates[1:]}
    done = [one for one in dates if one.column.name in names and says_when_done(one, base_dates[0])]
    names = {one.column.name for one in done}
    return replace(
        evidence,
        base_dates=[base_date for base_date in base_dates if base_date.name not in names],
        boxes=sort_boxes(
            [*evidence.boxes, *(make_date_box(one.column) for one in done)], evidence.table
        ),
    )


def _is_clock(base_date: BaseDate, moments: Mapping[int, datetime]) -> bool:
    same = sum(moments[row].date() == day for row, day in base_date.days.items() if row in moments)
    return same >= THRESHOLDS.clear * len(base_date.days)


def _explain(
    columns: Sequence[Column], evidence: Evidence, setting: Setting
) -> list[InferredColumn]:
    """Return what was found out about columns, each tried formula run on every note."""
    list_candidates = make_candidate_lister(evidence)
    candidates = {
        column.name: list_candidates(column)
        for column in columns
        if len(column.texts) >= THRESHOLDS.least_notes
    }
    formulas = {name: [one.formula for one in listed] for name, listed in candidates.items()}
    # Where nothing tells the day, no formula that reads it is among those tried.
    usual = next(iter(evidence.moments.values()), _NO_DAY)
    moments = {row: evidence.moments.get(row, usual) for row in range(len(evidence.table.notes))}
    scores = score_formulas(evidence.table, moments, formulas, setting)
    return [
        _choose(evidence.table, column, candidates.get(column.name, []), scores)
        for column in columns
    ]


def _explain_twice(
    columns: Sequence[Column], evidence: Evidence, setting: Setting
) -> list[InferredColumn]:
    """Return the same, where what one formula counts may be behind another column as well."""
    found = {one.name: one for one in _explain(columns, evidence, setting)}
    boxes = {box.name: box for box in evidence.boxes}
    read = [list_reads(one) for one in found.values() if one.kind is ColumnKind.DERIVED]
    names = dict.fromkeys(tuple(name for name in boxes if name in one) for one in read)
    sums = [[boxes[name] for name in one] for one in names if len(one) > 1]
    if sums:
        left = [one for one in columns if is_counted(one) or not found[one.name].is_certain]
        again = _explain(left, replace(evidence, sums=sorted(sums, key=len)[:_MAX_SUMS]), setting)
        better = [one for one in again if one.score.agree >= found[one.name].score.agree]
        found |= {one.name: one for one in better}
    return [*found.values()]


def _choose(
    table: Table,
    column: Column,
    candidates: Sequence[Candidate],
    scores: Mapping[tuple[str, str], Score],
) -> InferredColumn:
    """Return the formula that most notes agree with; of equal ones the simplest and most alike."""
    own = {one.formula: scores[column.name, one.formula] for one in candidates}
    ordered = sorted(candidates, key=lambda one: (-own[one.formula].agree, one.cost, -one.likeness))
    if not ordered:
        return _describe(column, is_read=False)
    formula = ordered[0].formula
    score = own[formula]
    if score.share < THRESHOLDS.near:
        return _describe(column, is_read=False)
    kind = ColumnKind.DERIVED if score.share >= THRESHOLDS.clear else ColumnKind.NEAR
    if kind is ColumnKind.NEAR and len(set(column.texts.values())) == 1:
        return _describe(column, is_read=False)
    if kind is ColumnKind.DERIVED and (
        _is_copy(column, formula, table) or _is_status(column, formula, score)
    ):
        kind = ColumnKind.COPY
    read = list_properties(formula)
    others = [
        one.formula
        for one in ordered[1:]
        if own[one.formula].rows != score.rows or list_properties(one.formula) != read
    ]
    equal = [one for one in others if own[one].agree == score.agree]
    rival = next(iter(others), "")
    return InferredColumn(
        column.name,
        kind,
        len(column.texts),
        formula,
        score,
        tuple(equal[:MAX_ALTERNATIVES]),
        rival,
        score.tells_from(own[rival]) if rival else 0,
    )


def _is_status(column: Column, formula: str, score: Score) -> bool:
    """Say whether words say the same as one other property, but not in every note.

    A state such as `done` beside a checkbox is as often chosen by hand as it is calculated.
    """
    words = set(column.texts.values())
    is_named = len(words) == 2 and not any(map(str.isdigit, "".join(words)))
    return is_named and score.agree < score.total and len(list_properties(formula)) == 1


def _is_copy(column: Column, formula: str, table: Table) -> bool:
    """Say whether a property holds the same as another one, so that it may as well be the owner's.

    A date that is written otherwise than the other one is calculated where it is the same in every
    note; where it is not, somebody edited one of them.
    """
    names = list_properties(formula)
    if len(names) != 1 or not (other := table.columns.get(next(iter(names)))):
        return False
    both = column.texts.keys() & other.texts.keys()
    same = sum(column.texts[row] == other.texts[row] for row in both)
    if both and same >= THRESHOLDS.clear * len(both):
        return True
    one, first = read_dates(column), read_dates(other)
    if not one or not first or find_span(first.days, one.days) != 0:
        return False
    return any(first.days[row] != day for row, day in one.days.items() if row in first.days)


def _describe(column: Column, *, is_read: bool) -> InferredColumn:
    count = len(column.texts) + len(column.lists)
    kind = ColumnKind.OWN
    if is_read:
        kind = ColumnKind.SOURCE
    elif column.links:
        kind = ColumnKind.LINKS
    elif count < THRESHOLDS.least_notes:
        kind = ColumnKind.FEW
    elif len(set(column.texts.values())) == 1:
        kind = ColumnKind.CONSTANT
    return InferredColumn(column.name, kind, count)


# The day at which the values stand still: told by counts of days, and by dates that do not vary.

_ONE_PLACE: Final = 2  # the words before it and those behind it


def find_export_moments(
    table: Table, base_dates: Sequence[BaseDate]
) -> tuple[dict[int, datetime], bool]:
    """Return when each note was frozen, by its number, and whether counts of days say so."""
    templates = [
        template
        for column in table.columns.values()
        if len(column.texts) >= THRESHOLDS.least_notes
        for template in column.templates[: THRESHOLDS.readings]
    ]
    clocks = [clock for template in templates for clock in _list_clocks(template)]
    days = {clock_day for clock in clocks for clock_day in _main_days(clock)}
    counted = list(_list_counted(templates, base_dates, days))
    return _choose_moments(len(table.notes), clocks, counted), bool(counted)


def _list_clocks(template: Template) -> Iterator[dict[int, datetime]]:
    """Yield the dates in a column, where there are few different ones."""
    for contents in _list_columns(template):
        moments = {row: one for row, one in contents.items() if isinstance(one, datetime)}
        if moments and len(_main_days(moments)) <= _few(len(moments)):
            yield moments


def _list_counted(
    templates: Sequence[Template], base_dates: Sequence[BaseDate], days: set[date]
) -> Iterator[dict[int, datetime]]:
    """Yield the days that counts of days lead to, where there are few different ones.

    A count may begin with one; where dates tell the day, that of them is meant.
    """
    for template in templates:
        for contents in _list_columns(template):
            numbers = {row: one for row, one in contents.items() if isinstance(one, Number)}
            # In a text of several numbers one may be the day of the very date it is taken from.
            ways = (1, -1) if len(template.words) == _ONE_PLACE else (1,)
            for base_date, way in product(base_dates, ways):
                reached = dict(_reach(numbers, base_date, way))
                if _tells(reached, base_date):
                    yield _shift(reached, days)


def _reach(
    numbers: Mapping[int, Number], base_date: BaseDate, way: int
) -> Iterator[tuple[int, datetime]]:
    """Yield the days that are so many days behind a date, or before it (``D-112``)."""
    for row, number in numbers.items():
        if row in base_date.days and not number.decimals and abs(number.value) < 100_000:
            start = base_date.days[row]
            try:
                midnight = datetime(start.year, start.month, start.day)  # noqa: DTZ001 - civil time
                yield row, midnight + timedelta(days=way * number.value)
            except OverflowError:
                continue


def _tells(reached: Mapping[int, datetime], base_date: BaseDate) -> bool:
    """Say whether counts lead to few days, and from many: else any number would do so."""
    main = _main_days(reached)
    starts = {base_date.days[row] for row in reached}
    enough = len(reached) >= THRESHOLDS.least_notes and len(starts) >= THRESHOLDS.spread * len(main)
    return enough and len(main) <= _few(len(reached))


def _shift(reached: dict[int, datetime], days: set[date]) -> dict[int, datetime]:
    own = {moment.date() for moment in reached.values()}
    for shift in (0, -1, 1):
        if {day + timedelta(days=shift) for day in own} & days:
            return {row: moment + timedelta(days=shift) for row, moment in reached.items()}
    return reached


def _list_columns(template: Template) -> Iterator[dict[int, Content]]:
    """Yield what stands in each place of a template, by the number of the note."""
    for place in range(len(template.words) - 1):
        yield {row: places[place] for row, places in template.rows.items()}


def _few(count: int) -> int:
    share = THRESHOLDS.few_days if count >= 50 else int(THRESHOLDS.share_of_few * count)
    return max(1, min(THRESHOLDS.few_days, share))


def _main_days(moments: Mapping[int, datetime]) -> set[date]:
    """Return the days that nearly all moments lie in, the most usual first."""
    counts = Counter(moment.date() for moment in moments.values())
    found: set[date] = set()
    covered = 0
    for day, count in counts.most_common():
        if covered >= THRESHOLDS.main_days * len(moments):
            break
        found.add(day)
        covered += count
    return found


def _choose_moments(
    count: int, clocks: Sequence[Mapping[int, datetime]], counted: Sequence[Mapping[int, datetime]]
) -> dict[int, datetime]:
    """Return the moment of each note: the day most of its evidence names, with the time told for it."""
    usual = Counter(moment.date() for one in counted or clocks for moment in one.values())
    usual_day = usual.most_common(1)[0][0] if usual else None
    moments: dict[int, datetime] = {}
    for row in range(count):
        told = Counter(one[row].date() for one in counted or clocks if row in one)
        day = max(told, key=lambda one: (told[one], one == usual_day), default=usual_day)
        if day:
            here = [one[row] for one in clocks if row in one and one[row].date() == day]
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - civil time
            moments[row] = max(here, default=midnight)
    return moments
