"""Plans under rules of one's own: filters, modes, clocks, problems."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ruleset import NOW, inner, plan, source
from vault_sync.errors import FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.rules.sources import Mode

DEADLINE = source("start", deadline='start + "2w"', left="(deadline - today()).days")


def test_one_pass_reaches_the_fixed_point() -> None:
    found = plan("start: 2024-10-20\n", DEADLINE)
    assert inner(found) == "start: 2024-10-20\ndeadline: 2024-11-03\nleft: 7\n"
    again = plan(inner(found), DEADLINE)
    assert not again.changes


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
