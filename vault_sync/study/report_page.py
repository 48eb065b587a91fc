"""A report as one HTML page: no script, nothing to load, the same report gives the same bytes."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.study.calendar import make_open_link
from vault_sync.study.charts import (
    MARK,
    ForecastChart,
    Labels,
    YearChart,
    draw_bar,
    draw_swatch,
    load_style,
    make,
    render_page,
    show,
    to_rate,
)
from vault_sync.study.notes import StudyNote, load_study_notes
from vault_sync.study.reviews import (
    TWO_WEEKS,
    Dashboard,
    DayLoad,
    Progress,
    Review,
    Year,
    list_reviews,
    make_dashboard,
    record_year,
    sum_months,
)
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from xml.etree.ElementTree import Element

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language
    from vault_sync.vault.workspace import Workspace

_MOST_SUBJECTS: Final = 20
_MOST_OPEN: Final = 10
_MOST_TODAY: Final = 500
_SOON: Final = 7


def render_report_page(report: StudyReport, language: Language) -> bytes:
    """Return the page of a report.

    Args:
        report: what it shows.
        language: of the page.
    """
    return render_page(_Page(report, Labels(language)).draw())


@dataclass(frozen=True, slots=True)
class _Page:
    report: StudyReport
    words: Labels

    def draw(self) -> Element:
        return make(
            "html",
            self._draw_head(),
            "\n",
            make("body", make("main", *_set_apart(self._list_parts()))),
            lang=self.words.language.locale,
        )

    def _draw_head(self) -> Element:
        """Return the head; its policy lets a browser use this very style and load nothing at all."""
        style = load_style("charts.css", "report.css")
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        named = {"generator": MARK, "viewport": "width=device-width, initial-scale=1"}
        others = {"robots": "noindex", "referrer": "no-referrer"}
        return make(
            "head",
            make("meta", charset="utf-8"),
            *(make("meta", name=name, content=text) for name, text in (named | others).items()),
            make("meta", http_equiv="Content-Security-Policy", content=policy),
            make("title", f"{self.words.language.say('Reviews')} · {self._day}"),
            make("style", style),
        )

    @property
    def _day(self) -> str:
        return self.report.board.on.isoformat()

    def _list_parts(self) -> Iterator[Element]:
        yield self._draw_header()
        if self.report.board.total.notes:
            yield self._draw_today()
            yield self._draw_overdue()
            yield self._draw_tiles()
            yield self._draw_forecast()
            yield self._draw_subjects()
            yield self._draw_year()
        else:
            empty = self.words.language.say("There are no study notes in this vault.")
            yield make("p", empty, class_="quiet")
        yield self._draw_footer()

    def _draw_header(self) -> Element:
        return make(
            "header",
            make("p", make("bdi", show(self.report.vault)), class_="quiet"),
            make("h1", self.words.language.say("Reviews")),
            make("p", self.words.name_day(self.report.board.on), class_="quiet"),
        )

    def _draw_tiles(self) -> Element:
        tiles = []
        for tile in self.words.list_tiles(self.report.board.total):
            remark = [make("span", tile.remark, class_=tile.kind)] if tile.remark else []
            tiles.append(make("div", make("dt", tile.label), make("dd", tile.number, *remark)))
        return make("dl", *tiles, class_="tiles")

    def _draw_forecast(self) -> Element:
        say = self.words.language.say
        days = self.report.board.days
        chart = ForecastChart(days, self.words)
        soon, later = (sum(load.total for load in part) for part in (days[:_SOON], days))
        cut = chart.describe_cut()
        return self._draw_section(
            say("The next {n} days", n=len(days)),
            make("p", say("{soon} within 7 days, {all} in all", soon=soon, all=later)),
            chart.draw(class_="forecast"),
            self._draw_key(chart.list_key()),
            *([make("p", cut, class_="hint")] if cut else []),
            make("p", say("Future days assume you finish earlier reviews on time."), class_="hint"),
            self._list_days(days),
        )

    def _draw_today(self) -> Element:
        """Return what becomes due today, all of it: the page is made for this."""
        say = self.words.language.say
        today = self.report.today
        shown = today[:_MOST_TODAY]
        parts = (
            [self._list_reviews(shown)]
            if shown
            else [make("p", say("Nothing new is due today."), class_="quiet")]
        )
        return self._draw_section(
            say("Due today ({n})", n=len(today)), *parts, *self._draw_rest(len(today) - len(shown))
        )

    def _draw_overdue(self) -> Element:
        """Return what is overdue: some in the open, the others folded."""
        language = self.words.language
        late = self.report.board.neglected
        count = self.report.board.total.overdue
        title = language.say("Overdue ({n}), the longest first", n=count)
        if not late:
            return self._draw_section(
                title, make("p", language.say("Nothing is overdue."), class_="quiet")
            )
        parts = [self._list_reviews(late[:_MOST_OPEN])]
        if folded := late[_MOST_OPEN:]:
            more = language.count("{n} more note", "{n} more notes", len(folded))
            parts.append(make("details", make("summary", more), self._list_reviews(folded)))
        return self._draw_section(title, *parts, *self._draw_rest(count - len(late)))

    def _draw_rest(self, rest: int) -> list[Element]:
        if rest <= 0:
            return []
        more = self.words.language.count(
            "and {n} more note; `vault-sync due` lists them all",
            "and {n} more notes; `vault-sync due` lists them all",
            rest,
        )
        return [make("p", more, class_="hint")]

    def _list_reviews(self, reviews: Iterable[Review]) -> Element:
        return make("ol", *map(self._draw_review, reviews), class_="notes")

    def _draw_review(self, review: Review) -> Element:
        note = review.note
        stage = self.words.language.say("day {stage}", stage=review.stage)
        place = " ".join(filter(None, (note.textbook, note.page)))
        details = " · ".join(show(part) for part in (note.subject, place, stage) if part)
        link = make_open_link(self.report.vault, note.path)
        on = self.report.board.on
        late = [make("strong", self.words.describe_lateness(review, on))] if review.due < on else []
        return make(
            "li",
            make(
                "div",
                make("a", make("bdi", show(note.title)), href=link),
                make("span", make("bdi", details), class_="details"),
            ),
            *late,
        )

    def _draw_subjects(self) -> Element:
        language = self.words.language
        subjects = self.report.board.subjects
        parts = [self._list_subjects(subjects[:_MOST_SUBJECTS])]
        rest = len(subjects) - _MOST_SUBJECTS
        if rest > 0:
            more = language.count("and {n} more subject", "and {n} more subjects", rest)
            parts.append(make("p", more, class_="hint"))
        return self._draw_section(language.say("Progress by subject"), *parts)

    def _draw_year(self) -> Element:
        say = self.words.language.say
        chart = YearChart(self.report.year, self.words)
        return self._draw_section(
            say("The last 52 weeks"),
            make("div", *chart.draw_halves(), class_="year"),
            self._draw_year_key(),
            make("p", self._explain_year(), class_="hint"),
            self._list_months(self.report.year),
        )

    def _explain_year(self) -> str:
        return self.words.language.say(
            "Each cell is a day. Its colour counts the notes first studied on it and the reviews planned"
            " for it that are ticked; a dot is a review planned for it that is not ticked."
            " Boxes do not tell on which day they were ticked."
        )

    def _draw_year_key(self) -> Element:
        steps = self.words.list_steps(self.report.year)
        names = {f"level{level}": name for level, name in enumerate(steps)}
        return self._draw_key({**names, "open": self.words.language.say("not ticked")})

    def _draw_key(self, names: dict[str, str]) -> Element:
        return make(
            "ul", *(make("li", draw_swatch(kind), names[kind]) for kind in names), class_="key"
        )

    def _draw_section(self, title: str, *parts: Element) -> Element:
        return make("section", make("h2", title), *_set_apart(iter(parts)))

    def _draw_footer(self) -> Element:
        language = self.words.language
        made = language.say(
            "Made by vault-sync from the notes as they were on {day}.", day=self._day
        )
        unread = language.count(
            "{n} note cannot be read; `vault-sync -v due` says why.",
            "{n} notes cannot be read; `vault-sync -v due` says why.",
            self.report.unread,
        )
        texts = (unread, made) if self.report.unread else (made,)
        return make("footer", *(make("p", text) for text in texts))

    # The tables; those with the numbers of a chart are folded until they are wanted.

    def _list_subjects(self, subjects: Iterable[Progress]) -> Element:
        """Return how far subjects are."""
        say = self.words.language.say
        head = make(
            "tr",
            _head(say("subject")),
            make("td", class_="bar"),
            *(_head(name) for name in (say("rate"), say("notes"))),
            _head(say("done"), class_="extra"),
            _head(say("to review")),
        )
        rows = map(self._draw_progress, subjects)
        return make("table", make("thead", head), make("tbody", *rows), class_="subjects")

    def _draw_progress(self, progress: Progress) -> Element:
        return make(
            "tr",
            make("th", make("bdi", self.words.name_subject(progress.name)), scope="row"),
            make("td", draw_bar(progress.rate or 0), class_="bar"),
            *(make("td", text) for text in (to_rate(progress.rate), str(progress.notes))),
            make("td", f"{progress.done}/{progress.reviews}", class_="extra"),
            make("td", str(progress.due) if progress.due else "·"),
        )

    def _list_days(self, days: Iterable[DayLoad]) -> Element:
        """Return the load of days."""
        say = self.words.language.say
        heads = (say("day"), say("due on the day"), say("overdue"))
        rows = [(self.words.name_near_day(load.day), load.due, load.overdue) for load in days]
        return self._fold(heads, rows)

    def _list_months(self, year: Year) -> Element:
        """Return what the months of a year were for."""
        say = self.words.language.say
        heads = (say("month"), say("first studied"), say("reviews ticked"), say("not ticked"))
        rows = [
            (f"{month.day:%Y-%m}", month.studied, month.ticked, month.open)
            for month in sum_months(year)
        ]
        return self._fold(heads, rows)

    def _fold(self, heads: Sequence[str], rows: Sequence[tuple[str, *tuple[int, ...]]]) -> Element:
        head = make("tr", *map(_head, heads))
        body = [
            make("tr", make("th", name, scope="row"), *(make("td", str(one)) for one in numbers))
            for name, *numbers in rows
        ]
        table = make("table", make("thead", head), make("tbody", *body))
        title = self.words.language.say("The same as a table")
        return make("details", make("summary", title), table)


def _set_apart(parts: Iterator[Element]) -> Iterator[Element | str]:
    """Yield parts on lines of their own, for people who compare two reports."""
    for part in parts:
        yield "\n"
        yield part


def _head(name: str, **attributes: str) -> Element:
    return make("th", name, scope="col", **attributes)


# All that a report shows, gathered from the notes of a vault.


def load_report(
    workspace: Workspace,
    root: VaultFolder,
    moment: datetime,
    tell: Callable[[str, Problem], None],
    check_cancelled: Callable[[], None] = lambda: None,
) -> StudyReport:
    """Return the report of a vault.

    Args:
        workspace: the vault.
        root: its folder, opened.
        moment: what is taken for the present.
        tell: is told of each study note that cannot be read.
        check_cancelled: is called before each note; what it raises ends the work.
    """
    unread: set[str] = set()

    def take(path: str, problem: Problem) -> None:
        unread.add(path)
        tell(path, problem)

    notes = list(load_study_notes(workspace, root, moment, take, check_cancelled))
    vault = workspace.config.calendar.vault or to_nfc(Path(workspace.vault.root).name)
    return make_report(notes, workspace.day(moment), vault, len(unread))


DAYS: Final = 30
_MOST_OVERDUE: Final = 200


@dataclass(frozen=True, slots=True)
class StudyReport:
    """How the study of a vault stands, stood and will stand.

    Attributes:
        board: how it stands, with the load of the coming days: two weeks, and up to 30 days where
            there are reviews.
        today: the reviews that become due on the day, all of them.
        year: the last 52 weeks.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """

    board: Dashboard
    today: tuple[Review, ...]
    year: Year
    vault: str
    unread: int = 0


def make_report(notes: Sequence[StudyNote], on: date, vault: str, unread: int = 0) -> StudyReport:
    """Return a report of notes.

    Args:
        notes: all study notes of the vault.
        on: the present day.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """
    board = make_dashboard(notes, on, DAYS, _MOST_OVERDUE)
    # The days up to the last one that has a review, but no less than two weeks.
    last = max((place for place, load in enumerate(board.days, 1) if load.total), default=0)
    board = replace(board, days=board.days[: max(TWO_WEEKS, last)])
    today = tuple(review for review in list_reviews(notes, on) if review.due == on)
    return StudyReport(board, today, record_year(notes, on), vault, unread)
