"""The heart of the clean filter: what it may hold back from git, and all that it may not."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.git.study_vaults import DAILY, FRIDAY, MONDAY, PATH, SATURDAY, TUESDAY, find_daily, note
from tests.rules.small import compiled, source
from tests.study.oracle import study_rules
from vault_sync.formula.registry import Clock
from vault_sync.git.clean_filter import restore_committed
from vault_sync.git.ownership import Ownership, keep_daily_rules, read_note_text
from vault_sync.plan.evaluation import Conditions
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.rules.sources import RuleSource

_DAILY_LINE = re.compile(
    rf"""^({"|".join(map(re.escape, DAILY))}): (?:(["'])[^"'\\\n]*\2|([^\s"'#][^\n#]*))$""",
    re.MULTILINE,
)


def hide_daily(text: str) -> str:
    """Return a note without what its daily values say: an oracle of its own, by lines alone."""
    head, fence, body = text.partition("\n---\n")
    return _DAILY_LINE.sub(r"\1: \2…\2", head) + fence + body


@pytest.mark.parametrize("day", [MONDAY, TUESDAY, SATURDAY])
@pytest.mark.parametrize("done", [{}, {"done1": True, "done4": True}, {"first": None}])
def test_new_daily_values_alone_are_held_back(day: datetime, done: dict[str, object]) -> None:
    working, committed = note(day, **done), note(FRIDAY, **done)
    assert restore_committed(working, committed, find_daily) == committed


CHANGED = {
    "the body": ("- 쿠키와", "- 쿠키랑"),
    "a blank at the end of a line": ("# 단서 질문\n", "# 단서 질문 \n"),
    "a line more": ("# 단서 질문\n", "# 단서 질문\n\n"),
    "the last line end": ("무엇이 다른가?\n", "무엇이 다른가?"),
    "a source": ("🧡4일복습여부: false", "🧡4일복습여부: true"),
    "a stable value": ('학습률: "0"', '학습률: "1"'),
    "what a person decides": ("복습: 추가 복습", "복습: 4일 복습"),
    "quotes of a daily value": ('\n사이: "104"', "\n사이: 104"),
    "other quotes": ('\n사이: "104"', "\n사이: '104'"),
    "a comment behind a daily value": ("오늘2: 2024/10/19", "오늘2: 2024/10/19 # 토요일"),
    "a blank behind a daily value": ("오늘2: 2024/10/19", "오늘2: 2024/10/19 "),
    "a blank before a daily value": ("오늘2: 2024/10/19", "오늘2:  2024/10/19"),
    "quotes of a daily name": ("오늘2: 2024/10/19", '"오늘2": 2024/10/19'),
    "a daily value that is gone": ("오늘2: 2024/10/19", "오늘2:"),
    "a daily line that is gone": ("오늘2: 2024/10/19\n", ""),
    "a daily value that is a list": ("오늘2: 2024/10/19", "오늘2: [2024/10/19]"),
    "an anchor": ("오늘2: 2024/10/19", "오늘2: &a 2024/10/19"),
    "a daily name twice": ("오늘2: 2024/10/19\n", "오늘2: 2024/10/19\n오늘2: 2024/10/19\n"),
    "a byte order mark": ("---\n⭕첫", "\ufeff---\n⭕첫"),
    "line ends of one line": ("오늘2: 2024/10/19\n", "오늘2: 2024/10/19\r\n"),
    "the fence": ("---\n# 단서", "--- \n# 단서"),
    "broken YAML": ("복습: 추가 복습", "복습: [추가"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_change_of_a_person_is_never_held_back(change: tuple[str, str]) -> None:
    working = note(SATURDAY)
    assert working.count(change[0]) == 1
    assert restore_committed(working.replace(*change), note(FRIDAY), find_daily) is None


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_nor_is_what_a_person_took_away(change: tuple[str, str]) -> None:
    committed = note(SATURDAY)
    assert restore_committed(note(FRIDAY), committed.replace(*change), find_daily) is None


@pytest.mark.parametrize("behind", [" ", " # mine", "  # mine"])
@pytest.mark.parametrize("line", ["오늘2: 2024/10/18", '사이: "103"'])
def test_what_stands_behind_a_daily_value_is_a_persons(line: str, behind: str) -> None:
    marked = note(FRIDAY).replace(f"\n{line}\n", f"\n{line}{behind}\n")
    assert marked != note(FRIDAY)
    assert restore_committed(note(SATURDAY), marked, find_daily) is None
    assert restore_committed(marked, note(SATURDAY), find_daily) is None


SAME_IN_BOTH = {
    "it asks to be left alone": ("복습: 추가 복습", "vault-sync: false"),
    "a drawing": ("복습: 추가 복습", "excalidraw-plugin: parsed"),
    "a merge is not finished": ("# 단서 질문\n", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"),
    "formulas fail": ("⭕첫 학습날: 2024-07-07", "⭕첫 학습날: [2024-07-07]"),
}


@pytest.mark.parametrize("change", SAME_IN_BOTH.values(), ids=SAME_IN_BOTH)
def test_what_a_refresh_leaves_alone_is_a_persons(change: tuple[str, str]) -> None:
    working, committed = note(SATURDAY).replace(*change), note(FRIDAY).replace(*change)
    assert restore_committed(working, committed, find_daily) is None


def test_daily_names_are_a_persons_where_no_rule_governs() -> None:
    working, committed = "---\n오늘2: 2024/10/19\n---\n", "---\n오늘2: 2024/10/18\n---\n"
    assert restore_committed(working, committed, find_daily) is None


def test_a_daily_line_inside_of_a_text_is_a_persons() -> None:
    before = "---\n⭕첫 학습날: 2024-07-07\nx: |\n  a\n  오늘2: {}\n---\n"
    working, committed = before.format("2024/10/19"), before.format("2024/10/18")
    assert restore_committed(working, committed, find_daily) is None


def test_a_note_with_lists_is_read_as_well() -> None:
    lists = ("복습: 추가 복습", "tags:\n  - 웹\n  - 세션\n복습: 추가 복습")
    working, committed = note(SATURDAY).replace(*lists), note(FRIDAY).replace(*lists)
    assert restore_committed(working, committed, find_daily) == committed
    other = working.replace("  - 세션", "  - 쿠키")
    assert restore_committed(other, committed, find_daily) is None


def test_line_ends_that_git_converts_are_those_of_the_work_tree() -> None:
    crlf = note(FRIDAY).replace("\n", "\r\n")
    working = note(SATURDAY).replace("\n", "\r\n")
    assert restore_committed(working, note(FRIDAY), find_daily) == crlf
    assert restore_committed(working, crlf, find_daily) == crlf
    assert restore_committed(note(SATURDAY), crlf, find_daily) is None


@given(
    start=st.integers(0, 900),
    length=st.integers(0, 40),
    text=st.sampled_from(["", "x", '"', "\n", "\r\n", ": ", " # 1", "0", "오늘2: 1", "---\n", "  "])
    | st.text(max_size=5),
)
def test_nothing_but_daily_values_is_ever_hidden(start: int, length: int, text: str) -> None:
    working, committed = note(SATURDAY), note(FRIDAY)
    edited = working[:start] + text + working[start + length :]
    shown = restore_committed(edited, committed, find_daily)
    if shown is not None:
        assert shown == committed
        assert hide_daily(edited) == hide_daily(committed)


def test_the_law_can_see_both_sides() -> None:
    assert hide_daily(note(SATURDAY)) == hide_daily(note(FRIDAY))
    assert hide_daily(note(SATURDAY, done1=True)) != hide_daily(note(FRIDAY))


def owned_by(text: str, *rules: RuleSet) -> dict[str, Clock]:
    frontmatter = read_note_text(text)
    assert frontmatter
    return Ownership(rules, Conditions(FRIDAY, UTC)).find_owned(frontmatter, PATH)


NUMBER = "---\na: 1\nb: 2\n---\n"
OWNED: dict[str, tuple[list[RuleSource], dict[str, Clock]]] = {
    "each with its clock": (
        [source(a="1", b="today()", c="now()")],
        {"a": Clock.STABLE, "b": Clock.DAILY, "c": Clock.INSTANT},
    ),
    "helpers are not written": (
        [source(helpers={"h": "today()"}, a="formula.h")],
        {"a": Clock.DAILY},
    ),
    "filled in once": ([source(modes={"a": Mode.FILL}, a="today()")], {}),
    "kept": ([source(modes={"a": Mode.KEEP}, a="today()")], {}),
    "not governed": ([source("file.inFolder('Other')", a="today()")], {}),
    "a filter without an answer": ([source("file.mtime > now()", a="today()")], {}),
    "a formula that fails": ([source(a="date('x')", b="today()")], {"b": Clock.DAILY}),
    "a value that is no property": ([source(a="{'x': 1}", b="today()")], {"b": Clock.DAILY}),
    "the first of two wins": ([source(a="1"), source(a="today()")], {"a": Clock.STABLE}),
}


@pytest.mark.parametrize(("rules", "owned"), OWNED.values(), ids=OWNED)
def test_what_is_owned(rules: list[RuleSource], owned: dict[str, Clock]) -> None:
    assert owned_by(NUMBER, *map(compiled, rules)) == owned


def test_a_filter_sees_what_an_earlier_rule_set_derives() -> None:
    two = [compiled(source(a="10")), compiled(source("a > 5", b="today()"))]
    assert owned_by(NUMBER, *two) == {"a": Clock.STABLE, "b": Clock.DAILY}


REDUCED = {
    "the study profile": [study_rules()],
    "helpers": [compiled(source(helpers={"h": "today()"}, a="formula.h", b="1"))],
    "derived values": [compiled(source(a="today()", b="note.a", c="b", d="1"))],
    "a filter that reads a formula": [compiled(source("formula.b == 1", a="today()", b="1"))],
    "two rule sets": [compiled(source(a="10")), compiled(source("a > 5", b="today()"))],
}


@pytest.mark.parametrize("rules", REDUCED.values(), ids=REDUCED)
@pytest.mark.parametrize("text", [NUMBER, note(FRIDAY), note(FRIDAY, first=None)])
def test_fewer_formulas_own_the_same_daily_values(rules: list[RuleSet], text: str) -> None:
    whole, reduced = owned_by(text, *rules), owned_by(text, *keep_daily_rules(rules))
    assert {name: clock for name, clock in whole.items() if clock} == {
        name: clock for name, clock in reduced.items() if clock
    }


def test_the_study_profile_needs_few_formulas_for_its_daily_values() -> None:
    (reduced,) = keep_daily_rules([study_rules()])
    assert set(reduced.owned) == set(DAILY)
    assert len(reduced.formulas) < len(study_rules().formulas) / 2
