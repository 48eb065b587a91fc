"""Git is told to look at refreshed notes again, and nothing else of its index changes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree
from tests.git.study_vaults import (
    FRIDAY,
    MONDAY,
    OTHER,
    PATH,
    TUESDAY,
    make_old,
    make_vault,
    note,
    refresh,
)  # fmt: skip
from tests.vault.vaults import posix_only
from vault_sync.daemon.pauses import find_git_operation
from vault_sync.errors import GitError
from vault_sync.git.drivers import (
    FILTER,
    forget_all,
    install_driver,
    refresh_index,
    refresh_vault_index,
)
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("warm_python", "person")


def test_values_of_another_length_are_quiet_as_well(tmp_path: Path) -> None:
    tree = make_vault(tmp_path / "repo", PATH, day=MONDAY)
    install_driver(find_repository(tree.path), FILTER)
    tree.write(PATH, note(TUESDAY))
    assert len(note(TUESDAY)) != len(note(MONDAY))
    assert tree.status() == f" M {PATH}\n"  # git looks at the size alone
    assert refresh_vault_index(tree.path) == 1
    assert tree.status() == ""
    assert refresh_vault_index(tree.path) == 0


@pytest.fixture
def spy(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a vault whose filter says that it was asked, and whether git had locked the index."""
    python = tmp_path / "python"
    script = "test -e .git/index.lock && echo >.git/locked; echo >.git/asked; exec"
    python.write_text(f'#!/bin/sh\n{script} {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    install_driver(find_repository(tree.path), FILTER)
    for path in (PATH, OTHER):  # what is as young as the index is looked at by any git command
        make_old(tree.path / path)
    tree.git("update-index", "--refresh")
    (tree.path / ".git/asked").unlink()
    (tree.path / ".git/locked").unlink()
    return tree


@posix_only
def test_git_is_not_locked_while_it_looks_and_remembers_what_it_saw(spy: Tree) -> None:
    os.utime(spy.path / PATH, (1_000_000_000, 1_000_000_000))
    assert refresh_index(find_repository(spy.path)) == 1
    asked, locked = spy.path / ".git/asked", spy.path / ".git/locked"
    assert asked.exists()
    assert not locked.exists()
    asked.unlink()
    assert spy.status() == ""
    assert not asked.exists()


def test_a_run_within_a_hook_leaves_the_index_to_git(tree: Tree) -> None:
    tree.write(".git/hooks/pre-commit", f"#!/bin/sh\n{sys.executable} -m vault_sync -q refresh\n")
    (tree.path / ".git/hooks/pre-commit").chmod(0o755)
    tree.write(PATH, note(FRIDAY, done1=True))
    assert "Another git" not in tree.git("commit", "-a", "-m", "one")
    assert tree.show(f"HEAD:{PATH}") == note(FRIDAY, done1=True)
    assert tree.read(PATH) != note(FRIDAY, done1=True)


@pytest.mark.parametrize("options", [["--cone"], ["--cone", "--sparse-index"]])
def test_a_sparse_checkout_stays_one(tmp_path: Path, options: list[str]) -> None:
    tree = make_vault(tmp_path / "repo", PATH, "Linux/권한.md", day=MONDAY)
    install_driver(find_repository(tree.path), FILTER)
    tree.write(".vault-sync.yaml", "")
    tree.commit_all()
    tree.git("sparse-checkout", "set", *options, "Web")
    before = tree.git("ls-files", "-t", "--sparse")
    assert "S Linux/" in before
    refresh(tree, TUESDAY, PATH)
    assert tree.status() == ""
    assert tree.git("ls-files", "-t", "--sparse") == before
    assert forget_all(find_repository(tree.path)) == 1
    assert tree.git("ls-files", "-t", "--sparse") == before


def test_a_submodule_has_a_filter_of_its_own(tree: Tree, tmp_path: Path) -> None:
    outer = make_tree(tmp_path / "outer")
    outer.git("submodule", "add", "-q", tree.path.as_posix(), "notes")
    outer.git("commit", "-qm", "notes")
    inner = outer.elsewhere(outer.path / "notes")
    refresh(inner, MONDAY)
    assert outer.status() == " M notes\n"
    install_driver(find_repository(inner.path), FILTER)
    assert refresh_vault_index(inner.path) == len((PATH, OTHER))
    assert inner.status() == outer.status() == ""
    assert not (outer.path / ".git/info/attributes").exists()


def test_flags_and_partly_staged_notes_outlive_settling(tree: Tree) -> None:
    for name in ("skipped.md", "assumed.md"):
        tree.write(name, note(FRIDAY))
    tree.commit_all()
    tree.git("update-index", "--skip-worktree", "skipped.md")
    tree.git("update-index", "--assume-unchanged", "assumed.md")
    tree.write("intended.md", note(FRIDAY))
    tree.git("add", "-N", "intended.md")
    refresh(tree, FRIDAY, PATH, done1=True)
    tree.git("add", PATH)
    tree.write(PATH, note(FRIDAY, done1=True, done4=True))
    before = tree.git("ls-files", "-v", "-s"), tree.status()
    assert forget_all(find_repository(tree.path)) == 2
    assert (tree.git("ls-files", "-v", "-s"), tree.status()) == before


def test_a_locked_index_is_left_to_its_owner(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault_sync.git.drivers._PAUSES", (0, 0))
    tree.write(PATH, note(MONDAY))
    lock, index = tree.path / ".git/index.lock", tree.path / ".git/index"
    lock.write_bytes(b"theirs")
    before = index.read_bytes()
    with pytest.raises(GitError, match=r"index\.lock is there"):
        refresh_vault_index(tree.path)
    assert (lock.read_bytes(), index.read_bytes()) == (b"theirs", before)
    said = tree.vault_sync("-q", "refresh", "--now", "2025-02-03T10:00")
    assert "Another git works on this repository" in said
    assert "2025/02/03" in tree.read(PATH)


KILLED = """
import os, signal, sys
from pathlib import Path
from vault_sync.git import drivers
sys.executable = os.environ["WARM_PYTHON"]
drivers.copy_index = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
drivers.refresh_vault_index(Path.cwd())
"""


@pytest.fixture
def killed(tree: Tree) -> Tree:
    """Return a vault in which a run was killed while it held git's lock."""
    tree.write(PATH, note(MONDAY))
    tree.run(sys.executable, "-c", KILLED, code=-9)
    assert "File exists" in tree.git("add", PATH, code=128)
    return tree


@posix_only
@pytest.mark.parametrize(
    "command", [["refresh", "--now", "2024-10-14T14:01"], ["git-filter", "settle"]]
)
def test_the_next_run_does_what_a_killed_one_left(killed: Tree, command: list[str]) -> None:
    said = killed.vault_sync(*command)
    assert "Another git" not in said
    assert killed.status() == ""
    assert not list((killed.path / ".git").glob("index.*"))


@posix_only
def test_a_daemon_does_not_wait_for_a_killed_run(killed: Tree) -> None:
    assert find_git_operation(killed.path) is None
    killed.git("add", PATH)


@posix_only
def test_a_lock_of_git_outlives_a_refresh(killed: Tree) -> None:
    lock = killed.path / ".git/index.lock"
    lock.unlink()
    lock.touch()
    killed.vault_sync("refresh", "--now", "2024-10-14T14:01")
    assert lock.exists()


def test_git_that_fails_leaves_the_index_and_no_lock(tree: Tree) -> None:
    index = tree.path / ".git/index"
    index.write_bytes(b"DIRC broken")
    with pytest.raises(GitError):
        refresh_vault_index(tree.path)
    assert index.read_bytes() == b"DIRC broken"
    assert not index.with_name("index.lock").exists()


@pytest.mark.parametrize("folder", ["", "Web"])
def test_settling_concerns_only_repositories_with_the_filter(tmp_path: Path, folder: str) -> None:
    assert refresh_vault_index(tmp_path) == 0
    tree = make_vault(tmp_path / "repo", PATH)
    tree.write(PATH, note(MONDAY))
    assert refresh_vault_index(tree.path / folder) == 0
    install_driver(find_repository(tree.path), FILTER)
    assert refresh_vault_index(tree.path / folder) == 1
