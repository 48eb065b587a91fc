"""Which notes formulas see, and where the problems of a plan stand."""

from __future__ import annotations

from datetime import UTC

import pytest

from tests.rules.small import NOW, compiled, inner, plan, source, tell
from vault_sync.errors import FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.note.frontmatter import MAX_BLOCK, read_properties
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.governed import (
    GovernedNote,
    LeftAlone,
    find_opt_out,
    is_named,
    may_name,
    open_note,
)

CONDITIONS = Conditions(NOW, UTC)
NEEDS = source('file.hasProperty("start")', x="1")


def opened(lines: str, filters: str | None = None) -> GovernedNote | LeftAlone:
    rules = [compiled(source(filters, x="1"))]
    return open_note(f"---\n{lines}---\n", "a.md", rules, CONDITIONS, tell)


@pytest.mark.parametrize(
    ("lines", "is_governed"),
    [
        ("start: 1\n", True),
        ("START: 1\n", True),
        ("st\u200bart: 1\n", True),
        ('"st\\u0061rt": 1\n', True),
        ("begin: 1\n", False),
        ("begin: start\n", False),
        ('begin: "a\\tb"\n', False),
        ("list:\n  - start: 1\n", False),
    ],
)
def test_a_filter_finds_its_property_however_that_is_written(
    lines: str, *, is_governed: bool
) -> None:
    found = plan(lines, NEEDS)
    assert found.is_governed is is_governed
    assert inner(found) == (f"{lines}x: 1\n" if is_governed else lines)


def test_a_note_that_no_filter_can_admit_is_not_even_read() -> None:
    assert opened("begin: a: b\n", 'file.hasProperty("start")') == LeftAlone()
    with pytest.raises(FrontmatterError):
        opened("begin: a: b # start\n", 'file.hasProperty("start")')
    with pytest.raises(FrontmatterError):
        opened("begin: a: b\n", "start")
    assert open_note("text\n", "a.md", [compiled(NEEDS)], CONDITIONS, tell) == LeftAlone()


def test_one_of_several_filters_is_enough() -> None:
    found = plan("other: 1\n", NEEDS, source('file.hasProperty("other")', y="2"))
    assert inner(found) == "other: 1\ny: 2\n"


@pytest.mark.parametrize(
    ("raw", "is_there"),
    [("start: 1", True), ("Start: 1", True), ("st\u00adart: 1", True), ("begin: 1", False)],
)
def test_what_may_be_named(raw: str, *, is_there: bool) -> None:
    assert may_name(raw, frozenset({"end", "start"})) is is_there


@pytest.mark.parametrize(
    ("line", "is_there"),
    [
        ("start: a: b", True),
        ("  START : x", True),
        ('- {"start": x', True),
        ("'start': x", True),
        ("start\uff1ax", True),
        ("start \ufe55x", True),
        ("start\u00a0:x", True),
        ("x: start: y", False),
        ("restart: x", False),
        ("started: x", False),
        ("start", False),
    ],
)
def test_what_a_broken_note_names(line: str, *, is_there: bool) -> None:
    assert is_named(f"---\nx: [\n{line}\n", [compiled(source("start", x2="1"))]) is is_there


@pytest.mark.parametrize(
    "line", ["start:: 1", "Start::\n  1", "start :: [[A]]", "'start:': 1", "x2:: 1"]
)
def test_a_second_colon_is_no_part_of_a_name(line: str) -> None:
    with pytest.raises(FrontmatterError, match="Two colons") as refusal:
        plan(f"other: 1\n{line}\n", source("other || start", x2="start"))
    assert (refusal.value.problem.line, refusal.value.problem.property) == (3, None)


@pytest.mark.parametrize("line", ["more:: 1\nstart: 1", "start:: 1\nvault-sync: false"])
def test_a_second_colon_elsewhere_is_the_owner_s(line: str) -> None:
    assert plan(f"{line}\n", source("start", x="start")).problems == ()


def test_a_name_that_has_a_colon_by_the_rules_is_one() -> None:
    rules = source(x='note["start:"] + 1')
    assert inner(plan("start:: 1\nx: 9\n", rules)) == "start:: 1\nx: 2\n"


def test_a_broken_note_of_no_rules_names_nothing() -> None:
    assert not is_named("---\nstart: [\n", [])
    assert not is_named("---\n: [\n", [compiled(source(x="1"))._replace(names=frozenset())])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("vault-sync: false\n", "`vault-sync: false` asks to leave it alone"),
        ("vault-sync: No\n", "`vault-sync: false` asks to leave it alone"),
        ('vault-sync: "off"\n', "`vault-sync: false` asks to leave it alone"),
        *(
            (f"{line}\n", "`vault-sync: false` asks to leave it alone")
            for line in (
                "Vault-Sync: No",
                "vault-sync: OFF",
                "vault-sync: 아니요",
                "vault-sync: 아니오",
                "vault-sync: 0",
                'vault-sync: "0"',
                "vault-sync: ｆａｌｓｅ",
                "vault-sync: ⬜",
                "vault-sync: '[ ]'",
                "vault-sync: flase",
                "vault-sync: never",
                '"vault-sync\\u200b": no',
                "vault-sync: ' no '",
                "vault-sync: false.",
                "vault-sync:: false",
                "Vault-Sync :: no",
            )
        ),
        *(
            (f"vault-sync: {value}\n", "")
            for value in ("yes", "True", "on", "예", "1", "~", "''", "✅")
        ),
        ("vault-sync: true\n", ""),
        ("vault-sync:\n", ""),
        ("vault-sync: [false]\n", ""),
        ("excalidraw-plugin: parsed\n", "it is an Excalidraw drawing"),
        ("a: 1\n", ""),
    ],
)
def test_what_asks_to_be_left_alone(lines: str, reason: str) -> None:
    note = read_properties(f"---\n{lines}---\n")
    assert note
    assert find_opt_out(note) == reason
    found = opened(lines)
    assert (found == LeftAlone(reason)) if reason else isinstance(found, GovernedNote)


def test_a_frontmatter_that_is_no_properties_is_refused_in_its_first_line() -> None:
    with pytest.raises(FrontmatterError, match="not made of") as refusal:
        read_properties("---\n- a\n- b\n---\n")
    assert refusal.value.problem.line == 2
    assert read_properties("text\n") is None


# Problems stand at the line that they have when the edits are made.

REFUSED = source(new="1", x="2", y="3")


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("x: &a 0\n", 2),
        ("new: 0\nx: &a 0\n", 3),
        ("new:\n  - 0\n  - 0\nx: &a 0\n", 5),
        ("new: zero\n  one\n  two\nx: &a 0\n", 3),
        ("x: &a 0\nnew: zero\n  one\n", 2),
        ("a: 1\nb: 2\nx: &a 0\ny: 0\n", 4),
    ],
)
def test_where_a_problem_stands_after_the_edits(lines: str, line: int) -> None:
    found = plan(lines, REFUSED)
    (at,) = [problem.line for problem in found.problems if problem.property == "x"]
    assert at == line
    assert found.text.split("\n")[line - 1] == "x: &a 0"


def test_lines_that_are_added_before_a_problem_push_it_down() -> None:
    rules = source(a="1", new="[1, 2]", x="2")
    found = plan("a: 1\nx: &a 0\n", rules)
    assert inner(found) == "a: 1\nnew:\n  - 1\n  - 2\nx: &a 0\n"
    assert [(problem.line, problem.property) for problem in found.problems] == [(6, "x")]


def test_the_problem_of_a_source_property_is_pushed_down_too() -> None:
    rules = source(a="1", n="2", bad="number(z)")
    found = plan("a: 1\nz: text\nbad: 0\n", rules)
    assert inner(found) == "a: 1\nn: 2\nz: text\nbad: 0\n"
    assert [(problem.line, problem.property) for problem in found.problems] == [(4, "z")]


@pytest.mark.parametrize(("spare", "is_written"), [(0, True), (-1, False), (1, True)])
def test_a_frontmatter_may_grow_up_to_the_limit(spare: int, *, is_written: bool) -> None:
    line = "x: 12345\n"
    filler = "# " + "f" * (MAX_BLOCK - len(line) - 3 - spare) + "\n"
    found = plan(f"{filler}x: 678\n", source(x="12345"))
    assert bool(found.changes) is is_written
    assert bool(found.problems) is not is_written


def test_what_a_change_says() -> None:
    rules = source(a="1", d="today()", i='now().format("HH:mm")', gone="missing", n="[1]")
    found = plan('a: 0\nd: 2024-01-01\ni: "0"\ngone:  x\n', rules)
    assert [change[:6] for change in found.changes] == [
        ("a", 0, 1, "a: 0", "a: 1", Clock.STABLE),
        ("d", "2024-01-01", "2024-10-27", "d: 2024-01-01", "d: 2024-10-27", Clock.DAILY),
        ("i", "0", "14:01", 'i: "0"', 'i: "14:01"', Clock.INSTANT),
        ("gone", "x", None, "gone:  x", "gone:", Clock.STABLE),
        ("n", None, [1], None, "n:\n  - 1\n", Clock.STABLE),
    ]


def test_a_missing_property_comes_behind_the_nearest_that_is_there() -> None:
    rules = source(a="1", b="2", c="3", d="4")
    assert inner(plan("d: 4\nz: 0\nb: 2\ny: 0\n", rules)) == "d: 4\nz: 0\nb: 2\nc: 3\ny: 0\na: 1\n"
