"""Which notes are due when: none is forgotten, none is touched before its time."""

from __future__ import annotations

from math import inf
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vault_sync.daemon.queue import WorkQueue

PATHS: Final = st.sampled_from(["a.md", "b/c.md", "b/d.md", "e.md"])
SPANS: Final = st.integers(0, 40).map(lambda tenths: tenths / 10)
QUIET: Final = 2.0


def test_nothing_is_due_at_first() -> None:
    queue = WorkQueue()
    assert queue.next_note() == inf
    assert queue.take(1e9)[1] == []


def test_notes_of_a_folder_come_together() -> None:
    queue = WorkQueue()
    for number, path in enumerate(["b/2.md", "a.md", "b/1.md"]):
        queue.put(path, number)
    assert queue.take(5)[1] == ["a.md", "b/1.md", "b/2.md"]


def test_an_event_puts_off_an_earlier_one() -> None:
    queue = WorkQueue()
    queue.put("a.md", 5)
    queue.put("a.md", 8)
    assert queue.take(7)[1] == []
    assert queue.next_note() == 8


def test_an_event_ends_a_long_wait_for_another_try() -> None:
    queue = WorkQueue()
    queue.put_off("a.md", 3600)
    queue.put("a.md", 5)
    assert queue.next_note() == 5


def test_what_a_scan_finds_does_not_hurry_a_note_that_was_just_edited() -> None:
    queue = WorkQueue()
    queue.put("a.md", 5)
    queue.put_off("a.md", 1)
    assert queue.take(4)[1] == []


class Notes(RuleBasedStateMachine):
    """Notes are edited, found and put off in any order; a model knows when each was last touched."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = WorkQueue()
        self.now = 0.0
        self.due: dict[str, float] = {}
        self.edited: dict[str, float] = {}

    @rule(path=PATHS)
    def edit(self, path: str) -> None:
        self.queue.put(path, self.now + QUIET)
        self.due[path] = self.now + QUIET
        self.edited[path] = self.now

    @rule(path=PATHS, wait=SPANS)
    def find(self, path: str, wait: float) -> None:
        self.queue.put_off(path, self.now + wait)
        self.due[path] = max(self.now + wait, self.due.get(path, 0.0))

    @rule(span=SPANS)
    def pass_time(self, span: float) -> None:
        self.now += span

    @rule()
    def take(self) -> None:
        taken = self.queue.take(self.now)[1]
        assert taken == sorted(path for path, due in self.due.items() if due <= self.now)
        for path in taken:
            assert self.now >= self.edited.get(path, -inf) + QUIET
            del self.due[path]

    @precondition(lambda self: self.due)
    @rule()
    def wait_for_the_next(self) -> None:
        self.now = max(self.now, self.queue.next_note())
        assert self.queue.take(self.now)[1]
        self.due = {path: due for path, due in self.due.items() if due > self.now}

    @invariant()
    def knows_what_waits(self) -> None:
        assert len(self.queue) == len(self.due)
        assert all(path in self.queue for path in self.due)

    @invariant()
    def wakes_in_time(self) -> None:
        assert self.queue.next_note() == min(self.due.values(), default=inf)


TestNotes = Notes.TestCase
TestNotes.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_new_rules_end_all_waits() -> None:
    queue = WorkQueue()
    queue.put("a.md", 3600)
    queue.put("b.md", 1)
    queue.put_all(5)
    assert queue.take(4) == ([], ["b.md"])
    assert queue.take(5) == ([], ["a.md"])


def test_a_pause_holds_back_what_is_due() -> None:
    queue = WorkQueue()
    queue.put("a.md", 5)
    queue.pause_writes(60)
    assert queue.next_write() == 60


def test_what_a_new_day_wants_is_apart_from_edits() -> None:
    queue = WorkQueue()
    queue.put_off("day.md", 1, is_mass=True)
    queue.put_off("edit.md", 1)
    assert queue.take(1) == (["day.md"], ["edit.md"])
    queue.put_off("day.md", 1)
    assert queue.take(1) == ([], ["day.md"])


def test_a_scan_that_was_asked_for_is_not_routine() -> None:
    queue = WorkQueue()
    queue.plan_routine_scan(50)
    queue.scan_by(10)
    assert (queue.scan_at, queue.is_routine) == (10, False)
    queue.scan_by(20)
    assert queue.scan_at == 10
    queue.scan_after(120)
    assert queue.scan_at == 120
