"""Names, kinds and times of files. What is no plain note of the vault is never written."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.note.oddities import fresh, stale
from tests.vault.odd_vaults import Ran, fill, run_refresh
from tests.vault.vaults import posix_only

if TYPE_CHECKING:
    from pathlib import Path

GOOD_NAMES = {
    "line end": "a\nb.md",
    "escape": "\x1b[31m.md",
    "quotes": "\"a'b`.md",
    "leading dash": "-rf.md",
    "blank before the dot": "a .md",
    "two dots": "a..md",
    "reserved on Windows": "CON.md",
    "emoji": "📝🧠.md",
    "upper case ending": "NOTE.MD",
    "composed": "\ud55c\uae00.md",
    "decomposed": "\u1112\u1161\u11ab\u1100\u1173\u11af.md",
    "case pair": "note.md",
    "its twin": "Note.md",
    "as long as can be": "가" * 84 + ".md",
    "in a folder with a name to mind": "폴더 [x]/#tag ^a|b.md",
    "not UTF-8": os.fsdecode(b"caf\xe9.md"),
    "deep": "d/" * 60 + "x.md",
}
LEFT_OUT = {
    "backup": "note.md~",
    "swap file": ".note.md.swp",
    "vim's probe": "4913",
    "Syncthing's temporary": ".syncthing.note.md.tmp",
    "lock of an open document": "~$note.md",
    "placeholder of iCloud": ".note.md.icloud",
    "dot name": ".hidden.md",
    "dot folder": ".trash/note.md",
    "conflict of Syncthing": "note.sync-conflict-20240101-101112-ABCDEFG.md",
    "conflict of Dropbox": "note (Min's conflicted copy 2024-01-01).md",
    "drawing": "plan.excalidraw.md",
    "canvas": "board.canvas",
    "base": "study.base",
    "text": "note.txt",
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("named")
    (folder / "vault/.obsidian").mkdir(parents=True)
    for name in [*GOOD_NAMES.values(), *LEFT_OUT.values()]:
        note = folder / "vault" / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(stale(), "utf-8", newline="")
    return run_refresh(folder / "vault", folder / "state")


@posix_only
@pytest.mark.parametrize("name", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_file_that_is_no_note_is_left_out(named: Ran, name: str) -> None:
    assert (named.vault / name).read_text("utf-8") == stale()


@posix_only
@pytest.mark.parametrize("name", GOOD_NAMES.values(), ids=GOOD_NAMES)
def test_a_note_of_any_name_is_refreshed(named: Ran, name: str) -> None:
    assert (named.vault / name).read_text("utf-8") == fresh()
    assert named.code == 4  # a note that is in iCloud only may be missing


@posix_only
def test_no_unusual_file_stops_a_refresh(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    fill(vault, {})
    outside = tmp_path / "outside.md"
    outside.write_text(stale(), "utf-8")
    os.mkfifo(vault / "pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(vault / "socket.md"))
    (vault / "folder.md").mkdir()
    (vault / "loop.md").symlink_to("loop.md")
    (vault / "nowhere.md").symlink_to("gone.md")
    (vault / "up").symlink_to("..")
    (vault / "out.md").symlink_to(outside)
    (vault / "device.md").symlink_to("/dev/zero")
    ran = run_refresh(vault, tmp_path / "state")
    assert ran.code == 0
    assert set(ran.told) == {"0 first.md", "zz last.md"}
    assert outside.read_text("utf-8") == stale()
    assert (vault / "out.md").is_symlink()
    assert (vault / "0 first.md").read_text("utf-8") == fresh()
    assert (vault / "zz last.md").read_text("utf-8") == fresh()


@posix_only
def test_a_note_with_two_names_is_named_and_left_alone(tmp_path: Path) -> None:
    fill(tmp_path / "vault", {})
    outside = tmp_path / "outside.md"
    outside.write_text(stale(), "utf-8")
    (tmp_path / "vault" / "hard.md").hardlink_to(outside)
    ran = run_refresh(tmp_path / "vault", tmp_path / "state")
    assert ran.code == 4
    assert "hard links" in ran.told["hard.md"]["problems"][0]["message"]
    assert outside.read_text("utf-8") == stale()
    assert outside.stat().st_nlink == 2


@posix_only
def test_a_link_inside_the_vault_does_not_write_twice(tmp_path: Path) -> None:
    fill(tmp_path / "vault", {})
    link = tmp_path / "vault" / "link.md"
    link.symlink_to("0 first.md")
    ran = run_refresh(tmp_path / "vault", tmp_path / "state")
    assert ran.code == 0
    assert set(ran.told) == {"0 first.md", "zz last.md"}
    assert link.is_symlink()
    assert link.read_text("utf-8") == fresh()


@pytest.mark.parametrize("seconds", [-86_400, -1, 0, 2**31, 4_000_000_000])
def test_any_time_stamp_will_do(tmp_path: Path, seconds: int) -> None:
    fill(tmp_path / "vault", {})
    note = tmp_path / "vault" / "0 first.md"
    os.utime(note, (seconds, seconds))
    assert run_refresh(tmp_path / "vault", tmp_path / "state").code == 0
    assert note.read_text("utf-8") == fresh()
