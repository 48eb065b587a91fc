"""The vault: finding it, walking it, and what is left alone in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.vault.vaults import list_all, posix_only, write
from vault_sync.doctor.collect import FolderScan
from vault_sync.errors import VaultNotFoundError
from vault_sync.files.folder import UNFINISHED, name_leftover
from vault_sync.rules.ignore_patterns import compile_patterns
from vault_sync.text import make_printable
from vault_sync.vault.vault import Vault, find_vault, list_notes, load_vault
from vault_sync.vault.walk import Leftover, Skipped, list_files

if TYPE_CHECKING:
    from collections.abc import Iterator


# Finding the vault


def test_no_vault(tmp_path: Path) -> None:
    (tmp_path / ".obsidian").write_text("a file, not a folder", "utf-8")
    (tmp_path / ".vault-sync.yaml").mkdir()
    assert find_vault(tmp_path) is None


def test_the_vault_is_found_upward(tmp_path: Path) -> None:
    (tmp_path / ".obsidian").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_vault(tmp_path) == tmp_path
    assert find_vault(deep / "absent.md") == tmp_path
    (tmp_path / "a" / ".obsidian").mkdir()
    assert find_vault(deep) == tmp_path / "a"
    (tmp_path / ".vault-sync.yaml").touch()
    assert find_vault(deep) == tmp_path
    (deep / ".vault-sync.yaml").touch()
    assert find_vault(deep) == deep


def test_a_relative_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert find_vault(Path()) == tmp_path


def test_what_is_no_folder_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(VaultNotFoundError, match="is not a folder"):
        load_vault(tmp_path / "absent")


def test_a_vault_that_disappears(tmp_path: Path) -> None:
    vault = Vault(root=str(tmp_path / "gone"))
    with pytest.raises(VaultNotFoundError, match="cannot be read"):
        list(list_notes(vault))


# Walking


def test_an_empty_vault(tmp_path: Path) -> None:
    assert list_all(Vault(root=str(tmp_path))) == ([], [])


def test_notes_come_sorted_each_folder_in_its_place(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/z.md", "a/y/x.md", "c/d.md", "a.md", "B.md", "가.md", "!.md")
    expected = ["!.md", "B.md", "a/y/x.md", "a/z.md", "a.md", "b.md", "c/d.md", "가.md"]
    assert list_all(Vault(root=str(tmp_path))) == (expected, [])


def test_below_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "a/b/c.md", "a/b.md", "ab/d.md")
    vault = Vault(root=str(tmp_path))
    assert list_all(vault, "a/b") == (["a/b/c.md"], [])
    assert list_all(vault, "a/") == (["a/b/c.md", "a/b.md"], [])


@pytest.mark.parametrize(
    "below", [".trash", "own", "own/x", "..", "a/../a", "Archive", "Archive/x"]
)
def test_below_a_folder_that_is_left_alone(tmp_path: Path, below: str) -> None:
    write(tmp_path, "own/x/a.md", "own/.vault-sync.yaml", ".trash/a.md", "Archive/x/a.md", "a/a.md")
    notes, reported = list_all(load_vault(tmp_path, compile_patterns(["Archive/"])), below)
    assert notes == []
    assert [entry.path for entry in reported] == [below]


def test_a_nested_vault_is_its_own_only_with_a_configuration(tmp_path: Path) -> None:
    write(tmp_path, "own/.vault-sync.yaml", "own/a.md", "inner/.obsidian/app.json", "inner/b.md")
    write(tmp_path, ".vault-sync.yaml", "c.md")
    assert list_all(Vault(root=str(tmp_path))) == (["c.md", "inner/b.md"], [])


def test_a_folder_called_like_a_note_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "x.md/a.md", "y.md")
    assert list_all(Vault(root=str(tmp_path))) == (["x.md/a.md", "y.md"], [])


def test_leftovers_are_told_to_the_caller(tmp_path: Path) -> None:
    ours = name_leftover("20241027T140100-0abc", "b.md", UNFINISHED)
    write(tmp_path, f"a/{ours}", "a/.theirs", "a/b.md", f".git/{ours}", ours)
    assert list_all(Vault(root=str(tmp_path))) == (
        ["a/b.md"],
        [Leftover(ours), Leftover(f"a/{ours}")],
    )


@posix_only
def test_links_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    write(root, "a/b.md", "c.md")
    write(tmp_path, "outside/d.md", "vault2/e.md")
    links = {
        "in.md": "c.md",
        "in": "a",
        "a/loop": "..",
        "a/self": "../a",
        "dead.md": "absent.md",
        "dead": "absent",
        "out": "../outside",
        "out.md": "../outside/d.md",
        "picture.png": "../outside/d.md",
        "twin": "../vault2",
        "ring.md": "ring.md",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    notes, reported = list_all(Vault(root=str(root)))
    assert notes == ["a/b.md", "c.md"]
    assert {entry.path: entry.reason.split(": ")[1][:14] for entry in reported} == {
        "a/loop": "it leads in a ",
        "a/self": "it leads in a ",
        "dead.md": "it leads nowhe",
        "out": "it leads out o",
        "out.md": "it leads out o",
        "twin": "it leads out o",
        "ring.md": "it leads nowhe",
    }


class WindowsEntry:
    """An entry as Windows lists it: what is a link here is a junction, which it takes for a folder."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.name, self.path = entry.name, entry.path
        self._entry = entry

    def is_symlink(self) -> bool:
        return False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._entry.is_dir(follow_symlinks=follow_symlinks or self._entry.is_symlink())

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._entry.is_file(follow_symlinks=follow_symlinks)

    def stat(self, *, follow_symlinks: bool = True) -> SimpleNamespace:
        assert not follow_symlinks
        cloud, junction = 0x9000001A, 0xA0000003  # IO_REPARSE_TAG_CLOUD, IO_REPARSE_TAG_MOUNT_POINT
        tag = junction if self._entry.is_symlink() else cloud
        return SimpleNamespace(st_mode=stat.S_IFDIR, st_reparse_tag=tag)


class WindowsListing(list[WindowsEntry]):
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@posix_only
def test_junctions_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "vault"
    write(root, "a/b.md", "a/deep/c.md")
    write(tmp_path, "outside/d.md")
    for name, target in {"in": "a", "a/up": "..", "out": "../outside"}.items():
        (root / name).symlink_to(target)
    listed = os.scandir
    monkeypatch.setattr(
        "vault_sync.vault.walk.os.scandir",
        lambda folder: WindowsListing(map(WindowsEntry, listed(folder))),
    )
    monkeypatch.setattr("vault_sync.vault.walk.sys.platform", "win32")
    notes, reported = list_all(Vault(root=str(root)))
    assert notes == ["a/b.md", "a/deep/c.md"]
    assert sorted(entry.path for entry in reported) == ["a/up", "out"]
    assert sorted(list_files(str(root))) == ["a/b.md", "a/deep/c.md"]
    facts = FolderScan(Vault(root=str(root))).look()
    assert facts.folders == 3  # the vault, a, deep


@posix_only
def test_a_named_folder_behind_a_link_is_not_entered(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    write(root, "a/b/c.md")
    write(tmp_path, "outside/d.md")
    (root / "in").symlink_to("a")
    (root / "out").symlink_to("../outside")
    (tmp_path / "by-link").symlink_to("vault")
    for below in ["in", "in/b", "out"]:
        notes, reported = list_all(Vault(root=str(root)), below)
        assert (notes, len(reported)) == ([], 1)
    assert list_all(Vault(root=str(tmp_path / "by-link")), "a") == (["a/b/c.md"], [])


@posix_only
def test_special_files_are_skipped_and_named(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / "pipe")
    notes, reported = list_all(Vault(root=str(tmp_path)))
    assert notes == ["a.md"]
    assert [entry.path for entry in reported] == ["pipe.md"]


@posix_only
def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb0\xa1"
    try:
        Path(os.fsdecode(raw)).mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    Path(os.fsdecode(raw + b"/\xff.md")).write_bytes(b"text")
    (path,) = list_notes(load_vault(tmp_path, compile_patterns(["Archive", "!x"])))
    assert Path(tmp_path, path).read_bytes() == b"text"
    assert make_printable(path) == r"\udcb0\udca1/\udcff.md"


def test_an_unreadable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/b.md", "c/d.md", "e/f.md")
    scandir = os.scandir

    def scan(path: str) -> Any:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        if path.endswith("/c"):
            raise FileNotFoundError(2, "deleted by somebody meanwhile")
        return scandir(path)

    monkeypatch.setattr("vault_sync.vault.walk.os.scandir", scan)
    skipped = Skipped("a", "The folder cannot be read (Permission denied).", is_unread=True)
    assert list_all(Vault(root=str(tmp_path))) == (["e/f.md"], [skipped])


class FakeEntry:
    """An entry of a folder that exists only here."""

    def __init__(self, parent: str, name: str) -> None:
        self.name, self.path = name, f"{parent}/{name}"

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        assert not follow_symlinks
        return not self.name.endswith(".md")

    def is_file(self, *, follow_symlinks: bool) -> bool:
        assert not follow_symlinks
        return self.name.endswith(".md")

    def is_symlink(self) -> bool:
        return False


class FakeFolder:
    """What ``os.scandir`` gives for a folder that exists only here."""

    def __init__(self, path: str, names: list[str]) -> None:
        self.entries = [FakeEntry(path.rstrip("/"), name) for name in names]

    def __enter__(self) -> Iterator[FakeEntry]:
        return iter(self.entries)

    def __exit__(self, *_details: object) -> None:
        self.entries = []


def test_a_large_vault_is_read_folder_by_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [f"f{number:03}" for number in range(200)]
    files = [f"n{number:03}.md" for number in range(100)]
    entered: list[str] = []

    def scan(path: str) -> FakeFolder:
        entered.append(path)
        return FakeFolder(path, folders if path == "/vault/" else files)

    monkeypatch.setattr("vault_sync.vault.walk.os.scandir", scan)
    walk = list_notes(Vault(root="/vault"))
    first = [next(walk) for _ in range(100)]
    assert first[-1] == "f000/n099.md"
    assert entered == ["/vault/", "/vault/f000"]
    assert sum(1 for _ in walk) == 19_900
    assert len(entered) == 201


def test_folders_nested_deeper_than_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    depth = 3_000

    def scan(path: str) -> FakeFolder:
        return FakeFolder(path, ["n.md"] if path.count("/d") == depth else ["d", "n.md"])

    monkeypatch.setattr("vault_sync.vault.walk.os.scandir", scan)
    lengths = [path.count("/") for path in list_notes(Vault(root="/vault"))]
    assert lengths == list(range(depth, -1, -1))


# Printing


@pytest.mark.parametrize("path", ["a/b.md", "김치/가.md", "👨‍👩‍👧.md", "é.md"])
def test_ordinary_paths_are_printed_as_they_are(path: str) -> None:
    assert make_printable(path) == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a\nb.md", r"a\nb.md"),
        ("\x1b[2J.md", r"\x1b[2J.md"),
        ("\u202edm.a", r"\u202edm.a"),
        ("\udcff\ud800.md", r"\udcff\ud800.md"),
    ],
)
def test_paths_that_would_steer_a_terminal(path: str, shown: str) -> None:
    assert make_printable(path) == shown
