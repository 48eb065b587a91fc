"""What the tests of git start from: a person with settings of their own, and vaults in repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git import hook_vaults, study_vaults
from tests.git.repositories import make_tree, use_environment
from tests.warm import find_python
from vault_sync.git.drivers import FILTER, install_driver
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree


@pytest.fixture
def warm_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hooks, filters and drivers be installed for a Python whose ``vault-sync`` has started already.

    What their start loads and costs is tested with a real one, as in `test_hook_plumbing`.
    """
    python = find_python()
    monkeypatch.setattr("sys.executable", python)
    monkeypatch.setenv("WARM_PYTHON", python)


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Let this very process be a person with no settings but those of the tests."""
    person = make_tree(tmp_path / "person")
    use_environment(monkeypatch, person)
    return person


@pytest.fixture
def tree(tmp_path: Path, person: Tree) -> Tree:
    """Return a vault with two notes as of Friday and the filter installed."""
    tree = study_vaults.make_vault(tmp_path / "repo", study_vaults.PATH, study_vaults.OTHER)
    install_driver(find_repository(tree.path), FILTER)
    return tree


@pytest.fixture
def vault(tmp_path: Path) -> Tree:
    """Return a vault with the hook installed."""
    tree = hook_vaults.make_vault(tmp_path)
    hook_vaults.install(tree)
    return tree


@pytest.fixture
def forked(vault: Tree) -> Tree:
    """Return such a vault with two branches."""
    return hook_vaults.fork(vault)
