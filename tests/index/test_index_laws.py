"""No result with the index differs from that of a run that reads every note.

A disk in memory stands in for the real one, as nobody can set a file's time of change: its clock
ticks as slowly as one likes and is behind ours or not. Two users of one index run into each other,
are killed, and meet editors between any two of their steps.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault_sync.engine import caching_planner as index_planner
from vault_sync.engine.caching_planner import IndexedPlanner
from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import NoteError, Problem
from vault_sync.files.read import AT_REST, NoteBytes, Signature
from vault_sync.index import notes as index_notes
from vault_sync.index.notes import NoteIndex
from vault_sync.index.store import NAME, load_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.engine.refresh import Found

SECOND: Final = 10**9
YEAR: Final = 365 * 86_400 * SECOND
START: Final = 60 * YEAR
PATHS: Final = ("a.md", "b.md")
KINDS: Final = (b"true  ", b"plain ", b"stale ", b"broken")

Step = tuple[str, int]
NOTHING: Final[Step] = ("wait", 0)


@dataclass(frozen=True)
class File:
    """A file on the disk; the kind of its text comes first, so that all have the same length."""

    data: bytes
    mtime: int
    ctime: int
    inode: int


class KilledError(Exception):
    """A run is over, wherever it was."""


@dataclass
class World:
    """A disk, the editors that write on it, and the runs that look at it.

    Attributes:
        tick: of the disk's clock.
        behind: how far that is behind ours.
        stamps: our writes get a time of the past.
        steps: what happens between the next steps of a run, one at a time.
    """

    file: Path
    tick: int
    behind: int
    stamps: bool = False
    now: int = START
    leap: int = 0
    written: int = 0
    inodes: int = 100
    notes: dict[str, File] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    depth: int = 0
    hidden: bool = False

    def disk_now(self) -> int:
        return (self.now + self.leap - self.behind) // self.tick * self.tick

    def happen(self) -> None:
        """Let one thing happen in the middle of a run."""
        if self.steps:
            self.do(self.steps.pop(0))

    def do(self, step: Step) -> None:
        what, amount = step
        path = PATHS[amount % 2]
        if what == "wait":
            self.now += amount
        elif what == "leap" and not self.behind:  # by years, so that no tick is ever hit again
            self.leap = amount * YEAR
        elif what == "save":
            self.save(path, KINDS[amount // 2 % 4])
        elif what == "replace":
            self.inodes += 1
            self.save(path, KINDS[amount // 2 % 4], self.inodes)
        elif what == "restore":  # as `touch -r` and `rsync --inplace -t` do
            before = self.notes.get(path)
            self.save(path, KINDS[amount // 2 % 4])
            if before:
                self.notes[path] = replace(self.notes[path], mtime=before.mtime)
        elif what == "delete":
            self.notes.pop(path, None)
        elif what == "run" and self.depth < 2:
            self.run()
        elif what == "kill" and self.depth:
            raise KilledError

    def save(self, path: str, kind: bytes, inode: int | None = None) -> None:
        self.written += 1
        old = self.notes.get(path)
        number = inode or (old.inode if old else PATHS.index(path))
        data = kind + b"%06d" % self.written
        self.notes[path] = File(data, self.disk_now(), self.disk_now(), number)

    def swap(self, path: str, data: bytes) -> Signature | None:
        """Write a note as we do, and sign it a moment later if it still is our file."""
        self.inodes += 1
        ours = self.inodes
        mtime = self.notes[path].mtime + SECOND if self.stamps else self.disk_now()
        self.notes[path] = File(data, mtime, self.disk_now(), ours)
        signature = self.stat("", path)
        return signature if signature and signature.inode == ours else None

    def stat(self, _root: str, path: str) -> Signature | None:
        self.happen()
        found = self.notes.get(path)
        return sign(found) if found else None

    def read(self, _root: object, path: str) -> NoteBytes:
        self.happen()
        found = self.notes.get(path)
        if found is None:
            raise NoteError(Problem("gone"))
        return NoteBytes(path, found.data, sign(found))

    def run(self) -> None:
        """Plan and write both notes as a refresh does, and hold each result against the truth."""
        self.depth += 1
        try:
            started = self.now + self.leap
            index = NoteIndex("", PATHS, started, *load_rows(self.file))
            planner = IndexedPlanner(
                Truth(self),  # type: ignore[arg-type]  # of its folder only the path is asked for
                index,
                "under",
                keeps_own=True,
            )
            for path in PATHS:
                self.refresh(planner, path)
            self.happen()
            planner.verify_written()
            index.save(self.file)
        except KilledError:
            pass
        finally:
            self.depth -= 1

    def refresh(self, planner: IndexedPlanner, path: str) -> None:
        found = planner.plan(path)
        # Whether it was read or not, nothing has happened since the last look at it.
        assert describe(found) == self.tell(path), "an edit is hidden"
        if isinstance(found, Stale):
            self.happen()
            current = self.notes.get(path)
            if current and current.data == found.note.data:
                signature = self.swap(path, found.plan.text.encode())
                self.happen()
                planner.note_done(NoteResult(path, Status.CHANGED, signature=signature))

    def tell(self, path: str) -> str:
        file = self.notes.get(path)
        return file.data[:6].decode().strip() if file else "gone"


def sign(file: File) -> Signature:
    return Signature(file.mtime, file.ctime, len(file.data), file.inode, 1)


class Plan(NamedTuple):
    """As much of a `NotePlan` as is asked for."""

    text: str
    changes: tuple[()] = ()


class Truth(NamedTuple):
    """Plans by the bytes alone."""

    world: World

    @property
    def root(self) -> Truth:
        return self

    @property
    def path(self) -> str:
        return ""

    def plan(self, path: str) -> Found:
        return NoteResult(path, Status.FAILED, reason="gone")

    def plan_version(self, note: NoteBytes) -> Found:
        kind = note.data[:6].decode().strip()
        if kind == "stale":
            return Stale(note, Plan("true  " + note.data[6:].decode()))  # type: ignore[arg-type]  # see `Plan`
        if kind == "broken":
            return NoteResult(note.path, Status.FAILED, reason="broken")
        return NoteResult(note.path, Status.UNCHANGED) if kind == "true" else None


def describe(found: Found) -> str:
    if isinstance(found, Stale):
        return "stale"
    if found is None:
        return "plain"
    return "true" if found.status is Status.UNCHANGED else found.reason


@contextmanager
def in_world(world: World) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_notes, "stat_note", world.stat)
        patch.setattr(index_notes, "read_wall", lambda: (world.now + world.leap) / 1e9)
        patch.setattr(index_planner, "stat_note", world.stat)
        patch.setattr(index_planner, "read_note", world.read)
        patch.setattr(index_planner, "read_steady", lambda: world.now / 1e9)
        yield world


WAITS = st.sampled_from([0, 1, SECOND // 250, SECOND, 2 * SECOND, 4 * SECOND, 60 * SECOND])
NUMBERS = st.integers(0, 7)
QUIET = st.one_of(
    st.tuples(st.just("wait"), WAITS),
    st.tuples(st.sampled_from(["save", "restore", "replace", "delete"]), NUMBERS),
)
STEPS = st.lists(
    st.one_of(QUIET, st.tuples(st.sampled_from(["run", "kill"]), NUMBERS)), max_size=12
)
ROUNDS = st.lists(st.tuples(st.lists(QUIET, max_size=4), STEPS), max_size=6)
TICKS = st.sampled_from([1, SECOND // 250, SECOND, 2 * SECOND])
BEHIND = st.sampled_from([0, 0, SECOND, 10 * SECOND, 3600 * SECOND])
LEAPS = st.permutations(range(-20, 20))


WORLDS = st.tuples(TICKS, BEHIND, st.booleans())


@settings(max_examples=2 * settings().max_examples)
@given(facts=WORLDS, rounds=ROUNDS, leaps=LEAPS, often=NUMBERS)
def test_no_edit_is_hidden(
    facts: tuple[int, int, bool],
    rounds: list[tuple[list[Step], list[Step]]],
    leaps: Sequence[int],
    often: int,
) -> None:
    # A memory disk, where there is one: what is brought to a real one hundreds of times takes long.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - as said
    with (
        TemporaryDirectory(dir=memory) as place,
        in_world(World(Path(place, NAME), *facts)) as world,
    ):
        for number, (before, during) in enumerate(rounds):
            for step in before:
                world.do(step)
            if number % 8 == often:
                world.do(("leap", leaps[number]))
            world.steps = during
            world.run()
        world.steps = []
        world.run()
        world.do(("wait", 60 * SECOND))
        world.run()


RACE: Final = [*[NOTHING] * 4, ("save", 2)]  # a save right behind the reading of the first note


def race(world: World) -> None:
    world.do(("save", 0))
    world.do(("save", 1))
    for _ in range(2):
        world.run()
        world.do(("save", 2))
        world.run()


@pytest.mark.parametrize(("rest", "is_hidden"), [(AT_REST, False), (-YEAR, True)])
def test_a_coarse_clock_hides_an_edit_only_if_notes_need_not_be_at_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: int, *, is_hidden: bool
) -> None:
    for module in (index_notes, index_planner):
        monkeypatch.setattr(module, "AT_REST", rest)
    with in_world(World(tmp_path / NAME, 2 * SECOND, 0)) as world:
        if is_hidden:
            with pytest.raises(AssertionError, match="an edit is hidden"):
                race(world)
        else:
            race(world)


def test_a_disk_whose_clock_is_behind_hides_nothing(tmp_path: Path) -> None:
    with in_world(World(tmp_path / NAME, 2 * SECOND, 60 * SECOND)) as world:
        race(world)


def is_read(world: World, path: str) -> bool:
    """Run, and say whether a note was opened for that."""
    opened: list[str] = []

    def listen(root: object, path: str) -> NoteBytes:
        opened.append(path)
        return world.read(root, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_planner, "read_note", listen)
        world.run()
    return path in opened


@pytest.mark.parametrize("behind", [0, 3600 * SECOND])
def test_what_was_at_rest_is_not_read_again(tmp_path: Path, behind: int) -> None:
    with in_world(World(tmp_path / NAME, 2 * SECOND, behind)) as world:
        world.do(("save", 0))
        world.do(("wait", 60 * SECOND))
        world.do(("save", 1))  # by which the disk shows its time
        assert is_read(world, "a.md")
        assert not is_read(world, "a.md")
        assert is_read(world, "b.md")


@pytest.mark.parametrize("behind", [0, 3600 * SECOND])
def test_what_was_just_written_is_read_once_more(tmp_path: Path, behind: int) -> None:
    with in_world(World(tmp_path / NAME, 2 * SECOND, behind)) as world:
        world.do(("save", 0))
        assert is_read(world, "a.md")
        assert is_read(world, "a.md")  # too early to be sure
        world.do(("wait", 4 * SECOND))
        assert is_read(world, "a.md")
        assert not is_read(world, "a.md")


@pytest.mark.parametrize("stamps", [True, False])
def test_what_we_wrote_is_planned_by_nobody_again(tmp_path: Path, *, stamps: bool) -> None:
    with in_world(World(tmp_path / NAME, 2 * SECOND, 0, stamps)) as world:
        world.do(("save", 4))
        world.run()
        assert world.tell("a.md") == "true"
        with pytest.MonkeyPatch.context() as patch:
            patch.delattr(Truth, "plan_version")
            world.do(("delete", 1))
            world.run()


def test_what_we_wrote_long_before_the_run_ends_is_not_read_again(tmp_path: Path) -> None:
    with in_world(World(tmp_path / NAME, 2 * SECOND, 0)) as world:
        world.do(("save", 4))
        world.do(("save", 1))
        world.steps = [*[NOTHING] * 8, ("wait", 4 * SECOND), *[NOTHING] * 3]
        world.run()
        assert world.tell("a.md") == "true"
        assert not is_read(world, "a.md")
        assert is_read(world, "b.md")
