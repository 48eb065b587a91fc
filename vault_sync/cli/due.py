"""``vault-sync due``: reviews shown as a list, as JSON or as CSV; and what commands about reviews share."""

from __future__ import annotations

import csv
import gc
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any, Final

import click
from rich.cells import cell_len, set_cell_size

from vault_sync.cli.language import command, echo, use_language
from vault_sync.cli.options import Options, on_option
from vault_sync.cli.output import describe_unread, print_problem
from vault_sync.cli.streams import make_utf8, print_json
from vault_sync.errors import NoteError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language, mark_message
from vault_sync.study.notes import StudyNote, load_study_notes, name_notes, spell_subjects
from vault_sync.study.reviews import Review, list_reviews
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.vault.workspace import Workspace

_LONGEST: Final = 3_650


@command("due", "List the notes that are to be reviewed.")
@click.option(
    "--upcoming",
    type=click.IntRange(0, _LONGEST),
    default=0,
    metavar="N",
    help="List the reviews of the next N days, too.",
)
@click.option("--by-subject", is_flag=True, help="Group them by subject.")
@on_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "excel"]),
    default="text",
    show_default=True,
    help="Output format: for people, programs or spreadsheets.",
)
def due_command(
    options: Options, /, *, upcoming: int, by_subject: bool, on: str | None, format_: str
) -> int:
    """List the notes that are to be reviewed: the overdue first, then those of today.

    A review is due when its day has come (the first day and 1, 4, 7 or 14 days more, if you have not
    chosen other stages) and its box is not ticked. Each note is listed once, with its earliest
    stage that is not done. Nothing is written.

    \b
    Examples:
      vault-sync due
      vault-sync due --upcoming 14 --by-subject
      vault-sync due --format csv > due.csv
      vault-sync done "HTTP 상태 코드"      tick what you have reviewed
    """  # noqa: D301 - \b is a character that click knows
    session = open_review_session(options, on)
    gc.freeze()  # what the program itself is made of need not be looked through again and again
    notes = session.load_notes()
    reviews = list_reviews(notes, session.day, upcoming)
    described = (describe_review(review, session.day) for review in reviews)
    if format_ == "json":
        told = {"on": session.day.isoformat(), "reviews": [*described]}
        print_json({**told, "not_read": session.describe_unread()})
    elif format_ != "text":
        stream = make_utf8(sys.stdout)
        stream.write(_EXCEL_MARK if format_ == "excel" else "")
        write_csv(described, stream)
    else:
        # Where there is no terminal, nothing is cut off.
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        table = DueTable(reviews, session.day, session.language, width)
        lines = [*(table.render_by_subject() if by_subject else table.render())]
        if lines:
            click.echo("\n".join(lines))
        if options.verbosity >= 0:
            echo(session.find_lack(len(notes)) or table.summarize(), err=True)
    return session.finish("due")


_TEXTS: Final = ("path", "title", "subject", "textbook", "page")
_COLUMNS: Final = (*_TEXTS, "stage", "due", "days_overdue", "rate")
# Without a byte order mark Excel takes UTF-8 for the computer's own encoding.
_EXCEL_MARK: Final = "\ufeff"
_FORMULA_STARTS: Final = tuple("=+-@\t\r＝＋－＠|%")


def describe_review(review: Review, on: date) -> dict[str, Any]:
    """Return a review as JSON has it: the form that programs rely on."""
    note = review.note
    return {
        **{name: getattr(note, name) for name in _TEXTS},
        "stage": review.stage,
        "due": review.due.isoformat(),
        "days_overdue": review.days_overdue(on),
        "rate": note.rate,
    }


def write_csv(reviews: Iterable[dict[str, Any]], stream: IO[str]) -> None:
    """Write reviews as a table (RFC 4180) that a spreadsheet takes for nothing but text.

    A cell that a spreadsheet would run as a formula begins with an apostrophe (OWASP, "CSV
    Injection").
    """
    writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for review in reviews:
        rate = "" if review["rate"] is None else f"{review['rate']:g}"
        texts = {name: _disarm(review[name]) for name in _TEXTS}
        writer.writerow(review | texts | {"rate": rate})


def _disarm(text: str) -> str:
    printable = make_printable(text)
    return f"'{printable}" if printable.lstrip().startswith(_FORMULA_STARTS) else printable


# Reviews as lines for people: aligned, also where Korean letters are twice as wide.

_COLORS: Final = ("red", "yellow", "cyan")
_GAP: Final = "  "
_TITLE, _SUBJECT, _BOOK, _RATE = 2, 3, 4, 5  # their places among the cells of a line
_LEAST: Final = {_BOOK: 8, _TITLE: 8, _SUBJECT: 6}  # what gives way first comes first
_PAGE: Final = "\0"  # stands between a book and the page in it, which is what one needs to know


@dataclass(frozen=True, slots=True)
class DueTable:
    """A list of reviews.

    Attributes:
        reviews: in the order in which they are shown.
        on: the day.
        language: of the headings.
        width: where lines end; None for nowhere.
    """

    reviews: Sequence[Review]
    on: date
    language: Language
    width: int | None

    def render(self) -> Iterator[str]:
        """Yield the lines: the overdue, those of the day and those to come, each with a heading."""
        rows = self._align(self._list_rows())
        say = self.language.say
        names = (say("Overdue"), say("Today"), say("To come"))
        pairs = zip(map(self._when, self.reviews), rows, strict=True)
        for when, group in groupby(pairs, itemgetter(0)):
            yield self._head(names[when], _COLORS[when])
            yield from (f"{_GAP}{row}" for _, row in group)

    def render_by_subject(self) -> Iterator[str]:
        """Yield the lines below the names of their subjects; notes without one come last."""
        rows = [(*row[:_SUBJECT], "", *row[_SUBJECT + 1 :]) for row in self._list_rows()]
        spelled = spell_subjects(review.note.subject for review in self.reviews)
        subjects = (spelled[review.note.subject] for review in self.reviews)
        pairs = sorted(
            zip(subjects, self._align(rows), strict=True), key=lambda pair: (not pair[0], pair[0])
        )
        for subject, group in groupby(pairs, itemgetter(0)):
            name = make_printable(subject) or self.language.say("(no subject)")
            yield self._head(name, "bright_white")
            yield from (f"{_GAP}{row}" for _, row in group)

    def summarize(self) -> str:
        """Return the counts in a sentence."""
        say, counts = self.language, Counter(map(self._when, self.reviews))
        day = self.on.isoformat()
        if not counts[0] + counts[1]:
            closing = say.say("Nothing is due on {day}.", day=day)
        else:
            closing = say.count(
                "{n} review is due on {day}: {overdue} overdue, {today} of that day.",
                "{n} reviews are due on {day}: {overdue} overdue, {today} of that day.",
                counts[0] + counts[1],
                day=day,
                overdue=counts[0],
                today=counts[1],
            )
        if counts[2]:
            closing += " " + say.count("{n} more is to come.", "{n} more are to come.", counts[2])
        return closing

    def _when(self, review: Review) -> int:
        """Return 0 for an overdue review, 1 for one of the day and 2 for one to come."""
        days = review.days_overdue(self.on)
        return 0 if days > 0 else 1 if days == 0 else 2

    def _head(self, text: str, color: str) -> str:
        return click.style(self._cut(text), fg=color, bold=True)

    def _align(self, rows: Sequence[tuple[str, ...]]) -> list[str]:
        """Return rows as lines, without the columns that would be empty or have no room."""
        if not rows:
            return []
        columns = [*zip(*rows, strict=True)]
        longest = max(map(len, columns[_RATE]))
        columns[_RATE] = tuple(rate.rjust(longest) for rate in columns[_RATE])
        # Many rows share a subject or a book, so what is the same is measured and filled once.
        cells = [{cell: _measure(cell) for cell in {*column}} for column in columns]
        most_cut = dict(_LEAST)
        most_cut[_BOOK] = max(cell_len(book.partition(_PAGE)[2]) for book in cells[_BOOK]) or 8
        widths = self._fit({place: max(own.values()) for place, own in enumerate(cells)}, most_cut)
        filled = []
        for place, width in widths.items():
            texts = {cell: _fill(cell, own, width) for cell, own in cells[place].items()}
            filled.append([texts[cell] for cell in columns[place]])
        lines = map(_GAP.join, zip(*filled, strict=True))
        return [self._cut(line.rstrip(), len(_GAP)) for line in lines]

    def _fit(self, widths: dict[int, int], most_cut: dict[int, int]) -> dict[int, int]:
        """Return the widths of the columns that have room: names are cut or left out, numbers stay.

        A long title takes no more than a third of the line, before books, titles and subjects give way.

        Args:
            widths: of the columns, where nothing is cut.
            most_cut: how narrow those may become that are cut.
        """
        kept = {place: width for place, width in widths.items() if width}
        least = {place: min(width, most_cut.get(place, width)) for place, width in kept.items()}
        if self.width and self._overhang(kept) > 0 and _TITLE in kept:
            third = max(least[_TITLE], self.width // 3)
            kept[_TITLE] = max(min(kept[_TITLE], third), kept[_TITLE] - self._overhang(kept))
        for place in (_BOOK, _SUBJECT):
            if self._overhang(least) > 0:
                kept.pop(place, None)
                least.pop(place, None)
        for place in filter(kept.__contains__, _LEAST):
            over = max(0, self._overhang(kept))
            kept[place] = max(least[place], kept[place] - over)
        return kept

    def _overhang(self, widths: dict[int, int]) -> int:
        """Return by how much lines with such columns are too long."""
        if self.width is None:
            return 0
        return sum(widths.values()) + len(_GAP) * len(widths) - self.width

    def _list_rows(self) -> list[tuple[str, ...]]:
        names = name_notes(review.note for review in self.reviews)
        distances = {due: self._tell_distance(due) for due in {one.due for one in self.reviews}}
        stages = {
            stage: self.language.say("day {stage}", stage=stage)
            for stage in {one.stage for one in self.reviews}
        }
        return [
            (distances[one.due], stages[one.stage], *_list_cells(one.note, names[one.note.path]))
            for one in self.reviews
        ]

    def _tell_distance(self, due: date) -> str:
        days = (self.on - due).days
        if days > 0:
            return self.language.count("{n} day late", "{n} days late", days)
        if days == 0:
            return self.language.say("today")
        return self.language.count("in {n} day", "in {n} days", -days)

    def _cut(self, text: str, indent: int = 0) -> str:
        return text if self.width is None else _shorten(text, max(2, self.width - indent))


def _list_cells(note: StudyNote, name: str) -> tuple[str, ...]:
    """Return what a line tells of a note that is called so."""
    rate = "" if note.rate is None else f"{note.rate:.0%}"
    book, page = make_printable(note.textbook), make_printable(note.page)
    book = f"{book}{_PAGE}{page}" if page else book
    return make_printable(name), make_printable(note.subject), book, rate


def _shorten(text: str, width: int) -> str:
    """Return a text that takes no more than a width."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _measure(cell: str) -> int:
    book, mark, page = cell.partition(_PAGE)
    return cell_len(book) + cell_len(page) + bool(book) if mark else cell_len(cell)


def _fill(cell: str, own: int, width: int) -> str:
    """Return a cell, which takes up so much by its own, as wide as it is to be; a page stays whole."""
    if own <= width:
        return " ".join(filter(None, cell.split(_PAGE))) + " " * (width - own)
    book, _, page = cell.partition(_PAGE)
    room = width - cell_len(page) - 1
    if not page or room < 2:
        text = _shorten(page or book, width)
    else:
        text = f"{_shorten(book, room)} {page}" if book else page
    return set_cell_size(text, width)


# What the commands about reviews share: the vault, the day, the language, and problems told.

NO_STUDY_NOTES: Final = mark_message(
    "There are no study notes in this vault; `vault-sync init` says what vault-sync looks for."
)


@dataclass(slots=True)
class ReviewSession:
    """A vault opened to look at its reviews.

    Attributes:
        workspace: the vault.
        moment: what is taken for the present.
        language: to speak with the user.
        typed: the moment that the user named in place of the present; None for none.
        verbosity: each problem is named if it is above 0.
        problems: what is wrong with a note, or keeps it or a folder from being read, behind its path.
    """

    workspace: Workspace
    moment: datetime
    language: Language
    typed: str | None = None
    verbosity: int = 0
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The day that counts."""
        return self.workspace.day(self.moment)

    def renew(self) -> None:
        """Take the present for the present again, unless the user named a day."""
        self.moment = self.workspace.moment(self.typed)

    def tell(self, path: str, problem: Problem) -> None:
        """Remember that a note or folder could not be looked at; name it if that is wanted."""
        self.problems.append((path, problem))
        if self.verbosity > 0:
            print_problem(path, problem)

    def load_notes(self) -> list[StudyNote]:
        """Return the study notes of the vault; what is wrong with one is told."""
        with VaultFolder(self.workspace.vault.root) as root:
            return list(load_study_notes(self.workspace, root, self.moment, self.tell))

    def find_lack(self, notes: int) -> str | None:
        """Return what the vault lacks, so that nothing can ever be due, and what to do; None where it lacks nothing.

        Args:
            notes: how many study notes were found.
        """
        if not any(rules.study for rules in self.workspace.rules):
            return self.language.say(
                "No rule set of this vault has stages; use the profile study-ko or add `study` to a rule set."
            )
        if not notes and not self.problems:
            return self.language.say(NO_STUDY_NOTES)
        return None

    def describe_unread(self) -> list[dict[str, object]]:
        """Return as JSON what could not be read; `finish` counts it for people."""
        return [describe_unread(path, problem) for path, problem in self.problems]

    def finish(self, command: str) -> int:
        """Say, as the last line, how much may be missing, and return the exit code.

        Args:
            command: that was run; with ``-v`` it names each problem.
        """
        if not self.problems:
            return 0
        said = self.language.count(
            "{n} note or folder could not be read fully; `vault-sync -v {command}` says why.",
            "{n} notes or folders could not be read fully; `vault-sync -v {command}` says why.",
            len({path for path, _ in self.problems}),
            command=command,
        )
        echo(click.style(said, fg="yellow"), err=True)
        return NoteError.exit_code


def open_review_session(options: Options, on: str | None) -> ReviewSession:
    """Open the vault that the user means.

    Args:
        options: those before the command.
        on: the day to take for the present, as typed; None for the real one.

    Raises:
        click.BadParameter: what was typed is no day.
    """
    workspace = options.open_workspace()
    language = use_language(workspace.config.locale)
    typed = _check_day(on, workspace, language) if on else None
    return ReviewSession(workspace, workspace.moment(typed), language, typed, options.verbosity)


def _check_day(on: str, workspace: Workspace, language: Language) -> str:
    """Return a day that the user typed, as `Workspace.moment` takes it."""
    try:
        start = date.fromisoformat(on).isoformat()
        workspace.moment(start)  # the first day of all has no name in some zones
    except (ValueError, OverflowError):
        message = language.say("{day} is no day; write it as 2024-10-27.", day=repr(on))
        raise click.BadParameter(message, param_hint="--on") from None
    return start
