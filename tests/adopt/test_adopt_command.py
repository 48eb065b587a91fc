"""The command: what it prints, what it writes, and that it touches no note."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.adopt.exports import export_study
from tests.console import EXAMPLES, ROOT
from tests.warm import find_program
from vault_sync.adopt import table
from vault_sync.adopt.formulas import Setting
from vault_sync.adopt.infer import propose_rules
from vault_sync.adopt.table import build_table, sample_notes
from vault_sync.files.folder import VaultFolder

if TYPE_CHECKING:
    from pathlib import Path


def adopt(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / ".obsidian").mkdir(exist_ok=True)
    return subprocess.run(
        [*find_program(), "adopt", str(folder), *words],
        env={**os.environ, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Seoul"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    shutil.copytree(EXAMPLES / "export", folder)
    return folder


def read_all(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("format_", ["text", "json", "yaml"])
def test_no_note_is_touched(vault: Path, format_: str) -> None:
    before = read_all(vault)
    assert adopt(vault, "--format", format_).returncode == 0
    assert read_all(vault) == before


def test_a_file_that_exists_is_not_overwritten(vault: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("mine\n", "utf-8")
    done = adopt(vault, "-o", str(rules))
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert rules.read_text("utf-8") == "mine\n"


def test_a_folder_that_is_missing_is_told(vault: Path, tmp_path: Path) -> None:
    done = adopt(vault, "-o", str(tmp_path / "nowhere" / "rules.yaml"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_the_reviews_are_told(vault: Path) -> None:
    told = adopt(vault).stdout
    assert "day 1: Reviewed 1d, day 4: Reviewed 4d, day 7: Reviewed 7d\n" in told
    assert told.endswith("no formula was found:\n    Subject, Mood\n")


def test_where_nothing_is_proposed_nothing_is_written(vault: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    (vault / ".obsidian").mkdir(exist_ok=True)
    done = adopt(vault / "Maths", "-o", str(rules))
    assert "Nothing is proposed." in done.stderr
    assert not rules.exists()


def test_rules_that_are_in_place_need_not_be_saved(vault: Path, tmp_path: Path) -> None:
    assert "Save the rules" in adopt(vault, "-o", str(tmp_path / "rules.yaml")).stderr
    assert "Save the rules" not in adopt(vault, "-o", str(vault / ".vault-sync.yaml")).stderr


def test_the_rules_can_be_used_at_once(vault: Path) -> None:
    assert adopt(vault, "-o", str(vault / ".vault-sync.yaml")).returncode == 0
    command = [*find_program(), "refresh", "--check", "--format", "json"]
    done = subprocess.run(
        [*command, "--now", "2025-03-09T10:00", str(vault)],
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    found = json.loads(done.stdout)
    stale = {note["path"]: note["changes"] for note in found["notes"] if note["changes"]}
    assert found["summary"]["unchanged"] == 17
    assert list(stale) == ["Maths/Logarithms.md"]
    assert [change["property"] for change in stale["Maths/Logarithms.md"]] == ["Third review"]


def read_json(folder: Path) -> Any:
    return json.loads(adopt(folder, "--format", "json").stdout)


def test_what_programs_get(vault: Path) -> None:
    found = read_json(vault)
    assert found["summary"] == {"seen": 18, "read": 18, "used": 18, "unreadable": 0}
    assert found["frozen"] == [{"day": "2025-03-09", "values": 18}]
    third = next(one for one in found["properties"] if one["property"] == "Third review")
    assert third == {
        "property": "Third review",
        "kind": "derived",
        "filled": 18,
        "formula": 'if(Started, (Started + "7d").format("MMMM D, YYYY", "en"))',
        "agree": 17,
        "of": 18,
        "empty": 0,
        "disagree": [
            {
                "path": "Maths/Logarithms.md",
                "line": 10,
                "value": "February 5, 2025",
                "computed": "February 4, 2025",
            }
        ],
        "alternatives": [],
        "next_formula": 'if(Started, (Started + "7d").format("MMMM DD, YYYY", "en"))',
        "distinguish": 3,
    }
    assert found["undecidable"] == found["unread"] == []
    kinds = {one["property"]: one["kind"] for one in found["properties"]}
    assert kinds["Mood"] == kinds["Subject"] == "own"
    assert found["configuration"].startswith("# Proposed by `vault-sync adopt`")


def test_a_folder_of_a_vault_is_looked_at_alone(vault: Path) -> None:
    (vault / ".obsidian").mkdir(exist_ok=True)
    assert read_json(vault / "Maths")["summary"]["seen"] == 4
    assert "Nothing is proposed." in adopt(vault / "Maths").stderr


def test_notes_that_cannot_be_read_and_those_that_ask_for_it_are_left_out(vault: Path) -> None:
    (vault / "broken.md").write_text("---\nStarted: [\n---\n", "utf-8")
    (vault / "binary.md").write_bytes(b"---\nStarted: \xff\n---\n")
    (vault / "own.md").write_text("---\nvault-sync: false\nAge: 1 days\n---\n", "utf-8")
    (vault / "plain.md").write_text("no properties\n", "utf-8")
    found = read_json(vault)
    assert found["summary"] == {"seen": 22, "read": 22, "used": 18, "unreadable": 2}


def test_where_the_profile_does_all_of_it_that_is_said(tmp_path: Path) -> None:
    for number, text in enumerate(export_study(20, 1)):
        (tmp_path / f"{number}.md").write_text(text, "utf-8")
    assert "The rule set study-ko calculates all of these already" in adopt(tmp_path).stderr


def test_hostile_notes_cost_little(tmp_path: Path) -> None:
    lines = "".join(f"name{number}: {number}{'9' * 150}\n" for number in range(100))
    odd = '"esc\\x1b[31m": 1\n"line\\nbreak": 2\nbar: ' + "🟩" * 150 + "⬜" * 49 + "\n"
    dates = "first: 9999-12-31\nsecond: 0001-01-01\ncount: 999999999\nneg: -999999999\n"
    for number in range(30):
        (tmp_path / f"{number}.md").write_text(
            f"---\n{lines}{odd}{dates}many: {'1 ' * 90}\nown: {number}\n---\n", "utf-8"
        )
    done = adopt(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_nothing_in_a_note_commands_the_terminal(tmp_path: Path) -> None:
    """A title is set by `ESC ]`, which click, unlike colours, does not take out where there is no terminal."""
    hostile = "\x1b]0;owned\x07"
    for day in range(1, 21):
        end = f"2024-02-{day:02}" if day < 20 else '"edited\\x1b]0;owned\\x07"'
        (tmp_path / f"{day}{hostile}.md").write_text(
            f"---\nstart: 2024-01-{day:02}\nend: {end}\n---\n", "utf-8"
        )
    (tmp_path / f"broken{hostile}.md").write_text("---\nstart: [\n---\n", "utf-8")
    done = adopt(tmp_path, "-v")
    assert "edited" in done.stdout
    assert "broken" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_of_many_notes_the_same_sample_is_taken_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MAX_NOTES", 40)
    texts = export_study(120, 3)
    names = [f"{number:03}.md" for number in range(120)]
    for name, text in zip(names, texts, strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    with VaultFolder(str(tmp_path)) as root:
        first, second = sample_notes(root, names), sample_notes(root, names)
    assert [note.path for note in first.notes] == [note.path for note in second.notes]
    assert (len(first.notes), first.read, first.total) == (40, 40, 120)
    assert max(int(note.path[:3]) for note in first.notes) > 80
    proposal = propose_rules(build_table(first.notes), Setting(UTC, "en"))
    assert len(proposal.derived) == 23
    frozen = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - civil time
    assert set(proposal.evidence.moments.values()) == {frozen}
