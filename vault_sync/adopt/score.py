"""Candidates held against the notes: the formulas are run by the same engine that will refresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import EvaluationError
from vault_sync.formula.values import Budget
from vault_sync.note.values import is_empty_node, is_same_value, node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.ruleset import compile_rules
from vault_sync.rules.sources import RuleSource, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from vault_sync.adopt.table import SampleNote, Table
    from vault_sync.formula.values import VaultView
    from vault_sync.note.values import Json
    from vault_sync.plan.evaluation import Result
    from vault_sync.rules.ruleset import RuleSet

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
