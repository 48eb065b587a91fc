"""Which notes a user means who names notes and folders, and what is met on the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.vault.vaults import posix_only
from vault_sync.errors import VaultNotFoundError
from vault_sync.vault.vault import Selection, select_notes
from vault_sync.vault.walk import ConflictCopy, Leftover, Skipped
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from vault_sync.vault.vault import Vault

COPY: Final = "Deep/b.sync-conflict-20241027-140100-ABCDEFG.md"
LEFTOVER: Final = ".vault-sync-20241027T140100-abcd-00000000-1.part"
ALL: Final = ["Deep/b.md", "Deep/Down/c.md", "Odd.md/d.md", "a.md"]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    root = tmp_path / "vault"
    files = ("a.md", "z.md", "Deep/b.md", "Deep/Down/c.md", COPY, "x.txt", "Odd.md/d.md", LEFTOVER)
    for path in (*files, ".obsidian/x.md"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("text\n", "utf-8")
    (root / ".vault-sync.yaml").write_text("profile: none\nignore: [z.md]\n", "utf-8")
    (tmp_path / "other.md").write_text("text\n", "utf-8")
    return open_workspace(root, None).vault


def select(vault: Vault, *names: str) -> Selection:
    return select_notes(vault, [Path(vault.root, name) for name in names])


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        ([], ALL),
        ([""], ALL),
        (["Deep"], ALL[:2]),
        (["Deep/Down/.."], ALL[:2]),
        (["a.md"], ["a.md"]),
        (["a.md", "Deep/b.md", "a.md"], ["a.md", "Deep/b.md"]),
        (["a.md", "Deep", "Deep/b.md"], ["a.md", *ALL[:2]]),
        (["Odd.md"], ["Odd.md/d.md"]),
        (["Deep/Down/../b.md"], ["Deep/b.md"]),
    ],
)
def test_what_is_meant(vault: Vault, names: list[str], notes: list[str]) -> None:
    assert sorted(select(vault, *names).notes) == sorted(notes)
    assert not select(vault, *names).ignored
    if not names or "a.md" in names:
        assert select(vault, *names).notes[0 if names else -1] == "a.md"


def test_a_folder_tells_of_copies_and_leftovers_in_it(vault: Vault) -> None:
    found = select(vault)
    assert (found.copies, found.leftovers, found.dependents) == ([COPY], [LEFTOVER], [])
    found = select(vault, "Deep")
    assert (found.copies, found.leftovers) == ([COPY], [])
    found = select(vault, "a.md")
    assert (found.copies, found.leftovers) == ([], [])


@pytest.mark.parametrize(
    ("name", "reason"),
    [("x.txt", "not a note"), ("z.md", "ignore"), (COPY, "conflict"), (".obsidian/x.md", "")],
)
def test_a_named_note_that_is_left_alone_is_told(vault: Vault, name: str, reason: str) -> None:
    found = select(vault, name, "a.md")
    assert found.notes == ["a.md"]
    (ignored,) = found.ignored
    assert ignored.path == name
    assert reason in ignored.reason != ""


@pytest.mark.parametrize("name", ["..", "../other.md", "../vault2"])
def test_what_is_not_in_the_vault_is_refused(vault: Vault, name: str) -> None:
    with pytest.raises(VaultNotFoundError, match="is not in the vault"):
        select(vault, name)


@posix_only
def test_a_link_means_what_it_leads_to(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(Path(vault.root, "Deep"))
    Path(vault.root, "out").symlink_to(tmp_path)
    assert select(vault, "../way").notes == select(vault, "Deep").notes
    with pytest.raises(VaultNotFoundError):
        select(vault, "out")


@posix_only
def test_a_name_that_only_begins_like_the_folder_above_is_in_the_vault(vault: Vault) -> None:
    Path(vault.root, "..x.md").write_text("text\n", "utf-8")
    assert [one.path for one in select(vault, "..x.md").ignored] == ["..x.md"]


def test_a_vault_that_is_gone_has_its_walk_say_why(vault: Vault, tmp_path: Path) -> None:
    os.rename(vault.root, tmp_path / "gone")  # noqa: PTH104 - a str is at hand
    with pytest.raises(VaultNotFoundError):
        select(vault)


def test_each_kind_of_what_is_met_has_its_place() -> None:
    selection = Selection(skipped=[Skipped("first", "x")])
    for entry in (Leftover("l"), ConflictCopy("c"), Skipped("s", "y")):
        selection.on_found(entry)
    assert selection.leftovers == ["l"]
    assert selection.copies == ["c"]
    assert [one.path for one in selection.skipped] == ["first", "s"]
