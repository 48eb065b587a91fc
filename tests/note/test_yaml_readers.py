"""What other readers of YAML make of a refreshed note, and what ours makes with either parser."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.note.odd_notes import notes, plan, thorough, value_of
from tests.note.oddities import FIRST_LINE_OF_DERIVED, TRUE, fresh, stale
from tests.note.test_shapes import BESIDE
from tests.note.yaml_readers import PARSER, read_with_pyyaml, read_with_ruamel
from tests.study.oracle import refresh_text
from vault_sync.errors import FrontmatterError

if TYPE_CHECKING:
    from vault_sync.errors import Problem


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

STARTED = "from vault_sync.note.yaml_parser import CParser; print(CParser is None)"


def test_a_started_program_has_the_parser_that_the_tests_have() -> None:
    said = subprocess.check_output([sys.executable, "-c", STARTED], text=True)
    assert said.strip() == str(PARSER.CParser is None)


needs_libyaml = pytest.mark.skipif(PARSER.CParser is None, reason="ruamel.yaml.clib is not here")


def outcome(text: str) -> tuple[object, ...]:
    """Return the plan, or what keeps it from being made, with its line and column."""
    try:
        found = refresh_text(text)
    except FrontmatterError as error:
        return ("refused", error.problem)
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


# What one of them refuses, and the other reads, is refused with either.
DISPUTED = {
    "bold": ("a: **bold**\n", "needs quotes"),
    "surrogates": ('a: "\\ud83d\\ude00"\n', ""),
    "empty name": (": \n", ""),
    "empty name in an object": ("a: {: b}\n", ""),
    "empty name said so": ("? \n: b\n", "name is missing"),
    "alias as a name": ("a: &x 1\n*x : b\n", ""),
    "anchor that no alphabet has": ("a: &글 b\n", ""),
    "anchor that goes on": ("a: &x:y b\n", ""),
    "tag that is cut short": ("a: !! b\n", ""),
    "tag with a fraction": ("a: !!#x b\n", ""),
    "anchor and tag": ("a: !t &x b\n", "quotes"),
    "colon glued to a quoted name in a list": ("a: ['b':c]\n", ""),
    "text in brackets that starts with a colon": ("a: [:b]\n", ""),
    "comment glued to the sign of a block": ("a: |# c\n  b\n", ""),
    "blank line that is longer than its block": ("a: |\n      \n  b\n", ""),
    "byte order mark at the start of a line": ("\ufeffa: b\n", ""),
    "second end of the document": ("...\n...\n", ""),
    "tab in a text": ("a: b\tc\n", "A tab"),
    "tab in an item": ("a:\n  - b\tc\n", "A tab"),
    "tab in a second line": ("a: b\n  c\td\n", "A tab"),
    "tab before a comment": ("a: b\t# c\n", "A tab"),
    "tab before a value": ("a:\tb\n", "A tab"),
    "tab behind a value": ("a: b\t\n", "A tab"),
    "tab in brackets": ("a: [b,\tc]\n", "A tab"),
    "tab on an empty line": ("a: b\n\t\nc: d\n", "A tab"),
}


@pytest.mark.parametrize(("odd", "words"), DISPUTED.values(), ids=DISPUTED)
def test_what_one_parser_would_refuse_is_refused_with_either(odd: str, words: str) -> None:
    for refusal in refusals(stale(odd, "before")):
        assert words in refusal.message
        assert refusal.message.endswith(".")
        assert refusal.line is not None
        assert refusal.line >= FIRST_LINE_OF_DERIVED


def refusals(text: str) -> list[Problem]:
    """Return the refusal of a note with libyaml, and that without."""
    found: list[Problem] = []
    for parser in (PARSER.CParser, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PARSER, "CParser", parser)
            with pytest.raises(FrontmatterError) as refusal:
                refresh_text(text)
        found.append(refusal.value.problem)
    return found


# What libyaml refuses although it is good YAML is read with either.
GOOD = {
    "addresses and times in brackets": "a: [https://b.c:80/d?e, 12:30, b::c]\n",
    "questions in brackets": "a: [why?, b?c]\n",
    "colon before a comma": "a: {b:, c: d}\n",
    "text in an object": "a: {b: c:d}\n",
    "block that begins with a tab": "a: |\n  \tb\n",
    "tab behind a blank line of a block": "a: |-\n\n  \t \n  b\n",
}


@pytest.mark.parametrize("odd", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("place", ["first", "before", "last"])
def test_what_libyaml_alone_would_refuse_is_read_with_either(odd: str, place: str) -> None:
    with_libyaml, pure = outcomes(stale(odd, place))
    assert with_libyaml == pure == ("planned", fresh(odd, place), ())
