"""New texts of notes in files of their own: written, made like their notes, synced."""

from __future__ import annotations

import os
from io import FileIO
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.errors import NoteChangedError
from vault_sync.files import platform
from vault_sync.files.desk import Desk, Step
from vault_sync.files.displaced import Spot, Version
from vault_sync.files.leftovers import UNFINISHED, name_leftover
from vault_sync.files.metadata import check_writable, copy_metadata
from vault_sync.files.outcome import CHANGED_MEANWHILE, Replacement
from vault_sync.files.reading import sign
from vault_sync.files.rescue import write_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.files.folder import VaultFolder


class Prepared(NamedTuple):
    """A note whose new text lies in a file of its own, still open."""

    number: int
    replacement: Replacement
    spot: Spot
    part: str
    file: FileIO
    owner: tuple[int, int, int]
    ours: Version


def prepare_text(root: VaultFolder, number: int, replacement: Replacement, desk: Desk) -> Prepared:
    """Write the new text of a note to a file of its own that is like the note in everything else."""
    folder, name = root.locate(replacement.path)
    source = folder.open_to_read(name)
    try:
        facts = os.fstat(source)
        if sign(facts) != replacement.old.signature:
            raise NoteChangedError(CHANGED_MEANWHILE)
        check_writable(facts)
        part = name_leftover(desk.run_id, replacement.path, UNFINISHED)
        file = FileIO(folder.create(part), "w")
        try:
            fresh = copy_metadata(source, facts, file.fileno())
            write_all(file.fileno(), replacement.new)
            desk.steps(Step.PREPARED, replacement.path)
        except BaseException:
            file.close()
            folder.discard(part)
            raise
    finally:
        os.close(source)
    owner = (facts.st_mode, facts.st_uid, facts.st_gid)
    ours = Version((fresh.st_dev, fresh.st_ino), owner, replacement.new)
    return Prepared(
        number, replacement, Spot(folder, name, replacement.path), part, file, owner, ours
    )


def sync_texts(notes: Sequence[Prepared]) -> dict[int, OSError]:
    """Sync and close new files; return what went wrong, by the number of the note."""
    failures = {}
    for note in notes:
        try:
            with note.file:
                platform.sync_file(note.file.fileno())
        except OSError as error:
            failures[note.number] = error
    return failures
