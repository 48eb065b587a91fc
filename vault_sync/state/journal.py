"""The journal: what each run does to each note, written before it is done, for undo and sweep.

One file of JSON lines for each run: a heading, one line per note before it is written (``["note",
…]``), one line with how that ended (``["end", …]``), and ``["done", …]`` at the end of the run. A
running run holds a lock on its file. Whatever is damaged in a file is reported; the rest is used.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vault_sync.errors import StateError
from vault_sync.files import platform
from vault_sync.files.rescue import sync_folder, write_all
from vault_sync.state.journal_lines import (
    Entry,
    JournalEdit,
    RunLog,
    RunSummary,
    SettledEntry,
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

__all__ = ["Entry", "Journal", "JournalEdit", "Run", "RunLog", "RunSummary", "SettledEntry"]

_KEPT_RUNS = 100
_KEPT_BYTES = 50 * 1024 * 1024
_SUFFIX = ".jsonl"
_HEAD_BYTES = 65536
_TAIL_BYTES = 256


@dataclass(slots=True)
class Run:
    """The journal of the run in hand. A context manager: leaving it ends the run."""

    run_id: str
    _path: Path
    _descriptor: int
    _settled: list[bytes] = field(default_factory=list)
    _written: int = 0
    _is_used: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def intend(self, entries: Sequence[Entry]) -> None:
        """Write down what is about to be done. When this returns, it would survive a power cut.

        Raises:
            StateError: if it cannot be written; then no note may be changed.
        """
        try:
            write_all(self._descriptor, b"".join([*self._settled, *map(render_entry, entries)]))
            platform.sync_file(self._descriptor)
            if not self._is_used:
                sync_folder(self._path.parent)
        except OSError as error:
            # Perhaps half a line was written: what comes next must not become its other half.
            self._settled.insert(0, b"\n")
            raise StateError(
                f"The journal {self._path} cannot be written ({error.strerror});"
                " no further note was changed."
            ) from error
        self._settled.clear()
        self._is_used = True

    def settle(self, path: str, status: str) -> None:
        """Remember how the work on a note ended; written with the next intention or at the end."""
        self._settled.append(render_end(path, status))
        self._written += status == "written"

    def close(self) -> None:
        """End the run. A run that intended nothing leaves no journal."""
        if self._descriptor < 0:
            return
        try:
            if self._is_used:
                lines = [*self._settled, render_done(self._written)]
                write_all(self._descriptor, b"".join(lines))
            else:
                self._path.unlink(missing_ok=True)
        finally:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True, slots=True)
class Journal:
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
        self._prune()
        run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        path = self._place(run_id)
        try:
            descriptor = os.open(path, platform.CREATE_FLAGS, 0o600)
            platform.try_lock(descriptor)
            write_all(descriptor, render_heading(run_id, command, now.isoformat()))
        except OSError as error:
            raise StateError(
                f"The journal {path} cannot be made ({error.strerror}); no note was changed."
            ) from error
        return Run(run_id, path, descriptor)

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

    def list_entries(self, run_id: str) -> list[Entry]:
        """Return what a run intended, as far as can be known."""
        if not self.knows(run_id):
            return []
        return [settled.entry for settled in self.read_run(run_id).entries]

    def _place(self, run_id: str) -> Path:
        return self.state.journal / f"{Path(run_id).name}{_SUFFIX}"

    def _list_ids(self) -> list[str]:
        return sorted(path.stem for path in self.state.journal.glob(f"*{_SUFFIX}"))

    def _summarize(self, run_id: str) -> RunSummary:
        try:
            with self._place(run_id).open("rb") as file:
                head = file.read(_HEAD_BYTES)
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                return parse_summary(run_id, head, file.read())
        except OSError:
            return parse_summary(run_id, b"", b"")

    def _prune(self) -> None:
        """Forget the oldest runs beyond a number and a size, never one that is at work."""
        size = 0
        for number, run_id in enumerate(reversed(self._list_ids())):
            path = self._place(run_id)
            size += path.stat().st_size if path.exists() else 0
            if (number >= _KEPT_RUNS or size > _KEPT_BYTES) and not is_locked(path):
                path.unlink(missing_ok=True)


def _start_of(run: RunSummary) -> tuple[float, str]:
    """Return what runs are sorted by: runs of one second differ in their fractions, not in their ids."""
    try:
        return datetime.fromisoformat(run.started).timestamp(), run.run_id
    except ValueError:
        return 0.0, run.run_id


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
