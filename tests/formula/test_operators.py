"""What the operators do with each pair of kinds."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formula.scopes import NotesInHand, file_at, make_scope, moment
from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.conversions import to_text
from vault_sync.formula.operators import BINARY, invert, negate
from vault_sync.formula.values import MAX_LENGTH, Budget, Duration, Link, Regexp

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

DAY = 86_400_000.0
INFINITY = math.inf
NAN = math.nan
SUNDAY = date(2024, 10, 27)
NOON = moment(2024, 10, 27, 12)
NOTE = file_at("A/b.md")
EXAMPLES: list[Value] = [
    *(None, True, False, 0.0, 2.5, -1.0, NAN, INFINITY, "", "x", "3", "1d", "2024-10-26"),
    *(SUNDAY, NOON, Duration(), Duration(1, DAY), Duration(0, NAN), Link("b"), NOTE, Regexp("x")),
    [],
    [1.0],
    {},
    {"a": 1.0},
]


def is_same(a: Value, b: Value) -> bool:
    """Return whether two values are one, NaN being itself and 0 not -0."""
    return repr(a) == repr(b)


@pytest.mark.parametrize(
    ("a", "operator", "b", "expected"),
    [
        (1.0, "+", 2.0, 3.0),
        (True, "+", True, 2.0),
        ("a", "+", "b", "ab"),
        ("a", "+", 1.0, "a1"),
        (1.0, "+", "1", "11"),
        ("a", "+", None, "a"),
        (None, "+", "a", "a"),
        (None, "+", 1.0, None),
        (None, "+", None, None),
        (SUNDAY, "+", None, None),
        ("a", "+", [1.0, "b"], "a1,b"),
        ([1.0, "b"], "+", "a", "1,ba"),
        (NOTE, "+", "!", "A/b.md!"),
        (SUNDAY, "+", "1M", date(2024, 11, 27)),
        (SUNDAY, "+", "1h", moment(2024, 10, 27, 1)),
        (SUNDAY, "+", " is late", "2024-10-27 is late"),
        ("1d", "+", SUNDAY, "1d2024-10-27"),
        (SUNDAY, "+", Duration(0, 2 * DAY), date(2024, 10, 29)),
        (Duration(0, 2 * DAY), "+", SUNDAY, date(2024, 10, 29)),
        (Duration(1, 5.0), "+", Duration(0, 7.0), Duration(1, 12.0)),
        (Duration(0, 5.0), "+", "1s", Duration(0, 1005.0)),
        (Duration(0, 5.0), "+", " left", "a few seconds left"),
        (Duration(0, 5.0), "+", 2.0, 7.0),
        ([1.0], "+", [2.0], [1.0, 2.0]),
        (3.0, "-", 1.0, 2.0),
        ("3", "-", 1.0, 2.0),
        (None, "-", 1.0, None),
        (SUNDAY, "-", "1d", date(2024, 10, 26)),
        (SUNDAY, "-", Duration(1), date(2024, 9, 27)),
        (NOON, "-", SUNDAY, Duration(0, DAY / 2)),
        (Duration(1, 5.0), "-", "1M", Duration(0, 5.0)),
        (Duration(0, 5.0), "-", 2.0, 3.0),
        (2.0, "*", "4", 8.0),
        (None, "*", 2.0, None),
        (Duration(1, 5.0), "*", 2.0, Duration(2, 10.0)),
        (Duration(12), "*", 0.5, Duration(6)),
        (1.0, "/", 5.0, 0.2),
        (1.0, "/", 0.0, INFINITY),
        (-1.0, "/", 0.0, -INFINITY),
        (1.0, "/", -0.0, -INFINITY),
        (0.0, "/", 0.0, NAN),
        (NAN, "/", 0.0, NAN),
        (Duration(0, 112 * DAY), "/", DAY, Duration(0, 112.0)),
        (Duration(12), "/", 4.0, Duration(3)),
        (Duration(0, DAY), "/", Duration(0, DAY / 2), 2.0),
        (Duration(0, DAY), "/", "1h", 24.0),
        (Duration(0, 5.0), "/", 0.0, Duration(0, INFINITY)),
        (7.0, "%", 4.0, 3.0),
        (-7.0, "%", 4.0, -3.0),
        (7.0, "%", 0.0, NAN),
        (INFINITY, "%", 2.0, NAN),
        (None, "%", 2.0, None),
        (Duration(0, 7.0), "%", 4.0, 3.0),
        *((1.0, operator, None, None) for operator in "+-*/%"),
        *((Duration(1), operator, None, None) for operator in "+-*/%"),
        (None, "/", 2.0, None),
        (1.0, "==", "1", True),
        (None, "==", None, True),
        (None, "!=", 0.0, True),
        (SUNDAY, "==", "2024-10-26T15:00Z", True),
        ([1.0], "==", [1.0], True),
        ({"a": [1.0]}, "!=", {"a": [2.0]}, True),
        (1.0, "<", 2.0, True),
        (2.0, "<=", 2.0, True),
        ("b", ">", "a", True),
        (2.0, ">=", 3.0, False),
        (SUNDAY, ">", "2024-10-26T14:59Z", True),
        (SUNDAY, "<", NOON, True),
        (SUNDAY, "==", NOON, True),
        (SUNDAY, "!=", NOON, False),
        (Duration(0, 7 * DAY), ">", "6 days", True),
        (Duration(0, 7 * DAY), ">", 6 * DAY, True),
        (None, "<", 1.0, False),
        (None, ">=", None, False),
        (NAN, "<=", NAN, False),
        ([1.0], "<", [2.0], False),
        (SUNDAY, ">", "soon", False),
    ],
)
def test_operation(a: Value, operator: str, b: Value, expected: Value) -> None:
    assert is_same(BINARY[operator](make_scope(), a, b), expected)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        *((1.0, 2.0), (-2.0, -1.0), (1.0, INFINITY), ("9", 10.0), (False, True), (True, 2.0)),
        *(("a", "b"), ("", "a"), ("10", "9"), ("Z", "a"), ("가", "나")),
        *((SUNDAY, date(2024, 10, 28)), (SUNDAY, NOON), (NOON, date(2024, 10, 28))),
        *((SUNDAY, "2024-10-28"), ("2024-10-26", SUNDAY)),
        *((Duration(0, 1.0), Duration(0, 2.0)), (Duration(0, 29 * DAY), Duration(1))),
        *((Duration(1), "31d"), ("1d", Duration(0, 2 * DAY))),
    ],
)
@pytest.mark.parametrize(
    ("operator", "if_less", "if_same", "if_more"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_order(
    less: Value, more: Value, operator: str, *, if_less: bool, if_same: bool, if_more: bool
) -> None:
    scope, is_so = make_scope(), BINARY[operator]
    assert (is_so(scope, less, more), is_so(scope, more, less)) == (if_less, if_more)
    assert (is_so(scope, less, less), is_so(scope, more, more)) == (if_same, if_same)


@pytest.mark.parametrize(
    ("a", "operator", "b", "words"),
    [
        (SUNDAY, "+", 1.0, '"3d"'),
        (SUNDAY, "-", "soon", '"3d"'),
        (1.0, "-", SUNDAY, '"3d"'),
        (SUNDAY, "*", 2.0, '"3d"'),
        (SUNDAY, "+", SUNDAY, '"3d"'),
        (SUNDAY, "+", Duration(120_000), "1 to 9999"),
        (Duration(1), "*", 1e300, "100,000 years"),
        (Duration(10**6), "+", Duration(10**6), "100,000 years"),
        (Duration(1), "/", 1e-300, "100,000 years"),
        ("abc", "*", 2.0, '"abc" is not a number'),
        (2.0, "*", Duration(0, 5.0), "on the left"),
        (1.0, "+", {}, "needs numbers"),
        (Link("a"), "-", 1.0, "needs numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(a: Value, operator: str, b: Value, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        BINARY[operator](make_scope(), a, b)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.0, -2.0), (True, -1.0), ("3", -3.0), (None, None), (Duration(1, 2.0), Duration(-1, -2.0))],
)
def test_negation(value: Value, expected: Value) -> None:
    assert is_same(negate(value), expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, True), ("", True), (None, True), ([], False)]
)
def test_inversion(value: Value, expected: Value) -> None:
    assert invert(value) is expected


def test_links_are_equal_that_lead_to_one_file() -> None:
    vault = NotesInHand({"A/b.md": [], "Own.md": []})
    scope = make_scope(**vault.seen_from("Own.md"))
    equal = BINARY["=="]
    assert equal(scope, Link("b"), Link("A/b"))
    assert equal(scope, Link("b", "shown"), NOTE)
    assert equal(scope, Link("nowhere"), Link("nowhere"))
    assert not equal(scope, Link("b"), Link("nowhere"))


def test_a_text_does_not_outgrow_the_limit() -> None:
    join = BINARY["+"]
    assert join(make_scope(), "x" * (MAX_LENGTH - 1), "y")
    with pytest.raises(LimitError, match="shorter"):
        join(make_scope(), "x" * MAX_LENGTH, "y")


def test_long_texts_are_paid_for_and_short_ones_are_free() -> None:
    scope = make_scope(budget=Budget(steps=100))
    BINARY["+"](scope, "x" * 500, "y" * 500)
    assert scope.budget.steps == 100
    BINARY["+"](scope, "x" * 2500, "y" * 2500)
    assert scope.budget.steps == 50
    with pytest.raises(LimitError):
        BINARY["+"](scope, "x" * 9000, "y")


def test_comparing_lists_is_paid_for() -> None:
    scope = make_scope(budget=Budget(steps=100))
    BINARY["=="](scope, [1.0] * 40, [1.0] * 40)
    assert scope.budget.steps == 60


@pytest.mark.parametrize("operator", sorted(BINARY))
def test_any_two_values_have_a_result_or_an_evaluation_error(operator: str) -> None:
    for a in EXAMPLES:
        for b in EXAMPLES:
            with suppress(EvaluationError):
                assert isinstance(to_text(BINARY[operator](make_scope(), a, b)), str)


@given(st.dates(), st.dates())
def test_comparison_of_dates_agrees_with_their_difference(a: date, b: date) -> None:
    scope = make_scope()
    difference = BINARY["-"](scope, a, b)
    for operator in ("<", "<=", "==", "!=", ">=", ">"):
        assert BINARY[operator](scope, a, b) == BINARY[operator](scope, difference, 0.0)
