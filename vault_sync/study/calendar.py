"""The calendar of reviews: made from the notes of a vault, and kept fresh by the daemon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.files.folder import VaultFolder
from vault_sync.language import Language
from vault_sync.nfc import to_nfc
from vault_sync.study.calendar_events import EventMaker
from vault_sync.study.calendar_file import keep_calendar
from vault_sync.study.calendar_text import render_calendar, render_event
from vault_sync.study.days import find_day
from vault_sync.study.notes import load_study_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime, time

    from vault_sync.errors import Problem
    from vault_sync.rules.calendar import CalendarSettings
    from vault_sync.study.calendar_events import CalendarEvent
    from vault_sync.study.notes import StudyNote
    from vault_sync.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReviewCalendar:
    """The coming reviews of a vault as events.

    Attributes:
        events: in a steady order.
        name: of the calendar.
        on: the day of making.
        alarm: the time of day at which events ring; None for never.
    """

    events: tuple[CalendarEvent, ...]
    name: str
    on: date
    alarm: time | None

    def to_bytes(self) -> bytes:
        """Return it as an iCalendar file."""
        return render_calendar(self.events, self.name, self.on, self.alarm)

    def list_events(self) -> dict[str, bytes]:
        """Return each event alone, by its UID, as CalDAV wants it."""
        return {one.uid: render_event(one, self.on, self.alarm) for one in self.events}


def make_calendar(
    workspace: Workspace,
    moment: datetime,
    settings: CalendarSettings,
    notes: Iterable[StudyNote],
) -> ReviewCalendar:
    """Return the calendar of a vault.

    Args:
        workspace: the vault.
        moment: what is taken for the present.
        settings: how the calendar is made.
        notes: the vault's study notes.
    """
    language = Language(workspace.config.language)
    on = find_day(workspace, moment)
    vault = settings.vault or to_nfc(Path(workspace.vault.root).name)
    events = EventMaker(on, vault, language).make_events(list(notes), settings.days, settings.per)
    return ReviewCalendar(tuple(events), language.say("Reviews"), on, settings.alarm)


def follow(workspace: Workspace, moment: datetime, heed: Callable[[], None]) -> None:
    """Bring the calendar that the configuration names up to date; the daemon calls this.

    Args:
        workspace: the vault.
        moment: the present.
        heed: is called before each note; what it raises ends the work.

    Raises:
        CalendarError: it cannot be kept where the configuration wants it.
    """
    settings = workspace.config.calendar
    if settings.file:
        with VaultFolder(workspace.vault.root) as root:
            notes = load_study_notes(workspace, root, moment, _leave_to_refresh, heed)
            made = make_calendar(workspace, moment, settings, notes)
            keep_calendar(root, settings.file, made.to_bytes())


def _leave_to_refresh(path: str, problem: Problem) -> None:
    """Say nothing: the refresh that the daemon did before has told of the same notes."""
