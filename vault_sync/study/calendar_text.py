"""Events as an iCalendar file (RFC 5545, RFC 7986). Pure.

The same events on the same day give the same bytes: no time of making, no version, no machine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Alarm, Calendar, Event, vDuration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_sync.study.calendar_events import CalendarEvent

PRODUCT: Final = "-//vault-sync//reviews//EN"
MARK: Final = f"PRODID:{PRODUCT}"  # by which our own files are known again
_REFRESH: Final = timedelta(hours=4)
_DAY: Final = timedelta(days=1)


def render_calendar(
    events: Iterable[CalendarEvent], name: str, on: date, alarm: time | None
) -> bytes:
    """Return an iCalendar file.

    Args:
        events: in the order in which they are to stand.
        name: of the calendar, for people.
        on: the day of making; it stands for the second in ``DTSTAMP``.
        alarm: the time of day at which events ring; None for never.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for event in events:
        calendar.add_component(make_event(event, on, alarm))
    return _to_bytes(calendar)


def render_event(event: CalendarEvent, on: date, alarm: time | None) -> bytes:
    """Return one event as CalDAV wants it: alone, and without a method (RFC 4791, 4.1).

    Args:
        event: what it says.
        on: the day of making.
        alarm: the time of day at which it rings; None for never.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(make_event(event, on, alarm))
    return _to_bytes(calendar)


def _to_bytes(calendar: Calendar) -> bytes:
    data: bytes = calendar.to_ical()  # the library's hint is Any
    return data


def make_event(event: CalendarEvent, on: date, alarm: time | None) -> Event:
    """Return an event as a component of iCalendar.

    Args:
        event: what it says.
        on: the day of making.
        alarm: the time of day at which it rings; None for never.
    """
    made = Event()
    made.add("uid", event.uid)
    made.add("dtstamp", datetime.combine(on, time(), UTC))
    made.add("dtstart", event.day)
    if event.day < date.max:  # without an end it lasts the day just as well (RFC 5545, 3.6.1)
        made.add("dtend", event.day + _DAY)
    made.add("summary", event.title)
    if event.text:
        made.add("description", event.text)
    made.add("url", event.link)
    made.add("transp", "TRANSPARENT")  # a day with reviews is not a day one is busy
    if alarm is not None:
        made.add_component(_make_alarm(event, alarm))
    return made


def _make_alarm(event: CalendarEvent, at: time) -> Alarm:
    """Return an alarm at a time of the event's day; its start is midnight where the reader is."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", timedelta(hours=at.hour, minutes=at.minute))
    return alarm
