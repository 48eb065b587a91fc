"""Dates and durations: every spelling that is read, every one that is refused, and sums."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formula.scopes import SEOUL, moment
from vault_sync.errors import EvaluationError
from vault_sync.formula.dates import add_duration, between, parse_date, parse_duration
from vault_sync.formula.values import Duration

DAY = 86_400_000.0
HOUR = 3_600_000.0
NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1M", Duration(1)),
        ("1m", Duration(0, 60_000.0)),
        ("1y", Duration(12)),
        ("1.5 years", Duration(18)),
        ("2 weeks", Duration(0, 14 * DAY)),
        ("-3d", Duration(0, -3 * DAY)),
        (" 4 DAYS ", Duration(0, 4 * DAY)),
        ("1h30m", Duration(0, 1.5 * HOUR)),
        ("-1h 30m", Duration(0, -1.5 * HOUR)),
        ("1M -1d", Duration(1, -DAY)),
        ("0.5h", Duration(0, HOUR / 2)),
        ("20s", Duration(0, 20_000.0)),
        *(
            (text, None)
            for text in ("", " ", "d", "1", "1x", "1D", "1 d x", "0.5M", "1d,2d", "1d " * 50)
        ),
    ],
)
def test_durations(text: str, duration: Duration | None) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-07", date(2024, 7, 7)),
        ("2024-7-7", date(2024, 7, 7)),
        ("20240707", date(2024, 7, 7)),
        (" 202407071401 ", moment(2024, 7, 7, 14, 1)),
        ("2024/07/07", date(2024, 7, 7)),
        ("2024/7/7", date(2024, 7, 7)),
        ("2024.07.07", date(2024, 7, 7)),
        ("@2024-07-07", date(2024, 7, 7)),
        ("2024년 7월 7일", date(2024, 7, 7)),
        ("@2024년 7월 7일 오후 2:01", moment(2024, 7, 7, 14, 1)),
        ("2024년 7월 7일 오전 12:05", moment(2024, 7, 7, 0, 5)),
        ("2024년 7월 7일 오후 12:05", moment(2024, 7, 7, 12, 5)),
        (normalize("NFD", "2024년 7월 7일 오전 9:00"), moment(2024, 7, 7, 9)),
        ("2024. 7. 7.", date(2024, 7, 7)),
        ("2024. 07. 07", date(2024, 7, 7)),
        ("2024年7月7日", date(2024, 7, 7)),
        *((f"2024-07-07{day}", date(2024, 7, 7)) for day in (" 일요일", "(일)", " (일)", " 일")),
        ("2024년 7월 7일 (일) 오후 2:01", moment(2024, 7, 7, 14, 1)),
        ("July 7, 2024", date(2024, 7, 7)),
        ("@Jul 7, 2024 2:01 PM", moment(2024, 7, 7, 14, 1)),
        ("july 7, 2024 12:00 am", moment(2024, 7, 7)),
        ("2024-07-07 14:01", moment(2024, 7, 7, 14, 1)),
        ("2024-07-07 14:01:02", moment(2024, 7, 7, 14, 1, 2)),
        ("2024-07-07T14:01:02.003", moment(2024, 7, 7, 14, 1, 2, 3000)),
        ("2024-07-07T14:01:02.003999", moment(2024, 7, 7, 14, 1, 2, 3000)),
        ("2024-07-07T14:01Z", moment(2024, 7, 7, 23, 1)),
        ("2024-07-07T14:01:00+02:00", moment(2024, 7, 7, 21, 1)),
        ("2024-07-07T14:01-0500", moment(2024, 7, 8, 4, 1)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_dates(text: str, expected: date) -> None:
    found = parse_date(text, SEOUL)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("07/08/2024", "ambiguous"),
        ("7.8.24", "ambiguous"),
        ("7-8-2024", "ambiguous"),
        ("24/07/08", "ambiguous"),
        ("2023-02-31", "impossible"),
        ("2023-02-29", "impossible"),
        ("2024-13-01", "impossible"),
        ("2024-00-01", "impossible"),
        ("0000-01-01", "impossible"),
        ("2024-07-07 25:00", "impossible"),
        ("2024-07-07 14:60", "impossible"),
        ("2024년 7월 7일 오후 14:01", "impossible"),
        ("2024년 7월 7일 오후 0:30", "impossible"),
        ("Smarch 7, 2024", "impossible"),
        ("0001-01-01T00:00+09:30", "impossible"),
        ("2024-07-07T00:00+99:00", "impossible"),
        ("", "not a date"),
        ("soon", "not a date"),
        ("2024", "not a date"),
        ("2024-07", "not a date"),
        ("2024-07.07", "not a date"),
        ("2024-07-07 tomorrow", "not a date"),
        ("2024-07-07 14", "not a date"),
        ("٢٠٢٤-٠٧-٠٧", "not a date"),
        ("2024-W27-1", "not a date"),
        ("2024077", "not a date"),
        ("202407070", "not a date"),
        ("20241307", "impossible"),
        ("٢٠٢٤٠٧٠٧", "not a date"),
        ("9" * 101, "not a date"),
    ],
)
def test_texts_that_are_no_dates_are_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words) as caught:
        parse_date(text, SEOUL)
    assert "YYYY-MM-DD" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("offset", "hour", "minute"),
    [
        *(("Z", 12, 0), ("z", 12, 0), ("+00:00", 12, 0), ("-00:00", 12, 0), ("+0000", 12, 0)),
        *(("+05:30", 6, 30), ("+0545", 6, 15), ("-03:30", 15, 30), ("-0930", 21, 30)),
        *((" +09:00", 3, 0), ("+00:01", 11, 59), ("-00:59", 12, 59), ("-11:59", 23, 59)),
        *(("+12:00", 0, 0), ("+11:45", 0, 15)),
    ],
)
def test_an_offset_is_hours_and_minutes(offset: str, hour: int, minute: int) -> None:
    assert parse_date(f"2024-07-07T12:00{offset}", UTC) == moment(2024, 7, 7, hour, minute)


@given(st.text(max_size=120))
def test_any_text_is_a_date_or_an_evaluation_error(text: str) -> None:
    with suppress(EvaluationError):
        assert isinstance(parse_date(text, UTC), date)
    assert isinstance(parse_duration(text), Duration | None)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_with_an_offset_is_the_same_moment_in_the_zone(instant: datetime) -> None:
    whole = instant.replace(microsecond=0)
    if 1 < whole.year < 9999:
        expected = whole.astimezone(SEOUL).replace(tzinfo=None)
        assert parse_date(whole.isoformat(), SEOUL) == expected


@pytest.mark.parametrize(
    ("start", "text", "sign", "end"),
    [
        (date(2024, 1, 31), "1M", 1, date(2024, 2, 29)),
        (date(2023, 1, 31), "1M", 1, date(2023, 2, 28)),
        (date(2024, 3, 31), "1M", -1, date(2024, 2, 29)),
        (date(2024, 2, 29), "1y", 1, date(2025, 2, 28)),
        (date(2024, 1, 15), "1M", -1, date(2023, 12, 15)),
        (date(2024, 7, 7), "4d", 1, date(2024, 7, 11)),
        (date(2024, 7, 7), "24h", 1, date(2024, 7, 8)),
        (date(2024, 7, 7), "2h", -1, moment(2024, 7, 6, 22)),
        (moment(2024, 7, 7, 9), "2 weeks", 1, moment(2024, 7, 21, 9)),
        (moment(2024, 7, 7, 9), "1d", 1, moment(2024, 7, 8, 9)),
    ],
)
def test_durations_are_added(start: date, text: str, sign: int, end: date) -> None:
    duration = parse_duration(text)
    assert duration is not None
    found = add_duration(start, duration, sign)
    assert (type(found), found) == (type(end), end)


@pytest.mark.parametrize(
    "duration",
    [
        Duration(12 * 8000),
        Duration(-12 * 2024),
        Duration(10**30),
        Duration(0, 1e15),
        Duration(0, 1e300),
        Duration(0, float("inf")),
        Duration(0, NAN),
    ],
)
def test_no_duration_leads_out_of_the_calendar(duration: Duration) -> None:
    for start in (date(2024, 7, 7), moment(2024, 7, 7)):
        with pytest.raises(EvaluationError, match="1 to 9999"):
            add_duration(start, duration, 1)


@given(st.dates(), st.dates())
def test_the_difference_of_two_days_leads_from_one_to_the_other(a: date, b: date) -> None:
    assert add_duration(b, between(a, b), 1) == a


def test_the_difference_of_a_day_and_a_moment() -> None:
    assert between(moment(2024, 7, 8, 12), date(2024, 7, 7)) == Duration(0, 1.5 * DAY)
    half_second = moment(2024, 7, 7) + timedelta(milliseconds=500)
    assert between(date(2024, 7, 7), half_second) == Duration(0, -500.0)
