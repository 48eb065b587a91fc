"""How values become other values, and when they are equal or in order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formula.scopes import SEOUL, file_at, moment
from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.conversions import (
    are_equal,
    compare,
    is_empty,
    is_truthy,
    kind_of,
    number_text,
    to_number,
    to_plain,
    to_shown,
    to_text,
)
from vault_sync.formula.values import Duration, Link, Regexp

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

DAY = 86_400_000.0
HOUR = 3_600_000.0
NAN = float("nan")


def doubled(times: int) -> Value:
    value: Value = []
    for _ in range(times):
        value = [value, value]
    return value


def nested(depth: int) -> Value:
    value: Value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "boolean"),
        (1.0, "number"),
        ("", "string"),
        (date(2024, 7, 7), "date"),
        (moment(2024, 7, 7), "date"),
        (Duration(), "duration"),
        ([], "list"),
        ({}, "object"),
        (Link("a"), "link"),
        (file_at("a.md"), "file"),
        (Regexp("a"), "regexp"),
    ],
)
def test_every_value_has_a_kind(value: Value, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.6, "0.6"),
        (112.0, "112"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (123456789012345680.0, "123456789012345680"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (0.0001, "0.0001"),
        (0.00001, "0.00001"),
        (0.00000123, "0.00000123"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (NAN, "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_numbers_are_written_as_javascript_does(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_from_its_text(number: float) -> None:
    assert to_number(number_text(number)) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        ("a", "a"),
        (0.5, "0.5"),
        (date(2024, 10, 27), "2024-10-27"),
        (date(24, 1, 2), "0024-01-02"),
        (moment(2024, 10, 27, 14, 1), "2024-10-27T14:01:00"),
        (moment(2024, 10, 27, 14, 1, 2, 3000), "2024-10-27T14:01:02.003"),
        (Duration(0, DAY), "a day"),
        (Duration(0, 44_499.0), "a few seconds"),
        (Duration(0, 44_500.0), "a minute"),
        (Duration(0, 44.4 * 60_000), "44 minutes"),
        (Duration(0, 44.5 * 60_000), "an hour"),
        (Duration(0, 21 * 3_600_000.0), "21 hours"),
        (Duration(0, 22 * 3_600_000.0), "a day"),
        (Duration(0, 25 * DAY), "25 days"),
        (Duration(0, 26 * DAY), "a month"),
        (Duration(1), "a month"),
        (Duration(10), "10 months"),
        (Duration(11), "a year"),
        (Duration(24), "2 years"),
        (Duration(-2, 3 * DAY + 1500), "2 months"),
        (Duration(0, -7 * DAY), "7 days"),
        (Duration(0, NAN), "Invalid date"),
        ([1.0, None, ["b", True]], "1,,b,true"),
        ({"a": [1.0, 0.5, NAN, None, "나"]}, '{"a": [1, 0.5, null, null, "나"]}'),
        (Link("Note"), "[[Note]]"),
        (Link("Note", "shown"), "[[Note|shown]]"),
        (file_at("A/b.md"), "A/b.md"),
        (Regexp("a+", "g"), "/a+/g"),
    ],
)
def test_values_are_written_as(value: Value, text: str) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        *((None, None), (True, True), ("a", "a"), (1.0, 1), (0.5, 0.5), (1e21, 1e21), (-3.0, -3)),
        *((NAN, None), (float("inf"), None), (date(2024, 7, 7), "2024-07-07")),
        *((Duration(0, 1500.0), 1500), (Duration(1), 2_629_746_000), (Link("a", "b"), "[[a|b]]")),
        ([1.0, [None, Duration(0, 0.5)]], [1, [None, 0.5]]),
        ({"a": {"b": NAN}, "c": [False]}, {"a": {"b": None}, "c": [False]}),
    ],
)
def test_values_as_json_has_them(value: Value, plain: object) -> None:
    assert repr(to_plain(value)) == repr(plain)


def test_values_of_two_kinds_are_never_one() -> None:
    assert {Link("a", "g"), Regexp("a", "g"), Link("a", "g")} == {Link("a", "g"), Regexp("a", "g")}
    assert Link("a", "g") != Regexp("a", "g")


MONSTERS: list[Value] = [
    doubled(40),
    nested(5000),
    ["x" * 600_000, "x" * 600_000],
    ["x" * 999] * 1_001,
    ["x" * 11] * 45_000,  # short texts count with what stands between them
    {"a": doubled(40)},
    {"a": ["x" * 999] * 1_001},
    {"a": nested(5000)},
]


@pytest.mark.parametrize("value", MONSTERS, ids=range(len(MONSTERS)))
def test_a_value_of_monstrous_size_is_not_written(value: Value) -> None:
    with pytest.raises(LimitError):
        to_text(value)


def test_a_value_of_good_size_is_written() -> None:
    assert len(to_text(["x" * 999] * 400)) == 400_000 - 1
    assert to_text(nested(99)) == ""


@pytest.mark.parametrize("size", [40, 5000])
def test_monstrous_values_are_not_compared(size: int) -> None:
    build = doubled if size < 100 else nested
    with pytest.raises(LimitError):
        are_equal(build(size), build(size))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (2.5, 2.5),
        (True, 1.0),
        (False, 0.0),
        (" -1.5e1 ", -15.0),
        (".5", 0.5),
        ("5.", 5.0),
        (Duration(0, 5.0), 5.0),
        (Duration(12), 365.2425 * DAY),
    ],
)
def test_values_that_count_as_numbers(value: Value, number: float) -> None:
    assert to_number(value) == pytest.approx(number)


@pytest.mark.parametrize(
    "value", [None, "", "abc", "1_000", "٣", "nan", "0x10", "9" * 2000, date(2024, 7, 7), [], {}]
)
def test_values_that_do_not_count_as_numbers(value: Value) -> None:
    with pytest.raises(EvaluationError, match="is not a number"):
        to_number(value)


@pytest.mark.parametrize(
    "value", [True, 1.0, -1.0, " ", "false", [], {}, date(2024, 1, 1), Duration(1), Link("a")]
)
def test_truthy(value: Value) -> None:
    assert is_truthy(value)


@pytest.mark.parametrize("value", [None, False, 0.0, -0.0, NAN, "", Duration()])
def test_falsy(value: Value) -> None:
    assert not is_truthy(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((None, True), ("", True), ([], True), ({}, True)),
        *((0.0, False), (NAN, False), (False, False), (" ", False), (Duration(), False)),
        *(([None], False), ({"a": None}, False)),
    ],
)
def test_emptiness(value: Value, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_empty(value) is expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (None, None),
        (1.0, "1"),
        (1.0, True),
        (0.0, -0.0),
        ([1.0, [None]], [1.0, [None]]),
        ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}),
        (date(2024, 7, 7), moment(2024, 7, 7)),
        (date(2024, 7, 7), moment(2024, 7, 7, 23, 59)),
        (date(2024, 7, 7), "2024-07-07 23:59"),
        (date(2024, 7, 7), "2024/7/7"),
        (moment(2024, 7, 7, 9), "2024-07-07T00:00Z"),
        (Duration(0, DAY), DAY),
        (Duration(0, DAY), "1d"),
        (Duration(1), "1 month"),
        (Link("A/b", "shown"), Link("A/b")),
        (Link("b"), file_at("A/b.md")),
        (Link("A/b.md"), file_at("A/b.md")),
        (Link("A/b"), "[[A/b|x]]"),
        (Link("A/b"), "A/b"),
        (Link("A/b#c"), Link("a/B.md")),
        (Regexp("a", "g"), Regexp("a", "g")),
        (file_at("a.md"), file_at("a.md")),
    ],
)
def test_equal(a: Value, b: Value) -> None:
    assert are_equal(a, b, SEOUL)
    assert are_equal(b, a, SEOUL)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (None, False),
        (None, 0.0),
        (None, ""),
        (NAN, NAN),
        ("a", "A"),
        (1.0, "one"),
        ([1.0], [1.0, 2.0]),
        ([1.0], 1.0),
        ({"a": 1.0}, {"b": 1.0}),
        (date(2024, 7, 7), moment(2024, 7, 8)),
        (moment(2024, 7, 7), moment(2024, 7, 7, 1)),
        (date(2024, 7, 7), "soon"),
        (date(2024, 7, 7), 1720310400000.0),
        (Link("a"), Link("b")),
        (Link("a"), 1.0),
        (Link("c"), file_at("A/b.md")),
        (Regexp("a"), "a"),
    ],
)
def test_unequal(a: Value, b: Value) -> None:
    assert not are_equal(a, b, SEOUL)
    assert not are_equal(b, a, SEOUL)


@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        (1.0, 2.0, -1),
        ("b", "a", 1),
        ("10", "9", -1),
        (10.0, "9", 1),
        (True, 0.0, 1),
        (date(2024, 7, 7), moment(2024, 7, 7, 1), -1),
        (date(2024, 7, 7), "2024년 7월 6일", 1),
        ("2024-07-07T23:00Z", date(2024, 7, 8), 1),
        (Duration(0, 7 * DAY), "6 days", 1),
        ("1h", Duration(0, HOUR), 0),
        (Duration(1), 31 * DAY, -1),
        (None, None, None),
        (None, 1.0, None),
        (NAN, 1.0, None),
        ("x", 1.0, None),
        ([1.0], [2.0], None),
        (date(2024, 7, 7), "soon", None),
        (date(2024, 7, 7), 1.0, None),
        (Link("a"), Link("b"), None),
    ],
)
def test_order(a: Value, b: Value, order: int | None) -> None:
    assert compare(a, b, SEOUL) == order
    assert compare(b, a, SEOUL) == (None if order is None else -order)


def test_without_a_zone_a_text_with_an_offset_is_no_date() -> None:
    assert compare("2024-07-07T00:00Z", date(2024, 7, 8)) is None


def test_a_list_is_shown_with_commas() -> None:
    assert to_shown([1.0, "a", [True, None]]) == f"1, a, {to_text([True, None])}"
    assert to_shown("a, b") == "a, b"
