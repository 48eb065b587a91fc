"""Clocks and zones: the day that a note is given, in every zone, over nights that are none or two."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from tests.faults.report import Tally
from tests.study.oracle import Study, slashed, study_rules
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.report import Effort

_FIRST: Final = date(2011, 12, 1)
_INSTANTS: Final = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2011-12-30T10:01", "2024-02-29T23:59", "2024-12-31T12:00", "2026-03-08T05:30",
        "2026-03-28T22:30", "2026-04-23T22:30", "2026-10-25T00:30", "1970-01-01T00:00",
        "2038-01-19T03:15", "2100-02-28T23:59",
    )
)  # fmt: skip
_STEPS: Final = (0.0, 60.0, -3600.0, 86_400.0, -86_400.0, 40 * 86_400.0, -40 * 86_400.0)


def set_clocks(_place: Path, effort: Effort) -> Tally:
    """Refresh one note again and again while the clock steps on and back, in every zone there is."""
    tally = Tally("clocks and zones")
    zones = sorted(available_timezones() - {"localtime", "Factory"})[:: effort.pick(60, 1)]
    for zone in zones:
        for instant in _INSTANTS:
            follow_clock(zone, instant, tally)
    tally.facts.append(
        f"{len(zones)} zones, {len(_INSTANTS)} instants, each with the clock put on and back"
        f" {len(_STEPS) - 1} times, by up to 40 days"
    )
    return tally


def follow_clock(zone: str, instant: datetime, tally: Tally) -> None:
    """Refresh a note at each moment that a stepping clock shows."""
    text = Study(_FIRST).note()
    for moment in list_moments(instant, ZoneInfo(zone)):
        case = f"{zone}, {moment}"
        new = refresh_at(text, moment)
        tally.faults += 1
        if f'🛑오늘: "⏰오늘 : {slashed(moment)}"' not in new:
            tally.accuse("wrong", f"{case}: it does not show the day")
        if f"첫 학습 후 ❤{(moment.date() - _FIRST).days}일째❤" not in new:
            tally.accuse("wrong", f"{case}: it miscounts the days")
        if refresh_at(new, moment) != new:
            tally.accuse("wrong", f"{case}: a second refresh writes again")
        if new.split("\n---\n", 1)[1] != text.split("\n---\n", 1)[1]:
            tally.accuse("lost", f"{case}: the body changed")
        text = new


def list_moments(instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield what a clock in a zone shows while it is put on and back."""
    for step in _STEPS:
        yield (instant + timedelta(seconds=step)).astimezone(zone)


def refresh_at(text: str, moment: datetime) -> str:
    """Return the note after a refresh at a moment."""
    assert isinstance(moment.tzinfo, ZoneInfo)
    conditions = Conditions(moment.replace(tzinfo=None), moment.tzinfo)
    return plan_note(text, "a.md", [study_rules()], conditions, lambda _fact: None).text
