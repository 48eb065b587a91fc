"""Tells the student on the screen about a rescue copy, where the extra ``notify`` is installed.

The log has said so already; whatever goes wrong here is nobody's trouble.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LIBRARY: Final = "desktop_notifier"
_PROGRAM: Final = "vault-sync"


def show_notice(title: str, message: str) -> None:
    """Show a notice on the screen; a screen that does not answer holds nobody up."""
    threading.Thread(target=_show, args=(title, message), daemon=True).start()


@dataclass(slots=True)
class RescueNotices:
    """Notices rescue copies that are new, and tells of them.

    Attributes:
        folder: where rescue copies are kept.
        show: shows a title and a message.
    """

    folder: Path
    show: Callable[[str, str], None] = show_notice
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known = self._list_copies()

    def look(self) -> None:
        """Tell of the copies that came since the last look."""
        found = self._list_copies()
        for name in sorted(found - self._known):
            note = make_printable(name.partition(" ")[2])
            self.show(
                f"A rescue copy of {note}",
                f"You saved the note at the moment of a refresh. That version is kept as {make_printable(name)}"
                f" in {make_printable(str(self.folder))}.",
            )
        self._known = found

    def _list_copies(self) -> set[str]:
        try:
            return set(os.listdir(self.folder))  # noqa: PTH208 - only names are wanted
        except OSError:
            return set()


def _show(title: str, message: str) -> None:
    """Show a notice, if the library is there and the screen takes it."""
    # The library writes a traceback to its own log where there is no screen.
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL)
    with suppress(Exception):
        library = import_module(f"{_LIBRARY}.sync")
        library.DesktopNotifierSync(app_name=_PROGRAM).send(title=title, message=message)
