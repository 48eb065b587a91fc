"""What became of the notes: results one by one, their counts, and the exit code of the whole."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from vault_sync.errors import NoteError
from vault_sync.text import quote_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.errors import Problem
    from vault_sync.files.read import Signature
    from vault_sync.plan.note_plan import Change


STALE_EXIT_CODE: Final = 1


class Status(StrEnum):
    """What became of a note."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    STALE = "stale"
    SKIPPED = "skipped"
    FAILED = "failed"
    CONFLICT = "conflict"


class NoteResult(NamedTuple):
    """What became of one note.

    Attributes:
        path: in the vault, with ``/`` between folders.
        status: what became of it.
        changes: the derived properties that were, or would be, written.
        problems: what was left alone, and why.
        diff: the unified diff, where one was asked for.
        reason: why a skipped note was skipped.
        exit_code: what this note makes the command end with, if it is the worst.
        signature: of the file that was written, where it still bears the note's name.
    """

    path: str
    status: Status
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    diff: str = ""
    reason: str = ""
    exit_code: int = 0
    signature: Signature | None = None

    @property
    def is_unread(self) -> bool:
        """Nobody could read the note, so no more is known of it: what is wrong with values asks for no exit code."""
        return self.status is Status.FAILED and self.exit_code == NoteError.exit_code

    @property
    def is_in_part(self) -> bool:
        """Some properties of the note were left alone, the rest of it was not."""
        return (
            bool(self.problems)
            and not self.exit_code
            and all(one.property for one in self.problems)
        )


class Listener(Protocol):
    """Takes the result of every note as soon as it is there, so that no results need to be kept."""

    def note_done(self, result: NoteResult) -> None:
        """Take what became of a note that some rule governs."""

    def progress(self, count: int) -> None:
        """Take how many more notes have been looked at."""


class Summary:
    """Counts of a run.

    Attributes:
        seen: notes looked at.
        by_status: how many ended in which status; notes that no rule governs count in none.
        properties: derived properties that were, or would be, written.
        problems: problems reported.
        troubled: notes of which a problem was reported.
        in_part: how many of these were left alone in part only, by status.
        exit_code: the worst that any note asked for.
        is_stopped: the run was asked to end, and ended before its last note.
    """

    __slots__ = (
        "by_status",
        "exit_code",
        "in_part",
        "is_stopped",
        "problems",
        "properties",
        "seen",
        "troubled",
    )

    def __init__(self) -> None:
        self.seen = 0
        self.by_status = dict.fromkeys(Status, 0)
        self.properties = 0
        self.problems = 0
        self.troubled = 0
        self.in_part = dict.fromkeys(Status, 0)
        self.exit_code = 0
        self.is_stopped = False

    def add(self, result: NoteResult) -> None:
        """Count one result."""
        self.by_status[result.status] += 1
        self.properties += len(result.changes)
        self.exit_code = max(self.exit_code, result.exit_code)
        if result.problems:
            self.problems += len(result.problems)
            self.troubled += 1
            self.in_part[result.status] += result.is_in_part
            self.exit_code = max(self.exit_code, NoteError.exit_code)


# Unified diffs of notes, as ``patch`` and ``git apply`` read them.

_CONTEXT: Final = 3


def render_diff(path: str, old: str, new: str) -> str:
    """Return the unified diff of a note.

    Args:
        path: the note's path in the vault; quoted as git quotes it.
        old: the note as it is.
        new: the note as it would be.
    """
    from difflib import unified_diff  # noqa: PLC0415 - for a quick start

    same = _count_same_end(old, new)
    before, after = _cut(old, same), _cut(new, same)
    lines = unified_diff(
        before, after, quote_name(f"a/{path}"), quote_name(f"b/{path}"), n=_CONTEXT
    )
    return "".join(_end_lines(lines))


def _count_same_end(old: str, new: str) -> int:
    """Return how many characters both texts share at their end, from the start of a line on."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle :] == new[len(new) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, same: int) -> list[str]:
    """Return the lines of a text up to a few behind the last one that differs."""
    end = len(text) - same
    for _ in range(_CONTEXT + 1):
        found = text.find("\n", end)
        if found < 0:
            return _split(text)
        end = found + 1
    return _split(text[:end])


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _end_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
