"""``vault-sync due``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options

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
    help="How it is printed: for people, for programs, or for spreadsheets.",
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
    from vault_sync.cli.duelist import DueRequest, run_due  # noqa: PLC0415 - for a quick start

    return run_due(options, DueRequest(upcoming, on, format_, is_by_subject=by_subject))
