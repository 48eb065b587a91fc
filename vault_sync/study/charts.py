"""What the page and the picture of a report share: words, markup, and the charts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from itertools import chain, count
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

from vault_sync.formula.dates import LOCALES, Locale
from vault_sync.study.reviews import WEEKS, StudyRecord, Year, find_first_weeks
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from xml.etree.ElementTree import Element

    from vault_sync.i18n import Language
    from vault_sync.study.reviews import DayLoad, Progress, Review


MARK: Final = "vault-sync report"  # by which our own files are known again
_BAR: Final = 8


def load_style(*names: str) -> str:
    """Return style sheets of this package, one after another."""
    return "\n".join(files("vault_sync.study").joinpath(name).read_text("utf-8") for name in names)


def draw_bar(rate: float, **attributes: str | float) -> Element:
    """Return a bar that is filled to a share of its width.

    Args:
        rate: the share, from 0 to 1.
        attributes: of the element: its place and width where it is a part of a picture.
    """
    full = to_percent(min(1, max(0, rate)), 1)
    return make(
        "svg",
        make("rect", class_="empty", width="100%", height=_BAR, rx=_BAR / 2),
        make("rect", class_="full", width=full, height=_BAR, rx=_BAR / 2),
        height=_BAR,
        aria_hidden="true",
        **attributes,
    )


def draw_swatch(kind: str, **attributes: str | float) -> Element:
    """Return a square in the colour of something, or a dot for ``open``, for a key of colours."""
    shape = draw_dot(CELL / 2, CELL / 2)
    if kind != "open":
        shape = make("rect", class_=kind, width=CELL, height=CELL, rx=3)
    return make("svg", shape, width=CELL, height=CELL, aria_hidden="true", **attributes)


# The last 52 weeks as a calendar of coloured days. Pure.
#
# It comes in two halves, side by side where there is room for a year and one below the other where
# there is not.

HALF: Final = WEEKS // 2
CELL: Final = 13
_PITCH: Final = 16
_LEFT: Final = 26  # beside the days: names of weekdays
_YEAR_TOP: Final = 20  # above them: names of months
YEAR_WIDTH: Final = _LEFT + HALF * _PITCH
YEAR_HEIGHT: Final = _YEAR_TOP + 7 * _PITCH
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
    words: Labels

    def draw_halves(self, **attributes: str | float) -> list[Element]:
        """Return both halves, the earlier one first.

        Args:
            attributes: of both elements.
        """
        return [self._draw_half(start, attributes) for start in (0, HALF)]

    def _draw_half(self, start: int, attributes: dict[str, str | float]) -> Element:
        named = make("title", self.words.language.say("Studies and reviews of the last 52 weeks"))
        box = f"0 0 {YEAR_WIDTH} {YEAR_HEIGHT}"
        names = (*self._name_weekdays(), *self._name_months(start))
        places = ((record, *self.year.find_place(record)) for record in self.year.records)
        days = (
            self._draw_day(record, week - start, place)
            for record, week, place in places
            if start <= week < start + HALF
        )
        return make("svg", named, *names, *days, viewBox=box, role="img", **attributes)

    def _draw_day(self, record: StudyRecord, column: int, row: int) -> Element:
        left, top = _LEFT + column * _PITCH, _YEAR_TOP + row * _PITCH
        level = f"level{self.year.find_level(record)}"
        cell = make("rect", class_=level, x=left, y=top, width=CELL, height=CELL, rx=3)
        if not record.done + record.open:
            return cell
        dots = [draw_dot(left + CELL / 2, top + CELL / 2)] if record.open else []
        return make("g", make("title", self.words.describe_record(record)), cell, *dots)

    def _name_weekdays(self) -> Iterator[Element]:
        for row in _NAMED_DAYS:
            name = self.words.dates.least_weekdays[row]
            yield make("text", name, class_="date", x=0, y=_YEAR_TOP + row * _PITCH + 12)

    def _name_months(self, start: int) -> Iterator[Element]:
        for week, month in find_first_weeks(self.year).items():
            if start <= week <= start + HALF - _LEAST_WEEKS_OF_A_NAME:
                name = self.words.dates.short_months[month - 1]
                left = _LEFT + (week - start) * _PITCH
                yield make("text", name, class_="date", x=left, y=14)


def draw_dot(x: float, y: float) -> Element:
    """Return the sign of a review that is not ticked."""
    return make("circle", class_="open", cx=x, cy=y, r=3.5)


# The load of the coming days as bars. Pure.
#
# Places along the width are shares of it and sizes of letters are not, so that the same chart fits
# a phone and a desk.

FORECAST_HEIGHT: Final = 156
_FORECAST_TOP: Final = 20  # above the highest bar: its number
_PLOT: Final = 112
_FOOT: Final = _FORECAST_TOP + _PLOT
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
    words: Labels

    def draw(self, **attributes: str | float) -> Element:
        """Return the chart.

        Args:
            attributes: of the element: its place where it is a part of a picture, its name.
        """
        title = make("title", self.words.language.say("Reviews of the coming days"))
        bars = chain.from_iterable(map(self._draw_day, count(), self.days))
        axis = make("rect", class_="axis", y=_FOOT, width="100%", height=1)
        dates = map(self._draw_date, range(0, len(self.days), _WEEK))
        parts = (title, *bars, axis, *dates)
        return make("svg", *parts, height=FORECAST_HEIGHT, role="img", **attributes)

    def _draw_day(self, place: int, load: DayLoad) -> Iterator[Element]:
        """Yield a bar: what is overdue at its foot, what becomes due above, the number on top."""
        if not load.total:
            return
        height = max(3, _PLOT * min(1, load.total / self._scale))
        late = height * load.overdue / load.total
        parts = [make("title", self.words.describe_load(load))]
        if late:
            parts.append(self._draw_part(place, "late", _FOOT - late, late))
        if late < height:
            parts.append(self._draw_part(place, "due", _FOOT - height, height - late))
        if load.total > self._scale:  # cut short, shown to be, and `describe_cut` says so
            parts.append(self._draw_part(place, "cut", _FORECAST_TOP + 12, 4))
        yield make("g", *parts)
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

    def describe_cut(self) -> str:
        """Return that today's bar is cut short, nothing if it is not."""
        if self.days[0].total <= self._scale:
            return ""
        return self.words.language.say(
            "Today's bar is cut short; it stands for {n}.", n=self.days[0].total
        )

    def list_key(self) -> dict[str, str]:
        """Return what the colours of the bars stand for."""
        say = self.words.language.say
        return {"late": say("overdue"), "due": say("due on the day")}

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


# HTML and SVG as trees, so that no text of a note can become markup. Pure.

LONGEST: Final = 120
# Printable as far as Python knows, but no characters of XML 1.0 (section 2.2), which SVG is.
_NO_CHARACTERS: Final[Mapping[int, str]] = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def make(tag: str, *children: ET.Element | str, **attributes: str | float | None) -> ET.Element:
    """Return an element.

    Args:
        tag: its name.
        children: elements and texts, in their order.
        attributes: by name, with ``_`` for ``-`` and one more at the end of a Python keyword;
            None for one that is left out.
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _render_value(value))
    for child in children:
        append(made, child)
    return made


def append(parent: ET.Element, child: ET.Element | str) -> None:
    """Add an element or a text behind all that an element has."""
    if not isinstance(child, str):
        parent.append(child)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + child
    else:
        parent.text = (parent.text or "") + child


def show(text: str) -> str:
    """Return a text of a note as one line of bounded length without invisible commands."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return make_printable(cut).translate(_NO_CHARACTERS)


def to_percent(part: float, whole: float) -> str:
    """Return a share of a width as SVG wants it, such as ``12.5%``."""
    return f"{_render_value(100 * part / whole)}%"


def render_page(root: ET.Element) -> bytes:
    """Return a tree as an HTML file."""
    return f"<!doctype html>\n{ET.tostring(root, 'unicode', 'html')}\n".encode()


def render_picture(root: ET.Element) -> bytes:
    """Return a tree as an SVG file."""
    return f"{ET.tostring(root, 'unicode')}\n".encode()


def _render_value(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")


# What a report says, as the page and the picture say it alike. Pure.


class Tile(NamedTuple):
    """A number that stands for itself: what it counts, the number, a word on it, and its kind."""

    label: str
    number: str
    remark: str = ""
    kind: str = "remark"


@dataclass(frozen=True, slots=True)
class Labels:
    """Says what stands in a report.

    Attributes:
        language: to say it in.
    """

    language: Language

    @property
    def dates(self) -> Locale:
        """How days are named."""
        return LOCALES[self.language.locale]

    def name_day(self, day: date) -> str:
        """Return a day with its year and its weekday."""
        return f"{day.isoformat()} {self.dates.weekdays[day.isoweekday() % 7]}"

    def name_near_day(self, day: date) -> str:
        """Return a day of these weeks, with its weekday."""
        return f"{day:%m-%d} {self.dates.short_weekdays[day.isoweekday() % 7]}"

    def name_subject(self, name: str) -> str:
        """Return the name of a subject, or what stands for none."""
        return show(name) or self.language.say("(no subject)")

    def describe_load(self, load: DayLoad) -> str:
        """Return what there is to do on a day."""
        said = self.language.count("{n} review", "{n} reviews", load.total)
        if load.overdue:
            said += f", {self.language.say('{n} overdue', n=load.overdue)}"
        return f"{self.name_near_day(load.day)}: {said}"

    def describe_record(self, record: StudyRecord) -> str:
        """Return what a day was for."""
        said = self.language.say(
            "first studied {studied}, reviews ticked {ticked}, not ticked {open}",
            studied=record.studied,
            ticked=record.ticked,
            open=record.open,
        )
        return f"{self.name_day(record.day)}: {said}"

    def describe_lateness(self, review: Review, on: date) -> str:
        """Return since how many days a review is due."""
        return self.language.count("{n} day", "{n} days", review.days_overdue(on))

    def list_tiles(self, total: Progress) -> Iterator[Tile]:
        """Yield the numbers that matter most, the most urgent first."""
        say = self.language.say
        late = say("{n} overdue", n=total.overdue)
        yield Tile(say("to review now"), str(total.due), late if total.overdue else "", "urgent")
        yield Tile(say("study notes"), str(total.notes))
        done = to_rate(total.done / total.reviews if total.reviews else None)
        of_all = say("{done} of {all}", done=total.done, all=total.reviews)
        yield Tile(say("reviews done"), done, of_all)
        yield Tile(say("mean rate"), to_rate(total.rate))
        yield Tile(say("remembered for good"), str(total.remembered))

    def list_steps(self, year: Year) -> list[str]:
        """Return how much each level of a year stands for, from 0 on."""
        starts = (0, *year.steps)
        ends = (*(step - 1 for step in year.steps), None)
        return [_name_range(*pair) for pair in zip(starts, ends, strict=True)]


def to_rate(rate: float | None) -> str:
    """Return a share as people read it; a dash where there is none."""
    return "–" if rate is None else f"{rate:.0%}"


def _name_range(start: int, end: int | None) -> str:
    if end is None:
        return f"{start}+"
    return str(start) if start == end else f"{start}–{end}"
