"""Small rule sets for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note
from vault_sync.rules.ruleset import RuleSet, compile_rules
from vault_sync.rules.sources import Mode, RuleSource, SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.errors import Problem
    from vault_sync.plan.note_plan import NotePlan

NOW = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - local time, as formulas see it


DAILY: Final = """\
profile: none
rules:
  - name: days
    filters: start
    formulas:
      day: today().format("YYYY-MM-DD")
      twice: a * 2
"""
"""A configuration with a value of the day and one that only an edit changes."""


def source(
    filters: str | None = None,
    *,
    helpers: dict[str, str] | None = None,
    modes: dict[str, Mode] | None = None,
    is_adding: bool = True,
    **formulas: str,
) -> RuleSource:
    """Return a rule set of formulas given as keywords."""
    rules = rule_source(formulas, filters, helpers or {})
    return rules._replace(modes=tuple((modes or {}).items()), is_adding=is_adding)


def rule_source(
    formulas: dict[str, str], filters: str | None = None, helpers: dict[str, str] | None = None
) -> RuleSource:
    """Return a rule set whose filter stands in line 1, its formulas in 2 and its helpers in 3."""
    return RuleSource(
        name="test",
        filters=SourceText(filters, 1, 1) if filters else None,
        formulas=tuple((name, SourceText(text, 2, 1)) for name, text in formulas.items()),
        helpers=tuple((name, SourceText(text, 3, 1)) for name, text in (helpers or {}).items()),
    )


def find_problems(rules: RuleSource) -> list[Problem]:
    problems: list[Problem] = []
    compile_rules(rules, problems)
    return problems


def compiled(rules: RuleSource) -> RuleSet:
    problems: list[Problem] = []
    found = compile_rules(rules, problems)
    assert not problems
    assert found is not None
    return found


def plan(
    lines: str,
    *rules: RuleSource,
    now: datetime = NOW,
    clock: Clock = Clock.INSTANT,
    path: str = "Notes/a.md",
    day_starts_at: timedelta = timedelta(),
    types: Mapping[str, str] | None = None,
) -> NotePlan:
    """Return the plan of a note with these lines of frontmatter."""
    conditions = Conditions(now, UTC, day_starts_at, clock=clock, types=types or {})
    text = f"---\n{lines}---\nbody #tagged [[Link]]\n"
    return plan_note(text, path, [compiled(one) for one in rules], conditions, tell)


def inner(found: NotePlan) -> str:
    """Return the lines of frontmatter that a plan ends with."""
    return found.text[4 : found.text.index("---\n", 4)]


def tell(fact: str) -> float | None:
    return 1234.0 if fact == "size" else None


def without_trees(packed: Any) -> Any:
    """Return a rule set, or a part of one, without the trees of its formulas."""
    if isinstance(packed, SourceText):
        return packed._replace(tree=None)
    if not isinstance(packed, tuple):
        return packed
    parts = [without_trees(part) for part in packed]
    return type(packed)(*parts) if hasattr(packed, "_fields") else tuple(parts)
