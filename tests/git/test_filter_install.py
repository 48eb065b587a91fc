"""The filter is installed, told of, and taken out without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree
from tests.git.study_vaults import MONDAY, PATH, TUESDAY, make_vault, note
from vault_sync.git.drivers import FILTER, install_driver, uninstall_driver
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("person")


class TestInstalling:
    def test_it_comes_and_goes_without_a_trace(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path / "repo", PATH, day=MONDAY)
        config = tree.read(".git/config")
        attributes = tree.path / ".git/info/attributes"
        tree.write(PATH, note(TUESDAY))
        tree.vault_sync("git-filter", "status", code=1)
        for _ in range(2):
            tree.vault_sync("git-filter", "install")
            assert attributes.read_text("utf-8").count("*.md filter=vault-sync\n") == 1
        assert tree.status() == ""
        assert "is installed" in tree.vault_sync("git-filter", "status")
        tree.vault_sync("git-filter", "uninstall")
        assert tree.read(".git/config") == config
        assert not attributes.exists()
        assert tree.status() == f" M {PATH}\n"
        assert "not installed" in tree.vault_sync("git-filter", "uninstall")

    def test_other_attributes_stay(self, tree: Tree) -> None:
        repository = find_repository(tree.path)
        uninstall_driver(repository, FILTER)
        tree.write(".git/info/attributes", "*.png binary\r\n*.txt -text")
        install_driver(repository, FILTER)
        uninstall_driver(repository, FILTER)
        assert tree.read(".git/info/attributes") == "*.png binary\r\n*.txt -text\n"

    @pytest.mark.parametrize("pattern", ["*.md", "세*.md", "note.md"])
    def test_another_filter_is_not_displaced(self, tmp_path: Path, pattern: str) -> None:
        tree = make_vault(tmp_path / "repo", PATH)
        tree.write(".gitattributes", f"{pattern} filter=git-crypt\n")
        said = tree.vault_sync("git-filter", "install", code=3)
        assert "filter=git-crypt" in said
        assert "vault-sync" not in tree.read(".git/config")

    def test_another_program_is_told_of(self, tree: Tree) -> None:
        tree.git("config", "filter.vault-sync.process", "elsewhere git-filter process")
        assert "another program" in tree.vault_sync("git-filter", "status", code=1)

    def test_outside_of_a_repository_it_is_said(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "repo")
        (tmp_path / "plain").mkdir()
        plain = tree.elsewhere(tmp_path / "plain")
        for command in ("install", "uninstall", "status", "settle"):
            assert "git init" in plain.vault_sync("git-filter", command, code=2)
