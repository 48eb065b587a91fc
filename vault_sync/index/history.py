"""What persons did to the notes since they are known: hashes of lines, in a table of the index.

It is needed where a sync service has made a second version of a note (see
`vault_sync.engine.conflict_copies`). Like all of the index it is a cache: without it, such a version
stays for the user to decide.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vault_sync.clock import read_wall
from vault_sync.errors import NoteError, StateError
from vault_sync.files.read import decode_note, read_note
from vault_sync.index.notes import digest_of
from vault_sync.index.store import AT_ONCE, NAME, open_file, sum_up
from vault_sync.index.store import MAX_BYTES as MAX_FILE
from vault_sync.plan.person_text import (
    TOKEN_BYTES,
    EditHistory,
    begin_history,
    cut,
    list_derived,
    take_out,
)
from vault_sync.state.folder import locate_state, open_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes
    from vault_sync.plan.person_text import PersonText
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.text import NameMap

MAX_BYTES: Final = 256 * 1024
"""Of a longer note no history is kept."""
_TIME_BYTES: Final = 5
_MANY: Final = 256
"""So many notes are looked up and kept at once."""
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
    _seen: dict[bytes, _Seen] = field(default_factory=dict)
    _written: dict[bytes, tuple[NoteBytes, bytes]] = field(default_factory=dict)
    _connection: sqlite3.Connection | None = None

    def expect(self, paths: Iterable[str]) -> None:
        """Look up some notes at once."""
        keys = [key for key in map(os.fsencode, paths) if key not in self._wholes]
        if keys:
            with self._open() as connection:
                self._wholes.update(dict.fromkeys(keys))
                self._wholes.update(_find(connection, "SELECT path, whole FROM history", keys))

    def note_written(self, old: NoteBytes, new: bytes) -> None:
        """Take a version that we wrote: what a person wrote in it is what he wrote in the old one.

        The last ones are taken in when all is saved, so that the file is opened once for them.
        """
        key = os.fsencode(old.path)
        if key in self._written:
            self._take_in()
        self._written[key] = old, new
        if len(self._written) >= _MANY:
            self.save()

    def _take_in(self) -> None:
        written, self._written = self._written, {}
        self.expect(old.path for old, _ in written.values())
        edited = {key for key, (old, _) in written.items() if self._is_edited(key, old)}
        histories = self._find_all([*edited])
        for key, (old, new) in written.items():
            if self._find_whole(key) and key not in edited:
                self._seen[key] = _Seen(digest_of(new), self._find_seen(key))
            elif len(new) <= MAX_BYTES:
                self._follow(old, new, histories.get(key))

    def _is_edited(self, key: bytes, note: NoteBytes) -> bool:
        """Say whether a note that is known is another one than the version that was seen last."""
        whole = self._find_whole(key)
        return whole is not None and whole != digest_of(note.data)

    def _follow(self, old: NoteBytes, new: bytes, known: EditHistory | None) -> None:
        with suppress(NoteError):
            version = take_out(decode_note(new), self.derived, self.derived)
            if version.is_sure:
                history = (
                    known.follow(version, int(read_wall()))
                    if known
                    else begin_history(version, old.signature.mtime_ns)
                )
                self._seen[os.fsencode(old.path)] = _Seen(digest_of(new), history)

    def is_known(self, path: str) -> bool:
        """Say whether there is a history of a note."""
        self._take_in()
        self.expect([path])
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

    def look(self, note: NoteBytes, version: PersonText) -> EditHistory | None:
        """Return the history of a note with its present version; None where it is not known.

        Args:
            note: as it was read.
            version: what a person wrote in it.
        """
        self._take_in()
        key = os.fsencode(note.path)
        known = self._find_all([key]).get(key)
        if known is None or not version.is_sure:
            return None
        history = known.follow(version, int(read_wall()))
        if history is not known:
            self._seen[key] = _Seen(digest_of(note.data), history)
        return history

    def _find_whole(self, key: bytes) -> bytes | None:
        seen = self._seen.get(key)
        return seen.whole if seen else self._wholes.get(key)

    def _find_seen(self, key: bytes) -> EditHistory | None:
        seen = self._seen.get(key)
        return seen.history if seen else None

    def _find_all(self, keys: Sequence[bytes]) -> dict[bytes, EditHistory]:
        """Return the histories of some notes by their paths, without those that are damaged."""
        found: dict[bytes, EditHistory] = {}
        with self._open() as connection:
            rows = _find(connection, _SELECT, keys)
            found = {row[0]: history for row in rows if (history := _parse(row))}
        return found | {key: seen for key in keys if (seen := self._find_seen(key))}

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
        with suppress(StateError):
            file = open_state(self.root).path / NAME
            with open_file(file, is_writing=True) as self._connection:
                if self._connection is not None:
                    self._take_in()
                    self.expect(map(os.fsdecode, self._seen))
                    known = {key for key, whole in self._wholes.items() if whole}
                    _write(self._connection, self._seen, known)
        self._connection = None
        self._written.clear()
        self._wholes.clear()
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
    histories = open_histories(Path(root.path), rules)
    for start in range(0, len(paths), _MANY):
        some = paths[start : start + _MANY]
        histories.expect(some)
        for path in some:
            if not histories.is_known(path):
                with suppress(NoteError):
                    histories.note_seen(read_note(root, path))
        histories.save()


def _find(
    connection: sqlite3.Connection | None, query: str, keys: Sequence[bytes]
) -> Iterator[tuple[Any, ...]]:
    """Yield what a query finds of some notes."""
    if connection is None:
        return
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        places = ", ".join("?" * len(some))
        yield from connection.execute(f"{query} WHERE path IN ({places})", some)


def _write(
    connection: sqlite3.Connection, seen: Mapping[bytes, _Seen], known: Container[bytes]
) -> None:
    touched = [(one.whole, key) for key, one in seen.items() if one.history is None]
    connection.executemany(_UPDATE, touched)
    is_full = _measure(connection) > MAX_FILE // 2
    rows = (
        _render(key, one.whole, one.history)
        for key, one in seen.items()
        if one.history and (key in known or not is_full)
    )
    connection.executemany(_INSERT, rows)


def _measure(connection: sqlite3.Connection) -> int:
    """Return how long the file is, in bytes; a file that is too long is begun anew, histories and all."""
    sizes = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    ]
    return int(sizes[0]) * int(sizes[1])


def _render(key: bytes, whole: bytes, history: EditHistory) -> tuple[object, ...]:
    facts = (
        history.written,
        history.digest,
        history.hashes,
        _render_times(history.come),
        _render_times(history.gone),
    )
    return (key, whole, *facts, sum_up((key, *facts)))


def _render_times(times: Mapping[bytes, int]) -> bytes:
    return b"".join(key + at.to_bytes(_TIME_BYTES, "big") for key, at in sorted(times.items()))


def _parse(row: tuple[bytes, int, bytes, bytes, bytes, bytes, int]) -> EditHistory | None:
    """Return the history in a row, None where the row is damaged."""
    key, written, digest, lines, come, gone, proof = row
    if proof != sum_up((key, written, digest, lines, come, gone)):
        return None
    return EditHistory(written, digest, lines, _parse_times(come), _parse_times(gone))


def _parse_times(data: bytes) -> dict[bytes, int]:
    rows = cut(data, TOKEN_BYTES + _TIME_BYTES)
    return {row[:TOKEN_BYTES]: int.from_bytes(row[TOKEN_BYTES:], "big") for row in rows}
