"""What every service manager can do, and how its programs are run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from vault_sync.errors import ServiceError
from vault_sync.programs import find_program, make_path

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.service.unit import ServiceUnit

WITHOUT: Final = (
    "Run `vault-sync watch` instead, in a terminal or from whatever starts programs here."
)
_TIMEOUT: Final = 60
_NOT_FOUND: Final = 127


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended: its exit code, and what it said on both channels."""

    code: int
    said: str


class Runner(Protocol):
    """Runs a program: the real one, or a test that plays its part."""

    def __call__(self, *command: str) -> Outcome:
        """Run a command to its end."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a service manager says about a service.

    Attributes:
        is_installed: it knows the service.
        words: how it is, in the manager's own words; empty where it does not know it.
    """

    is_installed: bool
    words: str = ""


class ServiceManager(Protocol):
    """Installs and runs services for the user who is logged in."""

    @property
    def title(self) -> str:
        """Its name, for people."""

    def require(self) -> None:
        """Make sure that it is there.

        Raises:
            ServiceError: it is not.
        """

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the file of a service lies."""

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the file of a service."""

    def load(self, unit: ServiceUnit) -> None:
        """Take in a file that is new or has changed, and start the service."""

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the service and forget it; its file is still there."""

    def tidy(self, unit: ServiceUnit) -> None:
        """Forget what is left when the file is gone."""

    def start(self, unit: ServiceUnit) -> None:
        """Start the service, if it does not run."""

    def stop(self, unit: ServiceUnit) -> None:
        """Stop the service until the next start or login."""

    def ask(self, unit: ServiceUnit) -> Standing:
        """Return how the service is."""


def run_program(*command: str) -> Outcome:
    """Run a program without a shell and return how it ended, also where there is none of that name."""
    name, *arguments = command
    program = find_program(name)
    if program is None:
        return Outcome(_NOT_FOUND, f"there is no program {name}")
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours; paths stand as arguments of their own
            [program, *arguments],
            env={**os.environ, "PATH": make_path(os.environ)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
        )
    except OSError as error:
        return Outcome(_NOT_FOUND, f"{program} cannot be run ({error.strerror})")
    except subprocess.TimeoutExpired:
        return Outcome(_NOT_FOUND, f"{name} did not answer within {_TIMEOUT} seconds")
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace").strip())


def run_or_fail(run: Runner, *command: str) -> str:
    """Run a command that has to succeed and return what it said.

    Raises:
        ServiceError: it failed; repeats its own words.
    """
    outcome = run(*command)
    if outcome.code:
        said = f": {outcome.said}" if outcome.said else f" with code {outcome.code}"
        raise ServiceError(f"`{' '.join(command)}` failed{said}")
    return outcome.said
