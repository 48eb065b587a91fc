"""The day tick: midnights, nights without one, zones, sleep, and clocks that go wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, read_property, render
from vault_sync.clock import day_of
from vault_sync.daemon.queue import DayChange, DayTracker, Gap, SleepDetector

if TYPE_CHECKING:
    from pathlib import Path

MIDNIGHT: Final = time(0)
SEOUL: Final = ZoneInfo("Asia/Seoul")
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


@pytest.mark.parametrize(
    ("moment", "starts_at", "day"),
    [
        ("2024-10-27T00:00", "00:00", "2024-10-27"),
        ("2024-10-27T23:59", "00:00", "2024-10-27"),
        ("2024-10-27T03:59", "04:00", "2024-10-26"),
        ("2024-10-27T04:00", "04:00", "2024-10-27"),
        ("2024-03-01T01:00", "12:00", "2024-02-29"),
    ],
)
def test_the_day_of_a_moment(moment: str, starts_at: str, day: str) -> None:
    found = day_of(datetime.fromisoformat(moment), time.fromisoformat(starts_at))
    assert found == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("days", "turns"),
    [
        (["2024-10-27", "2024-10-27"], "NS"),
        (["2024-10-27", "2024-10-28"], "NN"),
        (["2024-10-27", "2024-12-07"], "NN"),
        (["2024-10-27", "2024-10-26", "2024-10-27", "2024-10-28"], "NSSN"),
        (["2024-10-27", "2024-10-25", "2024-10-26", "2024-10-28"], "NBSN"),
        (["2024-10-27", "1970-01-01", "2024-10-27"], "NBS"),
        (["2011-12-29", "2011-12-31"], "NN"),
    ],
)
def test_how_the_date_goes_on(days: list[str], turns: str) -> None:
    tracker = DayTracker()
    found = [tracker.update(datetime.fromisoformat(day), MIDNIGHT) for day in days]
    assert "".join(turn.name[0] for turn in found) == turns
    assert DayChange.NEW.name[0] == "N"


def test_a_day_that_was_written_is_not_taken_back() -> None:
    tracker = DayTracker()
    tracker.update(datetime(2024, 10, 27, 0, 5, tzinfo=UTC), MIDNIGHT)
    start = tracker.start(datetime(2024, 10, 26, 23, 0, tzinfo=UTC), MIDNIGHT)
    assert start == datetime(2024, 10, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "steady", "waited", "gap"),
    [
        (60, 60, 60, Gap.NONE),
        (60.5, 60, 60, Gap.NONE),
        (5, 5, 60, Gap.NONE),
        (80, 80, 60, Gap.STALLED),
        (900, 900, 60, Gap.SLEPT),
        (8 * HOUR, 60, 60, Gap.SLEPT),
        (-HOUR, 60, 60, Gap.SLEPT),
    ],
)
def test_gaps(wall: float, steady: float, waited: float, gap: Gap) -> None:
    detector = SleepDetector()
    assert detector.update(1e9, 100, 0) is Gap.NONE
    assert detector.update(1e9 + wall, 100 + steady, waited) is gap


def start_daemon(root: Path, moment: datetime, more: str = "") -> tuple[FakeTimeDaemon, Path]:
    make_vault(root, more=more)
    note = root / "a.md"
    note.write_text(render(1), "utf-8")
    return FakeTimeDaemon(root, FakeClocks(moment, SEOUL)), note


def test_forty_midnights_of_a_laptop_that_sleeps_most_of_the_day(tmp_path: Path) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 1, 23, 50, tzinfo=SEOUL))
    day = date(2024, 2, 1)
    for _ in range(40):
        assert read_property(note, "day") == str(day)
        hand.live(18 * 60)
        day += timedelta(days=1)
        assert read_property(note, "day") == str(day)
        assert read_property(note, "at") == f"{day} 00:00"
        hand.sleep(DAY - 18 * 60)
    assert hand.writer.counters.refreshed == 41
    assert hand.source.missing == []


def test_after_waking_nothing_is_written_until_sync_had_its_time(tmp_path: Path) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 1, 12, tzinfo=SEOUL))
    hand.live(5 * 60)
    hand.sleep(3 * DAY)
    hand.live(110)
    assert read_property(note, "day") == "2024-02-01"
    assert "woken up" in hand.said.getvalue()
    hand.live(20)
    assert read_property(note, "day") == "2024-02-04"
    assert "Writing goes on." in hand.said.getvalue()


@pytest.mark.parametrize(
    ("zone", "before", "day"),
    [
        ("Africa/Cairo", "2026-04-23T22:30", "2026-04-24"),
        ("Asia/Beirut", "2026-03-28T22:30", "2026-03-29"),
        ("America/Havana", "2026-03-07T22:30", "2026-03-08"),
        ("Pacific/Apia", "2011-12-29T22:30", "2011-12-31"),
        ("America/Havana", "2026-10-31T22:30", "2026-11-01"),
        ("Asia/Kathmandu", "2024-12-31T22:30", "2025-01-01"),
    ],
)
def test_nights_without_a_midnight_or_with_two(
    tmp_path: Path, zone: str, before: str, day: str
) -> None:
    moment = datetime.fromisoformat(before).replace(tzinfo=ZoneInfo(zone))
    hand, note = start_daemon(tmp_path / "v", moment, f"timezone: {zone}\n")
    hand.live(85 * 60)
    assert read_property(note, "day") == before[:10]
    hand.live(10 * 60)
    assert read_property(note, "day") == day
    assert read_property(note, "at") == f"{day} 00:00"
    hand.live(5 * HOUR)
    assert hand.writer.counters.refreshed == 2


def test_the_day_starts_when_the_user_says(tmp_path: Path) -> None:
    moment = datetime(2024, 2, 1, 23, tzinfo=SEOUL)
    hand, note = start_daemon(tmp_path / "v", moment, 'day-starts-at: "04:00"\n')
    hand.live(4.9 * HOUR)
    assert read_property(note, "day") == "2024-02-01"
    hand.live(0.2 * HOUR)
    assert read_property(note, "day") == "2024-02-02"
    assert read_property(note, "at") == "2024-02-02 04:00"


def test_a_journey_east_begins_the_day_and_one_west_does_not_take_it_back(tmp_path: Path) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 1, 20, tzinfo=SEOUL))
    hand.live(300)
    hand.clocks.machine = ZoneInfo("Pacific/Auckland")
    hand.live(120)
    assert read_property(note, "day") == "2024-02-02"
    hand.clocks.machine = ZoneInfo("Pacific/Honolulu")
    hand.live(HOUR)
    note.write_text(render(5, 2, "2024-02-02", "2024-02-02 00:00"), "utf-8")
    hand.send("a.md")
    hand.live(60)
    assert read_property(note, "double") == "10"
    assert read_property(note, "day") == "2024-02-02"


@pytest.mark.parametrize("back", [-HOUR, -20 * HOUR])
def test_a_clock_put_back_by_hours_writes_no_earlier_day(tmp_path: Path, back: float) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 2, 0, 30, tzinfo=SEOUL))
    hand.live(300)
    hand.set_clock(back)
    hand.live(2 * HOUR)
    assert read_property(note, "day") == "2024-02-02"
    assert hand.writer.counters.refreshed == 1


def test_a_clock_put_back_by_years_stops_all_writing_until_it_is_right(tmp_path: Path) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 2, 9, tzinfo=SEOUL))
    hand.live(300)
    hand.set_clock(-50 * 365 * DAY)
    note.write_text(render(5, 2, "2024-02-02"), "utf-8")
    hand.send("a.md")
    hand.live(HOUR)
    assert read_property(note, "double") == "2"
    assert "it may be wrong" in hand.said.getvalue()
    hand.set_clock(50 * 365 * DAY)
    hand.live(10 * 60)
    assert (read_property(note, "double"), read_property(note, "day")) == ("10", "2024-02-02")


def test_a_computer_that_starts_in_the_past_gets_ten_minutes_to_set_its_clock(
    tmp_path: Path,
) -> None:
    root = make_vault(tmp_path / "v")
    note = root / "a.md"
    note.write_text(render(1), "utf-8")
    last = datetime(2024, 2, 1, 9, tzinfo=SEOUL)
    clocks = FakeClocks(datetime(1970, 1, 1, 9, tzinfo=SEOUL), SEOUL)
    hand = FakeTimeDaemon(root, clocks, previous_tick=last)
    hand.live(5 * 60)
    assert read_property(note, "day") == ""
    hand.set_clock((last - clocks.start).total_seconds())
    hand.live(5 * 60)
    assert read_property(note, "day") == "2024-02-01"


def test_a_clock_that_stays_is_believed(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    note = root / "a.md"
    note.write_text(render(1), "utf-8")
    clocks = FakeClocks(datetime(2024, 2, 1, 9, tzinfo=SEOUL), SEOUL)
    hand = FakeTimeDaemon(root, clocks, previous_tick=datetime(2030, 1, 1, tzinfo=SEOUL))
    hand.live(9 * 60)
    assert read_property(note, "day") == ""
    hand.live(3 * 60)
    assert read_property(note, "day") == "2024-02-01"


def test_only_notes_with_daily_formulas_are_planned_on_a_new_day(tmp_path: Path) -> None:
    hand, note = start_daemon(tmp_path / "v", datetime(2024, 2, 1, 23, 50, tzinfo=SEOUL))
    (tmp_path / "v/plain.md").write_text("No properties.\n", "utf-8")
    hand.live(2 * HOUR)
    assert "A new day: 1 notes are looked at." in hand.said.getvalue()
    assert read_property(note, "day") == "2024-02-02"


def test_no_daily_formula_no_new_day(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    rules = "profile: none\nrules:\n  - {name: a, formulas: {double: 'count * 2'}}\n"
    (root / ".vault-sync.yaml").write_text(rules, "utf-8")
    (root / "a.md").write_text("---\ncount: 2\ndouble: 4\n---\n", "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(datetime(2024, 2, 1, 23, 50, tzinfo=SEOUL)))
    hand.live(2 * DAY)
    assert "A new day" not in hand.said.getvalue()
