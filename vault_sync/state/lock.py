"""The lock that lets one daemon at a time run for a vault, and says which process it is.

The lock is the operating system's: it ends with the process, however that ends. The words in the
file are only for the one who is refused.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.errors import DaemonRunningError, StateError
from vault_sync.files import platform
from vault_sync.files.export import write_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.state.folder import StateFolder

_NAME: Final = "daemon.lock"
_MAX_BYTES: Final = 4096
# `find_daemon` holds the lock for microseconds; a daemon that starts just then tries again.
_TRIES: Final = 10
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock of a vault.

    Attributes:
        pid: its process, 0 where it has not said so yet.
        since: when it began, in ISO 8601; empty where it has not said so.
        host: the name of its computer, as the state folder may be shared.
    """

    pid: int = 0
    since: str = ""
    host: str = ""


class DaemonLock:
    """The lock while this process holds it."""

    def __init__(self, state: StateFolder, holder: Holder) -> None:
        """Take the lock.

        Args:
            state: the state folder of the vault.
            holder: this process.

        Raises:
            DaemonRunningError: another process holds it; says who.
            StateError: there can be no lock in this state folder.
        """
        self._state = state
        self._holder = holder
        self._descriptor = _acquire(state, holder)

    def is_held(self) -> bool:
        """Say whether others see it: its file, or the whole folder, may have been deleted or replaced."""
        return platform.bears_name(self._descriptor, _find_lock(self._state))

    def renew(self) -> None:
        """Take the lock of the file that bears the name now, or make one.

        Raises:
            DaemonRunningError: another process holds it; says who.
            StateError: there can be no lock in this state folder.
        """
        fresh = _acquire(self._state, self._holder)
        self.close()
        self._descriptor = fresh

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


@contextmanager
def hold_daemon_lock(state: StateFolder, started: str) -> Iterator[DaemonLock]:
    """Hold the lock of a vault's only daemon while the context lasts.

    Args:
        state: the state folder of the vault.
        started: when this daemon began, in ISO 8601, for the one who is refused.

    Raises:
        DaemonRunningError: another process holds the lock; says who.
        StateError: there can be no lock in this state folder.
    """
    lock = DaemonLock(state, Holder(os.getpid(), started, socket.gethostname()))
    try:
        yield lock
    finally:
        lock.close()


def find_daemon(state: StateFolder) -> Holder | None:
    """Return the process of the daemon that runs for a vault, or None where there is none."""
    try:
        descriptor = os.open(_find_lock(state), platform.READ_FLAGS)
    except OSError:
        return None
    try:
        return None if platform.try_lock(descriptor) else _read_holder(descriptor)
    finally:
        os.close(descriptor)


def _acquire(state: StateFolder, holder: Holder) -> int:
    """Return the lock's file, locked and signed."""
    descriptor = _open_lock(state)
    try:
        _claim(descriptor, state, holder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _claim(descriptor: int, state: StateFolder, holder: Holder) -> None:
    if not _take_lock(descriptor):
        raise DaemonRunningError(_describe(_read_holder(descriptor)))
    if not platform.bears_name(descriptor, _find_lock(state)):
        raise StateError(
            f"The lock {_find_lock(state)} was deleted at the moment it was taken; try again."
        )
    _sign(descriptor, holder)


def _find_lock(state: StateFolder) -> Path:
    return state.path / _NAME


def _open_lock(state: StateFolder) -> int:
    place = _find_lock(state)
    try:
        return os.open(place, platform.READ_FLAGS | os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateError(
            f"The lock {place} cannot be made ({error.strerror}), so no daemon was started."
        ) from error


def _take_lock(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if platform.try_lock(descriptor):
            return True
        time.sleep(_PAUSE)
    return False


def _sign(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    write_all(descriptor, json.dumps(asdict(holder)).encode())


def _read_holder(descriptor: int) -> Holder:
    """Return who signed the lock, as far as it can be read: its holder may just be signing."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        match json.loads(os.read(descriptor, _MAX_BYTES)):
            case {"pid": int(pid), "since": str(since), "host": str(host)}:
                return Holder(pid, since, host)
    except (OSError, ValueError, RecursionError):
        pass
    return Holder()


def _describe(holder: Holder) -> str:
    who = f"process {holder.pid} on {holder.host}" if holder.pid else "a process that is starting"
    since = f", since {holder.since[:16].replace('T', ' ')}" if holder.since else ""
    return (
        f"Another daemon already looks after this vault: {who}{since}. One is enough;"
        " `vault-sync service status` says how it is."
    )
