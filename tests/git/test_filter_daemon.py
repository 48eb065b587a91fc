"""The daemon tells git of what it writes, so that a new day is quiet without anybody's doing."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon
from tests.git.repositories import use_environment
from tests.git.study_vaults import MONDAY, PATH, TUESDAY, make_vault, note
from vault_sync.git.drivers import FILTER, install_driver, refresh_vault_index
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.daemon.loop import CancelCheck
    from vault_sync.vault.workspace import Workspace

DEADLINE = 30.0


def update_index(workspace: Workspace, _moment: datetime, _check: CancelCheck) -> None:
    refresh_vault_index(Path(workspace.vault.root))


@pytest.mark.skipif(sys.platform == "win32", reason="a daemon is asked to stop otherwise there")
def test_a_day_that_the_daemon_writes_is_quiet(tmp_path: Path) -> None:
    tree = make_vault(tmp_path / "repo", day=MONDAY)  # long ago: each day count has more digits now
    install_driver(find_repository(tree.path), FILTER)
    before = tree.read(PATH)
    command = [sys.executable, "-m", "vault_sync", "watch", "--quiet-period", "0s"]
    daemon = subprocess.Popen(
        command, cwd=tree.path, env=dict(tree.environment), stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + DEADLINE
        while tree.read(PATH) == before or tree.git("--no-optional-locks", "diff", "--raw"):
            assert time.monotonic() < until, tree.status()
            time.sleep(0.1)
    finally:
        daemon.terminate()
        _, said = daemon.communicate(timeout=DEADLINE)
    assert daemon.returncode == 0, said
    assert tree.show(f":{PATH}") == before
    assert tree.status() == ""


def test_a_midnight_of_the_daemon_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_vault(tmp_path / "repo", day=MONDAY)
    use_environment(monkeypatch, tree)
    install_driver(find_repository(tree.path), FILTER)
    evening = FakeClocks(MONDAY.replace(hour=23, tzinfo=UTC))
    daemon = FakeTimeDaemon(tree.path, evening, updaters=(update_index,))
    daemon.live(600)
    assert tree.read(PATH) == note(MONDAY)
    daemon.live(7200)
    assert tree.read(PATH) == note(TUESDAY)
    assert tree.status() == ""
