"""A note that a merge has broken: what a refresh tells of it, and that undo brings it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.oracle import Study
from vault_sync.cli import run

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = "2024-10-27T14:01"
BROKEN: Final = Study(done1=True, done4=True).note(
    사이='사이: "103\n사이: "30"6', 학습률='학습률: "0.4"2'
)


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(root)
    file = root / "세션.md"
    file.write_text(BROKEN, "utf-8", newline="")
    return file


def test_mended_lines_are_named_and_come_back(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", "--now", NOW]) == 0
    out, _ = capsys.readouterr()
    assert 'refreshed  세션.md: 학습률: "0.4"2 → 0.4 (mended)' in out
    assert '사이: "103 → 112 (mended)' in out
    assert '사이: "30"6 → (removed) (mended)' in out
    assert note.read_text("utf-8") == Study(done1=True, done4=True).note()
    assert run(["refresh", "--check", "--now", NOW]) == 0
    capsys.readouterr()
    assert run(["undo"]) == 0
    assert note.read_text("utf-8") == BROKEN
    assert run(["refresh", "--now", NOW]) == 0
    assert note.read_text("utf-8") == Study(done1=True, done4=True).note()


def test_programs_are_told_which_were_mended(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", "--check", "--format", "json", "--now", NOW]) == 1
    (told,) = json.loads(capsys.readouterr().out)["notes"]
    assert told["problems"] == []
    assert {
        (one["property"], one["old"], one["new"], one["mended"]) for one in told["changes"]
    } == {
        ("사이", '"103', "112", True),
        ("사이", '"30"6', "112", True),
        ("학습률", '"0.4"2', "0.4", True),
    }
    assert note.read_text("utf-8") == BROKEN


def test_undo_leaves_a_mended_line_that_was_changed_since(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", "--now", NOW]) == 0
    text = note.read_text("utf-8").replace('사이: "112"\n"1', '사이: "112" # 내 말\n"1', 1)
    text = text.replace('학습률: "0.4"', '학습률: "7"')
    note.write_text(text, "utf-8", newline="")
    assert run(["undo"]) == 4
    assert "`학습률` has been changed since" in capsys.readouterr().err
    assert '학습률: "7"\n' in note.read_text("utf-8")
    assert '사이: "103 # 내 말\n사이: "30"6\n' in note.read_text("utf-8")


def test_a_note_that_cannot_be_mended_is_named_as_before(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BROKEN.replace('"103', '"103 맞나')
    note.write_text(text, "utf-8", newline="")
    assert run(["refresh", "--now", NOW]) == 4
    assert "세션.md:" in capsys.readouterr().err
    assert note.read_text("utf-8") == text


def test_other_commands_read_a_note_that_a_refresh_mends(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "--now", NOW, "--format", "json", note.name, "사이"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["properties"]
    assert (told["state"], told["on_disk"], told["value"]) == ("stale", '"103', "112")
    assert run(["eval", "--now", NOW, '사이 + "!"', note.name]) == 0
    assert capsys.readouterr().out == "112!\n"
    assert run(["verify", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["refused"], told["summary"]["proved"]) == ([], 1)
    assert run(["due", "--on", "2024-10-27", "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["reviews"]
    assert told["path"] == note.name
    assert note.read_text("utf-8") == BROKEN


def test_other_commands_refuse_a_note_that_a_refresh_refuses(
    note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note.write_text(BROKEN.replace('"103', '"103 맞나'), "utf-8", newline="")
    for command in (["explain", note.name], ["eval", "1", note.name], ["verify"]):
        assert run(command) == 4
        told = "".join(capsys.readouterr())
        assert "behind a closing quote" in told or "1 refused" in told


def test_done_mends_ticks_and_is_undone(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["done", "세션", "--dry-run", "--stage", "7", "--now", NOW]) == 0
    assert "would be ticked" in capsys.readouterr().out
    assert note.read_text("utf-8") == BROKEN
    assert run(["done", "세션", "--stage", "7", "--now", NOW]) == 0
    assert note.read_text("utf-8") == Study(done1=True, done4=True, done7=True).note()
    assert run(["undo"]) == 0
    assert note.read_text("utf-8") == BROKEN
