"""Notes as posts of python-frontmatter: what each value is to Python."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from vault_sync.errors import FrontmatterError
from vault_sync.note.post import NoteHandler, read_post


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-07-07", date(2024, 7, 7)),
        ('"2024-07-07T09:30:00"', datetime(2024, 7, 7, 9, 30)),  # noqa: DTZ001 - as it is written
        ("2024-13-45", "2024-13-45"),
        ("2", 2),
        ("2.5", 2.5),
        (".inf", ".inf"),
        ("030", "030"),
        ("yes", "yes"),
        ("true", True),
        ("", None),
        ("[a, 2, 2024-07-07]", ["a", 2, "2024-07-07"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
        ('"[[글#부분|이름]]"', "[[글#부분|이름]]"),
        ("&a 1", 1),
        ("!t x", "x"),
    ],
)
def test_what_a_value_is(value: str, expected: object) -> None:
    found = read_post(f"---\nx: {value}\n---\nbody\n")
    assert found["x"] == expected
    assert type(found["x"]) is type(expected)


def test_an_alias_is_nothing() -> None:
    assert read_post("---\nx: &a 1\ny: *a\n---\n").metadata == {"x": 1, "y": None}


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_body_is_what_is_below(eol: str, mark: str) -> None:
    text = eol.join((f"{mark}---", "x: 1", "--- ", "body", "---", "end"))
    found = read_post(text)
    assert found.metadata == {"x": 1}
    assert found.content == "body\n---\nend"


def test_the_handler_takes_notes_with_frontmatter() -> None:
    handler = NoteHandler()
    assert handler.detect("---\n---\n")
    assert not handler.detect("text\n---\n")
    assert handler.split("text") == ("", "text")
    assert handler.load("text") == {}


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(FrontmatterError, match="never closes"):
        read_post("---\nx: 1\n")
    with pytest.raises(FrontmatterError):
        read_post("---\nx: a: b\n---\n")


def test_names_that_a_post_has_itself_are_properties_as_well() -> None:
    found = read_post("---\ncontent: 1\nhandler: 2\nmetadata: 3\n---\nbody\n")
    assert found.metadata == {"content": 1, "handler": 2, "metadata": 3}
    assert found.content == "body"


def test_a_block_below_a_blank_line_is_text_as_in_obsidian() -> None:
    found = read_post("\n---\nx: 1\n---\n")
    assert found.note is None
    assert found.metadata == {}
    assert found.content == "---\nx: 1\n---"


def test_the_places_of_the_properties_come_with_it() -> None:
    found = read_post("---\nx: 1\ny: 2\n---\n")
    assert found.note
    assert found.note.line_of("y") == 3


def test_a_note_in_the_middle_of_a_merge_is_refused() -> None:
    with pytest.raises(FrontmatterError, match="merge conflict"):
        read_post("---\nx: 1\n---\n<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n")
