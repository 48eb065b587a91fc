"""The last 52 weeks as a calendar of coloured days. Pure.

It comes in two halves, side by side where there is room for a year and one below the other where
there is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.study.markup import append, make
from vault_sync.study.year import WEEKS, find_first_weeks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from vault_sync.study.report_words import Words
    from vault_sync.study.year import StudyRecord, Year

HALF: Final = WEEKS // 2
CELL: Final = 13
_PITCH: Final = 16
_LEFT: Final = 26  # beside the days: names of weekdays
_TOP: Final = 18  # above them: names of months
WIDTH: Final = _LEFT + HALF * _PITCH
HEIGHT: Final = _TOP + 7 * _PITCH
_NAMED_DAYS: Final = (1, 3, 5)
_LEAST_WEEKS_OF_A_NAME: Final = 2


@dataclass(frozen=True, slots=True)
class YearChart:
    """Draws a year.

    Attributes:
        year: the year.
        words: to name its days with.
    """

    year: Year
    words: Words

    def draw_halves(self, **attributes: str | float) -> list[Element]:
        """Return both halves, the earlier one first.

        Args:
            attributes: of both elements.
        """
        return [self._draw_half(start, attributes) for start in (0, HALF)]

    def _draw_half(self, start: int, attributes: dict[str, str | float]) -> Element:
        named = make("title", self.words.language.say("Studies and reviews of the last 52 weeks"))
        box = f"0 0 {WIDTH} {HEIGHT}"
        half = make("svg", named, viewBox=box, role="img", **attributes)
        for element in (*self._name_weekdays(), *self._name_months(start)):
            append(half, element)
        for record in self.year.records:
            week, place = self.year.find_place(record)
            if start <= week < start + HALF:
                append(half, self._draw_day(record, week - start, place))
        return half

    def _draw_day(self, record: StudyRecord, column: int, row: int) -> Element:
        left, top = _LEFT + column * _PITCH, _TOP + row * _PITCH
        level = f"level{self.year.find_level(record)}"
        cell = make("rect", class_=level, x=left, y=top, width=CELL, height=CELL, rx=3)
        if not record.done + record.open:
            return cell
        day = make("g", make("title", self.words.tell_record(record)), cell)
        if record.open:
            append(day, draw_dot(left + CELL / 2, top + CELL / 2))
        return day

    def _name_weekdays(self) -> Iterator[Element]:
        for row in _NAMED_DAYS:
            name = self.words.dates.least_weekdays[row]
            yield make("text", name, class_="date", x=0, y=_TOP + row * _PITCH + 11)

    def _name_months(self, start: int) -> Iterator[Element]:
        for week, month in find_first_weeks(self.year).items():
            if start <= week <= start + HALF - _LEAST_WEEKS_OF_A_NAME:
                name = self.words.dates.short_months[month - 1]
                left = _LEFT + (week - start) * _PITCH
                yield make("text", name, class_="date", x=left, y=11)


def draw_dot(x: float, y: float) -> Element:
    """Return the sign of a review that is not ticked."""
    return make("circle", class_="open", cx=x, cy=y, r=3)
