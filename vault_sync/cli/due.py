"""``vault-sync due``: reviews found and shown as a list, as JSON or as CSV."""

from __future__ import annotations

import csv
import gc
import shutil
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import click

from vault_sync.cli.language import echo
from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from vault_sync.cli import Options
    from vault_sync.cli.due_table import DueTable
    from vault_sync.cli.review_session import Study
    from vault_sync.study.notes import StudyNote
    from vault_sync.study.reviews import Review


_LONGEST = 3_650


@click.command(
    name="due",
    cls=TranslatedCommand,
    short_help="List the notes that are to be reviewed.",
)
@click.option(
    "--upcoming",
    type=click.IntRange(0, _LONGEST),
    default=0,
    metavar="N",
    help="List the reviews of the next N days, too.",
)
@click.option("--by-subject", is_flag=True, help="Group them by subject.")
@click.option("--on", metavar="DATE", help="The day to take for today, such as 2024-10-27.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "excel"]),
    default="text",
    show_default=True,
    help="Output format: for people, programs or spreadsheets.",
)
@click.pass_obj
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
    return run_due(options, DueRequest(upcoming, on, format_, is_by_subject=by_subject))


_COLUMNS: Final = (
    "path",
    "title",
    "subject",
    "textbook",
    "page",
    "stage",
    "due",
    "days_overdue",
    "rate",
)
_EXCEL_MARK: Final = (
    "\ufeff"  # without a byte order mark Excel takes UTF-8 for the computer's own encoding
)
_FORMULA_STARTS: Final = tuple("=+-@\t\r＝＋－＠|%")


@dataclass(frozen=True, slots=True)
class DueRequest:
    """What the user asked of ``due``, option by option."""

    upcoming: int
    on: str | None
    format_: str
    is_by_subject: bool


def run_due(options: Options, request: DueRequest) -> int:
    """Print what is due, and return the exit code."""
    from vault_sync.cli.due_table import DueTable
    from vault_sync.cli.review_session import open_study
    from vault_sync.cli.streams import make_utf8, print_json
    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.notes import load_study_notes
    from vault_sync.study.reviews import list_reviews

    study = open_study(options, request.on)
    gc.freeze()  # what the program itself is made of need not be looked through again and again
    with VaultFolder(study.workspace.vault.root) as root:
        notes = list(load_study_notes(study.workspace, root, study.moment, study.tell))
    reviews = list_reviews(notes, study.day, request.upcoming)
    if request.format_ == "json":
        print_json({**describe_reviews(reviews, study.day), "not_read": study.describe_unread()})
    elif request.format_ != "text":
        stream = make_utf8(sys.stdout)
        stream.write(_EXCEL_MARK if request.format_ == "excel" else "")
        write_csv(reviews, study.day, stream)
    else:
        table = DueTable(reviews, study.day, study.language, _find_width())
        _print_table(table, is_by_subject=request.is_by_subject)
        if options.verbosity >= 0:
            echo(_find_lack(study, notes) or table.summarize(), err=True)
    return study.finish("due")


def describe_reviews(reviews: Sequence[Review], on: date) -> dict[str, object]:
    """Return reviews as one object of JSON: the form that programs rely on."""
    return {
        "on": on.isoformat(),
        "reviews": [describe_review(review, on) for review in reviews],
    }


def describe_review(review: Review, on: date) -> dict[str, object]:
    """Return a review as JSON has it."""
    note = review.note
    return {
        "path": note.path,
        "title": note.title,
        "subject": note.subject,
        "textbook": note.textbook,
        "page": note.page,
        "stage": review.stage,
        "due": review.due.isoformat(),
        "days_overdue": review.days_overdue(on),
        "rate": note.rate,
    }


def write_csv(reviews: Sequence[Review], on: date, stream: IO[str]) -> None:
    """Write reviews as a table (RFC 4180) that a spreadsheet takes for nothing but text.

    A cell that a spreadsheet would run as a formula begins with an apostrophe (OWASP, "CSV
    Injection").
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for review in reviews:
        note = review.note
        texts = (note.path, note.title, note.subject, note.textbook, note.page)
        rate = "" if note.rate is None else f"{note.rate:g}"
        numbers = (review.stage, review.due.isoformat(), review.days_overdue(on), rate)
        writer.writerow((*map(_disarm, texts), *numbers))


def _disarm(text: str) -> str:
    from vault_sync.text import make_printable

    printable = make_printable(text)
    return f"'{printable}" if printable.lstrip().startswith(_FORMULA_STARTS) else printable


def _print_table(table: DueTable, *, is_by_subject: bool) -> None:
    lines = [*(table.render_by_subject() if is_by_subject else table.render())]
    if lines:
        click.echo("\n".join(lines))


def _find_lack(study: Study, notes: Sequence[StudyNote]) -> str | None:
    """Return what the vault lacks, so that nothing can ever be due; None where it lacks nothing."""
    say = study.language.say
    if not any(rules.study for rules in study.workspace.rules):
        return say(
            "No rule set of this vault has stages; use the profile study-ko or add `study` to a rule set."
        )
    if not notes and not study.problems:
        return say(
            "There are no study notes in this vault; `vault-sync init` says what vault-sync looks for."
        )
    return None


def _find_width() -> int | None:
    """Return how wide the user's terminal is; None where there is none, so nothing is cut off."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
