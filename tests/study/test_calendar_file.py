"""The calendar kept as a file: where it may be written, and that the daemon keeps it fresh."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.study.reviews import ago, make_vault, write_note
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.errors import ConfigError, KeptFileError
from vault_sync.files.folder import Folder
from vault_sync.rules.config import Per
from vault_sync.study.calendar import follow
from vault_sync.study.notes import never_cancel
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

NOON: Final = datetime(2024, 10, 27, 12, tzinfo=ZoneInfo("Asia/Seoul"))
CONFIG: Final = "timezone: Asia/Seoul\ncalendar: {file: 복습.ics, vault: 공부}\n"


class TestWhatMayNotBeWritten:
    """A configuration may come with a stranger's vault."""

    @pytest.mark.parametrize(
        "path",
        [
            "../복습.ics",
            "a/../../복습.ics",
            "/etc/cron.ics",
            "~/../복습.ics/..",
            ".obsidian/app.ics",
            "a/.git/hooks.ics",
            ".ics",
            "복습.md",
            "Notes/복습",
            "C:/복습.ics",
            "C:복습.ics",
            "a\\b.ics",
            "a//b.ics",
            "./b.ics",
            "nul.ics",
            "Con/b.ics",
            "a./b.ics",
            "a /b.ics",
            '"a\\nb.ics"',
            '"a\\eb.ics"',
            f"{'a' * 300}.ics",
            "''",
            "[a.ics]",
        ],
    )
    def test_a_place_that_is_no_calendar_in_the_vault(self, tmp_path: Path, path: str) -> None:
        root = make_vault(tmp_path / "v", f"calendar:\n  per: day\n  file: {path}\n")
        with pytest.raises(ConfigError) as caught:
            open_workspace(root, None)
        assert [problem.line for problem in caught.value.problems] == [3]

    @pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
    @pytest.mark.parametrize("link", ["복습.ics", "out"])
    def test_a_link_is_not_followed(self, tmp_path: Path, link: str) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "복습.ics").write_text("BEGIN:VCALENDAR\nPRODID:-//vault-sync//reviews//EN\n")
        before = (outside / "복습.ics").read_bytes()
        place = "복습.ics" if link == "복습.ics" else "out/복습.ics"
        root = make_vault(tmp_path / "v", f"calendar: {{file: {place}}}")
        target = outside / "복습.ics" if link == "복습.ics" else outside
        (root / link).symlink_to(target)
        with pytest.raises(KeptFileError):
            follow(open_workspace(root, None), NOON, never_cancel)
        assert (outside / "복습.ics").read_bytes() == before
        assert list(outside.iterdir()) == [outside / "복습.ics"]

    @pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
    @pytest.mark.parametrize("call", ["open_to_read", "create", "rename"])
    def test_a_folder_that_becomes_a_link_meanwhile_leads_nothing_astray(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        outside = tmp_path / "outside"
        root = make_vault(tmp_path / "v", "calendar: {file: cal/복습.ics}")
        for folder in (outside, root / "cal"):
            folder.mkdir()
        real = getattr(Folder, call)

        def swap_first(self: Folder, *names: object) -> object:
            if not (root / "cal").is_symlink():
                (root / "cal").rename(root / "moved")
                (root / "cal").symlink_to(outside)
            return real(self, *names)

        workspace = open_workspace(root, None)
        with monkeypatch.context() as patched, suppress(KeptFileError):
            patched.setattr(Folder, call, swap_first)
            follow(workspace, NOON, never_cancel)
        assert (root / "cal").is_symlink()
        assert list(outside.iterdir()) == []
        assert [one.name for one in (root / "moved").iterdir()] in ([], ["복습.ics"])

    def test_somebody_else_s_calendar_is_left_alone(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", CONFIG)
        lectures = "BEGIN:VCALENDAR\r\nPRODID:-//campus//EN\r\nEND:VCALENDAR\r\n"
        (root / "복습.ics").write_text(lectures, newline="")
        with pytest.raises(KeptFileError, match="left alone"):
            follow(open_workspace(root, None), NOON, never_cancel)
        assert (root / "복습.ics").read_bytes() == lectures.encode()

    @pytest.mark.parametrize("place", ["gone/복습.ics", "웹/HTTP 상태 코드.md/복습.ics"])
    def test_no_folder_is_made(self, tmp_path: Path, place: str) -> None:
        root = make_vault(tmp_path / "v", f"calendar: {{file: {place}}}")
        before = sorted(root.rglob("*"))
        with pytest.raises(KeptFileError):
            follow(open_workspace(root, None), NOON, never_cancel)
        assert sorted(root.rglob("*")) == before

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="FIFOs as POSIX has them")
    def test_nothing_waits_for_a_pipe(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", CONFIG)
        os.mkfifo(root / "복습.ics")
        with pytest.raises(KeptFileError):
            follow(open_workspace(root, None), NOON, never_cancel)


class TestTheFollower:
    def test_what_asks_for_an_end_gets_it_though_no_note_is_a_study_note(
        self, tmp_path: Path
    ) -> None:
        root = make_vault(tmp_path / "v", "calendar: {file: 복습.ics}")
        (root / "a.md").write_text("Text.\n", "utf-8")

        def end() -> None:
            raise InterruptedError

        with pytest.raises(InterruptedError):
            follow(open_workspace(root, None), NOON, end)
        assert not (root / "복습.ics").exists()

    def test_it_writes_what_the_command_prints(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        root = make_vault(tmp_path / "v", CONFIG)
        follow(open_workspace(root, None), NOON, never_cancel)
        assert run(["--vault", str(root), "calendar", "--on", "2024-10-27"]) == 0
        assert capfdbinary.readouterr().out == (root / "복습.ics").read_bytes()

    def test_it_writes_only_what_differs(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", CONFIG)
        workspace = open_workspace(root, None)
        follow(workspace, NOON, never_cancel)
        first = (root / "복습.ics").stat()
        follow(workspace, NOON + timedelta(hours=3), never_cancel)
        again = (root / "복습.ics").stat()
        assert (first.st_ino, first.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)
        follow(workspace, NOON + timedelta(days=1), never_cancel)
        assert (root / "복습.ics").stat().st_mtime_ns != first.st_mtime_ns
        assert [file.name for file in root.iterdir() if "복습" in file.name] == ["복습.ics"]

    def test_without_a_file_it_does_nothing(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", "calendar: {per: note}")
        before = sorted(root.rglob("*"))
        follow(open_workspace(root, None), NOON, never_cancel)
        assert sorted(root.rglob("*")) == before

    def test_a_ticked_review_goes(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", CONFIG)
        workspace = open_workspace(root, None)
        follow(workspace, NOON, never_cancel)
        write_note(root, "웹/쿠키와 세션.md", ago(4), {1, 4, 7, 14})
        follow(workspace, NOON, never_cancel)
        text = (root / "복습.ics").read_bytes().replace(b"\r\n ", b"").decode()
        assert "쿠키와 세션" not in text
        assert "HTTP 상태 코드" in text

    def test_replicas_write_the_same_bytes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = []
        for name, language, hour in (("공부", "en_US.UTF-8", 0), ("replica", "ko_KR.UTF-8", 23)):
            root = make_vault(tmp_path / name, CONFIG)
            monkeypatch.setenv("LC_ALL", language)
            follow(open_workspace(root, None), NOON.replace(hour=hour), never_cancel)
            found.append((root / "복습.ics").read_bytes())
        assert found[0] == found[1]
        assert b"UID:" in found[0]

    def test_after_midnight_it_is_still_yesterday(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v", CONFIG + 'day-starts-at: "04:00"\n')
        workspace = open_workspace(root, None)
        follow(workspace, NOON, never_cancel)
        before = (root / "복습.ics").read_bytes()
        follow(workspace, NOON.replace(day=28, hour=3, minute=59), never_cancel)
        assert (root / "복습.ics").read_bytes() == before
        follow(workspace, NOON.replace(day=28, hour=4), never_cancel)
        assert (root / "복습.ics").read_bytes() != before


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as POSIX sends it")
def test_the_daemon_keeps_it_fresh(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v", CONFIG + "quiet-period: 100ms\n")
    today = datetime.now(ZoneInfo("Asia/Seoul")).date()
    write_note(root, "새것.md", today)
    file = root / "복습.ics"

    def has(title: str) -> bool:
        return file.exists() and title in file.read_bytes().replace(b"\r\n ", b"").decode()

    command = [sys.executable, "-m", "vault_sync", "-q", "watch", str(root)]
    daemon = subprocess.Popen(
        command, env={**os.environ, "VAULT_SYNC_STATE": str(tmp_path / "state")}
    )
    try:
        wait_until(lambda: has("새것"), what="There is no calendar.")
        write_note(root, "새것.md", today, {1, 4, 7, 14})
        wait_until(lambda: not has("새것"), what="What is done is still there.")
    finally:
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(20) == 0


@pytest.mark.parametrize(
    "text",
    [
        "calendar: {alarm: 8pm}",
        "calendar: {alarm: '25:00'}",
        "calendar: {alarm: ''}",
        "calendar: {days: 0}",
        "calendar: {days: -1}",
        "calendar: {days: 731}",
        "calendar: {days: 999999999999999999999}",
        "calendar: {days: many}",
        "calendar: {per: week}",
        "calendar: {push: 'https://example.org'}",
        "calendar: 복습.ics",
        "calendar: [복습.ics]",
        'calendar: {vault: "a\\nb"}',
    ],
)
def test_settings_that_cannot_be_used_are_told(tmp_path: Path, text: str) -> None:
    root = make_vault(tmp_path / "v", text)
    with pytest.raises(ConfigError):
        open_workspace(root, None)


@pytest.mark.parametrize("text", ["calendar:", "calendar: {}", "calendar: {alarm: none}"])
def test_settings_may_be_few(tmp_path: Path, text: str) -> None:
    settings = open_workspace(make_vault(tmp_path / "v", text), None).config.calendar
    assert (settings.file, settings.per, settings.days) == (None, Per.DAY, 60)
    assert settings.alarm == (None if "none" in text else time(20))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("locale: ko", {"per": "day", "alarm": "20:00", "days": 60}),
        ("calendar: {alarm: none}", {"per": "day", "alarm": "none", "days": 60}),
        (
            'calendar: {file: a/복습.ics, per: note, alarm: "7:05", days: 3, vault: 공부}',
            {"file": "a/복습.ics", "per": "note", "alarm": "07:05", "days": 3, "vault": "공부"},
        ),
    ],
)
def test_settings_are_shown(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    shown: dict[str, object],
) -> None:
    vault = str(make_vault(tmp_path / "v", text))
    assert run(["--vault", vault, "config", "show", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"].get("calendar") == shown
