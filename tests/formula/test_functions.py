"""The functions of Bases, where their reference leaves something to be said."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.formula.scopes import NotesInHand, make_scope, moment
from vault_sync.errors import EvaluationError, FormulaError, LimitError
from vault_sync.formula import compile_formula
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Clock, Function
from vault_sync.formula.values import Budget, Duration, File, Link

if TYPE_CHECKING:
    from vault_sync.formula.values import Scope, Value


VAULT: Final = NotesInHand(
    links={
        "School/Cells.md": [Link("Books/Textbook", "book"), Link("Nobody yet")],
        "Books/Textbook.md": [Link("Cells#Walls", None, "Books/Textbook.md")],
        "Root.md": [],
    },
    tags={"School/Cells.md": ["#School/Biology", "exam"]},
    properties={"School/Cells.md": {"과목": None}, "Books/Textbook.md": {"Pages": 320.0}},
)


def evaluate(formula: str, **changes: Any) -> Value:
    return compile_formula(formula).evaluate(vault_scope(**changes))


def vault_scope(**changes: Any) -> Scope:
    return make_scope(**{**VAULT.seen_from("School/Cells.md"), **changes})


@pytest.mark.parametrize(
    "call",
    [
        *("min({})", "max({})", "file.hasTag({})"),
        *(
            f"{value}.{name}({{}})"
            for value in ("null", "[1]", '"a"')
            for name in ("containsAll", "containsAny")
        ),
    ],
)
def test_what_takes_any_number_of_arguments_takes_one_at_least(call: str) -> None:
    with pytest.raises(FormulaError, match="takes at least 1 argument, not 0"):
        evaluate(call.format(""))
    assert evaluate(call.format('"1"')) is not None


# How many arguments each takes, behind what it is called on.
ARGUMENTS: Final[list[tuple[int, int | None, str]]] = [
    (0, 0, "now random today any.isEmpty any.isTruthy any.toString date.date date.relative"),
    (0, 0, "date.time duration.abs link.asFile list.earliest list.flat list.latest list.max"),
    (0, 0, "list.mean list.median list.min list.reverse list.sort list.stddev list.sum"),
    (0, 0, "list.unique number.abs number.ceil number.floor object.keys object.values"),
    (0, 0, "string.lower string.reverse string.title string.trim string.upper"),
    (0, 1, "file.asLink list.join number.round number.toFixed"),
    (1, 1, "date duration escapeHTML file fromTimestamp html icon image list number any.isType"),
    (1, 1, "file.hasLink file.hasProperty file.inFolder link.linksTo list.contains list.filter"),
    (1, 1, "list.map null.contains regexp.matches string.contains string.endsWith"),
    (1, 1, "string.repeat string.startsWith"),
    (1, 2, "link date.format list.slice string.slice string.split"),
    (1, None, "max min file.hasTag list.containsAll list.containsAny null.containsAll"),
    (1, None, "null.containsAny string.containsAll string.containsAny"),
    (2, 2, "list.reduce string.replace"),
    (2, 3, "if"),
    (3, 3, "dateBetween"),
]


def test_how_many_arguments_every_function_takes() -> None:
    methods = (entry for table in METHODS.values() for entry in table.values())
    found = {
        f"{entry.kind}.{entry.name}" if entry.kind else entry.name: (entry.least, entry.most)
        for entry in (*GLOBALS.values(), *methods)
    }
    told = {name: (least, most) for least, most, names in ARGUMENTS for name in names.split()}
    assert found == told


# What the reference's own examples, run elsewhere, do not show.
VALUES: Final[list[tuple[str, Value]]] = [
    # Numbers, as MDN shows them.
    ("(0.6000000000000001).round(1)", 0.6),
    ("(1.005).round(2)", 1.0),
    ("(-0.5).round()", 0.0),
    ("(-1.5).round()", -1.0),
    ("(0.49999999999999994).round()", 0.0),
    ("(1234.5).round(-2)", 1200.0),
    ("(1.5).round(400)", 1.5),
    ("(1.5).round(-400)", 0.0),
    ("(9007199254740993).round()", 9007199254740992.0),
    ("(1/0).round()", float("inf")),
    ("(1/0).floor()", float("inf")),
    ("(2.5).toFixed(0)", "3"),
    ("(-2.5).toFixed(0)", "-3"),
    ("(1.45).toFixed(1)", "1.4"),
    ("(-1.005).toFixed(2)", "-1.00"),
    ("(0).toFixed(2)", "0.00"),
    ("(1e21).toFixed(2)", "1e+21"),
    ("(123.456).toFixed()", "123"),
    ("(0/0).toFixed(2)", "NaN"),
    ("(0.000001).toFixed(7)", "0.0000010"),
    # Number of a value.
    ('number(" 12.5 ")', 12.5),
    ("number(false)", 0.0),
    ("number(null)", None),
    ('number(date("1970-01-01 09:00:00"))', 0.0),
    ('number(date("2024-10-27"))', 1729954800000.0),
    # Dates.
    ('date("2024-02-29")', date(2024, 2, 29)),
    ("date(today())", date(2024, 10, 27)),
    ("date(null)", None),
    ('date(" ")', None),
    ("today().isEmpty()", False),
    ("today().time()", "00:00:00"),
    ('now().format("A h:mm", "ko")', "오후 2:01"),
    ('date("2024-07-07").format("LL")', "July 7, 2024"),
    ('(date("2024-07-07") - date("2024-10-27")).days', -112.0),
    ('(now() - date("2024-10-27")).hours.floor()', 14.0),
    ('((now() - date("2024-07-07")) / 86400000).floor()', 112.0),
    ('duration("1M").days', 30.436875),
    # Each field has its fraction.
    ('duration("0.0005s").milliseconds', 0.5),
    ('duration("0.25s").seconds', 0.25),
    ('duration("90s").minutes', 1.5),
    ('duration("-90m").hours', -1.5),
    ('duration("-36h").days', -1.5),
    ('duration("84h").weeks', 0.5),
    ('duration("1M 15.2184375d").months', 1.5),
    ('duration("-6M").years', -0.5),
    ('duration("1y 182.62125d").years', 1.5),
    ('duration("-3d").abs()', Duration(0, 259_200_000.0)),
    ('duration("3d").abs()', Duration(0, 259_200_000.0)),
    ('duration("-1M").abs()', Duration(1)),
    ("fromTimestamp(null)", None),
    ("fromTimestamp(1729954800000)", moment(2024, 10, 27)),
    ("duration(null)", None),
    # Texts: a character is a character.
    ('"❤🟩".length', 2.0),
    ('"🟩🟩⬜".slice(1)', "🟩⬜"),
    ('"abc".slice(2, 1)', ""),
    ('"abc".slice(-2, -1)', "b"),
    ('"abc".slice(0/0, 1/0)', "abc"),
    ('"abc".slice(-10, 2)', "ab"),
    ('"ab".repeat(0)', ""),
    ('"".repeat(1/0)', ""),
    ('"ab".repeat("2")', "abab"),
    ('"🟩".repeat(0.6 * 10)', "🟩🟩🟩🟩🟩🟩"),
    ('"".split(",")', [""]),
    ('"".split("")', []),
    ('"abc".split("", 2)', ["a", "b"]),
    ('"a,b".split(",", -1)', ["a", "b"]),
    ('"a,b".split(",", 0)', []),
    ('"cost".replace("cost", "$1$&$$")', "$1$&$$"),
    ('"ab".replace("", "-")', "-a-b-"),
    (r'"\ufeff\u3000 a\u001f ".trim()', "a\x1f"),
    ('"ÉCOLE".lower()', "école"),
    ('"한글 word".title()', "한글 Word"),
    ('"abc".contains("")', True),
    ('"abc".contains(missing)', False),
    ('"a1".contains(1)', True),
    ('"null".startsWith(missing)', False),
    (
        'escapeHTML("<a href=\'x\'>\\"&\\"</a>")',
        "&lt;a href=&#x27;x&#x27;&gt;&quot;&amp;&quot;&lt;/a&gt;",
    ),
    # Lists.
    ('[1, "1", 1, true, null, null].unique()', [1.0, "1", True, None]),
    ('[date("2024-01-01"), date("2024-01-01 00:00")].unique().length', 1.0),
    ("[0/0, 0/0].unique().length", 1.0),
    ('[null, "b", 10, true, "a", 9, 0/0].sort().slice(0, 4)', [9.0, 10.0, "a", "b"]),
    ('[today(), date("2024-01-01 10:00")].sort()[1]', date(2024, 10, 27)),
    ('[link("b"), link("a")].sort().map(value.toString())', ["[[a]]", "[[b]]"]),
    ("[[1], {}, 2].sort()", [2.0, [1.0], {}]),
    ("[1,2,3].join()", "1,2,3"),
    ('[].join(",")', ""),
    ('[[1,2],3].join(" ")', "1,2 3"),
    ("[3,4].reduce(acc + index, 10)", 11.0),
    ("[[1,2],[3]].map(value.map(value + 1))", [[2.0, 3.0], [4.0]]),
    ("[1,2].map([value].map(value + index))", [[1.0], [2.0]]),
    ("[].reduce(acc + value, 7)", 7.0),
    ("[].mean()", None),
    ("[].stddev()", None),
    ("[].median()", None),
    ("[1, 2, 4, 8].median()", 3.0),
    ('[duration("1s"), 3000].mean()', 2000.0),
    ("[].max()", None),
    ("[].latest()", None),
    ("[0.1, 0.2, 0.3].sum()", 0.6000000000000001),
    ("list([])", []),
    ("missing.contains(1)", False),
    ("missing.isEmpty()", True),
    ("missing.toString()", ""),
    ('missing.isType("null")', True),
    ("max(null)", None),
    ('max("10", 9)', 10.0),
    ('min(duration("1d"), duration("2h")).hours', 2.0),
    # Only what is wanted is worked out.
    ('if(true, 1, number("no"))', 1.0),
    ('if(false, number("no"), 2)', 2.0),
    # Links and files.
    ('link("[b](a%20b.md)").toString()', "[[a b.md|b]]"),
    ('link("![[a|b]]").toString()', "[[a|b]]"),
    ('link("[b](%EA%B0%80%26.md)").toString()', "[[가%26.md|b]]"),
    ('link("[b](%ff.md)").toString()', "[[%ff.md|b]]"),
    ('link("[b](https://example.org/%20)").toString()', "[[https://example.org/%20|b]]"),
    ('link("[b](<a b.md>)").toString()', "[[a b.md|b]]"),
    ('link("a", icon("plus")).toString()', "[[a|plus]]"),
    ("link(null)", None),
    ("link(file).asFile().path", "School/Cells.md"),
    ('link("Cells#Walls").asFile().path', "School/Cells.md"),
    ('file("Textbook").path', "Books/Textbook.md"),
    ('file("nowhere")', None),
    ("file(file).name", "Cells"),
    ('file("textbook.MD").path', "Books/Textbook.md"),
    ('link("Textbook").asFile().properties.pages', 320.0),
    ('link("Textbook").asFile().properties["PAGES"]', 320.0),
    ('link("Textbook").asFile().properties[["pages"][0]]', 320.0),
    ('link("Textbook").asFile().properties.year', None),
    ('link("Textbook").asFile().properties.keys()', ["Pages"]),
    ('link("Textbook").asFile().hasProperty("pages")', True),
    ('link("Textbook").asFile().hasProperty("year")', False),
    ('link("Nobody yet").asFile().properties.pages', None),
    ('file.properties["과목"]', None),
    ("file.backlinks", [Link("Books/Textbook")]),
    ("file.backlinks[0].asFile().name", "Textbook"),
    ('file("Textbook").backlinks.contains(file)', True),
    ('link("Cells") == file', True),
    ('link("Cells#Walls") == link("School/cells.md#Roofs")', True),
    ('link("Cells") == link("Textbook")', False),
    # A link that leads nowhere is what it is spelled like.
    ('link("Nobody yet") == link("Nobody yet", "shown")', True),
    ('link("Nobody yet") == "[[Nobody yet]]"', True),
    ('link("Nobody yet") == "Nobody else"', False),
    ('file.hasLink("Nobody yet.md")', False),
    # A link is a kind of text: its target.
    ('link("Books/Textbook").contains("Text")', True),
    ('link("Textbook", "shown").contains(link("Textbook"))', True),
    ('link("a.jpg").containsAny("jpg", "gif")', True),
    ('link("a.jpg").endsWith(".jpg")', True),
    ('link("a.jpg").length', 5.0),
    ('link("Textbook", "shown").lower()', "textbook"),
    ('link("a").toString()', "[[a]]"),
    ('link("a").isEmpty()', False),
    # Tags are found by those they are nested in.
    ('file.tags.contains("school")', True),
    ('file.tags.contains("#School/Biology")', True),
    ('file.tags.contains("Biology")', False),
    ('file.tags.containsAny("a", "exam")', True),
    ('file.tags.containsAll("exam", "school/biology")', True),
    ('file.tags.containsAll("exam", "sch")', False),
    # Lists given are spread.
    ("[1,2].containsAny([2,3])", True),
    ("[1,2].containsAll([1,2])", True),
    ('"ab".containsAny(["x","b"])', True),
    ("[1,2,3][-1]", 3.0),
    ("[1,2,3][-4]", None),
    ('"abc"[-1]', None),
    ("[1] + [2, [3]]", [1.0, 2.0, [3.0]]),
    # Days written without marks.
    ('date("20240229")', date(2024, 2, 29)),
    ('date("202402291405")', moment(2024, 2, 29, 14, 5)),
    # A date equals every time of its day.
    ("today() == now()", True),
    ("today() != now()", False),
    ("today() < now()", True),
    ('now() == "2024-10-27"', True),
    ('now() == date("2024-10-27 14:02")', False),
    ("[now()].contains(today())", True),
    # Durations in Moment's words.
    ('duration("2w").toString()', "14 days"),
    ('duration("45s").toString()', "a minute"),
    ('duration("-1y").toString()', "a year"),
    ('(duration("1h") * 2).toString()', "2 hours"),
    ('"due in " + (date("2024-10-27") - date("2024-10-20"))', "due in 7 days"),
    ('[duration("1d"), duration("40d")].join(", ")', "a day, a month"),
    ('duration("1d").isType("duration")', True),
    ('"x".isType("image")', False),
    ('+"3" + +true', 4.0),
    ("+missing", None),
    ('link("Cells").linksTo("Textbook")', True),
    ('link("Textbook").linksTo(file)', True),
    ('link("Textbook").linksTo("Root")', False),
    ('file.hasLink("Books/Textbook.md")', True),
    ('file.hasLink(link("Textbook"))', True),
    ('file.hasLink("Nobody yet")', True),
    ('file.hasLink("nobody else")', False),
    ('[link("Cells")].contains(file)', True),
    ('[link("Textbook")].contains(file)', False),
    ('file.hasTag("school")', True),
    ('file.hasTag("#SCHOOL/biology")', True),
    ('file.hasTag("biology")', False),
    ('file.hasTag("none", "exam")', True),
    ("file.hasTag(1)", False),
    ("file.tags.contains(1)", False),
    ('file.inFolder("School/")', True),
    ('file.inFolder("school")', False),
    ('file.inFolder("Sch")', False),
    ('file.inFolder("")', True),
    ('file.hasProperty("과목")', True),
    ('file.asLink("cells").toString()', "[[School/Cells|cells]]"),
    ('{"a": 1}.isEmpty()', False),
]

REFUSED: Final = [
    ('number("abc")', '"abc" is not a number'),
    ('number("")', "is not a number"),
    ("number([])", "is not a number"),
    ('date("07/08/2024")', "ambiguous"),
    ("date(true)", "a boolean, not a date"),
    ("date(20240707)", "a number, not a date"),
    ("date([1])", "a list, not a date"),
    ('duration("3 apples")', "is not a duration"),
    ("duration(3)", "duration.. takes a text"),
    ('"a".repeat(-1)', "cannot be repeated -1 times"),
    ("(1).toFixed(101)", "0 to 100 digits"),
    ('"a".isType("text")', "the kinds are null, boolean"),
    ('max(today(), "a")', "cannot be compared"),
    ('today().format("YYYY", "xx")', 'no locale "xx"'),
    ('2 * duration("1h")', "on the left"),
    ('"2" * duration("1h")', "on the left"),
    ('1 - duration("1h")', "on the left"),
    ('1 / duration("1h")', "on the left"),
    ('1 + duration("1h")', "on the left"),
    ('date("20241350")', "impossible"),
    ('date("2024-07-07 월요일")', "impossible"),
    ("fromTimestamp(1e300)", "years 1 to 9999"),
    ("fromTimestamp(-1e14)", "years 1 to 9999"),
    ('date("2024102714")', "not a date"),
    ("[1] + 2", "needs numbers"),
]


@pytest.mark.parametrize(("formula", "expected"), VALUES)
def test_value(formula: str, expected: Value) -> None:
    value = evaluate(formula)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("formula", "sentence"), REFUSED)
def test_refusal_says_why(formula: str, sentence: str) -> None:
    with pytest.raises(EvaluationError, match=sentence):
        evaluate(formula)


@pytest.mark.parametrize(
    ("path", "folder", "name", "basename", "extension"),
    [
        ("School/Cells.md", "School", "Cells", "Cells", "md"),
        ("Cells.md", "", "Cells", "Cells", "md"),
        ("a.b/c.d.md", "a.b", "c.d", "c.d", "md"),
        ("Scans/Cells.pdf", "Scans", "Cells.pdf", "Cells", "pdf"),
        ("a.b/README", "a.b", "README", "README", ""),
        (".hidden", "", ".hidden", ".hidden", ""),
    ],
)
def test_parts_of_a_path(path: str, folder: str, name: str, basename: str, extension: str) -> None:
    nothing: dict[str, Value] = {}
    scope = make_scope(file=File(path, nothing.__getitem__))
    parts = compile_formula("[file.folder, file.name, file.basename, file.ext, file.path]")
    assert parts.evaluate(scope) == [folder, name, basename, extension, path]


def test_what_is_told_of_a_file() -> None:
    facts: dict[str, Value] = {"ctime": moment(2024, 7, 7), "mtime": moment(2024, 10, 27, 1)}
    file = File("A.md", facts.__getitem__)
    assert evaluate("[file.ctime, file.mtime, file.file.path]", file=file) == [
        *(moment(2024, 7, 7), moment(2024, 10, 27, 1), "A.md")
    ]


def test_a_file_that_is_no_note_holds_nothing() -> None:
    picture = File("A.png", dict.fromkeys(("tags", "links", "properties")).__getitem__)
    scope = {"file": make_scope().file, "properties": {"x": picture}}
    for test in ('hasTag("a")', 'hasLink("a")', 'hasProperty("a")'):
        assert evaluate(f"x.{test}", **scope) is False


def test_the_scope_says_which_language_a_date_is_written_in() -> None:
    formula = compile_formula('now().format("LLLL") + ", " + (now() - "3d").relative()')
    assert formula.evaluate(make_scope()) == "Sunday, October 27, 2024 2:01 PM, 3 days ago"
    assert formula.evaluate(make_scope(locale="ko")) == "2024년 10월 27일 일요일 오후 2:01, 3일 전"


def test_a_duration_is_told_in_the_language_of_the_vault() -> None:
    formula = compile_formula(
        '"앞으로 " + duration("7d") + [duration("1h")].join() + duration("1M")'
    )
    assert formula.evaluate(make_scope(locale="ko")) == "앞으로 7일한 시간한 달"


@pytest.mark.parametrize(
    "formula",
    [
        'file("Cells")',
        'link("Cells").asFile()',
        'link("Cells").linksTo("Textbook")',
        "file.backlinks",
    ],
)
def test_without_a_vault_no_other_file_is_looked_up(formula: str) -> None:
    with pytest.raises(EvaluationError, match="cannot be looked up here"):
        evaluate(formula, others=None)


@pytest.mark.parametrize(
    "look",
    ['file("Cells")', 'link("Cells") == file', 'link("Textbook").asFile().properties.pages'],
)
def test_each_look_at_another_file_is_paid_for(look: str) -> None:
    formula = f"[{', '.join(['1'] * 100)}].map({look}).length"
    assert evaluate(formula, budget=Budget(steps=3_000)) == 100
    with pytest.raises(LimitError):
        evaluate(formula, budget=Budget(steps=599))


def test_without_a_vault_links_are_what_they_are_spelled_like() -> None:
    facts: dict[str, Value] = {"links": [Link("B/C#d")]}
    alone = {"others": None, "file": File("A.md", facts.__getitem__)}
    assert evaluate('file.hasLink("b/c.md")', **alone) is True
    assert evaluate('file.hasLink("c")', **alone) is False
    assert evaluate('link("Cells#Walls") == link("cells")', **alone) is True


def test_random_gives_another_number_each_time() -> None:
    numbers = {evaluate("random()") for _ in range(5)}
    assert len(numbers) == 5
    assert all(isinstance(number, float) and 0 <= number < 1 for number in numbers)


@pytest.mark.parametrize(
    ("entry", "clock"),
    [
        (GLOBALS["today"], Clock.DAILY),
        (GLOBALS["now"], Clock.INSTANT),
        (GLOBALS["random"], Clock.INSTANT),
        (METHODS["relative"][date], Clock.INSTANT),
        (METHODS["format"][date], Clock.STABLE),
    ],
)
def test_who_reads_the_clock(entry: Function, clock: Clock) -> None:
    assert entry.clock is clock


LOOKED_UP: Final = [
    *('link("Textbook")', 'link("Textbook#Roofs")', 'link("Nobody yet")', "file.asLink()", "null"),
    *('"Textbook"', "1", "file", "[1]", "file.backlinks[0]", "file.links[0]"),
]


@pytest.mark.parametrize("has_vault", [True, False])
@pytest.mark.parametrize("name", ["pages", "year", "PAGES", "과목"])
@pytest.mark.parametrize("link", LOOKED_UP)
def test_a_property_is_looked_up_alike_whether_its_name_is_computed_or_not(
    link: str,
    name: str,
    has_vault: bool,  # noqa: FBT001 - a table's column
) -> None:
    found: list[tuple[Value, int]] = []
    for spelled in (f".{name}", f'["{name}"]', f'[["{name}"][0]]'):
        scope = vault_scope() if has_vault else vault_scope(others=None)
        formula = compile_formula(f"{link}.asFile().properties{spelled}")
        try:
            value = formula.evaluate(scope)
        except EvaluationError as error:
            found.append((str(error), 0))
        else:
            found.append((value, scope.budget.steps + formula.steps))
    assert found[0] == found[1] == found[2]


def test_nothing_else_reads_the_clock() -> None:
    tables = [entries for table in (METHODS, FIELDS) for entries in table.values()]
    entries = [*GLOBALS.values(), *(entry for table in tables for entry in table.values())]
    readers = {entry.name for entry in entries if entry.clock is not Clock.STABLE}
    assert readers == {"today", "now", "random", "relative"}


def test_every_function_of_the_help_is_there() -> None:
    names = (
        "abs asFile asLink ceil contains containsAll containsAny date duration earliest endsWith"
        " escapeHTML file filter flat floor format hasLink hasProperty hasTag html icon if image"
        " inFolder isEmpty isTruthy isType join keys latest link linksTo list lower map matches max"
        " mean median min now number random reduce relative repeat replace reverse round slice sort"
        " split startsWith stddev sum time title today toFixed toString trim unique values"
    )
    of_notion = {"dateBetween", "fromTimestamp", "upper"}
    assert GLOBALS.keys() | METHODS.keys() == set(names.split()) | of_notion
