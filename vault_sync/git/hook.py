"""The use case of the native hook: refresh what is staged, then the same lines in the work tree.

The true values go into the index as new blobs. A note in the work tree is written like any other, by
the write protocol and behind a journal, and only in lines that are the same there; what the user has
not staged is none of our business.
"""

from __future__ import annotations

import os
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import RefreshPlanner, Stale, failed_result, open_planner
from vault_sync.engine.report import NoteResult, Status, Summary
from vault_sync.errors import NoteError, Problem, RepositoryNotFoundError, VaultSyncError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, Signature, decode_note, read_note
from vault_sync.git.index import (
    BlobReader,
    IndexEntry,
    find_pending,
    list_entries,
    replace_entries,
    write_blobs,
)
from vault_sync.git.repository import Repository, find_repository
from vault_sync.git.transplant import PlannedBlock, cut_block, repeat_plan
from vault_sync.rules.ruleset import RuleSet, reads_others
from vault_sync.vault.vault import Vault, find_vault, why_ignored
from vault_sync.vault.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack
    from datetime import datetime

    from vault_sync.formula.registry import Clock
    from vault_sync.plan.evaluation import Conditions

_BATCH: Final = 256
_BATCH_BYTES: Final = 32 * 1024 * 1024


class _Fresh(NamedTuple):
    """A staged note that was stale: its entry, its edits, what is reported of it, its true bytes."""

    entry: IndexEntry
    planned: PlannedBlock
    result: NoteResult
    data: bytes


def refresh_staged(
    blobs: BlobReader,
    entries: Iterable[IndexEntry],
    clock: Clock,
    report_problem: Callable[[str, Problem], None],
    report_error: Callable[[VaultSyncError], None],
) -> Summary:
    """Refresh staged notes, vault by vault; the trouble of one vault does not stop the others.

    Args:
        blobs: reads what is staged.
        entries: the staged notes. Those that lie in no vault are passed over.
        clock: which formulas count: all (`INSTANT`), or those that read no clock (`STABLE`).
        report_problem: is called with each problem of a note, behind its path.
        report_error: is called with each error of a vault.

    Returns:
        The counts. The exit code is the worst that a note, a vault or git asks for.
    """
    summary = Summary()
    for root, group in _group_by_vault(blobs.repository.top, entries).items():
        try:
            workspace = open_workspace(root, None)
            refresh = StagedRefresh(workspace, blobs, summary, report_problem)
            refresh.run(group, clock)
        except VaultSyncError as error:
            report_error(error)
            summary.exit_code = max(summary.exit_code, error.exit_code)
    return summary


class StagedRefresh(NamedTuple):
    """One refresh of what is staged of one vault.

    Attributes:
        workspace: the vault.
        blobs: reads what is staged.
        summary: counts what becomes of each note.
        report_problem: is called with each problem of a note, behind its path.
    """

    workspace: Workspace
    blobs: BlobReader
    summary: Summary
    report_problem: Callable[[str, Problem], None]

    def run(self, entries: Iterable[IndexEntry], clock: Clock) -> None:
        """Refresh staged notes, then the same lines in the work tree."""
        moment = self.workspace.moment(None)
        with VaultFolder(self.workspace.vault.root) as root:
            rules, of_day = self.workspace.rules, self.workspace.conditions(moment, clock)
            conditions = look_into_index(of_day, rules, self.workspace.vault, self.blobs)
            planner = RefreshPlanner(root, rules, conditions)
            stored: dict[IndexEntry, str] = {}
            fresh: dict[IndexEntry, _Fresh] = {}
            for batch in _batch(self._plan(planner, entries, moment)):
                ids = write_blobs(self.blobs.repository, [one.data for one in batch])
                stored |= zip((one.entry for one in batch), ids, strict=True)
                fresh |= {one.entry: one._replace(data=b"") for one in batch}
            replaced = [fresh[entry] for entry in self._stage(stored)]
            for one in replaced:
                self.summary.add(one.result)
            if replaced:
                planned = {one.result.path: one.planned for one in replaced}
                _WorkTreeNotes(root, planned, self.report_problem).write(moment)

    def _plan(
        self, planner: RefreshPlanner, entries: Iterable[IndexEntry], moment: datetime
    ) -> Iterator[_Fresh]:
        """Yield the staged notes that are stale, and report the problems of all."""
        for entry in entries:
            path = self._relate(entry)
            data = None if why_ignored(self.workspace.vault, path) else self.blobs.read(entry.blob)
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
            self.report_problem(result.path, problem)

    def _relate(self, entry: IndexEntry) -> str:
        full = os.path.join(self.blobs.repository.top, entry.path)  # noqa: PTH118 - str in, str out
        return os.path.relpath(full, self.workspace.vault.root).replace(os.sep, "/")

    def _sign(self, entry: IndexEntry, data: bytes, moment: datetime) -> Signature:
        """Return what filters may ask of a staged note; one without a file is written just now."""
        try:
            mtime_ns = (self.blobs.repository.top / entry.path).lstat().st_mtime_ns
        except OSError:
            mtime_ns = int(moment.timestamp()) * 10**9
        return Signature(mtime_ns, mtime_ns, len(data), 0, 0)

    def _stage(self, stored: Mapping[IndexEntry, str]) -> list[IndexEntry]:
        pending = find_pending(self.blobs.repository)
        if pending:
            replace_entries(pending, stored)
        return replace_entries(self.blobs.repository, stored)


def _group_by_vault(top: Path, entries: Iterable[IndexEntry]) -> dict[Path, list[IndexEntry]]:
    """Return the entries by the vaults they lie in, without those that lie in none."""
    find = cache(find_vault)
    groups: dict[Path, list[IndexEntry]] = {}
    for entry in entries:
        root = find(top / entry.path.rpartition("/")[0])
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


class _WorkTreeNotes(NamedTuple):
    """The notes of a work tree: plans the edits that were made in what is staged, and nothing else.

    Attributes:
        root: the vault.
        planned: what was made of the staged notes, by their paths in the vault.
        report_problem: is called with each note that could not be read or written, and why.
    """

    root: VaultFolder
    planned: Mapping[str, PlannedBlock]
    report_problem: Callable[[str, Problem], None]

    def write(self, moment: datetime) -> None:
        """Write what was made of staged notes where the same lines stand.

        Args:
            moment: the present, for the journal.

        Raises:
            StateError: the journal cannot be kept; then no note is written.
        """
        from vault_sync.engine.run import RefreshRun  # noqa: PLC0415 - for a quick start

        run = RefreshRun(self, _COMMAND, moment, self.report_problem)
        run.write(map(self.plan, sorted(self.planned)), self)

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

    def note_done(self, result: NoteResult) -> None:
        """Report the problems of a note."""
        for problem in result.problems:
            self.report_problem(result.path, problem)

    def progress(self, count: int) -> None:
        """Show nothing: a commit is waiting."""


# The files of a vault as they are staged, for formulas that read other notes.

_SIGNATURE: Final = Signature(0, 0, 0, 0, 0)


def look_into_index(
    conditions: Conditions, rules: Sequence[RuleSet], vault: Vault, blobs: BlobReader
) -> Conditions:
    """Return conditions in which formulas see the other notes as these are staged, if one may look at them.

    Args:
        conditions: the day, the zone and the clocks that count.
        rules: the rule sets.
        vault: in the work tree of the repository.
        blobs: reads what is staged.
    """
    if not reads_others(rules):
        return conditions
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415 - few rules need it

    source = StagedNotes(blobs, vault)
    return conditions.with_vault(LinkedNotes(source, rules, conditions))


def open_staged_planner(
    stack: ExitStack,
    root: VaultFolder,
    rules: Sequence[RuleSet],
    conditions: Conditions,
    vault: Vault,
) -> RefreshPlanner:
    """Return a planner of notes on the disk whose formulas see the other notes as these are staged.

    Where the vault lies in no repository, they see those on the disk.

    Args:
        stack: closes what is opened.
        root: the folder of the vault, opened.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        vault: where the notes are.

    Raises:
        GitError: git cannot tell what is staged.
    """
    if not reads_others(rules):
        return RefreshPlanner(root, rules, conditions)
    try:
        repository = _choose_index(find_repository(Path(vault.root)))
    except RepositoryNotFoundError:
        return open_planner(root, rules, conditions, vault)
    blobs = stack.enter_context(BlobReader(repository))
    return RefreshPlanner(root, rules, look_into_index(conditions, rules, vault, blobs))


def _choose_index(repository: Repository) -> Repository:
    """Return a repository with the index that git has made for a commit of some files alone.

    Source: githooks(5), "pre-commit": it is named by ``GIT_INDEX_FILE``.
    """
    named = os.environ.get("GIT_INDEX_FILE")
    index = repository.top / named if named else None
    is_ours = index and os.path.realpath(index.parent) == os.path.realpath(repository.git_dir)
    return repository._replace(index_file=index) if is_ours else repository


class StagedNotes:
    """What the index of a repository has below the folder of a vault.

    Nothing of the work tree is read, so no value comes from a note that is not saved or not staged.
    """

    def __init__(self, blobs: BlobReader, vault: Vault) -> None:
        """Look into an index; it is listed when the first name is looked up.

        Args:
            blobs: reads what is staged.
            vault: a vault in its work tree.
        """
        self._blobs = blobs
        self._vault = vault

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files that Obsidian would see."""
        return self._entries

    def read(self, path: str) -> NoteBytes:
        """Return a note as it is staged.

        Raises:
            NoteError: it is not.
        """
        blob = self._entries.get(path)
        data = self._blobs.read(blob) if blob else None
        if data is None:
            raise NoteError(Problem("It is not staged."))
        return NoteBytes(path, data, _SIGNATURE)

    def sign(self, path: str) -> Signature | None:
        """Return what is the same for all staged files: git tells no more of them."""
        return _SIGNATURE if path in self._entries else None

    def place(self, path: str) -> None:
        """Return nothing: the file on the disk may be another version."""

    def is_left_alone(self, path: str) -> bool:
        """Say whether the vault leaves a note alone."""
        return why_ignored(self._vault, path) is not None

    def describe(self) -> str:
        """Return nothing: what is staged is never remembered."""
        return ""

    @cached_property
    def _entries(self) -> Mapping[str, str]:
        """The blobs of the files by their paths in the vault."""
        root, top = os.path.realpath(self._vault.root), os.path.realpath(self._blobs.repository.top)
        below = os.path.relpath(root, top).replace(os.sep, "/")
        start = "" if below == "." else f"{below}/"
        return {
            entry.path[len(start) :]: entry.blob
            for entry in list_entries(self._blobs.repository)
            if entry.path.startswith(start) and not _is_hidden(entry.path[len(start) :])
        }


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path
