"""Plans under rules of one's own: filters, modes, clocks, problems."""

from __future__ import annotations

import gc
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.note.yaml_readers import PARSER
from tests.rules.small import NOW, compiled, inner, plan, source, tell
from vault_sync.errors import FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.note import edits
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.note.edits import Edit
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.values import Storable

DEADLINE = source("start", deadline='start + "2w"', left="(deadline - today()).days")


def test_one_pass_reaches_the_fixed_point() -> None:
    found = plan("start: 2024-10-20\n", DEADLINE)
    assert inner(found) == "start: 2024-10-20\ndeadline: 2024-11-03\nleft: 7\n"
    again = plan(inner(found), DEADLINE)
    assert not again.changes


def test_a_refresh_is_no_edit_of_a_person() -> None:
    assert [plan("a: 1\n", source(x=value)).by_person for value in ("a", "a / {}")] == [
        False,
        False,
    ]


def test_a_stale_value_is_not_read_by_another_formula() -> None:
    found = plan("start: 2024-10-20\ndeadline: 2020-01-01\nleft: 0\n", DEADLINE)
    assert inner(found) == "start: 2024-10-20\ndeadline: 2024-11-03\nleft: 7\n"


@pytest.mark.parametrize(
    ("filters", "is_governed"),
    [
        (None, True),
        ("start", True),
        ("missing", False),
        ('file.inFolder("Notes")', True),
        ('file.inFolder("Other")', False),
        ('file.hasTag("tagged")', True),
        ('file.hasTag("own")', True),
        ('file.hasTag("other")', False),
        ('file.hasLink("Link")', True),
        ('file.hasProperty("start")', True),
        ('file.hasProperty("missing")', False),
        ('!file.hasProperty("missing")', True),
        ("file.size > 1000", True),
        ("formula.x == 1", True),
        ("formula.x == 2", False),
    ],
)
def test_filters(filters: str | None, *, is_governed: bool) -> None:
    found = plan("start: 1\ntags: own\n", source(filters, x="1"))
    assert found.is_governed is is_governed
    assert bool(found.changes) is is_governed


def test_a_filter_without_an_answer_is_told() -> None:
    found = plan("start: 1\n", source('date("soon") > today()', x="1"))
    assert not found.changes
    assert "filter" in found.problems[0].message


def test_fill_writes_only_what_is_empty() -> None:
    rules = source(modes={"x": Mode.FILL}, x='"new"', y='x + "!"')
    assert inner(plan("x: mine\ny:\n", rules)) == "x: mine\ny: mine!\n"
    assert inner(plan("x:\ny:\n", rules)) == "x: new\ny: new!\n"


@pytest.mark.parametrize("empty", ["", " null", " ''", ' ""'])
@pytest.mark.parametrize(
    ("formula", "reader"),
    [
        ("1 + 1", "x + 1"),
        ("true", "x + 1"),
        ('"2"', "x + 1"),
        ("today()", "[x]"),
        ('link("a")', "x"),
        ('["a", 1]', "x"),
        ("null", "x == null"),
        ('""', "x == null"),
    ],
)
def test_what_is_filled_is_read_as_the_note_holds_it(empty: str, formula: str, reader: str) -> None:
    rules = source(modes={"x": Mode.FILL}, x=formula, y=reader)
    first = inner(plan(f"x:{empty}\ny:\n", rules))
    assert inner(plan(first, rules)) == first


@pytest.mark.parametrize("empty", ["&a ''", "!!str ''"])
def test_what_no_value_may_replace_is_not_filled(empty: str) -> None:
    lines = f"x: {empty}\n"
    made = plan(lines, source(modes={"x": Mode.FILL}, x="1 + 1"))
    assert inner(made) == lines
    assert "uses an anchor, alias or tag" in made.problems[0].message


@pytest.mark.parametrize(("formula", "declared"), [('"2"', "number"), ("2", "text")])
def test_what_is_filled_is_read_in_obsidians_type(formula: str, declared: str) -> None:
    rules = source(modes={"x": Mode.FILL}, x=formula, y="x + 1")
    types = {"x": declared}
    first = inner(plan("x:\ny:\n", rules, types=types))
    assert inner(plan(first, rules, types=types)) == first


def test_keep_computes_for_others_and_writes_nothing() -> None:
    rules = source(modes={"x": Mode.KEEP}, x='"new"', y="formula.x + x")
    assert inner(plan("x: mine\ny:\n", rules)) == "x: mine\ny: newmine\n"


def test_missing_skip_refreshes_what_is_there() -> None:
    rules = source(is_adding=False, x="1", y="2")
    assert inner(plan("y: 0\n", rules)) == "y: 2\n"


def test_helpers_are_written_nowhere() -> None:
    assert inner(plan("a: 1\n", source(helpers={"h": "a + 1"}, x="formula.h"))) == "a: 1\nx: 2\n"


def test_null_adds_nothing_and_empties() -> None:
    assert not plan("a: 1\n", source(x="missing")).changes
    assert inner(plan("x: 1\n", source(x="missing"))) == "x:\n"


CLOCKED = source(s="1", d="today()", i="now()", reads="d + 1")


@pytest.mark.parametrize(
    ("clock", "written"), [(Clock.STABLE, "s"), (Clock.DAILY, "sd"), (Clock.INSTANT, "sdi")]
)
def test_clocks_are_limited(clock: Clock, written: str) -> None:
    rules = source(s="1", d='today().format("YYYY")', i="now()")
    found = plan("s:\nd:\ni:\n", rules, clock=clock)
    assert "".join(change.property for change in found.changes) == written


def test_a_formula_that_reads_a_daily_one_is_daily() -> None:
    rules = source(d="today()", reads='d + "1d"')
    assert not plan("d:\nreads:\n", rules, clock=Clock.STABLE).changes


@pytest.mark.parametrize(
    ("old", "is_written"),
    [("2024-10-27T09:00:00", False), ("2024-10-26T23:59:00", True), ("2024-10-28T00:00:00", True), ("", True), ("x", True)],
)  # fmt: skip
def test_an_instant_date_is_written_when_its_day_is_over(old: str, *, is_written: bool) -> None:
    assert bool(plan(f"i: {old}\n", source(i="now()")).changes) is is_written


@pytest.mark.parametrize(
    ("old", "is_written"), [("0", False), ("23", False), ("24", True), ("-1", True)]
)
def test_an_instant_number_is_written_when_today_cannot_give_it(
    old: str, *, is_written: bool
) -> None:
    assert bool(plan(f"i: {old}\n", source(i="now().hour")).changes) is is_written


def test_an_instant_text_without_a_day_waits_for_a_reason() -> None:
    rules = source(i='now().format("HH:mm")', x="1")
    assert not plan('i: "09:00"\nx: 1\n', rules).changes
    assert inner(plan('i: "09:00"\nx: 0\n', rules)) == 'i: "14:01"\nx: 1\n'


def test_a_day_may_start_late() -> None:
    rules = source(d="today()", i="now()")
    early = NOW.replace(hour=3)
    found = plan("d:\ni: 2024-10-26T23:00:00\n", rules, now=early, day_starts_at=timedelta(hours=4))
    assert inner(found).startswith("d: 2024-10-26\n")
    rest = source(i="now()")
    kept = plan("i: 2024-10-26T23:00:00\n", rest, now=early, day_starts_at=timedelta(hours=4))
    assert not kept.changes


def test_a_formula_that_fails_is_left_alone_and_named_and_the_rest_goes_on() -> None:
    rules = source(bad="number(a)", good="1", leans="bad + 1")
    found = plan("a: text\nbad: old\ngood: 0\nleans: old\n", rules)
    assert inner(found) == "a: text\nbad: old\ngood: 1\nleans: old\n"
    assert [(problem.line, problem.property) for problem in found.problems] == [(2, "a")]


def test_a_value_that_cannot_be_replaced_is_left_alone_and_named() -> None:
    found = plan("x: &a old\ny: 0\n", source(x="1", y="2"))
    assert inner(found) == "x: &a old\ny: 2\n"
    assert [(problem.line, problem.property) for problem in found.problems] == [(2, "x")]


# What the surgeon could not foresee; made by one whose hand slips at `x`.
SLIPS = {
    "unreadable": "new: [",
    "another value": "other",
    "another property": "new\nq: 1",
    "into the next line": "new # ",
}


@pytest.fixture(params=[*SLIPS.values()], ids=[*SLIPS])
def slipping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    change = edits.change_value

    def slip(note: Frontmatter, name: str, stored: Storable | None) -> Edit:
        edit = change(note, name, stored)
        if name != "x":
            return edit
        end = edit.end + (3 if request.param.endswith("# ") else 0)
        return edit._replace(end=end, replacement=request.param)

    monkeypatch.setattr("vault_sync.plan.proof.change_value", slip)


@pytest.mark.parametrize("beside", ["", "b: [c]\n"], ids=["plain lines", "other lines"])
@pytest.mark.usefixtures("slipping")
def test_what_cannot_be_proved_is_left_alone_and_named_and_the_rest_goes_on(beside: str) -> None:
    rules = source(x='"new"', y="2", z="x.length", w="4")
    found = plan(f"y: 0\nx: old\n{beside}z: 0\n", rules)
    assert inner(found) == f"y: 2\nx: old\n{beside}z: 3\nw: 4\n"
    assert [change.property for change in found.changes] == ["y", "z", "w"]
    assert [(problem.line, problem.property) for problem in found.problems] == [(3, "x")]
    assert "cannot be changed safely" in found.problems[0].message
    again = plan(inner(found), rules)
    assert not again.changes
    assert again.problems == found.problems


@pytest.mark.usefixtures("slipping")
def test_where_nothing_can_be_proved_nothing_is_written() -> None:
    found = plan("x: old\ny: 1\n", source(x='"new"', y="1"))
    assert inner(found) == "x: old\ny: 1\n"
    assert not found.changes
    assert found.is_governed


def test_two_rule_sets_see_each_other_in_order() -> None:
    found = plan("a: 1\n", source(b="a + 1"), source(c="b + 1"))
    assert inner(found) == "a: 1\nb: 2\nc: 3\n"


def test_two_owners_of_one_property_are_named_and_the_first_one_wins() -> None:
    found = plan("x: 0\n", source(x="1"), source(x="2"))
    assert inner(found) == "x: 1\n"
    assert "Two rule sets" in found.problems[0].message


def test_a_conflict_marker_is_refused() -> None:
    lines = "x: 0\n<<<<<<< HEAD\n=======\n>>>>>>> other\n"
    with pytest.raises(FrontmatterError, match="merge conflict") as refusal:
        plan(lines, source(x="1"))
    assert refusal.value.problem.line == 3


def test_a_broken_note_that_names_nothing_of_ours_is_no_problem() -> None:
    rules = source('file.hasProperty("start")', x="1")
    assert not plan("title: a: b\n", rules).problems
    with pytest.raises(FrontmatterError):
        plan("start: a: b\n", rules)


LISTS = [
    ("x:\n  - a\n  - b\n", "x:\n  - new\n  - c, d\n"),
    ("x:\n- a\n- b\n- c\n", "x:\n- new\n- c, d\n"),
    ("x:\n  -   a\n", "x:\n  -   new\n  -   c, d\n"),
    ("x:\n  - 'a'\n  - \"b\"\n", "x:\n  - 'new'\n  - \"c, d\"\n"),
    ("x: [a, b]\n", 'x: [new, "c, d"]\n'),
    ("x: [a, b] # why\n", 'x: [new, "c, d"] # why\n'),
    ("x: []\n", 'x: [new, "c, d"]\n'),
    ("x:\n", "x:\n  - new\n  - c, d\n"),
    ("x: \n", "x:\n  - new\n  - c, d\n"),
    ("x: # why\n", 'x: [new, "c, d"] # why\n'),
    ("x: a\n", "x:\n  - new\n  - c, d\n"),
    ("x:\n  - a\n\n", "x:\n  - new\n  - c, d\n\n"),
    ("x:\r\n  - a\r\n", "x:\r\n  - new\r\n  - c, d\r\n"),
    ("  x:\n    - a\n", "  x:\n    - new\n    - c, d\n"),
    ("", "x:\n  - new\n  - c, d\n"),
    ("x:   # why\n  a\n", 'x:   # why\n  [new, "c, d"]\n'),
    ("x:\n  # why\n\n  # when\n  'a' # z\n", 'x:\n  # why\n\n  # when\n  [new, "c, d"] # z\n'),
    ("x: # why\n  a\n  b\n", 'x: # why\n  [new, "c, d"]\n'),
    ("x: # why\n  [a]\n", 'x: # why\n  [new, "c, d"]\n'),
    ("x:\n\n  a\n", "x:\n  - new\n  - c, d\n"),
    ("x:\n  a # why\n", 'x: [new, "c, d"] # why\n'),
]


@pytest.mark.parametrize(("old", "new"), LISTS)
def test_a_list_is_replaced_as_a_whole_in_its_own_style(old: str, new: str) -> None:
    indent = "  " if old.startswith(" ") else ""
    eol = "\r\n" if "\r" in old else "\n"
    before, after = f"{indent}a: 1{eol}", f"{indent}# of z{eol}{indent}z: 2{eol}"
    rules = source(x='["new", "c, d"]')
    found = plan(before + old + after, rules)
    assert inner(found) == (before + new + after if old else before + after + new)
    assert not plan(inner(found), rules).changes


@pytest.mark.parametrize(
    "kept",
    [
        "x:\n  - new\n  - 'c, d'\n",
        'x: [new, "c, d"]\n',
        "x:\n- new\n# why\n- c, d\n",
    ],
)
def test_a_list_that_is_true_keeps_its_spelling(kept: str) -> None:
    assert not plan(kept, source(x='["new", "c, d"]')).changes


@pytest.mark.parametrize(
    "old",
    [
        "x:\n  - a # why\n",
        "x:\n  # why\n  - a\n",
        "x: # why\n  - a\n",
        "x:\n  - a\n  # why\n  - b\n",
        "x: [a, # why\n  b]\n",
        "x:\n  - # why\n    a\n",
        "x:\n  - &b a\n",
        "x:\n  - !t a\n",
        "x: &b [a]\n",
        "x: !t\n  - a\n",
        "x:\n  - - a\n",
        "x:\n  - b: c\n",
        "x:\n  - |\n    a\n",
    ],
)
def test_a_list_that_holds_more_than_values_is_refused(old: str) -> None:
    found = plan(old + "y: 0\n", source(x='["new"]', y="1"))
    assert inner(found) == old + "y: 1\n"
    assert found.problems[0].property == "x"


def test_an_empty_list_empties() -> None:
    assert inner(plan("x: [a]\n", source(x="[]"))) == "x: []\n"
    assert inner(plan("x:\n  - a\nz: 1\n", source(x="[]"))) == "x: []\nz: 1\n"
    assert not plan("x:\n", source(x="[]")).changes


def test_items_of_a_list_are_values_of_their_own() -> None:
    rules = source(x='[1, "2", true, date("2024-07-07"), "a: b", null]')
    lines = 'x:\n  - 1\n  - "2"\n  - true\n  - 2024-07-07\n  - "a: b"\n'
    assert inner(plan("x:\n", rules)) == lines
    assert not plan(lines, rules).changes


@pytest.mark.parametrize(
    ("declared", "formula", "line"),
    [
        ("number", '"0.6"', "x: 0.6"),
        ("number", '"many"', "x: many"),
        ("text", "1", 'x: "1"'),
        ("text", "1 == 1", 'x: "true"'),
        ("checkbox", '"true"', "x: true"),
        ("checkbox", "1 == 1", "x: true"),
        ("date", '"2024/07/07"', "x: 2024-07-07"),
        ("datetime", '"2024-07-07 09:30"', "x: 2024-07-07T09:30:00"),
        ("multitext", '"a"', "x:\n  - a"),
        ("tags", '["a", "b"]', "x:\n  - a\n  - b"),
        ("unheard-of", "1", "x: 1"),
    ],
)
def test_a_value_is_written_as_obsidians_type(declared: str, formula: str, line: str) -> None:
    rules = source(x=formula)
    found = plan("a: 1\n", rules, types={"x": declared})
    assert inner(found) == f"a: 1\n{line}\n"
    assert not plan(inner(found), rules, types={"x": declared}).changes


# What is derived in brackets, in lines and alone, however odd it is: it reads back, and stays.
ODD_TEXTS = [
    *(
        "https://example.com",
        "12:30",
        "a: b",
        "b:",
        ":c",
        "why?",
        "?x",
        "? x",
        "a, b",
        "[c]",
        "{d}",
        "e#f",
        "# g",
        "-",
        "-h",
    ),
    *(
        "- i",
        "\ufeffj",
        "k\ufeff",
        "\ufffe",
        "\uffff",
        "l\u2028m",
        "\x85",
        "\u3000n\u3000",
        "\xa0",
        "...",
        "---",
        "o\tp",
        "q\nr",
    ),
    *(
        "&s",
        "*t",
        "!u",
        "%v",
        "@w",
        "`x`",
        "|",
        ">",
        "'y'",
        '"z"',
        "\\",
        "a\\",
        "null",
        "true",
        "030",
        "2024-01-05",
        "\x00",
    ),
]


@pytest.mark.parametrize("odd", ODD_TEXTS)
@pytest.mark.parametrize("old", ["x: [a]\n", "x:\n  - 'a'\n", 'x:\n- "a"\n', "x:\n", ""])
def test_any_text_can_be_an_item(odd: str, old: str) -> None:
    signs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    spelled = "".join(signs.get(sign, sign) for sign in odd)
    rules = source(x=f'["{spelled}", "last"]')
    found = plan(old, rules)
    assert not found.problems
    assert [change.new for change in found.changes] == [[odd, "last"]]
    assert not plan(inner(found), rules).changes


BEFORE = {
    "block that ends with an ideographic space": "p: |\n  글\n  \u3000\n",
    "block that ends with a no-break space": "p: >-\n  글\n  \u00a0\n",
    "blanks beyond the indentation": "p: |2\n  x\n   \n",
    "blanks beyond, in a list": "p:\n  - |2\n      x\n       \n",
    "blank line in a block that keeps it": "p: |+\n  x\n  \n",
    "empty block": "p: |\n",
    "empty block that keeps its lines": "p: >+\n\n\n",
    "empty block with a comment": "p: |- # + is no sign here\n",
    "block with a tag": "p: !t |\n  x\n",
    "no value, and a comment": "p: # c\n",
    "tag without a value": "p: !t\n",
    "object with an empty end": "p:\n  q:\n    r: # c\n",
    "brackets over lines": "p: [a,\n  b] # c\n",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("behind", ["", "\n", "# c\n", "a: 1\n", "...\n", "\n...\n", "... # c\n\n"])
def test_a_line_is_added_behind_any_property(before: str, behind: str) -> None:
    rules = source(modes={"p": Mode.KEEP}, p="1", x="2")
    found = plan(before + behind, rules)
    assert not found.problems
    assert inner(found).replace("x: 2\n", "") == before + behind
    assert not plan(inner(found), rules).changes


def test_a_frontmatter_that_would_grow_too_long_is_left_alone() -> None:
    found = plan("x: 1\n", source(x='"ab".repeat(20000)', y='"cd".repeat(20000)'))
    assert inner(found) == "x: 1\n"
    assert "longer than 64 KiB" in found.problems[0].message
    assert not found.changes


def test_small_and_capital_letters_of_names_are_the_same() -> None:
    rules = source('file.hasProperty("START")', next='note["sTaRt"] + 1', late="NEXT * 10")
    found = plan("Start: 1\n", rules)
    assert inner(found) == "Start: 1\nnext: 2\nlate: 20\n"
    assert not plan(inner(found), rules).changes
    # The order of the formulas does not matter, and what is stale is read by none.
    backwards = source("start", late="NEXT * 10", next="start + 1")
    assert inner(plan("start: 1\nnext: 7\n", backwards)) == "start: 1\nnext: 2\nlate: 20\n"


def test_what_is_remembered_knows_the_letters_of_names_too() -> None:
    rules = [compiled(source("start", next="START + 1"))]
    conditions = Conditions(NOW, UTC)
    for value in ("1", "5"):
        text = f"---\nstart: {value}\n---\n"
        found = plan_note(text, "a.md", rules, conditions, tell)
        assert inner(found) == f"start: {value}\nnext: {int(value) + 1}\n"


def test_links_in_properties_count_but_not_those_that_formulas_write() -> None:
    rules = source('file.hasLink("Textbook")', up='link("Shelf")', n="file.links.length")
    found = plan('book: "[[Textbook]]"\n', rules)
    assert inner(found) == 'book: "[[Textbook]]"\nup: "[[Shelf]]"\nn: 2\n'
    assert not plan(inner(found), rules).changes


def test_a_property_of_another_note_is_none_of_ones_own() -> None:
    rules = source("type", icon="list(type)[0].asFile().properties.icon")
    found = plan('type: "[[Book]]"\nicon: x\n', rules)
    assert inner(found) == 'type: "[[Book]]"\nicon: x\n'
    assert "cannot be looked up here" in found.problems[0].message


def test_one_property_of_the_own_file_is_read_as_its_name_says() -> None:
    rules = source("price", twice="file.properties.price * 2")
    assert inner(plan("price: 4\n", rules)) == "price: 4\ntwice: 8\n"


@pytest.mark.parametrize(("name", "holds"), [("tags", True), ("Tags", True), ("zones", False)])
def test_a_tag_includes_its_children_and_another_list_does_not(name: str, *, holds: bool) -> None:
    found = plan(f"{name}: [a/b]\nx: 0\n", source(x=f'note["{name}"].contains("a")'))
    assert inner(found).endswith(f"x: {str(holds).lower()}\n")


@pytest.mark.skipif(PARSER.CParser is None, reason="what reads YAML in Python refers to itself")
def test_a_plan_leaves_nothing_that_refers_to_itself() -> None:
    """Else each note of a run would stay in memory until Python looks for such circles."""
    rules = source("start", deadline='start + "2w"', tags="file.tags", all="file.properties.start")
    plan("start: 2024-10-20\n", rules)
    gc.collect()
    gc.disable()
    try:
        assert plan("start: 2024-10-20\n", rules).changes
        assert gc.collect() == 0
    finally:
        gc.enable()
