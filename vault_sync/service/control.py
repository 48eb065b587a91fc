"""Installs, starts, stops and removes the service, with the service manager this computer has."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import ServiceError
from vault_sync.files import platform
from vault_sync.files.export import remove_file, replace_file
from vault_sync.service.launchd import Launchd
from vault_sync.service.manager import Runner, run_program
from vault_sync.service.systemd import Systemd
from vault_sync.service.task_scheduler import TaskScheduler
from vault_sync.state.folder import Holder, find_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_sync.service.manager import ServiceManager, ServiceState, ServiceUnit
    from vault_sync.state.folder import StateFolder


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
    state: StateFolder,
    run: Runner = run_program,
    environment: Mapping[str, str] = os.environ,
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
