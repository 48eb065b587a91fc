"""What a note on the disk tells of its reviews: reading, decoding, and what can go wrong there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vault_sync.errors import NoteError, NoteTooLargeError
from vault_sync.files.reading import read_note
from vault_sync.note.decoding import decode_note, glimpse
from vault_sync.plan.governed import is_named
from vault_sync.planning import FileFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.study.factreader import FactReader
    from vault_sync.study.facts import StudyFacts


class Unread(NamedTuple):
    """A note that could not be read.

    Attributes:
        problem: why; None where it is no study note, as far as can be seen.
    """

    problem: Problem | None


class Loader(Protocol):
    """Knows what the notes of a vault tell."""

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what a note tells, None for one that is no study note."""


@dataclass(frozen=True, slots=True)
class FactLoader:
    """Reads the notes of a vault to know what they tell.

    Attributes:
        root: the vault.
        reader: of their texts.
        rules: all rule sets, by which a note that cannot be read is known for a study note.
    """

    root: VaultFolder
    reader: FactReader
    rules: Sequence[RuleSet]

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what a note tells, None for one that is no study note."""
        start = b""
        text = ""
        try:
            note = read_note(self.root, path)
            start = note.data
            text = decode_note(note.data)
            return self.reader.read(text, path, FileFacts(note.signature, self.reader.conditions))
        except NoteError as error:
            if isinstance(error, NoteTooLargeError):
                start = error.start
            is_ours = is_named(text or glimpse(start), self.rules)
            return Unread(error.problem if is_ours else None)
