"""Bases as rule sets: what is read of a base, and what becomes of what is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import find_problems, source
from vault_sync.rules.base_files import find_base_block, join_base, parse_base
from vault_sync.rules.sources import Connective, FilterGroup, RuleSource, SourceText

if TYPE_CHECKING:
    from vault_sync.errors import Problem

BASE = """\
filters:
  and:
    - file.inFolder("Books")
    - not:
        - status == "dropped"
formulas:
  left: pages - page
  share: (page / pages * 100).round()
  label: formula.share + "%"
  Untitled: ""
  later:
properties:
  formula.left: {displayName: Left}
summaries:
  longest: values.max()
views:
  - type: table
    name: Reading
    filters: {and: [file.hasLink(this.file)]}
unheard-of: [!x 1, &y 1]
"""


def read(text: str) -> RuleSource:
    problems: list[Problem] = []
    found = parse_base(text, "S.base", "set", problems)
    assert not problems
    return found


def texts(pairs: tuple[tuple[str, SourceText], ...]) -> dict[str, str]:
    return {name: text.text for name, text in pairs}


def test_filters_and_formulas_are_read_and_nothing_else() -> None:
    found = read(BASE)
    assert found == RuleSource(
        name="set",
        filters=FilterGroup(
            Connective.AND,
            (
                SourceText('file.inFolder("Books")', 3, 7, "S.base"),
                FilterGroup(Connective.NOT, (SourceText('status == "dropped"', 5, 11, "S.base"),)),
            ),
        ),
        formulas=(
            ("left", SourceText("pages - page", 7, 9, "S.base")),
            ("share", SourceText("(page / pages * 100).round()", 8, 10, "S.base")),
            ("label", SourceText('formula.share + "%"', 9, 10, "S.base")),
        ),
    )
    assert not find_problems(found)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "views: []", "filters:\nformulas:\n", "filters: ''"]
)
def test_a_base_may_say_nothing(text: str) -> None:
    assert read(text) == RuleSource(name="set", filters=None, formulas=())


@pytest.mark.parametrize("line", ["filters: 'a || b'", "filters: a || b"])
def test_a_filter_may_be_one_statement(line: str) -> None:
    assert read(line).filters == SourceText("a || b", 1, 10, "S.base")


def test_a_list_of_filters_without_a_word_is_refused() -> None:
    assert [problem.line for problem in refuse("filters: [a, b]")] == [1]


def refuse(text: str) -> list[Problem]:
    problems: list[Problem] = []
    parse_base(text, "S.base", "set", problems)
    assert {problem.file for problem in problems} == {"S.base"}
    return problems


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("just words", 1, 1, "must be names with values"),
        ("formulas: [a]", 1, 11, "must be names with values"),
        ("formulas:\n  a: [b]", 2, 6, "put quotes around it"),
        ("formulas:\n  a: !file.hasTag('x')", 2, 6, "needs quotes around it"),
        ("filters:\n  and:\n    - !file.name", 3, 7, "needs quotes around it"),
        ("filters: {und: [x]}", 1, 11, "Did you mean `and`?"),
        ("filters: {and: [x], or: [y]}", 1, 10, "has one of and, or, not"),
        ("filters: {and: x}", 1, 16, "must be a list"),
        ("formulas:\n  a: b\n  a: c", 3, 3, "twice"),
        ("formulas:\n  a: 'b", 2, 6, "never closed"),
        ("formulas:\n  a: b: c", 2, 7, "needs quotes"),
        ("formulas: " + "[" * 99, 1, 60, "deep"),
    ],
)
def test_broken_bases(text: str, line: int, column: int, part: str) -> None:
    (problem,) = [found for found in refuse(text) if part in found.message]
    assert (problem.line, problem.column) == (line, column)


@given(st.text(alphabet="filtersomua: {}[]&*!|>\n'\"#~,`\\-", max_size=80))
def test_any_text_is_a_base_or_has_problems_with_lines(text: str) -> None:
    problems: list[Problem] = []
    parse_base(find_base_block(f"```base\n{text}") or text, "S.base", "set", problems)
    assert all(problem.line for problem in problems)


BLOCK = "formulas: {a: b}"


@pytest.mark.parametrize(
    ("note", "line"),
    [
        (f"```base\n{BLOCK}\n```\n", 2),
        (f"---\na: b\n---\n\n~~~ base\n{BLOCK}\n~~~\n", 6),
        (f"   ````base x\n{BLOCK}\n   ````\n", 2),
        (f"text\r\n```base\r\n{BLOCK}\r\n```\r\n", 3),
        (f"```base\n{BLOCK}\n```\n```base\nformulas: {{c: d}}\n```\n", 2),
        (f"````md\n```base\nx: y\n```\n````\n```base\n{BLOCK}\n```\n", 7),
        (f"```base\n{BLOCK}", 2),
        (f"```base\nviews: |\n    ```\n{BLOCK}\n```\n", 4),
        (f"```dataview\nx\n```\n```base\n{BLOCK}\n```\n", 5),
    ],
)
def test_the_first_block_of_a_note(note: str, line: int) -> None:
    found = find_base_block(note)
    assert found is not None
    assert texts(read(found).formulas) == {"a": "b"}
    assert read(found).formulas[0][1].line == line


@pytest.mark.parametrize(
    "note",
    [
        "",
        "base",
        "    ```base\n    a: b\n    ```\n",
        "````\n```base\na: b\n```\n````\n",
        "```bases\na: b\n```\n",
        "``base\na: b\n``\n",
        "```base`\na: b\n",
        "> ```base\n> a: b\n> ```\n",
    ],
)
def test_what_is_no_base_block(note: str) -> None:
    assert find_base_block(note) is None


class TestJoining:
    def join(self, own: RuleSource, *picks: str) -> tuple[RuleSource, list[Problem]]:
        problems: list[Problem] = []
        picked = tuple(SourceText(name, 9, 1) for name in picks) if picks else None
        return join_base(own, read(BASE), picked, problems), problems

    def test_all_formulas_without_picks(self) -> None:
        joined, problems = self.join(source())
        assert not problems
        assert (list(texts(joined.formulas)), joined.helpers) == (["left", "share", "label"], ())
        assert joined.filters == read(BASE).filters

    def test_what_is_picked_comes_with_what_it_reads(self) -> None:
        joined, problems = self.join(source(), "label")
        assert not problems
        assert (list(texts(joined.formulas)), list(texts(joined.helpers))) == (["label"], ["share"])

    def test_what_is_picked_is_no_helper(self) -> None:
        joined, _ = self.join(source(), "label", "share")
        assert (list(texts(joined.formulas)), joined.helpers) == (["label", "share"], ())

    def test_a_filter_brings_what_it_reads_too(self) -> None:
        joined, _ = self.join(source("formula.left > 3"), "label")
        assert list(texts(joined.helpers)) == ["left", "share"]

    def test_own_formulas_add_and_take_the_place(self) -> None:
        joined, _ = self.join(source(share="page", extra="formula.left"))
        assert texts(joined.formulas) == {
            "left": "pages - page",
            "share": "page",
            "label": 'formula.share + "%"',
            "extra": "formula.left",
        }

    def test_both_filters_must_hold(self) -> None:
        joined, _ = self.join(source("reading"))
        both = (SourceText("reading", 1, 1), read(BASE).filters)
        assert joined.filters == FilterGroup(Connective.AND, both)  # type: ignore[arg-type]  # it has filters

    def test_an_unknown_pick(self) -> None:
        joined, (problem,) = self.join(source(), "lable", "left")
        assert problem.message == "The base has no formula `lable`. Did you mean `label`?"
        assert (problem.line, problem.file) == (9, None)
        assert list(texts(joined.formulas)) == ["left"]
