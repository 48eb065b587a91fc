"""A file of ours where one of the user's stands: it steps aside, whole, and comes back."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.vault.vaults import posix_only
from vault_sync.files.export import give_place_back, take_place

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_place_is_empty_again(tmp_path: Path) -> None:
    path, aside = tmp_path / "new" / "hook", tmp_path / "new" / "aside"
    take_place(path, b"ours", 0o755, aside)
    assert path.read_bytes() == b"ours"
    give_place_back(path, aside)
    assert list((tmp_path / "new").iterdir()) == []


@posix_only
def test_the_mode_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "hook"
    take_place(path, b"ours", 0o755, tmp_path / "aside")
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IXUSR


def test_what_was_there_goes_on_and_comes_back(tmp_path: Path) -> None:
    path, aside = tmp_path / "hook", tmp_path / "aside"
    path.write_bytes(b"theirs")
    before = path.stat().st_ino
    take_place(path, b"ours", 0o755, aside)
    assert (path.read_bytes(), aside.read_bytes()) == (b"ours", b"theirs")
    give_place_back(path, aside)
    assert path.read_bytes() == b"theirs"
    assert path.stat().st_ino == before
    assert list(tmp_path.iterdir()) == [path]


@posix_only
def test_a_link_goes_aside_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    path, aside, target = tmp_path / "hook", tmp_path / "aside", tmp_path / "target"
    target.write_bytes(b"theirs")
    path.symlink_to("target")
    take_place(path, b"ours", 0o755, aside)
    assert target.read_bytes() == b"theirs"
    assert aside.is_symlink()
    give_place_back(path, aside)
    assert path.is_symlink()


@posix_only
def test_what_a_killed_run_began_is_ended(tmp_path: Path) -> None:
    path, aside = tmp_path / "hook", tmp_path / "aside"
    path.write_bytes(b"theirs")
    aside.hardlink_to(path)
    take_place(path, b"ours", 0o755, aside)
    assert (path.read_bytes(), aside.read_bytes()) == (b"ours", b"theirs")
    give_place_back(path, aside)
    assert path.read_bytes() == b"theirs"


def test_two_in_one_place_change_nothing(tmp_path: Path) -> None:
    path, aside = tmp_path / "hook", tmp_path / "aside"
    path.write_bytes(b"theirs")
    aside.write_bytes(b"older")
    with pytest.raises(FileExistsError):
        take_place(path, b"ours", 0o755, aside)
    assert (path.read_bytes(), aside.read_bytes()) == (b"theirs", b"older")


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path, aside = tmp_path / "hook", tmp_path / "aside"
    path.write_bytes(b"theirs")
    monkeypatch.setattr("vault_sync.files.export.write_all", fail)
    with pytest.raises(OSError, match="No space"):
        take_place(path, b"ours", 0o755, aside)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"theirs"
