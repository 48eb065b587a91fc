"""How dates are written in texts: found there, with the pattern that writes them so. Pure.

The patterns are Moment's tokens, as `format` takes them; Notion's own spellings in Korean and
English are among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.formula.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|ss|A|.")
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
    *("YYYYMMDD", "YY/MM/DD", "YY.MM.DD", "YY-MM-DD"),
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
    spelling: Spelling


@dataclass(frozen=True, slots=True)
class Spelling:
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
    for spelling in SPELLINGS:
        found = spelling.find(text)
        if found:
            yield found


def _make(pattern: str, locale: str) -> Spelling:
    parts = [_translate(token, locale) for token in _TOKEN.findall(pattern)]
    return Spelling(pattern, locale, re.compile(rf"(?<![0-9])(?:{''.join(parts)})(?![0-9])"))


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


def _list_spellings() -> Iterator[Spelling]:
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
