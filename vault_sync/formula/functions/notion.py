"""The few functions of Notion's formulas that no function of Bases can stand for.

The others are only spellings, which ``vault_sync.formula.notion`` maps when a formula is parsed.
Source: Notion help, "Formula syntax & functions". Bases does not know these names, so a formula
that uses them cannot be pasted into a base.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import to_number, to_text
from vault_sync.formula.dates import DAY, as_moment, between
from vault_sync.formula.functions.arguments import check_length
from vault_sync.formula.functions.general import make_date
from vault_sync.formula.moment import calendar_distance
from vault_sync.formula.registry import function

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = {"year": 12, "quarter": 3, "month": 1}
_MILLISECONDS: Final = {
    "week": 7 * DAY,
    "day": DAY,
    "hour": 3_600_000.0,
    "minute": 60_000.0,
    "second": 1000.0,
    "millisecond": 1.0,
}


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
        moment = _EPOCH + timedelta(milliseconds=to_number(milliseconds))
        return moment.astimezone(scope.timezone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise EvaluationError(
            "This many milliseconds lead out of the years 1 to 9999, where dates end."
        ) from None


@function("upper", on="string")
def make_upper(scope: Scope, text: str) -> str:
    """Write a text in capital letters, as Notion does; Bases has no such function.

    Example: `"Hello".upper()` returns `"HELLO"`.
    """
    check_length(len(text), scope.budget)
    return text.upper()


def _read_moment(scope: Scope, value: Value) -> datetime | None:
    found = make_date(scope, value)
    return as_moment(found) if isinstance(found, date) else None


def _read_unit(value: Value) -> str:
    unit = find_unit(to_text(value))
    if unit is None:
        raise EvaluationError(f'"{to_text(value)[:40]}" is no unit; the units are {UNITS}.')
    return unit


def _count(first: datetime, second: datetime, unit: str) -> int:
    if unit in _MILLISECONDS:
        return math.trunc(between(first, second).milliseconds / _MILLISECONDS[unit])
    months, _days = calendar_distance(min(first, second), max(first, second))
    whole = months // _MONTHS[unit]
    return whole if first >= second else -whole


# The units that Notion counts time in, and the length of each as Bases writes it.

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
