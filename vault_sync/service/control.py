"""Installs, starts, stops and removes the service, with the service manager this computer has."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vault_sync.errors import ServiceError
from vault_sync.files import platform
from vault_sync.files.export import remove_file, replace_file
from vault_sync.service.manager import (
    Runner,
    ServiceManager,
    ServiceState,
    ServiceUnit,
    run_program,
)
from vault_sync.service.systems import Launchd, Systemd, TaskScheduler
from vault_sync.state.folder import Holder, StateFolder, find_daemon
from vault_sync.state.health import Health, describe_daemon, read_health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


_TIMEOUT: Final = 10.0
_STEP: Final = 0.05


@dataclass(frozen=True, slots=True)
class ServiceController:
    """The service of one vault.

    Attributes:
        unit: what it is.
        manager: who runs it.
        state: the state folder of the vault, in which its daemon writes.
        timeout: seconds to wait for the daemon to come or to go.
    """

    unit: ServiceUnit
    manager: ServiceManager
    state: StateFolder
    timeout: float = _TIMEOUT

    @property
    def file(self) -> Path:
        """The service's file."""
        return self.manager.find_file(self.unit)

    def install(self) -> bool:
        """Install the service and start it; say whether there was anything to do.

        Raises:
            ServiceError: there is no service manager, or it refused.
        """
        self.manager.require()
        data = self.manager.render(self.unit)
        if self._holds(data) and self._ask().is_installed and self.find_daemon():
            return False
        _write(self.file, data)
        self.manager.load(self.unit)
        return True

    def uninstall(self) -> bool:
        """Stop the service and take it away; say whether there was anything to take away.

        Raises:
            ServiceError: there is no service manager, or it refused; the file is still there then.
        """
        is_known = self._ask().is_installed
        if is_known:
            self.manager.unload(self.unit)
        try:
            was_there = remove_file(self.file)
        except OSError as error:
            raise ServiceError(
                f"{self.file} cannot be taken away ({error.strerror}); delete it yourself."
            ) from error
        if is_known:
            self.manager.tidy(self.unit)
        return is_known or was_there

    def start(self) -> None:
        """Start the service.

        Raises:
            ServiceError: it is not installed, or cannot be started.
        """
        self._require_installed()
        self.manager.start(self.unit)

    def stop(self) -> None:
        """Stop the service until the next start or login.

        Raises:
            ServiceError: it is not installed, or cannot be stopped.
        """
        self._require_installed()
        self.manager.stop(self.unit)

    def find_daemon(self) -> Holder | None:
        """Return the process of the daemon that runs now: that of the service, or one in a terminal."""
        return find_daemon(self.state)

    def await_daemon(self) -> Holder | None:
        """Wait until a daemon runs and return its process, None if none starts in time."""
        _wait(self.timeout, lambda: self.find_daemon() is not None)
        return self.find_daemon()

    def await_end(self) -> Holder | None:
        """Wait until no daemon runs; return the process of one that still does."""
        _wait(self.timeout, lambda: self.find_daemon() is None)
        return self.find_daemon()

    def _require_installed(self) -> None:
        self.manager.require()
        if not self._ask().is_installed:
            raise ServiceError(
                "There is no service for this vault; `vault-sync service install` makes one."
            )

    def _ask(self) -> ServiceState:
        return self.manager.ask(self.unit)

    def _holds(self, data: bytes) -> bool:
        try:
            return self.file.read_bytes() == data
        except OSError:
            return False


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, data, 0o600)
    except OSError as error:
        raise ServiceError(
            f"{os.fspath(file)} cannot be written ({error.strerror}); no service was installed."
        ) from error


def _wait(seconds: float, happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(_STEP)


# Which service manager this computer has. Only this module of the service knows which system it is
# on.


def find_manager(
    state: StateFolder, run: Runner = run_program, environment: Mapping[str, str] = os.environ
) -> ServiceManager:
    """Return the service manager of this computer, whether it answers or not.

    Args:
        state: the state folder of the vault.
        run: runs its programs.
        environment: of the user.
    """
    if sys.platform == "darwin":
        return Launchd(run, Path.home(), platform.effective_user() or 0)
    if sys.platform == "win32":
        return TaskScheduler(run, state.path, _name_account(environment))
    named = environment.get("XDG_CONFIG_HOME", "")
    # The XDG Base Directory Specification: a relative path counts as none.
    config = Path(named) if Path(named).is_absolute() else Path.home() / ".config"
    return Systemd(run, config)


def find_interpreter() -> str:
    """Return this Python, absolute; on Windows the one that opens no window."""
    python = Path(sys.executable)
    windowless = python.with_name("pythonw.exe")
    return str(windowless if windowless.exists() else python)


def _name_account(environment: Mapping[str, str]) -> str:
    domain, user = environment.get("USERDOMAIN", ""), environment.get("USERNAME", "")
    return f"{domain}\\{user}" if domain else user


# How the daemon of a vault is, checked against the lock that it must hold; and its log.

# A daemon that has nothing new to say repeats itself every half an hour.
_SILENCE: Final = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What is known of a vault's daemon. Times are ISO 8601 texts, empty for never or not known.

    Attributes:
        vault: the folder.
        is_running: a daemon runs for it, as a service or in a terminal.
        state: what it is doing, or ``stopped``; ``unknown`` where it does not say.
        reason: why; empty where it goes without saying.
        holder: which process it is.
        health: what the daemon last wrote of itself; it may have ended since.
        rescue_folder: where rescue copies are kept.
        rescue_copies: how many are there, whoever made them.
        manager: the name of the service manager.
        service: what the manager says of the service.
    """

    vault: str
    is_running: bool
    state: str
    reason: str
    holder: Holder | None
    health: Health | None
    rescue_folder: str
    rescue_copies: int
    manager: str
    service: ServiceState

    def as_json(self) -> dict[str, Any]:
        """Return the status as an object of JSON."""
        return {
            "vault": self.vault,
            "daemon": describe_daemon(self.holder, self.health, self.state, self.reason),
            "rescue_folder": self.rescue_folder,
            "rescue_copies": self.rescue_copies,
            "manager": self.manager,
            "service": {"installed": self.service.is_installed, "words": self.service.words},
        }


def find_status(
    vault: str, state: StateFolder, manager: str, service: ServiceState, now: datetime
) -> ServiceStatus:
    """Return how the daemon of a vault is.

    Args:
        vault: the folder, for the one who reads it.
        state: its state folder.
        manager: the name of the service manager.
        service: what it says.
        now: the present.
    """
    holder, health = find_daemon(state), read_health(state)
    doing, reason = _judge(holder, health, now)
    return ServiceStatus(
        vault=vault,
        is_running=holder is not None,
        state=doing,
        reason=reason,
        holder=holder,
        health=health,
        rescue_folder=str(state.rescue),
        rescue_copies=sum(1 for _ in state.rescue.glob("*")),
        manager=manager,
        service=service,
    )


def _judge(holder: Holder | None, health: Health | None, now: datetime) -> tuple[str, str]:
    """Return what the daemon is doing, and why, as far as its words can be believed."""
    if holder is None:
        if health is None or health.state == "stopped":
            return "stopped", health.reason if health else ""
        return "stopped", f"It was ended without a word; its last was at {health.updated[:16]}."
    if health is None or health.pid != holder.pid:
        return "unknown", "It has not said anything yet."
    silence = _measure_silence(health, now)
    if silence > _SILENCE:
        minutes = silence // timedelta(minutes=1)
        return (
            "unknown",
            f"It has said nothing for {minutes} minutes; before, it was {health.state}.",
        )
    return health.state, health.reason or health.paused_by


def _measure_silence(health: Health, now: datetime) -> timedelta:
    try:
        return now - datetime.fromisoformat(health.updated)
    except (ValueError, TypeError):
        return timedelta.max


# Reads the daemon's log: its last lines, and those that come.

_BLOCK: Final = 65536
_PAUSE: Final = 0.2
_Identity = tuple[int, int] | None


def read_last_lines(log: Path, number: int) -> list[str]:
    """Return the last lines of a log, the oldest first; none if there is no log.

    Args:
        log: its newest file; older lines lie in ``.1``, ``.2`` …, which are read where need be.
        number: how many lines.
    """
    found: list[str] = []
    for file in (log, *(log.with_name(f"{log.name}.{age}") for age in range(1, 10))):
        if len(found) >= number or not file.exists():
            break
        found = file.read_text("utf-8", "replace").splitlines() + found
    return found[-number:]


def follow_log(log: Path) -> Iterator[str]:
    """Return what is added to a log from now on, across its rotations, for ever.

    The file is not held open: on Windows it could not be rotated then.

    Returns:
        Whole lines with their line ends; an empty text where nothing has come for a while.
    """
    return _follow(log, *_identify(log))


def _follow(log: Path, identity: _Identity, place: int) -> Iterator[str]:
    rest = b""
    while True:
        data = _read_from(log, identity, place)
        if data is None:
            aside = log.with_name(f"{log.name}.1")
            data = _read_from(aside, identity, place) or b""
            identity, place = _identify(log)[0], 0
        else:
            place += len(data)
        lines, end, rest = (rest + data).rpartition(b"\n")
        yield (lines + end).decode("utf-8", "replace")
        if not data:
            time.sleep(_PAUSE)


def _identify(log: Path) -> tuple[_Identity, int]:
    """Return which file a log is now, and its length in bytes."""
    try:
        facts = log.stat()
    except OSError:
        return None, 0
    return (facts.st_dev, facts.st_ino), facts.st_size


def _read_from(log: Path, identity: _Identity, place: int) -> bytes | None:
    """Return what a log holds behind a place, None if it is not the file it was."""
    try:
        with log.open("rb") as file:
            facts = os.fstat(file.fileno())
            if (facts.st_dev, facts.st_ino) != identity:
                return None
            file.seek(place, os.SEEK_SET)
            return file.read(_BLOCK)
    except OSError:
        return b"" if identity is None else None
