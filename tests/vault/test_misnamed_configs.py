"""A configuration under another name: nothing in it counts, so nobody goes on in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vault.vaults import posix_only
from vault_sync.cli import run
from vault_sync.vault.obsidian import find_misnamed_configs, is_misnamed_config

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "---\n⭕첫 학습날: 2024-10-20\n---\n"

MISNAMED = [
    ".vault-sync.yml", "vault-sync.yaml", "vault-sync.yml", ".vault-sync.yaml.txt", ".vault-sync.yml.txt",
    "vault-sync.yaml.txt", ".vault-sync.txt", ".vault-sync", ".vault_sync.yaml", ".vaultsync.yaml", ".Vault-Sync.yaml",
    "Vault-sync.yml", ".vault-sync.YAML", ".vault-sync.yaml.yaml", ".vault-sync.yaml.md", ".vault-sync.json",
    ".vault-sync.toml", "_vault-sync.yaml", ".vault sync.yaml", ".vault-sync.yaml ", ".vault\u2011sync.yaml",
    "\uff0evault-sync.yaml", ".vault-sync (1).yaml", ".vault-sync 2.yaml", ".vault-sync copy.yaml", ".vault-sync - 복사본.yaml",
    ".vault-sync.yaml (1)", ".vault-sync\u200b.yaml",
]  # fmt: skip
OTHERS = [
    ".vault-sync.yaml", "vault-sync.md", "vault-sync", "Vault Sync.md", "vault-sync.txt", ".vault-sync.yaml.bak", ".vault-sync.yaml~",
    ".vault-sync.yaml.off", ".vault-sync-export-1b9c04d2-5e0c77a1.part", "My vault-sync.yaml", ".vault-sync.local.yaml.example", "볼트.md", "",
]  # fmt: skip
COMMANDS = [
    ["refresh"], ["refresh", "--check"], ["due"], ["done", "a"], ["calendar"], ["report", "-o", "x.html"], ["status"], ["config", "check"],
    ["config", "show"], ["verify"], ["doctor"], ["adopt"], ["init", "--dry-run"], ["explain", "a.md"], ["eval", "1", "a.md"], ["undo"],
    ["watch"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    (root / "a.md").write_text(NOTE, "utf-8")
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("name", MISNAMED)
def test_names_that_are_nearly_right(name: str) -> None:
    assert is_misnamed_config(name)


@pytest.mark.parametrize("name", OTHERS)
def test_names_that_are_others(name: str) -> None:
    assert not is_misnamed_config(name)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_names_it_and_writes_nothing(
    vault: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yml").write_text("ignore: [a.md]\n", "utf-8")
    assert run(command) == (4 if command == ["doctor"] else 3)
    said = capsys.readouterr()
    assert ".vault-sync.yml: The configuration is read from .vault-sync.yaml alone" in said.out + said.err  # fmt: skip
    assert (vault / "a.md").read_text("utf-8") == NOTE


def test_it_is_named_where_there_is_no_vault_either(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".obsidian").rmdir()
    (vault / "vault-sync.yaml").touch()
    (vault / "deep").mkdir()
    monkeypatch.chdir(vault / "deep")
    assert run(["due"]) == 3
    assert "vault-sync.yaml: The configuration is read from" in capsys.readouterr().err


def test_beside_the_right_one_it_is_named_and_the_right_one_counts(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text("ignore: [a.md]\n", "utf-8")
    (vault / ".vault-sync.yaml.txt").touch()
    assert run(["-v", "refresh"]) == 0
    assert ".vault-sync.yaml.txt: It is not read" in capsys.readouterr().err
    assert (vault / "a.md").read_text("utf-8") == NOTE
    assert run(["doctor"]) == 4
    assert ".vault-sync.yaml.txt: It is not read" in capsys.readouterr().out


def test_a_folder_of_such_a_name_is_none(vault: Path) -> None:
    (vault / "vault-sync.yaml").mkdir()
    assert find_misnamed_configs(str(vault)) == []
    assert run(["refresh", "--check"]) == 1


@posix_only
def test_a_link_that_leads_nowhere_is_no_missing_configuration(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").symlink_to("gone.yaml")
    assert run(["refresh"]) == 3
    assert ".vault-sync.yaml: This link leads nowhere" in capsys.readouterr().err
    assert (vault / "a.md").read_text("utf-8") == NOTE


def test_in_the_folder_of_obsidian_it_is_none_either(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".obsidian" / ".vault-sync.yaml").write_text("ignore: [a.md]\n", "utf-8")
    assert run(["refresh"]) == 3
    assert ".obsidian/.vault-sync.yaml: The configuration is read from" in capsys.readouterr().err
    assert (vault / "a.md").read_text("utf-8") == NOTE
