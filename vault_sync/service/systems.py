"""The service managers of Linux, macOS and Windows, each of the user who is logged in.

Those of macOS and Windows are written after the manual pages of Apple and the documents of Microsoft
and tested with scripts that play their programs; this project has not run them there.
"""

from __future__ import annotations

import csv
import plistlib
import re
import time
from dataclasses import dataclass, field
from subprocess import list2cmdline
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from vault_sync.errors import ServiceError
from vault_sync.service.manager import (
    RESTART_SECONDS,
    STOP_SECONDS,
    WITHOUT,
    Runner,
    ServiceState,
    ServiceUnit,
    run_or_fail,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


# systemd: a unit of the user's own instance (systemd.service(5), systemd.exec(5)).
#
# The restrictions are those that work without a mount namespace. `ProtectSystem=`, `ProtectHome=` and
# `ReadWritePaths=` are left out on purpose: in a user's instance they need user namespaces, which many
# distributions forbid (then the service would not start), and in which all groups but one are lost, so
# that notes shared by a group could no longer be written with their group kept.

_SYSTEMCTL: Final = ("systemctl", "--user")
_SPECIAL: Final = re.compile(r'[\\"]')
_UNIT: Final = """\
# Made by `vault-sync service install`; `vault-sync service uninstall` takes it away.
[Unit]
Description=vault-sync for “{vault}”
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
{environment}
Restart=on-failure
RestartSec={restart}
TimeoutStopSec={stop}
Nice=5
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True, slots=True)
class Systemd:
    """The user's instance of systemd.

    Attributes:
        run: runs its programs.
        config: the user's configuration folder, such as ``~/.config``.
    """

    run: Runner
    config: Path
    title: str = "systemd"

    def require(self) -> None:
        """Make sure that the user's instance answers."""
        if self.run(*_SYSTEMCTL, "show-environment").code:
            raise ServiceError(f"There is no systemd for users here, as in a container. {WITHOUT}")

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the unit file lies (systemd.unit(5), "User Unit Search Path")."""
        return self.config / "systemd" / "user" / _name(unit)

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the unit file."""
        program, *arguments = unit.command
        words = [quote_word(program), *(quote_word(word).replace("$", "$$") for word in arguments)]
        settings = [f"{name}={value}" for name, value in unit.environment.items()]
        text = _UNIT.format(
            vault=_double_percents(
                str(unit.vault)
            ),  # in quotes: a backslash at the end joins lines
            command=" ".join(words),
            environment="\n".join(f"Environment={quote_word(setting)}" for setting in settings),
            restart=RESTART_SECONDS,
            stop=STOP_SECONDS,
        )
        return text.encode()

    def load(self, unit: ServiceUnit) -> None:
        """Read the unit file, start the service now and at each login."""
        run_or_fail(self.run, *_SYSTEMCTL, "daemon-reload")
        run_or_fail(self.run, *_SYSTEMCTL, "enable", _name(unit))
        run_or_fail(self.run, *_SYSTEMCTL, "restart", _name(unit))

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the service and take it out of the login."""
        run_or_fail(self.run, *_SYSTEMCTL, "disable", "--now", _name(unit))

    def tidy(self, unit: ServiceUnit) -> None:
        """Forget the unit, and that it failed, if it did."""
        run_or_fail(self.run, *_SYSTEMCTL, "daemon-reload")
        self.run(*_SYSTEMCTL, "reset-failed", _name(unit))

    def start(self, unit: ServiceUnit) -> None:
        """Start the service."""
        run_or_fail(self.run, *_SYSTEMCTL, "start", _name(unit))

    def stop(self, unit: ServiceUnit) -> None:
        """Stop the service."""
        run_or_fail(self.run, *_SYSTEMCTL, "stop", _name(unit))

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what ``systemctl show`` says."""
        asked = "--property=LoadState,ActiveState,SubState,Result,UnitFileState"
        said = self.run(*_SYSTEMCTL, "show", asked, _name(unit)).said
        facts = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        if facts.get("LoadState") != "loaded":
            return ServiceState(is_installed=False)
        words = (
            f"{facts.get('ActiveState')} ({facts.get('SubState')}), {facts.get('UnitFileState')}"
        )
        failure = facts.get("Result", "success")
        suffix = "" if failure == "success" else f", {failure}"
        return ServiceState(is_installed=True, words=words + suffix)


def quote_word(word: str) -> str:
    """Return a word of a unit file as systemd reads it back (systemd.syntax(7), "Quoting").

    A percent sign begins a specifier (systemd.unit(5), "Specifiers"); two are one.
    """
    escaped = _SPECIAL.sub(r"\\\g<0>", word)
    return f'"{_double_percents(escaped)}"'


def _double_percents(text: str) -> str:
    return text.replace("%", "%%")


def _name(unit: ServiceUnit) -> str:
    return f"{unit.name}.service"


# launchd: an agent of the user who is logged in on a Mac (Apple, launchd.plist(5), launchctl(1)).

_LAUNCHCTL: Final = "launchctl"
_TRIES: Final = 20
_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Launchd:
    """The launchd of a user's session.

    Attributes:
        run: runs its program.
        home: the user's home folder.
        user: the user's number.
        sleep: waits for some seconds.
    """

    run: Runner
    home: Path
    user: int
    sleep: Callable[[float], None] = field(default=time.sleep)
    title: str = "launchd"

    def require(self) -> None:
        """Make sure that the user has a session at the screen, whose launchd can be asked."""
        if self.run(_LAUNCHCTL, "print", self._domain).code:
            raise ServiceError(
                f"launchd has no session of this user; log in at the screen first. {WITHOUT}"
            )

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the property list lies."""
        return self.home / "Library" / "LaunchAgents" / f"{unit.name}.plist"

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the property list."""
        return plistlib.dumps(
            {
                "Label": unit.name,
                "ProgramArguments": list(unit.command),
                "EnvironmentVariables": dict(unit.environment),
                "RunAtLoad": True,
                "KeepAlive": {"SuccessfulExit": False},
                "ThrottleInterval": RESTART_SECONDS,
                "ExitTimeOut": STOP_SECONDS,
                "ProcessType": "Background",
            },
            sort_keys=False,
        )

    def load(self, unit: ServiceUnit) -> None:
        """Load the property list; ``RunAtLoad`` starts the agent.

        The old agent goes away some time after ``bootout`` has returned, and meanwhile ``bootstrap``
        fails with "5: Input/output error".
        """
        self.run(_LAUNCHCTL, "bootout", self._target(unit))
        run_or_fail(self.run, _LAUNCHCTL, "enable", self._target(unit))
        command = (_LAUNCHCTL, "bootstrap", self._domain, str(self.find_file(unit)))
        for _ in range(_TRIES):
            if self.run(*command).code == 0:
                return
            self.sleep(_PAUSE)
        run_or_fail(self.run, *command)

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the agent and forget it; one that is not loaded is forgotten already."""
        if self.ask(unit).is_installed:
            run_or_fail(self.run, _LAUNCHCTL, "bootout", self._target(unit))

    def tidy(self, unit: ServiceUnit) -> None:
        """Do nothing: launchd keeps nothing of an agent without a file."""

    def start(self, unit: ServiceUnit) -> None:
        """Start the agent."""
        if self.ask(unit).is_installed:
            run_or_fail(self.run, _LAUNCHCTL, "kickstart", self._target(unit))
        else:
            self.load(unit)

    def stop(self, unit: ServiceUnit) -> None:
        """Ask the agent to end; it ends with 0, so ``KeepAlive`` lets it rest."""
        run_or_fail(self.run, _LAUNCHCTL, "kill", "SIGTERM", self._target(unit))

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what ``launchctl print`` says; the first ``state =`` is the agent's."""
        outcome = self.run(_LAUNCHCTL, "print", self._target(unit))
        if outcome.code:
            return ServiceState(is_installed=False)
        lines = (line.strip().partition(" = ") for line in outcome.said.splitlines())
        states = [value for key, _, value in lines if key == "state"]
        return ServiceState(is_installed=True, words=states[0] if states else "")

    @property
    def _domain(self) -> str:
        return f"gui/{self.user}"

    def _target(self, unit: ServiceUnit) -> str:
        return f"{self._domain}/{unit.name}"


# Windows: a task that starts when the user logs on (Microsoft, "Task Scheduler Schema").

NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_SCHTASKS: Final = "schtasks"
_REPLACED: Final = re.compile(r"%[^%]+%|\$\(")
_PRINCIPAL: Final = "User"
_SETTINGS: Final = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT0S",
    "Priority": "7",
}
_LOGON: Final = {"LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"}
_NO_TEXTS: Final[Mapping[str, str]] = {}
_RESTART: Final = {"Interval": "PT1M", "Count": "255"}


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """The Task Scheduler.

    Attributes:
        run: runs its program.
        folder: where the file of a task is kept; the scheduler has a copy of its own.
        user: the user's account, domain, backslash, name.
    """

    run: Runner
    folder: Path
    user: str
    title: str = "Task Scheduler"

    def require(self) -> None:
        """Make sure that the scheduler answers."""
        if self.run(_SCHTASKS, "/Query", "/FO", "CSV", "/NH").code:
            raise ServiceError(f"The Task Scheduler does not answer. {WITHOUT}")

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the file of a task lies."""
        return self.folder / f"{unit.name}.xml"

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the task as XML in UTF-16, as schtasks wants it.

        Raises:
            ServiceError: the scheduler would replace something in a path.
        """
        program, *arguments = unit.command
        for word in unit.command:
            if _REPLACED.search(word):
                raise ServiceError(
                    f"The Task Scheduler would read {word} as a variable. Rename the folder. {WITHOUT}"
                )
        task = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
        _add(task, "RegistrationInfo", {"Description": unit.description})
        trigger = {"Enabled": "true", "UserId": self.user}
        _add(_add(task, "Triggers"), "LogonTrigger", trigger)
        principal = _add(_add(task, "Principals"), "Principal", {"UserId": self.user, **_LOGON})
        principal.set("id", _PRINCIPAL)
        _add(_add(task, "Settings", _SETTINGS), "RestartOnFailure", _RESTART)
        actions = _add(task, "Actions")
        actions.set("Context", _PRINCIPAL)
        _add(actions, "Exec", {"Command": program, "Arguments": list2cmdline(arguments)})
        ET.indent(task)
        text = ET.tostring(task, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-16"?>\n{text}\n'.encode("utf-16")

    def load(self, unit: ServiceUnit) -> None:
        """Load the file and run the task now; one that runs with older settings is ended."""
        file = str(self.find_file(unit))
        self.run(_SCHTASKS, "/End", "/TN", unit.name)
        run_or_fail(self.run, _SCHTASKS, "/Create", "/TN", unit.name, "/XML", file, "/F")
        self.start(unit)

    def unload(self, unit: ServiceUnit) -> None:
        """End the task and delete it; one that is not there is deleted already."""
        if self.ask(unit).is_installed:
            self.run(_SCHTASKS, "/End", "/TN", unit.name)
            run_or_fail(self.run, _SCHTASKS, "/Delete", "/TN", unit.name, "/F")

    def tidy(self, unit: ServiceUnit) -> None:
        """Do nothing: the scheduler keeps nothing of a deleted task."""

    def start(self, unit: ServiceUnit) -> None:
        """Run the task."""
        run_or_fail(self.run, _SCHTASKS, "/Run", "/TN", unit.name)

    def stop(self, unit: ServiceUnit) -> None:
        """End the task. Windows ends it where it stands, which every note survives."""
        run_or_fail(self.run, _SCHTASKS, "/End", "/TN", unit.name)

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what a query says, in the language of the system."""
        outcome = self.run(_SCHTASKS, "/Query", "/TN", unit.name, "/FO", "CSV", "/NH")
        if outcome.code:
            return ServiceState(is_installed=False)
        rows = [row for row in csv.reader(outcome.said.splitlines()) if row]
        return ServiceState(is_installed=True, words=rows[0][-1] if rows else "")


def _add(parent: ET.Element, name: str, texts: Mapping[str, str] = _NO_TEXTS) -> ET.Element:
    """Add an element that holds others with texts, and return it."""
    added = ET.SubElement(parent, name)
    for inner, text in texts.items():
        ET.SubElement(added, inner).text = text
    return added
