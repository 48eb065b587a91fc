"""The only place that reads the clock."""

from __future__ import annotations

import time

TYPE_CHECKING = False  # that of `typing` takes long to load
if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo
    from datetime import time as time_of_day


def read_clock(zone: tzinfo | None) -> datetime:
    """Return the present moment, with its zone.

    Args:
        zone: the vault's zone; None for the machine's, which may have moved since the last call.
    """
    from datetime import datetime  # noqa: PLC0415 - for a quick start

    if zone is None and hasattr(time, "tzset"):
        time.tzset()
    return datetime.now(zone).astimezone(zone)


def parse_moment(text: str, zone: tzinfo | None) -> datetime:
    """Return a moment that a user typed, in a zone.

    Args:
        text: ISO 8601, such as ``2024-10-27T14:01``; a date alone is its midnight.
        zone: the vault's zone, which a text without an offset is in; None for the machine's.

    Raises:
        ValueError: the text is no such moment.
    """
    from datetime import datetime  # noqa: PLC0415 - for a quick start

    moment = datetime.fromisoformat(text)
    return (
        moment.replace(tzinfo=zone).astimezone(zone)
        if zone and moment.tzinfo is None
        else moment.astimezone(zone)
    )


def day_of(moment: datetime, day_starts_at: time_of_day) -> date:
    """Return the day that a moment belongs to, in the moment's own zone, where days begin later than at midnight."""
    from datetime import timedelta  # noqa: PLC0415 - for a quick start

    since_midnight = timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)
    return (moment.replace(tzinfo=None) - since_midnight).date()


def write_moment(moment: datetime) -> str:
    """Return a moment as JSON has it: to the second, with its offset from UTC (RFC 3339)."""
    return moment.isoformat(timespec="seconds")


def read_wall() -> float:
    """Return the seconds since 1970, as the files' times count them; the user may set this clock."""
    return time.time()


def read_steady() -> float:
    """Return seconds that nobody can set; on most systems they stand still while it sleeps."""
    return time.monotonic()
