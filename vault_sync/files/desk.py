"""What the write protocol needs besides the notes: who writes, how long to wait, where to rescue."""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.files.rescue import RescueShelf


class Step(Enum):
    """The moments of the protocol between which another program may come in."""

    PREPARED = "the new text is in a file of its own"
    SYNCED = "and would survive a power cut"
    COMPARED = "the note still was what had been read; the swap comes next"
    SWAPPED = "the note is new, what it was lies aside unseen"
    VERIFIED = "what lies aside is what had been read"
    FOLDER_SYNCED = "the swap would survive a power cut"
    LOOKED = "what lies aside has been read again, nobody is writing it; it goes next"
    GIVEN_BACK = "a foreign version has just been put back"


class Steps(Protocol):
    """Somebody who is told when a step is reached: a log, or a test that plays another program."""

    def __call__(self, step: Step, path: str, /) -> None:
        """Take note that a step of the work on a note is reached."""


def tell_nobody(_step: Step, _path: str) -> None:
    """Be the `Steps` of those who do not want to know."""


class Desk(NamedTuple):
    """The circumstances of one run's writes.

    Attributes:
        run_id: of the journal; it is part of the names of our own files.
        shelf: where rescue copies go.
        jobs: how many files are brought to the disk at the same time.
        grace: seconds to wait for a program that still has a displaced note open for writing.
        blind_grace: seconds to wait, once per batch, where the system cannot tell whether one has.
        steps: is told about each step.
        sleep: waits for some seconds.
    """

    run_id: str
    shelf: RescueShelf
    jobs: int = 8
    grace: float = 5.0
    blind_grace: float = 2.0
    steps: Steps = tell_nobody
    sleep: Callable[[float], None] = time.sleep
