"""Whoever installs something where no vault is gets to know that it will do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [["hook", "install"], ["git-filter", "install"], ["merge-driver", "install"]]
SAYING = "no note of this repository lies in a vault"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_repository_without_a_vault_is_told(tmp_path: Path, command: list[str]) -> None:
    tree = make_tree(tmp_path)
    tree.write("note.md", "text")
    assert SAYING in tree.vault_sync(*command)


@pytest.mark.parametrize("vault", [".obsidian/app.json", "my notes/.vault-sync.yaml"])
def test_a_vault_is_found_wherever_it_is(tmp_path: Path, vault: str) -> None:
    tree = make_tree(tmp_path)
    tree.write(vault, "")
    tree.write("my notes/복습/note.md", "text")
    assert SAYING not in tree.vault_sync(*COMMANDS[0])
