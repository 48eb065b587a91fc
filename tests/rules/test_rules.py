"""What is wrong with rules is told before any note is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.make_profiles import PROFILES, pack_profile
from tests.rules.small import compiled, find_problems, rule_source, source, without_trees
from vault_sync.formula.parser import parse
from vault_sync.formula.registry import Clock
from vault_sync.index.notes import is_stable_all_day
from vault_sync.rules.config import load_profile, unpack_source
from vault_sync.rules.profile_reader import read_profile
from vault_sync.rules.ruleset import compile_rules, spread_clocks
from vault_sync.rules.sources import SourceText, StudySettings

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.errors import Problem


def test_the_profile_has_no_problem() -> None:
    problems: list[object] = []
    assert compile_rules(load_profile("study-ko"), problems) is not None  # type: ignore[arg-type]  # a plain list to look at
    assert problems == []


@pytest.mark.parametrize("source", sorted(PROFILES.glob("*.yaml")), ids=lambda source: source.stem)
def test_a_packed_profile_is_its_data_file(source: Path) -> None:
    packed = source.with_suffix(".json").read_text("utf-8")
    assert packed == pack_profile(source), "run `python -m docs.make_profiles`"
    unpacked = unpack_source(packed)
    assert without_trees(unpacked) == read_profile(source.stem, StudySettings(), [])
    for _, text in (*unpacked.formulas, *unpacked.helpers):
        assert text.tree == parse(text.text)


@pytest.mark.parametrize(
    ("formulas", "words"),
    [
        ({"x": "1 +"}, ["1 +"]),
        ({"x": "nope(1)"}, ["nope"]),
        ({"x": "file.mtime"}, ["file.mtime", "derived property"]),
        ({"x": "file.size + 1"}, ["file.size"]),
        ({"x": "file.ctime"}, ["file.ctime"]),
        ({"x": "random()"}, ["random()"]),
        ({"x": "formula.yy", "y": "1"}, ["yy", "Did you mean"]),
        ({"x": "y", "y": "x"}, ["x", "y", "→"]),
        ({"x": "x + 1"}, ["x → x"]),
        ({"x": "formula.y", "y": 'note["x"]'}, ["→"]),
    ],
)
def test_problems_of_formulas(formulas: dict[str, str], words: list[str]) -> None:
    problems = find_problems(rule_source(formulas))
    assert len(problems) == 1
    assert problems[0].line == 2
    for word in words:
        assert word in problems[0].message


def test_all_problems_come_at_once() -> None:
    assert len(find_problems(source("&&", x="1 +", y="2 +"))) == 3


def test_a_syntax_error_points_at_its_place() -> None:
    message = find_problems(source(x="1 + (2"))[0].message
    lines = message.split("\n")
    assert lines[-2].strip() == "1 + (2"
    assert lines[-1].strip() == "^"


@pytest.mark.parametrize("before", [0, 3, 200])
def test_the_caret_stands_below_the_mistake(before: int) -> None:
    message = find_problems(source(x=f"{'1 + ' * before}2 § 3"))[0].message
    shown, caret = message.split("\n")[-2:]
    assert shown[caret.index("^")] == "§"


def test_names_are_normal_forms() -> None:
    rules = compiled(rule_source({"\u1112\u1161\u11ab": "1"}))
    assert list(rules.owned) == ["한"]


def test_clocks_are_inherited() -> None:
    rules = compiled(source(a="now()", b="a", c="today()", d="c", e="1"))
    clocks = {name: entry.clock for name, entry in rules.owned.items()}
    assert clocks == {
        "a": Clock.INSTANT,
        "b": Clock.INSTANT,
        "c": Clock.DAILY,
        "d": Clock.DAILY,
        "e": Clock.STABLE,
    }


@pytest.mark.parametrize(
    ("first", "second", "clocks"),
    [
        ({"day": "today()"}, {"left": "due - day"}, (Clock.DAILY, Clock.DAILY)),
        ({"left": "due - day"}, {"day": "today()"}, (Clock.DAILY, Clock.DAILY)),
        ({"day": "today()"}, {"left": "due"}, (Clock.DAILY, Clock.STABLE)),
        # What is "now" in another note is the start of the day there.
        ({"time": "now()"}, {"left": 'file("a").properties.time'}, (Clock.INSTANT, Clock.DAILY)),
    ],
)
def test_clocks_are_inherited_from_other_rule_sets(
    first: dict[str, str], second: dict[str, str], clocks: tuple[Clock, Clock]
) -> None:
    rules = spread_clocks([compiled(rule_source(first)), compiled(rule_source(second))])
    assert tuple(entry.clock for one in rules for entry in one.owned.values()) == clocks


@pytest.mark.parametrize(
    ("filters", "clock"),
    [("day", Clock.DAILY), ('note["d" + "ay"]', Clock.DAILY), ("a", Clock.STABLE)],
)
def test_a_filter_inherits_clocks(filters: str, clock: Clock) -> None:
    rules = spread_clocks([compiled(source(filters, b="1")), compiled(source(day="today()"))])
    assert rules[0].admits is not None
    assert [formula.clock for formula in rules[0].admits.formulas] == [clock]


@pytest.mark.parametrize(("other", "clock"), [("day", Clock.DAILY), ("twice", Clock.STABLE)])
def test_clocks_are_inherited_from_other_notes(other: str, clock: Clock) -> None:
    read = f'file("b").properties.{other}'
    formulas = {"day": "today()", "twice": "a * 2", "x": read}
    (rules,) = spread_clocks([compiled(rule_source(formulas, f"note.x != {read}"))])
    assert rules.owned["x"].clock is clock
    assert rules.admits is not None
    assert max(formula.clock for formula in rules.admits.formulas) is clock


@pytest.mark.parametrize(
    ("formulas", "filters", "is_stable"),
    [
        ({"x": "a"}, None, True),
        ({"x": "today()"}, "today() > a", True),
        # Written out, now() is no reason to write before its day is over.
        ({"x": "now()"}, "a", True),
        ({"x": 'now().format("HH:mm")'}, None, True),
        ({"x": '"at " + now().format("HH:mm") + "!"', "y": "a"}, None, True),
        ({"x": "now().hour"}, None, False),
        ({"x": "now() - a"}, None, False),
        ({"x": '"at " + now() + a'}, None, False),
        ({"x": 'a + "at " + now()'}, None, False),
        ({"x": 'now().format(if(a, "HH", "mm"))'}, None, False),
        ({"x": "today().hour"}, None, True),
        # What looks at it may say otherwise an hour later.
        ({"x": "now()", "y": "x"}, None, False),
        ({"x": "now()", "y": "formula.x.hour > 2"}, None, False),
        ({"x": "now()"}, "x", False),
        ({"x": "now()"}, 'note["x" + a]', False),
        ({"x": "today()"}, 'note["x" + a]', True),
        ({"x": "a"}, "now().hour > 2", False),
    ],
)
def test_what_stays_true_all_day(
    formulas: dict[str, str], filters: str | None, *, is_stable: bool
) -> None:
    one = compiled(rule_source(formulas, filters))
    assert is_stable_all_day([one]) is is_stable
    apart = [rule_source(formulas), rule_source({"z": "1"}, filters)]
    assert is_stable_all_day(spread_clocks(list(map(compiled, apart)))) is is_stable
    if filters:
        asked = rule_source(formulas)._replace(add_if=SourceText(filters, 1, 1))
        assert is_stable_all_day([compiled(asked)]) is is_stable


def test_a_circle_is_shown_in_the_order_of_what_reads_what() -> None:
    (problem,) = find_problems(rule_source({"x": "y", "y": "z", "z": "x"}))
    assert problem.message.partition("computed: ")[2] in {
        *("x → y → z → x.", "y → z → x → y.", "z → x → y → z."),
    }


@pytest.mark.parametrize(("count", "is_cut"), [(3, False), (7, False), (8, True), (40, True)])
def test_a_long_circle_is_shown_by_its_ends(count: int, *, is_cut: bool) -> None:
    problems: list[Problem] = []
    formulas = {f"x{at}": f"note.x{(at + 1) % count}" for at in range(count)}
    assert compile_rules(rule_source(formulas, None, {}), problems) is None
    shown = problems[0].message
    assert ("… →" in shown) is is_cut
    assert shown.count("→") <= 8
