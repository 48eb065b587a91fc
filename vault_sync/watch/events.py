"""What the system tells of changes in a vault. The only place that knows watchdog.

Events are hints. Whatever goes wrong with them (a full queue, a limit on watches, a dead thread) is
noticed and told, and scans make up for it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
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

from vault_sync.nfc import to_nfc
from vault_sync.watch.hints import Alarm, is_hidden, is_note_path, is_settings_path
from vault_sync.watch.logs import LOGGER_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from watchdog.observers.api import BaseObserver

    from vault_sync.watch.hints import Hint

_FOLDER_EVENTS: Final = (DirCreatedEvent, DirMovedEvent, DirDeletedEvent)
_NOTE_EVENTS: Final = (FileCreatedEvent, FileMovedEvent, FileDeletedEvent)
# Linux tells when a writer has closed a file, so its single writes, and everybody's reading, need
# not fill the queue. Elsewhere only the writes are told.
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
        send: takes hints, from other threads.

    Raises:
        EventsUnavailableError: there are none to be had.
    """

    def __init__(self, root: str, send: Callable[[Hint], None]) -> None:
        self._root = os.path.realpath(root)
        self._alarm = _AlarmHandler(send)
        before = set(threading.enumerate())
        logging.getLogger("watchdog").addHandler(self._alarm)
        try:
            self._observer = _start(self._root, _Handler(self._root, send))
        except (OSError, RuntimeError) as error:
            self._unhook()
            reason = error.strerror if isinstance(error, OSError) else None
            raise EventsUnavailableError(reason or str(error)) from error
        self._threads = set(threading.enumerate()) - before
        self.identity = _identify(self._root)

    def is_alive(self) -> bool:
        """Say whether all threads are at work and the folder is still the one that is watched."""
        is_whole = all(thread.is_alive() for thread in self._threads)
        return is_whole and self.identity == _identify(self._root)

    def list_unwatched(self) -> list[str]:
        """Return folders with notes or room for notes that cause no events, relative to the vault.

        watchdog does not tell when the system refuses a watch (the limit is
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
        logging.getLogger("watchdog").removeHandler(self._alarm)


class _Handler(FileSystemEventHandler):
    """Turns events into hints. Must not raise: that would end watchdog's thread for good."""

    def __init__(self, root: str, send: Callable[[Hint], None]) -> None:
        self._start = root.rstrip(os.sep) + os.sep
        self._way = [to_nfc(part) for part in Path(root).parts]
        self._send = send

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take an event."""
        try:
            for place in {os.fsdecode(event.src_path), os.fsdecode(event.dest_path)}:
                self._tell(place, is_folder=event.is_directory)
        except Exception:  # whatever it was, a scan finds it
            logging.getLogger(LOGGER_NAME).exception("An event of the system could not be read:")
            self._send(Alarm.LOST)

    def _tell(self, place: str, *, is_folder: bool) -> None:
        path = self._relate(place)
        if path is None:
            return
        if not path:
            self._send(Alarm.ROOT)
        elif is_folder:
            if not is_hidden(path):
                self._send(Alarm.FOLDERS)
        elif is_note_path(path) or is_settings_path(path):
            self._send(path)

    def _relate(self, place: str) -> str | None:
        """Return a path in the vault, None for a place outside.

        macOS tells the names of folders as they are on its disk, often in NFD, whatever form the user
        has typed.
        """
        if place.startswith(self._start):
            return place[len(self._start) :].replace(os.sep, "/")
        parts = Path(place).parts
        depth = len(self._way)
        is_inside = [to_nfc(part) for part in parts[:depth]] == self._way
        return "/".join(parts[depth:]) if is_inside else None


class _AlarmHandler(logging.Handler):
    """Listens to watchdog's own complaints: they are its only way to say that events were lost."""

    def __init__(self, send: Callable[[Hint], None]) -> None:
        super().__init__(logging.WARNING)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - whatever the complaint is
        """Take a complaint."""
        self._send(Alarm.LOST)


def _start(root: str, handler: _Handler) -> BaseObserver:
    # watchdog warns of watches that it sets twice, which does no harm.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
    observer = Observer()
    observer.schedule(
        handler,
        root,
        recursive=True,
        event_filter=[*_FOLDER_EVENTS, *_NOTE_EVENTS, _WRITE_EVENT],
    )
    try:
        observer.start()
    except BaseException:
        observer.stop()
        raise
    return observer


def _identify(root: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(root)  # noqa: PTH116 - a str is at hand
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _list_watched() -> set[int] | None:
    """Return the inodes of the folders that this process watches, None where that is not told."""
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
