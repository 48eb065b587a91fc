"""Three versions of a note made to agree on derived lines: what changes, and all that does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.git.study_vaults import FRIDAY, MONDAY, SATURDAY, TUESDAY, find_owned, note
from tests.study.oracle import BODY, Study
from vault_sync.git.merge_driver import Versions, align_versions
from vault_sync.note.frontmatter import find_block, read_frontmatter

if TYPE_CHECKING:
    from datetime import datetime

DERIVED = tuple(Study().derived_lines())


def align(base: str, ours: str, theirs: str) -> Versions[str]:
    aligned = align_versions(Versions(base, ours, theirs), find_owned)
    assert aligned
    return aligned


def drop(text: str, *names: str) -> str:
    """Return a note without the lines of some properties."""
    return "".join(
        line
        for line in text.splitlines(keepends=True)
        if not line.lstrip('"').startswith(tuple(f"{name}:" for name in names))
        and not line.startswith(tuple(f'"{name}":' for name in names))
    )


def drop_derived(text: str) -> str:
    return drop(text, *DERIVED)


def list_names(text: str) -> list[str]:
    block = find_block(text)
    assert block
    found = read_frontmatter(text, block)
    assert found
    return list(found.properties)


def test_dropping_lines_works() -> None:
    assert drop_derived(note(FRIDAY)) == Study().sources_only()


def test_versions_of_several_days_become_one() -> None:
    aligned = align(note(MONDAY), note(FRIDAY), note(SATURDAY))
    assert aligned.base == aligned.ours == aligned.theirs
    assert drop_derived(aligned.ours) == drop_derived(note(MONDAY))


def test_what_one_side_alone_has_changed_counts() -> None:
    aligned = align(note(MONDAY), note(MONDAY), note(SATURDAY, done1=True))
    assert aligned.ours.count("2024/10/19") == 2
    assert drop_derived(aligned.theirs) == drop_derived(note(SATURDAY, done1=True))
    assert aligned.ours == note(SATURDAY, done1=True).replace(
        "❤1일복습여부: true", "❤1일복습여부: false"
    )


def test_sources_and_bodies_stay_what_they_are() -> None:
    texts = (
        note(MONDAY).replace(BODY, "---\none\n"),
        note(FRIDAY, done4=True).replace(BODY, "---\ntwo"),
        note(SATURDAY, done7=True).replace("과목: 웹", "과목: 망"),
    )
    for before, after in zip(texts, align(*texts), strict=True):
        assert drop_derived(after) == drop_derived(before)


@pytest.mark.parametrize("name", DERIVED)
def test_a_line_that_one_side_dropped_is_dropped(name: str) -> None:
    aligned = align(note(MONDAY), drop(note(FRIDAY), name), note(SATURDAY))
    assert all(name not in list_names(text) for text in aligned)
    assert aligned.base == aligned.ours == aligned.theirs


@pytest.mark.parametrize("name", DERIVED)
def test_a_line_that_one_side_added_is_added(name: str) -> None:
    aligned = align(drop(note(MONDAY), name), note(FRIDAY), drop(note(SATURDAY), name))
    assert [list_names(text) for text in aligned] == [list_names(note(FRIDAY))] * 3


def test_lines_that_both_sides_added_are_there_once() -> None:
    bare = Study().sources_only()
    aligned = align(bare, note(FRIDAY), note(SATURDAY))
    assert aligned.base == aligned.ours == aligned.theirs
    assert list_names(aligned.base) == list_names(note(FRIDAY))


def test_lines_of_both_sides_come_together() -> None:
    one, other = drop(note(FRIDAY), "오늘2", "사이"), drop(note(SATURDAY), "🛑오늘", "진행바")
    aligned = align(Study().sources_only(), one, other)
    for text in aligned:
        assert sorted(list_names(text)) == sorted(list_names(note(FRIDAY)))
    turned = align(Study().sources_only(), other, one)
    assert (turned.base, turned.theirs, turned.ours) == aligned


@pytest.mark.parametrize(
    ("base", "why"),
    [("", "added on both sides"), ("no frontmatter\n", "frontmatter put in on both sides"),
     ("---\n---\n", "an empty one"), ("---\na: [\n---\n", "a broken one")],
)  # fmt: skip
def test_a_base_without_properties(base: str, why: str) -> None:
    aligned = align(base, note(FRIDAY), note(SATURDAY))
    assert aligned.ours == aligned.theirs, why
    if base != "---\n---\n":
        assert aligned.base == base


EMPTY = re.compile(r"(?m)^(오늘2|사이|🛑오늘):.*$")


def test_an_emptied_value_is_a_value() -> None:
    aligned = align(note(MONDAY), EMPTY.sub(r"\1:", note(MONDAY)), note(MONDAY, done1=True))
    assert aligned.theirs.count("오늘2:\n") == aligned.base.count("사이:\n") == 1
    back = align(EMPTY.sub(r"\1:", note(MONDAY)), EMPTY.sub(r"\1:", note(MONDAY)), note(FRIDAY))
    assert back.ours == back.base == back.theirs


def test_comments_and_other_spellings_beside_a_value_stay() -> None:
    ours = note(FRIDAY).replace("오늘2: 2024/10/18", "오늘2: 2024/10/18 # 여기")
    aligned = align(note(MONDAY), ours, note(SATURDAY))
    assert "오늘2: 2024/10/19 # 여기\n" in aligned.ours
    assert "오늘2: 2024/10/19\n" in aligned.theirs


WORDS = "오늘2: {} # 시험 범위: 3장까지"


def say(text: str, words: str = WORDS) -> str:
    """Return a note in which a person has written behind a derived value."""
    return re.sub(r"(?m)^오늘2: (.*)$", lambda line: words.format(line[1]), text)


def test_a_dropped_line_with_words_of_a_person_is_left_to_git() -> None:
    without = drop(note(FRIDAY), "오늘2")
    for ours, theirs in ((without, say(note(SATURDAY))), (say(note(SATURDAY)), without)):
        aligned = align(note(MONDAY), ours, theirs)
        assert ["오늘2" in list_names(text) for text in aligned] == [
            "오늘2" in list_names(text) for text in (note(MONDAY), ours, theirs)
        ]
        assert "3장까지" in aligned.ours + aligned.theirs
    aligned = align(say(note(MONDAY)), say(note(FRIDAY)), without)
    assert aligned.base == aligned.ours == say(note(FRIDAY)).replace("18 #", "14 #")
    assert "오늘2" not in list_names(aligned.theirs)


def test_words_on_a_line_that_one_side_added_are_not_put_into_other_versions() -> None:
    bare = drop(note(MONDAY), "오늘2")
    aligned = align(bare, say(note(FRIDAY)), drop(note(SATURDAY), "오늘2"))
    assert [text.count("3장까지") for text in aligned] == [0, 1, 0]
    other = say(note(SATURDAY), "오늘2: {} # 다른 말")
    both = align(bare, say(note(FRIDAY)), other)
    assert ["#" in text.partition("오늘2:")[2].partition("\n")[0] for text in both] == [
        False,
        True,
        True,
    ]


def test_a_copy_with_words_of_a_person_is_not_the_same() -> None:
    for one in (drop(note(FRIDAY), "오늘2"), note(SATURDAY)):
        aligned = align("", one, say(note(FRIDAY)))
        assert aligned.ours != aligned.theirs


@pytest.mark.parametrize("odd", ["!!str", "&here", "&here 2024/10/18", "!!str 2024/10/18"])
def test_a_decorated_value_is_a_persons(odd: str) -> None:
    ours = note(FRIDAY).replace("오늘2: 2024/10/18", f"오늘2: {odd}")
    aligned = align(note(MONDAY), ours, note(SATURDAY))
    assert f"\n오늘2: {odd}\n" in aligned.ours
    assert "\n오늘2: 2024/10/14\n" in aligned.base


def test_line_ends_are_those_of_each_text() -> None:
    crlf = drop(note(FRIDAY), "오늘2").replace("\n", "\r\n")
    aligned = align(drop(note(MONDAY), "오늘2"), crlf, note(SATURDAY))
    assert "오늘2: 2024/10/19\r\n" in aligned.ours
    assert aligned.ours.count("\n") == aligned.ours.count("\r\n")
    assert "\r" not in aligned.base + aligned.theirs


def test_a_byte_order_mark_stays() -> None:
    aligned = align(note(MONDAY), "\ufeff" + note(FRIDAY), note(SATURDAY))
    assert aligned.ours == "\ufeff" + aligned.theirs


@pytest.mark.parametrize(
    "odd",
    ["", "text", "---\nno end\n", "---\na: [\n---\n", '---\n{"⭕첫 학습날": "2024-07-07"}\n---\n',
     "---\n  ⭕첫 학습날: 2024-07-07\n---\n", "<<<<<<< a\n=======\n>>>>>>> b\n"],
)  # fmt: skip
def test_what_is_left_to_git(odd: str) -> None:
    assert align_versions(Versions(note(MONDAY), odd, note(FRIDAY)), find_owned) is None
    assert align_versions(Versions(note(MONDAY), note(FRIDAY), odd), find_owned) is None


@pytest.mark.parametrize("line", ["vault-sync: false", "excalidraw-plugin: parsed"])
def test_a_note_that_is_left_alone_has_nothing_derived(line: str) -> None:
    texts = [note(day).replace("복습: 추가 복습", line) for day in (MONDAY, FRIDAY, SATURDAY)]
    assert align(*texts) == tuple(texts)


def test_a_derived_property_in_another_form_is_a_line_like_others() -> None:
    ours = note(FRIDAY).replace("오늘2: 2024/10/18", "오늘2:\n  - 2024/10/18")
    aligned = align(note(MONDAY), ours, note(SATURDAY))
    assert "오늘2:\n  - 2024/10/18\n" in aligned.ours
    assert "오늘2: 2024/10/14\n" in aligned.base


@given(
    days=st.tuples(*[st.sampled_from([MONDAY, TUESDAY, FRIDAY, SATURDAY])] * 3),
    gone=st.tuples(*[st.sets(st.sampled_from(DERIVED), max_size=20)] * 3),
    boxes=st.tuples(*[st.booleans()] * 3),
)
def test_only_derived_lines_ever_change(
    days: tuple[datetime, ...], gone: tuple[set[str], ...], boxes: tuple[bool, ...]
) -> None:
    texts = [
        drop(note(day, done1=box), *names)
        for day, names, box in zip(days, gone, boxes, strict=True)
    ]
    aligned = align(*texts)
    for before, after in zip(texts, aligned, strict=True):
        assert drop_derived(after) == drop_derived(before)
    assert {frozenset(list_names(text)) for text in aligned} == {
        frozenset(list_names(aligned.base))
    }
    turned = align(texts[0], texts[2], texts[1])
    assert (turned.base, turned.theirs, turned.ours) == aligned
