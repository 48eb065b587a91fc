"""Dates as text, the way Moment.js writes them: ``YYYY-MM-DD``, ``LL``, ``3 days ago``.

The tokens are those of Moment's "Format" page. A pattern is taken apart once; after that a date
costs one ``%`` of a template.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from vault_sync.errors import LimitError
from vault_sync.formula.dates import DAY, Locale, add_duration, as_moment, between, find_locale
from vault_sync.formula.values import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


Getter: TypeAlias = "Callable[[datetime], Any]"

MAX_PATTERN: Final = 1_000
DEFAULT_PATTERN: Final = "YYYY-MM-DDTHH:mm:ssZ"

# Both are Moment's own, oddities such as "w|" included, so that odd patterns fall apart alike.
_LONG_TOKENS: Final = re.compile(r"(\[[^\[]*\])|(\\)?(LTS|LT|LL?L?L?|l{1,4})")
_TOKENS: Final = re.compile(
    r"(\[[^\[]*\])|(\\e)|(\\)?(eHHmm|[Hh]mm(ss)?|Mo|MM?M?M?|Do|DDDo|DD?D?D?|ddd?d?|do?|w[o|w]?"
    r"|W[o|W]?|Qo?|N{1,5}|YYYYYY|YYYYY|YYYY|YY|y{2,4}|yo?|gg(ggg?)?|GG(GGG?)?|e|E|a|A|hh?|HH?"
    r"|kk?|mm?|ss?|S{1,9}|x|X|zz?|ZZ?|[^\n\r\u2028\u2029])"
)
_ZONED: Final = frozenset({"Z", "ZZ", "X", "x"})
# 400 years of the calendar: Moment's rule for months that are counted in days and back.
_DAYS_PER_MONTH: Final = 146_097 / 4_800


class _Pattern(NamedTuple):
    template: str
    getters: tuple[Getter, ...]
    is_zoned: bool


def render_moment(moment: date | datetime, pattern: str, locale: str, timezone: tzinfo) -> str:
    """Write a date as Moment.js's ``format`` does.

    Args:
        moment: local time; a date without a time counts as its midnight.
        pattern: Moment's tokens, ``[text]`` for text that is none; empty for ISO 8601.
        locale: the language, such as ``ko``.
        timezone: the zone that ``Z``, ``X`` and ``x`` count from.

    Raises:
        LimitError: the pattern is longer than ``MAX_PATTERN``.
        EvaluationError: the locale is not known.

    Source: momentjs.com/docs, "Format".
    """
    compiled = _compile_pattern(pattern or DEFAULT_PATTERN, locale)
    then = as_moment(moment)
    if compiled.is_zoned:
        then = then.replace(tzinfo=timezone)
    return compiled.template % tuple([get(then) for get in compiled.getters])


def render_relative(moment: date | datetime, now: datetime, locale: str) -> str:
    """Say how far a date is from now: ``3 days ago``, ``2시간 후``.

    Args:
        moment: local time; a date without a time counts as its midnight.
        now: local time in the same zone.
        locale: the language, such as ``ko``.

    Raises:
        EvaluationError: the locale is not known.

    Source: momentjs.com/docs, "Time from now", with its thresholds.
    """
    words = find_locale(locale)
    then = as_moment(moment)
    unit, number = _rough_length(*calendar_distance(min(then, now), max(then, now)))
    sentence = words.future if then > now else words.past
    return sentence.replace("%s", words.relative[unit].replace("%d", str(number)))


def render_duration(duration: Duration, locale: str) -> str:
    """Say how long a duration is: ``7 days``, ``an hour``; the sign is not told.

    Args:
        duration: the length of time.
        locale: the language, such as ``ko``.

    Raises:
        EvaluationError: the locale is not known.

    Source: momentjs.com/docs, "Humanize", as recorded from the app.
    """
    if not math.isfinite(duration.milliseconds):
        return "Invalid date"
    unit, number = _rough_length(abs(duration.months), abs(duration.milliseconds / DAY))
    return find_locale(locale).relative[unit].replace("%d", str(number))


@lru_cache(maxsize=512)
def _compile_pattern(pattern: str, locale: str) -> _Pattern:
    if len(pattern) > MAX_PATTERN:
        raise LimitError(f"A date format is at most {MAX_PATTERN} characters long.")
    words = find_locale(locale)
    specs = _token_specs(locale)
    expanded = _LONG_TOKENS.sub(
        lambda match: words.long_formats.get(match.group(), match.group()), pattern
    )
    tokens = [match.group() for match in _TOKENS.finditer(expanded)]
    template = "".join(specs[token][0] if token in specs else _literal(token) for token in tokens)
    getters = tuple(specs[token][1] for token in tokens if token in specs)
    return _Pattern(template, tuple(filter(None, getters)), not _ZONED.isdisjoint(tokens))


def _literal(token: str) -> str:
    if len(token) > 1 and token.startswith("["):
        text = token[1:].removesuffix("]")
    else:
        text = token.replace("\\", "")
    return text.replace("%", "%%")


@lru_cache(maxsize=8)
def _token_specs(locale: str) -> dict[str, tuple[str, Getter | None]]:
    """Give each token its piece of the template and, where it has one, its getter."""
    words = find_locale(locale)
    specs: dict[str, tuple[str, Getter | None]] = dict(_FIXED_SPECS)
    specs.update(_word_specs(words))
    for base in _ORDINALS:
        specs[f"{base}o"] = ("%s", _ordinal_getter(words, base))
    return specs


def _word_specs(words: Locale) -> Iterator[tuple[str, tuple[str, Getter]]]:
    yield "MMM", ("%s", lambda moment: words.short_months[moment.month - 1])
    yield "MMMM", ("%s", lambda moment: words.months[moment.month - 1])
    yield "dd", ("%s", lambda moment: words.least_weekdays[_weekday(moment)])
    yield "ddd", ("%s", lambda moment: words.short_weekdays[_weekday(moment)])
    yield "dddd", ("%s", lambda moment: words.weekdays[_weekday(moment)])
    yield "a", ("%s", lambda moment: words.meridiem[moment.hour // 12].lower())
    yield "A", ("%s", lambda moment: words.meridiem[moment.hour // 12])


def _ordinal_getter(words: Locale, base: str) -> Getter:
    get = _NUMBERS[base]
    return lambda moment: words.ordinal(get(moment), base)


def _weekday(moment: datetime) -> int:
    return moment.isoweekday() % 7


def _day_of_year(moment: datetime) -> int:
    return moment.timetuple().tm_yday


def _local_week(moment: datetime) -> tuple[int, int]:
    """Return the week year and week where weeks begin on Sunday and 1 January is in week 1.

    Both locales count so. The week belongs to the year its Saturday lies in.
    """
    saturday = _day_of_year(moment) + 6 - _weekday(moment)
    december = datetime(moment.year, 12, 31, tzinfo=moment.tzinfo)
    if saturday > _day_of_year(december):
        return moment.year + 1, 1
    return moment.year, (saturday - 1) // 7 + 1


def _twelve_hours(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _milliseconds(moment: datetime) -> int:
    return moment.microsecond // 1000


def _render_offset(moment: datetime, separator: str) -> str:
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{separator}{rest:02}"


def _unix_seconds(moment: datetime) -> int:
    return math.floor(moment.timestamp())


_NUMBERS: Final[dict[str, Getter]] = {
    "M": attrgetter("month"),
    "Q": lambda moment: (moment.month + 2) // 3,
    "D": attrgetter("day"),
    "DDD": _day_of_year,
    "d": _weekday,
    "e": _weekday,
    "E": datetime.isoweekday,
    "w": lambda moment: _local_week(moment)[1],
    "W": lambda moment: moment.isocalendar()[1],
    "H": attrgetter("hour"),
    "h": _twelve_hours,
    "k": lambda moment: moment.hour or 24,
    "m": attrgetter("minute"),
    "s": attrgetter("second"),
    "y": attrgetter("year"),
}
_ORDINALS: Final = ("M", "Q", "D", "DDD", "d", "w", "W", "y")
"""The numbers that have a spelling with an ``o``, such as ``Do`` for 1st."""
_YEARS: Final[dict[str, Getter]] = {
    "Y": attrgetter("year"),
    "y": attrgetter("year"),
    "g": lambda moment: _local_week(moment)[0],
    "G": lambda moment: moment.isocalendar()[0],
}


def _fixed_specs() -> Iterator[tuple[str, tuple[str, Getter | None]]]:
    """Give the tokens that are the same in every language."""
    for token, get in _NUMBERS.items():
        yield token, ("%d", get)
    for token in ("MM", "DD", "ww", "WW", "HH", "hh", "kk", "mm", "ss"):
        yield token, ("%02d", _NUMBERS[token[0]])
    yield "DDDD", ("%03d", _day_of_year)
    for letter, widths in (("Y", (1, 4, 5)), ("y", (2, 3, 4)), ("g", (4, 5)), ("G", (4, 5))):
        for width in widths:
            yield letter * width, (f"%0{max(width, 4 if letter == 'Y' else 1)}d", _YEARS[letter])
    for letter in "YgG":
        yield letter * 2, ("%02d", _century_getter(_YEARS[letter]))
    yield "YYYYYY", ("+%06d", _YEARS["Y"])
    for token in ("N", "NN", "NNN", "NNNNN"):
        yield token, ("AD", None)
    yield "NNNN", ("Anno Domini", None)
    yield from _clock_specs()


def _century_getter(get: Getter) -> Getter:
    return lambda moment: get(moment) % 100


def _clock_specs() -> Iterator[tuple[str, tuple[str, Getter | None]]]:
    yield "eHHmm", ("%s", lambda m: f"{_weekday(m)}{m.hour:02}{m.minute:02}")
    yield "hmm", ("%s", lambda m: f"{_twelve_hours(m)}{m.minute:02}")
    yield "hmmss", ("%s", lambda m: f"{_twelve_hours(m)}{m.minute:02}{m.second:02}")
    yield "Hmm", ("%s", lambda m: f"{m.hour}{m.minute:02}")
    yield "Hmmss", ("%s", lambda m: f"{m.hour}{m.minute:02}{m.second:02}")
    yield "S", ("%d", lambda m: _milliseconds(m) // 100)
    yield "SS", ("%02d", lambda m: _milliseconds(m) // 10)
    for width in range(3, 10):
        yield "S" * width, ("%03d" + "0" * (width - 3), _milliseconds)
    yield "z", ("", None)
    yield "zz", ("", None)
    yield "Z", ("%s", lambda m: _render_offset(m, ":"))
    yield "ZZ", ("%s", lambda m: _render_offset(m, ""))
    yield "X", ("%d", _unix_seconds)
    yield "x", ("%d", lambda m: _unix_seconds(m) * 1000 + _milliseconds(m))


_FIXED_SPECS: Final = dict(_fixed_specs())


def _rough_length(months: int, rest: float) -> tuple[str, int]:
    """Return Moment's unit and number for whole months and the days that are left: ``("dd", 3)``.

    Each unit is rounded on its own, and the first that is under its threshold is taken.
    """
    days = _round_half_up(months * _DAYS_PER_MONTH) + rest
    months_in_all = months + rest / _DAYS_PER_MONTH
    steps = (
        ("s", 45, days * 86_400),
        ("m", 45, days * 1_440),
        ("h", 22, days * 24),
        ("d", 26, days),
        ("M", 11, months_in_all),
    )
    for unit, threshold, length in steps:
        number = _round_half_up(length)
        if unit != "s" and number <= 1:
            return unit, 1
        if number < threshold:
            return (unit if unit == "s" else unit * 2), number
    years = _round_half_up(months_in_all / 12)
    return ("y", 1) if years <= 1 else ("yy", years)


def calendar_distance(earlier: datetime, later: datetime) -> tuple[int, float]:
    """Return whole calendar months and the days, with their fraction, that are left."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    rest = between(later, add_duration(earlier, Duration(months=months), 1))
    if rest.milliseconds < 0:
        months -= 1
        rest = between(later, add_duration(earlier, Duration(months=months), 1))
    return months, rest.milliseconds / DAY


def _round_half_up(number: float) -> int:
    return math.floor(number + 0.5)
