"""Every file of the state folder can be opened by its owner alone, whatever the user's mask."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.reviews import ago, make_vault, write_note
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.state.folder import open_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes as POSIX has them")

MANY: Final = 120
KEPT: Final = {"vault.json", "daemon.lock", "daemon.log", "daemon.json"}


@pytest.fixture
def open_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def watch_once(root: Path) -> None:
    """Have a daemon write a note, and end it."""
    note = write_note(root, "새것.md", ago(0))
    before = note.read_bytes()
    command = [sys.executable, "-m", "vault_sync", "watch", str(root), "--quiet-period", "100ms"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_until(lambda: note.read_bytes() != before)
        finally:
            daemon.send_signal(signal.SIGINT)
            daemon.wait()


@pytest.mark.usefixtures("open_mask")
def test_after_a_session_of_commands_nobody_else_can_read_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    root = make_vault(tmp_path / "v", "timezone: Asia/Seoul\n")
    for number in range(MANY):
        write_note(root, f"많이/{number}.md", ago(number))
    note = next((root / "웹").glob("*.md"))
    stamp = note.stat().st_mtime
    (note.parent / f"{note.stem}.sync-conflict-20240101-101112-ABCDEFG.md").write_bytes(
        note.read_bytes()
    )
    for command in (
        ["refresh"], ["doctor", "--fix"], ["undo"], ["refresh"], ["done", note.stem, "--stage", "7"], ["due"],
        ["status"], ["verify"], ["service", "status"], ["undo", "--list"],
    ):  # fmt: skip
        assert run(["--vault", str(root), *command]) in {0, 4}, command
    assert note.stat().st_mtime != stamp
    watch_once(root)
    state = open_state(root)
    assert {path.name for path in list_files(state.path)} >= KEPT
    assert list_files(state.journal)
    assert list_files(state.rescue)

    def has_index() -> bool:
        """Say whether a run, once the notes are at rest, has kept what it found out in the index."""
        run(["--vault", str(root), "-q", "refresh"])
        kept = [path for path in list_files(state.path) if path.name not in KEPT]
        return any(path.parent not in {state.journal, state.rescue} for path in kept)

    wait_until(has_index)
    wrong = {
        str(path.relative_to(tmp_path)): oct(mode)
        for path in (tmp_path / "state").rglob("*")
        if (mode := stat.S_IMODE(path.stat().st_mode)) != (0o700 if path.is_dir() else 0o600)
    }
    assert not wrong
