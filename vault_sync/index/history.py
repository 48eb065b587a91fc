"""What persons did to the notes since they are known: hashes of lines, in a table of the index.

It is needed where a sync service has made a second version of a note (see
`vault_sync.engine.conflict_copies`). Like all of the index it is a cache: without it, such a version
stays for the user to decide.
"""

from __future__ import annotations

import os
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.clock import read_wall
from vault_sync.errors import NoteError, StateError
from vault_sync.files.read import decode_note, read_note
from vault_sync.index.notes import MAX_ROWS, digest_of
from vault_sync.index.store import NAME, open_file
from vault_sync.plan.person_text import (
    TOKEN_BYTES,
    EditHistory,
    begin_history,
    list_derived,
    take_out,
)
from vault_sync.state.folder import locate_state, open_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.plan.person_text import PersonText
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.text import NameMap

MAX_BYTES: Final = 256 * 1024
"""Of a longer note no history is kept."""
_TIME_BYTES: Final = 5
_FEW: Final = 16
_MANY: Final = 512
"""For more notes than these, all histories are read at once."""
_SELECT: Final = "SELECT path, written, digest, lines, come, gone, proof FROM history"
_INSERT: Final = "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE: Final = "UPDATE history SET whole = ? WHERE path = ?"


class _Seen(NamedTuple):
    """A version that a run has seen: the digest of its bytes, and its history where that is another now."""

    whole: bytes
    history: EditHistory | None = None


@dataclass(slots=True)
class Histories:
    """The histories of the notes of one vault while one run lasts.

    Attributes:
        root: the real path of the vault.
        derived: names of derived properties.
    """

    root: Path
    derived: NameMap[None]
    _wholes: dict[bytes, bytes | None] = field(default_factory=dict)
    _has_all_wholes: bool = False
    _seen: dict[bytes, _Seen] = field(default_factory=dict)
    _all: dict[bytes, EditHistory] | None = None
    _written: list[tuple[NoteBytes, bytes]] = field(default_factory=list)
    _connection: sqlite3.Connection | None = None

    def expect(self, paths: Iterable[str]) -> None:
        """Look up some notes at once: few of them are looked up without all others of the vault."""
        keys = [os.fsencode(path) for path in paths]
        if not self._wholes and len(keys) <= _FEW:
            with self._open() as connection:
                self._wholes = {**dict.fromkeys(keys), **_load_wholes(connection, keys)}

    def note_written(self, old: NoteBytes, new: bytes) -> None:
        """Take a version that we wrote: what a person wrote in it is what he wrote in the old one.

        The last few are taken in when all is saved, so that the file is opened once for them. Of many
        those so far are kept at once: in memory a history takes more than its note.
        """
        self._written.append((old, new))
        if len(self._written) > _FEW:
            self._take_in()
        if len(self._seen) >= _MANY:
            self._keep()

    def _take_in(self) -> None:
        written, self._written = self._written, []
        self.expect(old.path for old, _ in written)
        for old, new in written:
            self._take(old, new)

    def _take(self, old: NoteBytes, new: bytes) -> None:
        key = os.fsencode(old.path)
        if self._find_whole(key) == digest_of(old.data):
            self._seen[key] = _Seen(digest_of(new))
        elif len(new) <= MAX_BYTES:
            with suppress(NoteError):
                version = take_out(decode_note(new), self.derived, self.derived)
                if version.is_sure:
                    self._follow(old, digest_of(new), version)

    def is_known(self, path: str) -> bool:
        """Say whether there is a history of a note."""
        self._take_in()
        return self._find_whole(os.fsencode(path)) is not None

    def note_seen(self, note: NoteBytes) -> None:
        """Begin the history of a note.

        Raises:
            NoteError: it is no text.
        """
        if len(note.data) <= MAX_BYTES:
            version = take_out(decode_note(note.data), self.derived, self.derived)
            if version.is_sure:
                begun = begin_history(version, note.signature.mtime_ns, int(read_wall()))
                self._seen[os.fsencode(note.path)] = _Seen(digest_of(note.data), begun)

    def _find_whole(self, key: bytes) -> bytes | None:
        if not self._is_looked_up(key):
            with self._open() as connection:
                self._wholes, self._has_all_wholes = {**_load_wholes(connection)}, True
        return self._wholes.get(key)

    def _is_looked_up(self, key: bytes) -> bool:
        return self._has_all_wholes or key in self._wholes

    def look(self, note: NoteBytes, version: PersonText) -> EditHistory | None:
        """Return the history of a note with its present version; None where it is not known.

        Args:
            note: as it was read.
            version: what a person wrote in it.
        """
        self._take_in()
        key = os.fsencode(note.path)
        known = self._find(key)
        if known is None or not version.is_sure:
            return None
        history = known.follow(version, int(read_wall()))
        if history is not known:
            self._seen[key] = _Seen(digest_of(note.data), history)
        return history

    def _follow(self, old: NoteBytes, whole: bytes, version: PersonText) -> None:
        key = os.fsencode(old.path)
        known = self._find(key)
        history = (
            known.follow(version, int(read_wall()))
            if known
            else begin_history(version, old.signature.mtime_ns)
        )
        self._seen[key] = _Seen(whole, history)

    def _find(self, key: bytes) -> EditHistory | None:
        seen = self._seen.get(key)
        if seen and seen.history:
            return seen.history
        if self._is_looked_up(key) and self._find_whole(key) is None:
            return None
        with self._open() as connection:
            if self._all is None and len(self._seen) >= _FEW:
                self._all = _load_histories(connection)
            return self._all.get(key) if self._all else _load_histories(connection, key).get(key)
        return None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        """Give the file to be read, None where there is none."""
        if self._connection is not None:
            yield self._connection
            return
        file = locate_state(self.root).path / NAME
        with open_file(file, is_writing=False) as connection:
            yield connection

    def save(self) -> None:
        """Keep what was seen for later runs. It may fail, and says nothing."""
        if not self._seen and not self._written:
            return
        self._keep()
        self._wholes, self._has_all_wholes = {}, False

    def _keep(self) -> None:
        with suppress(StateError):
            file = open_state(self.root).path / NAME
            with open_file(file, is_writing=True) as self._connection:
                if self._connection is not None:
                    self._take_in()
                    _write(self._connection, self._seen)
        self._connection, self._all = None, None
        self._wholes.update((key, seen.whole) for key, seen in self._seen.items())
        self._written.clear()
        self._seen.clear()


def open_histories(root: Path, rules: Sequence[RuleSet]) -> Histories:
    """Return the histories of the notes of a vault."""
    return Histories(root, list_derived(rules))


def begin_histories(root: VaultFolder, rules: Sequence[RuleSet], paths: Sequence[str]) -> None:
    """Begin the histories of notes that need no write here, so that the next edit is known as one.

    Without it the first write here would be the beginning, and where another device writes the
    values of the day, that is the first edit on this one.

    Args:
        root: the vault.
        rules: its rule sets.
        paths: of the notes.
    """
    if not paths:
        return
    histories = open_histories(Path(root.path), rules)
    histories.expect(paths)
    for path in paths:
        if not histories.is_known(path):
            with suppress(NoteError):
                histories.note_seen(read_note(root, path))
    histories.save()


def _load_wholes(
    connection: sqlite3.Connection | None, keys: Sequence[bytes] | None = None
) -> dict[bytes, bytes]:
    """Return the digests of the versions of some notes that were seen last, or of all."""
    query = "SELECT path, whole FROM history"
    if keys is not None:
        query += f" WHERE path IN ({', '.join('?' * len(keys))})"
    return dict(connection.execute(query, keys or ())) if connection else {}


def _load_histories(
    connection: sqlite3.Connection | None, key: bytes | None = None
) -> dict[bytes, EditHistory]:
    """Return the history of one note, or of all, by their paths; without those that are damaged."""
    if connection is None:
        return {}
    query, values = (_SELECT, ()) if key is None else (f"{_SELECT} WHERE path = ?", (key,))
    found = ((row[0], _parse(row)) for row in connection.execute(query, values))
    return {path: history for path, history in found if history}


def _write(connection: sqlite3.Connection, seen: Mapping[bytes, _Seen]) -> None:
    touched = [(one.whole, key) for key, one in seen.items() if one.history is None]
    connection.executemany(_UPDATE, touched)
    followed = {key: one for key, one in seen.items() if one.history}
    if _has_all(connection, followed) or _count_rows(connection) < MAX_ROWS:
        rows = (
            _render(key, one.whole, one.history) for key, one in followed.items() if one.history
        )
        connection.executemany(_INSERT, rows)


def _has_all(connection: sqlite3.Connection, keys: Iterable[bytes]) -> bool:
    query = "SELECT 1 FROM history WHERE path = ?"
    return all(connection.execute(query, (key,)).fetchone() for key in keys)


def _count_rows(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM history").fetchone()
    return int(count)


def _render(key: bytes, whole: bytes, history: EditHistory) -> tuple[object, ...]:
    facts = (
        history.written,
        history.digest,
        b"".join(sorted(history.lines)),
        _render_times(history.come),
        _render_times(history.gone),
    )
    return (key, whole, *facts, _sum_up(key, *facts))


def _render_times(times: Mapping[bytes, int]) -> bytes:
    return b"".join(key + at.to_bytes(_TIME_BYTES, "big") for key, at in sorted(times.items()))


def _parse(row: tuple[bytes, int, bytes, bytes, bytes, bytes, int]) -> EditHistory | None:
    """Return the history in a row, None where the row is damaged."""
    key, written, digest, lines, come, gone, proof = row
    if proof != _sum_up(key, written, digest, lines, come, gone):
        return None
    return EditHistory(
        written, digest, frozenset(_cut(lines, TOKEN_BYTES)), _parse_times(come), _parse_times(gone)
    )


def _parse_times(data: bytes) -> dict[bytes, int]:
    rows = _cut(data, TOKEN_BYTES + _TIME_BYTES)
    return {row[:TOKEN_BYTES]: int.from_bytes(row[TOKEN_BYTES:], "big") for row in rows}


def _cut(data: bytes, length: int) -> Iterable[bytes]:
    return (data[place : place + length] for place in range(0, len(data), length))


def _sum_up(*facts: object) -> int:
    return zlib.crc32(repr(facts).encode())
