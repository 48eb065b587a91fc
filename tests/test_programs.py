"""Programs are started from where they are installed, never from the folder one works in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.vault.vaults import posix_only
from vault_sync.programs import find_program, make_path
from vault_sync.service.manager import ProgramResult, run_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = posix_only


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder whose `systemctl` says that it was started."""
    vault, bin_ = tmp_path / "vault", tmp_path / "bin"
    for folder, said in ((vault, "the vault's"), (bin_, "installed")):
        folder.mkdir()
        program = folder / "systemctl"
        program.write_text(f"#!/bin/sh\necho {said!r}; command -v helper\n")
        program.chmod(0o755)
    monkeypatch.chdir(vault)
    return vault


@pytest.mark.parametrize("path", [".", "", ":", ".:..", "../vault", "/nowhere:", "../vault/"])
def test_what_lies_in_the_vault_is_not_started(
    vault: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (vault / "helper").write_text("#!/bin/sh\n")
    (vault / "helper").chmod(0o755)
    monkeypatch.setenv("PATH", path)
    assert run_program("systemctl", "show") == ProgramResult(127, "there is no program systemctl")
    monkeypatch.setenv("PATH", f"{path}:{vault.parent / 'bin'}:")
    assert run_program("systemctl", "show") == ProgramResult(127, "installed")


def test_a_path_names_whole_folders_only() -> None:
    assert make_path({"PATH": "/a::b:.:/c"}) == "/a:/c"
    assert make_path({"PATH": "."}) == os.devnull


def test_a_program_may_be_named_by_its_path(tmp_path: Path) -> None:
    assert find_program(sys.executable) == sys.executable
    assert find_program(str(tmp_path)) is None


@pytest.mark.usefixtures("vault")
def test_a_program_that_cannot_be_run_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "systemctl"
    program.write_bytes(b"\0\0\0\0")
    monkeypatch.setenv("PATH", str(program.parent))
    assert run_program("systemctl").said == f"{program} cannot be run (Exec format error)"
