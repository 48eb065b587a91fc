"""The journal: what each run does to each note, written before it is done, for undo and sweep.

One file of JSON lines for each run: a heading, one line per note before it is written (``["note",
…]``), one line with how that ended (``["end", …]``), and at the end of the run ``["done", …]``, or
``["stopped", …]`` where it did not come to its last note. A run that was killed, or does not know how
a note ended, has no such line. A running run holds a lock on its file. Whatever is damaged in a file is reported; the rest is used.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import nullcontext, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from vault_sync.errors import StateError
from vault_sync.files import platform
from vault_sync.files.export import sync_folder, write_all
from vault_sync.state.journal_lines import (
    EntryOutcome,
    JournalEdit,
    JournalEntry,
    RunLog,
    RunSummary,
    parse_run,
    parse_summary,
    render_done,
    render_end,
    render_entry,
    render_heading,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.state.folder import StateFolder

__all__ = ["EntryOutcome", "Journal", "JournalEdit", "JournalEntry", "Run", "RunLog", "RunSummary"]


_SUFFIX = ".jsonl"
_HEAD_BYTES = 65536
_TAIL_BYTES = 256


class Run:
    """The journal of the run in hand. A context manager: leaving it ends the run."""

    __slots__ = (
        "_descriptor",
        "_is_stopped",
        "_is_used",
        "_outcomes",
        "_path",
        "_pending",
        "_written",
        "run_id",
    )  # fmt: skip

    def __init__(self, run_id: str, path: Path, descriptor: int) -> None:
        """Take over an open journal.

        Args:
            run_id: its id.
            path: of its file.
            descriptor: of its file, locked, the heading written.
        """
        self.run_id = run_id
        self._path = path
        self._descriptor = descriptor
        self._outcomes: list[bytes] = []
        self._pending: set[str] = set()
        self._written = 0
        self._is_used = False
        self._is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._is_stopped = self._is_stopped or kind is not None
        # What went wrong first is what the user has to hear of.
        with suppress(StateError) if kind else nullcontext():
            self.close()

    def intend(self, entries: Sequence[JournalEntry]) -> None:
        """Write down what is about to be done. When this returns, it would survive a power cut.

        Raises:
            StateError: if it cannot be written; then no note may be changed.
        """
        if not platform.bears_name(self._descriptor, self._path):
            raise StateError(
                f"The journal {self._path} was deleted while the run was at work;"
                " no further note was changed. Start it again."
            )
        try:
            write_all(self._descriptor, b"".join([*self._outcomes, *map(render_entry, entries)]))
            platform.sync_file(self._descriptor)
            if not self._is_used:
                sync_folder(self._path.parent)
        except OSError as error:
            # Perhaps half a line was written: what comes next must not become its other half.
            self._outcomes.insert(0, b"\n")
            raise StateError(
                f"The journal {self._path} cannot be written ({error.strerror});"
                " no further note was changed."
            ) from error
        self._outcomes.clear()
        self._pending.update(entry.path for entry in entries)
        self._is_used = True

    def record_outcome(self, path: str, status: str) -> None:
        """Remember how the work on a note ended; written with the next intention or at the end."""
        self._outcomes.append(render_end(path, status))
        self._pending.discard(path)
        self._written += status == "written"

    def stop(self) -> None:
        """Remember that the run ends before its last note."""
        self._is_stopped = True

    def close(self) -> None:
        """End the run. A run that intended nothing leaves no journal.

        Raises:
            StateError: its end cannot be written. The notes are well, and so is what undo needs.
        """
        if self._descriptor < 0:
            return
        try:
            with FileIO(self._descriptor, "w"):
                self._finish()
            if not self._is_used:
                self._path.unlink(missing_ok=True)  # Windows takes no open file away
        except OSError as error:
            raise StateError(
                f"The end of the journal {self._path} cannot be written ({error.strerror});"
                " the notes are written, and this run can be undone."
            ) from error
        finally:
            self._descriptor = -1

    def _finish(self) -> None:
        if self._is_used:
            end = b"" if self._pending else render_done(self._written, not self._is_stopped)
            write_all(self._descriptor, b"".join([*self._outcomes, end]))


class Journal(NamedTuple):
    """The journals of a vault."""

    state: StateFolder

    def begin(self, command: str, now: datetime) -> Run:
        """Begin a run, and forget the oldest ones.

        Args:
            command: what the user had called.
            now: names the run.

        Raises:
            StateError: if the journal cannot be made.
        """
        path = self.state.journal
        try:
            self._prune(command)
            run_id = f"{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}"
            path = self._place(run_id)
            descriptor = os.open(path, platform.CREATE_FLAGS, 0o600)
            platform.try_lock(descriptor)
            write_all(descriptor, render_heading(run_id, command, now.isoformat()))
        except OSError as error:
            raise StateError(
                f"The journal {path} cannot be made ({error.strerror}); no note was changed."
            ) from error
        return Run(run_id, path, descriptor)

    def note(self, command: str, now: datetime) -> None:
        """Keep a journal of a run that came to its end and found nothing to do.

        Raises:
            StateError: it cannot be written.
        """
        with self.begin(command, now) as run:
            run.intend(())

    def runs(self) -> list[RunSummary]:
        """Return all runs, the newest first, each with what can be read of its file."""
        found = [self._summarize(run_id) for run_id in self._list_ids()]
        return sorted(found, key=_start_of, reverse=True)

    def read_run(self, run_id: str) -> RunLog:
        """Return all that can be read of a run.

        Raises:
            StateError: if there is no such run, or its file cannot be opened.
        """
        try:
            data = self._place(run_id).read_bytes()
        except (OSError, ValueError) as error:
            raise StateError(f"There is no readable journal of a run {run_id!r}.") from error
        return parse_run(run_id, data)

    def knows(self, run_id: str) -> bool:
        """Say whether there is a journal of a run."""
        return self._place(run_id).exists()

    def is_running(self, run_id: str) -> bool:
        """Say whether a run has not come to its end yet, in whichever process."""
        return is_locked(self._place(run_id))

    def list_entries(self, run_id: str) -> list[JournalEntry]:
        """Return what a run intended, as far as can be known."""
        if not self.knows(run_id):
            return []
        return [found.entry for found in self.read_run(run_id).entries]

    def _place(self, run_id: str) -> Path:
        return self.state.journal / f"{Path(run_id).name}{_SUFFIX}"

    def _list_ids(self) -> list[str]:
        names = os.listdir(self.state.journal)  # noqa: PTH208 - there may be a hundred: a Path for each takes long
        return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))

    def _summarize(self, run_id: str) -> RunSummary:
        try:
            with self._place(run_id).open("rb") as file:
                head = file.read(_HEAD_BYTES)
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                return parse_summary(run_id, head, file.read())
        except OSError:
            return parse_summary(run_id, b"", b"")

    def _prune(self, command: str) -> None:
        """Forget old runs where there are many (`vault_sync.state.journal`), never one at work.

        The daemon has small runs and many, and whoever saves waits for each: it looks now and then.
        """
        run_ids = self._list_ids()
        if command == _DAEMON and len(run_ids) % _DAEMON_PRUNES:
            return
        sizes = {run_id: _measure(self._place(run_id)) for run_id in run_ids}
        if not is_crowded(len(sizes), sum(sizes.values())):
            return
        past = [PastRun(run_id, self._read_command(run_id), size) for run_id, size in sizes.items()]
        for run_id in choose_expired(past):
            path = self._place(run_id)
            if not is_locked(path):
                path.unlink(missing_ok=True)

    def _read_command(self, run_id: str) -> str:
        try:
            with self._place(run_id).open("rb") as file:
                return parse_summary(run_id, file.readline(_HEAD_BYTES), b"").command
        except OSError:
            return ""


def _start_of(run: RunSummary) -> tuple[float, str]:
    """Return what runs are sorted by: runs of one second differ in their fractions, not in their ids."""
    try:
        return datetime.fromisoformat(run.started).timestamp(), run.run_id
    except ValueError:
        return 0.0, run.run_id


def _measure(path: Path) -> int:
    """Return the size of a journal in bytes, 0 where another process has just forgotten it."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def is_locked(path: Path) -> bool:
    """Say whether a running process of ours holds a journal."""
    try:
        descriptor = os.open(path, platform.READ_FLAGS)
    except OSError:
        return False
    try:
        return not platform.try_lock(descriptor)
    finally:
        os.close(descriptor)


# Which journals are kept: the newest of every command, so that the daemon's many push out no other.
# Pure.
#
# A daemon makes a run after each edit, thousands in a month of study; the student's own refresh of
# last week must still be there to be undone.

_KEPT_RUNS: Final = 100
_KEPT_DAEMON_RUNS: Final = 1000
_KEPT_BYTES: Final = 50 * 1024 * 1024
_SLACK: Final = 50
_DAEMON_PRUNES: Final = 16
"""So many runs of the daemon come between two looks at the sizes of all journals."""
_DAEMON: Final = "watch"


class PastRun(NamedTuple):
    """A journal as far as it matters for its keeping.

    Attributes:
        run_id: sorts by time.
        command: what the user had called.
        size: in bytes.
    """

    run_id: str
    command: str
    size: int


def is_crowded(count: int, size: int) -> bool:
    """Say whether it is time to look through the journals, which takes opening each of them.

    Args:
        count: how many journals there are.
        size: of them all, in bytes.
    """
    return count > _KEPT_DAEMON_RUNS + _SLACK or size > _KEPT_BYTES


def choose_expired(runs: Sequence[PastRun]) -> list[str]:
    """Return the ids of the runs to forget.

    Kept are the newest 1,000 of the daemon and the newest 100 of every other command, within 50 MiB.
    The space goes to the newest of each command first, then to the second newest of each, and so on;
    the newest of each is kept however large it is.

    Args:
        runs: all of them, in any order.
    """
    ranks: Counter[str] = Counter()
    ranked: list[tuple[int, PastRun]] = []
    for run in sorted(runs, key=lambda run: run.run_id, reverse=True):
        kind = run.command.partition(" ")[0]
        ranked.append((ranks[kind], run))
        ranks[kind] += 1
    ranked.sort(key=lambda one: one[0])
    forgotten: list[str] = []
    size = 0
    for rank, run in ranked:
        size += run.size
        if rank and (rank >= _count_kept(run.command) or size > _KEPT_BYTES):
            forgotten.append(run.run_id)
    return forgotten


def _count_kept(command: str) -> int:
    return _KEPT_DAEMON_RUNS if command == _DAEMON else _KEPT_RUNS
