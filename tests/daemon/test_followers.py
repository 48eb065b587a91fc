"""The notes that read a changed one follow, and no others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.linked_vaults import NOW, write, write_vault
from vault_sync.daemon import batch_writer
from vault_sync.daemon.batch_writer import HANDFUL, BatchWriter
from vault_sync.daemon.queue import Batch, Clocks
from vault_sync.daemon.scan import NoteTable
from vault_sync.engine.refresh import RefreshPlanner
from vault_sync.files.read import NoteBytes, stat_note
from vault_sync.vault.vault import list_notes
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vault_sync.engine.refresh import Found

RULES: Final = (
    "{name: tasks, filters: Hours, formulas: {double: Hours * 2}}",
    "{name: pages, filters: to, formulas: {sum: 'to.map(value.asFile().properties.double).sum()'}}",
    "{name: tops, filters: page, formulas: {big: 'page.asFile().properties.sum > 10'}}",
    "{name: back, filters: is, formulas: {n: 'file.backlinks.length'}}",
)
NOTES: Final = {
    "a.md": '---\nto: ["[[t]]", "[[u]]"]\n---\n',
    "b.md": '---\nto: ["[[u]]"]\n---\n',
    "t.md": "---\nHours: 1\n---\n",
    "u.md": "---\nHours: 2\n---\n",
    "top.md": '---\npage: "[[a]]"\n---\n',
    "page.md": "---\nis: page\n---\n",
}


class Vault:
    """A vault, and a daemon's writer that has looked at all of it."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = write_vault(root, NOTES, *RULES)
        self.workspace = open_workspace(root, None)
        log = logging.getLogger("test")
        self.writer = BatchWriter(log, Clocks(), lambda: "", lambda _seconds: None)
        self.look(*list_notes(self.workspace.vault))

    def look(self, *paths: str) -> None:
        start = NOW.replace(hour=0, minute=0)
        batch = Batch(paths=paths, start=start, started=NOW, quiet=0.0)
        self.writer.write(self.workspace, batch)

    def read(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def planned(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notes that were planned since the vault was first looked at."""
    assert vault.read("top.md").endswith("big: false\n---\n")
    paths: list[str] = []
    plan = RefreshPlanner.plan

    def record(self: RefreshPlanner, path: str) -> Found:
        paths.append(path)
        return plan(self, path)

    monkeypatch.setattr(RefreshPlanner, "plan", record)
    return paths


def edit(path: str, text: str) -> Callable[[Vault], None]:
    return lambda vault: write(vault.root, {path: text})


def remove(path: str) -> Callable[[Vault], None]:
    return lambda vault: (vault.root / path).unlink()


@pytest.mark.parametrize(
    ("change", "changed", "followers", "line"),
    [
        (edit("t.md", "---\nHours: 9\n---\n"), ["t.md"], ["a.md", "top.md"], "sum: 22"),
        (edit("t.md", "---\nHours: 3\n---\n"), ["t.md"], ["a.md", "top.md"], "sum: 10"),
        (edit("t.md", "---\nHours: 1\ndouble: 2\n---\nnew\n"), ["t.md"], [], "sum: 6"),
        (edit("u.md", "---\nHours: 1\n---\n"), ["u.md"], ["a.md", "b.md", "top.md"], "sum: 4"),
        (remove("t.md"), ["t.md"], ["a.md", "top.md"], "sum: 4"),
        (edit("S/t.md", "---\nHours: 7\n---\n"), ["S/t.md"], [], "sum: 6"),
        (edit("x.md", "[[page]]\n"), ["x.md"], ["page.md"], "sum: 6"),
        (edit("x.png", ""), ["x.png"], [], "sum: 6"),
    ],
)
def test_just_those_that_could_differ(  # noqa: PLR0917 - a table's columns
    vault: Vault,
    planned: list[str],
    change: Callable[[Vault], None],
    changed: list[str],
    followers: list[str],
    line: str,
) -> None:
    change(vault)
    vault.look(*changed)
    assert [path for path in planned if path not in changed] == followers
    assert f"{line}\n" in vault.read("a.md")


def test_a_name_that_is_taken_over_and_given_back(vault: Vault) -> None:
    (vault.root / "t.md").replace(vault.root / "z.md")
    write(vault.root, {"S/t.md": "---\nHours: 7\n---\n"})
    vault.look("t.md", "z.md", "S/t.md")
    assert "sum: 18\n" in vault.read("a.md")
    write(vault.root, {"t.md": "---\nHours: 2\n---\n"})
    vault.look("t.md")
    assert "sum: 8\n" in vault.read("a.md")


def test_backlinks_that_come_and_go(vault: Vault) -> None:
    write(vault.root, {"x.md": "[[page]] [[t]]\n", "y.md": "[[page]]\n"})
    vault.look("x.md", "y.md")
    assert "n: 2\n" in vault.read("page.md")
    write(vault.root, {"x.md": "[[t]]\n"})
    vault.look("x.md")
    assert "n: 1\n" in vault.read("page.md")
    write(vault.root, {"x.md": "[[page|again]]\n"})
    (vault.root / "y.md").unlink()
    vault.look("x.md", "y.md")
    assert "n: 1\n" in vault.read("page.md")


def test_a_page_that_we_wrote_follows_although_its_own_event_comes_with_that_of_another(
    vault: Vault,
) -> None:
    write(vault.root, {"t.md": "---\nHours: 9\n---\n"})
    vault.look("t.md")
    assert "sum: 22\n" in vault.read("a.md")
    write(vault.root, {"t.md": "---\nHours: 1\n---\n"})
    vault.look("a.md", "t.md")
    assert "sum: 6\n" in vault.read("a.md")


def test_links_lead_elsewhere_once_a_file_comes_or_goes(vault: Vault) -> None:
    write(vault.root, {"S/x.md": "[[sub]]\n", "S/y.md": "[[T/sub]]\n"})
    write(vault.root, {"T/sub.md": "---\nis: page\n---\n"})
    vault.look("S/x.md", "S/y.md", "T/sub.md")
    assert "n: 2\n" in vault.read("T/sub.md")
    write(vault.root, {"S/sub.md": "---\nis: page\n---\n"})  # nearer to one of them
    vault.look("S/sub.md")
    assert [vault.read(f"{folder}/sub.md").count("n: 1\n") for folder in "ST"] == [1, 1]
    (vault.root / "S/sub.md").unlink()
    vault.look("S/sub.md")
    assert "n: 2\n" in vault.read("T/sub.md")
    (vault.root / "S/x.md").unlink()
    vault.look("S/x.md")
    assert "n: 1\n" in vault.read("T/sub.md")
    write(vault.root, {"S/x.md": "[[sub]]\n"})
    vault.look("S/x.md")
    assert "n: 2\n" in vault.read("T/sub.md")


@pytest.mark.parametrize(("limit", "is_early"), [(50, True), (10, False)])
def test_pages_are_written_while_others_are_planned_where_they_are_not_too_many(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    is_early: bool,  # noqa: FBT001 - a table's column
) -> None:
    pages = [f"P/{number:02}.md" for number in range(2 * HANDFUL + 8)]
    write(vault.root, dict.fromkeys(pages, '---\nto: ["[[t]]"]\nsum: 2\n---\n'))
    vault.look(*pages)
    with (vault.root / ".vault-sync.yaml").open("a", encoding="utf-8") as config:
        config.write(f"\nmax-changes: {limit}\n")
    vault.workspace = open_workspace(vault.root, None)
    vault.look("u.md")
    write(vault.root, {"t.md": "---\nHours: 9\n---\n"})
    seen: list[str] = []
    plan = RefreshPlanner.plan

    def look_at_first(self: RefreshPlanner, path: str) -> Found:
        if path == pages[-1]:
            seen.append(vault.read(pages[0]))
        return plan(self, path)

    monkeypatch.setattr(RefreshPlanner, "plan", look_at_first)
    vault.look("t.md")
    assert [("sum: 18\n" in text) for text in seen] == [is_early]
    assert ("sum: 18\n" in vault.read(pages[-1])) is is_early


def test_links_of_a_note_whose_event_has_not_come_yet(vault: Vault) -> None:
    """Whoever asks for backlinks sees the note as it is, and so it stays when its event comes."""
    write(vault.root, {"b.md": vault.read("b.md") + "[[page]]\n", "x.md": "new\n"})
    vault.look("x.md")
    vault.look("b.md")
    assert "n: 1\n" in vault.read("page.md")


def look_soon(vault: Vault, *paths: str) -> set[str]:
    """Look at notes with a quiet period that is far from over, and return those that wait for it."""
    start = NOW.replace(hour=0, minute=0)
    batch = Batch(paths=paths, start=start, started=NOW, quiet=60.0)
    return {*vault.writer.write(vault.workspace, batch)}


def test_a_page_that_is_being_edited_waits_for_its_own_quiet_period(vault: Vault) -> None:
    write(vault.root, {"t.md": "---\nHours: 9\n---\n", "a.md": vault.read("a.md") + "typing"})
    assert look_soon(vault, "t.md") >= {"a.md"}
    assert "sum: 6\n" in vault.read("a.md")


def test_a_page_that_we_wrote_a_moment_ago_does_not_wait(vault: Vault) -> None:
    (vault.root / "t.md").unlink()
    assert look_soon(vault, "t.md") == set()
    assert "sum: 4\n" in vault.read("a.md")
    (vault.root / "u.md").unlink()
    assert look_soon(vault, "u.md") == set()
    assert "sum: 0\n" in vault.read("a.md")
    write(vault.root, {"a.md": vault.read("a.md") + "typing"})
    (vault.root / "x.md").write_text("---\nHours: 5\n---\n", "utf-8")
    assert look_soon(vault, "x.md", "a.md") == {"x.md", "a.md"}


def test_an_edit_within_the_tick_of_our_write_waits(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves text of the same length, and the file system tells no difference."""
    ours, signature = vault.read("a.md"), stat_note(str(vault.root), "a.md")
    assert signature
    write(vault.root, {"a.md": ours.replace("[[t]]", "[[v]]")})
    monkeypatch.setattr(batch_writer, "stat_note", lambda _root, _path: signature)
    theirs = NoteBytes("a.md", (vault.root / "a.md").read_bytes(), signature)
    monkeypatch.setattr(batch_writer, "read_note", lambda _root, _path: theirs)
    assert look_soon(vault, "a.md") == {"a.md"}


def test_writes_of_ours_are_forgotten_once_no_quiet_period_counts_them(tmp_path: Path) -> None:
    table, wall = NoteTable(), 1_000_000.0
    (tmp_path / "a.md").touch()
    signature = stat_note(str(tmp_path), "a.md")
    assert signature
    made = {
        name: signature._replace(mtime_ns=at, ctime_ns=at)
        for name, at in (("a.md", int((wall - 9) * 1e9)), ("b.md", int((wall - 3) * 1e9)))
    }
    for path, one in made.items():
        table.mark_written(path, one, path.encode())
    table.forget_recent(5.0, wall)
    assert [table.find_recent(path, one) for path, one in made.items()] == [None, b"b.md"]
