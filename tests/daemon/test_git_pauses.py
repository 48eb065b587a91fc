"""What git is doing in a vault is noticed, with real git and real hooks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until
from vault_sync.daemon.pauses import find_git_operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the hooks wait on a pipe")


def git(folder: Path, *words: str, code: int = 0) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "true",
    }
    command = ["git", "-c", "user.name=you", "-c", "user.email=you@example.org", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == code, done.stderr


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Make a repository whose branches `one` and `main` both changed a note."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    note = folder / "note.md"
    for branch, text in (("main", "base\n"), ("one", "one\n"), ("main", "other\n")):
        if branch == "one":
            git(folder, "checkout", "-q", "-b", "one")
        elif text == "other\n":
            git(folder, "checkout", "-q", "main")
        note.write_text(text, "utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", text)
    return folder


def test_a_quiet_repository_and_none_at_all(repo: Path, tmp_path: Path) -> None:
    (repo / "notes").mkdir()
    assert find_git_operation(repo) is None
    assert find_git_operation(repo / "notes") is None
    assert find_git_operation(tmp_path) is None
    assert find_git_operation(tmp_path / "gone") is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["merge", "one"], 1, "a merge is going on"),
        (["rebase", "one"], 1, "a rebase is going on"),
        (["rebase", "--apply", "one"], 1, "a rebase or `git am` is going on"),
        (["cherry-pick", "one"], 1, "a cherry-pick is going on"),
        (["cherry-pick", "--no-commit", "one"], 1, None),
        (["revert", "--no-edit", "HEAD~1"], 1, "a revert is going on"),
        (["bisect", "start"], 0, "a bisection is going on"),
    ],
)
def test_an_operation_is_named(repo: Path, words: list[str], code: int, said: str | None) -> None:
    git(repo, *words, code=code)
    (repo / "deep" / "notes").mkdir(parents=True)
    told = find_git_operation(repo / "deep" / "notes")
    assert told == (said and f"{said} (begun less than a minute ago)")


def test_after_it_is_over_nothing_is_said(repo: Path) -> None:
    git(repo, "merge", "one", code=1)
    git(repo, "merge", "--abort")
    assert find_git_operation(repo) is None


def test_a_worktree_speaks_for_itself(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "other tree"), "one")
    git(tmp_path / "other tree", "merge", "main", code=1)
    assert find_git_operation(repo) is None
    assert find_git_operation(tmp_path / "other tree") == (
        "a merge is going on (begun less than a minute ago)"
    )


def test_a_submodule_lies_behind_a_gitfile(repo: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo), "sub")
    inner = outer / ".git/modules/sub"
    (inner / "index.lock").touch()
    assert find_git_operation(outer / "sub") == "git is at work (it holds index.lock)"
    assert find_git_operation(outer) is None


def test_a_lock_that_nobody_takes_away_is_named_with_its_age(repo: Path) -> None:
    lock = repo / ".git/index.lock"
    lock.touch()
    then = lock.stat().st_mtime - 3 * 3600 - 5
    os.utime(lock, (then, then))
    told = find_git_operation(repo)
    assert told
    assert f"{lock} has been there for 3 hours" in told
    assert "delete that file" in told


@pytest.mark.parametrize(
    "text", [b"", b"gitdir: ", b"gitdir: \x00", b"\xff" * 20_000, b"gitdir: ../nowhere\n"]
)
def test_a_gitfile_may_hold_anything(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".git").write_bytes(text)
    assert find_git_operation(tmp_path) is None


def test_a_link_to_itself_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to(".git")
    assert find_git_operation(tmp_path) is None


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """Give a pipe on which a hook waits until the test is over."""
    pipe = tmp_path / "gate"
    os.mkfifo(pipe)
    yield pipe
    os.close(os.open(pipe, os.O_RDWR))


def open_gate(gate: Path, process: subprocess.Popen[bytes]) -> None:
    gate.write_bytes(b"go\n")
    process.communicate(timeout=30)


@needs_fifo
def test_a_hook_of_a_commit_is_noticed_while_it_runs(repo: Path, gate: Path) -> None:
    hook = repo / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\nread line < '{gate}'\n", "utf-8")
    hook.chmod(0o755)
    command = ["git", "-c", "user.name=y", "-c", "user.email=y", "commit", "--allow-empty", "-mx"]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE) as process:
        wait_until(lambda: find_git_operation(repo) == "a commit and its hooks are running")
        assert not (repo / ".git/index.lock").exists()
        open_gate(gate, process)
    assert find_git_operation(repo) is None


def holds(note: Path, text: str) -> bool:
    """Say whether a note has a text; git takes a note away before it writes it anew."""
    try:
        return note.read_text("utf-8") == text
    except FileNotFoundError:
        return False


@needs_fifo
def test_the_pre_commit_framework_is_noticed_while_work_is_put_aside(
    repo: Path, gate: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pre_commit", reason="the framework is not installed")
    hook = f"{{id: wait, name: wait, language: system, entry: sh -c 'read line < {gate}', pass_filenames: false, always_run: true}}"
    (repo / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: local, hooks: [{hook}]}}]\n", "utf-8"
    )
    git(repo, "add", ".")
    (repo / "note.md").write_text("my unstaged words\n", "utf-8")
    command = [sys.executable, "-m", "pre_commit", "run"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    with subprocess.Popen(
        command, cwd=repo, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        wait_until(lambda: holds(repo / "note.md", "other\n"))
        wait_until(lambda: find_git_operation(repo) == "pre-commit is running")
        assert not (repo / ".git/index.lock").exists()
        open_gate(gate, process)
    assert (repo / "note.md").read_text("utf-8") == "my unstaged words\n"
    assert find_git_operation(repo) is None
