"""What the formulas of notes read of other notes, kept in the index from one run to the next."""

from __future__ import annotations

import json
import os
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from vault_sync.engine.reads import Reads
from vault_sync.errors import NoteError
from vault_sync.files.read import read_note, stat_note
from vault_sync.index import is_alone
from vault_sync.index.notes import digest_of, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.engine.recorded_notes import RecordedNotes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import Signature
    from vault_sync.index.notes import NoteIndex, Version


class KnownReads:
    """What was read in earlier runs, and in this one for later ones.

    Args:
        notes: the vault by now; writes down what the formulas of a note read.
        index: what is known.
        under: names the circumstances.
        root: the vault, opened.
    """

    __slots__ = (
        "_after",
        "_as_then",
        "_final",
        "_index",
        "_links_under",
        "_looked_at",
        "_notes",
        "_root",
        "_same",
        "_state",
        "_under",
    )

    def __init__(
        self, notes: RecordedNotes, index: NoteIndex, under: str, root: VaultFolder
    ) -> None:
        self._notes = notes
        self._index = index
        self._under = under
        self._root = root
        self._links_under = sha256(repr(sorted(notes.view.owned)).encode()).hexdigest()[:16]
        self._looked_at: dict[str, tuple[bytes, Reads]] = {}
        self._as_then: dict[str, bytes] = {}
        self._state: str | None = None
        self._after: dict[tuple[str, str], str] = {}
        self._final: dict[tuple[str, str], str] = {}
        self._same: dict[str, str] = {}
        notes.view.files.memory = self

    def recall(self, path: str, digest: bytes) -> Reads | None:
        """Return what a version of a note read when it was looked at last."""
        if path in self._looked_at and self._looked_at[path][0] == digest:
            return self._looked_at[path][1]
        found = self._index.recall_reading(path, digest, self._under)
        return None if found is None else Reads.load(found.reads)

    def is_current(self, path: str, digest: bytes) -> bool:
        """Say whether all that a version of a note read is still the same."""
        if self._is_as_then(path, digest):
            return True
        reads = self.recall(path, digest)
        if reads is None:
            return False
        others: list[str] = []
        files = self._notes.view.files.name_files() if reads.names else ""
        if not reads.is_current(
            self._notes.view, files, lambda other, version: self._is_same(other, version, others)
        ):
            return False
        if reads.names:
            reads.files = files
        # Other bytes that say the same need not be compared by the next run.
        reads.versions.update((other, self._notes.view.find_version(other)) for other in others)
        self._looked_at[path] = digest, reads
        return True

    def take(self, path: str, digest: bytes, after: bytes) -> bool:
        """Keep what was read for a note that has just been planned; say whether there was anything.

        Args:
            path: of the note.
            digest: of its bytes.
            after: of those that it is going to have.
        """
        self._after[path, digest.hex()] = after.hex()
        self._looked_at[path] = after, self._notes.reads
        return bool(self._notes.reads)

    def find_last(self, path: str) -> Reads | None:
        """Return what a note read that was looked at in this run."""
        if path in self._as_then:
            return self.recall(path, self._as_then[path])
        return self._looked_at[path][1] if path in self._looked_at else None

    def save(self) -> None:
        """Put what is new into the index."""
        fresh = {path: found for path, found in self._looked_at.items() if found[1]}
        if not fresh:
            return
        from vault_sync.index.store import ReadsRow  # noqa: PLC0415 - SQLite takes long to load

        state = self._find_state(partial(stat_note, self._root.path))
        for path, (digest, reads) in fresh.items():
            for other, version in reads.versions.items():
                reads.versions[other] = self._find_final(other, version)
            key = os.fsencode(path)
            reading = ReadsRow(key, digest, self._under, state, reads.dump())
            if reading[:-1] != (self._index.recall_reading(path, digest, self._under) or (0,))[:-1]:
                self._index.keep_reading(reading)

    def _is_as_then(self, path: str, digest: bytes) -> bool:
        """Say whether no note of the vault has changed since a note was looked at."""
        if self._state is None:
            self._state = self._find_state(self._notes.view.sign)
        found = self._index.recall_reading(path, digest, self._under) if self._state else None
        if found is None or found.state != self._state:
            return False
        self._as_then[path] = digest
        return True

    def _find_state(self, sign: Callable[[str], Signature | None]) -> str:
        """Return what names all notes of the vault as they are, empty where that is not certain.

        Args:
            sign: tells what is known of a note unread: by now, or as formulas are to see it.
        """
        index = self._index
        parts = [self._notes.view.files.name_files().encode()]
        for path in index.paths:
            row = index.recall(path, sign(path))
            if row is None or not row.settled or row.under != self._under or row.verdict is None:
                return ""
            parts.append(row.digest)
        for path in self._notes.view.files.list_notes().difference(index.paths):
            signature = sign(path)
            if signature is None or not index.is_at_rest(signature):
                return ""
            parts.append(os.fsencode(path) + b"\0" + pack(signature))
        parts[1 + len(index.paths) :] = sorted(parts[1 + len(index.paths) :])
        return sha256(b"\0".join(parts)).hexdigest()[:32]

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
            self._same[path] = self._find_known(path)
        if version and self._same[path] == version:
            return True
        others.append(path)
        return False

    def _find_known(self, path: str) -> str:
        """Return the digest of a note that is true and depends on no other; empty if that is not known.

        One that was written a moment ago is read, which is quicker than to compute its values.
        """
        row = self._index.recall(path, self._notes.view.sign(path))
        is_known = row and row.under == self._under and row.verdict is not None
        if not row or not is_known or not is_alone(row.verdict or 0):
            return ""
        digest = row.digest if row.settled else self._read_digest(path)
        return row.digest.hex() if digest == row.digest else ""

    def _read_digest(self, path: str) -> bytes:
        try:
            return digest_of(read_note(self._root, path).data)
        except NoteError:
            return b""

    def _find_final(self, path: str, version: str) -> str:
        """Return the digest of what is on the disk by now, if we made it of the version that was read."""
        after = self._after.pop((path, version), version)
        if after != version:  # many pages read one note, and it is looked at once
            row = self._index.recall(path, stat_note(self._root.path, path))
            is_there = row and row.digest.hex() == after
            self._final[path, version] = after if is_there else version
        return self._final.get((path, version), version)
