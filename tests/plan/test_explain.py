"""Why a property has its value; a formula tried on a note and on none."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

import pytest

from tests.rules.small import NOW, compiled, source, tell
from vault_sync.errors import EvaluationError, FrontmatterError
from vault_sync.formula import compile_formula
from vault_sync.note.post import read_post
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.explain import (
    ExplainedNote,
    Explanation,
    Note,
    explain_note,
    try_formula,
    try_formula_on,
)
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.rules.sources import RuleSource

CONDITIONS = Conditions(NOW, UTC)


def explain(lines: str, *rules: RuleSource) -> ExplainedNote:
    text = f"---\n{lines}---\n"
    return explain_note(text, "Notes/a.md", [compiled(one) for one in rules], CONDITIONS, tell)


def explain_one(lines: str, formula: str) -> Explanation:
    """Return what is known of ``x``, which a formula derives."""
    (found,) = explain(lines, source(x=formula)).properties
    return found


def test_all_that_is_known_of_a_property() -> None:
    assert explain_one("a: 2\nx: 5\n", "a + 1") == Explanation(
        property="x",
        rules="test",
        formula="a + 1",
        clock="stable",
        inputs={"a": 2},
        on_disk=5,
        value=3,
        state="stale",
        problem="",
    )


@pytest.mark.parametrize(
    ("lines", "formula", "state", "value"),
    [
        ("x: 1\n", "1", "true", 1),
        ("x: 2\n", "1", "stale", 1),
        ("a: 1\n", "1", "missing", 1),
        ("a: 1\n", "missing", "absent", None),
        ("x:\n", "missing", "true", None),
        ("x: 1\n", "missing", "stale", None),
        ("x: 2024-10-27T09:00:00\n", "now()", "later", "2024-10-27T14:01:00"),
        ("x: 2024-10-26T09:00:00\n", "now()", "stale", "2024-10-27T14:01:00"),
        ("x: 1\n", 'number("a")', "failed", None),
        ("x: &a 1\n", "2", "failed", 2),
        ("x: 1\n", "file", "failed", None),
    ],
)
def test_states(lines: str, formula: str, state: str, value: object) -> None:
    found = explain_one(lines, formula)
    assert (found.state, found.value) == (state, value)
    assert bool(found.problem) is (state == "failed")


def test_the_reason_of_a_failure_is_that_of_the_property() -> None:
    rules = source(y="2", x="3", z="4")
    found = explain("x: &a 1\ny: [[0]]\n", rules).properties
    assert [one.state for one in found] == ["failed", "failed", "missing"]
    assert "list or object" in found[0].problem
    assert "anchor" in found[1].problem


def test_a_frontmatter_that_would_grow_too_long_fails_each_property() -> None:
    rules = source(x='"ab".repeat(20000)', y='"cd".repeat(20000)', z='number("a")')
    x, y, z = explain("x: 1\nz: 2\n", rules).properties
    assert [one.state for one in (x, y, z)] == ["failed", "failed", "failed"]
    assert all("longer than 64 KiB" in one.problem for one in (x, y))
    assert "number" in z.problem


def test_what_is_kept_is_explained_too() -> None:
    rules = source(modes={"x": Mode.FILL}, x="1")
    (found,) = explain("x: 5\n", rules).properties
    assert (found.state, found.value, found.on_disk) == ("kept", 1, 5)
    (found,) = explain("x:\n", rules).properties
    assert found.state == "stale"


def test_what_no_refresh_adds_is_explained_too() -> None:
    (found,) = explain("a: 1\n", source(is_adding=False, x="number(a) + 1")).properties
    assert (found.state, found.value, found.problem) == ("absent", 2, "")
    (found,) = explain("a: z\n", source(is_adding=False, x="number(a) + 1")).properties
    assert (found.state, found.value) == ("absent", None)
    assert "number" in found.problem


def test_inputs_of_helpers_and_of_their_helpers() -> None:
    rules = source(helpers={"h": "if(b, 1, formula.g)", "g": "a * 2", "bad": 'number("z")'}, x="formula.h", y="formula.bad", z="formula.l", l="[file]")  # fmt: skip
    found = {one.property: one.inputs for one in explain("a: 1\n", rules).properties}
    assert found["x"] == {"formula.h": 2, "formula.g": 2, "a": 1, "b": None}
    assert list(found["x"]) == ["formula.h", "formula.g", "b", "a"]
    assert found["y"] == {"formula.bad": None}
    assert list(found["z"]) == ["formula.l"]
    assert isinstance(found["z"]["formula.l"], str)


def test_clocks_and_order() -> None:
    rules = source(d="today()", i="now()", s="1")
    assert [(one.property, one.clock) for one in explain("a: 1\n", rules).properties] == [
        ("d", "daily"),
        ("i", "instant"),
        ("s", "stable"),
    ]


def test_a_note_that_no_rule_governs_has_nothing_to_explain() -> None:
    assert explain("a: 1\n", source("missing", x="1")) == ExplainedNote()


def test_a_note_that_asks_to_be_left_alone_says_why() -> None:
    found = explain("vault-sync: false\n", source(x="1"))
    assert found.left_alone == "`vault-sync: false` asks to leave it alone"
    assert not found.properties


def test_a_filter_without_an_answer_is_a_problem_of_the_note() -> None:
    found = explain("x: &a 1\n", source('date("soon") > today()', x="1"), source(x="2"))
    assert [problem.property for problem in found.problems] == [None]
    assert [one.state for one in found.properties] == ["failed"]


def test_a_note_without_frontmatter_has_no_properties() -> None:
    with pytest.raises(FrontmatterError, match="no properties"):
        explain_note("body\n", "a.md", [], CONDITIONS, tell)


# A formula tried.


def evaluate(formula: str) -> object:
    return try_formula(compile_formula(formula), CONDITIONS)


def evaluate_on(formula: str, text: str, *rules: RuleSource) -> object:
    note = Note(read_post(text), "Notes/a.md", tell)
    return try_formula_on(
        note, compile_formula(formula), [compiled(one) for one in rules], CONDITIONS
    )


def test_a_formula_without_a_note() -> None:
    assert evaluate("1 + 2") == 3
    assert evaluate("today()") == date(2024, 10, 27)
    assert evaluate("a") is None


@pytest.mark.parametrize("formula", ["file.name", "file.size", "file.properties", "file"])
def test_a_formula_without_a_note_reads_no_file(formula: str) -> None:
    if formula == "file":
        formula = "list(file)[0].size"
    with pytest.raises(EvaluationError, match="name"):
        evaluate(formula)


def test_a_formula_without_a_note_reads_no_other_formula() -> None:
    with pytest.raises(EvaluationError, match='no formula "x" here; name a note that has it'):
        evaluate("formula.x")


def test_a_formula_on_a_note_sees_the_new_values() -> None:
    text = "---\na: 1\nx: 0\n---\nbody #tagged\n"
    rules = source(helpers={"h": "a + 10"}, x="a + 1")
    assert evaluate_on("x * 10 + a", text, rules) == 21
    assert evaluate_on("formula.h + formula.x", text, rules) == 13
    assert evaluate_on('file.hasTag("tagged") && file.size == 1234', text, rules) is True


def test_a_formula_on_a_note_that_is_left_alone_sees_what_stands_there() -> None:
    text = "---\nvault-sync: false\na: 1\nx: 0\n---\n"
    assert evaluate_on("x", text, source(x="a + 1")) == 0
    with pytest.raises(EvaluationError, match="no formula"):
        evaluate_on("formula.x", text, source(x="a + 1"))


def test_a_formula_on_a_note_without_frontmatter() -> None:
    assert evaluate_on('file.hasTag("tagged")', "body #tagged\n", source("a", x="1")) is True
    assert evaluate_on("x", "body\n", source(x="1")) == 1


def test_an_unknown_formula_is_named_with_the_known_one_that_it_resembles() -> None:
    with pytest.raises(EvaluationError, match='no formula "totl" here; did you mean "total"'):
        evaluate_on("formula.totl + formula.total", "---\na: 1\n---\n", source(total="1"))


def test_the_failure_of_a_tried_formula_is_raised() -> None:
    with pytest.raises(EvaluationError, match="number"):
        evaluate_on('number("z")', "---\na: 1\n---\n", source(x="1"))
    with pytest.raises(EvaluationError, match="filter"):
        evaluate_on("1", "---\na: 1\n---\n", source('date("soon") > today()', x="1"))


def test_of_two_filters_without_an_answer_the_first_is_told() -> None:
    rules = [source('date("x") == today()', x="1"), source('date("y") == today()', y="1")]
    with pytest.raises(EvaluationError, match='"x" is not a date'):
        evaluate_on("1", "---\na: 1\n---\n", *rules)
