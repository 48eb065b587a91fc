"""The file of the index: opened for moments only, and done without wherever that fails."""

from __future__ import annotations

import marshal
import os
import sqlite3
import zlib
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NAME: Final = "index.db"
MAX_BYTES: Final = 512 * 1024 * 1024
_BUSY_TIMEOUT: Final = 1.0  # seconds
_APPLICATION: Final = 0x56_53_4E_49  # "VSNI", by which SQLite files are told apart
_VERSION: Final = 4
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
    | {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
)
_SIDE_FILES: Final = ("-wal", "-shm", "-journal", "")
_SCHEMA: Final = f"""
CREATE TABLE note (
    path BLOB PRIMARY KEY,     -- as the file system has it
    signature BLOB NOT NULL,
    digest BLOB NOT NULL,      -- of the bytes that were read
    seen INTEGER NOT NULL,     -- when the signature was seen first, in ns by our clock
    settled INTEGER NOT NULL,
    under TEXT,                -- the circumstances of the verdict
    verdict INTEGER,
    study_under TEXT,          -- the circumstances of the study fields
    study TEXT,
    links_under TEXT,          -- the names of properties whose links are left out
    links TEXT,                -- the targets of the links
    proof INTEGER NOT NULL     -- a checksum of the row
) WITHOUT ROWID;
CREATE TABLE reading (
    path BLOB PRIMARY KEY,
    digest BLOB NOT NULL,      -- of the bytes of the note
    under TEXT NOT NULL,       -- the circumstances
    state TEXT NOT NULL,       -- names all notes as they were when it was looked at
    reads BLOB NOT NULL,       -- what its formulas read of other notes
    proof INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE reads (under TEXT PRIMARY KEY, properties TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history (
    path BLOB PRIMARY KEY,     -- as the file system has it
    whole BLOB NOT NULL,       -- the digest of all bytes of the version that was seen last
    written INTEGER NOT NULL,  -- the date of the version that was seen first, in ns
    digest BLOB NOT NULL,      -- of what a person wrote in the one that was seen last
    lines BLOB NOT NULL,       -- hashes of its lines, in their order
    come BLOB NOT NULL,        -- tokens of lines that came, each with a time
    gone BLOB NOT NULL,        -- tokens of lines that went, likewise
    proof INTEGER NOT NULL     -- a checksum of the row without `whole`
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""
_SELECT: Final = "SELECT path, signature, digest, seen, settled, under, verdict, study_under, study, links_under, links, proof FROM note"
_INSERT: Final = "INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_READING: Final = "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)"


class Row(NamedTuple):
    """What is known of one version of a note.

    Attributes:
        path: of the note, as the file system has it.
        signature: of the version, packed.
        digest: of its bytes.
        seen: when the signature was seen first, in nanoseconds since 1970; 0 for in this run.
        settled: 1 where the signature alone is enough to know the version.
        under: the circumstances in which the verdict was found.
        verdict: what a refresh came to; None where that is not known.
        study_under: the circumstances in which the study fields were found.
        study: the study fields as JSON; None where they are not known.
        links_under: names the properties whose links are left out.
        links: the targets of its links as JSON; None where they are not known.
        proof: a checksum of all that, with the path of the note; 0 where it was not saved yet.
    """

    path: bytes
    signature: bytes
    digest: bytes
    seen: int = 0
    settled: int = 0
    under: str | None = None
    verdict: int | None = None
    study_under: str | None = None
    study: str | None = None
    links_under: str | None = None
    links: str | None = None
    proof: int = 0

    def is_whole(self) -> bool:
        """Say whether the row is what was saved."""
        return self.proof == sum_up(self[:-1])

    def proved(self) -> Row:
        """Return the same row with its checksum."""
        return self._replace(proof=sum_up(self[:-1]))


class ReadsRow(NamedTuple):
    """What the formulas of one version of a note read of other notes.

    Attributes:
        path: of the note, as the file system has it.
        digest: of its bytes.
        under: the circumstances.
        state: names all notes of the vault as they were; empty where that is not certain.
        reads: see `vault_sync.engine.reads`.
        proof: a checksum of all that; 0 where it was not saved yet.
    """

    path: bytes
    digest: bytes
    under: str
    state: str
    reads: bytes
    proof: int = 0

    def is_whole(self) -> bool:
        """Say whether it is what was saved."""
        return self.proof == sum_up(self[:-1])

    def proved(self) -> ReadsRow:
        """Return the same with its checksum."""
        return self._replace(proof=sum_up(self[:-1]))


def sum_up(values: tuple[bytes | str | int | None, ...]) -> int:
    """Return the checksum of the values of a row."""
    # Version 0 of the format tells nothing but the values, and is the quickest there is.
    return zlib.crc32(marshal.dumps(values, 0))


class Content(NamedTuple):
    """What the file holds.

    Attributes:
        rows: by the path of the note, as the file system has it.
        reads: for circumstances of study fields, the properties that these depend on.
        readings: what formulas read of other notes, likewise by path.
    """

    rows: dict[bytes, Row]
    reads: dict[str, str]
    readings: dict[bytes, ReadsRow]


def load_rows(file: Path) -> Content:
    """Return all that is known; nothing where the file is not there or cannot be used."""
    with open_file(file, is_writing=False) as connection:
        if connection is not None:
            return _read(connection)
    return Content({}, {}, {})


AT_ONCE: Final = 500
"""So many values in one statement; SQLite before 3.32 takes no more than 999."""


def load_settled(file: Path, paths: Sequence[bytes]) -> list[Row]:
    """Return the rows of some notes whose signatures alone are enough to know their versions.

    Args:
        file: in the state folder.
        paths: of the notes, as the file system has them.
    """
    rows: list[Row] = []
    with open_file(file, is_writing=False) as connection:
        for start in range(0, len(paths) if connection else 0, AT_ONCE):
            some = paths[start : start + AT_ONCE]
            query = f"{_SELECT} WHERE settled = 1 AND path IN ({', '.join('?' * len(some))})"
            rows += map(Row._make, connection.execute(query, some)) if connection else ()
    return [row for row in rows if row.is_whole()]


def save_rows(
    file: Path,
    rows: Iterable[Row],
    gone: Iterable[bytes],
    reads: Mapping[str, str],
    readings: Iterable[ReadsRow] = (),
) -> None:
    """Add rows to the file, in the place of others of the same notes. It may fail, and says nothing.

    What another process saved of the same bytes in the meantime stays.

    Args:
        file: in the state folder; made where it is not there.
        rows: new ones.
        gone: notes that are no longer there.
        reads: see `Content`.
        readings: new ones.
    """
    with open_file(file, is_writing=True) as connection:
        if connection is not None:
            _write(connection, rows, gone, reads, readings)


def _is_damage(error: sqlite3.Error) -> bool:
    """Say whether the file is not what it should be; else it is busy, read-only, without locks."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None
    )
    try:
        # SQLite keeps to a rollback journal where the file system has no shared memory.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _is_ours(connection: sqlite3.Connection) -> bool:
    found = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version")
    ]
    return found == [_APPLICATION, _VERSION]


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def _read(connection: sqlite3.Connection) -> Content:
    rows = {row.path: row for row in map(partial(tuple.__new__, Row), connection.execute(_SELECT))}
    reads = dict(connection.execute("SELECT under, properties FROM reads"))
    found_readings = connection.execute(
        "SELECT path, digest, under, state, reads, proof FROM reading"
    )
    return Content(rows, reads, {found[0]: ReadsRow._make(found) for found in found_readings})


def _write(
    connection: sqlite3.Connection,
    rows: Iterable[Row],
    gone: Iterable[bytes],
    reads: Mapping[str, str],
    readings: Iterable[ReadsRow],
) -> None:
    gone = [*gone]
    for table in ("note", "reading"):
        connection.executemany(
            f"DELETE FROM {table} WHERE path = ?",  # noqa: S608 - the names are those above
            ((path,) for path in gone),
        )
    fresh = {row.path: row for row in rows}
    for found in connection.execute(_SELECT):
        if found[0] in fresh:
            fresh[found[0]] = _merge(fresh[found[0]], Row._make(found))
    connection.executemany(_INSERT, (row.proved() for row in fresh.values()))
    connection.executemany("INSERT OR REPLACE INTO reads VALUES (?, ?)", reads.items())
    connection.executemany(_INSERT_READING, (reading.proved() for reading in readings))


def _merge(row: Row, other: Row) -> Row:
    """Return a row with what another process has found out about the same bytes."""
    if other[:3] != row[:3] or not other.is_whole():
        return row
    verdict = other if row.verdict is None else row
    study = other if row.study is None else row
    links = other if row.links is None else row
    return row._replace(
        seen=min(row.seen, other.seen),
        settled=max(row.settled, other.settled),
        under=verdict.under,
        verdict=verdict.verdict,
        study_under=study.study_under,
        study=study.study,
        links_under=links.links_under,
        links=links.links,
    )


def _make_private(file: Path) -> None:
    """Make the file where it is not there, so that only its owner may read it and its journals."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    os.close(os.open(file, flags, 0o600))


def _drop(file: Path) -> None:
    """Remove what cannot be used, the journals first: they must not be taken for those of a new file."""
    for ending in _SIDE_FILES:
        with suppress(OSError):
            Path(f"{file}{ending}").unlink(missing_ok=True)


@contextmanager
def open_file(file: Path, *, is_writing: bool) -> Iterator[sqlite3.Connection | None]:
    """Give the file to who reads or writes tables in it, in one transaction.

    None is given where it cannot be used, and, to who only reads, where there is none. What goes wrong
    later ends the block and is nobody's business: it is a cache. A file that is damaged, or is another's,
    is taken away.
    """
    connection = _begin(file, is_writing=is_writing)
    if connection is None:
        yield None
        return
    try:
        with closing(connection):
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        if _is_damage(error):
            _drop(file)


def _begin(file: Path, *, is_writing: bool) -> sqlite3.Connection | None:
    """Return a connection in a transaction; who writes makes a file anew that cannot be used."""
    for _ in range(2):
        try:
            if is_writing:
                _make_private(file)
            if file.stat().st_size <= MAX_BYTES:
                connection = _begin_ours(file, is_writing=is_writing)
                if connection is not None:
                    return connection
        except sqlite3.Error as error:
            if not _is_damage(error):
                return None
        except OSError:
            return None
        _drop(file)
    return None


def _begin_ours(file: Path, *, is_writing: bool) -> sqlite3.Connection | None:
    """Return a connection in a transaction, None where the file is not an index of this version.

    Raises:
        FileNotFoundError: there is nothing to be read in it yet.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(closing(_connect(file)))
        is_empty = _is_empty(connection)
        if is_empty and not is_writing:
            raise FileNotFoundError(file)
        if not (is_empty or _is_ours(connection)):
            return None
        connection.execute("BEGIN IMMEDIATE" if is_writing else "BEGIN")
        if is_empty and _is_empty(connection):  # no other process was first
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
        stack.pop_all()
        return connection
