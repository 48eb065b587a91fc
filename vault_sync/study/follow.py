"""``done`` as a whole: boxes ticked, and the notes that read a ticked one follow in the same run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import RefreshPlanner, Stale, find_dependents
from vault_sync.engine.report import Status
from vault_sync.files.read import NoteBytes
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.vault import list_notes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from vault_sync.engine.linked_notes import NoteSource
    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import Signature
    from vault_sync.study.mark_done import TickPlanner
    from vault_sync.vault.workspace import Workspace


class PlannedTicks(NamedTuple):
    """What is going to be written, and what else there is to tell.

    Attributes:
        planner: plans all these notes, again where another program is writing one.
        found: of the notes that were asked for, then of those that follow.
    """

    planner: Planner
    found: Iterable[Found]


@contextmanager
def plan_ticks(  # noqa: PLR0913, PLR0917 - a vault, what is asked for, and two clocks
    workspace: Workspace,
    root: VaultFolder,
    ticks: TickPlanner,
    paths: Sequence[str],
    moment: datetime,
    started: datetime,
) -> Iterator[PlannedTicks]:
    """Give the plans of notes that are to be ticked, and of those that read them.

    Formulas see all notes as they are once every box is ticked.

    Args:
        workspace: the vault.
        root: its folder, opened.
        ticks: plans the ticks.
        paths: of the notes.
        moment: what is taken for the present.
        started: the true present.
    """
    found = [ticks.plan(path) for path in paths]
    ticked = {one.note.path: one for one in found if isinstance(one, Stale)}
    rules, conditions = workspace.rules, workspace.conditions(moment)
    if not ticked or not reads_others(rules):
        yield PlannedTicks(ticks, found)
        return
    from vault_sync.engine.linked_notes import (  # noqa: PLC0415 - most rules never ask for this
        DiskNotes,
        LinkedNotes,
        RecordedNotes,
    )

    source = _Ticked(DiskNotes(workspace.vault, root), ticked)
    notes = RecordedNotes(LinkedNotes(source, rules, conditions))
    seeing = replace(ticks, conditions=ticks.conditions.with_vault(notes.view))
    found = [seeing.plan(path) for path in paths]
    plain = RefreshPlanner(root, rules, conditions.with_vault(notes), notes)
    every = [*list_notes(workspace.vault)]
    with plan_with_index(plain, rules, conditions, every, started) as planner:
        both = OrderedPlanner(seeing, ticked, planner)
        following = find_dependents(planner, [*ticked], every)
        told = [one for one in found if not _is_followed(one, following)]
        yield PlannedTicks(both, chain(told, map(both.plan, following)))


def _is_followed(found: Found, following: Container[str]) -> bool:
    """Say whether a note that there is no box to tick in is written all the same, so that one result is enough."""
    if found is None or isinstance(found, Stale):
        return False
    return found.status is Status.UNCHANGED and found.path in following


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
        if stale is None:
            return self.source.read(path)
        return NoteBytes(path, stale.plan.text.encode(), _sign(stale))

    def sign(self, path: str) -> Signature | None:
        """Return what is known of a file unread."""
        stale = self.ticked.get(path)
        return _sign(stale) if stale else self.source.sign(path)

    def place(self, path: str) -> str | None:
        """Return the path of a file on the disk."""
        return self.source.place(path)

    def is_left_alone(self, path: str) -> bool:
        """Say whether no rule is asked about a note."""
        return self.source.is_left_alone(path)

    def describe(self) -> str:
        """Return what is another text where other notes are left alone."""
        return self.source.describe()


def _sign(stale: Stale) -> Signature:
    """Return a signature that no version has which was ever read: this one is not on the disk yet."""
    return stale.note.signature._replace(size=len(stale.plan.text.encode()), inode=-1)
