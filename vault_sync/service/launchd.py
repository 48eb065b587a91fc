"""launchd: an agent of the user who is logged in on a Mac (Apple, launchd.plist(5), launchctl(1)).

Written after Apple's manual pages and tested with scripts that play launchctl; this project has not
run it on a Mac.
"""

from __future__ import annotations

import plistlib
import time
from dataclasses import dataclass, field
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
    from collections.abc import Callable
    from pathlib import Path

    from vault_sync.service.manager import ServiceUnit

_CTL: Final = "launchctl"
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
        if self.run(_CTL, "print", self._domain).code:
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
        self.run(_CTL, "bootout", self._target(unit))
        run_or_fail(self.run, _CTL, "enable", self._target(unit))
        command = (_CTL, "bootstrap", self._domain, str(self.find_file(unit)))
        for _ in range(_TRIES):
            if self.run(*command).code == 0:
                return
            self.sleep(_PAUSE)
        run_or_fail(self.run, *command)

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the agent and forget it; one that is not loaded is forgotten already."""
        if self.ask(unit).is_installed:
            run_or_fail(self.run, _CTL, "bootout", self._target(unit))

    def tidy(self, unit: ServiceUnit) -> None:
        """Do nothing: launchd keeps nothing of an agent without a file."""

    def start(self, unit: ServiceUnit) -> None:
        """Start the agent."""
        if self.ask(unit).is_installed:
            run_or_fail(self.run, _CTL, "kickstart", self._target(unit))
        else:
            self.load(unit)

    def stop(self, unit: ServiceUnit) -> None:
        """Ask the agent to end; it ends with 0, so ``KeepAlive`` lets it rest."""
        run_or_fail(self.run, _CTL, "kill", "SIGTERM", self._target(unit))

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what ``launchctl print`` says; the first ``state =`` is the agent's."""
        outcome = self.run(_CTL, "print", self._target(unit))
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
