"""The example vault: what a refresh makes of it, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from tests.console import EXAMPLES, ROOT
from tests.study.oracle import Study

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = "2024-10-27T14:01"
LEFT_ALONE: Final = {
    ".vault-sync.yaml",
    ".obsidian/app.json",
    ".obsidian/templates.json",
    ".obsidian/types.json",
    "Archive/Spring plan.md",
    "Daily/2024-10-27.md",
    "Databases/Index notes.md",
    "Reading list.md",
    "Templates/Cornell study note.md",
    "Web/쿠키와 세션.md",
}
THREE_DONE: Final = Study(done1=True, done4=True, done7=True)
FIVE_DONE: Final = THREE_DONE.with_changes(done14=True, long_term=True)
STUDIED: Final = {
    "Algorithms/Hash tables.md": Study(date(2024, 10, 30)),
    "Algorithms/Sorting.md": THREE_DONE.with_changes(first=date(2024, 10, 20)),
    "Databases/트랜잭션.md": Study(date(2024, 7, 7), done1=True, long_term=True),
    "English/Irregular verbs.md": FIVE_DONE.with_changes(first=date(2024, 9, 1)),
    "Linux/Signals and exit codes.md": Study(date(2024, 9, 17), done1=True, done4=True),
    "Linux/파일 권한.md": THREE_DONE.with_changes(first=date(2024, 10, 13), done14=True),
    "Web/HTTP 상태 코드.md": THREE_DONE.with_changes(first=date(2024, 7, 7)),
    "Web/What a CDN does.md": Study(date(2024, 10, 24), done1=True),
}
WITHOUT_A_DAY: Final = "Algorithms/이진 탐색.md"
# What the page of a subject tells of the notes that link to it: how many there are, how much of them is learnt, how many
# reviews are open and when the next one is.
SUBJECTS: Final = {
    "Subjects/Algorithms.md": (3, "0.2", 5, "2024-10-31"),
    "Subjects/Databases.md": (1, "0.4", 0, None),
    "Subjects/English.md": (1, "0.8", 0, None),
    "Subjects/Linux.md": (2, "0.5", 2, "2024-09-24"),
    "Subjects/Web.md": (3, "0.4", 6, "2024-07-21"),
}
ROLLUPS: Final = ("notes", "learnt", "open_reviews", "next_review")
DERIVED: Final = (*Study().derived_lines(), *ROLLUPS)


def read_files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


VAULT: Final = read_files(EXAMPLES / "vault")
EXPECTED: Final = read_files(EXAMPLES / "expected")


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    for name, data in VAULT.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def refresh(vault: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "vault_sync", "refresh", "--now", NOW, *options, str(vault)],
        cwd=ROOT,
        env={**os.environ, "VAULT_SYNC_STATE": str(vault.parent / "state"), "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
    )


def keep_own_lines(data: bytes) -> list[bytes]:
    """Return the lines of a note but those of derived properties."""
    starts = tuple(f"{quote}{name}{quote}:".encode() for name in DERIVED for quote in ("", '"'))
    return [line for line in data.splitlines(keepends=True) if not line.startswith(starts)]


def test_what_is_not_to_be_refreshed_is_the_same() -> None:
    assert VAULT.keys() == EXPECTED.keys()
    assert {name for name in VAULT if VAULT[name] == EXPECTED[name]} == LEFT_ALONE


@pytest.mark.parametrize("name", sorted(VAULT))
def test_everything_but_the_derived_lines_is_the_same(name: str) -> None:
    assert keep_own_lines(EXPECTED[name]) == keep_own_lines(VAULT[name])


def test_every_refreshed_note_is_accounted_for() -> None:
    assert {*STUDIED, *SUBJECTS, WITHOUT_A_DAY} == VAULT.keys() - LEFT_ALONE


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_page_of_a_subject_tells_how_its_notes_stand(name: str) -> None:
    lines = EXPECTED[name].decode().splitlines()
    found = {line.partition(":")[0]: bare(line) for line in lines if line.startswith(ROLLUPS)}
    wanted = zip(ROLLUPS, SUBJECTS[name], strict=True)
    assert found == {rollup: str(value) for rollup, value in wanted if value is not None}


@pytest.mark.parametrize("name", STUDIED)
def test_expected_values_are_those_of_the_profile(name: str) -> None:
    lines = EXPECTED[name].decode().splitlines()
    found = {
        derived: bare(line)
        for line in lines
        for derived in DERIVED
        if line.startswith((f"{derived}:", f'"{derived}":'))
    }
    wanted = {derived: bare(line) for derived, line in STUDIED[name].derived_lines().items()}
    assert found == wanted


def test_without_a_first_day_what_held_one_is_emptied() -> None:
    before, after = (files[WITHOUT_A_DAY].decode().splitlines() for files in (VAULT, EXPECTED))
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        '🛑첫날: "✏첫날 :"',
        '🛑오늘: "⏰오늘 : 2024/10/27"',
        "🛑첫학습후 몇일째?: 첫 학습 후 ❤일째❤",
        '🛑4일후: "🥉4일뒤 : "',
        "4일후:",
        "4일후(text):",
        "사이:",
    ]


def bare(line: str) -> str:
    """Return the value in a line without quotes and comment."""
    value = line.partition(": ")[2].partition(" #")[0]
    return value.strip("\"' ")


def test_the_notes_have_the_line_ends_they_are_here_for() -> None:
    note = EXPECTED["Linux/파일 권한.md"]
    assert note.count(b"\n") == note.count(b"\r\n") > 40
    assert not any(b"\r" in data for name, data in EXPECTED.items() if name != "Linux/파일 권한.md")


def test_a_refresh_gives_the_expected_vault_and_a_second_one_writes_nothing(vault: Path) -> None:
    first = refresh(vault)
    assert first.returncode == 0, first.stderr.decode()
    assert read_files(vault) == EXPECTED
    times = {path: path.stat().st_mtime_ns for path in vault.rglob("*")}
    second = refresh(vault)
    assert (second.returncode, second.stdout) == (0, b"")
    assert read_files(vault) == EXPECTED
    assert {path: path.stat().st_mtime_ns for path in vault.rglob("*")} == times


def test_check_tells_a_stale_vault_from_a_true_one(vault: Path) -> None:
    assert refresh(vault, "--check").returncode == 1
    assert read_files(vault) == VAULT
    refresh(vault)
    assert refresh(vault, "--check").returncode == 0


def test_the_diff_applied_by_git_is_the_refresh(vault: Path) -> None:
    diff = refresh(vault, "--diff")
    assert read_files(vault) == VAULT
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"],
        cwd=vault,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(vault.parent)},
        input=diff.stdout,
        check=True,
    )
    assert read_files(vault) == EXPECTED
