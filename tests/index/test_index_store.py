"""The file of the index may be missing, damaged, busy or closed to us: nobody is the worse for it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.vault.vaults import posix_only
from vault_sync.files.read import Signature
from vault_sync.index import store
from vault_sync.index.notes import NoteIndex, Version, digest_of, pack
from vault_sync.index.store import (
    NAME,
    Content,
    ReadsRow,
    Row,
    load_rows,
    load_settled,
    save_rows,
)

if TYPE_CHECKING:
    from pathlib import Path

NOTHING: Final = Content({}, {}, {})
KEY: Final = "웹/\udcff.md".encode("utf-8", "surrogateescape")
ROW: Final = Row(KEY, b"1 2 3 4", b"digest", 5, 1, "here", 1, "there", '["웹"]')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An index with a row in it."""
    save_rows(tmp_path / NAME, [ROW], [], {"there": '["a"]'})
    return tmp_path / NAME


def read_row(file: Path) -> Row | None:
    row = load_rows(file).rows.get(KEY)
    return row and row._replace(proof=0)


def test_what_is_saved_is_loaded(file: Path) -> None:
    assert read_row(file) == ROW
    assert load_rows(file).reads == {"there": '["a"]'}
    assert load_rows(file).rows[KEY].is_whole()


def test_of_any_number_of_notes_those_whose_signatures_are_enough_are_loaded(file: Path) -> None:
    rows = [
        ROW._replace(path=b"%d.md" % number, settled=int(number % 3 != 1))
        for number in range(1_200)
    ]
    save_rows(file, rows, [], {})
    found = load_settled(file, [row.path for row in rows])
    assert sorted(row.path for row in found) == sorted(row.path for row in rows if row.settled)
    assert load_settled(file, []) == []


@posix_only
def test_only_its_owner_may_read_it(file: Path) -> None:
    before = os.umask(0)
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE note SET seen = 6")
            modes = {stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_no_journal_is_left(file: Path) -> None:
    load_rows(file)
    assert [one.name for one in file.parent.iterdir()] == [NAME]


def test_what_another_found_out_of_the_same_bytes_stays(file: Path) -> None:
    save_rows(file, [Row(KEY, b"1 2 3 4", b"digest", 9, 0, "now", 0)], [], {})
    assert read_row(file) == ROW._replace(under="now", verdict=0)


@pytest.mark.parametrize(
    "other", [Row(KEY, b"1 2 3 5", b"digest", 9), Row(KEY, b"1 2 3 4", b"another", 9)]
)
def test_of_other_bytes_nothing_stays(file: Path, other: Row) -> None:
    save_rows(file, [other], [], {})
    assert read_row(file) == other


@pytest.mark.parametrize(
    ("known", "new", "left"),
    [
        ({"verdict": 1}, {"verdict": 0}, {"verdict": 0}),
        ({"verdict": 0}, {}, {"verdict": 0}),
        ({"study": "a"}, {"study": "b"}, {"study": "b"}),
        ({"study": "a"}, {}, {"study": "a"}),
        ({"links": "a"}, {"links": "b"}, {"links": "b"}),
        ({"links": "a"}, {"verdict": 1}, {"links": "a", "verdict": 1}),
        ({"seen": 3}, {"seen": 5}, {"seen": 3}),
        ({"seen": 5}, {"seen": 3}, {"seen": 3}),
        ({"settled": 1}, {}, {"settled": 1}),
        ({}, {"settled": 1}, {"settled": 1}),
    ],
)
def test_facts_of_two_processes_about_the_same_bytes_add_up(
    tmp_path: Path, known: dict[str, Any], new: dict[str, Any], left: dict[str, Any]
) -> None:
    for name, facts in (("known", known), ("new", new)):
        save_rows(tmp_path / NAME, [make_row(name, facts)], [], {})
    origins = {fact: "known" if known.get(fact) == value else "new" for fact, value in left.items()}
    found = load_rows(tmp_path / NAME).rows[KEY]._replace(proof=0)
    expected = Row(KEY, b"1", b"1", seen=left.get("seen", 9))._replace(**left)
    assert found == expected._replace(
        under=origins.get("verdict"),
        study_under=origins.get("study"),
        links_under=origins.get("links"),
    )


def make_row(name: str, facts: dict[str, Any]) -> Row:
    """Return what a process found out under circumstances that have its name."""
    return Row(
        KEY,
        b"1",
        b"1",
        facts.get("seen", 9),
        facts.get("settled", 0),
        name if "verdict" in facts else None,
        facts.get("verdict"),
        name if "study" in facts else None,
        facts.get("study"),
        name if "links" in facts else None,
        facts.get("links"),
    )


def test_of_a_row_that_is_damaged_nothing_stays(file: Path) -> None:
    execute(file, "UPDATE note SET study = '[]'")
    new = Row(KEY, b"1 2 3 4", b"digest", 9, 0, "now", 0)
    save_rows(file, [new], [], {})
    assert read_row(file) == new


def test_what_is_gone_is_forgotten(file: Path) -> None:
    other = b"other.md"
    readings = [ReadsRow(path, b"digest", "under", "", b"reads") for path in (KEY, other)]
    save_rows(file, [ROW._replace(path=other)], [], {}, readings)
    save_rows(file, [], iter([KEY]), {})
    assert read_row(file) is None
    assert {*load_rows(file).rows} == {*load_rows(file).readings} == {other}


def test_what_formulas_read_is_loaded_as_it_was_saved(file: Path) -> None:
    reading = ReadsRow(KEY, b"digest", "under", "state", b"reads")
    for one in (reading._replace(reads=b"before"), reading):
        save_rows(file, [], [], {}, [one])
    found = load_rows(file).readings[KEY]
    assert found == reading.proved()
    assert found.is_whole()
    assert not found._replace(state="other").is_whole()


DAMAGES: Final = {
    "empty": b"",
    "cut": None,
    "no database": b"not a database, but longer than the head of one" * 300,
    "foreign": b"foreign",
    "another version": b"version",
    "an earlier version": b"earlier",
    "another table": b"table",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_used_is_made_anew(file: Path, damage: str) -> None:
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    elif damage in {"empty", "no database"}:
        file.write_bytes(DAMAGES[damage] or b"")
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(
                {
                    "foreign": "PRAGMA application_id = 7",
                    "another version": "PRAGMA user_version = 99",
                    "an earlier version": "PRAGMA user_version = 3",
                    "another table": "ALTER TABLE note RENAME COLUMN verdict TO opinion",
                }[damage]
            )
    assert load_rows(file) == NOTHING
    save_rows(file, [ROW], [], {})
    assert read_row(file) == ROW


def test_a_file_that_has_grown_too_large_is_made_anew(file: Path) -> None:
    largest = 512 * 1024 * 1024
    os.truncate(file, largest)
    assert read_row(file) == ROW
    os.truncate(file, largest + 1)
    assert load_rows(file) == NOTHING
    assert not file.exists()


def test_the_journals_of_a_damaged_file_are_not_taken_for_those_of_a_new_one(file: Path) -> None:
    others = [file.with_name(NAME + ending) for ending in ("-wal", "-shm", "-journal")]
    for other in others:
        other.write_bytes(b"old")
    file.write_bytes(b"no database" * 300)
    assert load_rows(file) == NOTHING
    assert not [one for one in (file, *others) if one.exists()]


def test_damage_that_shows_with_a_write_costs_the_file(file: Path) -> None:
    execute(file, "CREATE TRIGGER no BEFORE INSERT ON note BEGIN SELECT RAISE(ABORT, 'no'); END")
    save_rows(file, [ROW], [], {})
    assert not file.exists()
    save_rows(file, [ROW], [], {})
    assert read_row(file) == ROW


def execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("step", ["_write", "_is_empty"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_READONLY_DBMOVED])
def test_a_disk_that_fails_costs_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    def fail(_connection: sqlite3.Connection, *_: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(store, step, fail)
        save_rows(file, [ROW._replace(verdict=0)], [], {})
    assert read_row(file) == ROW


def test_a_flipped_bit_is_never_believed(file: Path, tmp_path: Path) -> None:
    """Wherever it is: the row is what it was, or it is not known."""
    whole = file.read_bytes()
    other = tmp_path / "other.db"
    for place in range(0, len(whole), 3 if len(whole) < 30_000 else 7):
        if not whole[place]:
            continue  # most of the file is empty
        other.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        row = load_rows(other).rows.get(KEY)
        assert row is None or not row.is_whole() or row._replace(proof=0) == ROW


def test_a_row_that_is_damaged_does_not_count() -> None:
    signature = Signature(1, 2, 3, 4, 5)
    row = ROW._replace(path=b"a.md", signature=pack(signature)).proved()
    assert NoteIndex("", [], 0, {b"a.md": row}).recall("a.md", signature) == row
    assert (
        NoteIndex("", [], 0, {b"a.md": row._replace(verdict=0)}).recall("a.md", signature) is None
    )
    assert (
        NoteIndex("", [], 0, {b"b.md": row._replace(path=b"b.md")}).recall("b.md", signature)
        is None
    )


def test_a_busy_index_is_done_without(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_BUSY_TIMEOUT", 0.01)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        save_rows(file, [ROW._replace(verdict=0)], [], {})
        assert load_rows(file) in (NOTHING, Content({KEY: ROW.proved()}, {"there": '["a"]'}, {}))
    assert read_row(file) == ROW


def test_an_index_that_another_has_open_for_good_is_done_without(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BUSY_TIMEOUT", 0.01)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        assert load_rows(file) == NOTHING
        save_rows(file, [ROW._replace(verdict=0)], [], {})
    assert read_row(file) == ROW


def test_an_index_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "mine").touch()
    for file in (tmp_path / NAME, tmp_path / "gone" / NAME, tmp_path / NAME / "mine" / NAME):
        save_rows(file, [ROW], [], {})
        assert load_rows(file) == NOTHING
    assert (tmp_path / NAME / "mine").exists()


def test_without_shared_memory_there_is_a_rollback_journal(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite keeps to one where it is asked for another and cannot have it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM note").fetchone()  # so that no other may change the mode
        monkeypatch.setattr(store, "_BUSY_TIMEOUT", 0.01)
        assert read_row(file) in (ROW, None)
        other.execute("COMMIT")
    assert read_row(file) == ROW


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from vault_sync.index.store import Row, save_rows\n"
        "for n in range(20):\n"
        "    save_rows(Path(sys.argv[1]), [Row(f'{sys.argv[2]} {n}'.encode(), b'1', b'2', 3)], [], {})"
    )
    file = tmp_path / NAME
    command = [sys.executable, "-c", code, str(file)]
    started = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    assert [process.wait(60) for process in started] == [0, 0]
    assert len(load_rows(file).rows) == 40


def test_an_index_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vault_sync.index.notes.MAX_ROWS", 2)
    index = NoteIndex(str(tmp_path), [], 0)
    for name in ("a", "b", "c", "a"):
        index.remember(Version(name, Signature(1, 2, 3, 4, 5), digest_of(b"")), verdict=("", 1))
    index.save(tmp_path / NAME)
    (tmp_path / "b").touch()
    assert {*load_rows(tmp_path / NAME).rows} == {b"a", b"b"}
    index = NoteIndex(str(tmp_path), [], 0, *load_rows(tmp_path / NAME))
    index.remember(Version("b", Signature(9, 2, 3, 4, 5), digest_of(b"")), verdict=("", 1))
    index.save(tmp_path / NAME)
    assert {*load_rows(tmp_path / NAME).rows} == {b"b"}


def test_an_index_without_news_is_left_as_it_is(tmp_path: Path) -> None:
    NoteIndex(str(tmp_path), [], 0).save(tmp_path / NAME)
    assert not (tmp_path / NAME).exists()
