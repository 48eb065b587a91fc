"""Raw exports of Notion are known, and notes that people write are not taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_sync.adopt.table import find_raw_export, list_raw_properties
from vault_sync.cli import run
from vault_sync.files.folder import VaultFolder

if TYPE_CHECKING:
    from pathlib import Path

ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PAGE = "# 쿠버네티스\n\n⭕첫 학습날: 2024년 7월 1일\n❤1일복습여부: Yes\nTasks: Draft (https://www.notion.so/x)\n\n본문\n"


def find(folder: Path, notes: dict[str, str]) -> tuple[int, str] | None:
    for name, text in notes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    with VaultFolder(str(folder)) as root:
        return find_raw_export(root, sorted(notes))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (PAGE, ["⭕첫 학습날", "❤1일복습여부", "Tasks"]),
        (PAGE.replace("\n", "\r\n"), ["⭕첫 학습날", "❤1일복습여부", "Tasks"]),
        ("\ufeff" + PAGE, ["⭕첫 학습날", "❤1일복습여부", "Tasks"]),
        ("# A\n\nStatus: Done", ["Status"]),
        ("# A\n\nA sentence with a colon: yes,\nand its second line.\n", []),
        ("# A\n\n- key: value\n", []),
        ("---\nStatus: Done\n---\n# A\n\nStatus: Done\n", []),
        ("# A\nStatus: Done\n", []),
        ("Status: Done\n", []),
        ("# A\n\n", []),
        ("", []),
    ],
)
def test_properties_below_a_title(text: str, names: list[str]) -> None:
    assert list_raw_properties(text) == names


def test_the_identifier_in_the_name_tells_it(tmp_path: Path) -> None:
    notes = {f"DB {ID}/쿠버네티스 {ID}.md": PAGE, "own.md": "# A\n\nNote: mine\n"}
    assert find(tmp_path, notes) == (1, f"DB {ID}/쿠버네티스 {ID}.md")


def test_without_identifiers_many_alike_tell_it(tmp_path: Path) -> None:
    assert find(tmp_path, {f"{n}.md": PAGE for n in range(3)}) == (3, "0.md")


def test_a_few_notes_with_a_line_of_their_own_are_no_export(tmp_path: Path) -> None:
    notes = {f"{n}.md": f"# Title {n}\n\nKey {n}: value\nNote: value\n" for n in range(9)}
    assert find(tmp_path, notes) is None


@pytest.mark.parametrize("command", [["adopt"], ["init", "--dry-run"]])
def test_it_is_said_how_to_import_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    find(tmp_path, {".obsidian/app.json": "{}", f"쿠버네티스 {ID}.md": PAGE})
    assert run([*command, str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "1 note looks like a raw export of Notion (such as 쿠버네티스 " in out + err
    assert "plugin Importer" in out + err


@pytest.mark.parametrize("command", [["adopt"], ["init", "--dry-run"]])
def test_an_imported_vault_is_no_raw_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    find(tmp_path, {".obsidian/app.json": "{}", "a.md": "---\nStatus: Done\n---\n# A\n"})
    assert run([*command, str(tmp_path)]) == 0
    assert "raw export" not in "".join(capsys.readouterr())
