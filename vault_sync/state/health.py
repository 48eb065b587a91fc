"""The status file and the log file of the daemon, in the state folder.

It is only as true as the lock beside it (`vault_sync.state.folder`): a killed daemon leaves it
behind.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from vault_sync.errors import StateError
from vault_sync.files import platform

if TYPE_CHECKING:
    import logging
    from io import TextIOWrapper
    from pathlib import Path

    from vault_sync.state.folder import Holder, StateFolder


DaemonState = Literal[
    "starting", "scanning", "watching", "polling", "degraded", "paused", "stopped"
]
"""What a daemon may be doing; *degraded* is watching with less than it should have."""

DAEMON_STATES: Final[tuple[str, ...]] = get_args(DaemonState)
_NAME: Final = "daemon.json"
_MAX_BYTES: Final = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a daemon is. Times are ISO 8601 texts with their offset, empty for never.

    Attributes:
        pid: its process.
        vault: the folder it watches.
        started: when it began.
        state: what it is doing.
        reason: why it is in that state, a sentence; empty where it goes without saying.
        last_tick: when it last brought a new day into the notes.
        last_scan: when it last looked at all notes.
        notes: how many notes there were then.
        refreshed: how many notes it has written since it began.
        failed: how many notes it had to leave alone at its last look, because of problems.
        conflicts: how often a note changed under it since it began.
        rescues: how many rescue copies it has made since it began.
        paused_by: what it waits for, such as a git operation; empty where it waits for nothing.
        updated: when this was written.
    """

    pid: int
    vault: str
    started: str
    state: DaemonState = "starting"
    reason: str = ""
    last_tick: str = ""
    last_scan: str = ""
    notes: int = 0
    refreshed: int = 0
    failed: int = 0
    conflicts: int = 0
    rescues: int = 0
    paused_by: str = ""
    updated: str = ""


def describe_daemon(
    holder: Holder | None, health: Health | None, state: str, reason: str
) -> dict[str, object]:
    """Return how a daemon is as JSON has it; null for a moment or a process that is not known.

    Args:
        holder: which process it is; None where none runs.
        health: what it last said of itself.
        state: what it is doing, as far as it can be believed.
        reason: why; empty where it goes without saying.
    """
    said = health or Health(pid=0, vault="", started="")
    return {
        "running": holder is not None,
        "state": state,
        "reason": reason,
        "pid": (holder and holder.pid) or None,
        "host": (holder and holder.host) or None,
        "since": (holder and holder.since) or None,
        "last_tick": said.last_tick or None,
        "last_scan": said.last_scan or None,
        "updated": said.updated or None,
        "seen": said.notes,
        "refreshed": said.refreshed,
        "failed": said.failed,
        "conflicts": said.conflicts,
        "rescues": said.rescues,
    }


def write_health(state: StateFolder, health: Health) -> None:
    """Write the status file: readers see the old one or the new one, never half of it.

    It is not brought to the disk at once: after a power cut there is no daemon to speak of, and a
    laptop's disk may sleep.

    Args:
        state: the state folder; only the holder of the daemon's lock writes there.
        health: what to say.

    Raises:
        StateError: it could not be written; what was there is untouched.
    """
    place = find_health(state)
    fresh = place.with_suffix(".part")
    data = json.dumps(asdict(health), ensure_ascii=False, indent=1).encode("utf-8", "replace")
    try:
        with open(fresh, "wb", opener=platform.open_private) as stream:
            stream.write(data + b"\n")
        fresh.replace(place)
    except OSError as error:
        raise StateError(
            f"The status file {place} cannot be written ({error.strerror}); the notes are well."
        ) from error


def read_health(state: StateFolder) -> Health | None:
    """Return what the daemon of a vault last wrote, or None: it never did, or the file is damaged."""
    try:
        with find_health(state).open("rb") as file:
            said = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return _parse_health(said)


def find_health(state: StateFolder) -> Path:
    """Return the path of the status file, whether it is there or not."""
    return state.path / _NAME


def _parse_health(said: Any) -> Health | None:
    """Return the health that a value of JSON stands for; newer versions may say more."""
    if not isinstance(said, dict):
        return None
    known = {field.name: said[field.name] for field in fields(Health) if field.name in said}
    if not all(isinstance(value, _TYPES[name]) for name, value in known.items()):
        return None
    if not known.keys() >= {"pid", "vault", "started"} or known.get("state") not in DAEMON_STATES:
        return None
    return Health(**known)


_TYPES: Final = {field.name: int if field.type == "int" else str for field in fields(Health)}


# The log file of the daemon: in the state folder, never larger than its allowance.

_LOG_NAME: Final = "daemon.log"
_MAX_LOG_BYTES: Final = 1024 * 1024
_KEPT_FILES: Final = 4


def find_log(state: StateFolder) -> Path:
    """Return the path of the log file, whether it is there or not."""
    return state.path / _LOG_NAME


def open_log_file(state: StateFolder) -> logging.Handler:
    """Return a handler that appends to the log file of a vault and rotates it.

    Raises:
        StateError: the file cannot be written.
    """
    place = find_log(state)
    try:
        return _LogFile(place, maxBytes=_MAX_LOG_BYTES, backupCount=_KEPT_FILES, encoding="utf-8")
    except OSError as error:
        raise StateError(f"The log {place} cannot be written ({error.strerror}).") from error


class _LogFile(RotatingFileHandler):
    """A log file that never gets in the way of the work, and is made anew where it was deleted."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=platform.open_private)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, to the file that bears the name now."""
        if self.stream and not platform.bears_name(self.stream.fileno(), self.baseFilename):
            with suppress(OSError):
                self.stream.close()
            self.stream = None  # it is opened by the next line, as with `delay`
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Let a line go that a full disk did not take: stderr has it too."""

    def close(self) -> None:
        """Close the file, even where a full disk does not take what is left of it."""
        with suppress(OSError):
            super().close()
