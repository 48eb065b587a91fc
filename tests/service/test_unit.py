"""One description for all systems: what is kept of the user's shell, and what no file can hold."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.service.units import Script
from vault_sync.errors import ServiceError
from vault_sync.service.control import find_interpreter, find_manager
from vault_sync.service.manager import describe_service
from vault_sync.service.systems import Launchd, Systemd, TaskScheduler
from vault_sync.state.folder import StateFolder, locate_state

STATE = StateFolder(Path("/state/0123456789abcdef"))
PYTHON = ("/usr/bin/python3", "-m", "vault_sync", "watch")


def test_the_language_the_zone_and_the_state_folder_are_kept_and_nothing_else() -> None:
    shell = {"LANG": "ko_KR.UTF-8", "TZ": "", "VAULT_SYNC_STATE": "/s", "SECRET": "x", "PATH": "/"}
    unit = describe_service(Path("/v"), STATE, PYTHON, shell)
    assert unit.environment == {
        "PYTHONUTF8": "1",
        "LANG": "ko_KR.UTF-8",
        "VAULT_SYNC_STATE": "/s",
    }
    assert (unit.name, unit.command) == ("vault-sync-0123456789abcdef", (*PYTHON, "/v"))


def test_a_vault_has_one_service_by_whatever_path(tmp_path: Path) -> None:
    vault = tmp_path / "notes"
    vault.mkdir()
    (tmp_path / "link").symlink_to(vault)
    units = [
        describe_service(path, locate_state(path), PYTHON, {})
        for path in (vault, tmp_path / "link", vault / ".." / "notes")
    ]
    assert units == [units[0]] * 3
    assert units[0].name != describe_service(tmp_path, locate_state(tmp_path), PYTHON, {}).name


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\udcffb", "a\x7fb", "a\ufffeb"])
def test_what_no_service_file_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ServiceError, match="rename the folder"):
        describe_service(Path("/vaults") / name, STATE, PYTHON, {})


@pytest.mark.parametrize(
    ("system", "kind"),
    [("linux", Systemd), ("freebsd14", Systemd), ("darwin", Launchd), ("win32", TaskScheduler)],
)
def test_each_system_has_its_manager(
    system: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    shell = {"USERDOMAIN": "DESK", "USERNAME": "you", "XDG_CONFIG_HOME": "relative"}
    manager = find_manager(STATE, Script(), shell)
    assert isinstance(manager, kind)
    if isinstance(manager, Systemd):
        assert manager.config == Path.home() / ".config"
    if isinstance(manager, TaskScheduler):
        assert manager.user == "DESK\\you"


def test_the_interpreter_is_this_one_and_without_a_window_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_interpreter() == sys.executable
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python.exe"))
    (tmp_path / "pythonw.exe").touch()
    assert find_interpreter() == str(tmp_path / "pythonw.exe")
