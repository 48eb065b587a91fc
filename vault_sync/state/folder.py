"""The state folder of a vault: journals and rescue copies, outside the vault, for this user alone.

Nothing else outside the vault is ever written.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import DaemonRunningError, StateError
from vault_sync.files import platform
from vault_sync.files.export import sync_folder, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator


_NAME_FILE = "vault.json"
SETTLED = "-copy"
"""Follows the id of the run in the names of rescue copies that were conflict copies, or took one in."""


class StateFolder(NamedTuple):
    """Where vault-sync remembers what it did to one vault.

    Attributes:
        path: the folder; only its owner may look into it.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """The folder of the journals."""
        return self.path / "journal"

    @property
    def rescue(self) -> Path:
        """The folder of the rescue copies."""
        return self.path / "rescue"


def open_state(vault: Path) -> StateFolder:
    """Make the state folder of a vault, or find it again.

    It lies in the user's state folder (platformdirs: ``~/.local/state/vault-sync`` on Linux), or in
    the folder that the environment variable VAULT_SYNC_STATE names, under a name made from the real
    path of the vault.

    Raises:
        StateError: if it would lie inside the vault, or cannot be made or written.
    """
    real = vault.resolve()
    state = locate_state(real)
    if state.path.resolve().is_relative_to(real):
        raise StateError(
            f"The state folder {state.path} lies inside the vault, where it would be synced;"
            f" set {BASE_VARIABLE} to a folder outside."
        )
    try:
        _make_folders(state)
        _name_vault(state, real)
    except OSError as error:
        raise StateError(
            f"The state folder {state.path} cannot be used ({error.strerror}); no note was changed."
            f" Make it writable, or set {BASE_VARIABLE} to another folder."
        ) from error
    return state


def list_gone_vaults(state: StateFolder) -> list[tuple[str, str]]:
    """Return the vaults that have runs but are not at their path any more, with their state folders.

    Args:
        state: of another vault; those beside it are looked at. The one written to last comes first.
    """
    found: list[tuple[float, str, str]] = []
    for label in state.path.parent.glob(f"*/{_NAME_FILE}"):
        folder = StateFolder(label.parent)
        try:
            vault = json.loads(label.read_text("utf-8"))["vault"]
            runs = any(folder.journal.iterdir())
            if isinstance(vault, str) and runs and not os.path.lexists(vault):
                found.append((folder.journal.stat().st_mtime, vault, str(folder.path)))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return [(vault, path) for _, vault, path in sorted(found, reverse=True)]


def list_rescues(folder: Path) -> set[str]:
    """Return the names of the rescue copies that somebody should look at: settled conflict copies need nobody."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - only names are wanted
    except OSError:
        return set()
    return {name for name in names if not _is_settled(name.partition(" ")[0])}


def _is_settled(start: str) -> bool:
    return start.rpartition("-")[0].endswith((SETTLED, "-doctor"))


def locate_state(vault: Path) -> StateFolder:
    """Return where the state folder of a vault is or would be; nothing is made, nothing looked at."""
    name = hashlib.sha256(os.fsencode(vault.resolve())).hexdigest()[:16]
    return StateFolder(Path(find_base(), name))


def _make_folders(state: StateFolder) -> None:
    state.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (state.path, state.journal, state.rescue):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            # A journal that is safe in a folder that is not would be lost by a power cut all the same.
            sync_folder(folder.parent)


def _name_vault(state: StateFolder, vault: Path) -> None:
    """Leave a note about whose state this is, for a person who looks into the folder."""
    label = state.path / _NAME_FILE
    if not label.exists():
        text = json.dumps({"vault": str(vault)}) + "\n"
        with open(label, "w", encoding="utf-8", opener=platform.open_private) as stream:
            stream.write(text)


BASE_VARIABLE = "VAULT_SYNC_STATE"
_UNUSUAL = frozenset({"ANDROID_DATA", "XDG_STATE_HOME"})


def find_base() -> str:
    """Return the absolute path of the folder of all state folders; nothing is made or looked at.

    It is the user's state folder (platformdirs: ``~/.local/state/vault-sync`` on Linux), or the
    folder that the environment variable VAULT_SYNC_STATE names.
    """
    named = os.environ.get(BASE_VARIABLE)
    if named:
        return os.path.abspath(named)  # noqa: PTH100 - pathlib takes long to load
    if sys.platform == "linux" and not _UNUSUAL & os.environ.keys():
        # What platformdirs says here, too; to load it takes as long as a hook may take in all.
        return os.path.expanduser("~/.local/state/vault-sync")  # noqa: PTH111 - as above
    import platformdirs  # noqa: PLC0415 - for a quick start

    return platformdirs.user_state_dir("vault-sync")


# The lock that lets one daemon at a time run for a vault, and says which process it is.
#
# The lock is the operating system's: it ends with the process, however that ends. The words in the
# file are only for the one who is refused.

_NAME: Final = "daemon.lock"
_MAX_BYTES: Final = 4096
# `find_daemon` holds the lock for microseconds; a daemon that starts just then tries again.
_TRIES: Final = 10
_PAUSE: Final = 0.02


class Holder(NamedTuple):
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
    import socket  # noqa: PLC0415 - for a quick start

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
    write_all(descriptor, json.dumps(holder._asdict()).encode())


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
