"""Figures of the proofs, shown at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.daemon.daemons import make_vault, render

if TYPE_CHECKING:
    from pathlib import Path


_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Give a list for sentences with figures."""
    return request.config.stash.setdefault(_FIGURES, [])


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONWARNINGS", "error")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(f"figures: {line}")


# A state folder of its own for every test of the daemon, and a vault with one stale note.


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
