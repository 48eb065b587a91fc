"""``vault-sync calendar``: make it, then print it, write it or push it."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, file_option, on_option
from vault_sync.cli.streams import print_bytes, replace_asked_file
from vault_sync.i18n import Language, choose_language
from vault_sync.rules.config import MAX_DAYS, Per, parse_alarm
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from datetime import time

    from vault_sync.study.calendar import ReviewCalendar

_PRINTED: Final = Path("-")
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


@command("calendar")
@file_option(
    "-o",
    "--output",
    help_="Write the calendar into this file; - prints it. On a terminal it goes to reviews.ics by itself.",
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
@on_option
@click.option(
    "--push",
    metavar="URL",
    help="Put the events into this calendar of a CalDAV server; needs the extra `caldav`.",
)
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
    from vault_sync.cli.due import open_review_session
    from vault_sync.study.calendar import GOOGLE_LIMIT, MARK, make_calendar

    session = open_review_session(options, on)
    configured = session.workspace.config.calendar
    settings = configured._replace(
        per=Per(per) if per else configured.per,
        alarm=alarm[0] if alarm else configured.alarm,
        days=days or configured.days,
    )
    notes = session.load_notes()
    made = make_calendar(session.workspace, session.moment, settings, notes)
    if not (output or push) and sys.stdout.isatty():
        output = Path("reviews.ics")  # nobody reads a calendar on a terminal
    talk = options.verbosity >= 0
    data = made.to_bytes()
    if len(data) > GOOGLE_LIMIT and not push:
        echo(_warn_of_size(len(data), session.language), err=True)
    if talk and made.gathered:
        echo(_describe_gathered(made, session.language), err=True)
    if output and output != _PRINTED:
        replace_asked_file(output, data, MARK, session.workspace.vault.root, session.language)
        if talk:
            echo(_describe(made, output, session.language), err=True)
    if push:
        echo(_push(push, made, session.language))
    if output == _PRINTED or not (output or push):
        print_bytes(data)
    if talk and (lack := session.find_lack(len(notes))):
        echo(lack, err=True)
    return session.finish("calendar")


def _describe(made: ReviewCalendar, path: Path, language: Language) -> str:
    return language.count(
        "Wrote {n} event to {file}.",
        "Wrote {n} events to {file}.",
        len(made.events),
        file=make_printable(str(path)),
    )


def _warn_of_size(size: int, language: Language) -> str:
    return language.say(
        "The calendar has {size} MB; Google Calendar takes 1 MB at most. Fewer `--days`, or `--per day`, make it smaller.",
        size=f"{size / 1_000_000:.1f}",
    )


def _describe_gathered(made: ReviewCalendar, language: Language) -> str:
    return language.count(
        "Too many for an event each: {n} review stands in one event with others of its day.",
        "Too many for an event each: {n} reviews stand in one event for each day.",
        made.gathered,
    )


def _push(url: str, made: ReviewCalendar, language: Language) -> str:
    from vault_sync.study.caldav import find_credentials, push_calendar

    report = push_calendar(url, find_credentials(os.environ), made.list_events(), made.uid_start)
    return language.say(
        "Pushed: {added} added, {changed} changed, {deleted} deleted, {kept} as they were.",
        **asdict(report),
    )
