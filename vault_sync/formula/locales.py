"""How dates are said in each language, after the locale files of Moment.js 2.x.

A new language is one more ``Locale`` in ``LOCALES``; its words come from Moment's
``src/locale/<name>.js``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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

_ENGLISH: Final = Locale(
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    short_months=(
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    weekdays=("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    short_weekdays=("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"),
    least_weekdays=("Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"),
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
    weekdays=("일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"),
    short_weekdays=("일", "월", "화", "수", "목", "금", "토"),
    least_weekdays=("일", "월", "화", "수", "목", "금", "토"),
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
