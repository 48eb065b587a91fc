"""Names of files in Unicode's two forms: what is typed in one finds the other, and pairs are told apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from tests.vault.vaults import posix_only
from vault_sync.cli import run
from vault_sync.text import find_twins
from vault_sync.vault.vault import spell_as_on_disk

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "---\n⭕첫 학습날: 2024-10-20\n---\n"
NOW = ["--now", "2024-10-27T14:01"]


def nfd(text: str) -> str:
    return normalize("NFD", text)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / nfd("볼트")
    (root / ".obsidian").mkdir(parents=True)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def pair(vault: Path) -> list[Path]:
    """Return two notes of one look; no such thing can be on a disk of a Mac."""
    notes = [vault / nfd("쿠키.md"), vault / "쿠키.md"]
    for note in notes:
        note.write_text(NOTE, "utf-8")
    if len([*vault.glob("*.md")]) < len(notes):
        pytest.skip("this disk takes both forms for one")
    return notes


@posix_only
@pytest.mark.parametrize(
    "command", [["refresh", "--check"], ["explain"], ["eval", "1"], ["done", *NOW]]
)
@pytest.mark.parametrize("is_kept_decomposed", [False, True])
def test_a_name_in_either_form_finds_the_note(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    is_kept_decomposed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    kept, typed = ("세션/첫 글.md", nfd("세션/첫 글.md"))[:: -1 if is_kept_decomposed else 1]
    (vault / kept).parent.mkdir()
    (vault / kept).write_text(NOTE, "utf-8")
    expected = 1 if "--check" in command else 0
    assert run([*command, typed]) == expected
    monkeypatch.chdir(vault.parent)  # found by its whole path, too
    (vault / kept).write_text(NOTE, "utf-8")
    assert run([*command, f"{vault.parent}/볼트/{typed}"]) == expected


@posix_only
@pytest.mark.parametrize("command", [["verify"], ["doctor"], ["init", "--dry-run"]])
def test_a_vault_in_the_other_form_is_found(
    vault: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (vault / "a.md").write_text(NOTE, "utf-8")
    monkeypatch.chdir(vault.parent)
    assert run([*command, "볼트"]) == 0
    assert run(["--vault", "볼트", "due"]) == 0


@posix_only
def test_what_is_not_there_is_said_as_it_was_typed(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / nfd("세션")).mkdir()
    assert run(["refresh", "세션/없다.md"]) == 2
    assert "없다.md" in capsys.readouterr().err
    assert spell_as_on_disk(vault / "a" / "b") == vault / "a" / "b"


def test_a_calendar_keeps_its_own_form(vault: Path) -> None:
    (vault / "a.md").write_text(NOTE, "utf-8")
    (vault / nfd("달력.ics")).touch()
    assert run(["calendar", "-o", "달력.ics"]) == 0
    assert len([*vault.glob("*.ics")]) == 1


@pytest.mark.usefixtures("pair")
class TestPairs:
    def test_events_of_both_have_their_own_uid(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["calendar", "--on", "2024-10-21", "--per", "note"]) == 0
        lines = capsys.readouterr().out.splitlines()
        uids = [line for line in lines if line.startswith("UID")]
        assert len(uids) == len({*uids}) > 2

    def test_the_note_alone_has_the_same_uid_in_either_form(
        self, pair: list[Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = []
        for kept in (0, 1):
            pair[1 - kept].unlink()
            run(["calendar", "--on", "2024-10-21", "--per", "note"])
            made.append([one for one in capsys.readouterr().out.split("\n") if one[:3] == "UID"])
            pair[1 - kept].write_text(NOTE, "utf-8")
        assert made[0] == made[1]

    def test_the_one_that_is_meant_can_be_named(
        self, pair: list[Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["done", *NOW, "쿠키"]) == 2
        said = capsys.readouterr().err
        assert "쿠키.md (NFC)" in said
        assert f"{nfd('쿠키.md')} (NFD)" in said
        assert run(["done", *NOW, "쿠키.md (NFD)"]) == 0
        assert ["true" in note.read_text("utf-8") for note in pair] == [True, False]
        assert run(["done", *NOW, "쿠키 (nfc)"]) == 0
        assert ["true" in note.read_text("utf-8") for note in pair] == [True, True]

    def test_output_tells_them_apart(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["refresh", *NOW]) == 0
        said = capsys.readouterr().out
        assert ("쿠키.md (NFC)" in said, f"{nfd('쿠키.md')} (NFD)" in said) == (True, True)
        assert run(["due", "--on", "2024-10-27"]) == 0
        said = capsys.readouterr().out
        assert ("(NFC)" in said, "(NFD)" in said) == (True, True)
        assert run(["due", "--on", "2024-10-27", "--format", "json"]) == 0
        reviews = json.loads(capsys.readouterr().out)["reviews"]
        assert {one["path"] for one in reviews} == {"쿠키.md", nfd("쿠키.md")}

    def test_the_doctor_names_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["doctor"]) == 4
        assert "names that look the same" in capsys.readouterr().out


def test_which_paths_are_twins() -> None:
    both = ["b/é.md", nfd("b/é.md"), "é.md", nfd("a/é.md"), "x.md"]
    assert find_twins(both) == {"b/é.md": "(NFC)", nfd("b/é.md"): "(NFD)"}
    assert find_twins(["é.md", "x.md"]) == {}
    assert find_twins(["각각.md", f"각{nfd('각')}.md"]) == {
        "각각.md": "(NFC)",
        f"각{nfd('각')}.md": "(NFC, NFD)",
    }
