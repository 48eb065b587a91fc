"""A file of ours where one of the user's stands: that one is kept, whole, and comes back."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.vault.vaults import posix_only
from vault_sync.files.export import replace_keeping, restore_kept

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_place_is_empty_again(tmp_path: Path) -> None:
    path, kept = tmp_path / "new" / "hook", tmp_path / "new" / "kept"
    replace_keeping(path, b"ours", 0o755, kept)
    assert path.read_bytes() == b"ours"
    restore_kept(path, kept)
    assert list((tmp_path / "new").iterdir()) == []


@posix_only
def test_the_mode_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "hook"
    replace_keeping(path, b"ours", 0o755, tmp_path / "kept")
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IXUSR


def test_what_was_there_goes_on_and_comes_back(tmp_path: Path) -> None:
    path, kept = tmp_path / "hook", tmp_path / "kept"
    path.write_bytes(b"theirs")
    before = path.stat().st_ino
    replace_keeping(path, b"ours", 0o755, kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"ours", b"theirs")
    restore_kept(path, kept)
    assert path.read_bytes() == b"theirs"
    assert path.stat().st_ino == before
    assert list(tmp_path.iterdir()) == [path]


@posix_only
def test_a_link_is_kept_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    path, kept, target = tmp_path / "hook", tmp_path / "kept", tmp_path / "target"
    target.write_bytes(b"theirs")
    path.symlink_to("target")
    replace_keeping(path, b"ours", 0o755, kept)
    assert target.read_bytes() == b"theirs"
    assert kept.is_symlink()
    restore_kept(path, kept)
    assert path.is_symlink()


@posix_only
def test_what_a_killed_run_began_is_ended(tmp_path: Path) -> None:
    path, kept = tmp_path / "hook", tmp_path / "kept"
    path.write_bytes(b"theirs")
    kept.hardlink_to(path)
    replace_keeping(path, b"ours", 0o755, kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"ours", b"theirs")
    restore_kept(path, kept)
    assert path.read_bytes() == b"theirs"


def test_one_that_another_program_has_made_again_is_kept_once(tmp_path: Path) -> None:
    path, kept = tmp_path / "hook", tmp_path / "folder" / "hook"
    for _ in range(2):
        path.write_bytes(b"theirs")
        replace_keeping(path, b"ours", 0o755, kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"ours", b"theirs")


def test_one_is_kept_whose_place_is_empty_and_stays_alone(tmp_path: Path) -> None:
    path, kept = tmp_path / "hook", tmp_path / "kept"
    kept.write_bytes(b"older")
    with pytest.raises(FileExistsError):
        replace_keeping(path, b"ours", 0o755, kept)
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(kept, b"older")]


def test_two_in_one_place_change_nothing(tmp_path: Path) -> None:
    path, kept = tmp_path / "hook", tmp_path / "kept"
    path.write_bytes(b"theirs")
    kept.write_bytes(b"older")
    with pytest.raises(FileExistsError):
        replace_keeping(path, b"ours", 0o755, kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"theirs", b"older")


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path, kept = tmp_path / "hook", tmp_path / "kept"
    path.write_bytes(b"theirs")
    monkeypatch.setattr("vault_sync.files.export.write_all", fail)
    with pytest.raises(OSError, match="No space"):
        replace_keeping(path, b"ours", 0o755, kept)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"theirs"
