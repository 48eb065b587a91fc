"""Two real Syncthings that keep two folders in step, on this computer alone: no discovery, no relays."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = """\
<configuration version="36">
  <folder id="vault" path="{root}" type="sendreceive" rescanIntervalS="20" fsWatcherEnabled="true" fsWatcherDelayS="{delay}">
    <filesystemType>basic</filesystemType>
    <maxConflicts>{copies}</maxConflicts>
    <device id="{own_id}"></device>
    <device id="{other_id}"></device>
  </folder>
  <device id="{own_id}" name="own" compression="never"><address>dynamic</address></device>
  <device id="{other_id}" name="other" compression="never"><address>tcp://127.0.0.1:{other_port}</address></device>
  <gui enabled="false"></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:{own_port}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <stunKeepaliveStartS>0</stunKeepaliveStartS>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <startBrowser>false</startBrowser>
    <reconnectionIntervalS>1</reconnectionIntervalS>
  </options>
</configuration>
"""
_DEVICE = re.compile(r"[A-Z0-9]{7}(?:-[A-Z0-9]{7}){7}")


def is_there() -> bool:
    return shutil.which("syncthing") is not None


@dataclass(frozen=True, slots=True)
class Device:
    """One of the two."""

    home: Path
    root: Path
    port: int
    name: str


@dataclass(slots=True)
class Pair:
    """Both, at work.

    Attributes:
        roots: the folders that are kept in step.
        home: where they keep their own files.
        delay: seconds for which each collects changes.
        most_copies: so many conflict copies of a file are kept; 0 for none.
    """

    roots: tuple[Path, Path]
    home: Path
    delay: int = 1
    most_copies: int = 10
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        devices = [self._make(number, root) for number, root in enumerate(self.roots)]
        for own, other in (devices, devices[::-1]):
            text = _CONFIG.format(
                root=own.root,
                delay=self.delay,
                copies=self.most_copies,
                own_id=own.name,
                other_id=other.name,
                own_port=own.port,
                other_port=other.port,
            )
            (own.home / "config.xml").write_text(text, "utf-8")
            command = ["syncthing", "serve", f"--home={own.home}", "--no-browser", "--no-restart"]
            with (own.home / "log").open("wb") as log:
                self._running.append(
                    subprocess.Popen(command, stdout=log, stderr=log, env=_make_environment())
                )
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(30)

    def settle(self) -> None:
        """Wait until both have looked at their folders once more and have nothing to say."""
        time.sleep(3 * self.delay + 2)  # nothing tells from outside that it is idle

    def _make(self, number: int, root: Path) -> Device:
        home = self.home / f"syncthing {number}"
        if (home / "config.xml").exists():
            return self._reopen(home, root)
        command = ["syncthing", "generate", f"--home={home}", "--no-default-folder"]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
            env=_make_environment(),
        )
        (root / ".stfolder").mkdir(exist_ok=True)
        name = _DEVICE.search(done.stdout.decode())
        assert name, done.stdout
        return Device(home, root, _find_port(), name[0])

    def _reopen(self, home: Path, root: Path) -> Device:
        """Return a device as it was, with another port."""
        text = (home / "config.xml").read_text("utf-8")
        name = next(one[1] for one in re.finditer(r'<device id="([^"]+)" name="own"', text))
        return Device(home, root, _find_port(), name)


def _make_environment() -> dict[str, str]:
    return {**os.environ, "STNOUPGRADE": "1", "STNODEFAULTFOLDER": "1"}


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
