"""The calendar of reviews: its events, their text as iCalendar, and the file in the vault."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event, vDuration

from vault_sync.files.export import keep_file
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language
from vault_sync.rules.config import CalendarSettings, Per
from vault_sync.study.notes import StudyNote, leave_to_refresh, load_study_notes, spell_subjects
from vault_sync.study.reviews import Review, list_coming, list_reviews
from vault_sync.text import find_twins, make_printable, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vault_sync.vault.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReviewCalendar:
    """The coming reviews of a vault as events.

    Attributes:
        events: in a steady order.
        name: of the calendar.
        alarm: the time of day at which events ring; None for never.
        uid_start: with which the UIDs of all events of this vault begin, and of no other vault.
    """

    events: tuple[CalendarEvent, ...]
    name: str
    alarm: time | None
    uid_start: str

    @property
    def gathered(self) -> int:
        """How many reviews have no event of their own although one for each was asked for."""
        return sum(event.gathered for event in self.events)

    def to_bytes(self) -> bytes:
        """Return it as an iCalendar file."""
        return render_calendar(self.events, self.name, self.alarm)

    def list_events(self) -> dict[str, bytes]:
        """Return each event alone, by its UID, as CalDAV wants it."""
        return {one.uid: render_event(one, self.alarm) for one in self.events}


def make_calendar(
    workspace: Workspace, moment: datetime, settings: CalendarSettings, notes: Iterable[StudyNote]
) -> ReviewCalendar:
    """Return the calendar of a vault.

    Args:
        workspace: the vault.
        moment: what is taken for the present.
        settings: how the calendar is made.
        notes: the vault's study notes.
    """
    language = Language(workspace.config.language)
    on = workspace.day(moment)
    vault = settings.vault or to_nfc(Path(workspace.vault.root).name)
    is_ahead = on > workspace.day(workspace.moment(None))
    maker = EventMaker(on, vault, language, is_ahead=is_ahead)
    events = maker.make_events(list(notes), settings.days, settings.per)
    title, start = language.say("Reviews"), start_uid(vault)
    return ReviewCalendar(tuple(events), title, settings.alarm, start)


def follow(workspace: Workspace, moment: datetime, check_cancelled: Callable[[], None]) -> None:
    """Bring the calendar that the configuration names up to date; the daemon calls this.

    Args:
        workspace: the vault.
        moment: the present.
        check_cancelled: is called before each note; what it raises ends the work.

    Raises:
        KeptFileError: it cannot be kept where the configuration wants it.
    """
    settings = workspace.config.calendar
    if settings.file:
        with VaultFolder(workspace.vault.root) as root:
            notes = load_study_notes(workspace, root, moment, leave_to_refresh, check_cancelled)
            made = make_calendar(workspace, moment, settings, notes)
            keep_file(root, settings.file, made.to_bytes(), MARK)


# The events of a calendar of reviews. Pure.
#
# What is overdue stands on the present day, once for each note, until it is done; what is to come
# stands on its own day. Nothing in an event depends on the machine, so two devices make the same.

GOOGLE_LIMIT: Final = 1_000_000
"""The most bytes that Google Calendar imports (Google, "Import events to Google Calendar")."""

UID_START: Final = "vault-sync-"
MOST_EACH: Final = 50
"""How many reviews of one day have an event of their own: nobody hears more alarms than that."""
MOST_EVENTS: Final = 1_000
"""How many such events there are in all; the days after them have one event each."""
_MOST_LISTED: Final = 30
_MOST_SUBJECTS: Final = 3
_LONGEST: Final = 200
_FAR_EAST: Final = timedelta(hours=14)  # no clock is further ahead of UTC
_ALWAYS: Final = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event that lasts a whole day.

    Attributes:
        uid: the same for the same thing at every making.
        day: its day.
        title: one line.
        text: lines below it.
        link: opens the note, or the vault, in Obsidian.
        stamp: since when it says what it says, in UTC.
        gathered: how many reviews it stands for that were to have an event each.
    """

    uid: str
    day: date
    title: str
    text: str
    link: str
    stamp: datetime
    gathered: int = 0


def start_uid(vault: str) -> str:
    """Return with what the UIDs of the events of a vault begin.

    Args:
        vault: its name in Obsidian.
    """
    return f"{UID_START}{_digest(vault)[:8]}-"


def _digest(name: str) -> str:
    return hashlib.sha256(_name_bytes(name)).hexdigest()


@dataclass(frozen=True, slots=True)
class EventMaker:
    """Turns reviews into events.

    Attributes:
        on: the present day.
        vault: the vault's name in Obsidian.
        language: of titles and texts.
        is_ahead: that day is still to come.
    """

    on: date
    vault: str
    language: Language
    is_ahead: bool = False

    def make_events(self, notes: Sequence[StudyNote], days: int, per: Per) -> list[CalendarEvent]:
        """Return the events of the present day and the days after it, in a steady order.

        Args:
            notes: all study notes of the vault.
            days: how many days after the present one.
            per: what an event stands for.
        """
        coming = list_coming(notes, self.on, days)
        later = (review for review in coming if review.due > self.on)
        reviews = sorted(
            (*list_reviews(notes, self.on), *later),
            key=lambda review: (
                self._day_of(review),
                review.due < self.on,
                review.due,
                *_name(review),
                review.note.path,
            ),
        )
        by_day = groupby(reviews, self._day_of)
        if per is Per.DAY:
            return [self._make_digest(day, list(group)) for day, group in by_day]
        return self._make_each(by_day, find_twins(note.path for note in notes))

    def _day_of(self, review: Review) -> date:
        return max(review.due, self.on)

    def _make_each(
        self, by_day: Iterable[tuple[date, Iterable[Review]]], twins: Mapping[str, str]
    ) -> list[CalendarEvent]:
        """Return an event for each review, and one for what is too much of a day."""
        events: list[CalendarEvent] = []
        for day, group in by_day:
            of_day = list(group)
            count = min(MOST_EACH, max(0, MOST_EVENTS - len(events)))
            events += (self._make_one(review, twins) for review in of_day[:count])
            if rest := of_day[count:]:
                events.append(replace(self._make_digest(day, rest), gathered=len(rest)))
        return events

    def _make_one(self, review: Review, twins: Mapping[str, str]) -> CalendarEvent:
        path, stage = _name(review)
        if review.note.path in twins:  # of the two, the one in NFC keeps the name
            path = review.note.path
        title = f"{_show(review.note.title)} · {self._name_stage(stage)}"
        text = ", ".join(self._list_details(review))
        return CalendarEvent(
            self._make_uid(f"{path}\n{stage}"),
            self._day_of(review),
            title,
            text,
            self._link(review),
            self._stamp([review]),
        )

    def _make_digest(self, day: date, reviews: Sequence[Review]) -> CalendarEvent:
        title, text = self._name_day(reviews), self._describe_day(reviews)
        uid, link = self._make_uid(day.isoformat()), make_vault_link(self.vault)
        return CalendarEvent(uid, day, title, text, link, self._stamp(reviews))

    def _make_uid(self, name: str) -> str:
        """Return the same for the same thing of the same vault, whatever machine makes it."""
        return f"{start_uid(self.vault)}{_digest(name)[:32]}"

    def _stamp(self, reviews: Iterable[Review]) -> datetime:
        """Return since when an event says this.

        What is overdue is said anew each day: since the present day began where days begin first.
        The rest says the same on every day that it is made, and so does all that is said of a day to come.
        """
        is_late = any(review.due < self.on for review in reviews)
        if is_late and not self.is_ahead and self.on.year > 1:
            return datetime.combine(self.on, time(), UTC) - _FAR_EAST
        return _ALWAYS

    def _name_stage(self, stage: int) -> str:
        return self.language.say("day {stage}", stage=stage)

    def _name_day(self, reviews: Sequence[Review]) -> str:
        title = self.language.count("{n} review", "{n} reviews", len(reviews))
        named = [one.note.subject for one in reviews if one.note.subject]
        spelled = spell_subjects(named)
        subjects = Counter(_show(spelled[subject]) for subject in named)
        ranked = subjects.most_common()
        shown = [f"{subject} {count}" for subject, count in ranked[:_MOST_SUBJECTS]]
        more = ["…"] if len(ranked) > _MOST_SUBJECTS else []
        return f"{title} ({', '.join(shown + more)})" if shown else title

    def _describe_day(self, reviews: Sequence[Review]) -> str:
        """Return the names of notes, each on its line, and below all of them their links."""
        shown = reviews[:_MOST_LISTED]
        names = [f"{n}. {self._describe(review)}" for n, review in enumerate(shown, 1)]
        links = [f"{n}. {self._link(review)}" for n, review in enumerate(shown, 1)]
        rest = len(reviews) - len(shown)
        if rest:
            names.append(self.language.count("and {n} more note", "and {n} more notes", rest))
        return "\n".join((*names, "", *links))

    def _describe(self, review: Review) -> str:
        details = ", ".join((self._name_stage(review.stage), *self._list_details(review)))
        return f"{_show(review.note.title)} ({details})"

    def _list_details(self, review: Review) -> list[str]:
        note = review.note
        place = " ".join(filter(None, (note.textbook, note.page)))
        late = review.days_overdue(self.on)
        overdue = self.language.count("{n} day overdue", "{n} days overdue", late)
        return [_show(part) for part in (note.subject, place, overdue if late > 0 else "") if part]

    def _link(self, review: Review) -> str:
        return make_open_link(self.vault, review.note.path)


def _name(review: Review) -> tuple[str, int]:
    """Return what names a review on every device: NFC, whatever form its file system keeps."""
    return to_nfc(review.note.path), review.stage


def _show(text: str) -> str:
    """Return a text as one line of bounded length that steers no terminal and no calendar."""
    return make_printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


# Events as an iCalendar file (RFC 5545, RFC 7986). Pure.
#
# The same events give the same bytes: no time of making, no version, no machine.

PRODUCT: Final = "-//vault-sync//reviews//EN"
MARK: Final = f"PRODID:{PRODUCT}"  # by which our own files are known again
_REFRESH: Final = timedelta(hours=4)
_DAY: Final = timedelta(days=1)


def render_calendar(events: Iterable[CalendarEvent], name: str, alarm: time | None) -> bytes:
    """Return an iCalendar file.

    Args:
        events: in the order in which they are to stand.
        name: of the calendar, for people.
        alarm: the time of day at which events ring; None for never.
    """
    calendar = _begin_calendar()
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for event in events:
        calendar.add_component(make_event(event, alarm))
    return _to_bytes(calendar)


def render_event(event: CalendarEvent, alarm: time | None) -> bytes:
    """Return one event as CalDAV wants it: alone, and without a method (RFC 4791, 4.1).

    Args:
        event: what it says.
        alarm: the time of day at which it rings; None for never.
    """
    calendar = _begin_calendar()
    calendar.add_component(make_event(event, alarm))
    return _to_bytes(calendar)


def _begin_calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def _to_bytes(calendar: Calendar) -> bytes:
    data: bytes = calendar.to_ical()  # the library's hint is Any
    return data


def make_event(event: CalendarEvent, alarm: time | None) -> Event:
    """Return an event as a component of iCalendar.

    Args:
        event: what it says.
        alarm: the time of day at which it rings; None for never.
    """
    made = Event()
    made.add("uid", event.uid)
    made.add("dtstamp", event.stamp)
    made.add("dtstart", event.day)
    if event.day < date.max:  # without an end it lasts the day just as well (RFC 5545, 3.6.1)
        made.add("dtend", event.day + _DAY)
    made.add("summary", event.title)
    if event.text:
        made.add("description", event.text)
    made.add("url", event.link)
    made.add("transp", "TRANSPARENT")  # a day with reviews is not a day one is busy
    if alarm is not None:
        made.add_component(_make_alarm(event, alarm))
    return made


def _make_alarm(event: CalendarEvent, at: time) -> Alarm:
    """Return an alarm at a time of the event's day; its start is midnight where the reader is."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", timedelta(hours=at.hour, minutes=at.minute))
    return alarm


# Links that open things in Obsidian. Pure.


def make_vault_link(vault: str) -> str:
    """Return a link that opens a vault (Obsidian help, "Obsidian URI": values are percent-encoded).

    Args:
        vault: its name in Obsidian.
    """
    return f"obsidian://open?vault={_encode(vault)}"


def make_open_link(vault: str, path: str) -> str:
    """Return a link that opens a note, the same one in whatever form a file system keeps its name.

    Args:
        vault: its name in Obsidian.
        path: of the note, in the vault.
    """
    return f"{make_vault_link(vault)}&file={_encode(to_nfc(path))}"


def _encode(text: str) -> str:
    return quote(_name_bytes(text), safe="")


def _name_bytes(text: str) -> bytes:
    """Return a name as UTF-8: a byte that was none as itself, and so half a character, as Windows has them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
