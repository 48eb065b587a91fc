"""The events of a calendar of reviews. Pure.

What is overdue stands on the present day, once for each note, until it is done; what is to come
stands on its own day. Nothing in an event depends on the machine, so two devices make the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from vault_sync.nfc import to_nfc
from vault_sync.rules.calendar import Per
from vault_sync.study.links import make_open_link, make_vault_link
from vault_sync.study.reviews import list_coming, list_reviews
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from vault_sync.language import Language
    from vault_sync.study.notes import StudyNote
    from vault_sync.study.reviews import Review

UID_START: Final = "vault-sync-"
_MOST_LISTED: Final = 30
_MOST_SUBJECTS: Final = 3
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event that lasts a whole day.

    Attributes:
        uid: the same for the same thing at every making.
        day: its day.
        title: one line.
        text: lines below it.
        link: opens the note, or the vault, in Obsidian.
    """

    uid: str
    day: date
    title: str
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class EventMaker:
    """Turns reviews into events.

    Attributes:
        on: the present day.
        vault: the vault's name in Obsidian.
        language: of titles and texts.
    """

    on: date
    vault: str
    language: Language

    def make_events(self, notes: Sequence[StudyNote], days: int, per: Per) -> list[CalendarEvent]:
        """Return the events of the present day and the days after it, in a steady order.

        Args:
            notes: all study notes of the vault.
            days: how many days after the present one.
            per: what an event stands for.
        """
        reviews = sorted(
            (*list_reviews(notes, self.on), *self._list_later(notes, days)),
            key=lambda review: (self._day_of(review), review.due, *_name(review)),
        )
        return list(self._make_each(reviews) if per is Per.NOTE else self._make_digests(reviews))

    def _list_later(self, notes: Iterable[StudyNote], days: int) -> Iterator[Review]:
        return (review for review in list_coming(notes, self.on, days) if review.due > self.on)

    def _day_of(self, review: Review) -> date:
        return max(review.due, self.on)

    def _make_each(self, reviews: Iterable[Review]) -> Iterator[CalendarEvent]:
        for review in reviews:
            path, stage = _name(review)
            title = self.language.say(
                "Review of day {stage}: {title}", stage=stage, title=_show(review.note.title)
            )
            uid = _make_uid(f"{path}\n{stage}")
            text = ", ".join(self._list_details(review))
            yield CalendarEvent(uid, self._day_of(review), title, text, self._link(review))

    def _make_digests(self, reviews: Iterable[Review]) -> Iterator[CalendarEvent]:
        for day, group in groupby(reviews, self._day_of):
            of_day = list(group)
            uid = _make_uid(day.isoformat())
            text = self._describe_day(of_day)
            link = make_vault_link(self.vault)
            yield CalendarEvent(uid, day, self._name_day(of_day), text, link)

    def _name_day(self, reviews: Sequence[Review]) -> str:
        title = self.language.count("{n} review", "{n} reviews", len(reviews))
        subjects = Counter(_show(one.note.subject) for one in reviews if one.note.subject)
        ranked = subjects.most_common()
        shown = [f"{subject} {count}" for subject, count in ranked[:_MOST_SUBJECTS]]
        more = ["…"] if len(ranked) > _MOST_SUBJECTS else []
        return f"{title} ({', '.join(shown + more)})" if shown else title

    def _describe_day(self, reviews: Sequence[Review]) -> str:
        lines: list[str] = []
        for review in reviews[:_MOST_LISTED]:
            stage = self.language.say("day {stage}", stage=review.stage)
            details = ", ".join((stage, *self._list_details(review)))
            lines += [f"• {_show(review.note.title)} ({details})", self._link(review)]
        rest = len(reviews) - _MOST_LISTED
        if rest > 0:
            lines.append(self.language.count("and {n} more note", "and {n} more notes", rest))
        return "\n".join(lines)

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


def _make_uid(name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{UID_START}{digest[:32]}"


def _show(text: str) -> str:
    """Return a text as one line of bounded length that steers no terminal and no calendar."""
    return make_printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
