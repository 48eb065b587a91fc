"""Fields of durations: the whole length in one unit, with its fraction.

The difference of two days is therefore a whole number of `.days`. Months have no fixed length, so
they count as Moment.js counts them, at the 30.436875 days of a mean month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.formula.conversions import MONTH, to_number
from vault_sync.formula.registry import function

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Duration

_DAY: Final = 86_400_000


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
    return to_number(duration) / _DAY


@function("weeks", on="duration", is_field=True)
def give_weeks(_scope: Scope, duration: Duration) -> float:
    """Give the length in weeks.

    Example: `(date("2024-10-27") - date("2024-07-07")).weeks` returns `16`.
    """
    return to_number(duration) / (7 * _DAY)


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
