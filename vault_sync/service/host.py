"""Which service manager this computer has. Only this module of the service knows which system it is on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.files import platform
from vault_sync.service.launchd import Launchd
from vault_sync.service.manager import Runner, run_program
from vault_sync.service.schtasks import TaskScheduler
from vault_sync.service.systemd import Systemd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.service.manager import ServiceManager
    from vault_sync.state.folder import StateFolder


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
