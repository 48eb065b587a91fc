"""Whether `explain` says of each property of a note what `refresh` does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tests.rules.small import tell
from vault_sync.errors import FrontmatterError
from vault_sync.plan.explain import explain_note
from vault_sync.plan.note_plan import NotePlan
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.errors import Problem
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet

_Answer = TypeVar("_Answer")


def check_explained(text: str, rules: list[RuleSet], conditions: Conditions) -> None:
    arguments = (text, "Notes/a.md", rules, conditions, tell)
    plan, refused = ask(plan_note, *arguments)
    explained, reason = ask(explain_note, *arguments)
    if plan is None or explained is None:
        # Of a broken note with nothing of ours in it only who asks for this very note is told.
        assert refused == reason or (plan == NotePlan(text) and reason)
        return
    assert explained.left_alone == plan.skipped
    states = {one.property: one.state for one in explained.properties}
    said = {
        (one.property, one.on_disk is None, repr(one.value))
        for one in explained.properties
        if one.state in {"stale", "missing"}
    }
    assert said == {(one.property, one.old is None, repr(one.new)) for one in plan.changes}, states
    failed = {one.problem for one in explained.properties if one.state == "failed"}
    problems = failed | {problem.message for problem in explained.problems}
    assert problems == {problem.message for problem in plan.problems}
    assert plan.is_governed or not states


def ask(
    function: Callable[..., _Answer], *arguments: object
) -> tuple[_Answer | None, Problem | None]:
    """Return what a function gives, or why it refuses."""
    try:
        return function(*arguments), None
    except FrontmatterError as error:
        return None, error.problem
