"""Looks at the state folder, the daemon, git and the computer. Makes nothing, starts nothing of the vault's."""

from __future__ import annotations

import os
import socket
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.clock import read_clock
from vault_sync.doctor.copies import count_rescues
from vault_sync.doctor.facts import GitFacts, StateFacts, SystemFacts
from vault_sync.errors import GitError, RepositoryNotFoundError, ServiceError
from vault_sync.git.hooks import HooksFolder, find_hooks_folder, inspect_hook
from vault_sync.git.repository import find_repository
from vault_sync.service.host import find_interpreter, find_manager
from vault_sync.service.manager import Standing
from vault_sync.service.status import find_status
from vault_sync.service.unit import describe_service
from vault_sync.state.base import BASE_VARIABLE
from vault_sync.state.journal import Journal
from vault_sync.watch.mounts import find_silence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from vault_sync.state.folder import StateFolder
    from vault_sync.state.journal import RunSummary

_WATCH_LIMIT: Final = Path("/proc/sys/fs/inotify/max_user_watches")
_OTHERS: Final = 0o077


def look_at_state(root: str, state: StateFolder, now: datetime) -> StateFacts:
    """Return how the state folder and the daemon of a vault are.

    Args:
        root: the real path of the vault.
        state: where its state folder is or would be.
        now: the present.
    """
    standing = _ask_service(root, state)
    try:
        fault = _find_fault(root, state)
        if not fault and state.path.is_dir():
            return _look_inside(root, state, standing, now)
    except OSError as error:
        fault = f"The state folder {state.path} cannot be looked at ({error.strerror})."
    return StateFacts(path=str(state.path), fault=fault, is_installed=standing.is_installed)


def _look_inside(root: str, state: StateFolder, standing: Standing, now: datetime) -> StateFacts:
    status = find_status(root, state, "", standing, now)
    runs = Journal(state).runs()
    return StateFacts(
        path=str(state.path),
        is_there=True,
        is_open=os.name == "posix" and bool(state.path.stat().st_mode & _OTHERS),
        damaged=sum(not run.started for run in runs),
        rescues=count_rescues(state),
        rescue_folder=status.rescue_folder,
        daemon=status.state,
        reason=status.reason,
        holder_host=status.holder.host if status.holder else "",
        is_installed=standing.is_installed,
        last_run=_find_last(runs),
    )


def _ask_service(root: str, state: StateFolder) -> Standing:
    """Return what the service manager says of the vault's service; nothing where it cannot."""
    command = (find_interpreter(), "-P", "-m", "vault_sync", "watch")
    try:
        unit = describe_service(Path(root), state, command, os.environ)
        return find_manager(state).ask(unit)
    except ServiceError:
        return Standing(is_installed=False)


def _find_fault(root: str, state: StateFolder) -> str:
    """Return why the state folder cannot be used, as `open_state` would find, but making nothing."""
    if state.path.resolve().is_relative_to(root):
        return (
            f"The state folder {state.path} lies inside the vault, where it would be synced;"
            f" set {BASE_VARIABLE} to a folder outside."
        )
    folders = (state.path, state.journal, state.rescue)
    there = [folder for folder in folders if folder.exists()] or [_find_parent(state.path)]
    shut = [folder for folder in there if not os.access(folder, os.W_OK | os.X_OK)]
    return f"The folder {shut[0]} cannot be written; make it writable." if shut else ""


def _find_parent(path: Path) -> Path:
    return next(folder for folder in path.parents if folder.exists())


def _find_last(runs: Iterable[RunSummary]) -> datetime | None:
    """Return when the latest run began."""
    moments = []
    for run in runs:
        try:
            moments.append(datetime.fromisoformat(run.started).astimezone())
        except ValueError:
            continue
    return max(moments, default=None)


def look_at_git(root: str) -> GitFacts | None:
    """Return what there is of our hook in the repository around a vault; None where there is none."""
    try:
        repository = find_repository(Path(root))
        folder = find_hooks_folder(repository)
    except RepositoryNotFoundError:
        return None
    except GitError as error:
        return GitFacts(fault=str(error)) if _has_repository(root) else None
    state = inspect_hook(folder)
    usual = inspect_hook(HooksFolder(repository.common_dir / "hooks"))
    script = state.script or usual.script
    return GitFacts(
        is_installed=state.script is not None,
        is_skipped=state.script is None and usual.script is not None,
        is_broken=script is not None and not os.access(script.python, os.X_OK),
        hooks_folder=str(folder.path),
        origin=folder.origin,
    )


def _has_repository(root: str) -> bool:
    """Say whether there is a repository at all: without one, a missing git is no fault."""
    path = Path(root)
    return any((folder / ".git").exists() for folder in (path, *path.parents))


def look_at_system(root: str, zone: tzinfo | None) -> SystemFacts:
    """Return what matters of this computer.

    Args:
        root: the real path of the vault.
        zone: of the vault; None where none is configured.
    """
    here = read_clock(None)
    return SystemFacts(
        host=socket.gethostname(),
        now=here,
        offset=here.utcoffset() or timedelta(),
        vault_offset=here.astimezone(zone).utcoffset() if zone else None,
        max_watches=_read_watch_limit(),
        silence=find_silence(root),
    )


def _read_watch_limit() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        return int(_WATCH_LIMIT.read_text("ascii"))
    except (OSError, ValueError):
        return None
