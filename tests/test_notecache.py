"""What is remembered of a note never hides an edit, whatever the clock of the file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.files.reading import Signature
from vault_sync.state import notecache
from vault_sync.state.notecache import AT_REST, NoteCache, load_cache

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from vault_sync.note.scalars import Json

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
OLD = Signature(START, START, 10, 7, 1)
LATER = START + AT_REST + 1
KEY = "key"

Steps = list[tuple[str, int]]


class World:
    """One note on a file system whose clock ticks slowly; every text has the same length.

    A run looks at the note before it reads it, as `RememberingPlanner` does. It "finds out" the
    text itself, so that whatever it recalls can be compared with the truth.
    """

    def __init__(self, tick: int) -> None:
        self.tick, self.now = tick, START
        self.text = 0
        self.stamp = self.now // tick * tick
        self.cache: NoteCache | None = None

    def write(self) -> None:
        self.text += 1
        self.stamp = self.now // self.tick * self.tick

    def run(self, file: Path, meanwhile: Iterable[tuple[str, int]]) -> None:
        """Do a run in which other things happen before the look, before and after the reading."""
        cache = load_cache(file, KEY, self.now)
        happen = iter(meanwhile)
        self.do([next(happen, ("wait", 0))])
        seen = Signature(self.stamp, self.stamp, 10, 7, 1)
        known = cache.recall("note.md", seen)
        assert known in {None, self.text}, "an edit is hidden"
        self.do([next(happen, ("wait", 0))])
        found = self.text
        self.do(happen)
        cache.remember("note.md", seen, found)
        cache.save(file)

    def do(self, steps: Iterable[tuple[str, int]]) -> None:
        for what, amount in steps:
            if what == "wait":
                self.now += amount
            else:
                self.write()


WAITS = st.sampled_from([0, 1, SECOND // 250, SECOND, 2 * SECOND, 4 * SECOND, 60 * SECOND])
CALM = st.one_of(st.tuples(st.just("wait"), WAITS), st.just(("write", 0)))
STEPS = st.lists(st.tuples(st.lists(CALM, max_size=4), st.lists(CALM, max_size=4)), max_size=6)
TICKS = st.sampled_from([1, SECOND // 250, SECOND, 2 * SECOND])


@given(tick=TICKS, steps=STEPS)
def test_no_edit_is_hidden(
    tmp_path_factory: pytest.TempPathFactory, tick: int, steps: list[tuple[Steps, Steps]]
) -> None:
    world, file = World(tick), tmp_path_factory.mktemp("state") / "notes.json"
    for before, during in steps:
        world.do(before)
        world.run(file, during)
    world.run(file, [])


RACE: Steps = [("wait", 0), ("wait", 0), ("write", 0)]  # a save right behind the reading


def test_the_same_tick_would_hide_an_edit_if_notes_need_not_be_at_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notecache, "AT_REST", -SECOND)
    world = World(tick=2 * SECOND)
    world.run(tmp_path / "notes.json", RACE)
    with pytest.raises(AssertionError, match="an edit is hidden"):
        world.run(tmp_path / "notes.json", [])


def test_the_same_tick_hides_nothing(tmp_path: Path) -> None:
    world = World(tick=2 * SECOND)
    world.run(tmp_path / "notes.json", RACE)
    world.run(tmp_path / "notes.json", [])


def test_what_is_found_out_is_recalled_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "notes.json"
    found: Json = {"단계": [1, 4.5, None, "🟩"]}
    cache = NoteCache(KEY, LATER)
    cache.remember("웹/\udcff.md", OLD, found)
    cache.save(file)
    assert load_cache(file, KEY, LATER).recall("웹/\udcff.md", OLD) == found
    assert [path.name for path in file.parent.iterdir()] == ["notes.json"]


@pytest.mark.parametrize(
    "other",
    [
        Signature(START + 1, START, 10, 7, 1),
        Signature(START, START + 1, 10, 7, 1),
        Signature(START, START, 11, 7, 1),
        Signature(START, START, 10, 8, 1),
    ],
)
def test_another_version_is_not_known(other: Signature) -> None:
    cache = NoteCache(KEY, LATER)
    cache.remember("a.md", OLD, 1)
    assert cache.recall("a.md", OLD) == 1
    assert cache.recall("a.md", other) is None
    assert cache.recall("b.md", OLD) is None


@pytest.mark.parametrize(
    ("mtime", "ctime", "is_trusted"),
    [(0, 0, True), (1, 0, False), (0, 1, False), (AT_REST * 1000, 0, False)],
)
def test_only_what_was_at_rest_is_trusted(mtime: int, ctime: int, *, is_trusted: bool) -> None:
    version = Signature(START + mtime, START + ctime, 10, 7, 1)
    cache = NoteCache(KEY, LATER)
    cache.remember("a.md", version, 1)
    assert (cache.recall("a.md", version) == 1) is is_trusted


def test_another_key_knows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    cache = NoteCache(KEY, LATER)
    cache.remember("a.md", OLD, 1)
    cache.save(file)
    assert load_cache(file, "other", LATER).recall("a.md", OLD) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[1]",
        b'{"format":1}',
        b'{"format":2,"key":"key","notes":{"a.md":["x",1]}}',
        b'{"format":1,"key":"key","notes":[]}',
        b'{"format":1,"key":"key","notes":{"a.md":1}}',
        b'{"format":1,"key":"key","notes":{"a.md":["x"]}}',
        b'{"format":1,"key":"key","notes":{"a.md":[1,1]}}',
        b'{"format":1,"key":"key","notes":' + b"[" * 100_000,
    ],
)
def test_a_damaged_cache_is_ignored_and_written_anew(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "notes.json"
    file.write_bytes(data)
    cache = load_cache(file, KEY, LATER)
    assert cache.recall("a.md", OLD) is None
    cache.remember("a.md", OLD, 1)
    cache.save(file)
    assert load_cache(file, KEY, LATER).recall("a.md", OLD) == 1


def test_a_cache_that_is_too_large_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes.json"
    cache = NoteCache(KEY, LATER)
    cache.remember("a.md", OLD, 1)
    cache.save(file)
    monkeypatch.setattr(notecache, "MAX_BYTES", 10)
    assert load_cache(file, KEY, LATER).recall("a.md", OLD) is None


def test_a_cache_grows_up_to_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notecache, "MAX_ENTRIES", 2)
    cache = NoteCache(KEY, LATER)
    for name in ("a", "b", "c", "a"):
        cache.remember(name, OLD, name)
    assert [cache.recall(name, OLD) for name in "abc"] == ["a", "b", None]


def test_a_cache_that_cannot_be_written_is_no_reason_to_complain(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"in the way")
    cache = NoteCache(KEY, LATER)
    cache.remember("a.md", OLD, 1)
    cache.save(tmp_path / "cache" / "notes.json")
    assert (tmp_path / "cache").read_bytes() == b"in the way"


def test_a_cache_without_news_is_left_as_it_is(tmp_path: Path) -> None:
    NoteCache(KEY, LATER).save(tmp_path / "notes.json")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough
