"""Putting back what a run wrote, where nobody has changed it since."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import Stale, failed_result
from vault_sync.engine.report import NoteResult, Status, render_diff
from vault_sync.errors import (
    BrokenPromiseError,
    FrontmatterError,
    NoteError,
    Problem,
    RunNotFoundError,
    explain_write,
)
from vault_sync.files.export import create_in
from vault_sync.files.read import decode_note, hash_note, read_note
from vault_sync.note.edits import Edit
from vault_sync.note.frontmatter import Frontmatter, find_block, read_frontmatter
from vault_sync.note.yaml_nodes import Scalar
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.proof import prove_reversible, prove_undo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_sync.engine.refresh import Found
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.state.journal import JournalEdit, JournalEntry, RunSummary

UNDO: Final = "undo "
NO_RUN: Final = (
    "No run has written to this vault yet; `vault-sync refresh --diff` shows what one would change."
)
_REST: Final = re.compile(r"(?:[ \t]+#[^\n]*|[ \t]*)\r?\n")
_CHANGED_SINCE: Final = "has been changed since that run, so it stays as it is."


class WholeText(NamedTuple):
    """A text that went as a whole, because a conflict copy was settled.

    Attributes:
        new_hash: of what took its place; empty where the file left the vault.
        data: the bytes that went.
    """

    new_hash: str
    data: bytes


def read_rescued(entry: JournalEntry, rescue_folder: Path) -> WholeText | None:
    """Return the text that an entry says went as a whole; None where its rescue copy is gone."""
    try:
        data = (rescue_folder / Path(entry.rescue).name).read_bytes()
    except OSError:
        return None
    return WholeText(entry.new_hash, data) if hash_note(data) == entry.old_hash else None


def restore_copy(root: VaultFolder, path: str, data: bytes, *, is_diff: bool) -> NoteResult:
    """Bring a conflict copy back that has left the vault.

    Args:
        root: the vault.
        path: of the copy.
        data: its bytes.
        is_diff: only say what would be brought back.
    """
    if is_diff:
        diff = render_diff(path, "", data.decode("utf-8", "replace"))
        return NoteResult(path, Status.STALE, diff=diff)
    try:
        folder, name = root.locate(path)
        create_in(folder, name, data)
    except FileExistsError:
        problem = Problem("There is a file of this name again, so it stays as it is.")
        problems = () if _holds(root, path, data) else (problem,)
        return NoteResult(path, Status.UNCHANGED, problems=problems)
    except (OSError, NoteError) as error:
        said = error.problem if isinstance(error, NoteError) else Problem(explain_write(error))
        return NoteResult(path, Status.FAILED, problems=(said,))
    return NoteResult(path, Status.CHANGED)


def _holds(root: VaultFolder, path: str, data: bytes) -> bool:
    try:
        return read_note(root, path).data == data
    except NoteError:
        return False


class UndoPlanner(NamedTuple):
    """Plans to take back the edits of a run.

    Attributes:
        root: the vault.
        entries: what the run did, by the path of the note.
        texts: the texts that it exchanged as a whole, likewise.
    """

    root: VaultFolder
    entries: Mapping[str, JournalEntry]
    texts: Mapping[str, WholeText] = MappingProxyType({})

    def plan(self, path: str) -> Found:
        """Return a note with edits to take back, or another result of it."""
        try:
            note = read_note(self.root, path)
            if hash_note(note.data) == self.entries[path].old_hash:
                return NoteResult(path, Status.UNCHANGED)
            text = decode_note(note.data)
            whole = self.texts.get(path)
            plan = _plan_whole(note, whole) if whole else plan_undo(text, self.entries[path].edits)
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)
        if plan.text != text:
            return Stale(note, plan)
        return NoteResult(path, Status.UNCHANGED, problems=plan.problems)


def follow_renames(
    root: VaultFolder, entries: Mapping[str, JournalEntry], notes: Iterable[str]
) -> dict[str, JournalEntry]:
    """Return what a run did by the paths that its notes have now: some may have been renamed and nothing else.

    A note is known where it alone holds the very bytes that the run wrote.

    Args:
        root: the vault.
        entries: what the run did, by the paths that the notes had.
        notes: the paths of the notes that there are; they are read only where one is missed.
    """
    gone = {
        entry.new_hash: path
        for path, entry in entries.items()
        if entry.new_hash and not os.path.lexists(f"{root.path}/{path}")
    }
    found: dict[str, list[str]] = {}
    for path in notes if gone else ():
        digest = None if path in entries else _hash(root, path)
        if digest in gone:
            found.setdefault(gone[digest], []).append(path)
    renamed = {old: paths[0] for old, paths in found.items() if len(paths) == 1}
    return {
        renamed.get(path, path): entry._replace(path=renamed.get(path, path))
        for path, entry in entries.items()
    }


def _hash(root: VaultFolder, path: str) -> str | None:
    try:
        return hash_note(read_note(root, path).data)
    except NoteError:
        return None


def _plan_whole(note: NoteBytes, whole: WholeText) -> NotePlan:
    """Return the plan that puts a whole text back where nothing was written since."""
    if hash_note(note.data) == whole.new_hash:
        return NotePlan(decode_note(whole.data), is_governed=True)
    problem = Problem(f"The note {_CHANGED_SINCE}")
    return NotePlan(decode_note(note.data), problems=(problem,), is_governed=True)


def plan_undo(text: str, edits: Sequence[JournalEdit]) -> NotePlan:
    """Return the plan that takes edits back, each only where its text still stands.

    Of one that is back already, as where an undo was interrupted, there is nothing to say.

    Args:
        text: the whole note as it is now.
        edits: what a run did to it.

    Raises:
        FrontmatterError: the note has no frontmatter any more that can be read.
    """
    block = find_block(text)
    note = read_frontmatter(text, block) if block else None
    if note is None:
        raise FrontmatterError(
            Problem("The note has no frontmatter any more, so nothing was put back.")
        )
    splices: list[Edit] = []
    broken: list[Edit] = []
    changes: list[Change] = []
    problems: list[Problem] = []
    for edit in edits:
        splice = _take_back(note, edit)
        if splice:
            (splices if edit.below is None else broken).append(splice)
            changes.append(Change(edit.property, edit.new, edit.old, edit.after, edit.before))
        elif not _is_back(note, edit):
            line = note.line_of(edit.property)
            problems.append(Problem(f"`{edit.property}` {_CHANGED_SINCE}", line, edit.property))
    after = prove_undo(note, splices, {change.property for change in changes})
    if broken:  # what was mended could not be read, so what comes back is proved by its bytes alone
        after = prove_reversible(note, [*splices, *broken])
    return NotePlan(after, tuple(changes), tuple(problems), is_governed=True)


def _take_back(note: Frontmatter, edit: JournalEdit) -> Edit | None:
    """Return the edit that puts one property back, None where its text is another by now."""
    found = note.properties.get(edit.property)
    if found and edit.below and edit.before:
        return _put_below(note, edit.below, edit.before)
    if found is None or edit.after is None:
        return None
    start = note.block.start + found.key.start
    if edit.before is None:
        start -= found.key.column
    end = start + len(edit.after)
    is_whole = edit.after.endswith("\n") or _REST.match(note.text, end)
    if not is_whole or note.text[start:end] != edit.after:
        return None
    return Edit(start, end, edit.before or "")


def _is_back(note: Frontmatter, edit: JournalEdit) -> bool:
    """Say whether a property is again what it was before an edit."""
    if edit.before is None:
        return edit.property not in note.properties
    forth = edit._replace(before=edit.after, after=edit.before, below=None)
    return _take_back(note, forth) is not None


def _put_below(note: Frontmatter, name: str, line: str) -> Edit | None:
    """Return the edit that puts a line below a property of one line, None where there is none."""
    found = note.properties.get(name)
    if found is None or not isinstance(found.value, Scalar):
        return None
    end = note.block.start + max(found.key.end, found.value.end)
    place = note.text.index("\n", end) + 1
    return Edit(place, place, line)


def find_undone(runs: Sequence[RunSummary]) -> frozenset[str]:
    """Return the runs that were undone to their end, and whose undoing was not undone in turn.

    Args:
        runs: the newest first.
    """
    undone: set[str] = set()
    for run in runs:  # what undid a run is newer than it
        if run.command.startswith(UNDO) and run.is_whole and run.run_id not in undone:
            undone.add(run.command.removeprefix(UNDO))
    return frozenset(undone)


def find_next(runs: Sequence[RunSummary]) -> RunSummary | None:
    """Return the newest run that changed notes and was not undone to its end, None where there is none.

    Args:
        runs: the newest first.
    """
    undone = find_undone(runs)
    return next(
        (
            run
            for run in runs
            if not run.command.startswith(UNDO) and run.run_id not in undone and run.written != 0
        ),
        None,
    )


def find_undoable(runs: Sequence[RunSummary], named: str | None) -> str:
    """Return the run that the user named, else the one that is to be undone next.

    Args:
        runs: the newest first.
        named: a run, where the user named one.

    Raises:
        RunNotFoundError: there is none.
    """
    if named:
        if named in {run.run_id for run in runs}:
            return named
        raise RunNotFoundError(f"There is no run {named!r}; `vault-sync undo --list` shows all.")
    if run := find_next(runs):
        return run.run_id
    if not runs:
        raise RunNotFoundError(NO_RUN)
    raise RunNotFoundError(
        "There is no run to undo; `vault-sync undo --list` shows what there was."
    )
