"""Bytes that become a text, and the start of those that cannot."""

from __future__ import annotations

import pytest

from vault_sync.errors import NoteError
from vault_sync.files.read import decode_note, decode_start


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
