"""The notes of the work tree, after their staged versions were refreshed: the same lines, no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import Stale, failed_result
from vault_sync.engine.run import RefreshRun
from vault_sync.errors import NoteError
from vault_sync.files.read import read_note
from vault_sync.git.transplant import Head, carry_over
from vault_sync.note.decode import decode_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from vault_sync.engine.report import NoteResult
    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder

COMMAND: Final = "hook"


def carry_heads(
    root: VaultFolder,
    heads: Mapping[str, Head],
    moment: datetime,
    tell_problem: Callable[[str, Problem], None],
) -> None:
    """Write what was made of staged notes into the notes of a vault, where the same lines stand.

    Args:
        root: the vault.
        heads: what was made of the staged notes, by their paths in the vault.
        moment: the present, for the journal.
        tell_problem: is told of each note that could not be read or written, with its path.

    Raises:
        StateError: the journal cannot be kept; then no note is written.
    """
    planner = CarryPlanner(root, heads)
    run = RefreshRun(planner, COMMAND, moment, tell_problem)
    run.write(map(planner.plan, sorted(heads)), _Teller(tell_problem))


class CarryPlanner(NamedTuple):
    """Plans the notes of a work tree: the edits that were made in what is staged, nothing else.

    Attributes:
        root: the vault.
        heads: what was made of the staged notes, by their paths in the vault.
    """

    root: VaultFolder
    heads: Mapping[str, Head]

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note to be written, a reason why it cannot be, or None where it stays."""
        if not os.path.lexists(os.path.join(self.root.path, path)):  # noqa: PTH118 - a str is at hand
            return None
        try:
            note = read_note(self.root, path)
            text = decode_note(note.data)
        except NoteError as error:
            return failed_result(path, error)
        plan = carry_over(self.heads[path], text)
        return Stale(note, plan) if plan else None


class _Teller(NamedTuple):
    """The listener of the work tree's notes: only what went wrong is worth a word."""

    tell_problem: Callable[[str, Problem], None]

    def note_done(self, result: NoteResult) -> None:
        for problem in result.problems:
            self.tell_problem(result.path, problem)

    def progress(self, count: int) -> None:
        """Show nothing: a commit is waiting."""
