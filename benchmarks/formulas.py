"""Formulas by themselves, in this process: compiled, and run."""

from __future__ import annotations

from datetime import UTC, date
from functools import partial
from statistics import median
from timeit import repeat
from typing import TYPE_CHECKING, Final

from benchmarks.vault import NOW, invent_notes
from vault_sync.formula import compile_formula
from vault_sync.formula.values import Budget, File, Scope
from vault_sync.note.frontmatter import find_block, read_frontmatter
from vault_sync.plan.evaluation import Conditions, Evaluation
from vault_sync.rules.config import load_profile
from vault_sync.rules.ruleset import compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.values import Value
    from vault_sync.note.frontmatter import Frontmatter

_NUMBER: Final = 20  # in each round: what takes a microsecond cannot be timed alone
_SINGLE: Final = (
    "1 / 5 * 3",
    '"⏰오늘 : " + today().format("YYYY/MM/DD")',
    '(today() - note["⭕첫 학습날"]).days',
    '(date(note["⭕첫 학습날"]) + "14d").format("YYYY년 M월 D일")',
    'if(note["❤1일복습여부"], "🟩".repeat(2), "⬜")',
    '[3, 1, 2].sort().map(value * 2).filter(value > 2).join(", ")',
)


def measure_formulas(rounds: int) -> dict[str, float]:
    """Return the median microseconds of what there is to do with formulas, by what it is."""
    source = load_profile("study-ko")
    (sample,) = invent_notes(1)
    note = _read(sample.render(NOW))
    rules = compile_rules(source, [])
    assert rules
    measured = {
        f"compile the {len(source.formulas)} formulas and {len(source.helpers)} helpers of the"
        " study profile": _time(lambda: compile_rules(source, []), rounds),
        "run them all on a note": _time(lambda: _make_evaluation(note).run(rules), rounds),
    }
    for text in _SINGLE:
        evaluate = compile_formula(text).evaluate
        measured[f"`{text}`"] = _time(partial(evaluate, _make_scope()), rounds)
    return measured


def _make_scope() -> Scope:
    return Scope(
        now=NOW,
        properties={"⭕첫 학습날": date(2024, 7, 7), "❤1일복습여부": True},
        formulas=dict[str, "Value"]().__getitem__,
        file=File("note.md", lambda _fact: None),
        timezone=UTC,
        budget=Budget(steps=10**9),
    )


def _read(text: str) -> Frontmatter:
    block = find_block(text)
    note = read_frontmatter(text, block) if block else None
    assert note
    return note


def _make_evaluation(note: Frontmatter) -> Evaluation:
    return Evaluation(note, "note.md", Conditions(now=NOW, timezone=UTC), lambda _fact: None)


def _time(action: Callable[[], object], rounds: int) -> float:
    return median(repeat(action, repeat=rounds, number=_NUMBER)) / _NUMBER * 1e6
