"""Formulas as they stand in a Notion database: each compiles and gives what Notion gave."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formula.scopes import NotesInHand, make_scope, moment
from vault_sync.errors import EvaluationError, FormulaSyntaxError, LimitError
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import to_text
from vault_sync.formula.functions.dates import SPANS
from vault_sync.formula.notion import REFUSED, SPELLINGS
from vault_sync.formula.registry import GLOBALS, METHODS, Clock
from vault_sync.formula.values import Budget, Link

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

NOTE: dict[str, Value] = {
    "최초학습일": date(2024, 7, 7),
    "적힌 날": "2024년 7월 7일",
    "❤1일복습여부": True,
    "🧡4일복습여부": True,
    "💛7일복습여부": False,
    "🧠장기기억": None,
    "과목": "웹",
    "태그": ["시험", "복습", "중요"],
    "점수": [3.0, 1.0, 2.0],
    "쪽": 12.0,
    "현재": 7.0,
    "current": 100.0,
}
DAYS = 'dateBetween(now(), prop("최초학습일"), "days")'
RATE = '(toNumber(prop("❤1일복습여부")) + toNumber(prop("🧡4일복습여부")) + toNumber(prop("💛7일복습여부")) + toNumber(prop("🧠장기기억"))) / 5'


def evaluate(source: str) -> Value:
    return compile_formula(source).evaluate(make_scope(NOTE))


# The formulas that the official importer was measured with; most of them it leaves frozen.
STUDY: list[tuple[str, Value]] = [
    ("now()", moment(2024, 10, 27, 14, 1)),
    (RATE, 0.4),
    (f'substring("🟩🟩🟩🟩🟩", 0, {RATE} * 5)', "🟩🟩"),
    ('formatDate(prop("최초학습일"), "YYYY년 M월 D일")', "2024년 7월 7일"),
    ('formatDate(now(), "[@]YYYY년 M월 D일 A h:mm")', "@2024년 10월 27일 PM 2:01"),
    ('prop("❤1일복습여부") ? "완료" : "미완료"', "완료"),
    (DAYS, 112.0),
    ('dateAdd(prop("최초학습일"), 4, "days")', date(2024, 7, 11)),
    ('prop("최초학습일").dateAdd(4,"days")', date(2024, 7, 11)),
    ('dateSubtract(prop("최초학습일"), 1, "months")', date(2024, 6, 7)),
    (f'if({DAYS} >= 4 and not prop("💛7일복습여부"), 1, 0)', 1.0),
    (f'{DAYS} >= 4 and not prop("🧡4일복습여부") ? 1 : 0', 0.0),
    (f'repeat("🟩", {RATE} * 10) + repeat("⬜", 10 - {RATE} * 10)', "🟩🟩🟩🟩⬜⬜⬜⬜⬜⬜"),
    ('empty(prop("🧠장기기억"))', True),
    ('if(empty(prop("없음")), "✏첫날 :", "x")', "✏첫날 :"),
    (f'let(rate, {RATE}, rate * 100 + "%")', "40%"),
    (f'lets(d, {DAYS}, w, floor(d / 7), w + "주 " + d % 7 + "일")', "16주 0일"),
    ('ifs(prop("💛7일복습여부"), "7일", prop("🧡4일복습여부"), "4일", "처음")', "4일"),
    (f'"첫 학습 후 ❤" + format({DAYS}) + "일째❤"', "첫 학습 후 ❤112일째❤"),
]


@pytest.mark.parametrize(("source", "expected"), STUDY)
def test_a_study_formula_gives_what_notion_gave(source: str, expected: Value) -> None:
    value = evaluate(source)
    assert value == expected
    assert type(value) is type(expected)


# What Bases writes the same way keeps its meaning, whatever Notion means by it.
BASES_WINS: list[tuple[str, Value]] = [
    ('date("2024-07-07").date()', date(2024, 7, 7)),
    ('date("2024-07-07")', date(2024, 7, 7)),
    ('date("2024-07-07").day', 7.0),
    ('date("2024-07-07").month', 7.0),
    ('"1-2-3".replace("-", "+")', "1+2+3"),
    ('"a.c".contains(".")', True),
    ('date("2024-07-07").format("YYYY")', "2024"),
    ("if(0, 1)", None),
    ("max(1, null, 3)", 3.0),
    ('[1, 2].map(value + index).join("")', "13"),
    ('[1, 200].filter(value > current).join("")', "200"),
    ("[1].map(note.current)[0]", 100.0),
    ('"a" && 0 || "b"', "b"),
    ('{and: 1, or: 2, not: 3}.keys().join("")', "andornot"),
    ("{and: 1}.and", 1.0),
    ('"x".repeat(2)', "xx"),
]


@pytest.mark.parametrize(("source", "expected"), BASES_WINS)
def test_what_bases_writes_the_same_way_keeps_its_meaning(source: str, expected: Value) -> None:
    assert evaluate(source) == expected


def test_no_global_function_of_bases_is_spelled_anew() -> None:
    assert SPELLINGS.keys() & GLOBALS.keys() == {"dateBetween"}
    assert not REFUSED & (SPELLINGS.keys() | GLOBALS.keys() | METHODS.keys())


TABLE: list[tuple[str, Value]] = [
    ('prop("쪽") + 1', 13.0),
    ('prop("없음")', None),
    ("empty(0)", True),
    ("empty(false)", True),
    ('empty("")', True),
    ("empty([])", True),
    ('empty("가")', False),
    ("empty(1 + 1)", False),
    ("empty()", None),
    ("if(false, 1, empty())", None),
    ("let(a, 1, b, a + 1, a + b)", 3.0),
    ("1 !== 2 and 1 === 1", True),
    ('dateAdd(prop("최초학습일"), 4, "day" + "s")', date(2024, 7, 11)),
    ('dateSubtract(prop("최초학습일"), 1, if(true, "months", "days"))', date(2024, 6, 7)),
    ('dateStart(prop("최초학습일"))', date(2024, 7, 7)),
    ('prop("최초학습일").dateEnd()', date(2024, 7, 7)),
    ('dateBetween(end(prop("적힌 날")), start("2024-07-05"), "days")', 2.0),
    ("fromTimestamp(timestamp(now()))", moment(2024, 10, 27, 14, 1)),
    ('findIndex(prop("점수"), current < 3)', 1.0),
    ('prop("점수").findIndex(current > 3)', -1.0),
    ('join(", ", "a", "b")', "a, b"),
    ('join(", ", "a")', "a"),
    ('join("-", ["a", "b"])', "a-b"),
    ('+prop("❤1일복습여부") + +prop("💛7일복습여부")', 1.0),
    ('prop("과목").empty()', False),
    ("and(true, 1, 2)", True),
    ("and(true, 0)", False),
    ('or(false, "", 0)', False),
    ('or(false, "가")', True),
    ('prop("없음") and true', False),
    ("true or false and false", True),
    ("not true or true", True),
    ("not (true or true)", False),
    ("not(false) == true", True),
    ("not !true", True),
    ('prop("❤1일복습여부").not()', False),
    ("add(1, 2) * subtract(5, 3) + multiply(2, 3) + divide(8, 4) + mod(7, 4)", 17.0),
    ("equal(1, 1) and unequal(1, 2) and larger(2, 1) and smaller(1, 2)", True),
    ("largerEq(2, 2) and smallerEq(2, 2)", True),
    ('dateBetween(prop("최초학습일"), now(), "days")', -112.0),
    ('dateBetween(now(), prop("최초학습일"), "weeks")', 16.0),
    ('dateBetween(now(), prop("최초학습일"), "months")', 3.0),
    ('dateBetween(prop("최초학습일"), now(), "months")', -3.0),
    ('dateBetween(now(), prop("최초학습일"), "quarters")', 1.0),
    ('dateBetween(parseDate("2027-07-06"), prop("최초학습일"), "years")', 2.0),
    ('dateBetween(parseDate("2027-07-07"), prop("최초학습일"), "years")', 3.0),
    ('dateBetween("2024-01-15", "2023-12-15", "months")', 1.0),
    ('dateBetween("2023-12-15", "2024-01-14", "months")', 0.0),
    ('dateBetween("2024-03-31", "2023-12-31", "quarters")', 1.0),
    ('dateBetween("2023-12-31", "2025-12-30", "years")', -1.0),
    ('dateBetween(now(), today(), "hours")', 14.0),
    ('dateBetween(now(), today(), "minutes")', 841.0),
    ('dateBetween(now(), today(), "seconds")', 50_460.0),
    ('dateBetween(now(), prop("적힌 날"), "days")', 112.0),
    ('dateBetween(now(), prop("없음"), "days")', None),
    ('now().dateBetween(prop("최초학습일"), "day")', 112.0),
    ('dateBetween(now(), today(), ["hours", "days"][0])', 14.0),
    ('dateAdd(prop("적힌 날"), 1, "quarters")', date(2024, 10, 7)),
    ('dateAdd(prop("최초학습일"), 1, "years")', date(2025, 7, 7)),
    ('dateAdd(prop("최초학습일"), -1, "weeks")', date(2024, 6, 30)),
    ('dateAdd(prop("최초학습일"), 6, "hours")', moment(2024, 7, 7, 6)),
    ('dateAdd(prop("최초학습일"), 90, "minutes")', moment(2024, 7, 7, 1, 30)),
    ('dateAdd(prop("최초학습일"), "4", "days")', date(2024, 7, 11)),
    ('dateAdd(prop("없음"), 4, "days")', None),
    ('dateAdd(prop("최초학습일"), prop("없음"), "days")', None),
    ('prop("최초학습일").dateSubtract(7, "days").formatDate("MM/DD")', "06/30"),
    ('formatDate(prop("없음"), "YYYY") + "!"', "!"),
    ('year(now()) + "-" + month(now()) + "-" + hour(now()) + "-" + minute(now())', "2024-10-14-1"),
    ("day(now())", 7.0),
    ("week(now())", 43.0),
    ("now().year()", 2024.0),
    ('day(prop("없음"))', None),
    ('timestamp(parseDate("1970-01-01T00:00:01Z"))', 1000.0),
    ('toNumber("3.5")', 3.5),
    ("toNumber(true) + toNumber(false)", 1.0),
    ('toNumber(prop("없음"))', 0.0),
    ("round(2.5) + floor(2.9) + ceil(0.1) + abs(-1)", 7.0),
    ("round(2.345, 1)", 2.3),
    ("min(2, 1) + max(2, 1)", 3.0),
    ('sum(prop("점수"))', 6.0),
    ("sum(1, [2, 3], 4)", 10.0),
    ('mean(prop("점수")) + median(1, 5, 9)', 7.0),
    ('substring("🟩⬜🟩⬜", 1, 3)', "⬜🟩"),
    ('substring("학습률", 1)', "습률"),
    ('substring("학습률", -5, 1)', "학"),
    ('substring(prop("없음"), 0, 2)', ""),
    ('repeat("⬜", -3)', ""),
    ('repeat("⬜", prop("없음"))', ""),
    ('concat("가", 1, prop("없음"), "나")', "가1나"),
    ('concat([1], prop("점수")).length', 4.0),
    ('join(prop("태그"), " · ")', "시험 · 복습 · 중요"),
    ('join(prop("과목"), ",")', "웹"),
    ('length("학습") + length([1]) + length(prop("없음"))', 3.0),
    ('contains(prop("과목"), "웹")', True),
    ('contains(prop("없음"), "웹")', False),
    ('includes(prop("태그"), "복습")', True),
    ('replace("1-2-3", "-", "+")', "1+2-3"),
    ('replaceAll("1-2-3", "-", "+")', "1+2+3"),
    ('replaceAll("a1b22", "[0-9]+", "#")', "a#b#"),
    ('replaceAll("A1a2", /a/gi, "#")', "#1#2"),
    ('replaceAll("홍 길동", "(.) (.+)", "$2 $1")', "길동 홍"),
    ('test("2024-07-07", "^[0-9]{4}-")', True),
    ('prop("과목").test("^[a-z]")', False),
    ('upper("abc") + lower("ABC") + trim("  x ")', "ABCabcx"),
    ('"abc".upper()', "ABC"),
    ("format(0.1 + 0.2)", "0.30000000000000004"),
    ('prop("쪽").format() + "쪽"', "12쪽"),
    ('style("굵게", "b", "red") + unstyle("x")', "굵게x"),
    ('split("a,b", ",").at(1)', "b"),
    ('at(prop("태그"), 9)', None),
    ('first(prop("태그")) + last(prop("태그"))', "시험중요"),
    ('slice(prop("태그"), 1).join(",")', "복습,중요"),
    ('join(sort(prop("점수")), "") + join(reverse([1, 2]), "")', "12321"),
    ('join(unique(flat([[1], [1]])), "")', "1"),
    ('join(map(prop("점수"), current * 2 + index), ",")', "6,3,6"),
    ('prop("점수").map(current * 2).join(",")', "6,2,4"),
    ('map([1, 2], map([10, 20], current) + ":" + current).join(";")', "10,20:1;10,20:2"),
    ('map([1, 2], let(x, current, map([10, 20], current + x))).flat().join(",")', "11,21,12,22"),
    ('filter(prop("점수"), current >= 2).length', 2.0),
    ('find(prop("점수"), current < 3)', 1.0),
    ('some(prop("점수"), current > 2) and not every(prop("점수"), current > 2)', True),
    ('prop("점수").some(current > 5)', False),
    ("let(x, 2, let(x, x + 1, x * 10))", 30.0),
    ("lets(a, 1, b, a + 1, c, b + 1, [a, b, c].sum())", 6.0),
    ('let(쪽, 3, 쪽 + prop("쪽"))', 15.0),
    ("let(value, 4, value * 2)", 8.0),
    ("let(value, 4, let(value, 5, value + map([1], index)[0]))", 5.0),
    ("ifs(false, 1)", None),
    ("ifs(false, 1, 2)", 2.0),
    ("ifs(false, 1, false, 2, 3)", 3.0),
    ("ifs(false, 1, true, 2, 3)", 2.0),
    ("ifs(false, 1, true, 2)", 2.0),
    ("true ? 1 : false ? 2 : 3", 1.0),
    ("false ? 1 : false ? 2 : 3", 3.0),
    ("1 + 1 == 2 ? 'a' + 'b' : 'c'", "ab"),
    ("1 /* eins */ + 1", 2.0),
]


@pytest.mark.parametrize(("source", "expected"), TABLE)
def test_a_function_of_notion(source: str, expected: Value) -> None:
    value = evaluate(source)
    assert value == expected
    assert type(value) is type(expected)


def test_every_spelling_is_in_the_tables() -> None:
    text = "\n".join(source for source, _ in [*STUDY, *TABLE])
    unused = {name for name in SPELLINGS if f"{name}(" not in text}
    assert unused == set()


# How many arguments each takes at least and at most, as Notion's help has it.
ARGUMENTS: list[tuple[str, int, int | None]] = [
    *((name, 1, 1) for name in ("prop", "parseDate", "timestamp", "toNumber", "format")),
    *((name, 1, 1) for name in ("dateStart", "dateEnd", "start", "end", "year", "month")),
    *((name, 1, 1) for name in ("hour", "minute", "day", "week", "abs", "ceil", "floor")),
    *((name, 1, 1) for name in ("lower", "upper", "trim", "length", "reverse", "sort")),
    *((name, 1, 1) for name in ("unique", "flat", "first", "last")),
    *((name, 2, 2) for name in ("add", "subtract", "multiply", "divide", "mod", "equal")),
    *((name, 2, 2) for name in ("unequal", "larger", "largerEq", "smaller", "smallerEq")),
    *((name, 2, 2) for name in ("formatDate", "contains", "repeat", "test", "split", "at")),
    *((name, 2, 2) for name in ("includes", "map", "filter", "find", "findIndex", "some", "every")),
    *((name, 3, 3) for name in ("dateBetween", "dateAdd", "dateSubtract", "replace", "replaceAll")),
    *(("empty", 0, 1), ("round", 1, 2), ("substring", 2, 3), ("slice", 2, 3)),
    *((name, 1, None) for name in ("and", "or", "sum", "mean", "median", "concat")),
    *((name, 1, None) for name in ("style", "unstyle")),
    *(("ifs", 2, None), ("join", 2, None), ("let", 3, None), ("lets", 3, None)),
]


@pytest.mark.parametrize(("name", "least", "most"), ARGUMENTS)
def test_too_few_or_too_many_arguments_are_refused(name: str, least: int, most: int | None) -> None:
    wrong = [*([least - 1] if least else []), *([] if most is None else [most + 1])]
    for count in wrong:
        source = f"{name}({', '.join(['x'] * count)})"
        with pytest.raises(FormulaSyntaxError, match=rf"{name}\(\) takes .*, not {count}\."):
            compile_formula(source)


def test_the_arguments_of_every_spelling_are_in_the_table() -> None:
    assert sorted(["not", *(name for name, _, _ in ARGUMENTS)]) == sorted(SPELLINGS)


RELATED: list[tuple[str, Value]] = [
    ('prop("Tasks").map(current.prop("Hours"))', [2.0, 3.0, None]),
    ('prop("Tasks").map(current.prop("Hours")).sum()', 5.0),
    ('sum(map(prop("Tasks"), current.prop("Hours")))', 5.0),
    ('filter(prop("Tasks"), current.prop("done")).length', 1.0),
    ('prop("Tasks").first().prop("Hours")', 2.0),
    ('prop("Project").prop("Lead").prop("Name")', "Kim"),
]


@pytest.mark.parametrize(("source", "expected"), RELATED)
def test_properties_of_related_pages_are_those_of_linked_notes(
    source: str, expected: Value
) -> None:
    vault = NotesInHand(
        {path: [] for path in ("Home.md", "Work/A.md", "Work/B.md", "Work/P.md", "People/K.md")},
        properties={
            "Home.md": {"Tasks": [Link("A"), Link("B"), Link("C")], "Project": Link("P")},
            "Work/A.md": {"Hours": 2.0, "Done": False},
            "Work/B.md": {"Hours": 3.0, "Done": True},
            "Work/P.md": {"Lead": Link("../People/K", None, "Work/P.md")},
            "People/K.md": {"Name": "Kim"},
        },
    )
    formula = compile_formula(source)
    assert formula.reads_others
    assert formula.evaluate(make_scope(**vault.seen_from("Home.md"))) == expected


@pytest.mark.parametrize("unit", SPANS)
def test_what_was_added_is_what_lies_between(unit: str) -> None:
    later = f'dateAdd(now(), 5, "{unit}s")'
    assert evaluate(f'dateBetween({later}, now(), "{unit}s")') == 5.0


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("prop(x)", 6, "in quotes"),
        ("x.prop(y)", 8, "in quotes"),
        ("x.prop()", 3, "prop() takes 1 argument, not 0"),
        ("prop()", 1, "takes 1 argument"),
        ('dateAdd(x, 4, "fortnights")', 15, "years, quarters"),
        ("x.dateAdd(4)", 3, "dateAdd() takes 2 arguments, not 1"),
        ('dateBetween(a, b, "moons")', 19, "years, quarters"),
        ("let(1, 2, 3)", 5, "new name"),
        ("let(a, 1)", 1, "takes at least 3 arguments"),
        ("lets(a, 1, b, 2)", 1, "belong together"),
        ("let(value, 3, [1].map(value))", 5, "another name"),
        ("let(value, 3, map([1], current + value))", 5, "another name"),
        ("let(index, 3, [1].filter(index))", 5, "another name"),
        ("replace(a, b, c)", 12, "put together"),
        ("test(a, b + c)", 9, "put together"),
        ("sqrt(4)", 1, "no counterpart"),
        ("x.let(a, 1)", 3, "Write let(…) without anything before it"),
        ("x.match(1)", 3, "no counterpart"),
        ("2 ^ 3", 3, "Multiply"),
        ("ifs(a)", 1, "at least 2"),
    ],
)
def test_a_mistake_is_named_where_it_is(source: str, column: int, words: str) -> None:
    with pytest.raises(FormulaSyntaxError) as caught:
        compile_formula(source)
    assert words in str(caught.value)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('dateBetween(now(), 5, "days")', "not a date"),
        ('dateBetween(now(), now(), "mo" + "ons")', "is no unit"),
        ('toNumber("가")', "not a number"),
        ('round("가")', "no function"),
    ],
)
def test_what_has_no_value_says_why(source: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        evaluate(source)


def test_a_formula_knows_what_it_reads() -> None:
    formula = compile_formula('let(d, dateBetween(today(), prop("a"), "days"), d + note.b + c)')
    assert formula.properties == {"a", "b", "c"}
    assert formula.clock is Clock.DAILY
    assert compile_formula("map(list, current)").properties == {"list"}


def test_lists_in_lists_do_not_outgrow_the_budget() -> None:
    doubling = ", ".join(f"x{n + 1}, [x{n}, x{n}]" for n in range(60))
    with pytest.raises(LimitError):
        evaluate(f"lets(x0, [1], {doubling}, x60)")


def test_names_in_a_loop_are_paid_for() -> None:
    def steps_of(body: str) -> int:
        scope = make_scope(budget=Budget(steps=1_000))
        compile_formula(f"[1, 2, 3, 4].map({body})").evaluate(scope)
        return 1_000 - scope.budget.steps

    assert steps_of("lets(x, 1, y, 1, z, 1, x)") > steps_of("lets(x, 1, x)") + 4 * 2


PARTS = st.sampled_from(
    ["1", '"a"', "x", "null", "[1, 2]", "now()", 'prop("x")', '"days"', "current", "true"]
)


def combine(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(parts, max_size=4)
    names = st.sampled_from(sorted(SPELLINGS))
    return st.one_of(
        st.builds(lambda name, given: f"{name}({', '.join(given)})", names, arguments),
        st.builds(
            lambda one, name, given: f"({one}).{name}({', '.join(given)})", parts, names, arguments
        ),
        st.builds("{} and {} or not {}".format, parts, parts, parts),
        st.builds("({} ? {} : {})".format, parts, parts, parts),
        st.builds("let(y, {}, {})".format, parts, parts),
    )


@given(st.recursive(PARTS, combine, max_leaves=10))
def test_any_formula_of_notion_has_a_value_or_says_why(source: str) -> None:
    with suppress(FormulaSyntaxError, EvaluationError):
        assert isinstance(to_text(compile_formula(source).evaluate(make_scope(dict(NOTE)))), str)
