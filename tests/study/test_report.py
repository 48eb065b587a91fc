"""The report: what it counts, that names stay names, and that nothing is written over."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from datetime import date, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.study.reviews import STAGES, TODAY, make_note, make_vault, write_note
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.errors import ConfigError, KeptFileError
from vault_sync.i18n import LANGUAGES, Language
from vault_sync.study.calendar import make_open_link
from vault_sync.study.notes import never_cancel
from vault_sync.study.report_page import make_report, render_report_page
from vault_sync.study.report_picture import follow, render_report_picture
from vault_sync.study.reviews import WEEKS, find_first_weeks, record_year, sum_months
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vault_sync.study.notes import StudyNote

VOID: Final = {"meta"}
DAYS: Final = st.integers(-20, 400).map(lambda days: TODAY - timedelta(days=days))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


class TestTheYear:
    def test_a_review_counts_on_the_day_it_was_planned_for(self) -> None:
        year = record_year([make_note("a.md", ago(20), {1, 4})], TODAY)
        told = {one.day: one for one in year.records if one.done + one.open}
        assert sorted(told) == [ago(20), ago(19), ago(16), ago(13), ago(6)]
        counts = [(one.studied, one.ticked, one.open) for _, one in sorted(told.items())]
        assert counts == [(1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1)]

    def test_what_is_remembered_for_good_leaves_nothing_open(self) -> None:
        year = record_year([make_note("a.md", ago(20), {1}, is_long_term=True)], TODAY)
        assert sum(one.ticked for one in year.records) == 1
        assert not any(one.open for one in year.records)

    def test_it_ends_today_and_begins_on_a_sunday(self) -> None:
        for on in map(ago, range(8)):
            year = record_year([], on)
            first, *_, last = year.records
            assert (last.day, first.day.isoweekday()) == (on, 7)
            places = [year.find_place(one) for one in year.records]
            assert places[0] == (0, 0)
            assert places[-1] == (WEEKS - 1, on.isoweekday() % 7)
            assert len(set(places)) == len(places)

    def test_each_month_is_named_once(self) -> None:
        assert list(find_first_weeks(record_year([], TODAY)).values()) == [11, 12, *range(1, 11)]

    @pytest.mark.parametrize("on", [date.min, date.max, date(1, 3, 1)])
    def test_the_calendar_has_ends(self, on: date) -> None:
        notes = [make_note("a.md", max(date.min + timedelta(14), on) - timedelta(14))]
        assert sum(one.studied for one in record_year(notes, on).records) == 1
        report = make_report(notes, on, "공부")
        assert render_report_page(report, Language("ko"))
        assert render_report_picture(report, Language("ko"))

    @pytest.mark.parametrize(
        ("counts", "steps"),
        [
            ([], (1, 2, 3, 4)),
            ([1, 1], (1, 2, 3, 4)),
            ([10] * 20, (1, 3, 6, 8)),
            ([*[4] * 20, 500], (1, 2, 3, 4)),  # one day of importing is not the measure
        ],
    )
    def test_the_levels(self, counts: list[int], steps: tuple[int, ...]) -> None:
        notes = [
            make_note(f"{day}-{number}.md", ago(day), is_long_term=True)
            for day, count in enumerate(counts)
            for number in range(count)
        ]
        year = record_year(notes, TODAY)
        assert year.steps == steps
        levels = [year.find_level(one) for one in year.records]
        assert all(
            (level == 0) == (one.done == 0) for level, one in zip(levels, year.records, strict=True)
        )

    @settings(deadline=None)
    @given(st.lists(st.tuples(DAYS, st.sets(st.sampled_from(STAGES)), st.booleans()), max_size=20))
    def test_months_and_days_count_the_same(self, facts: list[tuple[date, set[int], bool]]) -> None:
        notes = [
            make_note(f"{number}.md", first, done, is_long_term=is_good)
            for number, (first, done, is_good) in enumerate(facts)
        ]
        year = record_year(notes, TODAY)
        span = {one.day for one in year.records}
        ticked = sum(s.is_done and s.due in span for note in notes for s in note.stages)
        assert sum(note.first_day in span for note in notes) == sum(
            one.studied for one in year.records
        )
        assert (
            ticked
            == sum(one.ticked for one in year.records)
            == sum(one.ticked for one in sum_months(year))
        )


class Page(HTMLParser):
    """Reads a page strictly: its tags, its attributes, its texts."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(data.decode("utf-8"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def find(self, tag: str, name: str) -> list[str]:
        return [value for *key, value in self.attributes if key == [tag, name]]

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def render(notes: Sequence[StudyNote], language: str = "ko", vault: str = "공부") -> Page:
    return Page(render_report_page(make_report(notes, TODAY, vault), Language(language)))


def draw(notes: Sequence[StudyNote], language: str = "ko") -> ET.Element:
    data = render_report_picture(make_report(notes, TODAY, "공부"), Language(language))
    return ET.fromstring(data.decode("utf-8"))  # noqa: S314 - our own


def make_notes(
    names: Iterable[str] = ("HTTP 상태 코드", "쿠키와 세션", "Signals"),
) -> list[StudyNote]:
    return [
        make_note(f"웹/{number}.md", ago(9 - number), {1}, subject=name)._replace(title=name)
        for number, name in enumerate(names)
    ]


class TestWhatItLoads:
    def test_nothing(self) -> None:
        page = render(make_notes())
        assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
        assert not [
            name
            for _, name, _ in page.attributes
            if name.startswith("on") or name in {"src", "style"}
        ]
        assert all(value.startswith("obsidian://open?") for value in page.find("a", "href"))
        assert not re.search(r"url\(|@import|https?:", page.text)

    def test_a_browser_is_told_so(self) -> None:
        page = render(make_notes())
        (policy,) = [value for value in page.find("meta", "content") if "default-src" in value]
        style = page.texts[page.texts.index(next(text for text in page.texts if ":root" in text))]
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")

    def test_the_picture_neither(self) -> None:
        names = [name for element in draw(make_notes()).iter() for name in element.attrib]
        assert not {"href", "style", "onload"} & set(names)


class TestNames:
    HOSTILE: Final = (
        "</style><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]><!-- &amp; &lt;",
        "\x1b[31m\n\r\x00\x9b\u2028",
        "\u202egnp.exe \ufffe\uffff \ud800 \udc80",
        "javascript:alert(1)",
        "{n} {0} {day.__class__} %s",
        "가" * 5000,
        " ",
        "",
    )

    def test_they_never_become_markup(self) -> None:
        plain = [f"이름 {n}" if name.strip() else "" for n, name in enumerate(self.HOSTILE)]
        assert render(make_notes(self.HOSTILE)).tags == render(make_notes(plain)).tags
        tags = [
            [one.tag for one in draw(make_notes(names)).iter()] for names in (self.HOSTILE, plain)
        ]
        assert tags[0] == tags[1]

    @settings(max_examples=40, deadline=None)
    @given(
        st.text(st.sampled_from("<>&\"'/=]-!가\n\x00\ud800\ufffe") | st.characters(), max_size=40)
    )
    def test_none_ever_does(self, name: str) -> None:
        notes = [
            make_note("a.md", ago(30), subject=name)._replace(title=name, textbook=name, page=name)
        ]
        plain = [
            make_note("a.md", ago(30), subject="x")._replace(title="x", textbook="x", page="x")
        ]
        data = render_report_page(make_report(notes, TODAY, name), Language("ko"))
        assert Page(data).tags == render(plain).tags
        draw(notes)

    def test_they_are_shown(self) -> None:
        page = render(make_notes(self.HOSTILE))
        for shown in (
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "{n} {0}",
            r"\x1b[31m\n\r\x00",
        ):
            assert shown in page.text
        assert "가" * 121 not in page.text
        assert not re.search(
            "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800-\udfff\ufffe\uffff]", page.text
        )

    @pytest.mark.parametrize(
        ("vault", "path"),
        [
            ("공부", "웹/HTTP 상태 코드.md"),
            ("a&file=b#c", "x&y=1 #100%.md"),
            ('"><', "a\nb'\".md"),
        ],
    )
    def test_links_hold_them_whole(self, vault: str, path: str) -> None:
        link = urlsplit(make_open_link(vault, path))
        assert (link.scheme, link.netloc, link.fragment) == ("obsidian", "open", "")
        assert parse_qs(link.query, strict_parsing=True) == {"vault": [vault], "file": [path]}
        page = render([make_note(path, ago(30))], vault=vault)
        assert page.find("a", "href") == [link.geturl()]

    def test_a_name_that_is_no_text_has_a_link(self) -> None:
        assert make_open_link("v", "\udcff.md").endswith("file=%FF.md")

    def test_one_korean_name_has_one_link(self) -> None:
        assert make_open_link("v", "가.md") == make_open_link("v", "\u1100\u1161.md")


class TestTheBytes:
    @settings(max_examples=15, deadline=None)
    @given(st.permutations(range(12)))
    def test_they_do_not_depend_on_the_order_of_notes(self, order: Sequence[int]) -> None:
        notes = [
            make_note(
                f"{n}.md", ago(3 * n), {1} if n % 2 else (), subject="가나다"[n % 3], rate=n / 13
            )
            for n in range(12)
        ]
        mixed = [notes[number] for number in order]
        for make in (render_report_page, render_report_picture):
            made = [make(make_report(some, TODAY, "v"), Language("ko")) for some in (notes, mixed)]
            assert made[0] == made[1]

    def test_ten_thousand_notes_make_a_small_page(self) -> None:
        notes = [
            make_note(f"{n}.md", ago(n % 500), {1, 4} if n % 3 else (), subject=f"과목 {n % 300}")
            for n in range(10_000)
        ]
        report = make_report(notes, TODAY, "공부")
        page = render_report_page(report, Language("ko"))
        assert len(page) < 200_000
        assert len(render_report_picture(report, Language("ko"))) < 120_000
        assert Page(page).tags.count("a") == 200 + len(report.today)
        assert "그 밖의 과목 280개" in Page(page).text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_vault_without_study_notes(self, language: str) -> None:
        page = render([], language)
        assert {"ko": "학습 노트가 없습니다", "en": "There are no study notes"}[
            language
        ] in page.text
        assert "svg" not in page.tags
        assert not [one for one in draw([], language).iter() if one.tag.endswith("circle")]


class TestTheNumbers:
    def test_on_the_page(self) -> None:
        notes = [
            make_note("late.md", ago(9), {1, 4}, rate=0.6),
            make_note("due.md", ago(4), {1}, rate=0.4),
            make_note("new.md", TODAY, rate=None),
            make_note("good.md", ago(50), {1, 4, 7, 14}, is_long_term=True, rate=0.8),
        ]
        page = render(notes, "en")
        told = [text for text in page.texts if text.strip()]
        for label, number in {
            "to review now": "2",
            "study notes": "4",
            "reviews done": "44%",
            "mean rate": "60%",
            "remembered for good": "1",
        }.items():
            assert told[told.index(label) + 1] == number
        assert "1 overdue" in told
        assert "7 of 16" in told
        assert "6 within 7 days, 9 in all" in told

    def test_what_has_piled_up_does_not_dwarf_the_rest(self) -> None:
        notes = [make_note(f"{n}.md", ago(60)) for n in range(500)] + [make_note("new.md", ago(0))]
        picture, page = draw(notes, "en"), render(notes, "en")
        said = "Today's bar is cut short; it stands for 500."
        assert said in picture.itertext()
        assert said in page.text
        assert "cut short" not in render(make_notes(), "en").text
        kinds = {"due", "late", "cut"}
        bars = [one for one in picture.iter() if one.get("class") in kinds and one.get("x")]
        heights = [(str(one.get("class")), float(one.get("height", ""))) for one in bars]
        assert Counter(kind for kind, _ in heights) == {"late": 1, "cut": 1, "due": 3}
        assert min(height for kind, height in heights if kind == "due") > 20
        assert "500" in picture.itertext()

    def test_what_is_due_today_comes_first_and_is_complete(self) -> None:
        late = [make_note(f"늦음{n}.md", ago(40)) for n in range(60)]
        today = [make_note(f"오늘{n}.md", ago(1)) for n in range(60)]
        page = render([*late, *today], "en")
        names = [text for text in page.texts if text.startswith(("오늘", "늦음"))]
        assert {note.title for note in today} == set(names[:60])
        assert {note.title for note in late} == set(names[60:])
        assert page.texts.index("Due today (60)") < page.texts.index(names[0])
        assert page.texts.index(names[59]) < page.texts.index("Overdue (60), the longest first")
        assert page.texts.index("50 more notes") < page.texts.index(names[70])
        shown = [*draw([*late, *today], "en").itertext()]
        assert (
            shown.index("Due today (60)") < shown.index(names[0]) < shown.index("and 20 more notes")
        )

    def test_more_than_a_page_holds_is_said(self) -> None:
        page = render([make_note(f"{n}.md", ago(40)) for n in range(250)], "en")
        assert "and 50 more notes; `vault-sync due` lists them all" in page.text
        page = render([make_note(f"{n}.md", ago(1)) for n in range(501)], "en")
        assert "and 1 more note; `vault-sync due` lists them all" in page.text

    def test_days_without_reviews_at_the_end_are_left_out(self) -> None:
        for first, shown in (
            (ago(0), 15),
            (ago(5), 14),
            (TODAY + timedelta(9), 24),
            (TODAY + timedelta(99), 14),
        ):
            days = make_report([make_note("a.md", first)], TODAY, "v").board.days
            assert len(days) == shown

    def test_who_does_not_see_the_picture_is_told_its_numbers(self) -> None:
        (told,) = [one.text or "" for one in draw(make_notes(), "en") if one.tag.endswith("desc")]
        assert told.startswith("to review now ")
        assert "study notes 3" in told

    def test_the_picture_says_what_its_colours_are(self) -> None:
        texts = [*draw(make_notes(), "en").itertext()]
        assert {"overdue", "due on the day", "not ticked"} <= set(texts)

    def test_the_charts_have_tables(self) -> None:
        page = render(make_notes(), "en")
        assert page.tags.count("details") == 2
        assert page.tags.count("tr") == 1 + 3 + 1 + 14 + 1 + 12
        assert all(page.tags.count(tag) for tag in ("h1", "h2", "main", "title"))
        assert page.find("svg", "role") == ["img"] * 3
        assert page.find("html", "lang") == ["en"]


class TestTheFollower:
    @pytest.mark.parametrize(("file", "option"), [("복습.svg", "--svg"), ("a/복습.HTML", "-o")])
    def test_it_writes_what_the_command_makes(self, tmp_path: Path, file: str, option: str) -> None:
        root = make_vault(tmp_path / "공부", f"timezone: Asia/Seoul\nreport: {{file: {file}}}\n")
        (root / "a").mkdir()
        workspace = open_workspace(root, None)
        moment = workspace.moment("2024-10-27T12:00")
        for _ in range(2):
            follow(workspace, moment, never_cancel)
        seen = (root / file).stat().st_mtime_ns
        assert report(root, option, str(tmp_path / "made")) == 0
        assert (root / file).read_bytes() == (tmp_path / "made").read_bytes()
        follow(workspace, moment, never_cancel)
        assert (root / file).stat().st_mtime_ns == seen

    def test_somebody_else_s_picture_is_left_alone(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", "report: {file: 복습.svg}\n")
        (root / "복습.svg").write_text("<svg/>", "utf-8")
        workspace = open_workspace(root, None)
        with pytest.raises(KeptFileError, match="left alone"):
            follow(workspace, workspace.moment("2024-10-27T12:00"), never_cancel)
        assert (root / "복습.svg").read_text("utf-8") == "<svg/>"

    def test_without_a_file_it_does_nothing(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", "report:\n")
        before = sorted(root.rglob("*"))
        workspace = open_workspace(root, None)
        follow(workspace, workspace.moment("2024-10-27T12:00"), never_cancel)
        assert sorted(root.rglob("*")) == before

    @pytest.mark.parametrize(
        "file",
        ["복습.md", "../복습.svg", ".obsidian/복습.svg", "복습.ics", "/복습.svg", "a.svg.js", "''"],
    )
    def test_a_place_that_is_no_report_in_the_vault_is_told(
        self, tmp_path: Path, file: str
    ) -> None:
        root = make_vault(tmp_path / "v", f"report: {{file: {file}}}\n")
        with pytest.raises(ConfigError):
            open_workspace(root, None)

    def test_the_daemon_keeps_it(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", "report: {file: 복습.svg}\nquiet-period: 100ms\n")
        daemon = subprocess.Popen([sys.executable, "-m", "vault_sync", "-q", "watch", str(root)])
        try:
            wait_until((root / "복습.svg").exists, what="There is no picture.")
        finally:
            daemon.send_signal(signal.SIGINT)
            assert daemon.wait(20) == 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_vault(tmp_path / "공부")


def report(root: Path, *arguments: str) -> int:
    return run(["--vault", str(root), "report", "--on", "2024-10-27", *arguments])


class TestTheCommand:
    def test_both_files(
        self, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = {file: file.read_bytes() for file in root.rglob("*.md")}
        page, picture = tmp_path / "report.html", root / "복습.svg"
        assert report(root, "-o", str(page), "--svg", str(picture)) == 0
        assert before == {file: file.read_bytes() for file in root.rglob("*.md")}
        assert "HTTP 상태 코드" in Page(page.read_bytes()).text
        assert "지난 52주" in Page(page.read_bytes()).text
        assert ET.fromstring(picture.read_text("utf-8")).tag.endswith("svg")  # noqa: S314 - our own
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == f"Wrote {page}.\nWrote {picture}.\n"

    def test_the_page_is_printed_where_no_file_is_named(
        self, root: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert report(root) == 0
        printed = capfdbinary.readouterr()
        assert report(root, "-o", str(tmp_path / "a.html")) == 0
        assert printed.out == (tmp_path / "a.html").read_bytes()
        assert printed.err == b""

    def test_it_is_made_anew(self, root: Path, tmp_path: Path) -> None:
        page = tmp_path / "report.html"
        page.touch()
        assert report(root, "-o", str(page)) == 0
        first, seen = page.read_bytes(), page.stat().st_mtime_ns
        assert report(root, "-o", str(page)) == 0
        assert page.stat().st_mtime_ns == seen
        write_note(root, "웹/쿠키와 세션.md", ago(4), {1, 4})
        assert report(root, "-o", str(page)) == 0
        assert page.read_bytes() != first

    @pytest.mark.parametrize("option", ["-o", "--svg"])
    def test_nothing_else_is_written_over(
        self, root: Path, option: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        note = root / "다른 것.md"
        note.write_text("Each evening: vault-sync report\n", "utf-8")
        before = note.read_bytes()
        assert report(root, option, str(note)) == 2
        assert note.read_bytes() == before
        assert "left alone" in capsys.readouterr().err
        assert sorted(root.glob(".*.part")) == []

    def test_page_and_picture_need_a_file_each(self, root: Path, tmp_path: Path) -> None:
        both = tmp_path / "both"
        assert report(root, "-o", str(both), "--svg", str(both)) == 2
        assert not both.exists()

    @pytest.mark.skipif(os.name == "nt", reason="files that are no files, as POSIX has them")
    def test_a_pipe_stays_a_pipe(self, root: Path, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        assert report(root, "-o", str(pipe)) == 2
        assert pipe.is_fifo()

    def test_a_folder_that_is_not_there(
        self, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert report(root, "-o", str(tmp_path / "none" / "a.html")) == 2
        assert "cannot be written (No such file or directory)." in capsys.readouterr().err

    def test_a_note_that_cannot_be_read_is_told(self, root: Path, tmp_path: Path) -> None:
        (root / "나쁨.md").write_text("---\n⭕첫 학습날: [\n---\n", "utf-8")
        page = tmp_path / "report.html"
        assert report(root, "-o", str(page)) == 4
        assert "읽을 수 없는 노트" in Page(page.read_bytes()).text

    def test_the_language_is_that_of_the_vault(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
        root = make_vault(tmp_path / "v", "locale: en\ncalendar: {vault: My notes}\n")
        assert report(root, "-o", str(tmp_path / "a.html")) == 0
        page = Page((tmp_path / "a.html").read_bytes())
        assert "The last 52 weeks" in page.text
        assert "vault=My%20notes&" in page.find("a", "href")[0]

    def test_the_numbers_are_those_of_status(
        self, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["--vault", str(root), "status", "--on", "2024-10-27", "--format", "json"]) == 0
        total = json.loads(capsys.readouterr().out)["total"]
        assert report(root, "-o", str(tmp_path / "a.html")) == 0
        told = Page((tmp_path / "a.html").read_bytes()).texts
        assert told[told.index("지금 복습할 노트") + 1] == str(total["to_review"])
        assert told[told.index("학습 노트") + 1] == str(total["study_notes"])
