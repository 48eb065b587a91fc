"""The load of the coming days as bars. Pure.

Places along the width are shares of it and sizes of letters are not, so that the same chart fits a
phone and a desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.study.markup import append, make, to_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from vault_sync.study.forecast import DayLoad
    from vault_sync.study.report_words import Words

HEIGHT: Final = 156
_TOP: Final = 20  # above the highest bar: its number
_PLOT: Final = 112
_FOOT: Final = _TOP + _PLOT
_LEAST_SCALE: Final = 4  # so that a single review is no tower
_WEEK: Final = 7
_CLEAR: Final = 3  # days from the first one on that its number may cover on a phone
_GAP: Final = 0.18  # of a day's width, on either side of a bar


@dataclass(frozen=True, slots=True)
class ForecastChart:
    """Draws the load of days.

    Attributes:
        days: the present one first.
        words: to name them with.
    """

    days: Sequence[DayLoad]
    words: Words

    def draw(self, **attributes: str | float) -> Element:
        """Return the chart.

        Args:
            attributes: of the element: its place where it is a part of a picture, its name.
        """
        title = self.words.language.say("Reviews of the coming days")
        chart = make("svg", make("title", title), height=HEIGHT, role="img", **attributes)
        for place, load in enumerate(self.days):
            for element in self._draw_day(place, load):
                append(chart, element)
        append(chart, make("rect", class_="axis", y=_FOOT, width="100%", height=1))
        for place in range(0, len(self.days), _WEEK):
            append(chart, self._draw_date(place))
        return chart

    def _draw_day(self, place: int, load: DayLoad) -> Iterator[Element]:
        """Yield a bar: what is overdue at its foot, what becomes due above, the number on top."""
        if not load.total:
            return
        height = max(3, _PLOT * min(1, load.total / self._scale))
        late = height * load.overdue / load.total
        bar = make("g", make("title", self.words.tell_load(load)))
        if late:
            append(bar, self._draw_part(place, "late", _FOOT - late, late))
        if late < height:
            append(bar, self._draw_part(place, "due", _FOOT - height, height - late))
        if load.total > self._scale:  # cut short, and shown to be
            append(bar, self._draw_part(place, "cut", _TOP + 12, 4))
        yield bar
        yield self._draw_number(place, load.total, _FOOT - height - 6)

    def _draw_part(self, place: int, kind: str, top: float, height: float) -> Element:
        left, width = to_percent(place + _GAP, self._count), to_percent(1 - 2 * _GAP, self._count)
        return make("rect", class_=kind, x=left, y=top, width=width, height=height)

    def _draw_number(self, place: int, total: int, bottom: float) -> Element:
        if place == 0:  # in the middle it would be cut off where days are narrow
            left = to_percent(_GAP, self._count)
            return make("text", str(total), class_="first number key", x=left, y=bottom)
        kind = "number key" if place == self._peak else "number"
        return self._write(str(total), place, bottom, kind)

    def _draw_date(self, place: int) -> Element:
        if place == 0:
            today = self.words.language.say("today")
            return make("text", today, class_="date", x=0, y=_FOOT + 18)
        return self._write(f"{self.days[place].day:%m-%d}", place, _FOOT + 18, "date middle")

    def _write(self, text: str, place: int, bottom: float, kind: str) -> Element:
        return make("text", text, class_=kind, x=to_percent(place + 0.5, self._count), y=bottom)

    @property
    def _count(self) -> int:
        return len(self.days)

    @property
    def _scale(self) -> int:
        """How many reviews the full height stands for; what has piled up must not dwarf the rest."""
        later = max((load.total for load in self.days[1:]), default=0)
        now = self.days[0].total
        return max(_LEAST_SCALE, later, min(now, 2 * later) if later else now)

    @property
    def _peak(self) -> int:
        """The fullest day to come, whose number stands there on the narrowest screen, too."""
        later = range(_CLEAR, self._count)
        return max(later, key=lambda place: self.days[place].total, default=0)
