"""What a person wrote in a note, and whether another version of it holds something of its own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.note.odd_notes import notes, thorough
from tests.study.oracle import Study, refresh_text
from vault_sync.errors import NoteError
from vault_sync.plan import person_text
from vault_sync.plan.person_text import (
    MEMORY,
    YOUNG,
    EditHistory,
    PersonText,
    VersionRelation,
    begin_history,
    hash_lines,
    judge_version,
    list_tokens,
    take_out,
)
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Sequence

STUDY_NAMES: Final = NameMap.of(Study().derived_lines())
DAY: Final = 86_400
OURS: Final = NameMap.of(["day", "하루", "list"])


def read_tokens(text: str) -> frozenset[bytes]:
    return list_tokens(hash_lines(text))


def try_refresh(text: str) -> str:
    try:
        return refresh_text(text).text
    except NoteError:
        return text


def make(*lines: str, body: str = "text\n") -> str:
    return "\n".join(["---", *lines, "---", body])


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (["a: 1", "day: 2", "b: 3"], ["a: 1", "b: 3"]),
        (["day: 2"], []),
        (["day:", "b: 3"], ["b: 3"]),
        (['"day": "2"  ', "b: 3"], ["b: 3"]),
        (["day: 2 # mine"], ["day: # mine"]),
        (["day:  # mine"], ["day:  # mine"]),
        (["a: 1", "day: 2 # mine"], ["a: 1", "day: # mine"]),
        (["a: 1", "day:  # mine", "b: 3"], ["a: 1", "day:  # mine", "b: 3"]),
        (["DAY: 2"], []),
        (["list:", "  - a", "  - b", "b: 3"], ["b: 3"]),
        (["list:", "- a", "b: 3"], ["b: 3"]),
        (["list: [a, b]", "b: 3"], ["b: 3"]),
    ],
)
def test_what_is_ours_is_taken_out(lines: Sequence[str], left: Sequence[str]) -> None:
    assert take_out(make(*lines), OURS, OURS) == PersonText(make(*left))


@pytest.mark.parametrize(
    "lines",
    [
        ["day: |", "  2"],
        ["day: a", "  b"],
        ["day: &x 2"],
        ["day: !!str 2"],
        ["day: {a: 1}"],
        ["? day", ": 2"],
        ["list:", "  - a # mine", "b: 3"],
        ["{day: 2}"],
        ["day: 2", "b: : x"],
    ],
)
def test_what_is_odd_stays_and_is_not_sure(lines: Sequence[str]) -> None:
    text = make(*lines)
    assert take_out(text, OURS, OURS) == PersonText(text, is_sure=False)


def test_a_derived_property_that_is_not_ours_here_is_not_sure() -> None:
    text = make("a: 1", "day: 2")
    assert take_out(text, OURS, NameMap()) == PersonText(text, is_sure=False)


def test_a_note_without_properties_is_a_person_s() -> None:
    assert take_out("text\n", OURS, OURS) == PersonText("text\n")


def test_a_study_note_is_left_with_its_sources() -> None:
    study = Study()
    names = NameMap.of(study.derived_lines())
    lines = [*study.source_lines(), *study.derived_lines().values()]
    assert take_out(make(*lines), names, names).text == make(*study.source_lines())


@thorough
@given(notes(), st.sampled_from(["", "학습률: 1\n", "카페0: 1\n"]))
def test_plain_lines_are_taken_out_as_all_others_are(text: str, more: str) -> None:
    text = text.replace("---\n", f"---\n{more}", 1)
    found = take_out(text, STUDY_NAMES, STUDY_NAMES)
    with patch.object(person_text, "name_lines", lambda _: None):
        assert take_out(text, STUDY_NAMES, STUDY_NAMES) == found


@thorough
@given(notes())
def test_a_refresh_changes_nothing_that_a_person_wrote(text: str) -> None:
    before = take_out(text, STUDY_NAMES, STUDY_NAMES)
    after = take_out(try_refresh(text), STUDY_NAMES, STUDY_NAMES)
    assert after == before or not before.is_sure


# Judgements. The oracle knows what both sides had, and what each of them has done.

BASE: Final = tuple(f"base {number}" for number in range(5))
SIDES: Final = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "change", "move"]), st.integers(0, 9)), max_size=4
)


def play(lines: Sequence[str], moves: Sequence[tuple[str, int]], who: str) -> list[list[str]]:
    """Return the versions that come of edits, the first one included."""
    versions = [list(lines)]
    for number, (kind, place) in enumerate(moves):
        new = list(versions[-1])
        at = place % (len(new) + 1)
        if kind == "add" or not new:
            new.insert(at, f"{who} {number}")
        elif kind == "drop":
            del new[at % len(new)]
        elif kind == "change":
            new[at % len(new)] = f"{who} {number}"
        else:
            new.insert(at, new.pop(0))
        versions.append(new)
    return versions


def to_person(lines: Sequence[str], *, is_head: bool) -> PersonText:
    if is_head:
        return PersonText(make(*(f"{line}: x" for line in lines)))
    return PersonText("".join(f"{line}\n" for line in lines))


@given(here=SIDES, there=SIDES, is_head=st.booleans(), seen=st.integers(1, 3))
def test_no_edit_of_either_side_is_lost(
    *, here: list[tuple[str, int]], there: list[tuple[str, int]], is_head: bool, seen: int
) -> None:
    mine, other = play(BASE, here, "mine"), play(BASE, there, "other")
    history = begin_history(to_person(BASE, is_head=is_head), 0)
    for version in [*mine[::seen], mine[-1]]:  # not each of them was refreshed
        history = history.follow(to_person(version, is_head=is_head), 1)
    note, copy = (to_person(versions[-1], is_head=is_head) for versions in (mine, other))
    verdict = judge_version(note, copy, 1, history)
    if verdict.is_known and note.text != copy.text:
        assert set(other[-1]) - set(BASE) <= set(mine[-1])
        assert (set(BASE) - set(other[-1])).isdisjoint(mine[-1])
    if verdict.is_next:
        assert set(mine[-1]) - set(BASE) <= set(other[-1])
        assert (set(BASE) - set(mine[-1])).isdisjoint(other[-1])
    if note.text != copy.text and not there:
        assert not verdict.is_next or not here
    if here and not there and len(mine) == 2 and set(mine[-1]) != set(BASE):
        assert verdict.is_known
    if there and not here and len(other) == 2 and set(other[-1]) != set(BASE):
        assert verdict.is_next


@given(here=SIDES, there=SIDES, is_head=st.booleans())
def test_an_edit_that_another_version_has_replaced_is_not_lost(
    *, here: list[tuple[str, int]], there: list[tuple[str, int]], is_head: bool
) -> None:
    """The note was edited here, then a service put another device's version in its place."""
    mine, other = play(BASE, here, "mine"), play(BASE, there, "other")
    history = begin_history(to_person(BASE, is_head=is_head), 0)
    for version in (*mine, other[-1]):
        history = history.follow(to_person(version, is_head=is_head), 1)
    note, copy = (to_person(versions[-1], is_head=is_head) for versions in (other, mine))
    verdict = judge_version(note, copy, 1, history)
    if verdict.is_known and note.text != copy.text:
        assert set(mine[-1]) - set(BASE) <= set(other[-1])
    if verdict.is_next:
        assert set(other[-1]) - set(BASE) <= set(mine[-1])


@given(here=SIDES, there=SIDES, is_head=st.booleans())
def test_what_was_written_here_shortly_before_the_first_look_is_not_lost(
    *, here: list[tuple[str, int]], there: list[tuple[str, int]], is_head: bool
) -> None:
    """It may be on this device alone, and a service may put another device's version in its place."""
    mine, other = play(BASE, here, "mine"), play(BASE, there, "other")
    now = YOUNG // 2
    begun = begin_history(to_person(mine[-1], is_head=is_head), 0, now)
    history = begun.follow(to_person(other[-1], is_head=is_head), now)
    pairs = [(mine[-1], other[-1], begun), (other[-1], mine[-1], history)]
    for note, copy, known in pairs:
        texts = [to_person(version, is_head=is_head) for version in (note, copy)]
        verdict = judge_version(texts[0], texts[1], now * 10**9, known)
        if verdict.is_known and texts[0].text != texts[1].text:
            assert set(copy) <= set(note)
        if verdict.is_next:
            assert set(note) <= set(copy)


@pytest.mark.parametrize("age", [0, YOUNG - 1, YOUNG])
def test_a_version_that_has_been_there_long_enough_is_on_every_device(age: int) -> None:
    now = 10 * MEMORY
    version, copy = PersonText("a\nb\nc\nd\n"), PersonText("a\nb\nc\nd\ne\nf\n")
    history = begin_history(version, (now - age) * 10**9, now)
    assert bool(history.come) == (age < YOUNG)
    later = history.follow(version, now - age + YOUNG)
    assert not later.come
    assert judge_version(version, copy, now * 10**9, later).is_next
    changed = PersonText("a\nb\nc\n- d\n")
    assert judge_version(changed, version, 0, history.follow(changed, now)).is_known != (
        age < YOUNG
    )


def test_a_history_forgets_what_came_and_went_and_what_is_old() -> None:
    history = begin_history(PersonText("a\n"), 0)
    for text in ("a\nb\n", "a\nc\n", "a\nd\n"):
        history = history.follow(PersonText(text), 10)
    assert set(history.come) == read_tokens("a\nd\n") - read_tokens("a\n")
    assert not history.gone
    later = history.follow(PersonText("a\nd\ne\n"), 10 + MEMORY)
    assert set(later.come) == read_tokens("a\nd\ne\n") - read_tokens("a\nd\n")


def test_a_version_with_some_of_what_went_here_is_known() -> None:
    before, note = PersonText(make("a: 1", "b: 2", "c: 3")), PersonText(make("c: 3"))
    history = begin_history(before, 0).follow(note, 10)
    assert judge_version(note, PersonText(make("b: 2", "c: 3")), 0, history).is_known
    assert not judge_version(note, PersonText(make("d: 2", "c: 3")), 0, history).is_known


def test_the_same_text_is_known_without_a_history() -> None:
    same, other = (PersonText(make("a: 1")) for _ in range(2))
    assert judge_version(same, other, 0, None) == VersionRelation(is_known=True)
    assert judge_version(same, PersonText("b\n"), 0, None) == VersionRelation()


@pytest.mark.parametrize(("later", "is_known"), [(90 * DAY - 1, True), (90 * DAY, False)])
def test_what_came_and_what_went_is_known_for_some_time(later: int, *, is_known: bool) -> None:
    then = 1_730_000_000
    history = begin_history(PersonText("a\nb\n"), 0).follow(PersonText("b\nc\n"), then)
    assert history.gone == dict.fromkeys(read_tokens("a\nb\n") - read_tokens("b\nc\n"), then)
    new = history.follow(PersonText("b\nc\nd\n"), then + later)
    for before, after in ((history.gone, new.gone), (history.come, new.come)):
        assert (before.items() <= after.items()) is is_known
        assert before.keys().isdisjoint(after) is not is_known


def test_the_same_version_is_no_news() -> None:
    history = begin_history(PersonText("a\n"), 0)
    assert history.follow(PersonText("a\n"), 10) is history
    assert isinstance(history, EditHistory)


@pytest.mark.parametrize("text", ["a\nb\n", "---\na: 1\n---\nb\n"])
def test_a_line_that_is_written_once_more_is_news(text: str) -> None:
    tokens = [read_tokens(text + count * "- [ ] call\n- [ ] write\n") for count in range(5)]
    assert all(less < more for less, more in pairwise(tokens))
