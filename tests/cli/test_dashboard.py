"""The dashboard: what it counts, and how it looks in any terminal."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.screen import Screen

from tests.study.reviews import TODAY, ago, make_note
from vault_sync.cli.dashboard import DaemonView, DashboardView
from vault_sync.errors import Problem
from vault_sync.i18n import LANGUAGES, Language
from vault_sync.study.reviews import forecast_days, make_dashboard

if TYPE_CHECKING:
    from vault_sync.study.notes import StudyNote

NO_DAEMON: Final = DaemonView(None, None)
CODES: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class TestTheCounts:
    def test_what_is_done_is_no_load(self) -> None:
        notes = [
            make_note("done.md", ago(20), {1, 4, 7, 14}),
            make_note("good.md", ago(20), is_long_term=True),
            make_note("none.md", None),
        ]
        assert not any(load.total for load in forecast_days(notes, TODAY))
        board = make_dashboard(notes, TODAY)
        assert (board.total.due, board.neglected) == (0, ())
        assert (board.total.done, board.total.reviews, board.total.remembered) == (4, 12, 1)

    def test_the_next_two_weeks(self) -> None:
        notes = [
            make_note("late.md", ago(9), {1, 4}),  # 7 two days ago, 14 in five days
            make_note("due.md", ago(4), {1}),  # 4 today, 7 in three days, 14 in ten
            make_note("new.md", TODAY),  # in 1, 4, 7 and 14 days
        ]
        days = forecast_days(notes, TODAY)
        assert [load.day for load in days] == [TODAY + timedelta(days=n) for n in range(14)]
        assert [load.due for load in days] == [1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0]
        assert [load.overdue for load in days] == [1, *[0] * 13]

    def test_a_note_is_overdue_once(self) -> None:
        (today, *_) = forecast_days([make_note(first=ago(30))], TODAY)
        assert (today.due, today.overdue) == (0, 1)

    def test_subjects_with_most_to_do_come_first(self) -> None:
        notes = [
            make_note("a.md", ago(1), subject="영어", rate=0.2),
            make_note("b.md", ago(9), subject="영어", rate=0.8),
            make_note("c.md", ago(0), subject="가", rate=None),
            make_note("d.md", ago(0), subject="나", rate=0.4),
            make_note("e.md", ago(0), subject="나", rate=None),
        ]
        found = make_dashboard(notes, TODAY).subjects
        assert [(one.name, one.notes, one.due, one.overdue) for one in found] == [
            ("영어", 2, 2, 1),
            ("나", 2, 0, 0),
            ("가", 1, 0, 0),
        ]
        assert [one.rate for one in found] == [0.5, 0.4, None]

    def test_subjects_that_look_alike_are_one(self) -> None:
        spelled = [
            normalize("NFD", "한글"),
            "한글\u200b",
            "한글",
            "한글",
            "C\u00a0언어",
            "c 언어",
            "",
        ]
        notes = [make_note(f"{n}.md", ago(1), subject=name) for n, name in enumerate(spelled)]
        found = make_dashboard(notes, TODAY).subjects
        assert [(one.name, one.notes) for one in found] == [
            ("한글", 4),
            ("C\u00a0언어", 2),
            ("", 1),
        ]

    def test_the_longest_neglected_are_few(self) -> None:
        notes = [make_note(f"{days}.md", ago(days)) for days in range(1, 30)]
        found = make_dashboard(notes, TODAY).neglected
        assert [review.days_overdue(TODAY) for review in found] == [28, 27, 26, 25, 24]

    @pytest.mark.parametrize(("left", "days"), [(0, 1), (5, 6), (400, 14)])
    def test_the_calendar_has_an_end(self, left: int, days: int) -> None:
        assert len(forecast_days([make_note()], date.max - timedelta(days=left))) == days


def draw(
    notes: list[StudyNote], width: int, language: str = "ko", encoding: str = "utf-8", **more: Any
) -> list[str]:
    """Return the lines of a dashboard in a terminal without colours."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    console = Console(file=stream, width=width, color_system=None, highlight=False)
    view = DashboardView(make_dashboard(notes, TODAY), NO_DAEMON, Language(language), **more)
    with console.capture() as captured:
        console.print(view)
    return [line.rstrip() for line in captured.get().splitlines()]


class TestTheLook:
    NOTES: Final = (
        make_note("웹/HTTP 상태 코드.md", ago(9), {1, 4}),
        make_note("웹/쿠키와 세션.md", ago(4), {1}, rate=0.6),
        make_note("Linux/Signals.md", TODAY, subject="Linux", rate=None),
    )

    def test_in_korean(self) -> None:
        assert draw([*self.NOTES], 40) == [
            "복습 · 10-27 일",
            "노트 3개 · 지금 복습할 노트 2개",
            "밀린 복습 1개 · 복습 12회 중 3회 완료",
            "장기기억 0개",
            "",
            "오늘     2 ▒█",
            "10-28 월 1 █",
            "10-29 화 ·",
            "10-30 수 1 █",
            "10-31 목 1 █",
            "11-01 금 1 █",
            "11-02 토 ·",
            "11-03 일 1 █",
            "11-04 월 ·",
            "11-05 화 ·",
            "11-06 수 1 █",
            "11-07 목 ·",
            "11-08 금 ·",
            "11-09 토 ·",
            "",
            "과목        학습률 노트 할 복습",
            "웹    ██···    40%    2       2",
            "Linux ·····      –    1       ·",
            "",
            "가장 오래 밀린 복습",
            "2일 HTTP 상태 코드 (7일차)",
            "",
            "데몬이 꺼져 있습니다. `vault-sync watch`",
            "명령으로 켤 수 있습니다.",
        ]

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("width", [40, 80, 200])
    def test_columns_stand_below_each_other(self, language: str, width: int) -> None:
        names = ("웹", "Web", "데이터베이스 설계", "🧠", "é́", "아주아주아주아주아주아주긴과목")
        notes = [make_note(f"{name}.md", ago(30), subject=name) for name in names]
        lines = draw(notes, width, language)
        assert all(cell_len(line) <= width for line in lines)
        rates = [line for line in lines if "20%" in line]
        assert len(rates) == len(names)
        assert len({cell_len(line[: line.index("20%")]) for line in rates}) == 1

    @pytest.mark.parametrize("width", [10, 20])
    def test_a_sliver_of_a_terminal_still_shows_the_reviews_of_each_day(self, width: int) -> None:
        shown = "\n".join(draw([*self.NOTES], width))
        counts = re.findall(r"^(?:오늘|1[01]-\d\d .) +([0-9·])", shown, re.MULTILINE)
        assert counts == [*"21·111·1··1···"]

    def test_a_terminal_of_one_column_is_no_error(self) -> None:
        assert draw([*self.NOTES], 1)

    @settings(deadline=None)
    @given(
        text=st.text(
            st.sampled_from("가🟩\x1b[31m\n\r\t\x9b\u202e\u2028:[]/\\bold") | st.characters(),
            max_size=80,
        ),
        width=st.sampled_from([40, 80]),
    )
    def test_no_name_steers_the_terminal(self, text: str, width: int) -> None:
        note = make_note("a.md", ago(30), subject=text)._replace(title=text)
        lines = draw([note], width)
        assert not any(CODES.search(line) for line in lines)
        assert all(cell_len(line) <= width for line in lines)

    @pytest.mark.parametrize("text", ["[red]웹[/red]", "[/]", ":smile:", "[link=file:///]x"])
    def test_no_name_is_taken_for_markup(self, text: str) -> None:
        note = make_note("a.md", ago(30), subject=text)._replace(title=text)
        assert sum(text in line for line in draw([note], 80)) == 2

    def test_notes_of_one_title_are_told_apart_by_their_paths(self) -> None:
        notes = [make_note(f"{folder}/정렬.md", ago(30)) for folder in ("1학기", "2학기")]
        lines = draw([*notes, make_note("1학기/트리.md", ago(29))], 60)
        waiting = lines[lines.index("가장 오래 밀린 복습") + 1 :]
        named = ("1학기/정렬 (1일차)", "2학기/정렬 (1일차)", "일 트리 (1일차)")
        assert all(name in line for name, line in zip(named, waiting, strict=False))

    def test_a_terminal_without_blocks_gets_letters(self) -> None:
        lines = draw([*self.NOTES], 60, "en", "ascii")
        assert "today     2 =#" in lines

    def test_many_reviews_still_fit(self) -> None:
        notes = [make_note(f"{n}.md", ago(1)) for n in range(900)]
        notes += [make_note("one.md", ago(0))]
        lines = draw(notes, 40)
        today, tomorrow = lines[lines.index("") + 1 : lines.index("") + 3]
        assert today.startswith("오늘     900 ███")
        assert cell_len(today) <= 40
        assert tomorrow == "10-28 월   1 █"  # what is there is seen

    def test_no_notes_are_told(self) -> None:
        assert draw([], 60)[1] == "이 볼트에는 학습 노트가 없습니다. `vault-sync init`으로"

    def test_many_subjects_are_cut(self) -> None:
        notes = [make_note(f"{n}.md", ago(0), subject=f"과목{n:02}") for n in range(30)]
        lines = draw(notes, 60)
        assert "그 밖의 과목 18개" in lines
        assert sum("과목" in line and "%" in line for line in lines) == 12

    @pytest.mark.parametrize(
        ("height", "days", "subjects", "neglected"),
        [(60, 14, 12, 5), (35, 14, 5, 3), (28, 7, 5, 3), (24, 7, 3, 1)],
    )
    def test_a_low_screen_shows_less_of_each_part(
        self, height: int, days: int, subjects: int, neglected: int
    ) -> None:
        notes = [make_note(f"{n}.md", ago(30), subject=f"과목{n:02}") for n in range(30)]
        view = DashboardView(make_dashboard(notes, TODAY), NO_DAEMON, Language("ko"))
        console = Console(width=60, height=height, color_system=None)
        with console.capture() as captured:
            console.print(Screen(view.fit(height)))
        lines = captured.get().splitlines()
        assert "데몬이 꺼져 있습니다." in "".join(lines)
        assert sum(bool(re.match(r"오늘|\d\d-\d\d ", line)) for line in lines) == days
        assert sum("%" in line for line in lines) == subjects
        assert sum("일차)" in line for line in lines) == neglected

    def test_troubles_are_counted(self) -> None:
        problems = [
            ("a.md", Problem("It is broken.")),
            ("a.md", Problem("Twice.")),
            ("b", Problem("")),
        ]
        (line,) = [one for one in draw([], 80, "en", problems=problems) if "cannot" in one]
        assert line == "2 notes cannot be read; `vault-sync -v due` says why."
