"""One property of a note at a time: each is what a refresh of the whole note makes of it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import pytest

from tests.formula.scopes import NotesInHand
from tests.rules.small import NOW, compiled, plan, source, tell
from vault_sync.errors import EvaluationError
from vault_sync.note.frontmatter import read_properties
from vault_sync.note.values import read_value
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.on_demand import LazyNote, OnDemand, Wanted, describe_circle
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.formula.values import Value
    from vault_sync.rules.sources import RuleSource


def open_lazily(lines: str, rules: tuple[RuleSource, ...], alone: int) -> LazyNote:
    note = read_properties(f"---\n{lines}---\n")
    assert note is not None
    return LazyNote(
        note,
        "Notes/a.md",
        rules=[compiled(one) for one in rules],
        alone=alone,
        conditions=Conditions(NOW, UTC, types={"count": "number"}),
        facts=tell,
        demand=OnDemand(describe_circle),
    )


def find(note: LazyNote, name: str) -> Value | str:
    """Return a property, or what is said of one that has no value or is not there."""
    try:
        return note.find(name)
    except KeyError:
        return "not there"
    except EvaluationError:
        return "no value"


FILLED: Final = source(x="1", y='"t"', modes={"x": Mode.FILL, "y": Mode.FILL})
LADDER: Final = source(b="a + 1", c="formula.b + 1", d='note["C"] + 1')
CASES: Final = {
    "a source": ("a: 1\n", (source(x="2"),)),
    "a value that is not there yet": ("a: 1\n", (source(x="a + 1"),)),
    "a stale value": ("a: 1\nx: 7\n", (source(x="a + 1"),)),
    "another spelling of the name": ("a: 1\nDay: 7\n", (source(day="a + 1"),)),
    "formulas that read each other": ("a: 1\nc: 9\n", (LADDER,)),
    "a helper": ("a: 1\n", (source(x="formula.h * 2", helpers={"h": "a + 1"}),)),
    "a filter that admits": ("a: 1\nx: 7\n", (source("a == 1", x="2"),)),
    "a filter that does not": ("a: 1\nx: 7\n", (source("a == 2", x="2"),)),
    "what is not added": ("a: 1\nx: 7\n", (source(x="2", y="3", is_adding=False),)),
    "what is added if": ("a: 1\n", (source(x="2")._replace(add_if=LADDER.formulas[0][1]),)),
    "what is not added if": ("b: 1\n", (source(x="2")._replace(add_if=LADDER.formulas[0][1]),)),
    "a value that is filled in": ("x: 7\n", (FILLED,)),
    "an empty value that is filled in": ("x:\ny: ''\n", (FILLED,)),
    "what is filled in, in a type of Obsidian": (
        "count: ''\n",
        (source(count='"2"', y="count + 1", modes={"count": Mode.FILL}), source(z="count + 1")),
    ),
    "nothing": ("x: 7\n", (source(x="null", y="null"),)),
    "a failure": ("a: b\nx: 7\n", (source(x="[1] - 1", y="1"),)),
    "a type of Obsidian": ("a: b\ncount: 7\n", (source(count="a"),)),
    "a list": ("a: [1, b]\n", (source(x="a + [2]"),)),
    "two rule sets": ("a: 1\n", (source(b="a + 1"), source(c="b + 1", d="a"))),
    "a rule set that is not admitted": ("a: 1\n", (source("a == 2", b="9"), source(c="b"))),
    "a rule set admitted by another": ("a: 1\n", (source(b="a + 1"), source("b == 2", c="3"))),
    "one that is refused by another": ("a: 1\n", (source(b="a + 1"), source("b == 1", c="3"))),
    "what another one fills in": (
        "a: 1\nx: 7\n",
        (FILLED, source(z="x + y"), source("z == 9", w="z")),
    ),
}


@pytest.mark.parametrize(
    ("lines", "rules", "alone"),
    [(*case, alone) for case in CASES.values() for alone in range(len(case[1]) + 1)],
    ids=[f"{name}-{alone}" for name, case in CASES.items() for alone in range(len(case[1]) + 1)],
)
def test_each_property_is_what_a_refresh_makes_of_it(
    lines: str, rules: tuple[RuleSource, ...], alone: int
) -> None:
    note = open_lazily(lines, rules, alone)
    whole = plan(lines, *rules, types={"count": "number"})
    refreshed = read_properties(whole.text)
    assert refreshed is not None
    failed = {problem.property for problem in whole.problems}
    names = [*note.list_names()]
    assert {*refreshed.properties} <= {*names}
    for name in [*names, "never heard of"]:
        found = refreshed.properties.get(name)
        expected = "not there" if found is None else read_value(found.value)
        assert find(note, name) == ("no value" if name in failed else expected), name


def test_another_look_computes_anew() -> None:
    read = source(x='file("b").properties.p', y="x + 1")
    looks = [
        NotesInHand({"Notes/a.md": [], "b.md": []}, properties={"b.md": {"p": value}})
        for value in (1.0, 5.0)
    ]
    first = open_lazily("a: 1\n", (source(w="a"), read), 1)
    notes = [first.look_into(look, OnDemand(describe_circle)) for look in looks]
    assert [note.find("y") for note in notes] == [2.0, 6.0]
    assert [note.find("w") for note in notes] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("needed", "circle"),
    [
        (["b.md > y", "a.md > x"], "a > x -> b > y -> a > x"),
        (["a.md > x", "b.md > y"], "a > x -> b > y -> a > x"),
        (["a.md > x"], "a > x -> a > x"),
        (
            [f"{letter}.md > x" for letter in "abcdefgh"],
            "a > x -> b > x -> c > x -> d > x -> … -> f > x -> g > x -> h > x -> a > x",
        ),
        (
            [f"{letter}.md > x" for letter in "abcdefg"],
            "a > x -> b > x -> c > x -> d > x -> e > x -> f > x -> g > x -> a > x",
        ),
    ],
)
def test_a_circle_is_shown_the_same_wherever_it_is_entered(needed: list[str], circle: str) -> None:
    wanted = [Wanted(one.partition(" > ")[0], 0, one.partition(" > ")[2]) for one in needed]
    assert describe_circle(wanted).endswith(f": {circle}.")


def test_a_circle_shows_derived_properties_where_there_are_any() -> None:
    needed = [Wanted("a.md", None, "x"), Wanted("a.md", 0, "x"), Wanted("b.md", None, "y")]
    assert describe_circle(needed).endswith(": a > x -> a > x.")
    assert describe_circle(needed[::2]).endswith(": a > x -> b > y -> a > x.")
