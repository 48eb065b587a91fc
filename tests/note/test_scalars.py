"""What scalars mean, and how values are held."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import EvaluationError
from vault_sync.formula.values import Duration, Link, Value
from vault_sync.note.edits import render_key, render_new
from vault_sync.note.frontmatter import parse_yaml
from vault_sync.note.values import Stored, is_same_value, node_to_json, read_value, store, to_json
from vault_sync.note.yaml_nodes import Node, Scalar, YamlMapping


def node(text: str) -> Node:
    root = parse_yaml(f"x: {text}\n")
    assert isinstance(root, YamlMapping)
    return root.pairs[0][1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ('""', ""),
        ("true", True),
        ("False", False),
        ('"true"', "true"),
        ("yes", "yes"),
        ("on", "on"),
        ("030", "030"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("1", 1.0),
        ("-1.50", -1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("0x1F", 31.0),
        ("0o17", 15.0),
        (".inf", float("inf")),
        ("9" * 5000, "9" * 5000),
        ("2024-07-07", date(2024, 7, 7)),
        ('"2024-07-07"', date(2024, 7, 7)),
        ("2024-07-07T09:30", datetime(2024, 7, 7, 9, 30)),  # noqa: DTZ001 - local time
        ("2024-07-07 09:30:15", datetime(2024, 7, 7, 9, 30, 15)),  # noqa: DTZ001 - local time
        ("2024-02-31", "2024-02-31"),
        ("2024/07/07", "2024/07/07"),
        ('"[[Note]]"', Link("Note")),
        ('"[[Note|shown]]"', Link("Note", "shown")),
        ("[a, 1]", ["a", 1.0]),
        ("{가: 1}", {"가": 1.0}),
    ],
)
def test_what_a_value_is_to_a_formula(text: str, value: Value) -> None:
    assert read_value(node(text)) == value
    assert type(read_value(node(text))) is type(value)


@pytest.mark.parametrize("text", ["&a 1", "!t 1", "[&a 1]", "{? [a] : 1}"])
def test_values_that_no_formula_reads(text: str) -> None:
    with pytest.raises(EvaluationError):
        read_value(node(text))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        ("", None),
        (True, Stored("true", "checkbox")),
        (112.0, Stored("112", "number")),
        (0.6, Stored("0.6", "number")),
        ("112", Stored("112", "text")),
        (date(2024, 7, 7), Stored("2024-07-07", "date")),
        (datetime(2024, 7, 7, 9, 30), Stored("2024-07-07T09:30:00", "date")),  # noqa: DTZ001 - local time
        (Link("Note", "shown"), Stored("[[Note|shown]]", "text")),
    ],
)
def test_how_a_value_is_held(value: Value, stored: Stored | None) -> None:
    assert store(value) == stored


@pytest.mark.parametrize("value", [Duration(1, 0), {"a": 1.0}])
def test_values_that_cannot_be_held(value: Value) -> None:
    with pytest.raises(EvaluationError):
        store(value)


@pytest.mark.parametrize(
    ("text", "value", "is_held"),
    [
        ("", None, True),
        ("~", None, True),
        ('""', None, True),
        ("a", None, False),
        ("[a]", None, False),
        ("0.6", "0.6", True),
        ('"0.6"', "0.6", True),
        ("0.60", "0.6", True),
        ('"0.60"', "0.6", False),
        ("a", "b", False),
        ('""', "a", False),
        ("true", True, True),
        ("True", True, True),
        ('"true"', True, False),
        ("false", True, False),
        ("1.0", 1.0, True),
        ('"1"', 1.0, True),
        ("2", 1.0, False),
        ("2024/07/07", date(2024, 7, 7), True),
        ('"2024-07-07"', date(2024, 7, 7), True),
        ("2024-07-07T00:00:00", date(2024, 7, 7), False),
        ("2024-07-07 09:30", datetime(2024, 7, 7, 9, 30), True),  # noqa: DTZ001 - local time
        ("07/07/2024", date(2024, 7, 7), False),
        ("\u1112\u1161\u11ab", "한", True),
    ],
)
def test_when_the_users_spelling_wins(text: str, value: Value, *, is_held: bool) -> None:
    assert is_same_value(node(text), store(value)) is is_held


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("학습률", "학습률"),
        ("4일후(text)", "4일후(text)"),
        ("🛑첫학습후 몇일째?", "🛑첫학습후 몇일째?"),
        ("1일차복습여부1,0", '"1일차복습여부1,0"'),
        ("a: b", '"a: b"'),
        ("1", '"1"'),
        ("[x]", '"[x]"'),
    ],
)
def test_how_a_name_is_written(name: str, key: str) -> None:
    assert render_key(name) == key


@given(st.text(min_size=1))
def test_any_text_reads_back_as_it_was_written(text: str) -> None:
    written = node(render_new(Stored(text, "text")))
    assert isinstance(written, Scalar)
    assert written.text == text
    assert is_same_value(written, Stored(text, "text"))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_reads_back_as_it_was_written(name: str) -> None:
    root = parse_yaml(f"{render_key(name)}: 1\n")
    assert isinstance(root, YamlMapping)
    key = root.pairs[0][0]
    assert isinstance(key, Scalar)
    assert key.text == name


@given(st.text(alphabet="ab:#-?!&*@%'\"|>{}[],.~ 019_가\\\t", min_size=1, max_size=12))
def test_another_yaml_reader_sees_the_same_text(text: str) -> None:
    assert yaml.safe_load(f"x: {render_new(Stored(text, 'text'))}\n") == {"x": text}


def test_json_of_values() -> None:
    root = parse_yaml("a: 1\nb: 1.5\nc: text\nd: '1'\ne: [1, ~]\nf: {g: true}\nh: 2024-07-07\n")
    assert root is not None
    assert node_to_json(root) == {
        "a": 1,
        "b": 1.5,
        "c": "text",
        "d": "1",
        "e": [1, None],
        "f": {"g": True},
        "h": "2024-07-07",
    }
    assert to_json(Stored("112", "number")) == 112
    assert to_json(Stored("112", "text")) == "112"
    assert to_json(Stored("true", "checkbox")) is True
    assert to_json(None) is None
