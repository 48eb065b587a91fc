"""Putting back what a run wrote, where nobody has changed it since."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import Stale, failed_result
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import (
    BrokenPromiseError,
    FrontmatterError,
    NoteError,
    Problem,
    RunNotFoundError,
)
from vault_sync.files.read import hash_note, read_note
from vault_sync.note.decode import decode_note
from vault_sync.note.frontmatter import Frontmatter, find_block, read_frontmatter
from vault_sync.note.splice import Edit
from vault_sync.note.yaml_tree import Scalar
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.proof import prove_reversible, prove_undo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_sync.engine.refresh import Found
    from vault_sync.files.folder import VaultFolder
    from vault_sync.state.journal import Entry, JournalEdit, RunSummary

UNDO: Final = "undo "
_REST: Final = re.compile(r"(?:[ \t]+#[^\n]*|[ \t]*)\r?\n")
_CHANGED_SINCE: Final = "has been changed since that run, so it stays as it is."


class UndoPlanner(NamedTuple):
    """Plans to take back the edits of a run.

    Attributes:
        root: the vault.
        edits: what the run did, by the path of the note.
    """

    root: VaultFolder
    edits: Mapping[str, Sequence[JournalEdit]]

    def plan(self, path: str) -> Found:
        """Return a note with edits to take back, or another result of it."""
        try:
            note = read_note(self.root, path)
            text = decode_note(note.data)
            plan = plan_undo(text, self.edits[path])
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)
        if plan.text != text:
            return Stale(note, plan)
        return NoteResult(path, Status.UNCHANGED, problems=plan.problems)


def follow_renames(
    root: VaultFolder, entries: Sequence[Entry], notes: Iterable[str]
) -> dict[str, str]:
    """Return where the notes of a run are now that have been renamed or moved and nothing else.

    Args:
        root: the vault.
        entries: what the run did to each note.
        notes: the paths of the notes that there are; they are read only where one is missed.

    Returns:
        The new paths by the old ones, where just one note holds the very bytes that the run wrote.
    """
    known = {entry.path for entry in entries}
    gone = {
        one.new_hash: one.path for one in entries if not os.path.lexists(f"{root.path}/{one.path}")
    }
    found: dict[str, list[str]] = {}
    for path in notes if gone else ():
        digest = None if path in known else _hash(root, path)
        if digest in gone:
            found.setdefault(gone[digest], []).append(path)
    return {old: paths[0] for old, paths in found.items() if len(paths) == 1}


def _hash(root: VaultFolder, path: str) -> str | None:
    try:
        return hash_note(read_note(root, path).data)
    except NoteError:
        return None


def plan_undo(text: str, edits: Sequence[JournalEdit]) -> NotePlan:
    """Return the plan that takes edits back, each only where its text still stands.

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
        else:
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


def _put_below(note: Frontmatter, name: str, line: str) -> Edit | None:
    """Return the edit that puts a line below a property of one line, None where there is none."""
    found = note.properties.get(name)
    if found is None or not isinstance(found.value, Scalar):
        return None
    end = note.block.start + max(found.key.end, found.value.end)
    place = note.text.index("\n", end) + 1
    return Edit(place, place, line)


def find_undoable(runs: Sequence[RunSummary], named: str | None) -> str:
    """Return the run that the user named, else the newest that changed notes and was not undone.

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
    undone = {run.command.removeprefix(UNDO) for run in runs if run.command.startswith(UNDO)}
    for run in runs:
        if not run.command.startswith(UNDO) and run.run_id not in undone and run.written != 0:
            return run.run_id
    raise RunNotFoundError(
        "There is no run to undo; `vault-sync undo --list` shows what there was."
    )
