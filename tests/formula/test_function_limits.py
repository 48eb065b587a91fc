"""What functions cost: no formula of a stranger keeps the machine busy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.formula.scopes import make_scope
from vault_sync.errors import LimitError
from vault_sync.formula import compile_formula
from vault_sync.formula.values import Budget, File, Link, OtherNotes

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

# Each of these asks for more than a note's formulas may have.
TOO_MUCH: Final = [
    '"a".repeat(1e7)',
    '"a".repeat(1/0)',
    '"a".repeat(1000000).replace("a", "bb")',
    '[1,2].map("a".repeat(900000)).join("")',
    '("a".repeat(1000).split("")).map("b".repeat(2000)).join("")',
    '"a".repeat(300000).split("")',
    '"&".repeat(400000)' + ".replace(/&/g, '&amp;')",
    'escapeHTML("&".repeat(400000))',
    '"aaaaaaaaaa".repeat(100).split("").map(value.repeat(100000).contains("b"))',
    '"a".repeat(40).split("").reduce([acc, acc], 1)',
    "[1].map([value,value])" + ".map([value,value])" * 30,
    '"a".repeat(100000).split("").reverse().sort().unique()',
]


@pytest.mark.parametrize("formula", TOO_MUCH)
def test_too_much_is_refused(formula: str) -> None:
    with pytest.raises(LimitError):
        compile_formula(formula).evaluate(make_scope())


@pytest.mark.parametrize(
    "call",
    [
        *("map(1)", "filter(true)", "reduce(acc, 0)", "flat()", "reverse()", "sort()", "unique()"),
        *("join()", "contains(0)", "slice(0)", "sum()", "latest()", "toString()"),
    ],
)
def test_every_walk_through_a_list_is_paid_for(call: str) -> None:
    formula = compile_formula(f"x.{call}")
    properties: dict[str, Value] = {"x": [1.0] * 100}
    formula.evaluate(make_scope(properties, budget=Budget(steps=1_000)))
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(properties, budget=Budget(steps=99)))


@pytest.mark.parametrize(
    "call",
    [
        *('contains("b")', 'containsAny("b")', "slice(0)", "lower()", "title()", "trim()"),
        *("reverse()", "repeat(1)", "toString()", 'replace("b", "c")', 'split("b")'),
        *("replace(/b/g, 'c')",),
    ],
)
def test_every_walk_through_a_text_is_paid_for(call: str) -> None:
    formula = compile_formula(f"x.{call}")
    properties: dict[str, Value] = {"x": "a" * 10_000}
    formula.evaluate(make_scope(properties, budget=Budget(steps=2_000)))
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(properties, budget=Budget(steps=99)))


@pytest.mark.parametrize(
    ("value", "least", "most"), [("1", 50, 500), (f"[{', '.join('1' * 40)}]", 2_000, 8_000)]
)
def test_names_for_values_are_paid_for(value: str, least: int, most: int) -> None:
    names = ", ".join(f"x{number}, {value}" for number in range(40))
    formula = compile_formula(f"lets({names}, x39)")
    formula.evaluate(make_scope(budget=Budget(steps=most)))
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(budget=Budget(steps=least)))


def test_every_part_of_a_text_is_paid_for() -> None:
    formula = compile_formula("x.split(/(,)/)")
    properties: dict[str, Value] = {"x": "a," * 50}
    formula.evaluate(make_scope(properties, budget=Budget(steps=1_000)))
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(properties, budget=Budget(steps=200)))


@pytest.mark.parametrize("call", ['hasLink("x")', 'hasTag("x")'])
def test_links_and_tags_are_paid_for(call: str) -> None:
    facts: dict[str, Value] = {"links": [Link("a")] * 100, "tags": ["a"] * 100}
    file = File("Note.md", facts.__getitem__)
    formula = compile_formula(f"file.{call}")
    formula.evaluate(make_scope(file=file, budget=Budget(steps=1_000)))
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(file=file, budget=Budget(steps=99)))


@pytest.mark.parametrize("field", ["tags", "links", "embeds", "properties"])
def test_what_a_file_holds_is_paid_for_each_time(field: str) -> None:
    held: Value = [str(at) for at in range(1000)]
    facts = {"properties": dict.fromkeys(map(str, range(1000)))}.get
    file = File("a.md", lambda fact: facts(fact) or held)
    formula = compile_formula(f'"a".repeat(100).split("").map(if(file.{field}, 1))')
    with pytest.raises(LimitError):
        formula.evaluate(make_scope(file=file))
    compile_formula(f"file.{field}").evaluate(make_scope(file=file))


class AnyFile:
    """A vault in which every link leads to a note of its name."""

    def find(self, target: str, _source: str) -> str:
        return target

    def read_fact(self, path: str, fact: str) -> Value:
        raise AssertionError(path, fact)

    def find_property(self, _path: str, _name: str) -> Value:
        return 1.0

    def list_backlinks(self, _path: str) -> list[str]:
        return []


def run_over(notes: int, rounds: int) -> Value:
    """Return a sum over so many notes, so many times."""
    formula = compile_formula("to.map(value.asFile().properties.Hours).sum()")
    properties: dict[str, Value] = {"to": [Link(f"{at}.md") for at in range(notes)]}
    scope = make_scope(properties, others=OtherNotes(AnyFile(), "a.md"))
    return [formula.evaluate(scope) for _ in range(rounds)][-1]


@pytest.mark.parametrize(("notes", "rounds"), [(1, 1), (1000, 20), (2000, 20), (8000, 1)])
def test_the_more_notes_are_read_the_more_may_be_done(notes: int, rounds: int) -> None:
    assert run_over(notes, rounds) == notes


@pytest.mark.parametrize(("notes", "rounds"), [(1, 4000), (1000, 50), (2000, 80), (20_000, 1)])
def test_notes_that_are_read_give_no_end_of_work(notes: int, rounds: int) -> None:
    with pytest.raises(LimitError):
        run_over(notes, rounds)
