"""Nothing is left out in silence: what cannot be read is told in the last line, and by the exit code."""

from __future__ import annotations

import errno
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.study.reviews import ago, make_vault, write_note
from vault_sync.cli import Options, run
from vault_sync.cli.status import keep_showing
from vault_sync.files import folder as folders

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: Final = (
    ("refresh",), ("refresh", "--check"), ("due",), ("due", "--format", "json"), ("due", "--format", "csv"), ("status",),
    ("status", "--format", "json"), ("calendar", "-o", "../r.ics"), ("report", "-o", "../r.html"), ("verify",), ("doctor",),
    ("init", "--dry-run"),
)  # fmt: skip


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    made = make_vault(tmp_path / "v", "timezone: Asia/Seoul\n")
    write_note(made, "한국사/조선 후기.md", ago(1))
    monkeypatch.chdir(made)
    return made


def close_folder(vault: Path, patch: pytest.MonkeyPatch) -> None:
    """Let a folder be one that may not be read, whoever runs the test."""
    scandir = os.scandir

    def scan(path: Any) -> Any:
        if os.fspath(path) == str(vault / "한국사"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    patch.setattr("vault_sync.vault.walk.os.scandir", scan)


def close_note(_vault: Path, patch: pytest.MonkeyPatch) -> None:
    """Let a note be one that may not be read."""
    open_to_read = folders.Folder.open_to_read

    def refuse(self: folders.Folder, name: str) -> int:
        if name == "조선 후기.md":
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_to_read(self, name)

    patch.setattr(folders.Folder, "open_to_read", refuse)


def leave_in_icloud(vault: Path, _patch: pytest.MonkeyPatch) -> None:
    """Let a note be one that iCloud has taken off this computer."""
    (vault / "한국사/조선 후기.md").rename(vault / "한국사/.조선 후기.md.icloud")


@pytest.mark.parametrize("hide", [close_folder, close_note, leave_in_icloud])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_what_cannot_be_read_is_told(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hide: Any,
    words: tuple[str, ...],
) -> None:
    code = run([*words])
    capsys.readouterr()
    assert code in {0, 1, 4}
    hide(vault, monkeypatch)
    assert run([*words]) == 4
    said = capsys.readouterr().err
    if words[0] not in {"doctor", "init"} and not (
        hide is close_note and words[0] in {"refresh", "verify"}
    ):
        assert "could not be read" in said.splitlines()[-1]
    assert "Traceback" not in said
    if words[0] in {"due", "status", "calendar", "report"}:
        run([words[0], "-v", *words[1:]])
        assert "조선 후기" in (named := capsys.readouterr().err) or "한국사" in named


JSON_COMMANDS: Final = (
    ("refresh",), ("refresh", "--check"), ("due",), ("status",), ("verify",), ("doctor",), ("adopt",),
)  # fmt: skip


def break_note(vault: Path, _patch: pytest.MonkeyPatch) -> None:
    """Let the properties of a note be none that can be read."""
    note = vault / "한국사/조선 후기.md"
    note.write_text(
        note.read_text("utf-8").replace("🧠장기기억: false", "🧠장기기억: [false"), "utf-8"
    )


@pytest.mark.parametrize("hide", [close_folder, close_note, leave_in_icloud, break_note])
@pytest.mark.parametrize("words", JSON_COMMANDS, ids=" ".join)
def test_json_names_what_people_are_told(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hide: Any,
    words: tuple[str, ...],
) -> None:
    hide(vault, monkeypatch)
    code = run([*words, "--format", "json"])
    printed = capsys.readouterr()
    named = json.loads(printed.out)["not_read"]
    counted = re.search(r"^(\d+) .*could not be read.*\n\Z", printed.err, re.MULTILINE)
    assert code == 4
    assert named[0]["path"] == ("한국사" if hide is close_folder else "한국사/조선 후기.md")
    assert len(named) == (int(counted[1]) if counted else 1)
    assert run([words[0], "-v", *words[1:]]) == 4
    told = "".join(capsys.readouterr())
    assert named[0]["path"].rpartition("/")[2] in told
    assert named[0]["message"] in told or words == ("doctor",)  # which has words of its own


def test_undo_names_what_it_cannot_read(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["-q", "refresh"])
    close_note(vault, monkeypatch)
    capsys.readouterr()
    assert run(["undo", "--format", "json"]) == 4
    (named,) = json.loads(capsys.readouterr().out)["not_read"]
    assert named["path"] == "한국사/조선 후기.md"


def test_a_watched_status_names_it_too(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    close_note(vault, monkeypatch)

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    keep_showing(Options(vault, None, 0), None, "json", stop)
    (named,) = json.loads(capsys.readouterr().out)["not_read"]
    assert named["path"] == "한국사/조선 후기.md"


def test_where_all_is_read_nothing_is_said(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("due", "status"):
        assert run([command]) == 0
        assert "could not be read" not in capsys.readouterr().err
