"""The log file of the daemon: in the state folder, never larger than its allowance."""

from __future__ import annotations

from contextlib import suppress
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

from vault_sync.errors import StateError
from vault_sync.files import platform

if TYPE_CHECKING:
    import logging
    from io import TextIOWrapper
    from pathlib import Path

    from vault_sync.state.folder import StateFolder

_NAME: Final = "daemon.log"
_MAX_BYTES: Final = 1024 * 1024
_KEPT_FILES: Final = 4


def find_log(state: StateFolder) -> Path:
    """Return the path of the log file, whether it is there or not."""
    return state.path / _NAME


def open_log_file(state: StateFolder) -> logging.Handler:
    """Return a handler that appends to the log file of a vault and rotates it.

    Raises:
        StateError: the file cannot be written.
    """
    place = find_log(state)
    try:
        return _LogFile(place, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8")
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
