"""After notes were written git is told, but it is not even looked for where there is no repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree, use_environment
from tests.git.study_vaults import FRIDAY, MONDAY, PATH, make_vault, note
from vault_sync.cli.refresh import free_index, settle_if_tracked
from vault_sync.git.drivers import FILTER, install_driver
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every start of a program fail the test."""
    monkeypatch.setattr(
        "subprocess.Popen.__init__", lambda *_, **__: pytest.fail("git was started")
    )


@pytest.mark.usefixtures("no_git")
@pytest.mark.parametrize("mark", ["none", "an empty folder", "a file that names nothing"])
def test_no_program_is_started_without_a_repository(tmp_path: Path, mark: str) -> None:
    if mark == "an empty folder":
        (tmp_path / ".git").mkdir()
    elif mark == "a file that names nothing":
        (tmp_path / ".git").write_text("gitdir: nowhere\n")
    settle_if_tracked(tmp_path)
    assert not free_index(tmp_path)


@pytest.mark.usefixtures("no_git")
def test_no_program_is_started_within_a_hook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").touch()
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    settle_if_tracked(tmp_path)


@pytest.mark.parametrize("folder", ["", "Web"])
def test_git_is_told_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    use_environment(monkeypatch, make_tree(tmp_path / "person"))
    tree = make_vault(tmp_path / "repo", PATH, day=MONDAY)
    install_driver(find_repository(tree.path), FILTER)
    tree.write(PATH, note(FRIDAY))
    settle_if_tracked(tree.path / folder)
    assert tree.status() == ""
