"""A run that writes: behind a journal, after tidying up what interrupted runs left behind."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import BATCH, Planner, refresh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from vault_sync.engine.refresh import Stale
    from vault_sync.engine.report import Listener, NoteResult, Summary
    from vault_sync.engine.selection import Selection
    from vault_sync.engine.writer import Writer
    from vault_sync.errors import Problem
    from vault_sync.files.replace import IdleWork
    from vault_sync.state.journal import Journal

DEFAULT_JOBS: Final = 8
PAUSES: Final = (0.1, 0.2, 0.4, 0.8)


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
        with ExitStack() as stack:
            office = _Office(self, planner, stack)
            if selection.leftovers:
                office.sweep(selection.leftovers)
            return refresh(planner, selection.notes, office.write, listener, self.batch)


class _Office:
    """The journal and who writes behind it, opened for the first note that has to be written.

    Most runs find none, and a hook that has nothing to do should not wait for what would do it.
    """

    def __init__(self, run: WritingRun, planner: Planner, stack: ExitStack) -> None:
        self._run = run
        self._planner = planner
        self._stack = stack

    @cached_property
    def _journal(self) -> Journal:
        from vault_sync.state.folder import open_state  # noqa: PLC0415 - see the class
        from vault_sync.state.journal import Journal  # noqa: PLC0415 - the same

        return Journal(open_state(Path(self._planner.root.path)))

    @cached_property
    def _writer(self) -> Writer:
        from vault_sync.engine.writer import Writer  # noqa: PLC0415 - the same
        from vault_sync.files.export import RescueFolder  # noqa: PLC0415 - the same
        from vault_sync.files.outcome import WriteContext  # noqa: PLC0415 - see the class

        run = self._run
        opened = self._stack.enter_context(self._journal.begin(run.command, run.started))
        rescue_folder = RescueFolder(self._journal.state.rescue, opened.run_id)
        context = WriteContext(opened.run_id, rescue_folder, run.jobs, sleep=run.sleep)
        return Writer(self._planner, context, opened, run.sleep, run.pauses)

    def sweep(self, leftovers: Sequence[str]) -> None:
        """Tidy up after interrupted runs."""
        from vault_sync.files.recovery import recover_leftovers  # noqa: PLC0415 - see the class

        context, now = self._writer.context, self._run.started.timestamp()
        for recovered in recover_leftovers(
            self._planner.root, leftovers, self._journal, context, now
        ):
            if recovered.problem:
                self._run.tell_leftover(recovered.path, recovered.problem)

    def write(self, stales: Sequence[Stale], idle_work: IdleWork) -> list[NoteResult]:
        """Write a batch of notes and return what became of each."""
        return self._writer.write(stales, idle_work) if stales else []
