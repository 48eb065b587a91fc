"""Which notes are due when: none is forgotten, none is touched before its time."""

from __future__ import annotations

from math import inf
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vault_sync.daemon.queue import Agenda, Schedule

PATHS: Final = st.sampled_from(["a.md", "b/c.md", "b/d.md", "e.md"])
SPANS: Final = st.integers(0, 40).map(lambda tenths: tenths / 10)
QUIET: Final = 2.0


def test_nothing_is_due_at_first() -> None:
    schedule = Schedule()
    assert schedule.next_due() == inf
    assert schedule.take(1e9) == []


def test_notes_of_a_folder_come_together() -> None:
    schedule = Schedule()
    for number, path in enumerate(["b/2.md", "a.md", "b/1.md"]):
        schedule.hint(path, number)
    assert schedule.take(5) == ["a.md", "b/1.md", "b/2.md"]


def test_a_hint_puts_an_earlier_one_off() -> None:
    schedule = Schedule()
    schedule.hint("a.md", 5)
    schedule.hint("a.md", 8)
    assert schedule.take(7) == []
    assert schedule.next_due() == 8


def test_a_hint_ends_a_long_wait_for_another_try() -> None:
    schedule = Schedule()
    schedule.add("a.md", 3600)
    schedule.hint("a.md", 5)
    assert schedule.next_due() == 5


def test_what_a_scan_finds_does_not_hurry_a_note_that_was_just_edited() -> None:
    schedule = Schedule()
    schedule.hint("a.md", 5)
    schedule.add("a.md", 1)
    assert schedule.take(4) == []


class Notes(RuleBasedStateMachine):
    """Notes are edited, found and put off in any order; a model knows when each was last touched."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule()
        self.now = 0.0
        self.due: dict[str, float] = {}
        self.edited: dict[str, float] = {}

    @rule(path=PATHS)
    def edit(self, path: str) -> None:
        self.schedule.hint(path, self.now + QUIET)
        self.due[path] = self.now + QUIET
        self.edited[path] = self.now

    @rule(path=PATHS, wait=SPANS)
    def find(self, path: str, wait: float) -> None:
        self.schedule.add(path, self.now + wait)
        self.due[path] = max(self.now + wait, self.due.get(path, 0.0))

    @rule(span=SPANS)
    def pass_time(self, span: float) -> None:
        self.now += span

    @rule()
    def take(self) -> None:
        taken = self.schedule.take(self.now)
        assert taken == sorted(path for path, due in self.due.items() if due <= self.now)
        for path in taken:
            assert self.now >= self.edited.get(path, -inf) + QUIET
            del self.due[path]

    @precondition(lambda self: self.due)
    @rule()
    def wait_for_the_next(self) -> None:
        self.now = max(self.now, self.schedule.next_due())
        assert self.schedule.take(self.now)
        self.due = {path: due for path, due in self.due.items() if due > self.now}

    @invariant()
    def knows_what_waits(self) -> None:
        assert len(self.schedule) == len(self.due)
        assert all(path in self.schedule for path in self.due)

    @invariant()
    def wakes_in_time(self) -> None:
        assert self.schedule.next_due() == min(self.due.values(), default=inf)


TestNotes = Notes.TestCase
TestNotes.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


class TestTheAgenda:
    def test_a_pause_holds_back_what_is_due(self) -> None:
        agenda = Agenda()
        agenda.notes.hint("a.md", 5)
        agenda.write_at = 60
        assert agenda.next_write() == 60

    def test_what_a_new_day_wants_is_apart_from_edits(self) -> None:
        agenda = Agenda()
        agenda.put_off("day.md", 1, is_meant=True)
        agenda.put_off("edit.md", 1, is_meant=False)
        assert agenda.take(1) == (["day.md"], ["edit.md"])
        agenda.put_off("day.md", 1, is_meant=False)
        assert agenda.take(1) == ([], ["day.md"])

    def test_a_look_that_was_asked_for_is_not_routine(self) -> None:
        agenda = Agenda(scan_at=50, is_routine=True)
        agenda.scan_by(10)
        assert (agenda.scan_at, agenda.is_routine) == (10, False)
        agenda.scan_by(20)
        assert agenda.scan_at == 10
        agenda.scan_after(120)
        assert agenda.scan_at == 120
