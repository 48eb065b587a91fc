"""How the daemon learns of changes: by events (the only place that knows watchdog), by polling, or both.

Whatever goes wrong with events (a full queue, a limit on watches, a dead thread) is noticed and logged,
and scans make up for it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from vault_sync.daemon.guards import SOURCE_RETRY
from vault_sync.daemon.pauses import is_sync_work
from vault_sync.daemon.queue import ControlEvent, is_hidden, is_note_path, is_settings_path
from vault_sync.daemon.status import LOGGER_NAME
from vault_sync.text import make_printable, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from watchdog.observers.api import BaseObserver

    from vault_sync.daemon.queue import WatchEvent
    from vault_sync.state.health import DaemonState


_FOLDER_EVENTS: Final = (DirCreatedEvent, DirMovedEvent, DirDeletedEvent)
_NOTE_EVENTS: Final = (FileCreatedEvent, FileMovedEvent, FileDeletedEvent)
# Linux says when a writer has closed a file, so its single writes, and everybody's reading, need
# not fill the queue. Elsewhere only the writes come.
_WRITE_EVENT: Final = FileClosedEvent if sys.platform == "linux" else FileModifiedEvent
_DESCRIPTORS: Final = Path("/proc/self/fd")
_DETAILS: Final = Path("/proc/self/fdinfo")
_INOTIFY: Final = "anon_inode:inotify"


class EventsUnavailableError(Exception):
    """The system gives no events for this folder; the message is its reason."""


class EventSource:
    """Events of a vault, from the moment it is made until it is closed.

    Args:
        root: the folder of the vault.
        send: takes the events, from other threads.

    Raises:
        EventsUnavailableError: there are none to be had.
    """

    def __init__(self, root: str, send: Callable[[WatchEvent], None]) -> None:
        self._root = os.path.realpath(root)
        self._complaints = _ComplaintHandler(send)
        before = set(threading.enumerate())
        logging.getLogger("watchdog").addHandler(self._complaints)
        try:
            self._observer = _start(self._root, _Handler(self._root, send))
        except (OSError, RuntimeError) as error:
            self._unhook()
            reason = error.strerror if isinstance(error, OSError) else None
            raise EventsUnavailableError(reason or str(error)) from error
        self._threads = set(threading.enumerate()) - before
        self.identity = identify_folder(self._root)

    def is_alive(self) -> bool:
        """Say whether all threads are at work and the folder is still the one that is watched."""
        is_whole = all(thread.is_alive() for thread in self._threads)
        return is_whole and self.identity == identify_folder(self._root)

    def list_unwatched(self) -> list[str]:
        """Return folders with notes or room for notes that cause no events, relative to the vault.

        watchdog does not say when the system refuses a watch (the limit is
        ``fs.inotify.max_user_watches`` on Linux), so what is watched is read from proc(5).
        """
        watched = _list_watched()
        if watched is None or os.stat(self._root).st_ino not in watched:  # noqa: PTH116 - a str is at hand
            return []
        return [path for path, inode in _walk_folders(self._root) if inode not in watched]

    def close(self) -> None:
        """Stop watching."""
        self._observer.stop()
        self._observer.join()
        self._unhook()

    def _unhook(self) -> None:
        logging.getLogger("watchdog").removeHandler(self._complaints)


class _Handler(FileSystemEventHandler):
    """Sends events on as paths. Must not raise: that would end watchdog's thread for good."""

    def __init__(self, root: str, send: Callable[[WatchEvent], None]) -> None:
        self._start = root.rstrip(os.sep) + os.sep
        self._parts = [to_nfc(part) for part in Path(root).parts]
        self._send = send

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take an event."""
        try:
            moves = not isinstance(event, _WRITE_EVENT)
            for place in {os.fsdecode(event.src_path), os.fsdecode(event.dest_path)}:
                self._send_path(place, is_folder=event.is_directory, moves=moves)
        except Exception:  # whatever it was, a scan finds it
            logging.getLogger(LOGGER_NAME).exception("An event of the system could not be read:")
            self._send(ControlEvent.LOST)

    def _send_path(self, place: str, *, is_folder: bool, moves: bool) -> None:
        path = self._find_path(place)
        if path is None:
            return
        if not path:
            self._send(ControlEvent.ROOT)
        elif is_folder:
            if not is_hidden(path):
                self._send(ControlEvent.FOLDERS)
        elif is_note_path(path) or is_settings_path(path) or (moves and not is_hidden(path)):
            self._send(path)
        elif is_sync_work(path):
            self._send(ControlEvent.SYNC)

    def _find_path(self, place: str) -> str | None:
        """Return a path in the vault, None for a place outside.

        macOS gives the names of folders as they are on its disk, often in NFD, whatever form the user
        has typed.
        """
        if place.startswith(self._start):
            return place[len(self._start) :].replace(os.sep, "/")
        parts = Path(place).parts
        depth = len(self._parts)
        is_inside = [to_nfc(part) for part in parts[:depth]] == self._parts
        return "/".join(parts[depth:]) if is_inside else None


class _ComplaintHandler(logging.Handler):
    """Listens to watchdog's own complaints: they are its only way to say that events were lost."""

    def __init__(self, send: Callable[[WatchEvent], None]) -> None:
        super().__init__(logging.WARNING)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - whatever the complaint is
        """Take a complaint."""
        self._send(ControlEvent.LOST)


def _start(root: str, handler: _Handler) -> BaseObserver:
    # watchdog warns of watches that it sets twice, which does no harm.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
    observer = Observer()
    observer.schedule(
        handler, root, recursive=True, event_filter=[*_FOLDER_EVENTS, *_NOTE_EVENTS, _WRITE_EVENT]
    )
    try:
        observer.start()
    except BaseException:
        observer.stop()
        raise
    return observer


def identify_folder(root: str) -> tuple[int, int] | None:
    """Return what tells a folder from another that comes in its place, None where there is none."""
    try:
        facts = os.stat(root)  # noqa: PTH116 - a str is at hand
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _list_watched() -> set[int] | None:
    """Return the inodes of the folders that this process watches, None where the system does not say."""
    try:
        numbers = os.listdir(_DESCRIPTORS)  # noqa: PTH208 - names are wanted
    except OSError:
        return None
    return {inode for number in numbers for inode in _list_inodes(number)}


def _list_inodes(number: str) -> Iterator[int]:
    try:
        if os.readlink(_DESCRIPTORS / number) != _INOTIFY:  # noqa: PTH115 - no file of this name
            return
        text = (_DETAILS / number).read_text("ascii")
    except OSError:
        return
    for line in text.splitlines():
        if line.startswith("inotify "):
            yield int(line.partition("ino:")[2].partition(" ")[0], 16)


def _walk_folders(root: str) -> Iterator[tuple[str, int]]:
    for place, folders, _ in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            path = os.path.join(place, name)  # noqa: PTH118 - a str is at hand
            try:
                facts = os.lstat(path)
            except OSError:
                continue
            yield os.path.relpath(path, root).replace(os.sep, "/"), facts.st_ino


# Events, polling (a scan of all notes every few seconds), or both.

_SHORTEST_POLL: Final = 2.0
_LONGEST_POLL: Final = 60.0
_POLL_SHARE: Final = 50  # scans take a fiftieth of a core's time at the most
_DISTRUST: Final = 3600.0


@dataclass(slots=True)
class ChangeSource:
    """Tells the daemon what changes: opens the events and finds out whether they can be relied on.

    Attributes:
        root: the folder of the vault.
        is_wanted: whether events are wanted; the user may prefer polling.
        send: takes the events, from other threads.
        log: where each change of the reason goes.
        reason: why events are not relied on, a sentence; empty where they are, or were not wanted.
    """

    root: str
    is_wanted: bool
    send: Callable[[WatchEvent], None]
    log: logging.Logger
    reason: str = ""
    _source: EventSource | None = None
    _distrusted_until: float = 0.0
    _retry_at: float = field(default=0.0)

    @property
    def state(self) -> DaemonState:
        """What the status file calls it."""
        if self._source is None:
            return "polling"
        return "degraded" if self.reason else "watching"

    def find_poll_interval(self, took: float) -> float | None:
        """Return after how many seconds all notes are scanned again, None where events suffice.

        Args:
            took: how long the last scan took, in seconds.
        """
        if self._source and not self.reason:
            return None
        return min(max(_SHORTEST_POLL, took * _POLL_SHARE), _LONGEST_POLL)

    def open(self, now: float) -> None:
        """Begin to watch; where that cannot be, log the reason and poll."""
        if not self.is_wanted:
            return
        self._retry_at = now + SOURCE_RETRY
        try:
            self._source = EventSource(self.root, self.send)
        except EventsUnavailableError as error:
            self._change_reason(
                f"The system gives no events for this vault ({error}), so all notes are looked at every few seconds."
            )
            return
        self.check(now)

    def close(self) -> None:
        """Stop watching."""
        if self._source:
            self._source.close()
            self._source = None

    def renew(self, now: float) -> bool:
        """Begin anew where the source has died, or may work by now; say whether events may be lost."""
        if not self.is_wanted or (self._source and self._source.is_alive()):
            return False
        if self._source is None and now < self._retry_at:
            return False
        had_one = self._source is not None
        self.close()
        self.open(now)
        return had_one

    def report_missing(self, path: str, now: float) -> None:
        """Distrust the events for an hour, as a note had changed without one."""
        if self._source:
            self._distrusted_until = now + _DISTRUST
            self.log.warning("No event told that %s has changed.", make_printable(path))
            self.check(now)

    def check(self, now: float) -> None:
        """Find out whether events can be relied on."""
        if self._source:
            self._change_reason(self._find_fault(self._source, now))

    def _find_fault(self, source: EventSource, now: float) -> str:
        place = find_eventless_mount(os.path.realpath(self.root))
        if place:
            return f"The vault lies in {place}, where changes may come without an event, so all notes are looked at every few seconds."
        try:
            unwatched = source.list_unwatched()
        except OSError:  # the vault has just gone; the next check notices
            unwatched = []
        if unwatched:
            return (
                f"The system watches only some of the folders (not {make_printable(unwatched[0])},"
                f" {len(unwatched)} in all), so all notes are looked at every few seconds. On Linux a"
                " larger fs.inotify.max_user_watches helps."
            )
        if now < self._distrusted_until:
            return "Changes came without an event, so all notes are looked at every few seconds."
        return ""

    def _change_reason(self, reason: str) -> None:
        if reason and reason != self.reason:
            self.log.warning("%s", reason)
        elif self.reason and not reason:
            self.log.info("Events come for the whole vault again.")
        self.reason = reason


# File systems on which other computers, or another system beside this one, write without an event.

_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_EVENTLESS: Final = {
    "9p": "a folder of another system, such as /mnt/c under WSL",
    "drvfs": "a Windows folder under WSL",
    "cifs": "a network share",
    "smb3": "a network share",
    "nfs": "a network share",
    "nfs4": "a network share",
    "ceph": "a network share",
    "afs": "a network share",
    "ncpfs": "a network share",
    "virtiofs": "a folder of the host of this machine",
    "vboxsf": "a folder of the host of this machine",
    "prl_fs": "a folder of the host of this machine",
    "fuse.vmhgfs-fuse": "a folder of the host of this machine",
    "fuse.grpcfuse": "a folder of the host of this machine",
    "fuse.sshfs": "a network share",
    "fuse.rclone": "a cloud drive",
    "fuse.davfs": "a network share",
    "davfs": "a network share",
}
"""Types of Linux mounts (proc(5), mountinfo) whose other writers cause no event here."""


def find_eventless_mount(root: str) -> str | None:
    """Return what kind of place a vault lies in, where changes may come without events.

    Args:
        root: the real path of the vault.

    Returns:
        A noun such as "a network share", None for a disk of this computer.
    """
    if sys.platform == "win32":
        return "a network share" if root.startswith(("\\\\", "//")) else None
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    return _EVENTLESS.get(find_mount_type(lines, root))


def find_mount_type(lines: list[str], root: str) -> str:
    """Return the type of the file system that a path lies in; empty where it is not known.

    Args:
        lines: of ``/proc/self/mountinfo``; of two mounts at one place the later one counts.
        root: the real path.
    """
    best, kind = "", ""
    for line in lines:
        before, _, behind = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not behind:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        inside = root == point or root.startswith(point.rstrip("/") + os.sep)
        if inside and len(point) >= len(best):
            best, kind = point, behind.split(" ")[0]
    return kind
