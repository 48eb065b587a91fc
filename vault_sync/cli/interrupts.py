"""Ctrl-C, and whatever else asks a run to end: the notes in hand are finished first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXIT_CODE: Final = 130
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def finish_notes_in_hand() -> Iterator[Callable[[], bool]]:
    """Yield what says whether the run was asked to end; who asks a second time does not wait."""
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in _list_signals()}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _list_signals() -> list[signal.Signals]:
    """Return the signals that end a program, without those that whoever started it had it ignore."""
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [
        one
        for one in numbers
        if callable(signal.getsignal(one)) or signal.getsignal(one) is signal.SIG_DFL
    ]
