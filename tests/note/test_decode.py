"""Bytes that become a text, the start of those that cannot, and the places of conflicts."""

from __future__ import annotations

import pytest

from vault_sync.errors import NoteError
from vault_sync.note.frontmatter import decode_note, decode_start, find_conflict_marker


@pytest.mark.parametrize(
    ("data", "line", "part"),
    [
        (b"\xff", 1, "not UTF-8"),
        (b"one\ntwo \xff\nthree\xff", 2, "not UTF-8"),
        (b"\n\n\n\xed\xa0\x80", 4, "not UTF-8"),
        ("가".encode()[:2], 1, "not UTF-8"),
        (b"one\n\x00", None, "NUL"),
        ("글".encode("utf-16"), None, "UTF-16"),
        (b"\xfe\xff\xae\x00", None, "UTF-16"),
    ],
)
def test_bytes_that_are_no_note(data: bytes, line: int | None, part: str) -> None:
    with pytest.raises(NoteError, match=part) as refusal:
        decode_note(data)
    assert refusal.value.problem.line == line


def test_a_byte_order_mark_stays() -> None:
    assert decode_note(b"\xef\xbb\xbfx\r\n") == "\ufeffx\r\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"---\nx: \xff\n", "---\nx: \ufffd\n"),
        ("---\n글: 1\n".encode("utf-16"), "---\n글: 1\n"),
        (b"\xfe\xff" + "글".encode("utf-16-be"), "글"),
        (b"a\x00b", "a\x00b"),
        (b"a" * 100_005, "a" * 100_000),
        (b"a" * 99_999 + "가".encode(), "a" * 99_999 + "\ufffd"),
    ],
)
def test_the_start_of_a_note_is_decoded_as_far_as_it_goes(data: bytes, text: str) -> None:
    assert decode_start(data) == text


CONFLICT = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CONFLICT, 1),
        (f"one\n\n{CONFLICT}", 3),
        ("<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> c\n", 1),
        (f"```\ncode\n```\n{CONFLICT}", 4),
        (f"~~~~\n~~~\n~~~~~\n{CONFLICT}", 4),
        (f"    ```\n{CONFLICT}", 2),
        (f"``\n{CONFLICT}", 2),
        (f"```\n{CONFLICT}", None),
        (f"   ~~~ diff\n{CONFLICT}~~~\n", None),
        (f"````\n```\n{CONFLICT}", None),
        (f"```\n~~~\n{CONFLICT}", None),
        ("<<<<<<< HEAD\n=======\n", None),
        ("=======\n<<<<<<< HEAD\n>>>>>>> other\n", None),
        ("<<<<<<< HEAD\n>>>>>>> other\n=======\n", None),
        ("x <<<<<<< HEAD\n=======\n>>>>>>> other\n", None),
        ("<<<<<<<HEAD\n=======\n>>>>>>> other\n", None),
        ("<<<<<<< HEAD\n```\n=======\n>>>>>>> other\n```\n", None),
        ("<<<<<<< HEAD\n```\nx\n```\n=======\n>>>>>>> other\n", 1),
    ],
)
def test_where_a_conflict_starts(text: str, line: int | None) -> None:
    assert find_conflict_marker(text) == line
