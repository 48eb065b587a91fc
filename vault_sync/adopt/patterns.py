"""What the texts of a column have in common: words, dates as they are spelled, numbers and bars. Pure.

A place is a date, a number, or a bar of two symbols such as 🟩🟩⬜⬜.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from unicodedata import category

from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.formula.dates import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


MAX_PLACES: Final = 6
_NUMBER: Final = re.compile(r"(?:(?<![\w.)])-)?(?<![0-9.])[0-9]{1,9}(?:\.[0-9]{1,9})?(?![0-9])")
_SYMBOLS: Final = frozenset({"So", "Sm", "Sk"})
_MORE_SYMBOLS: Final = frozenset("#=*.-_|+")
_UNIT: Final = re.compile("[^\ufe0f]\ufe0f?")  # a symbol may have a selector of its look behind it
_SAMPLE: Final = 60
_GLANCE: Final = 6


class Bar(NamedTuple):
    """Two symbols side by side: how many of the one, and how many of the other."""

    full: int
    rest: int


class Number(NamedTuple):
    """A number, and how many decimals it is written with."""

    value: float
    decimals: int


Content: TypeAlias = "datetime | Number | Bar"


class ColumnSpelling(NamedTuple):
    """How the texts of a column are taken apart.

    Attributes:
        spelling: of the date in it; None where no date is looked for.
        symbols: of the bar in it; None where there is none.
    """

    spelling: DateSpelling | None
    symbols: tuple[str, str] | None


class Template(NamedTuple):
    """What most texts of a column have in common.

    Attributes:
        reading: how they are taken apart.
        words: the texts before, between and behind the places: one more than there are places.
        rows: the contents of the places by the number of the note.
    """

    reading: ColumnSpelling
    words: tuple[str, ...]
    rows: Mapping[int, tuple[Content, ...]]


def find_templates(texts: Mapping[int, str]) -> list[Template]:
    """Return ways to see the texts of a column as one, those that fit the most texts first."""
    sample = list(dict.fromkeys(texts.values()))[:_SAMPLE]
    symbols = _find_symbols(sample)
    found = [
        template
        for spelling in (*_find_spellings(sample), None)
        if (template := _match(texts, ColumnSpelling(spelling, symbols)))
    ]
    return sorted(found, key=lambda one: (-len(one.rows), one.reading.spelling is None))


def _find_spellings(texts: Sequence[str]) -> Iterator[DateSpelling]:
    """Yield the spellings in which a date stands in most texts, the fullest first."""
    if not any(any(map(str.isdigit, text)) for text in texts):
        return
    first = texts[:_GLANCE]
    for spelling in SPELLINGS:
        search = spelling.expression.search
        if any(map(search, first)) and _count(map(search, texts)) >= THRESHOLDS.template * len(
            texts
        ):
            yield spelling


def _count(found: Iterable[object]) -> int:
    return sum(one is not None for one in found)


def _find_symbols(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the two symbols that most often stand side by side in rows of them."""
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for (first, count), (second, other) in pairwise(_list_runs(text)):
            if first and second and count + other >= THRESHOLDS.least_bar:
                pairs[first, second] += 1
    usual = pairs.most_common(1)
    return usual[0][0] if usual else None


def _list_runs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each symbol with how often it stands in a row; an empty symbol for other text."""
    symbols = (unit if _is_symbol(unit) else "" for unit in _UNIT.findall(text))
    for symbol, run in groupby(symbols):
        yield symbol, len([*run])


def _is_symbol(unit: str) -> bool:
    return unit[0] in _MORE_SYMBOLS or category(unit[0]) in _SYMBOLS


def _match(texts: Mapping[int, str], reading: ColumnSpelling) -> Template | None:
    taken = {row: _take_apart(text, reading) for row, text in texts.items()}
    kinds = Counter((words, tuple(map(type, places))) for words, places in taken.values())
    (((words, shape), count),) = kinds.most_common(1)
    if count < THRESHOLDS.template * len(texts) or not 0 < len(shape) <= MAX_PLACES:
        return None
    rows = {
        row: places
        for row, (own, places) in taken.items()
        if own == words and tuple(map(type, places)) == shape
    }
    return Template(reading, words, rows)


def _take_apart(text: str, reading: ColumnSpelling) -> tuple[tuple[str, ...], tuple[Content, ...]]:
    """Return the words of a text and the contents of the places between them."""
    found = reading.spelling.find(text) if reading.spelling else None
    if not found:
        return _take_numbers(text, reading.symbols)
    words, places = _take_numbers(text[: found.start], reading.symbols)
    more_words, more_places = _take_numbers(text[found.end :], reading.symbols)
    return (*words, *more_words), (*places, found.moment, *more_places)


def _take_numbers(
    text: str, symbols: tuple[str, str] | None
) -> tuple[tuple[str, ...], tuple[Content, ...]]:
    bar = _find_bar(text, symbols) if symbols else None
    words: list[str] = []
    places: list[Content] = []
    place = 0
    for start, end, content in _list_places(text, bar):
        words.append(text[place:start])
        places.append(content)
        place = end
    return (*words, text[place:]), tuple(places)


def _list_places(text: str, bar: tuple[int, int, Bar] | None) -> Iterator[tuple[int, int, Content]]:
    found: list[tuple[int, int, Content]] = [bar] if bar else []
    for match in _NUMBER.finditer(text):
        _, point, decimals = match[0].partition(".")
        number = Number(float(match[0]), len(decimals) if point else 0)
        found.append((match.start(), match.end(), number))
    yield from sorted(found, key=lambda place: place[0])


def _find_bar(text: str, symbols: tuple[str, str]) -> tuple[int, int, Bar] | None:
    full, rest = (re.escape(symbol) for symbol in symbols)
    match = re.search(rf"(?P<full>(?:{full})+)(?P<rest>(?:{rest})*)|(?P<only>(?:{rest})+)", text)
    if not match:
        return None
    first = len(match["full"] or "") // len(symbols[0])
    second = len(match["rest"] or match["only"] or "") // len(symbols[1])
    return match.start(), match.end(), Bar(first, second)


# How dates are written in texts: found there, with the pattern that writes them so. Pure.
#
# The patterns are Moment's tokens, as `format` takes them; Notion's own spellings in Korean and
# English are among them.

_TOKEN: Final = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|ss|A|.")
_ENOUGH: Final = re.compile(
    r"(?:[0-9][^0-9]*){5}"
)  # `July 7, 2024` has as few digits as a date can
_NUMBERS: Final = {
    "YYYY": r"(?P<year>[12][0-9]{3})",
    "YY": r"(?P<year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[1-9][0-9]?)",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[1-9][0-9]?)",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "hh": r"(?P<hour>[0-9]{2})",
    "h": r"(?P<hour>[1-9][0-9]?)",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
}
_DAYS: Final = (
    *("YYYY년 M월 D일", "YYYY년 MM월 DD일", "YYYY. M. D.", "YYYY. MM. DD."),
    *("YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "YYYY-M-D", "YYYY/M/D", "YYYY.M.D"),
    *("MMMM D, YYYY", "MMM D, YYYY", "MMMM DD, YYYY", "D MMMM YYYY", "D MMM YYYY"),
    *("MM/DD/YYYY", "DD/MM/YYYY", "M/D/YYYY", "D/M/YYYY", "DD.MM.YYYY", "D.M.YYYY", "DD-MM-YYYY"),
    *("YYYYMMDD", "YY/MM/DD", "YY.MM.DD", "YY-MM-DD", "YYYY年M月D日", "YYYY年MM月DD日"),
)
_TIMES: Final = (" A h:mm", " A hh:mm", " HH:mm:ss", " HH:mm", "THH:mm:ss", "THH:mm", " h:mm A")
_WEEKDAYS: Final = (" (ddd)", "(ddd)", " dddd", " ddd")
_TIMED: Final = (*_DAYS[:13], "D MMMM YYYY")
_NAMED: Final = ("MMM", "ddd", "A")


class FoundDate(NamedTuple):
    """A date in a text: where it stands, what it means, and how it is written."""

    start: int
    end: int
    moment: datetime
    spelling: DateSpelling


@dataclass(frozen=True, slots=True)
class DateSpelling:
    """One way to write a date.

    Attributes:
        pattern: for `format`.
        locale: whose names it writes; empty where it writes none.
        expression: finds it in a text.
    """

    pattern: str
    locale: str
    expression: re.Pattern[str]

    @property
    def has_time(self) -> bool:
        """Whether it tells the time of the day as well."""
        return "mm" in self.pattern

    def find(self, text: str) -> FoundDate | None:
        """Return the first date of a text that is written so, None if there is none."""
        match = self.expression.search(text)
        moment = self._read(match) if match else None
        return FoundDate(match.start(), match.end(), moment, self) if match and moment else None

    def _read(self, match: re.Match[str]) -> datetime | None:
        parts = match.groupdict()
        year, month = int(parts["year"]), self._read_month(parts)
        try:
            return datetime(  # noqa: DTZ001 - civil time, as formulas see it
                year if year > 99 else 2000 + year,
                month,
                int(parts["day"]),
                self._read_hour(parts),
                int(parts.get("minute") or 0),
                int(parts.get("second") or 0),
            )
        except ValueError:
            return None

    def _read_month(self, parts: dict[str, str | None]) -> int:
        name = parts.get("name")
        if not name:
            return int(parts["month"] or 0)
        words = LOCALES[self.locale]
        months = words.months if name in words.months else words.short_months
        return months.index(name) + 1

    def _read_hour(self, parts: dict[str, str | None]) -> int:
        hour, half = int(parts.get("hour") or 0), parts.get("half")
        if not half:
            return hour
        return hour % 12 + 12 * (half == LOCALES[self.locale].meridiem[1])


def find_dates(text: str) -> Iterator[FoundDate]:
    """Yield what can be read as a date in a text, in each spelling that fits; the fullest first."""
    for spelling in SPELLINGS if _ENOUGH.search(text) else ():
        found = spelling.find(text)
        if found:
            yield found


def _make(pattern: str, locale: str) -> DateSpelling:
    parts = [_translate(token, locale) for token in _TOKEN.findall(pattern)]
    return DateSpelling(pattern, locale, re.compile(rf"(?<![0-9])(?:{''.join(parts)})(?![0-9])"))


def _translate(token: str, locale: str) -> str:
    if token in _NUMBERS:
        return _NUMBERS[token]
    words = LOCALES[locale or "en"]
    named = {
        "MMMM": ("name", words.months),
        "MMM": ("name", words.short_months),
        "dddd": ("weekday", words.weekdays),
        "ddd": ("weekday", words.short_weekdays),
        "A": ("half", words.meridiem),
    }
    if token not in named:
        return re.escape(token)
    name, choices = named[token]
    return f"(?P<{name}>{'|'.join(map(re.escape, choices))})"


def _list_spellings() -> Iterator[DateSpelling]:
    patterns = (
        *(f"{day}{time}" for day in _TIMED for time in _TIMES),
        *(f"{day}{weekday}" for day in _DAYS[:10] for weekday in _WEEKDAYS),
        *_DAYS,
    )
    for pattern in patterns:
        if not any(token in pattern for token in _NAMED):
            yield _make(pattern, "")
        elif "MMM" in pattern:
            yield _make(pattern, "en")
        else:
            yield from (_make(pattern, locale) for locale in LOCALES)


SPELLINGS: Final = tuple(_list_spellings())
