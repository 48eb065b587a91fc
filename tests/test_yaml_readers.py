"""What other readers of YAML make of a refreshed note, and what ours makes with either parser."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given

from tests.odd_notes import notes, plan, thorough, value_of
from tests.oddities import TRUE, stale
from tests.study import refresh_text
from tests.test_shapes import BESIDE
from tests.yaml_readers import PARSER, read_with_pyyaml, read_with_ruamel
from vault_sync.errors import FrontmatterError


@pytest.mark.parametrize("read", [read_with_ruamel, read_with_pyyaml])
@thorough
@given(text=notes())
def test_other_readers_find_the_same_values(read: Any, text: str) -> None:
    before, found = read(text), plan(text)
    after = read(found.text)
    kept = [name for name in before if name not in TRUE]
    assert [name for name in after if name not in TRUE] == kept
    assert {name: repr(after[name]) for name in kept} == {name: repr(before[name]) for name in kept}
    if not found.problems:
        for name, line in TRUE.items():
            value = unicodedata.normalize("NFC", str(after[name]))
            assert value in {value_of(line), f"{value_of(line)}.0"}


# libyaml and the parser in Python find the same plan.

needs_libyaml = pytest.mark.skipif(PARSER.CParser is None, reason="ruamel.yaml.clib is not here")


def outcome(text: str) -> tuple[object, ...]:
    """Return the plan, or the line of what keeps it from being made."""
    try:
        found = refresh_text(text)
    except FrontmatterError as error:
        return ("refused", error.problem.line)
    return ("planned", found.text, found.problems)


def outcomes(text: str) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the outcome with libyaml and that without."""
    with_libyaml = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PARSER, "CParser", None)
        return with_libyaml, outcome(text)


@needs_libyaml
@thorough
@given(notes())
def test_both_parsers_make_the_same_plan(text: str) -> None:
    with_libyaml, pure = outcomes(text)
    assert with_libyaml == pure


@needs_libyaml
@pytest.mark.parametrize("name", BESIDE)
def test_both_parsers_make_the_same_plan_of_real_shapes(name: str) -> None:
    with_libyaml, pure = outcomes(stale(BESIDE[name], "before"))
    assert with_libyaml == pure


ONLY_PURE_READS = {
    "bold": "a: **bold**\n",
    "surrogate": 'a: "\\ud800"\n',
    "empty name": ": \n",
}
ONLY_LIBYAML_READS = {"tab in a text": "a: b\tc\n", "tab before a comment": "a: b\t# c\n"}


@needs_libyaml
@pytest.mark.parametrize("odd", ONLY_PURE_READS.values(), ids=ONLY_PURE_READS)
def test_what_libyaml_refuses_is_refused_where_it_is(odd: str) -> None:
    with_libyaml, pure = outcomes(stale(odd, "before"))
    assert (with_libyaml[0], pure[0]) == ("refused", "planned")


@needs_libyaml
@pytest.mark.parametrize("odd", ONLY_LIBYAML_READS.values(), ids=ONLY_LIBYAML_READS)
def test_what_only_libyaml_reads_is_refused_without_it(odd: str) -> None:
    with_libyaml, pure = outcomes(stale(odd, "before"))
    assert (with_libyaml[0], pure[0]) == ("planned", "refused")
