"""The daemon's log: readable lines on stderr and in the state folder, or lines of JSON.

A file name, a message of the system or a note may hold anything: what would steer a terminal or begin
a line of its own is written as an escape, so a line of the log is always one that the daemon meant.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from vault_sync.printable import make_printable, render_json
from vault_sync.state.logfile import open_log_file

if TYPE_CHECKING:
    from vault_sync.state.folder import StateFolder

LOGGER_NAME: Final = "vault_sync.watch"
_TRACE_INDENT: Final = "    | "


class TextFormatter(logging.Formatter):
    """Writes a record as a line that begins with its local time and its level."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; the lines of a traceback follow it, indented."""
        moment = _tell_time(record).astimezone()
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname:<7} {_tell_message(record)}"
        return "\n".join([line, *(_TRACE_INDENT + one for one in _list_trace(self, record))])


class JsonFormatter(logging.Formatter):
    """Writes a record as an object of JSON on a line: ``time``, ``level``, ``message``, ``trace``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; its time is in UTC."""
        told: dict[str, object] = {
            "time": _tell_time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": _tell_message(record),
        }
        trace = _list_trace(self, record)
        return render_json(told | ({"trace": trace} if trace else {}))


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


def _tell_time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _tell_message(record: logging.LogRecord) -> str:
    return make_printable(record.getMessage())


def _list_trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    if not record.exc_info:
        return []
    return [make_printable(line) for line in formatter.formatException(record.exc_info).split("\n")]
