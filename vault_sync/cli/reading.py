"""The runs that only read a note: what is behind ``explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.cli.runs import choose_conditions, read_moment
from vault_sync.errors import NoteError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.files.reading import read_note
from vault_sync.note.decoding import decode_note
from vault_sync.note.post import read_post
from vault_sync.plan.explain import ExplainedNote, explain_note
from vault_sync.planning import FileFacts, find_conditions
from vault_sync.selection import select_notes
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from frontmatter import Post

    from vault_sync.cli import Options
    from vault_sync.files.reading import NoteBytes
    from vault_sync.workspace import Workspace


def run_explain(options: Options, note: Path, now: str | None) -> tuple[str, Post, ExplainedNote]:
    """Return a note's path in the vault, the note for reading, and what a refresh makes of it."""
    workspace = open_workspace(locate_vault((note,), options.vault), options.config)
    found = read_named_note(workspace, note)
    text = decode_note(found.data)
    of_day = choose_conditions(workspace, read_moment(workspace, now), now)
    conditions = find_conditions(text, found, workspace.rules, of_day)
    facts = FileFacts(found.signature, conditions)
    explained = explain_note(text, found.path, workspace.rules, conditions, facts)
    return found.path, read_post(text), explained


def read_named_note(workspace: Workspace, note: Path) -> NoteBytes:
    """Return a note that the user named, as it is on the disk.

    Raises:
        NoteError: it is one that is left alone, or it cannot be read.
    """
    selection = select_notes(workspace.vault, (note,))
    if not selection.notes:
        raise NoteError(Problem(f"{note} is left alone: {selection.ignored[0].reason}."))
    with VaultFolder(workspace.vault.root) as root:
        return read_note(root, selection.notes[0])
