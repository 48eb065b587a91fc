"""All notes of a vault on trial, one after another. Nothing is written anywhere."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.errors import BrokenPromiseError, NoteError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.reading import read_note
from vault_sync.proof.proving import NoteProof, prove_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.errors import Problem

_NUMBERED: Final = re.compile(r"(first in line) \d+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one note.

    Attributes:
        path: in the vault.
        proof: what was tried; None where the note was refused, or a byte did not come back.
        refused: why a refresh would leave the whole note alone.
        bug: what went wrong that must not; empty where nothing did.
        trace: where in the program that came up; empty where the program saw it coming.
    """

    path: str
    proof: NoteProof | None = None
    refused: Problem | None = None
    bug: str = ""
    trace: str = ""


def verify_notes(root: str, paths: Iterable[str]) -> Iterator[Verdict]:
    """Yield what came of each note, in their order.

    Args:
        root: the vault.
        paths: of the notes, relative to it.
    """
    with VaultFolder(root) as folder:
        for path in paths:
            yield verify_note(folder, path)


def verify_note(root: VaultFolder, path: str) -> Verdict:
    """Return what came of one note.

    Args:
        root: the vault.
        path: of the note, relative to it.
    """
    try:
        return Verdict(path, prove_note(read_note(root, path).data))
    except NoteError as error:
        return Verdict(path, refused=error.problem)
    except BrokenPromiseError as error:
        return Verdict(path, bug=str(error))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the user is told with which note
        return Verdict(path, bug=f"{type(error).__name__}: {error}", trace=traceback.format_exc())


@dataclass(slots=True)
class Tally:
    """Counts over all notes.

    Attributes:
        seen: notes looked at.
        proved: notes with properties, all bytes of which came back.
        bare: notes without properties.
        left_alone: notes that ask to be left alone.
        refused: notes that a refresh would leave alone because of problems.
        bugs: notes of which a byte did not come back.
        replaced: properties that were replaced and put back.
        inserted: lines that were added and taken out again.
        note_reasons: how many notes were refused for each reason.
        property_reasons: how many properties were.
    """

    seen: int = 0
    proved: int = 0
    bare: int = 0
    left_alone: int = 0
    refused: int = 0
    bugs: int = 0
    replaced: int = 0
    inserted: int = 0
    note_reasons: Counter[str] = field(default_factory=Counter)
    property_reasons: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        """Count one note."""
        self.seen += 1
        if verdict.bug:
            self.bugs += 1
        elif verdict.refused:
            self.refused += 1
            self.note_reasons[generalize(verdict.refused)] += 1
        elif verdict.proof:
            self._add_proof(verdict.proof)

    def _add_proof(self, proof: NoteProof) -> None:
        if proof.left_alone:
            self.left_alone += 1
        elif not proof.has_frontmatter:
            self.bare += 1
        else:
            self.proved += 1
        self.replaced += proof.replaced
        self.inserted += proof.inserted
        self.property_reasons.update(map(generalize, proof.refused))


def generalize(problem: Problem) -> str:
    """Return the sentence of a problem without what is special to one note, so that it can be counted."""
    message = problem.message
    if problem.property is not None:
        message = message.replace(f"`{problem.property}`", "`…`")
    return _NUMBERED.sub(r"\1 …", message)
