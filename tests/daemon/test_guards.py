"""What the daemon does not write: other programs' values for ever, mass changes by mistake, busy notes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, read_property, render
from vault_sync.daemon.guards import ROUNDS, MassChangeGuard, WriteLoopGuard, find_limit
from vault_sync.formula.registry import Clock
from vault_sync.plan.note_plan import Change

if TYPE_CHECKING:
    from pathlib import Path

NOON: Final = datetime(2024, 10, 27, 12, tzinfo=UTC)
TODAY: Final = "2024-10-27"
MINUTE: Final = 60.0


def change(value: str, name: str = "double", clock: Clock = Clock.STABLE) -> Change:
    return Change(name, "0", value, f"{name}: 0", f"{name}: {value}", clock)


class TestWriteLoops:
    def test_after_three_rounds_a_note_is_left(self) -> None:
        guard = WriteLoopGuard()
        for second in range(ROUNDS):
            assert not guard.find_wait("a.md", [change("2")], second)
            guard.written("a.md", [change("2")], second)
        assert guard.find_wait("a.md", [change("2")], ROUNDS) == MINUTE
        assert not guard.find_wait("b.md", [change("2")], ROUNDS)

    def test_it_is_tried_again_after_growing_pauses(self) -> None:
        guard, now, pauses = self.write_in_a_loop(), float(ROUNDS), []
        for _ in range(4):
            pauses.append(guard.find_wait("a.md", [change("2")], now))
            assert guard.find_wait("a.md", [change("2")], now + pauses[-1] - 1) == 1
            now += pauses[-1]
            guard.tidy(now)
            assert not guard.find_wait("a.md", [change("2")], now)
            guard.written("a.md", [change("2")], now)
        assert pauses == [MINUTE, 10 * MINUTE, 60 * MINUTE, 60 * MINUTE]
        assert [left.pause for left in guard.take_news()] == pauses
        assert guard.take_news() == []

    def test_a_try_that_lasts_ends_it(self) -> None:
        guard = self.write_in_a_loop()
        guard.written("a.md", [change("2")], 100)
        guard.tidy(100 + 11 * MINUTE)
        assert not guard.find_wait("a.md", [change("2")], 100 + 11 * MINUTE)
        for second in range(ROUNDS):
            guard.written("a.md", [change("2")], 1000 + second)
        assert guard.find_wait("a.md", [change("2")], 1000 + ROUNDS) == MINUTE

    def test_other_values_end_it(self) -> None:
        guard = self.write_in_a_loop()
        assert guard.find_wait("a.md", [change("2")], 10)
        assert not guard.find_wait("a.md", [change("4")], 10)

    def test_then_it_has_three_rounds_again(self) -> None:
        guard = self.write_in_a_loop()
        assert not guard.find_wait("a.md", [change("4")], 10)
        guard.written("a.md", [change("4")], 10)
        assert not guard.find_wait("a.md", [change("4")], 11)

    def test_a_user_who_ticks_and_unticks_is_no_enemy(self) -> None:
        guard = WriteLoopGuard()
        for second in range(20):
            value = str(second % 2)
            assert not guard.find_wait("a.md", [change(value)], second)
            guard.written("a.md", [change(value)], second)

    def test_a_slow_change_is_no_loop(self) -> None:
        guard = WriteLoopGuard()
        for number in range(10):
            assert not guard.find_wait("a.md", [change("2")], number * 700)
            guard.written("a.md", [change("2")], number * 700)
            guard.tidy(number * 700)

    @staticmethod
    def write_in_a_loop() -> WriteLoopGuard:
        guard = WriteLoopGuard()
        for second in range(ROUNDS):
            guard.written("a.md", [change("2")], second)
        assert guard.find_wait("a.md", [change("2")], ROUNDS)
        return guard


class TestMassChanges:
    @pytest.mark.parametrize(
        ("configured", "notes", "limit"),
        [(None, 0, 50), (None, 1000, 50), (None, 10_000, 500), (7, 10_000, 7), (0, 10, 0)],
    )
    def test_the_limit(self, configured: int | None, notes: int, limit: int) -> None:
        assert find_limit(configured, notes) == limit

    def test_it_counts_the_last_minute(self) -> None:
        guard = MassChangeGuard()
        assert guard.allows(5, 5, 0)
        guard.count(5, 0)
        assert not guard.allows(1, 5, 59)
        assert guard.allows(5, 5, 60)
        assert not guard.allows(6, 5, 60)


def start(root: Path, more: str = "", *, notes: int = 0) -> FakeTimeDaemon:
    """Start a daemon that has looked after this vault before, all notes being up to date."""
    make_vault(root, more=more)
    for number in range(notes):
        (root / f"{number:03}.md").write_text(render(1, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
    return FakeTimeDaemon(root, FakeClocks(NOON))


def edit(hand: FakeTimeDaemon, note: Path, text: str) -> None:
    note.write_text(text, "utf-8")
    hand.send(note.relative_to(hand.root).as_posix())


def test_another_program_that_puts_its_values_back_gets_its_way(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    theirs = render(1, 3, TODAY, f"{TODAY} 00:00")
    for _ in range(ROUNDS):
        edit(hand, note, theirs)
        hand.live(5)
        assert read_property(note, "double") == "2"
    for _ in range(5):
        edit(hand, note, theirs)
        hand.live(5)
        assert note.read_text("utf-8") == theirs
    assert hand.said.getvalue().count("is left alone") == 1
    assert "refreshed again in 1 minute, or as soon as other values are due" in hand.said.getvalue()
    edit(hand, note, render(4, 3, TODAY, f"{TODAY} 00:00"))
    hand.live(5)
    assert read_property(note, "double") == "8"


def test_a_note_that_was_left_alone_is_tried_again(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    theirs = render(1, 3, TODAY, f"{TODAY} 00:00")
    for minutes in (0, 1, 10, 60, 60):
        hand.live(minutes * MINUTE + 5)
        for _ in range(1 if minutes else ROUNDS + 1):
            assert read_property(note, "double") == "2"
            edit(hand, note, theirs)
            hand.live(5)
        hand.live(40)
        assert note.read_text("utf-8") == theirs
    hand.live(60 * MINUTE)
    assert read_property(note, "double") == "2"
    said = hand.said.getvalue()
    pauses = [line.partition("again in ")[2].split(",")[0] for line in said.splitlines()]
    assert [pause for pause in pauses if pause] == [
        "1 minute", "10 minutes", "60 minutes", "60 minutes", "60 minutes",
    ]  # fmt: skip


def test_a_new_day_does_not_wait_for_the_end_of_a_pause(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    hand.live(11.9 * 60 * MINUTE)
    for minutes in (0, 1, 2):
        hand.live(minutes * MINUTE)
        for _ in range(1 if minutes else ROUNDS + 1):
            edit(hand, note, render(1, 3, TODAY, f"{TODAY} 00:00"))
            hand.live(5)
    assert (read_property(note, "double"), read_property(note, "day")) == ("3", TODAY)
    hand.live(5 * MINUTE)
    assert (read_property(note, "double"), read_property(note, "day")) == ("2", "2024-10-28")


def test_a_mass_of_stale_notes_is_held_back(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes:
        edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(400)
    assert [read_property(note, "double") for note in notes] == ["2"] * 9
    assert hand.said.getvalue().count("9 notes would change at once") == 1
    assert hand.find_state() == "paused"


def test_a_new_day_does_not_let_go_what_is_held_back(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes[:8]:
        edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(13 * 3600)
    assert [read_property(note, "day") for note in notes] == [TODAY] * 8 + ["2024-10-28"]


def test_what_is_held_back_can_still_be_edited_one_by_one(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes:
        edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(60)
    edit(hand, notes[0], render(3, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(5)
    assert [read_property(note, "double") for note in notes] == ["6"] + ["2"] * 8
    assert len(hand.writer.mass_guard.held_back) == 8


def test_a_refresh_by_hand_ends_the_holding_back(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes:
        edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(60)
    for note in notes:
        edit(hand, note, render(2, 4, TODAY, f"{TODAY} 00:00"))
    hand.live(5)
    assert hand.writer.mass_guard.held_back == set()
    assert hand.find_state() == "watching"


def test_a_mass_that_only_the_day_has_made_stale_is_written(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes:
        edit(hand, note, render(1, 2, "2024-10-20", "2024-10-20 00:00"))
    hand.live(5)
    assert [read_property(note, "day") for note in notes] == [TODAY] * 9


def test_the_very_first_look_may_write_everything(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v", more="max-changes: 5\n")
    for number in range(9):
        (root / f"{number}.md").write_text(render(1), "utf-8")
    FakeTimeDaemon(root, FakeClocks(NOON), is_first=True)
    assert {read_property(note, "double") for note in root.glob("*.md")} == {"2"}


def test_edits_that_trickle_in_are_counted_together(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", "max-changes: 5\n", notes=9)
    notes = sorted((tmp_path / "v").glob("*.md"))
    for note in notes:
        edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
        hand.live(4)
    assert [read_property(note, "double") for note in notes] == ["4"] * 5 + ["2"] * 4


def test_a_note_that_was_written_a_moment_ago_is_not_touched(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    hand.clocks.base -= 100_000  # from now on the files are as young as they are
    edit(hand, note, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.tick()
    assert read_property(note, "double") == "2"
    hand.live(1)
    assert read_property(note, "double") == "4"


def test_an_open_note_rests_twice_as_long(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=2)
    layout = tmp_path / "v/.obsidian/workspace.json"
    layout.parent.mkdir()
    layout.write_text('{"main": {"children": [{"state": {"file": "000.md"}}]}}', "utf-8")
    hand.scheduler.quiet = 100.0
    hand.clocks.base -= 100_000
    for name in ("000.md", "001.md"):
        edit(hand, tmp_path / "v" / name, render(2, 2, TODAY, f"{TODAY} 00:00"))
    hand.live(150)
    assert [read_property(tmp_path / "v" / name, "double") for name in ("000.md", "001.md")] == [
        "2",
        "4",
    ]
    hand.live(60)
    assert read_property(tmp_path / "v/000.md", "double") == "4"


def test_a_note_from_the_future_is_not_waited_for(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    note.write_text(render(2, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
    os.utime(note, (4e9, 4e9))
    hand.send("000.md")
    hand.live(5)
    assert read_property(note, "double") == "4"


def test_an_edit_is_dated_by_the_note_and_not_by_the_daemon(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    note.write_text(render(2, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
    written = datetime(2024, 10, 27, 9, 41, 30, tzinfo=UTC).timestamp()
    os.utime(note, (written, written))
    hand.send("000.md")
    hand.live(5)
    assert read_property(note, "at") == f"{TODAY} 09:41"


def test_where_only_the_day_is_the_reason_it_begins_the_day(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    note.write_text(render(1, 2, "2024-10-26", "2024-10-26 21:00"), "utf-8")
    written = datetime(2024, 10, 27, 9, 41, 30, tzinfo=UTC).timestamp()
    os.utime(note, (written, written))
    hand.send("000.md")
    hand.live(5)
    assert (read_property(note, "day"), read_property(note, "at")) == (TODAY, f"{TODAY} 00:00")


@pytest.mark.parametrize("stamp", ["2024-10-26T23:59", "2024-10-28T00:01", "1970-01-01T00:00"])
def test_an_edit_of_another_day_has_the_start_of_this_one(tmp_path: Path, stamp: str) -> None:
    hand = start(tmp_path / "v", notes=1)
    note = tmp_path / "v/000.md"
    note.write_text(render(2, 2, "2024-10-26", "2024-10-26 00:00"), "utf-8")
    written = datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
    os.utime(note, (written, written))
    hand.send("000.md")
    hand.live(5)
    assert (read_property(note, "double"), read_property(note, "at")) == ("4", f"{TODAY} 00:00")


def test_a_problem_is_told_once(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    edit(hand, tmp_path / "v/000.md", "---\ncount: [\n---\n")
    hand.live(5)
    told = hand.said.getvalue().count("000.md")
    hand.send("000.md")
    hand.live(10_000)
    assert told == hand.said.getvalue().count("000.md") == 1
    assert len(hand.writer.table.problems) == 1
    edit(hand, tmp_path / "v/000.md", render(3))
    hand.live(5)
    assert hand.writer.table.problems == {}


def test_a_change_that_no_event_told_of_is_noticed(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=2)
    hand.live(10)
    (tmp_path / "v/001.md").write_text(render(2, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
    hand.live(100)
    assert hand.source.missing == ["001.md"]
    assert read_property(tmp_path / "v/001.md", "double") == "4"


def test_our_own_writes_must_come_back_as_events(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    (root / "a.md").write_text(render(1), "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(NOON), sends_own=False)
    hand.live(100)
    assert hand.source.missing == ["a.md"]


def test_a_change_of_rights_is_no_reason_for_doubt(tmp_path: Path) -> None:
    hand = start(tmp_path / "v", notes=1)
    hand.live(10)
    (tmp_path / "v/000.md").chmod(0o600)
    hand.live(100)
    assert hand.source.missing == []
