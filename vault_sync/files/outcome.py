"""What the write protocol is given, and how each note ended, in words for the user."""

from __future__ import annotations

import errno
import time
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vault_sync.errors import NoteChangedError, NoteError, Problem, describe, explain_write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vault_sync.files.export import RescueFolder
    from vault_sync.files.read import NoteBytes, Signature


CHANGED_MEANWHILE = Problem(
    "Another program changed this note while it was being refreshed; its version stays."
)
KEPT_OPEN = Problem("Another program has this note open for writing, so it was left as it was.")
_MOVED_AWAY = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ESTALE}
)


class WriteStatus(Enum):
    """How the replacement of a note ended. The values are those of the journal."""

    WRITTEN = "written"
    CHANGED = "changed"
    FAILED = "failed"
    STOPPED = "stopped"


class Replacement(NamedTuple):
    """A new text for a note.

    Attributes:
        path: of the note, relative to the vault.
        old: the note as it was read; the new text is for this version only.
        new: all bytes of the new text.
        by_person: somebody asked for this very edit, so it gets the date of its writing; any other
            gets the one after that of the old version (see `vault_sync.files.prepare`).
    """

    path: str
    old: NoteBytes
    new: bytes
    by_person: bool = False


class Outcome(NamedTuple):
    """How the replacement of a note ended.

    Attributes:
        path: of the note.
        status: WRITTEN; CHANGED where another program was there first (plan again); FAILED where
            nothing was done; STOPPED where its turn did not come, as the run was asked to end.
        problem: what there is to say to the user, or None.
        rescue: where bytes of another program were kept that could not stay in the note.
        signature: of our file in the note's place, where that is all there is.
    """

    path: str
    status: WriteStatus
    problem: Problem | None = None
    rescue: Path | None = None
    signature: Signature | None = None


def describe_rescue(rescue: Path | None) -> Problem | None:
    """Return the sentence that leads to a rescue copy, or None where there is none."""
    if rescue is None:
        return None
    return Problem(
        "Another program wrote this note at the same moment; the version that is not in the note"
        f" is kept in “{rescue}”. Compare the two."
    )


def explain(path: str, error: OSError | NoteError) -> Outcome:
    """Return the outcome of a note that is as it was."""
    cause = error.__cause__ if isinstance(error, NoteError) else error
    if isinstance(error, NoteChangedError) or (
        isinstance(cause, OSError) and cause.errno in _MOVED_AWAY
    ):
        return Outcome(path, WriteStatus.CHANGED, CHANGED_MEANWHILE)
    problem = error.problem if isinstance(error, NoteError) else Problem(explain_write(error))
    return Outcome(path, WriteStatus.FAILED, problem)


def explain_displaced(path: str, name: str, error: OSError) -> Outcome:
    """Return the outcome of a note that is new, but whose earlier version could not be dealt with.

    Args:
        path: of the note.
        name: the dot-name of the earlier version.
        error: what the system said.
    """
    message = (
        f"The earlier version of the note could not be dealt with ({describe(error)});"
        f" it stays beside the note as “{name}” until the next run."
    )
    return Outcome(path, WriteStatus.WRITTEN, Problem(message))


# What the write protocol needs besides the notes: which run writes, how long to wait, where rescue copies go.


class WriteStep(Enum):
    """The moments of the protocol between which another program may come in."""

    PREPARED = "the new text is in a file of its own"
    SYNCED = "and would survive a power cut"
    COMPARED = "the note still was what had been read; the swap comes next"
    SWAPPED = "the note is new, what it was lies aside unseen"
    VERIFIED = "what lies aside is what had been read"
    FOLDER_SYNCED = "the swap would survive a power cut"
    LOOKED = "what lies aside has been read again, nobody is writing it; it goes next"
    GIVEN_BACK = "a foreign version has just been put back"


class StepListener(Protocol):
    """Called when a step is reached: a log, or a test that acts as another program."""

    def __call__(self, step: WriteStep, path: str, /) -> None:
        """Handle that a step of the work on a note is reached."""


def ignore_step(_step: WriteStep, _path: str) -> None:
    """Do nothing at a step."""


def never_stop() -> bool:
    """Go on to the last note."""
    return False


class WriteContext(NamedTuple):
    """What the writes of one run have in common.

    Attributes:
        run_id: of the journal; it is part of the names of our own files.
        rescue_folder: where rescue copies go.
        jobs: how many files are brought to the disk at the same time.
        grace: seconds to wait for a program that still has a displaced note open for writing.
        blind_grace: seconds to wait, once per batch, where the system cannot tell whether one has.
        steps: is called at each step.
        sleep: waits for some seconds.
        is_stopped: says whether no further note is to be begun.
    """

    run_id: str
    rescue_folder: RescueFolder
    jobs: int = 8
    grace: float = 5.0
    blind_grace: float = 2.0
    steps: StepListener = ignore_step
    sleep: Callable[[float], None] = time.sleep
    is_stopped: Callable[[], bool] = never_stop
