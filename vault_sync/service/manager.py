"""One description of the service, and what every service manager can do with it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from unicodedata import category

from vault_sync.errors import ServiceError
from vault_sync.programs import find_program, make_path
from vault_sync.state.folder import BASE_VARIABLE, StateFolder
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


WITHOUT: Final = (
    "Run `vault-sync watch` instead, in a terminal or from whatever starts programs here."
)
_TIMEOUT: Final = 60
_NOT_FOUND: Final = 127
CONSOLE_ENCODING: Final = "oem" if sys.platform == "win32" else "utf-8"


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended: its exit code, and what it said on both channels."""

    code: int
    said: str


class Runner(Protocol):
    """Runs a program: the real one, or a test that plays its part."""

    def __call__(self, *command: str) -> ProgramResult:
        """Run a command to its end."""


@dataclass(frozen=True, slots=True)
class ServiceState:
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
        """Load a file that is new or has changed, and start the service."""

    def unload(self, unit: ServiceUnit) -> None:
        """Stop the service and forget it; its file is still there."""

    def tidy(self, unit: ServiceUnit) -> None:
        """Forget what is left when the file is gone."""

    def start(self, unit: ServiceUnit) -> None:
        """Start the service, if it does not run."""

    def stop(self, unit: ServiceUnit) -> None:
        """Stop the service until the next start or login."""

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return how the service is."""


def run_program(*command: str) -> ProgramResult:
    """Run a program without a shell and return how it ended, also where there is none of that name."""
    name, *arguments = command
    program = find_program(name)
    if program is None:
        return ProgramResult(_NOT_FOUND, f"there is no program {name}")
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
        return ProgramResult(_NOT_FOUND, f"{program} cannot be run ({error.strerror})")
    except subprocess.TimeoutExpired:
        return ProgramResult(_NOT_FOUND, f"{name} did not answer within {_TIMEOUT} seconds")
    return ProgramResult(done.returncode, _decode(done.stdout).strip())


def _decode(said: bytes) -> str:
    """Return what a program said: UTF-8, or on Windows the code page of the console, as schtasks has it."""
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError:
        return said.decode(CONSOLE_ENCODING, "replace")


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


# One description of the service, from which each system's own file is made.

RESTART_SECONDS: Final = 30
"""How long after a failure the service is started again; it may wait for a disk or a fixed setting."""

STOP_SECONDS: Final = 20
"""How long the service may take to stop; it takes two at most, unless a disk is slow."""

_KEPT_VARIABLES: Final = (
    "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_TIME", "TZ", "XDG_STATE_HOME", BASE_VARIABLE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """A daemon for one vault, as a service.

    Attributes:
        name: of the service, one for each vault: ASCII letters, digits and hyphens.
        vault: the folder to watch, absolute and real.
        command: the program with its arguments; the first is an absolute path.
        environment: the variables that the daemon needs beside those that the system gives it.
    """

    name: str
    vault: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def description(self) -> str:
        """What a list of services shows."""
        return f"vault-sync for {self.vault}"


def name_service(state: StateFolder) -> str:
    """Return the name of a vault's service, which is the same wherever the vault is called from."""
    return f"vault-sync-{state.path.name}"


def describe_service(
    vault: Path, state: StateFolder, watch_command: tuple[str, ...], environment: Mapping[str, str]
) -> ServiceUnit:
    """Return the service that keeps a vault fresh.

    Args:
        vault: its folder.
        state: its state folder.
        watch_command: the interpreter, and what it shall run, without the vault.
        environment: of the user's shell; the language, the zone and the state folder are kept from it.

    Raises:
        ServiceError: a path holds what no service file can.
    """
    real = vault.resolve()
    kept = {name: environment[name] for name in _KEPT_VARIABLES if environment.get(name)}
    unit = ServiceUnit(
        name=name_service(state),
        vault=real,
        command=(*watch_command, str(real)),
        environment={"PYTHONUTF8": "1", **kept},
    )
    for text in (*unit.command, *unit.environment.values()):
        _refuse_odd(text)
    return unit


def _refuse_odd(text: str) -> None:
    """Refuse what XML has no way to write: control characters, bytes that are no text, U+FFFE, U+FFFF."""
    if any(category(one) in {"Cc", "Cs"} or one in "\ufffe\uffff" for one in text):
        raise ServiceError(
            f"{make_printable(text)} has characters that no service file can hold;"
            " rename the folder, or run `vault-sync watch` in a terminal."
        )
