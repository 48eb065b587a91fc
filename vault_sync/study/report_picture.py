"""A report as an SVG picture that can be embedded in a note: the same on a phone and on a desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from vault_sync.study.charts import (
    FORECAST_HEIGHT,
    MARK,
    YEAR_HEIGHT,
    YEAR_WIDTH,
    ForecastChart,
    Labels,
    YearChart,
    append,
    draw_bar,
    draw_swatch,
    load_style,
    make,
    render_picture,
    to_rate,
)
from vault_sync.study.reviews import TWO_WEEKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from vault_sync.i18n import Language
    from vault_sync.study.board import Progress
    from vault_sync.study.report_data import StudyReport

WIDTH: Final = 480
_EDGE: Final = 20
_INNER: Final = WIDTH - 2 * _EDGE
_TILES: Final = 4
_MOST_SUBJECTS: Final = 6
_ROW: Final = 24
_NAME_WIDTH: Final = 150
_NAME_CELLS: Final = 20
_HALF_YEAR: Final = YEAR_HEIGHT * _INNER / YEAR_WIDTH
_KEY_WIDTH: Final = 58


def render_report_picture(report: StudyReport, language: Language) -> bytes:
    """Return the picture of a report.

    Args:
        report: what it shows.
        language: of the picture.
    """
    return render_picture(_Picture(report, Labels(language)).draw())


class _Block(NamedTuple):
    """A part of a picture that is as wide as the others, and its height with the space below it."""

    element: Element
    height: float


@dataclass(frozen=True, slots=True)
class _Picture:
    report: StudyReport
    words: Labels

    def draw(self) -> Element:
        """Return the blocks, one below the other on a card, which no theme of Obsidian colours."""
        card = make("g")
        bottom = float(_EDGE)
        for block in self._list_blocks():
            append(card, "\n")
            append(card, make("g", block.element, transform=f"translate({_EDGE} {bottom:g})"))
            bottom += block.height
        title = f"{self.words.language.say('Reviews')} · {self.report.board.on.isoformat()}"
        return make(
            "svg",
            make("title", title),
            make("style", load_style("charts.css", "picture.css")),
            make("rect", class_="paper", x=0.5, y=0.5, width=WIDTH - 1, height=bottom - 1, rx=12),
            card,
            xmlns="http://www.w3.org/2000/svg",
            data_generator=MARK,
            role="img",
            lang=self.words.language.locale,
            width=WIDTH,
            height=bottom,
            viewBox=f"0 0 {WIDTH} {bottom:g}",
        )

    def _list_blocks(self) -> Iterator[_Block]:
        say = self.words.language.say
        board = self.report.board
        yield self._draw_title()
        if not board.total.notes:
            yield self._write(say("There are no study notes in this vault."), "date")
            return
        yield self._draw_tiles()
        yield self._write(say("The next {n} days", n=TWO_WEEKS), "head")
        chart = ForecastChart(board.days[:TWO_WEEKS], self.words)
        yield _Block(chart.draw(width=_INNER), FORECAST_HEIGHT + 28)
        yield self._write(say("Progress by subject"), "head")
        for progress in board.subjects[:_MOST_SUBJECTS]:
            yield self._draw_subject(progress)
        yield _Block(make("g"), 20)
        yield self._write(say("The last 52 weeks"), "head")
        for half in YearChart(self.report.year, self.words).draw_halves(
            width=_INNER, height=_HALF_YEAR
        ):
            yield _Block(half, _HALF_YEAR + 6)
        yield self._draw_key()

    def _draw_title(self) -> _Block:
        name = make("text", self.words.language.say("Reviews"), class_="title", y=20)
        day = make("text", self.words.name_day(self.report.board.on), class_="day", x=_INNER, y=20)
        return _Block(make("g", name, day), 44)

    def _draw_tiles(self) -> _Block:
        tiles = make("g")
        shown = list(self.words.list_tiles(self.report.board.total))[:_TILES]
        for place, tile in enumerate(shown):
            left = place * _INNER / _TILES
            number = make("text", tile.number, class_="count", x=left, y=22)
            label = make("text", tile.label, class_="date", x=left, y=40)
            remark = make("text", tile.remark, class_=tile.kind, x=left, y=55)
            for part in (number, label, remark):
                append(tiles, part)
        return _Block(tiles, 84)

    def _draw_subject(self, progress: Progress) -> _Block:
        name = make("text", _fit(self.words.name_subject(progress.name)), y=13)
        row = make(
            "g",
            make("svg", name, width=_NAME_WIDTH, height=_ROW),  # which cuts off what is too wide
            draw_bar(progress.rate or 0, x=_NAME_WIDTH + 8, y=5, width=_INNER - _NAME_WIDTH - 56),
            make("text", to_rate(progress.rate), class_="rate", x=_INNER, y=13),
        )
        return _Block(row, _ROW)

    def _draw_key(self) -> _Block:
        steps = self.words.list_steps(self.report.year)
        names = {f"level{level}": name for level, name in enumerate(steps)}
        names["open"] = self.words.language.say("not ticked")
        key = make("g")
        for place, (kind, name) in enumerate(names.items()):
            append(key, draw_swatch(kind, x=place * _KEY_WIDTH, y=4))
            append(key, make("text", name, class_="date", x=place * _KEY_WIDTH + 18, y=15))
        return _Block(key, 20 + _EDGE)

    def _write(self, text: str, kind: str) -> _Block:
        return _Block(make("text", text, class_=kind, y=13), 26)


def _fit(name: str) -> str:
    if cell_len(name) <= _NAME_CELLS:
        return name
    return f"{set_cell_size(name, _NAME_CELLS - 1).rstrip()}…"
