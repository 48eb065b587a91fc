"""Files that the user asked for: whole or not at all, and never over one that must stay."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from vault_sync.files.export import create_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path


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
    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.ics", b"old")]


def test_files_are_written_with_their_mode(tmp_path: Path) -> None:
    create_file(tmp_path / "hook", b"#!/bin/sh\n", 0o755)
    replace_file(tmp_path / "hook", b"#!/bin/sh\nexit\n", 0o755)
    assert (tmp_path / "hook").read_bytes() == b"#!/bin/sh\nexit\n"
    assert os.access(tmp_path / "hook", os.X_OK) or os.name == "nt"
    assert len(list(tmp_path.iterdir())) == 1
