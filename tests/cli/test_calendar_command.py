"""``vault-sync calendar``: every option, every exit code."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.study.reviews import make_vault, write_note
from vault_sync.cli import run


def read(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


_MISSING = "1 note or folder could not be read fully; `vault-sync -v {command}` says why.\n"


class TestTheCommand:
    def vault(self, tmp_path: Path, config: str = "") -> str:
        return str(make_vault(tmp_path / "v", config))

    def calendar(self, vault: str, *arguments: str) -> int:
        return run(["--vault", vault, "calendar", "--on", "2024-10-27", *arguments])

    def test_it_prints_the_calendar_and_nothing_else(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert self.calendar(self.vault(tmp_path)) == 0
        out, err = capfdbinary.readouterr()
        assert err == b""
        assert b"\r\r\n" not in out
        assert [str(one["SUMMARY"]) for one in read(out)] == [
            "복습 2개 (웹 2)",
            "복습 1개 (Linux 1)",
            "복습 1개 (웹 1)",
            "복습 1개 (Linux 1)",
            "복습 1개 (웹 1)",
            "복습 1개 (Linux 1)",
            "복습 1개 (웹 1)",
            "복습 1개 (Linux 1)",
        ]

    def test_options_win_over_the_configuration(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        config = 'locale: en\ncalendar: {per: note, alarm: "07:30", days: 1}'
        vault = self.vault(tmp_path, config)
        assert self.calendar(vault) == 0
        found = read(capfdbinary.readouterr().out)
        assert [str(one["SUMMARY"]) for one in found] == [
            "쿠키와 세션 · day 4",
            "HTTP 상태 코드 · day 7",
            "Signals & codes · day 1",
        ]
        assert all(len(one.subcomponents) == 1 for one in found)
        assert self.calendar(vault, "--per", "day", "--alarm", "none", "--days", "4") == 0
        found = read(capfdbinary.readouterr().out)
        assert [str(one["SUMMARY"]) for one in found] == [
            "2 reviews (웹 2)",
            "1 review (Linux 1)",
            "1 review (웹 1)",
            "1 review (Linux 1)",
        ]
        assert not any(one.subcomponents for one in found)

    def test_it_writes_a_file(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        vault = self.vault(tmp_path, "locale: en")
        file = tmp_path / "reviews.ics"
        assert self.calendar(vault, "-o", str(file)) == 0
        out, err = capfdbinary.readouterr()
        assert out == b""
        assert err.decode() == f"Wrote 8 events to {file}.\n"
        assert file.read_bytes().startswith(b"BEGIN:VCALENDAR")
        written = file.stat().st_mtime_ns
        assert self.calendar(vault, "-o", str(file)) == 0
        assert file.stat().st_mtime_ns == written

    def test_a_folder_that_is_not_there_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "gone" / "reviews.ics"
        assert self.calendar(self.vault(tmp_path), "-o", str(file)) == 2
        assert "cannot be written (No such file or directory)." in capsys.readouterr().err

    def test_an_older_calendar_is_made_anew(self, tmp_path: Path) -> None:
        vault, file = self.vault(tmp_path), tmp_path / "reviews.ics"
        file.touch()
        assert self.calendar(vault, "-o", str(file), "--days", "1") == 0
        older = file.read_bytes()
        assert self.calendar(vault, "-o", str(file)) == 0
        assert file.read_bytes().startswith(b"BEGIN:VCALENDAR")
        assert file.read_bytes() != older

    @pytest.mark.parametrize(
        "there", [b"---\ntitle: mine\n---\n", b"BEGIN:VCALENDAR\r\nPRODID:-//other//EN\r\n"]
    )
    def test_nothing_else_is_written_over(
        self, tmp_path: Path, there: bytes, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "note.md"
        file.write_bytes(there)
        assert self.calendar(self.vault(tmp_path), "-o", str(file)) == 2
        assert file.read_bytes() == there
        assert "left alone" in capsys.readouterr().err
        assert sorted(tmp_path.glob(".*.part")) == []

    def test_no_name_is_no_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.calendar(self.vault(tmp_path), "-o", "") == 2
        assert "left alone" in capsys.readouterr().err

    @pytest.mark.skipif(os.name == "nt", reason="files that are no files, as POSIX has them")
    def test_a_pipe_stays_a_pipe(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        assert self.calendar(self.vault(tmp_path), "-o", str(pipe)) == 2
        assert pipe.is_fifo()

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there")
    def test_a_link_to_an_older_calendar_stays_a_link(self, tmp_path: Path) -> None:
        vault, link, file = self.vault(tmp_path), tmp_path / "link.ics", tmp_path / "real.ics"
        link.symlink_to(file)
        assert self.calendar(vault, "-o", str(link)) == 2
        assert self.calendar(vault, "-o", str(file), "--days", "1") == 0
        older = file.read_bytes()
        assert self.calendar(vault, "-o", str(link)) == 0
        assert link.is_symlink()
        assert file.read_bytes() != older

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there")
    @pytest.mark.parametrize("name", ["out/reviews.ics", "file.ics"])
    def test_no_link_leads_out_of_the_vault(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        vault, outside = self.vault(tmp_path), tmp_path / "outside"
        outside.mkdir()
        file = outside / "reviews.ics"
        assert self.calendar(vault, "-o", str(file), "--days", "1") == 0
        older = file.read_bytes()
        Path(vault, "out").symlink_to(outside)
        Path(vault, "file.ics").symlink_to(file)
        (tmp_path / "door").symlink_to(vault)
        for start in (Path(vault), tmp_path / "door"):
            capsys.readouterr()
            assert self.calendar(vault, "-o", str(start / name)) == 2
            assert "a symbolic link leads out of the vault" in capsys.readouterr().err
        assert file.read_bytes() == older
        assert list(outside.iterdir()) == [file]

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there")
    def test_a_link_within_the_vault_is_followed(self, tmp_path: Path) -> None:
        vault = self.vault(tmp_path)
        Path(vault, "cal").mkdir()
        Path(vault, "link").symlink_to("cal")
        assert self.calendar(vault, "-o", f"{vault}/link/reviews.ics") == 0
        assert [one.name for one in Path(vault, "cal").iterdir()] == ["reviews.ics"]

    def test_a_note_that_cannot_be_read_is_named(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        vault = self.vault(tmp_path)
        write_note(Path(vault), "웹/어제.md", "어제")
        assert self.calendar(vault) == 4
        out, err = capfdbinary.readouterr()
        assert err.decode() == _MISSING.format(command="calendar")
        assert len(read(out)) == 8

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--alarm", "24:00"],
            ["--alarm", "8pm"],
            ["--days", "0"],
            ["--days", "1000000"],
            ["--per", "week"],
            ["--on", "tomorrow"],
        ],
    )
    def test_what_makes_no_sense_is_a_usage_error(
        self, tmp_path: Path, arguments: list[str]
    ) -> None:
        assert self.calendar(self.vault(tmp_path), *arguments) == 2


@pytest.mark.parametrize(("per", "is_large"), [("note", True), ("day", False)])
def test_what_google_does_not_take_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], per: str, *, is_large: bool
) -> None:
    vault = make_vault(tmp_path / "v")
    for number in range(1200):
        day = f"2024-10-{1 + number % 26:02}"
        note = f"---\n⭕첫 학습날: {day}\n⭕과목: 과목\n---\n"
        (vault / f"{number} {'긴 제목' * 19}.md").write_text(note, "utf-8")
    file = tmp_path / "n.ics"
    command = ["--vault", str(vault), "calendar", "--on", "2024-10-27", "--per", per, "-o"]
    assert run([*command, str(file)]) == 0
    assert (file.stat().st_size > 1_000_000) is is_large
    assert ("Google" in capsys.readouterr().err) is is_large


@pytest.mark.parametrize("days", [-3, 0, 1, 40, 30_000])
def test_no_event_was_made_in_the_future_whatever_day_is_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    days: int,
) -> None:
    """Made again on the next day, a calendar of a day that is still to come is the same."""
    vault = make_vault(tmp_path / "v", "timezone: UTC")
    now = datetime(2024, 11, 20, 9, tzinfo=UTC)
    later = now + timedelta(days=days > 1)
    made = []
    for moment in (now, later):
        monkeypatch.setattr("vault_sync.vault.workspace.read_clock", moment.astimezone)
        on = (now + timedelta(days=days)).date()
        assert run(["--vault", str(vault), "-q", "calendar", "--on", f"{on}"]) == 0
        made.append(capfdbinary.readouterr().out)
    stamps = [one["DTSTAMP"].dt for one in read(made[0])]
    assert stamps
    assert max(stamps) <= now
    assert made[0] == made[1]
