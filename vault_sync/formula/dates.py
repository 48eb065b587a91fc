"""Dates and durations: read, added, subtracted; their words. Local time, so no clock change counts.

Durations are those of the Obsidian help, Bases syntax, "Date arithmetic". Dates are read from the
spellings that notes hold: ISO 8601, year-first dates, and Notion's in Korean and English.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from datetime import timezone as fixed_offset
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn
from unicodedata import normalize

from vault_sync.errors import EvaluationError
from vault_sync.formula.values import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_DATE_LENGTH: Final = 100
DAY: Final = 86_400_000.0

_UNITS: Final = {
    **dict.fromkeys(("y", "year", "years"), Duration(12)),
    **dict.fromkeys(("M", "month", "months"), Duration(1)),
    **dict.fromkeys(("w", "week", "weeks"), Duration(0, 7 * DAY)),
    **dict.fromkeys(("d", "day", "days"), Duration(0, DAY)),
    **dict.fromkeys(("h", "hour", "hours"), Duration(0, 3_600_000.0)),
    **dict.fromkeys(("m", "minute", "minutes"), Duration(0, 60_000.0)),
    **dict.fromkeys(("s", "second", "seconds"), Duration(0, 1_000.0)),
}
_PART: Final = re.compile(r"\s*([+-]?)\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]+)")

# These are wanted for few notes, so they are compiled with their first use.
_DATE: Final = (
    r"@?\s*(?:"
    r"(?P<y1>[0-9]{4})(?P<mark>[-/.])(?P<m1>[0-9]{1,2})(?P=mark)(?P<d1>[0-9]{1,2})"
    r"|(?P<y2>[0-9]{4})[년年]\s*(?P<m2>[0-9]{1,2})[월月]\s*(?P<d2>[0-9]{1,2})[일日]"
    r"|(?P<y4>[0-9]{4})\.\s+(?P<m4>[0-9]{1,2})\.\s+(?P<d4>[0-9]{1,2})\.?"
    r"|(?P<month>[A-Za-z]{3,9})\.?\s+(?P<d3>[0-9]{1,2}),\s*(?P<y3>[0-9]{4})"
    r")(?:\s*\(?(?P<weekday>[월화수목금토일])(?:요일)?\)?(?!\S))?"
)
_WEEKDAYS: Final = "월화수목금토일"
_STAMP: Final = r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2}))?"
_TIME: Final = (
    r"(?:[Tt]|\s+)(?P<before>오전\s*|오후\s*)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?(?P<after>\s*[AaPp][Mm])?"
    r"\s*(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR_LAST: Final = r"@?\s*[0-9]{1,2}\s*[-/.]\s*[0-9]{1,2}\s*[-/.]\s*[0-9]{2,4}(?![0-9])"


@lru_cache(maxsize=512)
def parse_duration(text: str) -> Duration | None:
    """Read a length of time such as ``1M``, ``2 weeks``, ``-3d`` or ``1h30m``.

    Units are those of the help's table: ``M`` is a month and ``m`` a minute. A sign holds for the
    parts after it, up to the next sign. Parts of a month are refused, for they have no length.

    Returns:
        The duration, or None if the text is not one.
    """
    if not text or len(text) > MAX_DATE_LENGTH:
        return None
    months, milliseconds, sign, position = 0.0, 0.0, 1, 0
    stripped = text.rstrip()
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if part is None:
            return None
        sign = {"+": 1, "-": -1}.get(part[1], sign)
        name = part[3] if len(part[3]) == 1 else part[3].lower()
        amount, unit = sign * float(part[2]), _UNITS.get(name)
        if unit is None:
            return None
        months += amount * unit.months
        milliseconds += amount * unit.milliseconds
        position = part.end()
    if position == 0 or months != int(months):
        return None
    return Duration(int(months), milliseconds)


def parse_date(text: str, timezone: tzinfo | None) -> date | datetime:
    """Read a date, or a date and time, in one of the spellings that can only mean one day.

    They are ``2024-07-07``, ``2024/7/7``, ``2024.07.07``, ``2024. 7. 7.``,
    ``2024년 7월 7일``, ``2024年7月7日`` and ``July 7, 2024``,
    each with an ``@`` before it, its weekday (``일요일``, ``(일)``) or a time behind it, if wanted:
    ``14:01``, ``14:01:30.250``, ``오후 2:01``, ``2:01 PM``; in ISO 8601 an offset such as ``Z`` or
    ``+09:00`` may follow.
    Release notes of Obsidian 1.9.3 add ``20240707`` and ``202407071401``.

    Args:
        text: what to read.
        timezone: the zone that a time with an offset is brought to; None refuses offsets.

    Returns:
        A ``date`` where no time is given, else a ``datetime`` without tzinfo.

    Raises:
        EvaluationError: the text is no date, an impossible or an ambiguous one.
    """
    if len(text) == 10 and text[4] == "-" == text[7]:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass  # The long way round finds the sentence to say, or another spelling.
    return _parse_written_date(text, timezone)


def _parse_written_date(text: str, timezone: tzinfo | None) -> date | datetime:
    if len(text) > MAX_DATE_LENGTH:
        raise EvaluationError(
            f"A text of {len(text)} characters is not a date. Write the date as YYYY-MM-DD."
        )
    spelled = normalize("NFC", text).strip()
    if spelled.isdecimal() and (stamp := re.fullmatch(_STAMP, spelled)):
        spelled = "{}-{}-{}".format(*stamp.groups()) + (
            f" {stamp[4]}:{stamp[5]}" if stamp[4] else ""
        )
    found = re.match(_DATE, spelled)
    if found is None:
        _refuse_date(text, spelled)
    time = re.fullmatch(_TIME, spelled[found.end() :])
    if time is None and found.end() != len(spelled):
        _refuse_date(text, spelled)
    try:
        day = _day_of(found)
        return day if time is None else _moment_of(day, time, timezone)
    except (ValueError, OverflowError):
        raise EvaluationError(
            f'"{text}" is an impossible date: there is no such day or time. Write it as YYYY-MM-DD.'
        ) from None


def _refuse_date(text: str, spelled: str) -> NoReturn:
    if re.match(_YEAR_LAST, spelled):
        raise EvaluationError(
            f'"{text}" is an ambiguous date: nothing says which number is the day, the month or '
            "the year. Write it as YYYY-MM-DD."
        )
    raise EvaluationError(f'"{text}" is not a date. Write it as YYYY-MM-DD, such as 2024-07-07.')


def _day_of(found: re.Match[str]) -> date:
    if name := found["month"]:
        day = date(int(found["y3"]), _month_number(name), int(found["d3"]))
    else:
        spelled = next(number for number in "124" if found[f"y{number}"])
        day = date(*(int(found[part + spelled]) for part in "ymd"))
    if (weekday := found["weekday"]) and _WEEKDAYS[day.weekday()] != weekday:
        raise ValueError("that day is another day of the week")
    return day


def _month_number(name: str) -> int:
    key = "sep" if name.lower() == "sept" else name.lower()
    for number, month in enumerate(_ENGLISH_MONTHS, 1):
        if key in (month.lower(), month[:3].lower()):
            return number
    raise ValueError(f'there is no month "{name}"')


def _moment_of(day: date, time: re.Match[str], timezone: tzinfo | None) -> datetime:
    fraction = (time["fraction"] or "")[:3].ljust(3, "0")
    clock = int(time["minute"]), int(time["second"] or 0), int(fraction) * 1000
    moment = datetime.combine(day, time_of_day(_hour_of(time), *clock))
    if time["offset"] is None:
        return moment
    if timezone is None:
        raise ValueError("an offset means nothing without a time zone")
    aware = moment.replace(tzinfo=_offset_of(time["offset"]))
    return aware.astimezone(timezone).replace(tzinfo=None)


def _hour_of(time: re.Match[str]) -> int:
    hour = int(time["hour"])
    meridiem = {"오전": "am", "오후": "pm"}.get((time["before"] or "").strip())
    meridiem = meridiem or (time["after"] or "").strip().lower()
    if not meridiem:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("hour must be in 1..12 before or after noon")
    return hour % 12 + (12 if meridiem == "pm" else 0)


def _offset_of(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return fixed_offset(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def add_duration(moment: date | datetime, duration: Duration, sign: int) -> date | datetime:
    """Return the moment a duration later, or earlier where sign is -1.

    Months come first and end on the last day of a shorter month: 31 January and a month is the
    28th or 29th of February. A date without a time keeps none when whole days are added.

    Raises:
        EvaluationError: the result would lie outside the years 1 to 9999.
    """
    try:
        if duration.months:
            moment = _add_months(moment, sign * duration.months)
        return _add_milliseconds(moment, sign * duration.milliseconds)
    except (ValueError, OverflowError):
        raise EvaluationError(
            "Adding this duration leads out of the years 1 to 9999, where dates end."
        ) from None


def _add_months(moment: date | datetime, months: int) -> date | datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    from calendar import monthrange  # noqa: PLC0415 - for a quick start

    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _add_milliseconds(moment: date | datetime, milliseconds: float) -> date | datetime:
    if type(moment) is date:
        if milliseconds % DAY == 0:
            return moment + timedelta(days=milliseconds // DAY)
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - local time
    return moment + timedelta(milliseconds=milliseconds)


def between(later: date | datetime, earlier: date | datetime) -> Duration:
    """Return ``later - earlier`` in milliseconds of local time: every day has 24 hours."""
    if type(later) is date and type(earlier) is date:
        return Duration(0, (later - earlier).days * DAY)
    return Duration(0, (as_moment(later) - as_moment(earlier)) / timedelta(milliseconds=1))


def as_moment(value: date | datetime) -> datetime:
    """Return a date with its time; midnight where it has none."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local time


# How dates are said in each language, after the locale files of Moment.js 2.x.
#
# A new language is one more `Locale` in `LOCALES`; its words come from Moment's `src/locale/<name>.js`.


class Locale(NamedTuple):
    """The words of one language.

    Attributes:
        months: full names, January first.
        short_months: the names ``MMM`` gives.
        weekdays: full names, Sunday first.
        short_weekdays: the names ``ddd`` gives.
        least_weekdays: the names ``dd`` gives.
        long_formats: what ``LT``, ``LL``, ``l`` and the like stand for.
        ordinal: turns a number and the token it came from into ``1st`` or ``1일``.
        meridiem: before noon and after; ``a`` gives them in small letters.
        relative: Moment's ``relativeTime`` table, ``%d`` being the number.
        future: the sentence around a time to come, ``%s`` being the time.
        past: the sentence around a time gone by.
    """

    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    least_weekdays: tuple[str, ...]
    long_formats: Mapping[str, str]
    ordinal: Callable[[int, str], str]
    meridiem: tuple[str, str]
    relative: Mapping[str, str]
    future: str
    past: str


def find_locale(name: str) -> Locale:
    """Return the words of a language.

    Args:
        name: a key of ``LOCALES``.

    Raises:
        EvaluationError: the language is not there; the sentence names those that are.
    """
    locale = LOCALES.get(name)
    if locale is None:
        known = " and ".join(f'"{key}"' for key in LOCALES)
        raise EvaluationError(f'There is no locale "{name[:20]}"; vault-sync speaks {known}.')
    return locale


def _english_ordinal(number: int, _token: str) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def _korean_ordinal(number: int, token: str) -> str:
    return f"{number}{_KOREAN_COUNTERS.get(token, '')}"


_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}
_KOREAN_COUNTERS: Final = {"d": "일", "D": "일", "DDD": "일", "M": "월", "w": "주", "W": "주"}
_KOREAN_MONTHS: Final = tuple(f"{month}월" for month in range(1, 13))
_KOREAN_WEEKDAYS: Final = tuple("일월화수목금토")
_ENGLISH_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ENGLISH_WEEKDAYS: Final = (
    *("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
)

_ENGLISH: Final = Locale(
    months=_ENGLISH_MONTHS,
    short_months=tuple(month[:3] for month in _ENGLISH_MONTHS),
    weekdays=_ENGLISH_WEEKDAYS,
    short_weekdays=tuple(day[:3] for day in _ENGLISH_WEEKDAYS),
    least_weekdays=tuple(day[:2] for day in _ENGLISH_WEEKDAYS),
    long_formats={
        "LTS": "h:mm:ss A",
        "LT": "h:mm A",
        "L": "MM/DD/YYYY",
        "LL": "MMMM D, YYYY",
        "LLL": "MMMM D, YYYY h:mm A",
        "LLLL": "dddd, MMMM D, YYYY h:mm A",
        "l": "M/D/YYYY",
        "ll": "MMM D, YYYY",
        "lll": "MMM D, YYYY h:mm A",
        "llll": "ddd, MMM D, YYYY h:mm A",
    },
    ordinal=_english_ordinal,
    meridiem=("AM", "PM"),
    relative={
        "s": "a few seconds",
        "m": "a minute",
        "mm": "%d minutes",
        "h": "an hour",
        "hh": "%d hours",
        "d": "a day",
        "dd": "%d days",
        "M": "a month",
        "MM": "%d months",
        "y": "a year",
        "yy": "%d years",
    },
    future="in %s",
    past="%s ago",
)

_KOREAN: Final = Locale(
    months=_KOREAN_MONTHS,
    short_months=_KOREAN_MONTHS,
    weekdays=tuple(f"{day}요일" for day in _KOREAN_WEEKDAYS),
    short_weekdays=_KOREAN_WEEKDAYS,
    least_weekdays=_KOREAN_WEEKDAYS,
    long_formats={
        "LTS": "A h:mm:ss",
        "LT": "A h:mm",
        "L": "YYYY.MM.DD.",
        "LL": "YYYY년 MMMM D일",
        "LLL": "YYYY년 MMMM D일 A h:mm",
        "LLLL": "YYYY년 MMMM D일 dddd A h:mm",
        "l": "YYYY.MM.DD.",
        "ll": "YYYY년 MMMM D일",
        "lll": "YYYY년 MMMM D일 A h:mm",
        "llll": "YYYY년 MMMM D일 dddd A h:mm",
    },
    ordinal=_korean_ordinal,
    meridiem=("오전", "오후"),
    relative={
        "s": "몇 초",
        "m": "1분",
        "mm": "%d분",
        "h": "한 시간",
        "hh": "%d시간",
        "d": "하루",
        "dd": "%d일",
        "M": "한 달",
        "MM": "%d달",
        "y": "일 년",
        "yy": "%d년",
    },
    future="%s 후",
    past="%s 전",
)

LOCALES: Final[Mapping[str, Locale]] = {"en": _ENGLISH, "ko": _KOREAN}
