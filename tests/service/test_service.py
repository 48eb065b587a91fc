"""The commands of ``vault-sync service``, from installing to leaving nothing, with real daemons."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.state.folder import locate_state

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
NAME = "공부 노트 100% $HOME \"x\" 'y'"
NOTE = '---\n⭕첫 학습날: 2024-07-07\n🛑첫날: ""\n---\nCells divide.\n'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the manager played is systemd's")


class Computer:
    """A home folder with a vault, and a `systemctl` that a test plays."""

    def __init__(self, home: Path, screen: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.screen = screen
        self.vault = home / NAME
        self.vault.mkdir(parents=True)
        (self.vault / ".vault-sync.yaml").write_text("quiet-period: 0.2s\n", "utf-8")
        self.note = self.vault / "생물.md"
        self.note.write_text(NOTE, "utf-8")
        self.fake = home / "fake"
        self.fake.mkdir()
        program = home / "bin/systemctl"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -S -m tests.service.fake_systemctl "$@"\n',
            "utf-8",
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.home}/bin:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "VAULT_SYNC_STATE": str(self.home / "state"),
            "FAKE_SYSTEMCTL": str(self.fake),
            "LANG": "C.UTF-8",
        }

    def run(self, *words: str, code: int = 0) -> str:
        """Run a subcommand of ``service`` on the vault and return what it said."""
        self.screen.readouterr()
        ended = run(["service", *words, str(self.vault)])
        said = self.screen.readouterr()
        assert ended == code, said
        return said.out + said.err

    def status(self) -> dict[str, Any]:
        told: dict[str, object] = json.loads(self.run("status", "--format", "json"))
        return told

    def commands(self) -> list[str]:
        """Return what `systemctl` was asked to do, without the questions."""
        lines = (self.fake / "commands").read_text("utf-8").splitlines()
        return [line.split()[0] for line in lines if not line.startswith("show")]

    def files(self) -> list[Path]:
        return [path for path in (self.home / "config").rglob("*") if not path.is_dir()]


@pytest.fixture
def computer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Computer]:
    computer = Computer(tmp_path / "home", capfd)
    for name, value in computer.environment.items():
        monkeypatch.setenv(name, value)
    yield computer
    if computer.files():
        computer.run("uninstall")


def test_from_installing_to_leaving_nothing(computer: Computer) -> None:
    said = computer.run("install")
    assert "Installed " in said
    assert "Started: process " in said
    wait_until(lambda: "2024/07/07" in computer.note.read_text("utf-8"))
    wait_until(lambda: computer.status()["daemon"]["state"] == "watching")
    told = computer.status()
    assert told["vault"] == str(computer.vault)
    assert told["service"] == {"installed": True, "words": "active (running), enabled"}
    assert told["daemon"]["refreshed"] == 1
    assert "생물.md" in computer.run("logs") or "1 note" in computer.run("logs")
    assert "Stopped." in computer.run("stop")
    assert computer.status()["daemon"]["state"] == "stopped"
    assert "Started" in computer.run("start")
    assert " is gone." in computer.run("uninstall")
    assert computer.files() == []
    assert not computer.status()["daemon"]["running"]
    assert list(computer.vault.rglob(".vault-sync-*")) == []


def test_installing_again_changes_nothing_and_a_changed_wish_restarts(computer: Computer) -> None:
    computer.run("install")
    pid = computer.status()["daemon"]["pid"]
    before = computer.commands()
    assert "installed already" in computer.run("install")
    assert computer.commands() == before
    computer.run("install", "--polling")
    assert "restart" in computer.commands()[len(before) :]
    wait_until(lambda: computer.status()["daemon"]["pid"] not in {None, pid})


def test_showing_installs_nothing(computer: Computer) -> None:
    said = computer.run("install", "--print")
    assert "[Service]" in said
    assert not (computer.home / "config").exists()
    assert not (computer.home / "state").exists()


def test_a_broken_configuration_is_told_before_anything_is_installed(computer: Computer) -> None:
    (computer.vault / ".vault-sync.yaml").write_text("quiet-periods: 2s\n", "utf-8")
    assert "quiet-periods" in computer.run("install", code=3)
    assert not (computer.home / "config").exists()


def test_without_a_manager_the_terminal_is_named(computer: Computer) -> None:
    (computer.home / "bin/systemctl").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    for words in ("install", "start", "stop"):
        assert "Run `vault-sync watch` instead" in computer.run(words, code=3)
    assert not (computer.home / "state").exists()
    assert computer.status()["service"] == {"installed": False, "words": ""}
    assert "There is no service for" in computer.run("uninstall")


def test_what_is_not_installed_cannot_be_started(computer: Computer) -> None:
    assert "`vault-sync service install` makes one" in computer.run("start", code=3)
    assert "There is no log" in computer.run("logs")


def test_the_service_of_a_vault_that_is_gone_can_be_taken_away(computer: Computer) -> None:
    computer.run("install")
    computer.run("stop")
    computer.vault.rename(computer.home / "elsewhere")
    assert " is gone." in computer.run("uninstall")
    assert computer.files() == []


def test_no_lines_of_a_log_are_not_no_log(computer: Computer) -> None:
    log = locate_state(computer.vault).path / "daemon.log"
    log.parent.mkdir(parents=True)
    log.write_text("one\n", "utf-8")
    assert computer.run("logs", "-n", "0") == ""


def test_a_log_is_followed_until_ctrl_c(computer: Computer) -> None:
    log = locate_state(computer.vault).path / "daemon.log"
    log.parent.mkdir(parents=True)
    log.write_text("one\ntwo\n", "utf-8")
    command = [sys.executable, "-m", "vault_sync", "service", "logs", "-f", "-n", "1"]
    with subprocess.Popen([*command, str(computer.vault)], stdout=subprocess.PIPE) as follower:
        assert follower.stdout
        assert follower.stdout.readline() == b"two\n"
        with log.open("a", encoding="utf-8") as file:
            file.write("셋\n")
        assert follower.stdout.readline().decode() == "셋\n"
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 0


def test_a_daemon_in_a_terminal_goes_first(computer: Computer) -> None:
    command = [sys.executable, "-m", "vault_sync", "watch", str(computer.vault)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as watch:
        wait_until(lambda: computer.status()["daemon"]["running"])
        assert f"A daemon in process {watch.pid}" in computer.run("install")
        assert computer.status()["daemon"]["pid"] == watch.pid
        watch.terminate()
        assert watch.wait(10) == 0
