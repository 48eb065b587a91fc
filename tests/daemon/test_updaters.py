"""Updaters are called after changes, and once more where one could not come to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, render
from vault_sync.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.daemon.loop import CancelCheck
    from vault_sync.vault.workspace import Workspace

NOON = datetime(2024, 10, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds", "calls"),
    [(0, 300, 1), (1, 30, 1), (1, 300, 2), (2, 300, 3)],
)
def test_who_failed_is_called_again_after_a_minute(
    failures: int, seconds: int, calls: int, tmp_path: Path
) -> None:
    root = make_vault(tmp_path / "vault")
    called: list[datetime] = []

    def update(_workspace: Workspace, moment: datetime, _check: CancelCheck) -> None:
        called.append(moment)
        if len(called) <= failures:
            raise GitError("The index is locked.")

    hand = FakeTimeDaemon(root, FakeClocks(NOON), updaters=(update,))
    (root / "a.md").write_text(render(1), "utf-8")
    hand.send("a.md")
    hand.live(seconds)
    assert len(called) == calls
    assert hand.said.getvalue().count("The index is locked.") == min(1, failures)
