"""Functions and fields of dates and durations."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import MONTH, to_number, to_text
from vault_sync.formula.dates import DAY, as_moment, between, parse_duration
from vault_sync.formula.functions.general import EPOCH, make_date
from vault_sync.formula.moment import calendar_distance, render_moment, render_relative
from vault_sync.formula.registry import Clock, function
from vault_sync.formula.values import Duration, Scope, Value


@function("year", on="date", is_field=True)
def give_year(_scope: Scope, moment: date) -> float:
    """Give the year.

    Example: `date("2024-10-27").year` returns `2024`.
    """
    return float(moment.year)


@function("month", on="date", is_field=True)
def give_month(_scope: Scope, moment: date) -> float:
    """Give the month, 1 to 12.

    Example: `date("2024-10-27").month` returns `10`.
    """
    return float(moment.month)


@function("day", on="date", is_field=True)
def give_day(_scope: Scope, moment: date) -> float:
    """Give the day of the month.

    Example: `date("2024-10-27").day` returns `27`.
    """
    return float(moment.day)


@function("hour", on="date", is_field=True)
def give_hour(_scope: Scope, moment: date) -> float:
    """Give the hour, 0 to 23; 0 for a date without a time.

    Example: `date("2024-10-27 14:01").hour` returns `14`.
    Example: `today().hour` returns `0`.
    """
    return float(moment.hour) if isinstance(moment, datetime) else 0.0


@function("minute", on="date", is_field=True)
def give_minute(_scope: Scope, moment: date) -> float:
    """Give the minute, 0 to 59.

    Example: `date("2024-10-27 14:01").minute` returns `1`.
    """
    return float(moment.minute) if isinstance(moment, datetime) else 0.0


@function("second", on="date", is_field=True)
def give_second(_scope: Scope, moment: date) -> float:
    """Give the second, 0 to 59.

    Example: `date("2024-10-27 14:01:30").second` returns `30`.
    """
    return float(moment.second) if isinstance(moment, datetime) else 0.0


@function("millisecond", on="date", is_field=True)
def give_millisecond(_scope: Scope, moment: date) -> float:
    """Give the millisecond, 0 to 999.

    Example: `date("2024-10-27 14:01:30.250").millisecond` returns `250`.
    """
    return float(moment.microsecond // 1000) if isinstance(moment, datetime) else 0.0


@function("date", on="date")
def drop_time(_scope: Scope, moment: date) -> date:
    """Take the time off.

    Example: `now().date()` returns `today()`.
    Example: `now().date().format("YYYY-MM-DD HH:mm:ss")` returns `"2024-10-27 00:00:00"`.
    """
    return moment.date() if isinstance(moment, datetime) else moment


@function("time", on="date")
def write_time(scope: Scope, moment: date) -> str:
    """Write the time of the day.

    Example: `now().time()` returns `"14:01:00"`.
    """
    return render_moment(moment, "HH:mm:ss", "en", scope.timezone)


@function("format", on="date", least=1, most=2)
def write_date(scope: Scope, moment: date, pattern: Value, locale: Value = None) -> str:
    """Write a date by a pattern of Moment.js, in the vault's language or the one named.

    Text in square brackets is taken as it is.

    Example: `date("2025-05-27").format("YYYY-MM-DD")` returns `"2025-05-27"`.
    Example: `now().format("dddd, MMMM Do [at] h:mm A", "en")` returns
    `"Sunday, October 27th at 2:01 PM"`.
    Example: `now().format("YYYY년 M월 D일 A h:mm", "ko")` returns `"2024년 10월 27일 오후 2:01"`.
    """
    language = scope.locale if locale is None else to_text(locale)
    return render_moment(moment, to_text(pattern), language, scope.timezone)


@function("relative", on="date", clock=Clock.INSTANT)
def write_relative(scope: Scope, moment: date) -> str:
    """Say how long ago a date was, or how far off it is.

    Example: `(now() - "3d").relative()` returns `"3 days ago"`.
    Example: `(now() + "2h").relative()` returns `"in 2 hours"`.
    """
    return render_relative(moment, scope.now, scope.locale)


# Fields of durations: the whole length in one unit, with its fraction.
#
# The difference of two days is therefore a whole number of `.days`. Months have no fixed length, so
# they count as Moment.js counts them, at the 30.436875 days of a mean month.


@function("milliseconds", on="duration", is_field=True)
def give_milliseconds(_scope: Scope, duration: Duration) -> float:
    """Give the length in milliseconds.

    Example: `duration("2s").milliseconds` returns `2000`.
    """
    return to_number(duration)


@function("seconds", on="duration", is_field=True)
def give_seconds(_scope: Scope, duration: Duration) -> float:
    """Give the length in seconds.

    Example: `duration("2m").seconds` returns `120`.
    """
    return to_number(duration) / 1000


@function("minutes", on="duration", is_field=True)
def give_minutes(_scope: Scope, duration: Duration) -> float:
    """Give the length in minutes.

    Example: `duration("2h").minutes` returns `120`.
    """
    return to_number(duration) / 60_000


@function("hours", on="duration", is_field=True)
def give_hours(_scope: Scope, duration: Duration) -> float:
    """Give the length in hours.

    Example: `(date("2024-10-27") - date("2024-10-25")).hours` returns `48`.
    """
    return to_number(duration) / 3_600_000


@function("days", on="duration", is_field=True)
def give_days(_scope: Scope, duration: Duration) -> float:
    """Give the length in days.

    Example: `(date("2024-10-27") - date("2024-07-07")).days` returns `112`.
    Example: `duration("36h").days` returns `1.5`.
    """
    return to_number(duration) / DAY


@function("weeks", on="duration", is_field=True)
def give_weeks(_scope: Scope, duration: Duration) -> float:
    """Give the length in weeks.

    Example: `(date("2024-10-27") - date("2024-07-07")).weeks` returns `16`.
    """
    return to_number(duration) / (7 * DAY)


@function("months", on="duration", is_field=True)
def give_months(_scope: Scope, duration: Duration) -> float:
    """Give the length in months, days counting as parts of a mean month.

    Example: `duration("2 years").months` returns `24`.
    """
    return duration.months + duration.milliseconds / MONTH


@function("years", on="duration", is_field=True)
def give_years(_scope: Scope, duration: Duration) -> float:
    """Give the length in years of twelve mean months.

    Example: `duration("18 months").years` returns `1.5`.
    """
    return (duration.months + duration.milliseconds / MONTH) / 12


# The few functions of Notion's formulas that no function of Bases can stand for. The others are only
# spellings, which `vault_sync.formula.notion` maps when a formula is parsed. Bases does not know these
# names, so a formula that uses them cannot be pasted into a base.
#
# Source: Notion help, "Formula syntax & functions".


SPANS: Final = {
    "year": "1 year",
    "quarter": "3 months",
    "month": "1 month",
    "week": "1 week",
    "day": "1 day",
    "hour": "1 hour",
    "minute": "1 minute",
    "second": "1 second",
    "millisecond": "0.001 seconds",
}

UNITS: Final = ", ".join(f"{unit}s" for unit in SPANS)
"""All units, for messages."""


def find_unit(text: str) -> str | None:
    """Return the name of a unit written as ``days`` or ``day``, None for any other text."""
    name = text.strip().lower().removesuffix("s")
    return name if name in SPANS else None


@function("dateBetween", least=3, most=3)
def count_units(scope: Scope, first: Value, second: Value, unit: Value) -> float | None:
    """Count the whole units from the second date to the first, as Notion does; the rest is dropped.

    The units are years, quarters, months, weeks, days, hours, minutes, seconds and milliseconds.
    Where the first date is the earlier one the count is negative. Without a date there is nothing.
    Bases has `(first - second).days` instead, with its fraction.

    Example: `dateBetween(now(), date("2024-07-07"), "days")` returns `112`.
    Example: `dateBetween(date("2024-07-07"), now(), "days")` returns `-112`.
    Example: `dateBetween(date("2024-02-29"), date("2024-01-31"), "months")` returns `1`.
    """
    one, other = _read_moment(scope, first), _read_moment(scope, second)
    if one is None or other is None:
        return None
    return float(_count(one, other, _read_unit(unit)))


@function("fromTimestamp", least=1, most=1)
def read_timestamp(scope: Scope, milliseconds: Value) -> datetime | None:
    """Give the moment that is so many milliseconds after the beginning of 1970 in UTC.

    Example: `fromTimestamp(number(now()))` returns `now()`.
    """
    if milliseconds is None:
        return None
    try:
        moment = EPOCH + timedelta(milliseconds=to_number(milliseconds))
        return moment.astimezone(scope.timezone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise EvaluationError(
            "This many milliseconds lead out of the years 1 to 9999, where dates end."
        ) from None


def _read_moment(scope: Scope, value: Value) -> datetime | None:
    found = make_date(scope, value)
    return as_moment(found) if isinstance(found, date) else None


def _read_unit(value: Value) -> str:
    unit = find_unit(to_text(value))
    if unit is None:
        raise EvaluationError(f'"{to_text(value)[:40]}" is no unit; the units are {UNITS}.')
    return unit


def _count(first: datetime, second: datetime, unit: str) -> int:
    length = parse_duration(SPANS[unit]) or Duration()
    if not length.months:
        return math.trunc(between(first, second).milliseconds / length.milliseconds)
    months, _days = calendar_distance(min(first, second), max(first, second))
    whole = months // length.months
    return whole if first >= second else -whole
