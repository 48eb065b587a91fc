"""A report as an SVG picture that can be embedded in a note: the same on a phone and on a desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from vault_sync.files.export import keep_file
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language
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
    show,
    to_rate,
)
from vault_sync.study.notes import leave_to_refresh
from vault_sync.study.report_page import StudyReport, load_report, render_report_page
from vault_sync.study.reviews import TWO_WEEKS, Progress, Review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from vault_sync.vault.workspace import Workspace


WIDTH: Final = 360  # the width of a phone, so that no letter is made smaller there
_EDGE: Final = 16
_INNER: Final = WIDTH - 2 * _EDGE
_COLUMNS: Final = 2
_TILES: Final = 4
_TILE: Final = 62
_MOST_SUBJECTS: Final = 6
_MOST_TODAY: Final = 40
_MOST_OVERDUE: Final = 5
_ROW: Final = 24
_NAME_WIDTH: Final = 130
_NAME_CELLS: Final = 18
_TITLE_WIDTH: Final = 250
_TITLE_CELLS: Final = 36
_HALF_YEAR: Final = YEAR_HEIGHT * _INNER / YEAR_WIDTH
_KEY_WIDTH: Final = 62


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
            make("desc", self._describe()),
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

    def _describe(self) -> str:
        """Return the numbers and the names as text, for who does not see them."""
        tiles = self.words.list_tiles(self.report.board.total)
        told = [" ".join(filter(None, (tile.label, tile.number, tile.remark))) for tile in tiles]
        names = (show(review.note.title) for review in self.report.today[:_MOST_TODAY])
        today = self.words.language.say("Due today ({n})", n=len(self.report.today))
        return f"{', '.join(told)}. {today}: {', '.join(names) or '–'}"

    def _list_blocks(self) -> Iterator[_Block]:
        say = self.words.language.say
        board = self.report.board
        yield self._draw_title()
        if not board.total.notes:
            yield self._write(say("There are no study notes in this vault."), "date")
            return
        yield from self._list_reviews()
        yield self._draw_tiles()
        yield from self._draw_forecast()
        yield self._write(say("Progress by subject"), "head")
        for progress in board.subjects[:_MOST_SUBJECTS]:
            yield self._draw_subject(progress)
        rest = len(board.subjects) - _MOST_SUBJECTS
        if rest > 0:
            language = self.words.language
            more = language.count("and {n} more subject", "and {n} more subjects", rest)
            yield self._write(more, "date")
        yield _Block(make("g"), 16)
        yield self._write(say("The last 52 weeks"), "head")
        for half in YearChart(self.report.year, self.words).draw_halves(
            width=_INNER, height=_HALF_YEAR, class_="half"
        ):
            yield _Block(half, _HALF_YEAR + 6)
        yield from self._draw_year_key()

    def _list_reviews(self) -> Iterator[_Block]:
        """Yield what becomes due today, name by name, and the longest overdue."""
        say, today, late = self.words.language.say, self.report.today, self.report.board.neglected
        overdue = self.report.board.total.overdue
        yield self._write(say("Due today ({n})", n=len(today)), "head")
        if not today:
            yield self._write(say("Nothing new is due today."), "date")
        for review in today[:_MOST_TODAY]:
            yield self._draw_review(review, say("day {stage}", stage=review.stage))
        yield from self._draw_more(len(today) - _MOST_TODAY)
        if late:
            yield self._write(say("Overdue ({n}), the longest first", n=overdue), "head")
        for review in late[:_MOST_OVERDUE]:
            yield self._draw_review(
                review, self.words.describe_lateness(review, self.report.board.on)
            )
        yield from self._draw_more(overdue - _MOST_OVERDUE)
        yield _Block(make("g"), 12)

    def _draw_more(self, rest: int) -> Iterator[_Block]:
        if rest > 0:
            said = self.words.language.count("and {n} more note", "and {n} more notes", rest)
            yield self._write(said, "date")

    def _draw_review(self, review: Review, remark: str) -> _Block:
        title = make("text", _fit(show(review.note.title), _TITLE_CELLS), y=13)
        row = make(
            "g",
            make("svg", title, width=_TITLE_WIDTH, height=_ROW),
            make("text", remark, class_="rate", x=_INNER, y=13),
        )
        return _Block(row, _ROW - 2)

    def _draw_forecast(self) -> Iterator[_Block]:
        chart = ForecastChart(self.report.board.days[:TWO_WEEKS], self.words)
        days = self.words.language.say("The next {n} days", n=len(chart.days))
        yield self._write(days, "head")
        yield _Block(chart.draw(width=_INNER), FORECAST_HEIGHT + 4)
        if cut := chart.describe_cut():
            yield self._write(cut, "date")
        yield _Block(_draw_key(chart.list_key(), 2 * _KEY_WIDTH), 40)

    def _draw_title(self) -> _Block:
        name = make("text", self.words.language.say("Reviews"), class_="title", y=20)
        day = make("text", self.words.name_day(self.report.board.on), class_="day", x=_INNER, y=20)
        return _Block(make("g", name, day), 44)

    def _draw_tiles(self) -> _Block:
        parts = []
        shown = list(self.words.list_tiles(self.report.board.total))[:_TILES]
        for place, tile in enumerate(shown):
            row, column = divmod(place, _COLUMNS)
            left, top = column * _INNER / _COLUMNS, row * _TILE
            parts += [
                make("text", tile.number, class_="count", x=left, y=top + 22),
                make("text", tile.label, class_="date", x=left, y=top + 40),
                make("text", tile.remark, class_=tile.kind, x=left + 60, y=top + 22),
            ]
        return _Block(make("g", *parts), 2 * _TILE + 8)

    def _draw_subject(self, progress: Progress) -> _Block:
        name = make("text", _fit(self.words.name_subject(progress.name), _NAME_CELLS), y=13)
        row = make(
            "g",
            make("svg", name, width=_NAME_WIDTH, height=_ROW),  # which cuts off what is too wide
            draw_bar(progress.rate or 0, x=_NAME_WIDTH + 8, y=5, width=_INNER - _NAME_WIDTH - 56),
            make("text", to_rate(progress.rate), class_="rate", x=_INNER, y=13),
        )
        return _Block(row, _ROW)

    def _draw_year_key(self) -> Iterator[_Block]:
        steps = self.words.list_steps(self.report.year)
        yield _Block(_draw_key({f"level{level}": name for level, name in enumerate(steps)}), 22)
        yield _Block(_draw_key({"open": self.words.language.say("not ticked")}), 22 + _EDGE)

    def _write(self, text: str, kind: str) -> _Block:
        return _Block(make("text", text, class_=kind, y=13), 26)


def _draw_key(names: dict[str, str], width: int = _KEY_WIDTH) -> Element:
    key = make("g")
    for place, (kind, name) in enumerate(names.items()):
        append(key, draw_swatch(kind, x=place * width, y=4))
        append(key, make("text", name, class_="date", x=place * width + 18, y=15))
    return key


def _fit(name: str, cells: int) -> str:
    if cell_len(name) <= cells:
        return name
    return f"{set_cell_size(name, cells - 1).rstrip()}…"


# The report as a file in the vault, kept there by the daemon.

SIGN: Final = f'="{MARK}"'
"""By which a report is known again: an attribute, as a note may well hold the words."""
_PICTURE: Final = ".svg"


def follow(workspace: Workspace, moment: datetime, check_cancelled: Callable[[], None]) -> None:
    """Bring the report that the configuration names up to date; the daemon calls this.

    Args:
        workspace: the vault.
        moment: the present.
        check_cancelled: is called before each note; what it raises ends the work.

    Raises:
        KeptFileError: it cannot be kept where the configuration wants it.
    """
    file = workspace.config.report.file
    if file:
        render = render_report_picture if file.lower().endswith(_PICTURE) else render_report_page
        with VaultFolder(workspace.vault.root) as root:
            report = load_report(workspace, root, moment, leave_to_refresh, check_cancelled)
            keep_file(root, file, render(report, Language(workspace.config.language)), SIGN)
