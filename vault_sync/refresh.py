"""The use case: stale notes are written, or only shown. Every note is tried; none stops the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from vault_sync.note.diffs import render_diff
from vault_sync.planning import Stale
from vault_sync.report import Listener, NoteResult, Status, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.syncing import Meanwhile

    Write: TypeAlias = Callable[[Sequence[Stale], Meanwhile], list[NoteResult]]

BATCH: Final = 256


class Planner(Protocol):
    """Plans the notes of a vault: to refresh them, or to undo what a run did."""

    @property
    def root(self) -> VaultFolder:
        """The vault."""

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written, what else there is to tell of it, or None."""


def preview(planner: Planner, paths: Sequence[str], listener: Listener) -> Summary:
    """Tell what a refresh would do, and write nothing.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault.
        listener: is told of each note; a stale one comes with its diff.
    """
    summary = Summary()
    for path in paths:
        found = planner.plan(path)
        if isinstance(found, Stale):
            diff = render_diff(path, found.text, found.plan.text)
            found = NoteResult(path, Status.STALE, found.plan.changes, found.plan.problems, diff)
        _tell([found], summary, listener)
    return summary


def refresh(
    planner: Planner,
    paths: Sequence[str],
    write: Write,
    listener: Listener,
    batch: int = BATCH,
) -> Summary:
    """Write what is stale.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault; those of one folder are best next to each other.
        write: writes a batch of them, and returns what became of each.
        listener: is told of each note.
        batch: so many are written together. As many are planned ahead, and whoever stops planning
            has these written still.
    """
    summary = Summary()
    ahead = _Ahead(planner, iter(paths), batch)
    while found := ahead.take(batch):
        stales = [stale for stale in found if isinstance(stale, Stale)]
        written = iter(write(stales, ahead.plan_one))
        results = [next(written) if isinstance(one, Stale) else one for one in found]
        _tell(results, summary, listener)
    return summary


class _Ahead:
    """Plans notes in their order, some of them while the disk is busy with those before.

    Attributes:
        planner: plans them.
        paths: of the notes that are not planned yet.
        most: so many are planned before they are taken, at the most.
        found: what became of those that are, and were not taken yet.
    """

    __slots__ = ("found", "most", "paths", "planner")

    def __init__(self, planner: Planner, paths: Iterator[str], most: int) -> None:
        self.planner = planner
        self.paths = paths
        self.most = most
        self.found: list[Stale | NoteResult | None] = []

    def plan_one(self) -> bool:
        """Plan one more note, and say whether there was one to plan."""
        path = next(self.paths, None) if len(self.found) < self.most else None
        if path is not None:
            self.found.append(self.planner.plan(path))
        return path is not None

    def take(self, count: int) -> list[Stale | NoteResult | None]:
        """Return what becomes of the next notes."""
        while len(self.found) < count and self.plan_one():
            pass
        taken, self.found = self.found[:count], self.found[count:]
        return taken


def _tell(results: Sequence[NoteResult | None], summary: Summary, listener: Listener) -> None:
    for result in results:
        summary.seen += 1
        if result:
            summary.add(result)
            listener.note_done(result)
    listener.progress(len(results))
