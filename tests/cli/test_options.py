"""Options are taken where one types them, vaults by their names, and help fits a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
from rich.cells import cell_len

from tests.study.reviews import ago, make_vault, write_note
from tests.warm import find_program
from vault_sync.cli import cli, run
from vault_sync.vault.workspace import list_known_vaults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ON: Final = ("--on", "2024-10-27")
NOW: Final = ("--now", "2024-10-27T14:01")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "VAULT_SYNC_VAULT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    made = make_vault(tmp_path / "내 볼트", "timezone: Asia/Seoul\n")
    write_note(made, "생물/세포 호흡.md", ago(1))
    return made


def know(home: Path, *vaults: Path) -> None:
    """Let Obsidian know vaults."""
    folder = home / "home" / ".config" / "obsidian"
    folder.mkdir(parents=True)
    listed = {f"{number:x}": {"path": str(one)} for number, one in enumerate(vaults)}
    (folder / "obsidian.json").write_text(json.dumps({"vaults": listed}), "utf-8")


def list_commands(group: Any, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield each command that people see, behind what they type."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if not command.hidden:
            yield (*above, name), command
        if isinstance(command, click.Group):
            yield from list_commands(command, *above, name)


COMMANDS: Final = dict(list_commands(cli))


@pytest.mark.parametrize("words", list(COMMANDS), ids=" ".join)
def test_each_command_takes_the_options_of_the_program(words: tuple[str, ...]) -> None:
    taken = {name for option in COMMANDS[words].params for name in option.opts}
    assert {"--vault", "--config", "-v", "--verbose", "-q", "--quiet"} <= taken


@pytest.mark.parametrize("locale", ["C.UTF-8", "ko_KR.UTF-8"])
@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_help_fits_80_columns_and_is_not_cut(
    words: tuple[str, ...],
    locale: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert run([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert not any(line.endswith("...") for line in shown.splitlines()[1:])
    assert "\0" not in shown


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_options_stand_before_and_behind_a_command(
    vault: Path, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    words = ["due", *ON]
    words[place:place] = ["--vault", str(vault), "-q"]
    if place == 2:  # between an option and its value nothing can stand
        return
    assert run(words) == 0
    shown, said = capsys.readouterr()
    assert ("세포 호흡" in shown, said) == (True, "")


def test_what_stands_behind_wins(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = vault.parent / "other"
    (other / ".obsidian").mkdir(parents=True)
    assert run(["--vault", str(other), "due", *ON, "--vault", str(vault)]) == 0
    assert "세포 호흡" in capsys.readouterr().out
    (vault / "a.yaml").write_text("profile: none\n", "utf-8")
    assert run(["config", "show", "--config", str(vault / "a.yaml"), "--vault", str(vault)]) == 0
    assert "profile: none" in capsys.readouterr().out


@pytest.mark.parametrize("spelling", ["folder", "name", "name in other letters"])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_vault_is_known_by_its_name(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spelling: str,
    by: str,
) -> None:
    know(vault.parent, vault, vault.parent / "gone")
    named = {"folder": str(vault), "name": "내 볼트", "name in other letters": "내 볼트"}[spelling]
    if by == "variable":
        monkeypatch.setenv("VAULT_SYNC_VAULT", named)
    assert run(["due", *ON, *(("--vault", named) if by == "option" else ())]) == 0
    assert "세포 호흡" in capsys.readouterr().out


def test_the_vault_around_you_comes_before_the_usual_one(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_vault(vault.parent / "other", "")
    monkeypatch.setenv("VAULT_SYNC_VAULT", str(other))
    monkeypatch.chdir(vault)
    assert run(["due", *ON]) == 0
    assert "세포 호흡" in capsys.readouterr().out


@pytest.mark.parametrize("named", ["nowhere", "nul\0l", "../away", ""])
def test_a_usual_vault_that_is_none_is_refused(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    if "\0" not in named:
        monkeypatch.setenv("VAULT_SYNC_VAULT", named)
    assert run(["due"]) == 2
    assert "vault" in capsys.readouterr().err


def test_two_vaults_of_one_name_are_both_told(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = make_vault(vault.parent / "twin" / "내 볼트", "")
    know(vault.parent, vault, twin)
    assert run(["due", "--vault", "내 볼트"]) == 2
    said = capsys.readouterr().err
    assert str(vault) in said
    assert str(twin) in said
    assert run(["due", "--vault", "네 볼트"]) == 2
    assert "내 볼트" in capsys.readouterr().err


@pytest.mark.parametrize(
    "listed",
    [b"", b"[]", b'{"vaults": []}', b'{"vaults": {"a": 1, "b": {}}}', b'{"vaults": {"a": {"path": "x/y"}}}',
     b'{"vaults": {"a": {"path": "/nul\\u0000"}}}', b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_any_list_of_vaults_can_be_read(tmp_path: Path, listed: bytes) -> None:
    (tmp_path / "obsidian").mkdir()
    (tmp_path / "obsidian/obsidian.json").write_bytes(listed)
    assert list_known_vaults({"XDG_CONFIG_HOME": str(tmp_path)}, "linux") == []


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", ".config/obsidian"),
        ("linux", ".var/app/md.obsidian.Obsidian/config/obsidian"),
        ("linux", "snap/obsidian/current/.config/obsidian"),
        ("darwin", "Library/Application Support/obsidian"),
        ("win32", "AppData/Roaming/obsidian"),
    ],
)
def test_the_list_lies_elsewhere_on_each_system(tmp_path: Path, platform: str, place: str) -> None:
    (tmp_path / place).mkdir(parents=True)
    listed = {"vaults": {"a": {"path": str(tmp_path), "ts": 1, "open": True}}}
    (tmp_path / place / "obsidian.json").write_text(json.dumps(listed), "utf-8")
    assert list_known_vaults({"HOME": str(tmp_path)}, platform) == [tmp_path]


TAKING_NO_FOLDER: Final = ("due", "status", "calendar", "report")


@pytest.mark.parametrize("command", TAKING_NO_FOLDER)
def test_a_folder_where_none_is_taken_is_answered_with_the_right_spelling(
    vault: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run([command, str(vault)]) == 2
    assert f"write `vault-sync {command} --vault '{vault}'`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("refesh", "refresh"), ("Due", "due"), ("stauts", "status"), ("help", "--help"), ("version", "--version"),
     ("git-fliter", "git-filter")],
)  # fmt: skip
def test_a_mistyped_command_is_suggested(
    capsys: pytest.CaptureFixture[str], typed: str, meant: str
) -> None:
    assert run([typed]) == 2
    assert f"Did you mean `vault-sync {meant}`?" in capsys.readouterr().err


REFUSED: Final = (
    ("refresh", "{}"), ("refresh", "{}/세포.md"), ("watch", "{}"), ("service", "install", "{}"), ("doctor", "{}"), ("verify", "{}"),
    ("adopt", "{}"), ("explain", "{}/세포.md"), ("eval", "1", "{}/세포.md"), ("done", "{}/세포.md"),
    *(("--vault", "{}", *words) for words in (("refresh",), ("due",), ("status",), ("calendar",), ("report",), ("undo",), ("undo", "--list"),
      ("config", "check"), ("watch",), ("doctor",), ("verify",), ("service", "status"), ("explain", "세포"), ("done", "세포"))),
)  # fmt: skip


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_folder_that_is_no_vault_is_refused_everywhere(
    vault: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    plain = vault.parent / "plain"
    plain.mkdir()
    write_note(plain, "세포.md", ago(1))
    before = (plain / "세포.md").read_bytes()
    assert run([word.format(plain) for word in words]) == 2
    said = capsys.readouterr().err
    assert (
        f"vault-sync: {plain} is no vault: it has neither .obsidian nor .vault-sync.yaml." in said
    )
    assert (plain / "세포.md").read_bytes() == before


def test_init_takes_the_working_folder(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = vault.parent / "plain"
    plain.mkdir()
    monkeypatch.chdir(plain)
    assert run(["init", "--yes"]) == 0
    assert (plain / ".vault-sync.yaml").exists()
    assert run(["refresh"]) == 0


def test_explain_takes_names_and_one_property(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "세포 호흡", "학습률", *NOW, "--vault", str(vault)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("formula  ") == 1
    assert run(["explain", "세포 호흡", "학습율", "--vault", str(vault)]) == 2
    assert "학습률" in capsys.readouterr().err
    assert run(["explain", "세포", "--vault", str(vault)]) == 2
    assert "생물/세포 호흡.md" in capsys.readouterr().err
    assert run(["eval", 'note["⭕과목"]', "[[세포 호흡]]", "--vault", str(vault)]) == 0


def complete(folder: Path, *words: str) -> list[str]:
    """Return what a shell is told to offer for the last of some words."""
    done = subprocess.run(
        find_program(),
        cwd=folder,
        env={
            **os.environ,
            "_VAULT_SYNC_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("vault-sync", *(word.replace(" ", "\\ ") for word in words))),
            "COMP_CWORD": str(len(words)),
        },
        capture_output=True,
        check=True,
    )
    lines = done.stdout.decode().splitlines()
    return [line.removeprefix("plain,") for line in lines if line.startswith("plain,")]


def test_notes_and_properties_are_completed(vault: Path) -> None:
    write_note(vault, "생물/끝낸 것.md", ago(100), {1, 4, 7, 14})
    assert "세포 호흡" in complete(vault, "done", "")
    assert "끝낸 것" not in complete(vault, "done", "")
    assert complete(vault.parent, "--vault", str(vault), "done", "세") == ["세포 호흡"]
    assert {"끝낸 것", "세포 호흡"} <= {*complete(vault, "explain", "")}
    assert "학습률" in complete(vault, "explain", "세포 호흡", "학")
    assert complete(vault.parent, "done", "") == []


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_bash_gets_names_with_blanks_whole(vault: Path) -> None:
    script = (
        'eval "$(vault-sync completion bash)"; COMP_WORDS=(vault-sync done ""); COMP_CWORD=2;'
        ' _vault_sync_completion vault-sync "" done; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    program = vault.parent / "bin"
    program.mkdir()
    (program / "vault-sync").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vault_sync "$@"\n')
    (program / "vault-sync").chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=vault,
        env={**os.environ, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert "세포\\ 호흡" in done.stdout.decode().splitlines()


@pytest.mark.parametrize("spelled", ["-n", "--dry-run"])
@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("refresh", *NOW), "6 notes seen: 5 stale"),
        (("undo",), "would be put back"),
        (("done", "쿠키와 세션", *NOW), "쿠키와 세션: the review of day 4 would be ticked."),
        (("done", "쿠키와 세션", "--undo"), "the review of day 1 would not be ticked any more."),
        (("init",), ".vault-sync.yaml is there already"),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_what_writes_notes_can_look_first(
    vault: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    told: str,
    spelled: str,
) -> None:
    if command[0] == "undo":
        assert run(["-q", "refresh", "--vault", str(vault), *NOW]) == 0
    before = {file: file.read_bytes() for file in vault.rglob("*") if file.is_file()}
    assert run([*command, spelled, "--vault", str(vault)]) == 0
    assert told in "".join(capsys.readouterr())
    assert {file: file.read_bytes() for file in vault.rglob("*") if file.is_file()} == before
    assert run(["undo", "--list", "--vault", str(vault)]) == 0
    assert ("undo " in capsys.readouterr().out) is False
