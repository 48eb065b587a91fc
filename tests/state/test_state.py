"""The state folder: private, outside the vault, found again."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import platformdirs
import pytest

from tests.vault.vaults import posix_only
from vault_sync.errors import StateError
from vault_sync.state.folder import BASE_VARIABLE, find_base, open_state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(BASE_VARIABLE, str(tmp_path / "state"))
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


def test_the_vault_gets_no_file(vault: Path) -> None:
    open_state(vault)
    assert list(vault.iterdir()) == []


def test_the_same_vault_has_the_same_folder_by_any_path(vault: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(vault)
    state = open_state(vault)
    assert open_state(tmp_path / "link") == state
    assert len(state.path.name) == 16
    assert state.path.parent == tmp_path / "state"


def test_another_vault_has_another_folder(vault: Path, tmp_path: Path) -> None:
    assert open_state(vault) != open_state(tmp_path / "other")


def test_only_the_user_may_look_into_it(vault: Path) -> None:
    state = open_state(vault)
    for folder in (state.path, state.journal, state.rescue):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.path.glob("*.json")} == {0o600}


def test_it_names_its_vault(vault: Path) -> None:
    label = open_state(vault).path / "vault.json"
    assert json.loads(label.read_text(encoding="utf-8")) == {"vault": str(vault)}


def test_it_lies_in_the_users_state_folder(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (BASE_VARIABLE, "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_state(vault).path.parent.is_relative_to(tmp_path / "home")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"XDG_STATE_HOME": "/elsewhere/state"},
        {"XDG_STATE_HOME": ""},
        {"XDG_STATE_HOME": "here"},
    ],
)
def test_it_is_the_folder_that_platformdirs_names(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (BASE_VARIABLE, "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find_base() == platformdirs.user_state_dir("vault-sync")


@posix_only
def test_it_may_be_named_by_a_link(vault: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").symlink_to("elsewhere")
    state = open_state(vault)
    assert state.journal.is_dir()
    assert [one.name for one in (tmp_path / "elsewhere").iterdir()] == [state.path.name]


@pytest.mark.parametrize("inside", [".", "hidden/state"])
def test_inside_the_vault_it_is_refused(
    vault: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    monkeypatch.setenv(BASE_VARIABLE, str(vault / inside))
    with pytest.raises(StateError, match="inside the vault"):
        open_state(vault)
    assert list(vault.iterdir()) == []


def test_what_cannot_be_made_is_said(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(BASE_VARIABLE, str(tmp_path / "file" / "state"))
    with pytest.raises(StateError, match=os.strerror(20)):
        open_state(vault)
