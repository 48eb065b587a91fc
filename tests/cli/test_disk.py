"""A disk on which no note can be replaced safely: said once by each command, and known to the doctor."""

from __future__ import annotations

import errno
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon
from vault_sync.cli import run
from vault_sync.errors import UNSWAPPABLE, UnswappableError
from vault_sync.files import exchange, replace

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "---\n⭕첫 학습날: 2024-10-20\n---\n"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault on a disk that has neither exchange nor links, as exFAT and a phone's storage."""
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    for name in "abc":
        (root / f"{name}.md").write_text(NOTE, "utf-8")
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(root)

    def refuse(*_: object) -> NoReturn:
        raise UnswappableError(errno.ENOTSUP, "neither exchange nor link")

    monkeypatch.setattr(exchange, "swap", refuse)
    monkeypatch.setattr(replace, "swap", refuse)
    return root


def list_files(vault: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in vault.iterdir() if path.is_file()}


AS_BEFORE = {f"{name}.md": NOTE for name in "abc"}


def test_a_refresh_says_it_once(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refresh"]) == 4
    said = capsys.readouterr().err
    assert said.count(UNSWAPPABLE) == 1
    assert "3 left alone" in said
    assert list_files(vault) == AS_BEFORE


@pytest.mark.usefixtures("vault")
def test_programs_hear_it_of_each_note(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refresh", "--format", "json"]) == 4
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert [one["problems"][0]["message"] for one in notes] == [UNSWAPPABLE] * 3


def test_the_doctor_knows_it_beforehand(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--format", "json"]) == 4
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [one["level"] for one in findings if one["check"] == "disk"] == ["error"]
    assert list_files(vault) == AS_BEFORE


def test_the_daemon_logs_it_once(vault: Path) -> None:
    hand = FakeTimeDaemon(vault, FakeClocks(datetime(2024, 10, 27, 12, tzinfo=UTC)))
    hand.live(3600)
    assert hand.said.getvalue().count(UNSWAPPABLE) == 1
    assert list_files(vault) == AS_BEFORE
