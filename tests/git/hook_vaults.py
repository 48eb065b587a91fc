"""A vault in a repository with the hook installed, and notes that are stale or true in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.git.repositories import Tree, make_tree
from vault_sync.git.install_hook import HooksFolder, Script, install_hook
from vault_sync.git.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES: Final = """\
profile: none
timezone: Asia/Seoul
rules:
  - name: sums
    filters: start
    missing: add
    formulas:
      twice: start * 2
      thrice: start * 3
      passed: today() > date("2020-01-01")
"""
LINES: Final = ("line one\n", *("\n" * 8), "line two\n")


def make_note(start: object, mood: str = "calm", lines: Sequence[str] = LINES) -> str:
    """Return a note that has never been refreshed, with a property that nobody owns."""
    return f"---\nstart: {start}\ntwice: 0\nmood: {mood}\n---\n{''.join(lines)}"


def make_true(start: int, mood: str = "calm", lines: Sequence[str] = LINES) -> str:
    """Return the same note with true values, and those added that were missing."""
    derived = f"twice: {start * 2}\nthrice: {start * 3}\npassed: true\n"
    return f"---\nstart: {start}\n{derived}mood: {mood}\n---\n{''.join(lines)}"


def make_vault(folder: Path, rules: str = RULES) -> Tree:
    """Return a repository that is a vault, its configuration committed, without the hook."""
    tree = make_tree(folder)
    tree.write(".vault-sync.yaml", rules)
    tree.commit_all("the vault")
    return tree


def install(tree: Tree, script: Script | None = None) -> None:
    """Install the hook where git looks by default."""
    git_dir = tree.path / tree.git("rev-parse", "--git-common-dir").strip()
    repository = Repository(tree.path, git_dir, git_dir)
    install_hook(HooksFolder(git_dir / "hooks"), script or make_script(), repository)


def make_script(*, is_stable: bool = False, is_strict: bool = False) -> Script:
    """Return a hook for the interpreter of the tests."""
    return Script(Path(sys.executable).as_posix(), is_stable, is_strict)


def fork(tree: Tree) -> Tree:
    """Make two branches: `side` has a new note and another last line, `main` another first line."""
    tree.write("note.md", make_true(1))
    tree.commit_all("base")
    tree.git("switch", "-q", "-c", "side")
    tree.write("new.md", make_note(7))
    tree.write("note.md", make_true(1, lines=(*LINES[:-1], "line two, side\n")))
    tree.commit_all("side")
    tree.git("switch", "-q", "main")
    tree.write("note.md", make_true(1, lines=("line one, main\n", *LINES[1:])))
    tree.commit_all("main")
    tree.write("untracked.md", make_note(3))
    return tree
