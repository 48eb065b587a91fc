"""Conflict copies: which of them differ from their notes in derived values only, and moving those away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.doctor.facts import Copy, CopyRelation
from vault_sync.errors import NoteError
from vault_sync.files.displaced import NoteLocation, keep_rescue_copy
from vault_sync.files.export import RescueFolder
from vault_sync.files.outcome import WriteContext
from vault_sync.files.read import read_note
from vault_sync.git.merge_driver import Versions, align_versions
from vault_sync.git.ownership import Ownership
from vault_sync.note.decode import decode_note
from vault_sync.vault.conflict_names import find_original_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from vault_sync.files.folder import VaultFolder
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.state.folder import StateFolder


_RUN: Final = "doctor"
_RESCUE: Final = re.compile(rf"\d{{8}}T\d{{6}}-{_RUN}-\d+ ")


class Moved(NamedTuple):
    """A conflict copy that has left the vault.

    Attributes:
        path: where it was.
        rescue: where it is now.
    """

    path: str
    rescue: Path


@dataclass(frozen=True, slots=True)
class CopyComparer:
    """Compares conflict copies with their notes.

    Attributes:
        root: the vault.
        rules: its rule sets.
        conditions: the day and the zone.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions

    def compare(self, path: str) -> Copy:
        """Return how a conflict copy relates to its note."""
        folder, slash, name = path.rpartition("/")
        for original in find_original_names(name):
            note = folder + slash + original
            try:
                ours = read_note(self.root, note).data
            except NoteError:
                continue
            return Copy(path, note, self._compare(note, ours, path))
        return Copy(path, "", CopyRelation.ORPHAN)

    def _compare(self, note: str, ours: bytes, path: str) -> CopyRelation:
        try:
            theirs = read_note(self.root, path).data
            texts = Versions("", decode_note(ours), decode_note(theirs))
        except NoteError:
            return CopyRelation.ORPHAN
        if ours == theirs:
            return CopyRelation.NEEDLESS
        find_owned = partial(Ownership(self.rules, self.conditions).find_owned, path=note)
        aligned = align_versions(texts, find_owned)
        is_same = aligned is not None and aligned.ours == aligned.theirs
        return CopyRelation.NEEDLESS if is_same else CopyRelation.OTHER


def move_needless(
    copies: Iterable[Copy], comparer: CopyComparer, state: StateFolder, now: datetime
) -> Iterator[Moved]:
    """Move needless conflict copies to the rescue folder, and yield each that has gone there.

    Each is compared again just before. Whatever a program writes into it meanwhile is in the rescue
    copy; a file that is still being written stays in the vault as well.

    Args:
        copies: of the vault; those that are not needless stay.
        comparer: compares them with their notes.
        state: whose rescue folder it is.
        now: names the rescue copies.

    Raises:
        OSError: a rescue copy could not be written; its file is where it was.
    """
    run_id = f"{now:%Y%m%dT%H%M%S}-{_RUN}"
    context = WriteContext(run_id, RescueFolder(state.rescue, run_id))
    for copy in copies:
        if comparer.compare(copy.path).relation is not CopyRelation.NEEDLESS:
            continue
        folder, name = comparer.root.locate(copy.path)
        rescue = keep_rescue_copy(NoteLocation(folder, name, copy.path), name, context)
        if rescue:
            yield Moved(copy.path, rescue)


def count_rescues(state: StateFolder) -> int:
    """Return how many rescue copies somebody should look at: those that were moved here need nobody."""
    return sum(not _RESCUE.match(file.name) for file in state.rescue.glob("*"))
