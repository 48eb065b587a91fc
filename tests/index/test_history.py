"""Histories of notes in the index: a cache, which is damaged, locked or gone without harm."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from tests.rules.small import compiled, source
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, read_note
from vault_sync.index import history
from vault_sync.index.history import Histories, begin_histories
from vault_sync.index.store import NAME, load_rows
from vault_sync.plan.person_text import YOUNG, EditHistory, PersonText, hash_lines, take_out
from vault_sync.state.folder import locate_state
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DERIVED: Final = NameMap.of(["day"])
LONGEST: Final = 256 * 1024
TEXT: Final = "---\na: 1\nday: 1\n---\nbody\n"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


def read(vault: Path, name: str = "a.md") -> NoteBytes:
    with VaultFolder(str(vault)) as root:
        return read_note(root, name)


def write(vault: Path, text: str, name: str = "a.md") -> None:
    """Let a person write a note, and a run write it behind him."""
    (vault / name).write_text(text, "utf-8")
    histories = Histories(vault, DERIVED)
    histories.note_written(read(vault, name), text.encode())
    histories.save()


def look(vault: Path, name: str = "a.md") -> EditHistory | None:
    note = read(vault, name)
    return Histories(vault, DERIVED).look(note, take_out(note.data.decode(), DERIVED, DERIVED))


def find_file(vault: Path) -> Path:
    return locate_state(vault).path / NAME


def execute(vault: Path, statement: str) -> None:
    with closing(sqlite3.connect(find_file(vault))) as connection, connection:
        connection.execute(statement)


def test_what_persons_did_is_kept(vault: Path) -> None:
    write(vault, TEXT)
    write(vault, TEXT.replace("day: 1", "day: 2"))
    before = look(vault)
    assert before
    assert not before.come
    assert not before.gone
    (vault / "a.md").write_text(TEXT.replace("day: 1", "day: 2") + "more\n", "utf-8")
    write(vault, TEXT.replace("day: 1", "day: 3") + "more\n")
    after = look(vault)
    assert after
    assert after.come.keys() == after.lines - before.lines != set()
    assert not after.gone
    assert after.hashes == hash_lines("---\na: 1\n---\nbody\nmore\n")


def test_many_notes_are_found_again(vault: Path) -> None:
    for round_ in range(2):
        histories = Histories(vault, DERIVED)
        for number in range(40):
            note = vault / f"{number}.md"
            note.write_text(f"{TEXT}{number}\n" + "more\n" * round_, "utf-8")
            histories.note_written(read(vault, note.name), note.read_bytes())
        histories.save()
    assert all(len(found.come) == 2 for n in range(40) if (found := look(vault, f"{n}.md")))
    assert look(vault, "39.md")


def spoil_lines(vault: Path) -> None:
    execute(vault, "UPDATE history SET lines = x'00'")


def drop_table(vault: Path) -> None:
    execute(vault, "DROP TABLE history")


def make_another_s(vault: Path) -> None:
    execute(vault, "PRAGMA application_id = 7")


def cut_file(vault: Path) -> None:
    os.truncate(find_file(vault), 5000)


def delete_file(vault: Path) -> None:
    find_file(vault).unlink()


@pytest.mark.parametrize("spoil", [spoil_lines, drop_table, make_another_s, cut_file, delete_file])
def test_what_is_damaged_is_not_known(vault: Path, spoil: Callable[[Path], None]) -> None:
    write(vault, TEXT)
    assert look(vault)
    spoil(vault)
    assert look(vault) is None
    write(vault, TEXT + "more\n")  # begins anew
    write(vault, TEXT + "more\nand more\n")
    found = look(vault)
    assert found
    assert len(found.come) == 2


def test_a_locked_file_is_done_without(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault_sync.index.store._BUSY_TIMEOUT", 0.01)
    write(vault, TEXT)
    with closing(sqlite3.connect(find_file(vault), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        write(vault, TEXT + "more\n")
    found = look(vault)
    assert found
    assert found.come


def test_the_rows_of_notes_stay(vault: Path) -> None:
    write(vault, TEXT)
    assert not load_rows(find_file(vault)).rows
    assert find_file(vault).stat().st_mode & 0o077 == 0


def test_what_is_odd_or_long_has_no_history(vault: Path) -> None:
    write(vault, "---\na: 1\nday: |\n  1\n---\n", "odd.md")
    write(vault, TEXT + "x" * LONGEST, "long.md")
    histories = Histories(vault, DERIVED)
    assert [histories.is_known(name) for name in ("odd.md", "long.md")] == [False, False]
    assert Histories(vault, DERIVED).look(read(vault, "odd.md"), PersonText("", False)) is None  # noqa: FBT003


def write_all(vault: Path, names: list[str], day: int, expected: list[str]) -> None:
    """Let a person write notes, and a run write them behind him that looks some of them up at once."""
    histories = Histories(vault, DERIVED)
    histories.expect(expected)
    for name in names:
        (vault / name).write_text(f"{TEXT}{day}\n", "utf-8")
        histories.note_written(read(vault, name), f"{TEXT}{day}\n".encode())
    histories.save()


@pytest.mark.parametrize("expected", [["a.md"], ["a.md", "b.md"], ["c.md"], []], ids=len)
def test_notes_that_were_not_looked_up_at_once_are_known(vault: Path, expected: list[str]) -> None:
    names = ["a.md", "b.md"]
    write_all(vault, names, 1, [])
    write_all(vault, names, 2, expected)
    for name in names:
        history = look(vault, name)
        assert history
        assert history.come
    histories = Histories(vault, DERIVED)
    histories.expect(expected)
    assert [histories.is_known(name) for name in (*names, "c.md")] == [True, True, False]


def test_few_notes_are_looked_up_without_all_others(vault: Path) -> None:
    write(vault, TEXT)
    write(vault, TEXT, "b.md")
    histories = Histories(vault, DERIVED)
    histories.expect(["a.md", "c.md"])
    delete_file(vault)  # so nothing more can be looked up
    assert [histories.is_known(name) for name in ("a.md", "c.md", "b.md")] == [True, False, False]


def test_a_full_table_takes_what_is_new_of_the_notes_that_it_knows(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(vault, TEXT)
    monkeypatch.setattr("vault_sync.index.history.MAX_FILE", 1)
    write(vault, f"{TEXT}more\n")
    known = look(vault)
    assert known
    assert known.come
    write(vault, TEXT, "b.md")
    assert look(vault, "b.md") is None


RULES: Final = [compiled(source(day="1"))]


def begin(vault: Path, *names: str) -> None:
    """Let a run look at notes that need no write."""
    with VaultFolder(str(vault)) as root:
        begin_histories(root, RULES, names)


def test_an_edit_of_a_note_that_was_only_looked_at_is_known_as_one(vault: Path) -> None:
    for name in ("a.md", "b.md"):
        (vault / name).write_text(TEXT, "utf-8")
        os.utime(vault / name, (0, 0))
    begin(vault, "gone.md", "a.md", "b.md")
    before = look(vault)
    assert before
    assert before.written == 0
    assert before.hashes == hash_lines(TEXT.replace("day: 1\n", ""))
    assert not before.come
    write(vault, f"{TEXT}more\n")
    after = look(vault)
    assert after
    assert len(after.come) == 2
    begin(vault, "a.md", "b.md")  # what is known is not begun again
    assert look(vault) == after
    assert look(vault, "b.md") == before


def test_all_lines_of_a_young_note_may_have_come_here(vault: Path) -> None:
    (vault / "a.md").write_text(TEXT, "utf-8")
    begin(vault, "a.md")
    young = look(vault)
    assert young
    assert young.come.keys() == young.lines
    long_ago = young.written / 1e9 - 2 * YOUNG
    (vault / "b.md").write_text(TEXT, "utf-8")
    os.utime(vault / "b.md", (long_ago, long_ago))
    begin(vault, "b.md")
    old = look(vault, "b.md")
    assert old
    assert not old.come


def test_a_note_that_is_long_or_odd_or_no_text_is_not_begun(vault: Path) -> None:
    odd = "---\na: 1\nday: |\n  1\n---\n"
    longest = TEXT.ljust(LONGEST, "x")
    texts = {"long": longest + "x", "odd": odd, "longest": longest}
    for name, text in texts.items():
        (vault / f"{name}.md").write_text(text, "utf-8")
    (vault / "bytes.md").write_bytes(b"---\na: \xff\n---\n")
    begin(vault, *(f"{name}.md" for name in ("bytes", *texts)))
    known = [name for name in ("bytes", *texts) if Histories(vault, DERIVED).is_known(f"{name}.md")]
    assert known == ["longest"]
    before = load_wholes(vault)
    write(vault, longest + "x", "longest.md")
    assert load_wholes(vault) == before


def load_wholes(vault: Path) -> list[bytes]:
    with closing(sqlite3.connect(find_file(vault))) as connection:
        return [row[0] for row in connection.execute("SELECT whole FROM history")]


def test_where_no_note_was_looked_at_nothing_is_made(vault: Path) -> None:
    begin(vault)
    begin(vault, "gone.md")
    assert not (vault.parent / "state").exists()


def test_a_version_that_follows_our_own_is_what_a_person_made_of_it(vault: Path) -> None:
    """Of ours only its digest is new: nothing of a person is another in it."""
    write(vault, TEXT)
    histories = Histories(vault, DERIVED)
    for day in "23":
        old = read(vault)
        (vault / "a.md").write_text(TEXT.replace("day: 1", f"day: {day}"), "utf-8")
        histories.note_written(old, (vault / "a.md").read_bytes())
        histories.save()
    found = look(vault)
    assert found
    assert not found.come
    assert not found.gone


def test_a_look_keeps_when_an_edit_was_seen_first(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(vault, TEXT)
    (vault / "a.md").write_text(f"{TEXT}more\n", "utf-8")
    note, histories = read(vault), Histories(vault, DERIVED)
    for now in (100.5, 200.0):
        monkeypatch.setattr("vault_sync.index.history.read_wall", lambda: now)  # noqa: B023 - called at once
        seen = histories.look(note, take_out(note.data.decode(), DERIVED, DERIVED))
        assert seen
        assert {*seen.come.values()} == {100}
    histories.save()
    found = look(vault)
    assert found
    assert {*found.come.values()} == {100}


def test_an_index_without_news_is_not_made(vault: Path) -> None:
    Histories(vault, DERIVED).save()
    assert not (vault.parent / "state").exists()


def test_of_many_notes_those_so_far_are_kept_before_the_run_ends(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_MANY", 20)
    names = [f"{number:02}.md" for number in range(45)]
    histories = Histories(vault, DERIVED)
    for name in names:
        (vault / name).write_text(TEXT, "utf-8")
        histories.note_written(read(vault, name), TEXT.replace("day: 1", "day: 2").encode())
    assert Histories(vault, DERIVED).is_known(names[0])
    assert not Histories(vault, DERIVED).is_known(names[-1])
    histories.save()
    assert all(map(Histories(vault, DERIVED).is_known, names))
    for name in names:
        (vault / name).write_text(TEXT.replace("day: 1", "day: 2"), "utf-8")
    assert all(look(vault, name) for name in names)
