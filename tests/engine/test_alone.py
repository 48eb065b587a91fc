"""Law 5: what comes of a note depends on no other note that is planned before or after it."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import NOW, compiled, rule_source, tell
from tests.study.oracle import study_rules
from vault_sync.errors import VaultSyncError
from vault_sync.formula.values import MAX_STEPS
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.rules.ruleset import RuleSet

# What a property may hold; each stands beside others that are nearly the same.
VALUES: Final = [
    *("1", '"1"', "'1'", "1.0", "01", "0", "-0", "-0.0", '"-0"', ".nan", "-.inf"),
    *("", '""', "''", "~", "null", "!x", "&e", "!!null", "&e null"),
    *("true", '"true"', "!!bool true", "&t true", "yes"),
    *("!!str 5", "5", "&n 5", '!!str "5"', "*n"),
    *("2024-07-07", '"2024-07-07"', "!!timestamp 2024-07-07", "2024-07-07T10:00", "2024-13-40"),
    *('"[[x]]"', '"[[x|y]]"', "[1]", "[&b 1]", "[]", "{x: 1}", "x", '"\\x78"', "가", "가"),
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
]
FORMULAS: Final = [
    *("a", "a + 1", "1 / a", "a.toString()", "a == 0", "a.isEmpty()", "a.isType('string')"),
    *("date(a)", "a.lower()", "a.length", "a.contains('x')", "link(a)", "list(a)", "a && c"),
    *("if(a, c, 1 / 0)", "number(a) * -1", "1 / formula.less", "formula.less + c", "formula.fails"),
    *("/^(a|a)*\\1$/.matches(a)", "/\\d/.matches(a)", "a.replace(/(x)?/g, '$1-')", "note.c"),
    *("file.name + a", "now().format('HH:mm') + a", "today().format('D') + c"),
    '"x".repeat(300).split("").map(value.repeat(9)).length + a',
    '"x".repeat(150).split("").map("y".repeat(90).split("").length).length + c',
]
HELPERS: Final = {"less": "a * -1", "fails": "date(a).format('YYYY')"}


@cache
def compile_one(formula: str) -> RuleSet:
    return compiled(rule_source({f"f{FORMULAS.index(formula)}": formula}, None, HELPERS))


def write_note(a: str, c: str) -> str:
    return f"---\na: {a}\nc: {c}\n---\nbody #tagged [[Link]]\n"


def judge(text: str, rules: Sequence[RuleSet], conditions: Conditions) -> object:
    try:
        plan = plan_note(text, "Notes/a.md", rules, conditions, tell)
    except VaultSyncError as error:
        return str(error)
    return plan.text, plan.problems


@given(
    notes=st.lists(
        st.builds(write_note, st.sampled_from(VALUES), st.sampled_from(VALUES)),
        min_size=2,
        max_size=6,
    ),
    formulas=st.lists(st.sampled_from(FORMULAS), min_size=1, max_size=4, unique=True),
)
def test_a_note_is_judged_alone(notes: list[str], formulas: list[str]) -> None:
    rules = [compile_one(formula) for formula in formulas]
    alone = [judge(text, rules, Conditions(NOW, UTC)) for text in notes]
    shared = Conditions(NOW, UTC)
    assert [judge(text, rules, shared) for text in notes] == alone
    assert [judge(text, rules, shared) for text in reversed(notes)] == alone[::-1]


@pytest.mark.parametrize(("odd", "plain"), [("!!str 5", "5"), ("&e", ""), ("-0", "0")])
def test_a_value_that_looks_the_same_is_another_one(odd: str, plain: str) -> None:
    rules, shared = [compile_one("1 / a"), compile_one("a.isEmpty()")], Conditions(NOW, UTC)
    expected = judge(write_note(odd, "1"), rules, Conditions(NOW, UTC))
    assert judge(write_note(plain, "1"), rules, shared) != expected
    assert judge(write_note(odd, "1"), rules, shared) == expected


def test_work_is_paid_for_by_each_note() -> None:
    first, second = (
        f'"x".repeat(300).split("").map("y".repeat({times}).split("").length).length + {name}'
        for times, name in ((90, "a"), (95, "c"))
    )
    rules, shared = [compiled(rule_source({"one": first, "two": second}))], Conditions(NOW, UTC)
    for text in (write_note("1", "1"), write_note("1", "2")):
        assert "does more work" in str(judge(text, rules, shared))


def test_the_study_profile_stays_far_below_what_a_note_may_cost() -> None:
    steps = sum(entry.formula.steps for entry in study_rules().formulas)
    assert steps < MAX_STEPS / 50
