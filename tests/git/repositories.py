"""Real repositories for tests: made by the real git, which no setting of this machine reaches."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.warm import find_program, make_python_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

ROOT: Final = Path(__file__).parent.parent.parent
TOLD_BY_GIT: Final = tuple(name for name in os.environ if name.startswith("GIT_"))


@dataclass(frozen=True, slots=True)
class Tree:
    """A work tree, and what a person does in it.

    Attributes:
        path: its root.
        environment: what git and programs see.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, code: int | None = 0, data: str | None = None) -> str:
        """Run git as a person does and return what it says, stderr behind stdout.

        Args:
            arguments: of git.
            code: the exit code it must have; None for any.
            data: what is typed into it.
        """
        return self.run("git", *arguments, code=code, data=data)

    def vault_sync(self, *arguments: str, code: int | None = 0) -> str:
        """Run the program, without its start."""
        return self.run(*find_program(), *arguments, code=code)

    def run(self, *command: str, code: int | None = 0, data: str | None = None) -> str:
        """Run a program at the root of the work tree."""
        done = subprocess.run(
            command,
            cwd=self.path,
            env=dict(self.environment),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
        if code is not None:
            assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def write(self, path: str, text: str) -> Path:
        """Write a file byte for byte, with the folders it needs."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        return file

    def read(self, path: str) -> str:
        """Return a file byte for byte."""
        return (self.path / path).read_bytes().decode("utf-8", "surrogateescape")

    def show(self, name: str) -> str:
        """Return a blob: `HEAD:note.md`, `:note.md` for the index."""
        done = subprocess.run(
            ["git", "cat-file", "blob", name],
            cwd=self.path,
            env=dict(self.environment),
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "surrogateescape")

    def status(self) -> str:
        """Return `git status --porcelain`."""
        return self.git("status", "--porcelain", "--untracked-files=all")

    def commit_all(self, message: str = "a commit") -> str:
        """Stage everything and commit it without hooks."""
        self.git("add", "-A")
        return self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", message)

    def elsewhere(self, path: Path) -> Tree:
        """Return another work tree of the same person."""
        return Tree(path, self.environment)


def make_environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a person with a home and a git identity, and no other settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in TOLD_BY_GIT}
    return inherited | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "VAULT_SYNC_STATE": str(home / "state"),
        "PYTHONPATH": make_python_path(),
        "PYTHONUTF8": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_AUTHOR_NAME": "Student",
        "GIT_AUTHOR_EMAIL": "student@example.org",
        "GIT_COMMITTER_NAME": "Student",
        "GIT_COMMITTER_EMAIL": "student@example.org",
        "GIT_EDITOR": "true",
        "NO_COLOR": "1",
        "TZ": "Asia/Seoul",
        **more,
    }


def make_tree(folder: Path, **more: str) -> Tree:
    """Return an empty repository in a new folder, whose person has a home beside it."""
    home, top = folder / "home", folder / "vault"
    home.mkdir(parents=True)
    top.mkdir()
    (home / ".gitconfig").write_text(
        '[core]\n\tquotePath = false\n[protocol "file"]\n\tallow = always\n'
    )
    tree = Tree(top, make_environment(home, **more))
    tree.git("init", "-q", "-b", "main")
    return tree


def use_environment(monkeypatch: pytest.MonkeyPatch, tree: Tree) -> None:
    """Let this very process see what the person of a work tree sees."""
    for name in os.environ:
        if name not in tree.environment:
            monkeypatch.delenv(name)
    for name, value in tree.environment.items():
        monkeypatch.setenv(name, value)
