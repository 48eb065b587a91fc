"""The use case of the native hook: refresh what is staged, then the same lines in the work tree.

The true values go into the index as new blobs. A note in the work tree is written like any other, by
the write protocol and behind a journal, and only in lines that are the same there; what the user has
not staged is none of our business.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import RefreshPlanner, Stale, failed_result
from vault_sync.engine.report import NoteResult, Status, Summary
from vault_sync.errors import NoteError, VaultSyncError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, Signature, decode_note, read_note
from vault_sync.git.index import find_pending, replace_entries, write_blobs
from vault_sync.git.transplant import PlannedBlock, cut_block, repeat_plan
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.vault import find_vault, why_ignored
from vault_sync.vault.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from vault_sync.errors import Problem
    from vault_sync.formula.registry import Clock
    from vault_sync.git.index import BlobReader, IndexEntry
    from vault_sync.git.repository import Repository
    from vault_sync.plan.evaluation import Conditions

_BATCH: Final = 256
_BATCH_BYTES: Final = 32 * 1024 * 1024


class HookMessages(NamedTuple):
    """What is called with each problem of a note and its path, and with each error of a vault."""

    report_problem: Callable[[str, Problem], None]
    report_error: Callable[[VaultSyncError], None]


class _Fresh(NamedTuple):
    """A staged note that was stale: its entry, its edits, what is reported of it, its true bytes."""

    entry: IndexEntry
    planned: PlannedBlock
    result: NoteResult
    data: bytes


class StagedRefresh(NamedTuple):
    """One refresh of what is staged.

    Attributes:
        repository: whose index.
        blobs: reads what is staged.
        clock: which formulas count: all (`INSTANT`), or those that read no clock (`STABLE`).
        messages: what is done with what went wrong.
    """

    repository: Repository
    blobs: BlobReader
    clock: Clock
    messages: HookMessages

    def refresh(self, entries: Iterable[IndexEntry]) -> Summary:
        """Refresh staged notes, vault by vault; the trouble of one vault does not stop the others.

        Args:
            entries: the staged notes. Those that lie in no vault are passed over.

        Returns:
            The counts. The exit code is the worst that a note, a vault or git asks for.
        """
        summary = Summary()
        for root, group in _group_by_vault(self.repository.top, entries).items():
            try:
                _VaultRefresh(self, open_workspace(root, None), summary).refresh(group)
            except VaultSyncError as error:
                self.messages.report_error(error)
                summary.exit_code = max(summary.exit_code, error.exit_code)
        return summary


class _VaultRefresh(NamedTuple):
    """The part of it that lies in one vault."""

    task: StagedRefresh
    workspace: Workspace
    summary: Summary

    def refresh(self, entries: Iterable[IndexEntry]) -> None:
        moment = self.workspace.moment(None)
        with VaultFolder(self.workspace.vault.root) as root:
            conditions = self._look_around(self.workspace.conditions(moment, self.task.clock))
            planner = RefreshPlanner(root, self.workspace.rules, conditions)
            stored: dict[IndexEntry, str] = {}
            fresh: dict[IndexEntry, _Fresh] = {}
            for batch in _batch(self._plan(planner, entries, moment)):
                ids = write_blobs(self.task.repository, [one.data for one in batch])
                stored |= zip((one.entry for one in batch), ids, strict=True)
                fresh |= {one.entry: one._replace(data=b"") for one in batch}
            replaced = [fresh[entry] for entry in self._stage(stored)]
            for one in replaced:
                self.summary.add(one.result)
            if replaced:
                planned = {one.result.path: one.planned for one in replaced}
                _write_work_tree(root, planned, moment, self.task.messages.report_problem)

    def _look_around(self, conditions: Conditions) -> Conditions:
        """Return conditions in which formulas see the other notes as these are staged."""
        if not reads_others(self.workspace.rules):
            return conditions
        from vault_sync.git.staged_notes import look_into_index  # noqa: PLC0415 - few rules need it

        rules, vault = self.workspace.rules, self.workspace.vault
        return look_into_index(conditions, rules, vault, self.task.repository, self.task.blobs)

    def _plan(
        self, planner: RefreshPlanner, entries: Iterable[IndexEntry], moment: datetime
    ) -> Iterator[_Fresh]:
        """Yield the staged notes that are stale, and report the problems of all."""
        for entry in entries:
            path = self._relate(entry)
            data = (
                None
                if why_ignored(self.workspace.vault, path)
                else self.task.blobs.read(entry.blob)
            )
            if data is None:
                continue
            self.summary.seen += 1
            found = planner.plan_version(NoteBytes(path, data, self._sign(entry, data, moment)))
            if isinstance(found, Stale):
                plan = found.plan
                result = NoteResult(path, Status.CHANGED, plan.changes, plan.problems)
                yield _Fresh(entry, cut_block(found.text, plan), result, plan.text.encode())
                self._report_problems(result)
            elif found:
                self.summary.add(found)
                self._report_problems(found)

    def _report_problems(self, result: NoteResult) -> None:
        for problem in result.problems:
            self.task.messages.report_problem(result.path, problem)

    def _relate(self, entry: IndexEntry) -> str:
        full = os.path.join(self.task.repository.top, entry.path)  # noqa: PTH118 - str in, str out
        return os.path.relpath(full, self.workspace.vault.root).replace(os.sep, "/")

    def _sign(self, entry: IndexEntry, data: bytes, moment: datetime) -> Signature:
        """Return what filters may ask of a staged note; one without a file is written just now."""
        try:
            mtime_ns = (self.task.repository.top / entry.path).lstat().st_mtime_ns
        except OSError:
            mtime_ns = int(moment.timestamp()) * 10**9
        return Signature(mtime_ns, mtime_ns, len(data), 0, 0)

    def _stage(self, stored: Mapping[IndexEntry, str]) -> list[IndexEntry]:
        pending = find_pending(self.task.repository)
        if pending:
            replace_entries(pending, stored)
        return replace_entries(self.task.repository, stored)


def _group_by_vault(top: Path, entries: Iterable[IndexEntry]) -> dict[Path, list[IndexEntry]]:
    """Return the entries by the vaults they lie in, without those that lie in none."""
    vaults: dict[str, Path | None] = {}
    groups: dict[Path, list[IndexEntry]] = {}
    for entry in entries:
        folder = entry.path.rpartition("/")[0]
        if folder not in vaults:
            vaults[folder] = find_vault(top / folder)
        root = vaults[folder]
        if root:
            groups.setdefault(root, []).append(entry)
    return groups


def _batch(notes: Iterable[_Fresh]) -> Iterator[list[_Fresh]]:
    """Yield stale notes in lists that fit into memory."""
    batch: list[_Fresh] = []
    size = 0
    for note in notes:
        batch.append(note)
        size += len(note.data)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


# The notes of the work tree, after their staged versions were refreshed: the same lines, no others.

_COMMAND: Final = "hook"


def _write_work_tree(
    root: VaultFolder,
    planned: Mapping[str, PlannedBlock],
    moment: datetime,
    report_problem: Callable[[str, Problem], None],
) -> None:
    """Write what was made of staged notes into the notes of a vault, where the same lines stand.

    Args:
        root: the vault.
        planned: what was made of the staged notes, by their paths in the vault.
        moment: the present, for the journal.
        report_problem: is called with each note that could not be read or written, and why.

    Raises:
        StateError: the journal cannot be kept; then no note is written.
    """
    from vault_sync.engine.run import RefreshRun  # noqa: PLC0415 - for a quick start

    planner, listener = _WorkTreePlanner(root, planned), _ProblemListener(report_problem)
    run = RefreshRun(planner, _COMMAND, moment, report_problem)
    run.write(map(planner.plan, sorted(planned)), listener)


class _WorkTreePlanner(NamedTuple):
    """Plans the notes of a work tree: the edits that were made in what is staged, nothing else.

    Attributes:
        root: the vault.
        planned: what was made of the staged notes, by their paths in the vault.
    """

    root: VaultFolder
    planned: Mapping[str, PlannedBlock]

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note to be written, a reason why it cannot be, or None where it stays."""
        if not os.path.lexists(os.path.join(self.root.path, path)):  # noqa: PTH118 - a str is at hand
            return None
        try:
            note = read_note(self.root, path)
            text = decode_note(note.data)
        except NoteError as error:
            return failed_result(path, error)
        plan = repeat_plan(self.planned[path], text)
        return Stale(note, plan) if plan else None


class _ProblemListener(NamedTuple):
    """The listener for the notes of the work tree: it reports their problems and nothing else."""

    report_problem: Callable[[str, Problem], None]

    def note_done(self, result: NoteResult) -> None:
        for problem in result.problems:
            self.report_problem(result.path, problem)

    def progress(self, count: int) -> None:
        """Show nothing: a commit is waiting."""
