"""When formulas run: the ends of a day, and the moment that each note has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.rules.small import NOW
from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions, DayConditions
from vault_sync.text import NameMap

START = timedelta(hours=4)


def at(day: int, hour: int, minute: int = 0, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2024, 10, day, hour, minute, second, microsecond)  # noqa: DTZ001 - local time


def nanoseconds(moment: datetime, hours: int = 0) -> int:
    """Return the time of a file that was written at a local time, so many hours east of UTC."""
    zoned = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    return int(zoned.timestamp()) * 10**9 + moment.microsecond * 1000


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        (at(27, 14), at(27, 4), at(28, 3, 59, 59, 999_999)),
        (at(27, 4), at(27, 4), at(28, 3, 59, 59, 999_999)),
        (at(27, 3, 59), at(26, 4), at(27, 3, 59, 59, 999_999)),
    ],
)
def test_a_day_has_ends(now: datetime, first: datetime, last: datetime) -> None:
    assert Conditions(now, UTC, START).ends_of_day() == (first, last)


def test_the_conditions_of_a_day_begin_with_it() -> None:
    assert Conditions(at(27, 14), UTC, START).for_whole_day().now == at(27, 4)


@pytest.mark.parametrize(
    ("written", "now"),
    [
        (at(27, 9, 30, 15, 250_000), at(27, 9, 30)),
        (at(27, 4, 0, 59), at(27, 4)),
        (at(27, 4, 1), at(27, 4, 1)),
        (at(28, 3, 59, 59), at(28, 3, 59)),
        (at(28, 4), at(27, 4)),
        (at(27, 3, 59, 59), at(27, 4)),
        (at(2, 9), at(27, 4)),
    ],
)
@pytest.mark.parametrize("hours", [0, 9])
def test_a_note_that_was_written_today_has_the_minute_of_that(
    written: datetime, now: datetime, hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    day = Conditions(at(27, 14), zone, START).for_whole_day()
    found = day.for_edit(nanoseconds(written, hours))
    assert type(found) is (DayConditions if now == at(27, 4) else Conditions)
    assert (found.now, found.timezone, found.day_starts_at) == (now, zone, START)


@pytest.mark.parametrize("written", [10**30, -(10**30)])
def test_a_time_that_no_calendar_has_is_none_of_today(written: int) -> None:
    day = Conditions(NOW, UTC).for_whole_day()
    assert day.for_edit(written) is day


def test_other_conditions_do_not_care_when_a_note_was_written() -> None:
    found = Conditions(NOW, UTC)
    assert found.for_edit(nanoseconds(NOW)) is found


class NoNotes:
    """A vault without any note."""

    def find(self, target: str, source: str) -> str | None:  # noqa: ARG002 - as the protocol has it
        return None

    def read_fact(self, path: str, fact: str) -> None:
        raise AssertionError(path, fact)

    def find_property(self, path: str, name: str) -> None:
        raise AssertionError(path, name)

    def list_backlinks(self, path: str) -> list[str]:  # noqa: ARG002 - as the protocol has it
        return []


def test_a_copy_differs_in_one_thing() -> None:
    vault = NoNotes()
    types = NameMap({"Due": "date"})
    before = DayConditions(NOW, UTC, START, locale="ko", clock=Clock.DAILY, types=types)

    def describe(one: Conditions) -> tuple[object, ...]:
        return (type(one), one.now, one.timezone, one.day_starts_at, one.locale, one.clock, one.types, one.vault)  # fmt: skip

    kept = (UTC, START, "ko", Clock.DAILY, types)
    assert describe(before.at(at(1, 2))) == (Conditions, at(1, 2), *kept, None)
    assert describe(before.with_vault(vault)) == (DayConditions, NOW, *kept, vault)
    assert before.with_vault(vault).at(at(1, 2)).vault is vault
    assert describe(before.in_language("en")) == (DayConditions, NOW, UTC, START, "en", *kept[3:], None)  # fmt: skip


def test_types_are_found_by_every_spelling_of_a_name() -> None:
    assert Conditions(NOW, UTC, types={"Due": "date"}).types["DUE"] == "date"
    assert Conditions(NOW, UTC).locale == "en"
    assert Conditions(NOW, UTC).clock is Clock.INSTANT
