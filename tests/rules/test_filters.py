"""Which properties a note must name for a filter to hold, so that other notes need not be read."""

from __future__ import annotations

from typing import Final

import pytest

from vault_sync.formula import compile_formula
from vault_sync.rules.sources import (
    Connective,
    FilterGroup,
    FilterSource,
    SourceText,
    compile_filter,
)

OR: Final = Connective.OR
AND: Final = Connective.AND
NOT: Final = Connective.NOT


def text(statement: str) -> SourceText:
    return SourceText(statement, 1, 1)


A: Final = text('file.hasProperty("a")')
B: Final = text("file.hasProperty('b')")
OTHER: Final = text("a > 1")


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        (A, {"a"}),
        (OTHER, None),
        (FilterGroup(OR, (A, B)), {"a", "b"}),
        (FilterGroup(OR, (A, OTHER)), None),
        (FilterGroup(AND, (A, OTHER)), {"a"}),
        (FilterGroup(AND, (OTHER, OTHER)), None),
        (FilterGroup(AND, (FilterGroup(OR, (A, B)), B)), {"b"}),
        (FilterGroup(NOT, (A,)), None),
        (FilterGroup(NOT, (A, B)), None),
    ],
)
def test_what_a_note_must_name(source: FilterSource, needs: set[str] | None) -> None:
    found = compile_filter(source, lambda one: compile_formula(one.text))
    assert found
    assert found.needs == needs
