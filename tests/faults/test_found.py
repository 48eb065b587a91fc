"""What the proofs have found stays found: each of these was a fault that was answered wrongly once."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.real_daemon import is_fresh, make_vault, render
from tests.faults.targets import try_surgeon
from tests.study.oracle import Study, join
from vault_sync.errors import StateError, VaultNotFoundError
from vault_sync.state import folder, journal
from vault_sync.state.journal import Journal, JournalEntry
from vault_sync.vault.vault import find_vault, load_vault, select_notes

NOW = datetime(2024, 10, 27, 14, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = make_vault(tmp_path / "vault")
    (root / "note.md").write_bytes(render(1))
    return root


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written_is_no_bug(vault: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vault_sync", "refresh", str(vault)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr.startswith("vault-sync: Stopped by the system (No space left on device")
    assert "Traceback" not in done.stderr
    assert is_fresh(vault / "note.md")


@pytest.mark.skipif(sys.platform == "win32", reason="a working folder cannot be removed there")
def test_a_working_folder_that_is_gone_is_no_bug(vault: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    script = f'rmdir "{away}" && exec "{sys.executable}" -P -m vault_sync refresh "{vault}"'
    done = subprocess.run(
        ["sh", "-c", script], cwd=away, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert is_fresh(vault / "note.md")


def test_a_vault_that_is_gone_is_not_a_vault_without_notes(vault: Path) -> None:
    found = load_vault(vault)
    vault.rename(vault.with_name("elsewhere"))
    with pytest.raises(VaultNotFoundError):
        select_notes(found, ())


def test_a_folder_above_that_may_not_be_looked_at_is_passed_over(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def look(path: Any, *more: Any, **others: Any) -> Any:
        if str(path).startswith(str(vault / "deep")):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *more, **others)

    monkeypatch.setattr(os, "stat", look)
    assert find_vault(vault / "deep/note.md") == vault


def begin_run(vault: Path) -> journal.Run:
    run = Journal(folder.open_state(vault)).begin("refresh", NOW)
    run.intend([JournalEntry("note.md", "0", "1")])
    run.record_outcome("note.md", "written")
    return run


def test_a_journal_without_its_end_is_told_and_can_be_undone(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin_run(vault)
    monkeypatch.setattr(journal, "write_all", refuse)
    with pytest.raises(StateError, match=r"No space left.*can be undone"):
        run.close()
    log = Journal(folder.open_state(vault)).read_run(run.run_id)
    assert [settled.entry.path for settled in log.entries] == ["note.md"]
    run.close()


def test_what_went_wrong_first_is_told(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        with begin_run(vault):
            monkeypatch.setattr(journal, "write_all", refuse)
            raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        fail()


def test_a_journal_folder_that_cannot_be_read_is_told(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folder.open_state(vault)
    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(StateError, match="no note was changed"):
        Journal(state).begin("refresh", NOW)


def test_new_state_folders_would_survive_a_power_cut(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(folder, "sync_folder", synced.append)
    state = folder.open_state(vault)
    assert synced == [state.path.parent, state.path, state.path]
    folder.open_state(vault)
    assert len(synced) == 3


def test_dashes_at_the_start_of_a_line_within_a_text_end_no_frontmatter() -> None:
    """The oracle of the fuzzer took them for the end, and looked for derived lines in the body."""
    lines = Study(done1=True).derived_lines() | {"🛑첫날": '🛑첫날: "one\n---4/07/21"'}
    text = join([*Study(done1=True).source_lines(), *lines.values(), '학습률: "0"'])
    try_surgeon(text.replace('학습률: "0.2"\n', "").encode())
