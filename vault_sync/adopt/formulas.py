"""Candidate formulas: written down in the syntax of Bases, and held against the notes. Pure.

They are run by the same engine that will refresh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import EvaluationError
from vault_sync.formula import compile_formula
from vault_sync.formula.values import Budget, VaultView
from vault_sync.note.values import Json, is_empty_node, is_same_value, node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure, Result
from vault_sync.rules.ruleset import RuleSet, compile_rules
from vault_sync.rules.sources import RuleSource, SourceText
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from vault_sync.adopt.table import SampleNote, Table

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = frozenset(
    {"note", "file", "formula", "this", "true", "false", "null", "value", "index", "acc", "values"}
)


class Expr(NamedTuple):
    """A part of a formula.

    Attributes:
        text: as it is written.
        is_sum: it needs parentheses within a larger formula.
        base_dates: the dates without which it has no value.
        cost: how complicated it is.
    """

    text: str
    is_sum: bool = False
    base_dates: tuple[str, ...] = ()
    cost: int = 1

    @property
    def enclosed(self) -> str:
        """Its text, so that it can stand anywhere."""
        return f"({self.text})" if self.is_sum else self.text


@lru_cache(maxsize=4096)  # each is asked for several times
def list_properties(formula: str) -> frozenset[str]:
    """Return the properties of the note that a formula reads."""
    return compile_formula(formula).properties


def write_name(name: str) -> str:
    """Return a property as formulas read it."""
    is_bare = _BARE.fullmatch(name) and name not in _RESERVED
    return name if is_bare else f"note[{quote_text(name)}]"


def write_number(number: float) -> str:
    """Return a number literal."""
    return f"{number:g}" if number == round(number, 6) else repr(number)


def write_later(date: str, days: int) -> Expr:
    """Return the day some days after a date.

    Args:
        date: the date, ready to be read.
        days: below zero for earlier.
    """
    if not days:
        return Expr(date)
    return Expr(f'{date} {"+" if days > 0 else "-"} "{abs(days)}d"', is_sum=True, cost=2)


def write_sum(expr: Expr, number: float) -> Expr:
    """Return a number with another one added."""
    if not number:
        return expr
    sign = "+" if number > 0 else "-"
    return Expr(
        f"{expr.text} {sign} {write_number(abs(number))}",
        is_sum=True,
        base_dates=expr.base_dates,
        cost=expr.cost + 1,
    )


def write_if(condition: str, then: str, otherwise: str | None = None) -> str:
    """Return a choice; without an alternative it ends in nothing."""
    return f"if({condition}, {then}, {otherwise})" if otherwise else f"if({condition}, {then})"


def write_count(ticks: Sequence[str]) -> Expr:
    """Return how many of some conditions hold."""
    if len(ticks) == 1:
        return Expr(f"if({ticks[0]}, 1, 0)")
    return Expr(f"[{', '.join(ticks)}].filter(value).length", cost=len(ticks))


def join_exprs(exprs: Iterable[Expr], *, is_text: bool) -> Expr:
    """Return exprs one behind the other, as a text where one of them is.

    Args:
        exprs: the parts.
        is_text: one of the first two is a text, so that the others are joined to it.
    """
    parts = list(exprs)
    if len(parts) == 1:
        return parts[0]
    base_dates = tuple(dict.fromkeys(root for part in parts for root in part.base_dates))
    head = [] if is_text else ['""']
    # What begins with a text goes on being one.
    texts = (part.text if part.text[0] == '"' else part.enclosed for part in parts)
    text = " + ".join([*head, *texts])
    return Expr(text, is_sum=True, base_dates=base_dates, cost=sum(part.cost for part in parts))


# How well they agree with the notes.

MAX_SHOWN: Final = 5
MAX_WORK: Final = 50_000_000
"""The work of all formulas on all notes together, in steps: they are our own, but the notes may be hostile."""


class Setting(NamedTuple):
    """Under what settings formulas are run: those of the vault.

    Attributes:
        timezone: of the vault.
        locale: of names in dates.
        vault: the other notes, as they are on the disk; None where they cannot be looked up.
    """

    timezone: tzinfo
    locale: str
    vault: VaultView | None = None

    def conditions(self, moment: datetime) -> Conditions:
        """Return the conditions of a moment."""
        return Conditions(moment, self.timezone, locale=self.locale, vault=self.vault)


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
        rows: the notes that agree, a bit for each.
    """

    agree: int = 0
    total: int = 0
    empty: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    rows: int = 0

    def tells_from(self, other: Score) -> int:
        """Return how many notes agree here and not with another formula."""
        return (self.rows & ~other.rows).bit_count()

    @property
    def share(self) -> float:
        """The share of notes that agree."""
        return self.agree / self.total if self.total else 0.0


def score_formulas(
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
    scores = {pair: Score() for pair in tried}
    run = run_formulas(table, moments, [formula for _, formula in tried], setting)
    for row, results in run:
        for (name, formula), result in zip(tried, results, strict=True):
            _count(scores[name, formula], row, table.notes[row], name, result)
    return scores


def run_formulas(
    table: Table, moments: Mapping[int, datetime], formulas: Sequence[str], setting: Setting
) -> Iterator[tuple[int, list[Result]]]:
    """Yield the number of each note and what formulas give on it.

    Args:
        table: the notes.
        moments: when each was frozen, by its number; others are passed over.
        formulas: in any order; none sees the value of another one.
        setting: of the vault.
    """
    rules = _gather(formulas)
    if rules is None:
        return
    known: dict[datetime, Conditions] = {}
    budget = Budget(MAX_WORK)
    for row, moment in moments.items():
        note = table.notes[row]
        conditions = known.setdefault(moment, setting.conditions(moment))
        found = Evaluation(note.note, note.path, conditions, _refuse, budget).run(rules)
        yield row, [found[_name(number)] for number in range(len(formulas))]


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


def _count(score: Score, row: int, note: SampleNote, name: str, result: Result) -> None:
    found = note.note.properties.get(name)
    if found is None:
        return
    try:
        stored = None if isinstance(result, Failure) else store(result)
    except EvaluationError:
        stored = None
    if is_empty_node(found.value) and (stored is not None or isinstance(result, Failure)):
        score.empty += stored is not None
        return
    score.total += 1
    if not isinstance(result, Failure) and is_same_value(found.value, stored):
        score.agree += 1
        score.rows |= 1 << row
    elif len(score.disagreements) < MAX_SHOWN:
        line = note.note.line_of(name)
        entry = Disagreement(note.path, line, node_to_json(found.value), to_json(stored))
        score.disagreements = (*score.disagreements, entry)
