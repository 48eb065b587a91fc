"""Beside hooks of the real husky and lefthook: theirs run as before, then ours.

The long form alone, ``VAULT_SYNC_LONG=1 pytest tests/git/test_hook_programs.py``; it needs npm and a
package index. For pre-commit see `tests/git/test_pre_commit.py`.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.git.hook_vaults import make_note, make_true, make_vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.skipif(
    not os.environ.get("VAULT_SYNC_LONG") or shutil.which("npm") is None,
    reason="VAULT_SYNC_LONG=1 installs husky and lefthook with npm",
)
LEFTHOOK: Final = "pre-commit:\n  commands:\n    scan:\n      run: sh scan\n"


@pytest.fixture
def vault(tmp_path: Path) -> Tree:
    """Return a vault with a scan that stops a commit until the file `clean` is there."""
    tree = make_vault(tmp_path)
    tree.write("package.json", '{"name": "notes", "version": "1.0.0", "private": true}')
    tree.write(".gitignore", "node_modules\nclean\n")
    tree.write("scan", "echo the scan runs\ntest -e clean\n")
    tree.write(".husky/pre-commit", "sh scan\n")
    tree.write("lefthook.yml", LEFTHOOK)
    return tree


@pytest.mark.parametrize(
    ("package", "start"), [("husky@9", ["husky"]), ("lefthook@2", ["lefthook", "install"])]
)
def test_a_scan_stops_a_commit_as_before(vault: Tree, package: str, start: list[str]) -> None:
    vault.run("npm", "install", "--silent", "--no-audit", "--no-fund", package)
    vault.run("npx", *start)
    vault.commit_all()
    vault.vault_sync("hook", "install")
    vault.write("note.md", make_note(7))
    vault.git("add", "-A")
    assert "the scan runs" in vault.git("commit", "-m", "one", code=1)
    assert vault.read("note.md") == make_note(7)
    vault.run("npx", *start)  # as `npm install` does
    vault.vault_sync("hook", "install")
    vault.write("clean", "")
    assert "the scan runs" in vault.git("commit", "-m", "one")
    assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)
    assert vault.status() == ""
    vault.vault_sync("hook", "uninstall")
    (vault.path / "clean").unlink()
    vault.write("note.md", make_note(8))
    assert "the scan runs" in vault.git("commit", "-a", "-m", "two", code=1)
