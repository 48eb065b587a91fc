"""Values between YAML and formulas: what they mean, how they are held, and as which type."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from vault_sync.errors import EvaluationError
from vault_sync.note.frontmatter import (
    find_block,
    parse_frontmatter,
    read_frontmatter,
    read_wanted,
)
from vault_sync.note.values import (
    Storable,
    Stored,
    StoredList,
    fit_type,
    is_date_text,
    is_empty_node,
    is_same_text,
    is_same_value,
    node_to_json,
    read_stored,
    read_value,
    resolve_plain,
    store,
    to_json,
)

if TYPE_CHECKING:
    from vault_sync.note.yaml_nodes import Node


def node(value: str) -> Node:
    text = f"---\nx: {value}\n---\n"
    block = find_block(text)
    note = parse_frontmatter(text, block) if block else None
    assert note
    return note.properties["x"].value


def text(value: str) -> Stored:
    return Stored(value, "text")


def number(value: str) -> Stored:
    return Stored(value, "number")


@pytest.mark.parametrize(
    ("plain", "meaning"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("nULL", "nULL"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("0", 0.0),
        ("-0", -0.0),
        ("+12", 12.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.5E-1", 0.15),
        ("0o17", 15.0),
        ("0x1f", 31.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("01", "01"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("inf", "inf"),
        ("1e", "1e"),
        (".", "."),
        ("12:30", "12:30"),
        ("9" * 300, float("9" * 300)),
        ("0" * 401, "0" * 401),
        ("1" + "0" * 400, "1" + "0" * 400),
    ],
)
def test_what_a_plain_scalar_means(plain: str, meaning: object) -> None:
    found = resolve_plain(plain)
    assert found == meaning
    assert type(found) is type(meaning)


def test_a_number_of_four_hundred_characters_is_one() -> None:
    assert isinstance(resolve_plain("1." + "0" * 398), float)
    assert isinstance(resolve_plain("1." + "0" * 399), str)
    assert resolve_plain(".nan") != resolve_plain(".nan")


@pytest.mark.parametrize(
    ("value", "is_date"),
    [
        ("2024-07-07", True),
        ("2024-07-07T09:30", True),
        ("2024-07-07 09:30:15", True),
        ("2024-07-07T09:30:15.123456", True),
        ("2024-99-99", True),
        ("2024-07-07T", False),
        ("2024-7-7", False),
        ("2024/07/07", False),
        ("2024-07-07 x", False),
    ],
)
def test_what_looks_like_a_date(value: str, *, is_date: bool) -> None:
    assert is_date_text(value) is is_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-07-07", date(2024, 7, 7)),
        ("2024-07-07T09:30", datetime(2024, 7, 7, 9, 30)),  # noqa: DTZ001 - local time
        ("2024-02-30", "2024-02-30"),
        ('"12"', "12"),
        ("[1, a]", [1.0, "a"]),
        ("{e\u0301: 1}", {"\u00e9": 1.0}),
        ('"[[a"', "[[a"),
    ],
)
def test_what_a_formula_reads(value: str, expected: object) -> None:
    assert read_value(node(value)) == expected


@pytest.mark.parametrize("value", ["&a 1", "!t 1", "[&a 1]", "{a: !t 1}", "{[a]: 1}", "&a [1]"])
def test_what_no_formula_reads(value: str) -> None:
    with pytest.raises(EvaluationError):
        read_value(node(value))


@pytest.mark.parametrize("value", ["{{date}}", "{{date:YYYY-MM-DD}}", "{{VALUE:이름}}", "{{a}: b}"])
def test_a_placeholder_of_a_template_is_told_as_one(value: str) -> None:
    with pytest.raises(EvaluationError, match="two braces, as in a template"):
        read_value(node(value))


def test_json() -> None:
    assert node_to_json(node("{a: [1, 1.5, x, '1', .inf, 2024-07-07, ~], [b]: true}")) == {
        "a": [1, 1.5, "x", "1", ".inf", "2024-07-07", None],
        "?": True,
    }
    items = (text("1"), number("2"), number("2.5"), Stored("true", "checkbox"), Stored("2024-07-07", "date"))  # fmt: skip
    assert to_json(StoredList(items)) == ["1", 2, 2.5, True, "2024-07-07"]
    assert type(to_json(number("2"))) is int
    assert to_json(None) is None


@pytest.mark.parametrize(
    ("value", "is_empty"),
    [("", True), ("~", True), ("null", True), ('""', True), ("''", True), ('"~"', False), ("false", False), ("0", False), ("[]", False), ("{}", False)],
)  # fmt: skip
def test_what_is_empty(value: str, *, is_empty: bool) -> None:
    assert is_empty_node(node(value)) is is_empty


@pytest.mark.parametrize(
    ("value", "wanted", "is_same"),
    [
        ("a", "a", True),
        ("'a'", "a", True),
        ("a", "b", False),
        ("true", "true", False),
        ('"true"', "true", True),
        ("~", "~", False),
        ("''", "", False),
        ("[a]", "a", False),
    ],
)
def test_the_quick_answer(value: str, wanted: str, *, is_same: bool) -> None:
    assert is_same_text(node(value), wanted) is is_same


@pytest.mark.parametrize(
    ("value", "stored", "is_same"),
    [
        ("~", None, True),
        ("x", None, False),
        ("[]", None, False),
        ("1", text("1"), True),
        ("1.0", text("1"), True),
        ("0x1", text("1"), True),
        ("'1.0'", text("1"), False),
        ("1", text("2"), False),
        ("1", text("one"), False),
        ("e\u0301", text("\u00e9"), True),
        ("2.50", number("2.5"), True),
        ("'2.5'", number("2.5"), True),
        ('"x"', number("2.5"), False),
        ("TRUE", Stored("true", "checkbox"), True),
        ("false", Stored("true", "checkbox"), False),
        ("'true'", Stored("true", "checkbox"), False),
        ("false", Stored("false", "checkbox"), True),
        ("2024/07/07", Stored("2024-07-07", "date"), True),
        ("2024-07-07T00:00", Stored("2024-07-07", "date"), False),
        ("2024-07-07", Stored("2024-07-07T00:00:00", "date"), False),
        ("2024-07-07 00:00", Stored("2024-07-07T00:00:00", "date"), True),
        ("soon", Stored("2024-07-07", "date"), False),
        ("", Stored("2024-07-07", "date"), False),
        ("[2024-07-07]", Stored("2024-07-07", "date"), False),
        ("[a, '1']", StoredList((text("a"), text("1"))), True),
        ("[a]", StoredList((text("a"), text("b"))), False),
        ("[a, b]", StoredList((text("a"),)), False),
        ("[a, c]", StoredList((text("a"), text("b"))), False),
        ("a", StoredList((text("a"),)), True),
        ("b", StoredList((text("a"),)), False),
        ("a", StoredList((text("a"), text("b"))), False),
        ("", StoredList(()), True),
        ("[]", StoredList(()), True),
        ("a", StoredList(()), False),
    ],
)
def test_what_is_the_same(value: str, stored: Storable | None, *, is_same: bool) -> None:
    assert is_same_value(node(value), stored) is is_same


@pytest.mark.parametrize(
    ("declared", "stored", "expected"),
    [
        (None, number("1"), number("1")),
        ("text", None, None),
        ("unheard-of", number("1"), number("1")),
        ("text", number("1"), text("1")),
        ("text", StoredList((number("1"),)), StoredList((number("1"),))),
        ("number", text("1.5"), number("1.5")),
        ("number", text("many"), text("many")),
        ("number", StoredList(()), StoredList(())),
        ("checkbox", text("true"), Stored("true", "checkbox")),
        ("checkbox", text("false"), Stored("false", "checkbox")),
        ("checkbox", text("yes"), text("yes")),
        ("checkbox", StoredList(()), StoredList(())),
        ("date", text("2024/07/07"), Stored("2024-07-07", "date")),
        ("datetime", text("2024/07/07 9:30"), Stored("2024-07-07T09:30:00", "date")),
        ("date", text("soon"), text("soon")),
        ("date", number("20240707"), number("20240707")),
        ("date", StoredList(()), StoredList(())),
        ("multitext", text("a"), StoredList((text("a"),))),
        ("aliases", text("a"), StoredList((text("a"),))),
        ("tags", StoredList((text("a"),)), StoredList((text("a"),))),
    ],
)
def test_the_type_of_a_property(
    declared: str | None, stored: Storable | None, expected: Storable | None
) -> None:
    assert fit_type(stored, declared) == expected


@pytest.mark.parametrize("value", [[[1.0]], {"a": 1.0}, ["a", {"b": 1.0}]])
def test_what_no_property_can_hold(value: list[object]) -> None:
    with pytest.raises(EvaluationError):
        store(value)  # type: ignore[arg-type]  # any value of a formula


def test_what_of_a_list_is_held() -> None:
    assert store(["a", "", None, [], 1.0]) == StoredList((text("a"), number("1")))
    assert store([]) == StoredList(())
    assert store("") is None
    moment = datetime(2024, 7, 7, 9, 30, 15, 500_000)  # noqa: DTZ001 - local time
    assert store(moment) == Stored("2024-07-07T09:30:15", "date")


@pytest.mark.parametrize(("lines", "is_plain"), [("a: 1\nB: 2\n", True), ("a: [1]\nB: 2\n", False)])
def test_only_what_is_wanted_is_read_of_plain_lines(lines: str, *, is_plain: bool) -> None:
    whole = f"---\n{lines}---\n"
    block = find_block(whole)
    assert block
    found = read_wanted(whole, block, {"b"})
    assert found
    assert list(found.properties) == (["B"] if is_plain else ["a", "B"])
    assert (found.text, found.block, found.is_flow, found.indent) == (whole, block, False, 0)
    assert found.is_plain is is_plain
    assert found.line_of("b") == 3
    assert found.line_of("c") is None


@pytest.mark.parametrize(("length", "is_plain"), [(500, True), (501, False), (900, False)])
def test_a_name_that_yaml_might_not_find_the_end_of_is_left_to_its_parser(
    length: int, *, is_plain: bool
) -> None:
    whole = f"---\n{'a' * length}: 1\nB: 2\n---\n"
    block = find_block(whole)
    assert block
    for found in (read_wanted(whole, block, {"b"}), read_frontmatter(whole, block)):
        assert found
        assert found.is_plain is is_plain
        assert found.line_of("b") == 3


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (None, None),
        (Stored("2", "number"), 2.0),
        (Stored("2", "text"), "2"),
        (Stored("true", "checkbox"), True),
        (Stored("2024-07-07", "date"), date(2024, 7, 7)),
        (StoredList((Stored("2", "number"), Stored("a", "text"))), [2.0, "a"]),
        (StoredList(()), []),
    ],
)
def test_what_is_held_means_once_it_is_read_again(stored: Storable | None, value: object) -> None:
    assert read_stored(stored) == value
    assert type(read_stored(stored)) is type(value)
