"""The calendar of reviews: what stands in it, and its bytes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category, normalize
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tests.study.reviews import TODAY, ago, make_note
from vault_sync.i18n import Language
from vault_sync.rules.config import Per
from vault_sync.study.calendar import (
    MOST_EACH,
    MOST_EVENTS,
    UID_START,
    CalendarEvent,
    EventMaker,
    make_open_link,
    render_calendar,
    render_event,
)

if TYPE_CHECKING:
    from vault_sync.study.notes import StudyNote

KOREAN: Final = EventMaker(TODAY, "내 볼트", Language("ko"))
EVENING: Final = time(20)
NEW_YEAR: Final = datetime(2024, 1, 1, tzinfo=UTC)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def make(*notes: StudyNote, per: Per = Per.DAY, days: int = 60) -> list[CalendarEvent]:
    return KOREAN.make_events(notes, days, per)


class TestTheEvents:
    def test_what_is_done_is_gone(self) -> None:
        done = make_note(first=ago(9), done={1, 4, 7, 14})
        for_good = make_note(first=ago(9), is_long_term=True)
        for per in Per:
            assert not make(done, for_good, make_note(first=None), per=per)

    def test_what_is_overdue_stands_on_today_once(self) -> None:
        late = make_note("늦은 것.md", ago(30))
        (digest,) = make(late)
        (event,) = make(late, per=Per.NOTE)
        assert digest.day == event.day == TODAY
        assert digest.title == "복습 1개 (웹 1)"
        assert event.title == "늦은 것 · 1일차"
        assert event.text == "웹, HTTP 노트 P12~, 29일 지남"

    def test_subjects_that_look_alike_are_counted_together(self) -> None:
        notes = [make_note(f"{n}.md", ago(30), subject="웹\u200b" * n or "웹") for n in (0, 1)]
        assert [event.title for event in make(*notes)] == ["복습 2개 (웹 2)"]

    def test_each_coming_stage_has_its_day(self) -> None:
        note = make_note(first=TODAY, done={4})
        days = [TODAY + timedelta(days=stage) for stage in (1, 7, 14)]
        assert [event.day for event in make(note)] == days
        assert [event.day for event in make(note, per=Per.NOTE)] == days

    def test_a_day_is_one_event(self) -> None:
        notes = [make_note(f"{name}.md", ago(4), {1}) for name in "가나다"]
        english = make_note("en.md", ago(4), {1}, subject="영어")
        bare = make_note("bare.md", ago(4), {1}, subject="")
        today, *_ = make(english, *notes, bare)
        assert today.title == "복습 5개 (웹 3, 영어 1)"
        names, links = today.text.split("\n\n")
        assert names.splitlines()[:2] == [
            "1. bare (4일차, HTTP 노트 P12~)",
            "2. en (4일차, 영어, HTTP 노트 P12~)",
        ]
        assert len(names.splitlines()) == len(links.splitlines()) == 5
        assert all(f"{n}. obsidian://" in links for n in range(1, 6))
        assert today.link == "obsidian://open?vault=%EB%82%B4%20%EB%B3%BC%ED%8A%B8"

    def test_a_long_day_is_cut(self) -> None:
        notes = [make_note(f"{n:04}.md", ago(2), subject=f"과목{n:04}") for n in range(500)]
        today, *_ = make(*notes)
        assert today.title == "복습 500개 (과목0000 1, 과목0001 1, 과목0002 1, …)"
        assert "\n그 밖의 노트 470개\n\n1. obsidian://" in today.text
        assert len(today.text) < 8192  # the most that Google keeps

    @pytest.mark.parametrize(("days", "count"), [(1, 1), (4, 2), (13, 3), (14, 4)])
    def test_it_looks_so_many_days_ahead(self, days: int, count: int) -> None:
        assert len(make(make_note(first=TODAY), days=days)) == count

    def test_the_end_of_the_calendar_is_no_trouble(self) -> None:
        last = date.max - timedelta(days=3)
        events = replace(KOREAN, on=last).make_events([make_note(first=ago(0))], 60, Per.DAY)
        coming = EventMaker(last, "v", Language()).make_events(
            [make_note(first=None)], 60, Per.NOTE
        )
        assert [event.day for event in events] == [last]
        assert coming == []
        at_the_end = CalendarEvent("x", date.max, "t", "", "obsidian://open?vault=v", NEW_YEAR)
        assert b"DTEND" not in render_event(at_the_end, None)

    def test_what_is_due_today_comes_before_what_is_overdue(self) -> None:
        late = [make_note(f"a{n:02}.md", ago(50)) for n in range(60)]
        today = make_note("z.md", ago(1))
        assert make(*late, today)[0].text.startswith("1. z (1일차")
        assert make(*late, today, per=Per.NOTE)[0].title == "z · 1일차"

    def test_one_event_for_each_note_has_a_bound_and_loses_nothing(self) -> None:
        notes = [make_note(f"{n:04}.md", ago(n % 40)) for n in range(3_000)]
        events = make(*notes, per=Per.NOTE)
        each = [event for event in events if not event.gathered]
        assert len(each) <= MOST_EVENTS
        by_day = Counter(event.day for event in each)
        assert max(by_day.values()) == MOST_EACH
        told = [int(event.title.split("개")[0].split()[-1]) for event in make(*notes)]
        assert len(each) + sum(event.gathered for event in events) == sum(told)

    def test_order_does_not_depend_on_the_notes_order(self) -> None:
        notes = [make_note(f"{name}.md", ago(days)) for days, name in enumerate("나가다라")]
        for per in Per:
            assert make(*notes, per=per) == make(*reversed(notes), per=per)


class TestTheNames:
    def test_uids_are_those_of_path_and_stage_or_day(self) -> None:
        note = make_note("웹/HTTP.md", ago(2))
        other = EventMaker(ahead(1), "내 볼트", Language("en"))
        for per in Per:
            first = {event.day: event.uid for event in make(note, per=per)}
            later = {event.day: event.uid for event in other.make_events([note], 60, per)}
            assert all(uid.startswith(UID_START) for uid in first.values())
            assert len(set(first.values())) == len(first) == 4
            shared = first.keys() & later.keys()
            assert len(shared) == 3
            assert all(first[day] == later[day] for day in shared)
            elsewhere = replace(KOREAN, vault="다른 볼트").make_events([note], 60, per)
            assert not set(first.values()) & {event.uid for event in elsewhere}
        renamed = make_note("웹/HTTP 2.md", ago(2))
        ours = {event.uid for event in make(note, per=Per.NOTE)}
        assert not ours & {event.uid for event in make(renamed, per=Per.NOTE)}

    def test_a_uid_never_changes(self) -> None:
        """Whoever has the calendar knows these; another one would double every event."""
        by_day, *_ = make(make_note("웹/HTTP.md", ago(2)))
        by_note, *_ = make(make_note("웹/HTTP.md", ago(2)), per=Per.NOTE)
        assert by_day.uid == "vault-sync-b33230a6-85886b9085882a59a183c56753d6567f"
        assert by_note.uid == "vault-sync-b33230a6-4a759b49adb09d509c4e53fe46c5aa7d"

    def test_both_forms_of_a_korean_name_are_one(self) -> None:
        composed = make_note(normalize("NFC", "웹/쿠키.md"))
        apart = composed._replace(path=normalize("NFD", composed.path))
        for per in Per:
            assert make(composed, per=per) == make(apart, per=per)

    @pytest.mark.parametrize(
        "path",
        ["웹/쿠키와 세션.md", "C++ & R?.md", "a%20b+c=d#e/50%.md", "a'b\"c;d,e.md", "🥉/1.5.md"],
    )
    def test_links_say_what_they_mean(self, path: str) -> None:
        event, *_ = make(make_note(path), per=Per.NOTE)
        assert event.link.isascii()
        parts = urlsplit(event.link)
        assert (parts.scheme, parts.netloc, parts.fragment) == ("obsidian", "open", "")
        assert parse_qs(parts.query.replace("+", "%2B"), strict_parsing=True) == {
            "vault": ["내 볼트"],
            "file": [path],
        }
        assert "/" not in parts.query
        assert "+" not in parts.query

    def test_a_name_that_is_not_utf_8_is_carried(self) -> None:
        event, *_ = make(make_note("a\udcffb.md"), per=Per.NOTE)
        assert event.link.endswith("file=a%FFb.md")
        assert event.title == "a\\udcffb · 1일차"
        render_event(event, EVENING)


def read(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


class TestTheBytes:
    def test_the_head_says_how_often_to_look_again(self) -> None:
        data = render_calendar(make(make_note()), "복습", EVENING)
        assert data.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vault-sync//")
        for line in (
            "METHOD:PUBLISH",
            "X-WR-CALNAME:복습",
            "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
            "X-PUBLISHED-TTL:PT4H",
        ):
            assert f"\r\n{line}\r\n".encode() in data

    def test_an_event_lasts_a_day_and_rings_in_the_evening(self) -> None:
        event, *_ = make(make_note(first=TODAY))
        data = render_event(event, time(20, 30))
        for line in (
            "DTSTART;VALUE=DATE:20241028",
            "DTEND;VALUE=DATE:20241029",
            "DTSTAMP:20240101T000000Z",
            "TRANSP:TRANSPARENT",
            "TRIGGER:PT20H30M",
            "ACTION:DISPLAY",
        ):
            assert f"\r\n{line}\r\n".encode() in data
        assert b"METHOD" not in data
        assert b"VALARM" not in render_event(event, None)
        assert b"\r\nTRIGGER:P0D\r\n" in render_event(event, time(0))

    @given(
        titles=st.lists(
            st.text(
                st.sampled_from("가힣한🟩🧠é aA,;:\\\"'\n\r\t\x1b\x00\u2028\u202e\ufeff\u0301")
                | st.characters(),
                max_size=120,
            ),
            max_size=4,
        ),
        subject=st.text(max_size=60),
        per=st.sampled_from(Per),
    )
    def test_any_name_is_folded_and_read_back(
        self, titles: list[str], subject: str, per: Per
    ) -> None:
        notes = [
            make_note(f"{n}.md", subject=subject)._replace(title=title)
            for n, title in enumerate(titles)
        ]
        events = make(*notes, per=per)
        data = render_calendar(events, "복습", EVENING)
        *lines, end = data.split(b"\r\n")
        assert end == b""
        for line in lines:
            assert len(line) <= 75
            text = line.decode("utf-8")  # no character is cut in two
            assert not any(category(one) == "Cc" for one in text)
        found = [(str(one["SUMMARY"]), str(one.get("DESCRIPTION", ""))) for one in read(data)]
        assert found == [(event.title, event.text) for event in events]

    @given(st.text(st.characters()))
    def test_any_name_makes_a_link(self, name: str) -> None:
        link = make_open_link(name, name)
        assert link.isascii()
        assert not set(" \"'<>\n") & set(link)

    @pytest.mark.parametrize(
        ("name", "encoded"), [("\udcff.md", "%FF.md"), ("\ud83d.md", "%ED%A0%BD.md")]
    )
    def test_a_byte_and_half_a_character_stay_what_they_are(self, name: str, encoded: str) -> None:
        assert make_open_link("v", name).endswith(f"file={encoded}")
        assert read(render_calendar(make(make_note(name), per=Per.NOTE), "복습", EVENING))

    @given(st.lists(st.integers(-20, 40), max_size=12), st.sampled_from(Per), st.integers(0, 30))
    def test_a_stamp_changes_with_its_event_alone_and_is_never_ahead(
        self, days: list[int], per: Per, later: int
    ) -> None:
        notes = [make_note(f"{n}.md", ago(day)) for n, day in enumerate(days)]
        made: list[dict[str, CalendarEvent]] = []
        for on in (TODAY, TODAY + timedelta(days=later)):
            events = replace(KOREAN, on=on).make_events(notes, 60, per)
            first_midnight = datetime.combine(on, time(), timezone(timedelta(hours=14)))
            assert all(event.stamp <= first_midnight for event in events)
            made.append({event.uid: event for event in events})
        for uid in made[0].keys() & made[1].keys():
            before, after = made[0][uid], made[1][uid]
            assert before.stamp == after.stamp or replace(before, stamp=after.stamp) != after

    def test_nothing_to_review_is_a_calendar_too(self) -> None:
        assert read(render_calendar([], "복습", EVENING)) == []
