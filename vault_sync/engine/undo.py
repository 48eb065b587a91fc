"""Putting back what a run wrote, where nobody has changed it since."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
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
from vault_sync.files.export import create_in
from vault_sync.files.os_errors import explain_write
from vault_sync.files.read import hash_note, read_note
from vault_sync.note.decode import decode_note
from vault_sync.note.diffs import render_diff
from vault_sync.note.frontmatter import Frontmatter, find_block, read_frontmatter
from vault_sync.note.splice import Edit
from vault_sync.note.yaml_tree import Scalar
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.proof import prove_reversible, prove_undo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_sync.engine.refresh import Found
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.state.journal import Entry, JournalEdit, RunSummary

UNDO: Final = "undo "
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


def read_rescued(entry: Entry, rescue_folder: Path) -> WholeText | None:
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
        return NoteResult(path, Status.UNCHANGED, problems=(problem,))
    except (OSError, NoteError) as error:
        said = error.problem if isinstance(error, NoteError) else Problem(explain_write(error))
        return NoteResult(path, Status.FAILED, problems=(said,))
    return NoteResult(path, Status.CHANGED)


class UndoPlanner(NamedTuple):
    """Plans to take back the edits of a run.

    Attributes:
        root: the vault.
        edits: what the run did, by the path of the note.
        texts: the texts that it exchanged as a whole, likewise.
    """

    root: VaultFolder
    edits: Mapping[str, Sequence[JournalEdit]]
    texts: Mapping[str, WholeText] = MappingProxyType({})

    def plan(self, path: str) -> Found:
        """Return a note with edits to take back, or another result of it."""
        try:
            note = read_note(self.root, path)
            text = decode_note(note.data)
            whole = self.texts.get(path)
            plan = _plan_whole(note, whole) if whole else plan_undo(text, self.edits[path])
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)
        if plan.text != text:
            return Stale(note, plan)
        return NoteResult(path, Status.UNCHANGED, problems=plan.problems)


def _plan_whole(note: NoteBytes, whole: WholeText) -> NotePlan:
    """Return the plan that puts a whole text back where nothing was written since."""
    if hash_note(note.data) == whole.new_hash:
        return NotePlan(decode_note(whole.data), is_governed=True)
    problem = Problem(f"The note {_CHANGED_SINCE}")
    return NotePlan(decode_note(note.data), problems=(problem,), is_governed=True)


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
