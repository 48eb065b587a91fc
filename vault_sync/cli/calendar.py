"""``vault-sync calendar``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.translated import TranslatedCommand
from vault_sync.language import choose_language
from vault_sync.rules.calendar import MAX_DAYS, Per, parse_alarm

if TYPE_CHECKING:
    from datetime import time

    from vault_sync.cli import Options

_AS_CONFIGURED: Final = "Otherwise as `calendar` in the configuration says."


def _read_alarm(
    _ctx: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[time | None] | None:
    """Return the time in a tuple, to tell *no alarm* from *not asked*."""
    try:
        return None if value is None else (parse_alarm(value),)
    except ValueError:
        language = choose_language(None, os.environ)
        message = language.say(
            "{time} is no time of day; write it as 20:00, or none for no alarm.", time=repr(value)
        )
        raise click.BadParameter(message) from None


@click.command(name="calendar", cls=TranslatedCommand)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the calendar into a file instead of printing it.",
)
@click.option(
    "--per",
    type=click.Choice([per.value for per in Per]),
    help=f"One event for each day, or for each note and stage. {_AS_CONFIGURED}",
)
@click.option(
    "--alarm",
    callback=_read_alarm,
    metavar="TIME",
    help=f"When events ring, such as 20:00; none for never. {_AS_CONFIGURED}",
)
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    metavar="N",
    help=f"How many days ahead. {_AS_CONFIGURED}",
)
@click.option("--on", metavar="DATE", help="The day to take for today, such as 2024-10-27.")
@click.option(
    "--push",
    metavar="URL",
    help="Put the events into this calendar of a CalDAV server; needs the extra `caldav`.",
)
@click.pass_obj
def calendar_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    *,
    output: Path | None,
    per: str | None,
    alarm: tuple[time | None] | None,
    days: int | None,
    on: str | None,
    push: str | None,
) -> int:
    """Print the coming reviews as a calendar for your phone (iCalendar).

    What is overdue stands on today; what is done is gone. The same notes on the same day give the
    same file. With `file` below `calendar` in the configuration, the daemon keeps it fresh.

    \b
    Examples:
      vault-sync calendar -o reviews.ics
      vault-sync calendar --per note --alarm 07:30 > reviews.ics
      vault-sync calendar --push https://dav.example.org/you/reviews/

    --push asks the environment for VAULT_SYNC_CALDAV_USER and VAULT_SYNC_CALDAV_PASSWORD, or the
    system's keyring for the password. It changes and deletes only events of its own.
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.publishing import CalendarRequest, run_calendar  # noqa: PLC0415 - for a quick start

    request = CalendarRequest(output=output, per=per, alarm=alarm, days=days, on=on, push=push)
    return run_calendar(options, request)
