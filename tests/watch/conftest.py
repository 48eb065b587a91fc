"""A state folder of its own for every test of the daemon, and a vault with one stale note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.watch.kit import make_vault, render

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("VAULT_SYNC_STATE", str(folder))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_vault(tmp_path / "vault")
    (made / "a.md").write_text(render(1), "utf-8")
    return made
