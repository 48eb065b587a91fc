"""The first day and the boxes of a study note."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

import pytest

from vault_sync.errors import EvaluationError
from vault_sync.note.frontmatter import read_properties
from vault_sync.rules.study import (
    Stage,
    StudyValues,
    load_tick_words,
    make_names,
    read_study_values,
    read_tick,
)

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

NAMES = make_names(
    {"first-day": "start", "long-term": "known"}, [Stage(1, "one"), Stage(4, "four")]
)


def read(lines: str) -> StudyValues:
    note = read_properties(f"---\n{lines}---\n")
    assert note
    return read_study_values(note, NAMES, UTC)


def test_what_can_be_read_is_read() -> None:
    found = read("start: 2024-07-07\none: true\nfour:\nknown: Yes\nother: [x]\n")
    assert found == StudyValues(date(2024, 7, 7), {"one": True, "four": False, "known": True}, {})


def test_what_is_not_there_is_no_problem() -> None:
    assert read("other: 1\n") == StudyValues(None, {}, {})


@pytest.mark.parametrize(
    ("value", "day"),
    [("2024/07/07", date(2024, 7, 7)), ("2024-07-07T23:30", date(2024, 7, 7)), ("", None), ('"  "', None), ("~", None)],
)  # fmt: skip
def test_first_days(value: str, day: date | None) -> None:
    found = read(f"start: {value}\n")
    assert (found.first_day, found.problems) == (day, {})


@pytest.mark.parametrize(
    ("line", "name", "part"),
    [
        ("start: soon\n", "start", "soon"),
        ("start: 5\n", "start", "This is a number, not a date"),
        ("start: [2024-07-07]\n", "start", "This is a list, not a date"),
        ("start: &a 2024-07-07\n", "start", "anchor"),
        ("one: perhaps\n", "one", '"perhaps" is neither ticked nor unticked'),
        ("known: 7\n", "known", '"7" is neither'),
        ("four: [a, b]\n", "four", '"a,b" is neither'),
    ],
)
def test_what_cannot_be_read_is_named(line: str, name: str, part: str) -> None:
    found = read(f"other: 1\n{line}")
    assert (found.first_day, found.ticked) == (None, {})
    problem = found.problems[name]
    assert (problem.line, problem.property) == (3, name)
    assert problem.message.startswith(f"{name}: ")
    assert part in problem.message


@pytest.mark.parametrize(
    ("value", "is_ticked"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("", False),
        ("x", True),
        (1.0, True),
        (0.0, False),
        ("2024-07-07", True),
        (date(2024, 7, 7), True),
        ("✅", True),
        ("⬜", False),
    ],
)
def test_ticks(value: Value, *, is_ticked: bool) -> None:
    assert read_tick(value, UTC) is is_ticked


def test_a_long_value_is_shown_shortened() -> None:
    for length, shown in ((60, "z" * 60), (61, "z" * 60 + "…")):
        with pytest.raises(EvaluationError, match=f'^"{shown}" is neither'):
            read_tick("z" * length, UTC)


@pytest.mark.parametrize(
    ("word", "pair"),
    [
        ("no", ("yes", "no")),
        ("YES", ("YES", "NO")),
        (" [ ] ", ("[x]", "[ ]")),
        ("⬜", ("✅", "⬜")),
        ("", None),
        ("perhaps", None),
    ],
)
def test_the_word_for_ticked_beside_the_one_for_not_ticked(
    word: str, pair: tuple[str, str] | None
) -> None:
    assert load_tick_words().find_pair(word) == pair
