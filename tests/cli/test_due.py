"""The command that lists what is due, for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING
from unicodedata import normalize

import click
import pytest
from rich.cells import cell_len

from tests.study.reviews import TODAY, make_note, make_vault, write_note
from vault_sync.cli import run
from vault_sync.cli.due import DueTable
from vault_sync.i18n import Language
from vault_sync.study.reviews import list_reviews

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.study.notes import StudyNote

ON = TODAY.isoformat()


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_vault(tmp_path / "vault")
    monkeypatch.chdir(root)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return root


def ask(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    assert run(["due", "--on", ON, *arguments]) == code
    return capsys.readouterr()


def test_json_is_the_contract(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = ask(capsys, "--format", "json", "--upcoming", "1")
    told = json.loads(out)
    shown = ("title", "textbook", "page", "rate")
    assert [tuple(one.pop(name) for name in shown) for one in told["reviews"]] == [
        ("HTTP 상태 코드", "", "", 0.4),
        ("쿠키와 세션", "", "", 0.2),
        ("Signals & codes", "", "", 0.0),
    ]
    assert told == {
        "version": 1,
        "on": "2024-10-27",
        "reviews": [
            {
                "path": "웹/HTTP 상태 코드.md",
                "subject": "웹",
                "stage": 7,
                "due": "2024-10-25",
                "days_overdue": 2,
            },
            {
                "path": "웹/쿠키와 세션.md",
                "subject": "웹",
                "stage": 4,
                "due": "2024-10-27",
                "days_overdue": 0,
            },
            {
                "path": "Linux/Signals & codes.md",
                "subject": "Linux",
                "stage": 1,
                "due": "2024-10-28",
                "days_overdue": -1,
            },
        ],
        "not_read": [],
    }
    assert err == ""


def test_the_overdue_come_first_then_today(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = ask(capsys)
    assert out == (
        "Overdue\n"
        "  2 days late  day 7  HTTP 상태 코드  웹  40%\n"
        "Today\n"
        "  today        day 4  쿠키와 세션     웹  20%\n"
    )
    assert err == "2 reviews are due on 2024-10-27: 1 overdue, 1 of that day.\n"


def test_nothing_is_written(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in vault.rglob("*")}
    ask(capsys, "--upcoming", "9")
    assert {path: path.stat().st_mtime_ns for path in vault.rglob("*")} == before


def test_by_subject(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_note(vault, "여행.md", TODAY - timedelta(days=1), subject="")
    out, err = ask(capsys, "--by-subject", "--upcoming", "3")
    heads = [line for line in out.splitlines() if not line.startswith(" ")]
    assert heads == ["Linux", "웹", "(no subject)"]
    assert err.endswith("1 more is to come.\n")


def test_subjects_that_look_alike_are_one(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = [normalize("NFD", "웹"), "웹\u200b", "'\u200b'"]
    for number, subject in enumerate(shown):
        write_note(vault, f"{number}.md", TODAY - timedelta(days=1), subject=subject)
    out, _ = ask(capsys, "--by-subject")
    assert [line for line in out.splitlines() if line[0] != " "] == ["웹", "(no subject)"]


def test_in_korean(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    out, err = ask(capsys)
    assert "밀린 복습\n  2일 지남  7일차" in out
    assert "2024-10-27에 할 복습은 2개입니다: 밀린 복습 1개, 당일 복습 1개." in err


def test_the_day_begins_when_the_configuration_says(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text('day-starts-at: "04:00"\ntimezone: Asia/Seoul\n')
    out, _ = ask(capsys, "--format", "json")
    assert json.loads(out)["on"] == ON


def test_nothing_due_is_said(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["due", "--on", "2024-10-01"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Nothing is due on 2024-10-01.\n")


def test_a_vault_without_stages_is_told_what_to_do(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text("profile: none\n")
    assert "add `study` to a rule set" in ask(capsys)[1]


def test_a_vault_without_study_notes_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / "다른 것.md").write_text("---\ntitle: 복습 아님\n---\n", "utf-8")
    assert run(["--vault", str(tmp_path), "due", "--on", ON]) == 0
    assert capsys.readouterr() == (
        "",
        "There are no study notes in this vault; `vault-sync init` says what vault-sync looks for.\n",
    )


def test_a_note_with_problems_gives_the_exit_code(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_note(vault, "a.md", "곧")
    out, err = ask(capsys, "--format", "json", code=4)
    assert len(json.loads(out)["reviews"]) == 2
    assert err == ("1 note or folder could not be read fully; `vault-sync -v due` says why.\n")
    assert "a.md:2: ⭕첫 학습날: " in ask(capsys, "-v", code=4)[1]


@pytest.mark.parametrize("on", ["soon", "2024-02-30", "2024-10-27T10:00", "0001-01-01"])
def test_a_day_that_is_none(vault: Path, capsys: pytest.CaptureFixture[str], on: str) -> None:
    assert run(["due", "--on", on]) == 2
    assert "write it as 2024-10-27" in capsys.readouterr().err


def test_excel_is_told_the_encoding(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "--format", "excel")[0] == "\ufeff" + ask(capsys, "--format", "csv")[0]


@pytest.mark.parametrize(
    "subject",
    ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "' =1'", "＝1+1", "|calc", "%0"],
)
def test_csv_runs_no_formula(vault: Path, capsys: pytest.CaptureFixture[str], subject: str) -> None:
    write_note(vault, "=a,b.md", TODAY - timedelta(days=30), subject=json.dumps(subject))
    table = list(csv.DictReader(io.StringIO(ask(capsys, "--format", "csv")[0])))
    assert table[0]["path"] == "'=a,b.md"
    assert table[0]["subject"] == f"'{subject}" or subject.startswith("'")
    assert (table[0]["stage"], table[0]["due"], table[0]["days_overdue"]) == (
        "1",
        "2024-09-28",
        "29",
    )
    assert table[1]["title"] == "HTTP 상태 코드"
    assert all(
        not value.startswith(("=", "+", "@", "|", "%")) for row in table for value in row.values()
    )


@pytest.mark.skipif(os.name == "nt", reason="names as POSIX allows them")
def test_hostile_names_do_not_steer_the_terminal(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # With a bell in them: escapes alone are taken out by click, where no terminal is.
    subject = '"\\e[31m\\a\\n"'
    write_note(vault, "\x1b[2J\a\n.md", TODAY - timedelta(days=5), subject=subject)
    for format_ in ("text", "csv", "json"):
        out, _ = ask(capsys, "--format", format_)
        assert all(line.isprintable() for line in out.splitlines())
        assert len(out.splitlines()) <= 6


def table_of(width: int | None, *notes: StudyNote) -> list[str]:
    reviews = list_reviews(notes, TODAY, 99)
    return list(DueTable(reviews, TODAY, Language("en"), width).render())


@pytest.mark.parametrize("width", [10, 40, 80])
def test_lines_end_where_the_terminal_does(width: int) -> None:
    lines = table_of(width, make_note("아주 긴 이름의 노트입니다.md"), make_note("b.md"))
    assert max(cell_len(click.unstyle(line)) for line in lines) <= width


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (None, "  9 days late  day 1  아주 긴 이름의 노트  웹  HTTP 노트 P12~  20%"),
        (50, "  9 days late  day 1  아주 긴 이름…  웹  P12~  20%"),
        (40, "  9 days late  day 1  아주 긴…   웹  20%"),
        (35, "  9 days late  day 1  아주 긴…  20%"),
    ],
)
def test_names_give_way_before_numbers(width: int | None, line: str) -> None:
    note = make_note("아주 긴 이름의 노트.md", TODAY - timedelta(days=10))
    assert table_of(width, note)[1] == line


def test_columns_are_aligned_where_letters_are_wide() -> None:
    lines = table_of(None, make_note("가나다.md", TODAY), make_note("abcdefgh.md", TODAY))
    rows = [line for line in lines if line.startswith(" ")]
    assert len({cell_len(row[: row.index("웹")]) for row in rows}) == 1


def test_titles_that_are_not_the_only_ones_come_with_their_paths() -> None:
    lines = table_of(None, make_note("a/x.md"), make_note("b/x.md"), make_note("b/y.md"))
    shown = "\n".join(lines)
    assert "a/x " in shown
    assert "b/x " in shown
    assert "b/y" not in shown
