"""What the formulas of notes read of other notes, kept in the index from one run to the next."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from vault_sync.engine.reads import Reads
from vault_sync.files.read import stat_note
from vault_sync.index.verdicts import is_alone

if TYPE_CHECKING:
    from vault_sync.engine.linked_notes import RecordedNotes
    from vault_sync.files.read import Signature
    from vault_sync.index.notes import NoteIndex, Version


class KnownReads:
    """What was read in earlier runs, and in this one for later ones.

    Args:
        notes: the vault by now; writes down what the formulas of a note read.
        index: what is known.
        under: names the circumstances.
        root: the folder of the vault.
    """

    __slots__ = (
        "_after",
        "_fresh",
        "_index",
        "_links_under",
        "_looked_at",
        "_notes",
        "_root",
        "_same",
        "_under",
    )

    def __init__(self, notes: RecordedNotes, index: NoteIndex, under: str, root: str) -> None:
        self._notes = notes
        self._index = index
        self._under = under
        self._root = root
        self._links_under = sha256(repr(sorted(notes.view.owned)).encode()).hexdigest()[:16]
        self._fresh: dict[str, tuple[bytes, Reads]] = {}
        self._looked_at: dict[str, Reads] = {}
        self._after: dict[tuple[str, str], str] = {}
        self._same: dict[str, str] = {}
        notes.view.remember_links(self)

    def recall(self, path: str, digest: bytes) -> Reads | None:
        """Return what a version of a note read when it was looked at last."""
        if path in self._fresh and self._fresh[path][0] == digest:
            return self._fresh[path][1]
        found = self._index.recall_reading(path, digest, self._under)
        return None if found is None else Reads.load(found)

    def is_current(self, path: str, digest: bytes) -> bool:
        """Say whether all that a version of a note read is still the same."""
        reads = self.recall(path, digest)
        if reads is None:
            return False
        self._looked_at[path] = reads
        others: list[str] = []
        files = self._notes.view.name_files() if reads.names else ""
        if not reads.is_current(
            self._notes.view, files, lambda *note: self._is_same(*note, others)
        ):
            return False
        if others or reads.files != files:  # the next run need not compare
            reads.files = files
            reads.versions.update((other, self._notes.view.find_version(other)) for other in others)
            self._fresh[path] = digest, reads
        return True

    def take(self, path: str, digest: bytes, after: bytes) -> bool:
        """Keep what was read for a note that has just been planned; say whether there was anything.

        Args:
            path: of the note.
            digest: of its bytes.
            after: of those that it is going to have.
        """
        self._after[path, digest.hex()] = after.hex()
        self._looked_at[path] = self._notes.reads
        if self._notes.reads:
            self._fresh[path] = after, self._notes.reads
        return bool(self._notes.reads)

    def find_last(self, path: str) -> Reads | None:
        """Return what a note read that was planned in this run."""
        return self._looked_at.get(path)

    def save(self) -> None:
        """Put what is new into the index."""
        for path, (digest, reads) in self._fresh.items():
            for other, version in reads.versions.items():
                reads.versions[other] = self._find_final(other, version)
            self._index.keep_reading(path, digest, self._under, reads.dump())

    def recall_links(self, path: str, signature: Signature) -> list[str] | None:
        """Return the targets of the links of a version of a note, None where it is not known."""
        row = self._index.recall(path, signature)
        if row and row.settled and row.links is not None and row.links_under == self._links_under:
            targets: list[str] = json.loads(row.links)
            return targets
        self._index.measure_clocks()
        return None

    def keep_links(self, version: Version, targets: list[str]) -> None:
        """Keep the targets of the links of a note that was read."""
        self._index.remember(version, links=(self._links_under, json.dumps(targets)))

    def _is_same(self, path: str, version: str, others: list[str]) -> bool:
        """Say whether a note is as it was read, and depends on no other; else name it among others."""
        if path not in self._same:
            row = self._index.recall(path, stat_note(self._root, path))
            is_known = row and row.settled and row.under == self._under
            self._same[path] = (
                row.digest.hex() if row and is_known and is_alone(row.verdict) else ""
            )
        if version and self._same[path] == version:
            return True
        others.append(path)
        return False

    def _find_final(self, path: str, version: str) -> str:
        """Return the digest of what is on the disk by now, if we made it of the version that was read."""
        row = self._index.recall(path, stat_note(self._root, path))
        after = self._after.get((path, version))
        return after if row and after and row.digest.hex() == after else version
