"""What the daemon says: its status file, its log, and notices on the desktop."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from math import inf
from typing import TYPE_CHECKING, Final

from vault_sync.clock import write_moment
from vault_sync.errors import StateError
from vault_sync.i18n import choose_language
from vault_sync.state.folder import StateFolder, list_rescues
from vault_sync.state.health import Health, find_health, open_log_file, write_health
from vault_sync.text import make_printable, render_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_LONGEST_INTERVAL: Final = 1800.0
_SHORTEST_INTERVAL: Final = 5.0


@dataclass(slots=True)
class Reporter:
    """Keeps the status file.

    Attributes:
        state: the state folder.
        health: what was written last.
    """

    state: StateFolder
    health: Health
    _rescues_before: int = 0
    _written: float = -_LONGEST_INTERVAL
    _is_behind: bool = False

    def __post_init__(self) -> None:
        self._rescues_before = self._count_rescues()

    def update(self, health: Health, now: float, moment: datetime) -> None:
        """Write the status file if it says something new, but not for every single note.

        Args:
            health: without the number of rescue copies and the time.
            now: seconds of a steady clock.
            moment: the present.
        """
        is_other = (health.state, health.reason) != (self.health.state, self.health.reason)
        age = now - self._written
        is_new = self._is_new(health)
        is_lost = not find_health(self.state).exists()  # somebody has deleted the state folder
        is_due = (
            is_lost
            or is_other
            or age >= _LONGEST_INTERVAL
            or (is_new and age >= _SHORTEST_INTERVAL)
        )
        self._is_behind = is_new and not is_due
        if is_due:
            rescues = self._count_rescues() - self._rescues_before
            self.health = replace(health, rescues=max(0, rescues), updated=write_moment(moment))
            self._written = now
            with suppress(StateError):  # a full disk: the log has said so, the notes are well
                write_health(self.state, self.health)

    def next_update(self) -> float:
        """Return when what was held back is to be written; infinity where nothing was."""
        return self._written + _SHORTEST_INTERVAL if self._is_behind else inf

    def _is_new(self, health: Health) -> bool:
        last = self.health
        return replace(health, rescues=last.rescues, updated=last.updated) != last

    def _count_rescues(self) -> int:
        return len(list_rescues(self.state.rescue))


# The daemon's log: readable lines on stderr and in the state folder, or lines of JSON.
#
# A file name, a message of the system or a note may hold anything: what would steer a terminal or
# begin a line of its own is written as an escape, so a line of the log is always one that the
# daemon meant.

LOGGER_NAME: Final = "vault_sync.daemon"
_TRACE_INDENT: Final = "    | "


class TextFormatter(logging.Formatter):
    """Writes a record as a line that begins with its local time and its level."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; the lines of a traceback follow it, indented."""
        moment = _find_time(record).astimezone()
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname:<7} {_render_message(record)}"
        return "\n".join([line, *(_TRACE_INDENT + one for one in _list_trace(self, record))])


class JsonFormatter(logging.Formatter):
    """Writes a record as an object of JSON on a line: ``time``, ``level``, ``message``, ``trace``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; its time is local, with its offset."""
        entry: dict[str, object] = {
            "time": write_moment(_find_time(record).astimezone()),
            "level": record.levelname.lower(),
            "message": _render_message(record),
        }
        trace = _list_trace(self, record)
        return render_json(entry | ({"trace": trace} if trace else {}))


def open_log(state: StateFolder, *, as_json: bool) -> logging.Logger:
    """Return the daemon's logger, which writes to stderr and to the state folder.

    The file is rotated at 1 MiB, and four old ones are kept. Opening again closes what was open.

    Args:
        state: of the vault.
        as_json: write lines of JSON, for programs.

    Raises:
        StateError: the file cannot be written.
    """
    logger = logging.getLogger(LOGGER_NAME)
    close_log()
    formatter = JsonFormatter() if as_json else TextFormatter()
    handlers = [open_log_file(state)]
    if sys.stderr is not None:  # as it is for a program without a window on Windows
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


def close_log() -> None:
    """Close what `open_log` opened."""
    logger = logging.getLogger(LOGGER_NAME)
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()


def _find_time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _render_message(record: logging.LogRecord) -> str:
    """Return what it says, in the language of whoever started the daemon."""
    return make_printable(choose_language(None, os.environ).translate(record.getMessage()))


def _list_trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    if not record.exc_info:
        return []
    return [make_printable(line) for line in formatter.formatException(record.exc_info).split("\n")]


# A notice on the screen for each rescue copy, where the extra `notify` is installed.
#
# The log has said so already, so whatever goes wrong here is ignored.

_LIBRARY: Final = "desktop_notifier"
_PROGRAM: Final = "vault-sync"


def show_notice(title: str, message: str) -> None:
    """Show a notice on the screen; a screen that does not answer holds nobody up."""
    threading.Thread(target=_show, args=(title, message), daemon=True).start()


@dataclass(slots=True)
class RescueNotices:
    """Shows a notice for each new rescue copy.

    Attributes:
        folder: where rescue copies are kept.
        show: shows a title and a message.
    """

    folder: Path
    show: Callable[[str, str], None] = show_notice
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known = list_rescues(self.folder)

    def check(self) -> None:
        """Show the copies that came since the last check."""
        found = list_rescues(self.folder)
        for name in sorted(found - self._known):
            note = make_printable(name.partition(" ")[2])
            self.show(
                f"A rescue copy of {note}",
                f"You saved the note at the moment of a refresh. That version is kept as {make_printable(name)}"
                f" in {make_printable(str(self.folder))}.",
            )
        self._known = found


def _show(title: str, message: str) -> None:
    """Show a notice, if the library is there and the screen takes it."""
    # The library writes a traceback to its own log where there is no screen.
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL)
    with suppress(Exception):
        library = import_module(f"{_LIBRARY}.sync")
        library.DesktopNotifierSync(app_name=_PROGRAM).send(title=title, message=message)
