"""Every ``Example:`` line of the reference is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.formula.scopes import NotesInHand, make_scope
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import are_equal, kind_of
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Function
from vault_sync.formula.values import Link

if TYPE_CHECKING:
    from collections.abc import Iterator


EXAMPLE: Final = re.compile(r"Example: `([^`]+)` returns `([^`]+)`\.")
CELLS: Final = "School/Biology/Cells.md"
VAULT: Final = NotesInHand(
    links={CELLS: [Link("Textbook")], "School/Textbook.md": []},
    tags={CELLS: ["science/biology", "exam"]},
    properties={CELLS: {"subject": "biology"}},
)
TOLD_BY_THE_VAULT: Final = {
    *("size", "ctime", "mtime", "tags", "links", "embeds", "properties", "backlinks"),
}


def list_functions() -> Iterator[Function]:
    yield from GLOBALS.values()
    for table in (METHODS, FIELDS):
        for entries in table.values():
            yield from {id(entry): entry for entry in entries.values()}.values()


def docstring(entry: Function) -> str:
    return " ".join((entry.call.__doc__ or "").split())


def list_examples() -> list[tuple[str, str]]:
    found = [pair for entry in list_functions() for pair in EXAMPLE.findall(docstring(entry))]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("formula", "expected"), list_examples())
def test_example_is_true(formula: str, expected: str) -> None:
    scope = make_scope(**VAULT.seen_from(CELLS))
    value = compile_formula(formula).evaluate(scope)
    wanted = compile_formula(expected).evaluate(scope)
    assert are_equal(value, wanted, scope.timezone), f"{value!r} is not {wanted!r}"
    assert kind_of(value) == kind_of(wanted)


@pytest.mark.parametrize(
    "entry", [*list_functions()], ids=lambda entry: f"{entry.kind}.{entry.name}"
)
def test_every_function_has_a_page_with_whole_examples(entry: Function) -> None:
    text = docstring(entry)
    examples = EXAMPLE.findall(text)
    assert text.count("Example:") == len(examples), "an example is not of the form that is run"
    assert examples or (entry.kind == "file" and entry.name in TOLD_BY_THE_VAULT)
