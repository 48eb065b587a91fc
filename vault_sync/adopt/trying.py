"""Candidates held against the notes: the formulas are run by the same engine that will refresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import EvaluationError
from vault_sync.note.scalars import holds, is_empty_node, node_to_json, store, to_json
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.ruleset import compile_rules
from vault_sync.rules.sources import RuleSource, SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from vault_sync.adopt.table import SampleNote, Table
    from vault_sync.note.scalars import Json
    from vault_sync.plan.evaluation import Result
    from vault_sync.rules.ruleset import RuleSet

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
    if not isinstance(result, Failure) and holds(found.value, stored):
        score.agree += 1
    elif len(score.disagreements) < MAX_SHOWN:
        line = note.note.line_of(name)
        entry = Disagreement(note.path, line, node_to_json(found.value), to_json(stored))
        score.disagreements = (*score.disagreements, entry)
