"""What a compiled formula knows of itself, what it refuses, and how it is evaluated."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.formula.scopes import make_scope
from vault_sync.errors import EvaluationError, FormulaSyntaxError, LimitError
from vault_sync.formula import compile_formula
from vault_sync.formula.registry import Clock
from vault_sync.formula.values import File

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


def evaluate(source: str, **properties: Value) -> Value:
    return compile_formula(source).evaluate(make_scope(properties))


@pytest.mark.parametrize(
    ("source", "clock"),
    [
        ('note["today()"]', Clock.STABLE),
        ("today", Clock.STABLE),
        ('date("2024-07-07").format("YYYY")', Clock.STABLE),
        ("today()", Clock.DAILY),
        ("if(false, today())", Clock.DAILY),
        ("now()", Clock.INSTANT),
        ("today() < now()", Clock.INSTANT),
        ("now() > today()", Clock.INSTANT),
        ("[1].map(now())", Clock.INSTANT),
        ("x.relative()", Clock.INSTANT),
    ],
)
def test_clock(source: str, clock: Clock) -> None:
    assert compile_formula(source).clock is clock


@pytest.mark.parametrize(
    ("source", "properties", "reads_all"),
    [
        ("1", set(), False),
        ('a + note.b + note["⭕첫 학습날"]', {"a", "b", "⭕첫 학습날"}, False),
        ("if(a, b, c)", {"a", "b", "c"}, False),
        ("a.b.c", {"a"}, False),
        ("value + index + acc", {"value", "index", "acc"}, False),
        ("a.map(value + index + acc)", {"a", "acc"}, False),
        ("a.filter(value.map(value))", {"a"}, False),
        ("a.reduce(acc + value, acc)", {"a", "acc"}, False),
        ("a.map(value) + value", {"a", "value"}, False),
        ("a.contains(value)", {"a", "value"}, False),
        ("note.value", {"value"}, False),
        ("[1].map(note.value)", {"value"}, False),
        ("note[x]", {"x"}, True),
        ("note.keys()", set(), True),
        ("file.properties", set(), True),
        ("file.properties.a", {"a"}, False),
        ('file.properties["a b"]', {"a b"}, False),
        ("file.properties[x]", {"x"}, True),
        ("file.properties.a.keys()", {"a"}, False),
        ("list(a)[0].asFile().properties.icon", {"a"}, False),
        ('a.asFile().properties["icon"]', {"a"}, False),
        ("a.asFile().properties[b]", {"a", "b"}, False),
        ('a.asFile().hasProperty("icon")', {"a"}, False),
        ("a.asFile().properties", {"a"}, False),
        ('file("x").properties.keys()', set(), False),
        ("file(a).properties.b", {"a", "b"}, False),
        ("[file].map(value.properties.icon)", {"icon"}, False),
        ("file.file.properties", set(), True),
        ("a.properties", {"a"}, False),
        ("note.a.properties", {"a"}, False),
        ("a.b.properties", {"a"}, True),
        ("[file].map(value.properties)", set(), True),
        ('file.hasProperty("x")', {"x"}, False),
        ("file.hasProperty(y)", {"y"}, True),
        ("formula.a", set(), False),
        ("{a: b}", {"b"}, False),
    ],
)
def test_properties_read(source: str, properties: set[str], reads_all: bool) -> None:  # noqa: FBT001 - a table's column
    formula = compile_formula(source)
    assert formula.properties == properties
    assert formula.reads_all_properties is reads_all


@pytest.mark.parametrize(
    ("source", "reads_others"),
    [
        ('file("x").path', True),
        ("a.asFile().path", True),
        ('a.linksTo("x")', True),
        ('file.hasLink("x")', True),
        ("file.backlinks", True),
        ("[1].map(file.backlinks)", True),
        ("formula.other.properties.a", True),
        ("file.links.length", False),
        ("file.properties.a", False),
        ('file.hasTag("x") && file.hasProperty("y")', False),
        ("file.file.path", False),
        ('link("x")', False),
    ],
)
def test_whether_other_notes_may_be_read(source: str, reads_others: bool) -> None:  # noqa: FBT001 - a table's column
    assert compile_formula(source).reads_others is reads_others


@pytest.mark.parametrize(
    ("source", "properties"),
    [
        ("file.tags", set()),
        ('file.hasTag("x")', set()),
        ("a.asFile().tags", {"tags"}),
        ('file("a").hasTag("x")', {"tags"}),
        ("a.asFile().properties.b", {"b"}),
        ('file("a").properties["b"] + a.asFile().properties.c', {"b", "c"}),
        ('file("a").hasProperty("b")', {"b"}),
        ("file.properties.a", set()),
        ('file("a").properties[b]', None),
        ('file("a").properties', None),
        ("x.map(value.properties)", None),
    ],
)
def test_properties_read_of_other_notes(source: str, properties: set[str] | None) -> None:
    assert compile_formula(source).other_properties == properties


def test_names_are_known_in_nfc() -> None:
    composed, decomposed = (unicodedata.normalize(form, "과목") for form in ("NFC", "NFD"))
    for template in ("{}", "note.{}", 'note["{}"]', 'file.hasProperty("{}")'):
        assert compile_formula(template.format(decomposed)).properties == {composed}
    assert compile_formula(f"formula.{decomposed}").formulas == {composed}


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ('formula.a + formula["b c"]', {"a", "b c"}),
        ("if(false, formula.a)", {"a"}),
        ("[1].map(formula.a)", {"a"}),
        ("note.formula", set()),
    ],
)
def test_formulas_read(source: str, formulas: set[str]) -> None:
    assert compile_formula(source).formulas == formulas


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("file.mtime", {"file", "mtime"}),
        ('file.inFolder("A")', {"file", "inFolder"}),
        ("file.name.length", {"file", "name"}),
        ("[file].map(value.mtime)", {"file", "mtime"}),
        ("if(true, file).size", {"file", "size"}),
        ("file.file.mtime", {"file", "mtime"}),
        ("formula.own.mtime", {"mtime"}),
        ("note.name", set()),
        ("note.author.name", set()),
        ("author.name", set()),
        ("file.asLink().asFile().ctime", {"asLink", "ctime", "file"}),
        ('"a".length', set()),
        ("file.toString()", {"file"}),
    ],
)
def test_file_fields_read(source: str, fields: set[str]) -> None:
    assert compile_formula(source).file_fields == fields


def test_functions_called() -> None:
    assert compile_formula('if(a, b.round(), "c".lower())').functions == {"if", "round", "lower"}


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("1 + rond(x)", 5, 'did you mean "round"'),
        ("x.rond()", 3, 'did you mean "round"'),
        ("TODAY()", 1, 'did you mean "today"'),
        ("zzzzzz()", 1, "There is no function zzzzzz()."),
        ("isEmpty(x)", 1, "(…).isEmpty()"),
        ("x.today()", 3, "today(…)"),
        ("if(a)", 1, "takes 2 or 3 arguments, not 1"),
        ("now(1)", 1, "takes 0 arguments, not 1"),
        ("icon()", 1, "icon() takes 1 argument, not 0"),
        ("list(a, b)", 1, "list() takes 1 argument, not 2"),
        ("file.mtim", 1, 'did you mean "mtime"'),
    ],
)
def test_what_cannot_work_is_refused_when_compiled(source: str, column: int, words: str) -> None:
    with pytest.raises(FormulaSyntaxError) as caught:
        compile_formula(source)
    assert caught.value.column == column
    assert words in str(caught.value)


def test_file_is_no_property() -> None:
    assert isinstance(evaluate("file", file="x"), File)
    assert evaluate("note.file", file="x") == "x"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("-2", -2.0),
        ('[1, x, "a"]', [1.0, 5.0, "a"]),
        ('{a: x, "b": [x]}', {"a": 5.0, "b": [5.0]}),
        ("1 - 2 - 3", -4.0),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("2 * (3 + 4)", 14.0),
        ('"a" + 1 + 2', "a12"),
        ("missing", None),
        ("missing.a.b", None),
        ("missing[0]", None),
        ("missing.round()", None),
        ("missing.isEmpty()", True),
        ("names[0]", "fern"),
        ("names[2]", None),
        ("names[-1]", "moss"),
        ("names[-3]", None),
        ("names[0.5]", None),
        ("names[missing]", None),
        ("text[1]", "나"),
        ("object.키", 1.0),
        ('object["키"]', 1.0),
        ("object.nothing", None),
        ("note[text]", None),
        ('note["x"]', 5.0),
        ("note[names[1]]", "한글"),
        ("file.name", "Ferns"),
        ("file.folder", "Botany"),
        ("x > 3 && x < 9", True),
        ("missing || text", "가나다"),
        ("x || text", 5.0),
        ("missing && x", None),
        ('x && ""', ""),
        ("!x", False),
        ("!missing", True),
        ("true || zero.foo", True),
        ("if(x > 3, text, zero.foo)", "가나다"),
        ("if(zero, 1)", None),
        ("[1, 2, 3].filter(value > 1)", [2.0, 3.0]),
        ("[5, 6].map(value * index)", [0.0, 6.0]),
        ("[1, 2, 3].reduce(acc + value, 0)", 6.0),
        ("[1, 2].reduce([5].map(acc + value)[0], 1)", 11.0),
        ("[[1, 2], [3]].map(value.map(value * 2))", [[2.0, 4.0], [6.0]]),
        ("[[1, 2], [3]].map(value.reduce(acc + value, index))", [3.0, 4.0]),
        ('(date("2024-10-27") - date("2024-07-07")).days', 112.0),
        ('((date("2024-10-27") - date("2024-07-07")) / 86400000).round()', 112.0),
        ("1/5*3", 0.6000000000000001),
    ],
)
def test_evaluation(source: str, expected: Value) -> None:
    found = evaluate(
        source,
        x=5.0,
        zero=0.0,
        text="가나다",
        names=["fern", "moss"],
        object={unicodedata.normalize("NFD", "키"): 1.0},
        moss="한글",
    )
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x.lower()", r"number has no function lower\(\); it needs a string"),
        ("x.foo", 'number has no field "foo"'),
        ("day.yaer", 'did you mean "year"'),
        ("text.round()", "string has no function"),
        ('text["a"]', "string cannot be indexed by a string"),
        ("x[0]", "number cannot be indexed"),
        ("x.round(1, 2)", r"round\(\) takes 0 or 1 arguments, not 2"),
        ("day + 1", "duration"),
    ],
)
def test_what_has_no_value_is_explained(source: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        evaluate(source, x=5.0, day=date(2024, 7, 7), text="a")


def test_other_formulas_are_asked_for_by_name() -> None:
    scope = make_scope(formulas={"총합": 7.0}.__getitem__)
    assert compile_formula("formula.총합 + 1").evaluate(scope) == 8.0


def test_formulas_that_lean_on_themselves_end_in_a_limit() -> None:
    formula = compile_formula("formula.a + 1")
    scope: Any = make_scope(formulas=lambda _name: formula.evaluate(scope))
    with pytest.raises(LimitError, match="too deeply"):
        formula.evaluate(scope)


def test_a_formula_evaluates_alike_twice_and_changes_nothing() -> None:
    properties: dict[str, Value] = {"a": [3.0, 1.0], "b": {"c": 1.0}}
    scope = make_scope(properties)
    formula = compile_formula("[a.map(value + 1), a, b, note.keys()]")
    assert formula.evaluate(scope) == formula.evaluate(scope)
    assert properties == {"a": [3.0, 1.0], "b": {"c": 1.0}}
