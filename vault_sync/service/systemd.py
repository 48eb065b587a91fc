"""systemd: a unit of the user's own instance (systemd.service(5), systemd.exec(5)).

The restrictions are those that work without a mount namespace. ``ProtectSystem=``, ``ProtectHome=`` and
``ReadWritePaths=`` are left out on purpose: in a user's instance they need user namespaces, which many
distributions forbid (then the service would not start), and in which all groups but one are lost, so
that notes shared by a group could no longer be written with their group kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.errors import ServiceError
from vault_sync.service.manager import (
    RESTART_SECONDS,
    STOP_SECONDS,
    WITHOUT,
    Runner,
    ServiceState,
    run_or_fail,
)

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.service.manager import ServiceUnit

_CTL: Final = ("systemctl", "--user")
_SPECIAL: Final = re.compile(r'[\\"]')
_TEMPLATE: Final = """\
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
        if self.run(*_CTL, "show-environment").code:
            raise ServiceError(f"There is no systemd for users here, as in a container. {WITHOUT}")

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the unit file lies (systemd.unit(5), "User Unit Search Path")."""
        return self.config / "systemd" / "user" / _name(unit)

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the unit file."""
        program, *arguments = unit.command
        words = [quote_word(program), *(quote_word(word).replace("$", "$$") for word in arguments)]
        settings = [f"{name}={value}" for name, value in unit.environment.items()]
        text = _TEMPLATE.format(
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
        run_or_fail(self.run, *_CTL, "daemon-reload")
        run_or_fail(self.run, *_CTL, "enable", _name(unit))
        run_or_fail(self.run, *_CTL, "restart", _name(unit))

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the service and take it out of the login."""
        run_or_fail(self.run, *_CTL, "disable", "--now", _name(unit))

    def tidy(self, unit: ServiceUnit) -> None:
        """Forget the unit, and that it failed, if it did."""
        run_or_fail(self.run, *_CTL, "daemon-reload")
        self.run(*_CTL, "reset-failed", _name(unit))

    def start(self, unit: ServiceUnit) -> None:
        """Start the service."""
        run_or_fail(self.run, *_CTL, "start", _name(unit))

    def stop(self, unit: ServiceUnit) -> None:
        """Stop the service."""
        run_or_fail(self.run, *_CTL, "stop", _name(unit))

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what ``systemctl show`` says."""
        asked = "--property=LoadState,ActiveState,SubState,Result,UnitFileState"
        said = self.run(*_CTL, "show", asked, _name(unit)).said
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
    return f'"{_double_percents(_SPECIAL.sub(_escape, word))}"'


def _escape(match: re.Match[str]) -> str:
    return "\\" + match[0]


def _double_percents(text: str) -> str:
    return text.replace("%", "%%")


def _name(unit: ServiceUnit) -> str:
    return f"{unit.name}.service"
