"""What git says to its filter and what it hears, packet by packet."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import GitError
from vault_sync.git import clean_filter
from vault_sync.git.clean_filter import (
    MAX_DATA,
    NothingToFilterError,
    read_packets,
    read_texts,
    render_data,
    render_texts,
    serve,
)

HELLO = render_texts(b"git-filter-client", b"version=2")
ABLE = render_texts(b"capability=clean", b"capability=smudge", b"capability=delay")
AGREED = render_texts(b"git-filter-server", b"version=2") + render_texts(b"capability=clean")
ERROR = render_texts(b"status=error")


COMPLAINTS: list[str] = []


def ask(path: bytes, content: bytes, command: bytes = b"clean") -> bytes:
    return render_texts(b"command=" + command, b"pathname=" + path) + render_data(content)


def answer(content: bytes) -> bytes:
    return render_texts(b"status=success") + render_data(content) + render_texts()


def shout(path: str, content: bytes) -> bytes:
    if path == "stop.md":
        raise NothingToFilterError
    if path == "bug.md":
        raise ZeroDivisionError
    return content.upper()


def talk(*requests: bytes) -> bytes:
    replies = io.BytesIO()
    serve(io.BytesIO(HELLO + ABLE + b"".join(requests)), replies, shout, COMPLAINTS.append)
    said = replies.getvalue()
    assert said.startswith(AGREED)
    return said.removeprefix(AGREED)


def test_the_packets_are_those_of_gits_documentation() -> None:
    assert HELLO == b"0016git-filter-client\n000eversion=2\n0000"
    assert render_data(b"a\n") == b"0006a\n0000"
    assert render_texts() == render_data(b"") == b"0000"


@given(st.binary(max_size=200) | st.integers(65_000, 200_000).map(bytes))
def test_data_comes_as_it_went(data: bytes) -> None:
    pieces = list(read_packets(io.BytesIO(render_data(data) + b"0005x")))
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= MAX_DATA for piece in pieces)


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (b"", EOFError),
        (b"00", EOFError),
        (b"0009ab", EOFError),
        (b"zzzzab", GitError),
        (b"0003", GitError),
        (b"-001", GitError),
        (b"ffff", GitError),
    ],
)
def test_what_is_no_packet(stream: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_texts(io.BytesIO(stream))


@pytest.mark.parametrize(
    ("requests", "replies"),
    [
        ([], b""),
        ([ask(b"a.md", b"one"), ask(b"b.md", b"")], answer(b"ONE") + answer(b"")),
        ([ask(b"a.md", b"x" * 200_000)], answer(b"X" * 200_000)),
        ([ask(b"a.md", b"one", b"smudge")], ERROR),
        ([ask(b"stop.md", b"one")], render_texts(b"status=abort")),
        ([ask(b"bug.md", b"one"), ask(b"a.md", b"one")], ERROR + answer(b"ONE")),
        ([ask(b"a.md", b"one")[:-6]], b""),
        ([ask(b"a\xff.md", b"one")], answer(b"ONE")),
    ],
)
def test_what_git_hears(requests: list[bytes], replies: bytes) -> None:
    assert talk(*requests) == replies


def test_a_bug_is_told_with_the_place_where_it_came_up() -> None:
    COMPLAINTS.clear()
    talk(ask(b"bug.md", b"one"), ask(b"a.md", b"one"))
    (said,) = COMPLAINTS
    assert said.startswith("bug.md: this is a bug")
    assert "in shout" in said
    assert said.endswith("ZeroDivisionError")


def test_more_than_any_note_is_read_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_filter, "MAX_BLOB_BYTES", 100_000)
    requests = ask(b"a.md", b"x" * 100_001), ask(b"b.md", b"y")
    assert talk(*requests) == ERROR + answer(b"Y")


@pytest.mark.parametrize(
    "start",
    [
        render_texts(b"hello"),
        render_texts(b"git-filter-client", b"version=3"),
        HELLO + render_texts(b"capability=smudge"),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_whoever_is_not_git_is_told_so(start: bytes) -> None:
    with pytest.raises(GitError):
        serve(io.BytesIO(start), io.BytesIO(), shout, COMPLAINTS.append)
