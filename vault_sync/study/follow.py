"""After a box was ticked: the notes that read the ticked one follow, in the same run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import RefreshPlanner, Stale, find_dependents
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.vault import list_notes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from vault_sync.engine.linked_notes import NoteSource
    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes, Signature
    from vault_sync.vault.workspace import Workspace


class Dependents(NamedTuple):
    """The notes that follow.

    Attributes:
        planner: plans them.
        paths: of the notes; none where no formula reads other notes.
    """

    planner: Planner
    paths: Sequence[str]


@contextmanager
def plan_dependents(
    workspace: Workspace,
    root: VaultFolder,
    found: Iterable[Found],
    moment: datetime,
    started: datetime,
) -> Iterator[Dependents]:
    """Give the notes that are no longer true once others are written.

    Args:
        workspace: the vault.
        root: its folder, opened.
        found: what is going to be written.
        moment: what is taken for the present.
        started: the true present.
    """
    rules, conditions = workspace.rules, workspace.conditions(moment)
    ticked = {one.note.path: one for one in found if isinstance(one, Stale)}
    if not ticked or not reads_others(rules):
        yield Dependents(RefreshPlanner(root, rules, conditions), ())
        return
    from vault_sync.engine.linked_notes import (  # noqa: PLC0415 - most rules never ask for this
        DiskNotes,
        LinkedNotes,
        RecordedNotes,
    )

    source = _Ticked(DiskNotes(workspace.vault, root), ticked)
    notes = RecordedNotes(LinkedNotes(source, rules, conditions))
    plain = RefreshPlanner(root, rules, conditions.with_vault(notes), notes)
    every = [*list_notes(workspace.vault)]
    with plan_with_index(plain, rules, conditions, every, started) as planner:
        yield Dependents(planner, find_dependents(planner, [*ticked], every))


class OrderedPlanner(NamedTuple):
    """Plans some notes with one planner and all others with another.

    Attributes:
        first: plans those that are named.
        named: their paths.
        second: plans the others.
    """

    first: Planner
    named: Container[str]
    second: Planner

    @property
    def root(self) -> VaultFolder:
        """The vault."""
        return self.first.root

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None."""
        return (self.first if path in self.named else self.second).plan(path)


class _Ticked(NamedTuple):
    """The files of a vault, some of them as they are going to be."""

    source: NoteSource
    ticked: Mapping[str, Stale]

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files."""
        return self.source.list_files()

    def read(self, path: str) -> NoteBytes:
        """Return a note."""
        stale = self.ticked.get(path)
        return (
            stale.note._replace(data=stale.plan.text.encode()) if stale else self.source.read(path)
        )

    def sign(self, path: str) -> Signature | None:
        """Return what is known of a file unread."""
        stale = self.ticked.get(path)
        return stale.note.signature if stale else self.source.sign(path)

    def place(self, path: str) -> str | None:
        """Return the path of a file on the disk."""
        return self.source.place(path)

    def is_left_alone(self, path: str) -> bool:
        """Say whether no rule is asked about a note."""
        return self.source.is_left_alone(path)

    def describe(self) -> str:
        """Return what is another text where other notes are left alone."""
        return self.source.describe()
