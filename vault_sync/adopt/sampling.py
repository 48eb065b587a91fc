"""The notes that inferring looks at: all of a small vault, an even sample of a large one."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.adopt.table import SampleNote
from vault_sync.errors import NoteError
from vault_sync.files.reading import read_note
from vault_sync.note.decoding import decode_note
from vault_sync.plan.governed import find_opt_out, read_properties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.files.folder import VaultFolder

MAX_NOTES: Final = 500
MAX_READ: Final = 3_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The notes that were looked at.

    Attributes:
        notes: those with properties, in the order of the vault.
        read: how many were read for that.
        total: how many there are.
        unreadable: notes that were read and could not be understood.
    """

    notes: Sequence[SampleNote]
    read: int
    total: int
    unreadable: int


def sample_notes(root: VaultFolder, paths: Sequence[str]) -> Sample:
    """Return notes with properties; of many the same ones each time, spread over all folders.

    Args:
        root: the vault.
        paths: of all notes in question.
    """
    spread = sorted(paths, key=lambda path: (zlib.crc32(path.encode("utf-8", "replace")), path))
    chosen: dict[str, SampleNote] = {}
    read = unreadable = 0
    for path in spread if len(paths) > MAX_NOTES else paths:
        if len(chosen) == MAX_NOTES or read == MAX_READ:
            break
        read += 1
        try:
            note = read_properties(decode_note(read_note(root, path).data))
        except NoteError:
            unreadable += 1
            continue
        if note and note.properties and not find_opt_out(note):
            chosen[path] = SampleNote(path, note)
    order = [chosen[path] for path in paths if path in chosen]
    return Sample(order, read, len(paths), unreadable)
