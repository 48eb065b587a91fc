"""Conflict copies: settled where nothing of a person can be lost, left where persons wrote in both."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.git.repositories import make_tree, use_environment
from tests.rules.small import DAILY, NOW, compiled, source
from vault_sync.cli import run
from vault_sync.engine.conflict_copies import (
    MAX_DIFF,
    Copy,
    CopyComparer,
    CopyRelation,
    SettledCopy,
    settle_copies,
    was_brought_back,
)
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import NoteBytes, Signature, hash_note, read_note
from vault_sync.index.history import begin_histories, open_histories
from vault_sync.plan.evaluation import Conditions
from vault_sync.state.folder import list_rescues, locate_state, open_state
from vault_sync.state.journal import Journal
from vault_sync.state.journal_lines import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.state.folder import StateFolder

NOTE: Final = "복습.md"
COPY: Final = "복습.sync-conflict-20241027-140100-ABCDEFG.md"
BASE: Final = """\
---
start: 2024-07-07
a: 1
day: 2024-10-26
twice: 2
b: false
---
# Title

first line
second line
"""


SIGNATURE: Final = Signature(0, 0, 0, 0, 0)


def tick(text: str) -> str:
    return text.replace("b: false", "b: true")


def untick(text: str) -> str:
    return text.replace("b: true", "b: false")


def add(line: str) -> Callable[[str], str]:
    return lambda text: f"{text}{line}\n"


def drop(line: str) -> Callable[[str], str]:
    return lambda text: text.replace(f"{line}\n", "")


def set_a(text: str) -> str:
    return text.replace("a: 1", "a: 5")


def swap(text: str) -> str:
    return text.replace("first line\nsecond line", "second line\nfirst line")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_tree(tmp_path)
    use_environment(monkeypatch, made)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    made.write(".vault-sync.yaml", DAILY)
    write(made.path, NOTE, BASE, ago=86_400)
    monkeypatch.chdir(made.path)
    return made.path


def write(vault: Path, name: str, text: str, ago: float = 3600) -> None:
    """Write a note as an editor or a sync service does that was at it some seconds ago."""
    (vault / name).write_text(text, "utf-8")
    moment = time.time_ns() - int(ago * 1e9)
    os.utime(vault / name, ns=(moment, moment))


def read(vault: Path, name: str = NOTE) -> str:
    return (vault / name).read_text("utf-8")


def refresh(day: str) -> None:
    assert run(["-q", "refresh", "--now", f"{day}T00:00:05"]) == 0


def edit(vault: Path, *changes: Callable[[str], str]) -> None:
    text = read(vault)
    for change in changes:
        assert change(text) != text
        text = change(text)
    write(vault, NOTE, text, ago=1800)


def change_all(text: str, *changes: Callable[[str], str]) -> str:
    for change in changes:
        text = change(text)
    return text


@pytest.fixture
def fix(vault: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], Any]:
    def mend() -> Any:
        capsys.readouterr()
        run(["doctor", "--fix", "--format", "json", str(vault)])
        return json.loads(capsys.readouterr().out)

    return mend


def find_relation(found: Any) -> str:
    moved = found["moved"]
    if moved:
        return "taken" if moved[0]["taken"] else "moved"
    relation: str = found["copies"][0]["relation"]
    return relation


# What the note is after a refresh here, what it becomes here, what the copy has: made of the base.
SCENES: Final[dict[str, tuple[tuple[Any, ...], tuple[Any, ...], str]]] = {
    "only values differ": ((), (), "moved"),
    "the other device ticked": ((), (tick,), "taken"),
    "the other device wrote": ((), (add("- theirs"),), "taken"),
    "the other device deleted": ((), (drop("first line"),), "taken"),
    "the other device changed a source": ((), (set_a,), "taken"),
    "the other device changed much": ((), (set_a, tick, swap, add("- theirs")), "taken"),
    "ticked here": ((tick,), (), "moved"),
    "written here": ((add("- mine"),), (), "moved"),
    "deleted here": ((drop("first line"),), (), "moved"),
    "a line exchanged here": ((drop("first line"), add("- mine")), (), "moved"),
    "both ticked": ((tick,), (tick,), "moved"),
    "both, at two places": ((tick,), (add("- theirs"),), "other"),
    "both, at one place": ((add("- mine"),), (add("- theirs"),), "other"),
    "both deleted something": ((drop("first line"),), (drop("second line"),), "other"),
    "written here, deleted there": ((add("- mine"),), (drop("first line"),), "other"),
    "deleted here, written there": ((drop("first line"),), (add("- theirs"),), "other"),
    "another order here": ((swap,), (tick,), "other"),
    "another order there": ((tick,), (swap,), "other"),
    "ticked and unticked here": ((tick, untick), (tick,), "other"),
}


@pytest.mark.parametrize(("here", "there", "relation"), SCENES.values(), ids=SCENES)
@pytest.mark.parametrize("is_refreshed", [True, False], ids=["refreshed since", "not yet"])
def test_what_is_settled(
    vault: Path,
    here: tuple[Any, ...],
    there: tuple[Any, ...],
    relation: str,
    fix: Callable[[], Any],
    *,
    is_refreshed: bool,
) -> None:
    refresh("2024-10-27")
    shared = read(vault)
    for step, change in enumerate(here):
        edit(vault, change)
        if is_refreshed or step < len(here) - 1:
            refresh(f"2024-10-{28 + step}")
    copy = change_all(shared, *there).replace("2024-10-27", "2024-11-02")
    write(vault, COPY, copy)
    before = read(vault)
    found = fix()
    assert find_relation(found) == relation
    if relation == "other":
        assert (read(vault), read(vault, COPY)) == (before, copy)
        return
    assert not (vault / COPY).exists()
    if relation == "moved":
        assert read(vault) == before
    else:
        told = read(vault).partition("---\n")[2].replace("twice: 10", "twice: 2")
        theirs = copy.partition("---\n")[2]
        assert [line for line in told.splitlines() if "day" not in line] == [
            line for line in theirs.splitlines() if "day" not in line
        ]
        assert ("twice: 10" in read(vault)) == ("a: 5" in copy)
    assert not list_rescues(locate_state(vault).rescue)


def test_a_version_of_another_device_that_took_the_place_of_an_edit(
    vault: Path, fix: Callable[[], Any]
) -> None:
    """The edit that was made here is in the copy, the note is another device's: both are persons'."""
    refresh("2024-10-27")
    shared = read(vault)
    edit(vault, tick)
    refresh("2024-10-28")
    mine = read(vault)
    write(vault, NOTE, add("- theirs")(shared), ago=600)
    refresh("2024-10-29")
    write(vault, COPY, mine)
    assert find_relation(fix()) == "other"


def test_a_refresh_of_another_device_that_took_the_place_of_an_edit(
    vault: Path, fix: Callable[[], Any]
) -> None:
    """Nobody knows here that nothing was written there; the other device does, and settles it."""
    refresh("2024-10-27")
    shared = read(vault)
    edit(vault, tick)
    refresh("2024-10-28")
    mine = read(vault)
    write(vault, NOTE, shared.replace("2024-10-27", "2024-10-28"), ago=600)
    write(vault, COPY, mine)
    assert find_relation(fix()) == "other"


def test_without_a_history_only_equal_ones_are_settled(vault: Path, fix: Callable[[], Any]) -> None:
    refresh("2024-10-27")
    shared = read(vault)
    (locate_state(vault).path / "index.db").unlink()
    write(vault, COPY, tick(shared))
    assert find_relation(fix()) == "other"
    write(vault, COPY, shared.replace("2024-10-27", "2024-10-20"))
    assert find_relation(fix()) == "moved"


def test_a_copy_that_is_older_than_what_is_known_is_not_taken(
    vault: Path, fix: Callable[[], Any]
) -> None:
    refresh("2024-10-27")
    write(vault, COPY, tick(read(vault)), ago=2 * 86_400)
    assert find_relation(fix()) == "other"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("a: 1", "a: x"),  # the formula fails: whose is its value?
        lambda text: text.replace("twice: 2", "twice: 2\nTWICE: 3"),
        lambda text: text.replace("twice: 2", "twice: |\n  2"),
        lambda text: text.replace("---\n# Title", "# Title"),
    ],
)
def test_what_is_not_understood_stays(
    vault: Path, change: Callable[[str], str], fix: Callable[[], Any]
) -> None:
    refresh("2024-10-27")
    copy = change(tick(read(vault)))
    write(vault, COPY, copy)
    before = read(vault)
    assert find_relation(fix()) == "other"
    assert (read(vault), read(vault, COPY)) == (before, copy)


def test_words_behind_a_derived_value_are_a_person_s(vault: Path, fix: Callable[[], Any]) -> None:
    refresh("2024-10-27")
    write(vault, COPY, read(vault).replace("twice: 2\n", "twice: 3 # ask again\n"))
    assert find_relation(fix()) == "taken"
    assert "twice: 2 # ask again\n" in read(vault)


@pytest.mark.parametrize("there", [(), (tick, set_a)], ids=["moved", "taken"])
def test_undo_brings_both_back(
    vault: Path, there: tuple[Any, ...], fix: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    refresh("2024-10-27")
    before = read(vault)
    copy = change_all(before, *there).replace("2024-10-27", "2024-11-02")
    write(vault, COPY, copy)
    fix()
    after = read(vault)
    assert run(["undo", "--diff"]) == 0
    assert ("-b: true" in capsys.readouterr().out) == bool(there)
    assert read(vault) == after
    assert run(["-q", "undo"]) == 0
    assert (read(vault), read(vault, COPY)) == (before, copy)
    with VaultFolder(str(vault)) as root:
        assert was_brought_back(locate_state(vault), read_note(root, COPY))
        write(vault, COPY, copy + "more\n")
        assert not was_brought_back(locate_state(vault), read_note(root, COPY))


def test_undo_leaves_what_was_written_since(
    vault: Path, fix: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    refresh("2024-10-27")
    write(vault, COPY, tick(read(vault)))
    fix()
    edit(vault, add("- since"))
    write(vault, COPY, "mine\n")
    after = read(vault)
    assert run(["undo"]) == 4
    assert "has been changed since" in capsys.readouterr().err
    assert (read(vault), read(vault, COPY)) == (after, "mine\n")


def test_the_difference_is_shown_without_our_lines(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refresh("2024-10-27")
    copy = add("- theirs\x1b[2J")(read(vault)).replace("2024-10-27", "2024-11-02")
    edit(vault, tick)
    write(vault, COPY, copy)
    assert run(["-q", "doctor", str(vault)]) == 4
    told = capsys.readouterr().out
    assert "    -b: true\n    +b: false\n" in told
    assert r"    +- theirs\x1b[2J" in told
    assert "day" not in told
    assert "twice" not in told


@pytest.fixture
def comparer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CopyComparer]:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    (tmp_path / "vault").mkdir()
    rules = [compiled(source(day="1"))]
    with VaultFolder(str(tmp_path / "vault")) as root:
        histories = open_histories(tmp_path / "vault", rules)
        yield CopyComparer(root, rules, Conditions(NOW, UTC), histories)


def put(comparer: CopyComparer, note: str | bytes | None, copy: str | bytes) -> Copy:
    """Write a note and a copy of it, and compare the two."""
    for name, text in ((NOTE, note), (COPY, copy)):
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            Path(comparer.root.path, name).write_bytes(data)
    return comparer.compare(COPY)


@pytest.mark.parametrize(
    ("note", "copy", "relation"),
    [
        ("a\n", "a\n", CopyRelation.NEEDLESS),
        (b"\xff", b"\xff", CopyRelation.NEEDLESS),
        ("---\nday: 1\n---\na\n", "---\nday: 2\n---\na\n", CopyRelation.NEEDLESS),
        ("a\n", "b\n", CopyRelation.OTHER),
        (None, "a\n", CopyRelation.ORPHAN),
        ("a\n", b"\xff", CopyRelation.ORPHAN),
        (b"\xff", "a\n", CopyRelation.ORPHAN),
    ],
)
def test_how_a_copy_relates_where_nothing_is_known_of_before(
    comparer: CopyComparer,
    note: str | bytes | None,
    copy: str | bytes,
    relation: CopyRelation,
) -> None:
    found = put(comparer, note, copy)
    assert (found.path, found.relation) == (COPY, relation)
    assert found.original == ("" if relation is CopyRelation.ORPHAN else NOTE)
    assert bool(found.diff) == (relation is CopyRelation.OTHER)
    assert comparer.compare("gone.sync-conflict-20241027-140100-ABCDEFG.md").original == ""


@pytest.mark.parametrize(("more", "is_cut"), [(0, False), (1, True), (5000, True)])
def test_a_long_difference_is_cut_at_the_end_of_a_line(
    comparer: CopyComparer, more: int, *, is_cut: bool
) -> None:
    start = f"--- a/{NOTE}\n+++ b/{NOTE}\n@@ -1,2 +1,2 @@\n-mine\n-y\n+theirs\n+"
    end = "x" * (MAX_DIFF - len(start) - 1 + more)
    found = put(comparer, "mine\ny\n", f"theirs\n{end}\n")
    assert found.diff == (start[:-1] + "…\n" if is_cut else f"{start}{end}\n")


def settle(comparer: CopyComparer, **options: Any) -> list[SettledCopy]:
    now = datetime(2024, 10, 27, tzinfo=UTC)
    more: dict[str, Any] = {"command": "doctor --fix", "sleep": lambda _seconds: None} | options
    return [*settle_copies([COPY], comparer, now, **more)]


def test_a_copy_that_holds_nothing_of_its_own_goes_to_the_rescue_folder(
    comparer: CopyComparer,
) -> None:
    put(comparer, "a\n", "a\n")
    vault = Path(comparer.root.path)
    (found,) = settle(comparer)
    assert (found.path, found.note, found.is_taken) == (COPY, NOTE, False)
    assert found.rescue.read_text("utf-8") == "a\n"
    assert found.rescue.name.endswith(COPY)
    assert [one.name for one in vault.iterdir()] == [NOTE]
    journal = Journal(open_state(vault))
    (run_,) = journal.runs()
    assert (run_.command, run_.written) == ("doctor --fix", 1)
    (entry,) = journal.read_run(run_.run_id).entries
    assert entry.entry == JournalEntry(COPY, hash_note(b"a\n"), "", rescue=found.rescue.name)
    state = open_state(vault)
    assert was_brought_back(state, NoteBytes(f"Deep/{COPY}", b"a\n", SIGNATURE))
    assert not was_brought_back(state, NoteBytes(COPY, b"b\n", SIGNATURE))
    assert not was_brought_back(state, NoteBytes(NOTE, b"a\n", SIGNATURE))


def test_a_copy_stays_that_nobody_wants_settled(comparer: CopyComparer) -> None:
    asked: list[NoteBytes] = []

    def refuse(_state: StateFolder, copy: NoteBytes) -> bool:
        asked.append(copy)
        return False

    put(comparer, "a\n", "a\n")
    assert not settle(comparer, may_settle=refuse)
    assert [one.path for one in asked] == [COPY]
    assert Path(comparer.root.path, COPY).exists()


@pytest.mark.parametrize("relation", [CopyRelation.OTHER, CopyRelation.ORPHAN])
def test_what_cannot_be_settled_makes_nothing_in_the_state_folder(
    comparer: CopyComparer, relation: CopyRelation
) -> None:
    put(comparer, "a\n" if relation is CopyRelation.OTHER else None, "b\n")
    assert not settle(comparer)
    assert not locate_state(Path(comparer.root.path)).path.exists()


@pytest.mark.parametrize("name", [COPY, NOTE])
def test_a_save_right_before_wins(comparer: CopyComparer, name: str) -> None:
    file = Path(comparer.root.path, name)
    put(comparer, "a\n", "a\n")

    def save(_state: object, _copy: object) -> bool:
        file.write_text("mine\n", "utf-8")
        return True

    found = settle(comparer, may_settle=save)
    assert file.read_text("utf-8") == "mine\n"
    assert not found or name == NOTE


def test_a_copy_with_an_edit_is_taken_and_its_values_are_computed_anew(
    comparer: CopyComparer,
) -> None:
    vault = Path(comparer.root.path)
    text = "---\nday: {}\n---\na\nb\nc\nd\n"
    put(comparer, text.format(1), text.format(2) + "theirs\n")
    os.utime(vault / NOTE, (0, 0))
    begin_histories(comparer.root, comparer.rules, [NOTE])
    comparer = replace(comparer, histories=open_histories(vault, comparer.rules))
    (found,) = settle(comparer)
    assert found.is_taken
    assert (vault / NOTE).read_text("utf-8") == text.format(1) + "theirs\n"
    assert found.rescue.read_text("utf-8") == text.format(2) + "theirs\n"
    (run_,) = Journal(open_state(vault)).runs()
    entries = Journal(open_state(vault)).read_run(run_.run_id).entries
    assert [(one.entry.path, one.status) for one in entries] == [
        (NOTE, "written"),
        (COPY, "written"),
    ]
