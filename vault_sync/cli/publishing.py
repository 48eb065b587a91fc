"""The runs behind ``calendar``: make it, then print it, write it or push it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from vault_sync.cli.asking import replace_asked_file
from vault_sync.cli.streams import print_bytes
from vault_sync.cli.studying import open_study
from vault_sync.files.folder import VaultFolder
from vault_sync.rules.calendar import Per
from vault_sync.study.calendar import make_calendar
from vault_sync.study.calendar_text import MARK
from vault_sync.study.notes import load_study_notes
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path

    from vault_sync.cli import Options
    from vault_sync.language import Language
    from vault_sync.rules.calendar import CalendarSettings
    from vault_sync.study.calendar import ReviewCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRequest:
    """What the user asked of ``calendar``, option by option; None for what was not asked."""

    output: Path | None
    per: str | None
    alarm: tuple[time | None] | None
    days: int | None
    on: str | None
    push: str | None


def run_calendar(options: Options, request: CalendarRequest) -> int:
    """Make the calendar, send it where it was asked for, and return the exit code."""
    study = open_study(options, request.on)
    settings = _choose_settings(study.workspace.config.calendar, request)
    with VaultFolder(study.workspace.vault.root) as root:
        notes = load_study_notes(study.workspace, root, study.moment, study.tell)
        made = make_calendar(study.workspace, study.moment, settings, notes)
    talk = options.verbosity >= 0
    if request.output:
        replace_asked_file(
            request.output, made.to_bytes(), MARK, study.workspace.vault.root, study.language
        )
        if talk:
            click.echo(_describe(made, request.output, study.language), err=True)
    if request.push:
        click.echo(_push(request.push, made, study.language))
    if not (request.output or request.push):
        print_bytes(made.to_bytes())
    return study.exit_code


def _choose_settings(settings: CalendarSettings, request: CalendarRequest) -> CalendarSettings:
    """Return the settings of the configuration with what was asked in their place."""
    return settings._replace(
        per=Per(request.per) if request.per else settings.per,
        alarm=request.alarm[0] if request.alarm else settings.alarm,
        days=request.days or settings.days,
    )


def _describe(made: ReviewCalendar, path: Path, language: Language) -> str:
    return language.count(
        "{file} has {n} event.",
        "{file} has {n} events.",
        len(made.events),
        file=make_printable(str(path)),
    )


def _push(url: str, made: ReviewCalendar, language: Language) -> str:
    from vault_sync.study.caldav_push import find_credentials, push_calendar  # noqa: PLC0415 - rarely wanted

    report = push_calendar(url, find_credentials(os.environ), made.list_events())
    return language.say(
        "Pushed: {added} added, {changed} changed, {deleted} deleted, {kept} as they were.",
        added=report.added,
        changed=report.changed,
        deleted=report.deleted,
        kept=report.kept,
    )
