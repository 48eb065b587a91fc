"""A run that writes: behind a journal, after tidying up what interrupted runs left behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.files.desk import Desk
from vault_sync.files.rescue import RescueShelf
from vault_sync.files.sweep import sweep_leftovers
from vault_sync.refresh import BATCH, PAUSES, Planner, Writer, refresh
from vault_sync.state.folder import open_state
from vault_sync.state.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from vault_sync.errors import Problem
    from vault_sync.report import Listener, Summary
    from vault_sync.selection import Selection

DEFAULT_JOBS: Final = 8


class WritingRun(NamedTuple):
    """A run as the journal knows it.

    Attributes:
        command: what the user had called: `refresh`, `done`, `watch`.
        started: the true present, whatever moment the run takes for it.
        tell_leftover: is told of each leftover that needs the user, with its path.
        jobs: how many notes are brought to the disk at the same time.
        sleep: waits for some seconds; a daemon that is asked to stop waits less.
        pauses: seconds before each new try at a note that somebody else was writing.
        batch: how many notes are written behind one sync of the journal.
    """

    command: str
    started: datetime
    tell_leftover: Callable[[str, Problem], None]
    jobs: int = DEFAULT_JOBS
    sleep: Callable[[float], None] = time.sleep
    pauses: Sequence[float] = PAUSES
    batch: int = BATCH

    def write(self, planner: Planner, selection: Selection, listener: Listener) -> Summary:
        """Write the selected notes that are stale.

        Args:
            planner: plans the notes; knows the vault.
            selection: the notes, and the leftovers of interrupted runs that were met on the way.
            listener: is told of each note.

        Raises:
            StateError: the state folder cannot be used; then nothing more is written.
        """
        state = open_state(Path(planner.root.path))
        journal = Journal(state)
        with journal.begin(self.command, self.started) as run:
            shelf = RescueShelf(state.rescue, run.run_id)
            desk = Desk(run.run_id, shelf, self.jobs, sleep=self.sleep)
            now = self.started.timestamp()
            for swept in sweep_leftovers(planner.root, selection.leftovers, journal, desk, now):
                if swept.problem:
                    self.tell_leftover(swept.path, swept.problem)
            writer = Writer(planner, desk, run, self.sleep, self.pauses, self.batch)
            return refresh(planner, selection.notes, writer, listener)
