"""A vault that is taken away in the middle of the work, and comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, is_refreshed, make_vault, render

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2024, 10, 27, 12, tzinfo=UTC)


def test_a_vault_that_was_gone_for_one_write_is_written_to_as_soon_as_it_is_back(
    tmp_path: Path,
) -> None:
    root = make_vault(tmp_path / "vault")
    (root / "a.md").write_text(render(1), "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(NOON))
    (root / "a.md").write_text(render(2), "utf-8")
    hand.send("a.md")
    root.rename(tmp_path / "away")
    hand.live(3)
    assert "cannot be opened" in hand.said.getvalue()
    assert hand.find_reason()[0] == "vault"
    (tmp_path / "away").rename(root)
    hand.live(3)
    assert is_refreshed(root / "a.md", 2), hand.said.getvalue()
    assert hand.find_reason() == ("", "")
