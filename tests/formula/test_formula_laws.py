"""Laws of all formulas: bounded work, and never an error but those a user is told."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.formula.scopes import make_scope, moment
from vault_sync.errors import EvaluationError, FormulaSyntaxError, LimitError
from vault_sync.formula import Formula, compile_formula
from vault_sync.formula.conversions import to_text
from vault_sync.formula.values import Budget, Duration, Link

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


def compile_if_legal(source: str) -> Formula | None:
    with suppress(FormulaSyntaxError):
        return compile_formula(source)
    return None


@pytest.mark.parametrize(
    "source",
    [
        "+".join(["x"] * 999),
        "x" + " && x" * 990,
        "(" * 49 + "x" + "+1)" * 49,
        "if(x, " * 49 + "x" + ")" * 49,
        "!" * 50 + "x",
        "[1].map(" * 49 + "value" + ")" * 49,
        '"a"' + ".trim()" * 95,
        "a||b&&c==d<e+f*(" * 12 + "g" + ")" * 12,
    ],
)
def test_the_largest_legal_formulas_evaluate(source: str) -> None:
    compile_formula(source).evaluate(make_scope({"x": 1.0}))


@pytest.mark.parametrize(
    "source",
    [
        'list.map(list.map(list.map("a" + value)))',
        "list.map(list == list).map(list == list)",
        "list.map([" + ", ".join(["value"] * 900) + "])",
        'list.reduce(acc + acc + "x", "x")',
        "list.reduce([acc, acc], 1) == list.reduce([acc, acc], 2)",
        'list.reduce([acc, acc], 1) + ""',
        'list.map("" + list)',
        "list.map(list.map(note))",
    ],
)
def test_no_loop_outruns_the_budget(source: str) -> None:
    scope = make_scope({"list": [float(number) for number in range(2000)]})
    with pytest.raises(LimitError):
        compile_formula(source).evaluate(scope)


def test_the_formulas_of_a_note_have_fifty_thousand_steps() -> None:
    budget = Budget()
    budget.spend(50_000)
    with pytest.raises(LimitError, match="more work than a formula may"):
        budget.spend(1)


def test_a_copy_of_all_properties_is_paid_for() -> None:
    def steps_of(*names: str) -> int:
        scope = make_scope(dict.fromkeys(names, 1.0), budget=Budget(steps=10))
        compile_formula("note").evaluate(scope)
        return 10 - scope.budget.steps

    assert steps_of("a", "b") == steps_of() + 2


def test_a_formula_costs_more_the_larger_it_is() -> None:
    def steps_of(source: str) -> int:
        scope = make_scope({"a": 1.0}, budget=Budget(steps=1_000))
        compile_formula(source).evaluate(scope)
        return 1_000 - scope.budget.steps

    assert steps_of("+".join(["a"] * 80)) >= steps_of("a") + 79


def test_the_language_loads_no_regular_expression_engine() -> None:
    program = "import sys, vault_sync.formula as f; f.compile_formula('/a/g'); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"vault_sync.formula.parser" in run.stdout.split()
    assert b"regex" not in run.stdout.split()


def test_a_round_costs_more_the_larger_its_body_is() -> None:
    def steps_of(body: str) -> int:
        scope = make_scope({"list": [1.0] * 10}, budget=Budget(steps=100_000))
        compile_formula(f"list.map({body})").evaluate(scope)
        return 100_000 - scope.budget.steps

    assert steps_of("+".join(["value"] * 80)) >= steps_of("value") + 100


NAMES = st.sampled_from(["x", "day", "text", "names", "missing", "file", "value", "note", "acc"])
LITERALS = st.sampled_from(
    ["1", "0", "2.5", '"1d"', '"a"', "true", "null", "[]", "{}", "/a/g", '"2024-07-07"', "1e300"]
)
FUNCTIONS = st.sampled_from(["if", "date", "list", "max", "number", "link", "duration", "file"])
METHODS = st.sampled_from(
    [
        *("map", "filter", "reduce", "round", "format", "lower", "slice", "split", "replace"),
        *("repeat", "join", "sort", "contains", "isEmpty", "toString", "flat", "unique", "keys"),
        *("isType", "toFixed", "asLink", "hasTag", "date", "time", "reverse"),
    ]
)
FIELDS = st.sampled_from(["length", "year", "days", "name", "properties", "a"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])


def combine(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(parts, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({} {} {})".format, parts, OPERATORS, parts),
        st.builds("{}({})".format, FUNCTIONS, arguments),
        st.builds("({}).{}({})".format, parts, METHODS, arguments),
        st.builds("({}).{}".format, parts, FIELDS),
        st.builds("({})[{}]".format, parts, parts),
        st.builds("[{}]".format, arguments),
        st.builds("{{k: {}}}".format, parts),
        st.builds("-{}".format, parts),
        st.builds("!{}".format, parts),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, LITERALS), combine, max_leaves=12)
KINDS_OF_VALUE: dict[str, Value] = {
    "x": 5.0,
    "day": date(2024, 7, 7),
    "text": "가나다 abc",
    "names": ["fern", 2.0, None, moment(2024, 7, 7, 9), Link("Moss")],
    "value": Duration(1, 5.0),
}


@given(EXPRESSIONS)
@example('(1e300).repeat("a")')
@example('day + "1e300"')
def test_any_expression_has_a_value_or_an_evaluation_error(source: str) -> None:
    formula = compile_if_legal(source)
    if formula is not None:
        with suppress(EvaluationError):
            assert isinstance(to_text(formula.evaluate(make_scope(dict(KINDS_OF_VALUE)))), str)


@given(st.text(max_size=40))
def test_any_text_compiles_or_is_a_syntax_error(source: str) -> None:
    compile_if_legal(source)
