"""The notes that have to follow when others have changed: those that read them, and theirs in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vault_sync.engine.refresh import Stale
from vault_sync.vault.links import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.engine.reads import Reads
    from vault_sync.engine.refresh import Found


class ReadingPlanner(Protocol):
    """Plans notes, and knows what their formulas read."""

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None."""

    def find_reads(self, path: str) -> Reads | None:
        """Return what the formulas of a note read of others."""


def find_dependents(
    planner: ReadingPlanner, changed: Sequence[str], paths: Iterable[str]
) -> list[str]:
    """Return the notes that are no longer true because others have changed, sorted.

    A note that reads one of these is followed only if it becomes another one itself (early cutoff).

    Args:
        planner: plans notes as they would be by now.
        changed: the paths of the notes that have changed, come or gone.
        paths: of all notes of the vault.
    """
    moved = {*changed}
    reads = {path: planner.find_reads(path) for path in paths if path not in moved}
    readers = {path: read for path, read in reads.items() if read}
    keys = frozenset(map(name_key, changed))
    found: set[str] = set()
    while moved:
        concerned = [path for path, read in readers.items() if read.may_concern(moved, keys)]
        moved.clear()
        keys = frozenset()  # what is merely written has the name that it had
        for path in concerned:
            if path not in found and isinstance(planner.plan(path), Stale):
                found.add(path)
                moved.add(path)
    return sorted(found)
