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
    from vault_sync.files.reading import NoteBytes
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
        try:
            note = read_note(self.root, path)
        except NoteError as error:
            start = error.start if isinstance(error, NoteTooLargeError) else b""
            return self._refuse(error, glimpse(start))
        return self.load_version(note)

    def load_version(self, note: NoteBytes) -> StudyFacts | Unread | None:
        """Return the same for a version that is in hand already."""
        text = ""
        try:
            text = decode_note(note.data)
            facts = FileFacts(note.signature, self.reader.conditions)
            return self.reader.read(text, note.path, facts)
        except NoteError as error:
            return self._refuse(error, text or glimpse(note.data))

    def _refuse(self, error: NoteError, text: str) -> Unread:
        return Unread(error.problem if is_named(text, self.rules) else None)
