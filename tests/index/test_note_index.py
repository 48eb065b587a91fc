"""What an index knows while a run lasts: which rows count, and from when on a signature is enough."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.rules.small import compiled, source
from vault_sync.files.read import AT_REST, Signature
from vault_sync.index import notes
from vault_sync.index.notes import (
    NoteIndex,
    Version,
    digest_of,
    open_index,
    pack,
    reads_file_facts,
)
from vault_sync.index.store import NAME, ReadsRow, Row, load_rows

if TYPE_CHECKING:
    from pathlib import Path

THEN: Final = 1_700_000_000 * 10**9
LATER: Final = THEN + AT_REST + 1
SIGNATURE: Final = Signature(THEN, THEN, 3, 4, 5)
VERSION: Final = Version("a.md", SIGNATURE, digest_of(b"a"))
VERDICT: Final = ("under", 1)


def make_row(seen: int = 0, settled: int = 0) -> Row:
    """Return what an earlier run has saved of the version."""
    row = Row(b"a.md", pack(SIGNATURE), VERSION.digest, seen, settled, "then", 0, "s", "[]")
    return row.proved()


def is_settled(index: NoteIndex) -> bool:
    row = index.recall("a.md", SIGNATURE)
    assert row
    return bool(row.settled)


class Disk:
    """Tells of files what it is told to, by their paths."""

    def __init__(self, **files: Signature) -> None:
        self.files = files

    def stat(self, _root: str, path: str) -> Signature | None:
        return self.files.get(path.removesuffix(".md"))


@pytest.mark.parametrize(
    ("mtime", "ctime", "newest", "started", "is_enough"),
    [
        (THEN, THEN, LATER, LATER, True),
        (THEN - 1, THEN, LATER, LATER, True),
        (THEN, THEN - 1, LATER, LATER, True),
        (THEN + 1, THEN, LATER, LATER, False),
        (THEN, THEN + 1, LATER, LATER, False),
        (THEN, THEN, LATER - 1, LATER, False),  # what time the disk believes it is, nobody knows
        (THEN, THEN, LATER, LATER - 1, False),
        (THEN, THEN, LATER - 1, 2 * LATER, False),
        (THEN, THEN, 2 * LATER, LATER - 1, False),
    ],
)
def test_a_note_that_was_at_rest_when_it_was_read_is_settled(  # noqa: PLR0917 - a table
    monkeypatch: pytest.MonkeyPatch,
    mtime: int,
    ctime: int,
    newest: int,
    started: int,
    is_enough: bool,  # noqa: FBT001 - a column
) -> None:
    signature = SIGNATURE._replace(mtime_ns=mtime, ctime_ns=ctime)
    other = Signature(9 * THEN, newest, 1, 9, 5)
    disk = Disk(a=signature, b=other, c=other._replace(ctime_ns=THEN - AT_REST))
    monkeypatch.setattr(notes, "stat_note", disk.stat)
    index = NoteIndex("", ["a.md", "b.md", "gone.md", "c.md"], started)
    index.measure_clocks()
    index.remember(Version("a.md", signature, b""), verdict=VERDICT)
    row = index.recall("a.md", signature)
    assert row
    assert bool(row.settled) is is_enough


def test_another_disk_tells_nothing_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(a=SIGNATURE, b=Signature(LATER, LATER, 1, 9, 6))
    monkeypatch.setattr(notes, "stat_note", disk.stat)
    index = NoteIndex("", ["a.md", "b.md"], LATER)
    index.measure_clocks()
    index.remember(VERSION, verdict=VERDICT)
    assert not is_settled(index)


def test_what_a_disk_shows_once_notes_are_read_comes_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = Disk(a=SIGNATURE, b=SIGNATURE)
    monkeypatch.setattr(notes, "stat_note", disk.stat)
    index = NoteIndex("", ["a.md", "b.md"], LATER)
    index.measure_clocks()
    disk.files["b"] = SIGNATURE._replace(ctime_ns=LATER)
    index.measure_clocks()
    index.remember(VERSION, verdict=VERDICT)
    assert not is_settled(index)


@pytest.mark.parametrize(("seen", "is_enough"), [(THEN, True), (THEN + 1, False), (0, False)])
def test_what_was_seen_in_an_earlier_run_is_settled(seen: int, *, is_enough: bool) -> None:
    index = NoteIndex("", [], LATER, {b"a.md": make_row(seen)})
    index.remember(VERSION, verdict=VERDICT)
    assert is_settled(index) is is_enough


def test_what_is_settled_stays_so() -> None:
    index = NoteIndex("", [], 0, {b"a.md": make_row(settled=1)})
    index.remember(VERSION, verdict=VERDICT)
    assert is_settled(index)


def test_what_is_said_to_be_settled_is() -> None:
    index = NoteIndex("", [], 0)
    index.remember(VERSION, verdict=VERDICT, is_settled=True)
    assert is_settled(index)


def test_facts_come_one_by_one() -> None:
    index = NoteIndex("", [], LATER, {b"a.md": make_row(7)})
    index.remember(VERSION, verdict=("now", 3))
    index.remember(VERSION, study=("t", "[1]"))
    index.remember(VERSION, links=("l", "[2]"))
    assert index.recall("a.md", SIGNATURE) == make_row(7)._replace(
        settled=1,
        under="now",
        verdict=3,
        study_under="t",
        study="[1]",
        links_under="l",
        links="[2]",
    )


@pytest.mark.parametrize("digest", [b"", digest_of(b"b"), b"\xff" * 16])
def test_nothing_stays_of_other_bytes_under_the_same_signature(digest: bytes) -> None:
    index = NoteIndex("", [], LATER, {b"a.md": make_row(7, 1)})
    index.remember(VERSION._replace(digest=digest), links=("l", "[]"))
    found = index.recall("a.md", SIGNATURE)
    assert found == Row(b"a.md", pack(SIGNATURE), digest, links_under="l", links="[]")


@pytest.mark.parametrize("change", ["mtime_ns", "ctime_ns", "size", "inode"])
def test_another_signature_is_another_version(change: str) -> None:
    index = NoteIndex("", [], LATER, {b"a.md": make_row()})
    assert index.recall("a.md", SIGNATURE)
    assert index.recall("a.md", None) is None
    assert index.recall("b.md", SIGNATURE) is None
    for value in (0, 9 * THEN):
        assert index.recall("a.md", SIGNATURE._replace(**{change: value})) is None


def test_what_is_known_already_is_not_written_again(tmp_path: Path) -> None:
    row = make_row(THEN, 1)
    index = NoteIndex("", [], LATER, {b"a.md": row})
    index.remember(VERSION, verdict=("then", 0), study=("s", "[]"))
    index.save(tmp_path / NAME)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(("seen", "saved"), [(0, 50), (7, 7), (90, 50)])
def test_a_signature_keeps_the_time_at_which_it_was_seen_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: int, saved: int
) -> None:
    monkeypatch.setattr(notes, "read_wall", lambda: 50.0)
    second = 10**9
    index = NoteIndex("", [], 0, {b"a.md": make_row(seen * second)})
    index.remember(VERSION, verdict=VERDICT)
    index.save(tmp_path / NAME)
    assert load_rows(tmp_path / NAME).rows[b"a.md"].seen == saved * second


@pytest.mark.parametrize(("paths", "left"), [(1, 1), (2, 4), (3, 4)])
def test_rows_of_notes_that_are_gone_go_once_they_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: int, left: int
) -> None:
    names = [f"{number}.md" for number in range(4)]
    index = NoteIndex("", names, 0)
    for name in names:
        index.remember(VERSION._replace(path=name), verdict=VERDICT)
    index.save(tmp_path / NAME)
    monkeypatch.setattr(notes, "stat_note", Disk(**{"0": SIGNATURE}).stat)
    index = NoteIndex("", names[:paths], 0, *load_rows(tmp_path / NAME))
    index.keep_reads("under", "[]")
    index.remember(VERSION._replace(path="0.md"), study=("s", "[]"))
    index.save(tmp_path / NAME)
    assert len(load_rows(tmp_path / NAME).rows) == left
    assert load_rows(tmp_path / NAME).reads == {"under": "[]"}


@pytest.mark.parametrize(("rows", "is_full"), [(249_999, False), (250_000, True), (250_001, True)])
def test_a_quarter_of_a_million_notes_are_enough(rows: int, *, is_full: bool) -> None:
    known = dict.fromkeys((b"%d.md" % number for number in range(1, rows)), make_row())
    index = NoteIndex("", [], 0, {b"a.md": make_row(), **known})
    index.remember(VERSION._replace(path="new.md"), verdict=VERDICT)
    assert (index.recall("new.md", SIGNATURE) is None) is is_full
    index.remember(VERSION, verdict=("now", 3))  # what is known already has its place
    row = index.recall("a.md", SIGNATURE)
    assert row
    assert row.verdict == 3


def test_a_file_that_is_not_changed_for_a_while_is_at_rest() -> None:
    index = NoteIndex("", [], LATER)
    assert index.is_at_rest(SIGNATURE)
    for change in ("mtime_ns", "ctime_ns"):
        assert not index.is_at_rest(SIGNATURE._replace(**{change: THEN + 1}))
        assert index.is_at_rest(SIGNATURE._replace(**{change: THEN - 1}))


READING: Final = ReadsRow(b"a.md", b"digest", "under", "state", b"reads")


@pytest.mark.parametrize("is_saved", [True, False], ids=["of an earlier run", "of this run"])
def test_what_formulas_read_is_known_of_one_version_under_one_set_of_rules(
    tmp_path: Path, *, is_saved: bool
) -> None:
    index = NoteIndex("", [], 0)
    index.keep_reading(READING)
    if is_saved:
        index.save(tmp_path / NAME)
        index = NoteIndex("", [], 0, *load_rows(tmp_path / NAME))
    found = index.recall_reading("a.md", b"digest", "under")
    assert found
    assert found[:-1] == READING[:-1]
    for path, digest, under in (
        ("b.md", b"digest", "under"),
        ("a.md", b"diges", "under"),
        ("a.md", b"other!", "under"),
        ("a.md", b"digest", "other"),
    ):
        assert index.recall_reading(path, digest, under) is None


def test_what_formulas_read_does_not_count_where_it_is_damaged() -> None:
    damaged = {b"a.md": READING.proved()._replace(reads=b"other")}
    assert NoteIndex("", [], 0, readings=damaged).recall_reading("a.md", b"digest", "under") is None


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


def fail_behind_the_first_note(vault: Path) -> None:
    with open_index(str(vault), ["a.md"], LATER) as index:
        index.remember(VERSION, verdict=VERDICT)
        raise RuntimeError("oh")


def test_what_was_found_out_is_kept_even_of_a_run_that_fails(vault: Path) -> None:
    with pytest.raises(RuntimeError, match="oh"):
        fail_behind_the_first_note(vault)
    with open_index(str(vault), ["a.md"], LATER) as index:
        assert index.recall("a.md", SIGNATURE)
        assert index.paths == ["a.md"]


def test_a_state_folder_that_cannot_be_is_done_without(vault: Path) -> None:
    (vault.parent / "state").write_text("in the way")
    with open_index(str(vault), [], LATER) as index:
        index.remember(VERSION, verdict=VERDICT)
    assert (vault.parent / "state").read_text() == "in the way"


def test_a_python_without_sqlite_has_an_index_that_knows_nothing(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vault_sync.index.store", None)
    with open_index(str(vault), ["a.md"], LATER) as index:
        assert index.recall("a.md", SIGNATURE) is None
        assert index.paths == ["a.md"]
    assert not (vault.parent / "state").exists()


@pytest.mark.parametrize(
    ("fact", "is_concerned"),
    [
        *((fact, True) for fact in ("size", "mtime", "ctime")),
        *((fact, False) for fact in ("name", "path", "tags")),
    ],
)
def test_rules_that_read_what_our_own_write_changes_are_known(
    fact: str, *, is_concerned: bool
) -> None:
    plain = compiled(source(a="1"))
    rules = compiled(source(f"list(file.{fact}).length == 1", a="1"))
    assert reads_file_facts([plain, rules]) is is_concerned
    assert reads_file_facts([rules, plain]) is is_concerned
    assert not reads_file_facts([plain])
