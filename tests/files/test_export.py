"""Files that the user asked for: whole or not at all, and never over one that must stay."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.files.test_recovery import FakeJournal
from tests.vault.vaults import posix_only
from vault_sync.files import platform
from vault_sync.files.export import create_file, remove_file, replace_file, replace_in
from vault_sync.files.folder import Folder, is_leftover_name
from vault_sync.files.recovery import RecoveryAction, recover_leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.files.editors import Vault

KILLED = """
import os, signal, sys
from pathlib import Path
from vault_sync.files import export, platform
platform.sync_file = lambda _: os.kill(os.getpid(), signal.SIGKILL)
getattr(export, sys.argv[1])(Path(sys.argv[2]), b"BEGIN")
"""


def fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_that_is_there_is_never_created_again(tmp_path: Path) -> None:
    path = tmp_path / "복습.base"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        create_file(path, b"ours")
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("step", ["write_all", "platform.sync_file"])
@pytest.mark.parametrize("write", [create_file, replace_file])
def test_a_failure_leaves_no_part_of_the_file(
    write: object, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"vault_sync.files.export.{step}", fail)
    assert callable(write)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "a.ics", b"BEGIN")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replacement_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ics"
    path.write_bytes(b"old")
    monkeypatch.setattr("vault_sync.files.folder.Folder.rename", fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.ics", b"old")]


def test_files_are_written_with_their_mode(tmp_path: Path) -> None:
    create_file(tmp_path / "hook", b"#!/bin/sh\n", 0o755)
    replace_file(tmp_path / "hook", b"#!/bin/sh\nexit\n", 0o755)
    assert (tmp_path / "hook").read_bytes() == b"#!/bin/sh\nexit\n"
    assert os.access(tmp_path / "hook", os.X_OK) or os.name == "nt"
    assert len(list(tmp_path.iterdir())) == 1


def kill_while_writing(path: Path, write: str = "replace_file") -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, write, str(path)], check=False)
    assert done.returncode == -9


@posix_only
@pytest.mark.parametrize("write", ["create_file", "replace_file"])
def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path, write: str) -> None:
    kill_while_writing(tmp_path / "a.ics", write)
    kill_while_writing(tmp_path / "b.ics", write)
    assert [is_leftover_name(one.name) for one in tmp_path.iterdir()] == [True, True]
    create_file(tmp_path / "a.ics", b"whole")
    names = sorted(one.name for one in tmp_path.iterdir())
    assert names[1:] == ["a.ics"]
    assert is_leftover_name(names[0])  # that of the other file, which may be at work


@posix_only
def test_what_a_killed_process_left_goes_with_the_next_run(vault: Vault) -> None:
    for name in ("a.ics", "b.ics"):
        kill_while_writing(vault.folder / name)
    recovered = recover_leftovers(vault.root, vault.leftovers(), FakeJournal(), vault.context(), 0)
    assert [one.done for one in recovered] == [RecoveryAction.DROPPED] * 2
    assert vault.leftovers() == []
    assert vault.rescued() == []


@posix_only
def test_where_nothing_can_be_locked_what_killed_runs_left_goes_after_a_day(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_while_writing(vault.folder / "a.ics")
    (left,) = vault.leftovers()
    made = (vault.folder / left).stat().st_ctime
    monkeypatch.setattr(platform, "try_lock", lambda _: False)

    def recover(seconds: int) -> list[RecoveryAction]:
        now = made + seconds
        found = recover_leftovers(vault.root, [left], FakeJournal(), vault.context(), now)
        return [one.done for one in found]

    assert recover(86_399) == []
    assert vault.leftovers() == [left]
    assert recover(86_401) == [RecoveryAction.DROPPED]
    assert vault.leftovers() == []


@posix_only
def test_what_is_being_written_stays(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    recovered: list[object] = []

    def sweep(_: int) -> None:
        paths = vault.leftovers()
        assert len(paths) == 1
        recovered.extend(recover_leftovers(vault.root, paths, FakeJournal(), vault.context(), 0))

    monkeypatch.setattr(platform, "sync_file", sweep)
    monkeypatch.setattr(Folder, "sync", lambda _: None)
    replace_file(vault.folder / "a.ics", b"whole")
    assert recovered == []
    assert (vault.folder / "a.ics").read_bytes() == b"whole"


@posix_only
def test_a_folder_that_becomes_a_link_leads_nothing_astray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, outside = tmp_path / "cal", tmp_path / "outside"
    place.mkdir()
    outside.mkdir()
    folder = Folder(str(place))
    rename = Folder.rename

    def swap_first(self: Folder, old: str, new: str) -> None:
        place.rename(tmp_path / "moved")
        place.symlink_to(outside)
        rename(self, old, new)

    monkeypatch.setattr(Folder, "rename", swap_first)
    replace_in(folder, "a.ics", b"whole")
    assert list(outside.iterdir()) == []
    assert [one.name for one in (tmp_path / "moved").iterdir()] == ["a.ics"]


@posix_only
def test_a_folder_that_the_user_names_may_be_a_link_but_none_below_it(tmp_path: Path) -> None:
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "inner").symlink_to("below")
    create_file(tmp_path / "link" / "a.ics", b"old")
    replace_file(tmp_path / "link" / "a.ics", b"new")
    assert (tmp_path / "real" / "a.ics").read_bytes() == b"new"
    create_file(tmp_path / "link" / "b.ics", b"gone")
    assert remove_file(tmp_path / "link" / "b.ics")
    assert not (tmp_path / "real" / "b.ics").exists()
    top = Folder(str(tmp_path / "link"))
    assert Folder("below", top).list_names() == []
    for name in ("inner", "a.ics", "none"):
        with pytest.raises(OSError, match=name):
            Folder(name, top)
    with pytest.raises(NotADirectoryError):
        Folder(str(tmp_path / "real" / "a.ics"))


@posix_only
def test_a_file_system_without_links_creates_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Folder, "link", refuse)
    create_file(tmp_path / "a", b"whole")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a", b"other")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a", b"whole")]
