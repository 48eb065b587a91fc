"""Undo: every byte back, but never over what somebody wrote since."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import inner, plan, source
from tests.study.oracle import Study, refresh_text
from vault_sync.cli import run
from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.undo import (
    UndoPlanner,
    WholeText,
    find_next,
    find_undoable,
    find_undone,
    follow_renames,
    plan_undo,
    read_rescued,
    restore_copy,
)
from vault_sync.errors import FrontmatterError, RunNotFoundError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import hash_note
from vault_sync.state.journal import JournalEdit, JournalEntry, RunSummary

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.plan.note_plan import NotePlan

FULL = Study(done1=True, done4=True)


def edits_of(plan: NotePlan) -> list[JournalEdit]:
    return [
        JournalEdit(one.property, one.before, one.after, one.old, one.new) for one in plan.changes
    ]


def test_added_lines_go_again() -> None:
    note = FULL.sources_only()
    plan = refresh_text(note)
    assert plan_undo(plan.text, edits_of(plan)).text == note


@pytest.mark.parametrize("value", ["낡은 값", "'낡은'", '"낡은" # 왜', "", " ", "~", "두\n  줄"])
def test_old_values_come_back_to_the_byte(value: str) -> None:
    note = FULL.note(학습률=f"학습률: {value}", 사이=None)
    plan = refresh_text(note)
    assert plan.text != note
    assert plan_undo(plan.text, edits_of(plan)).text == note


@given(
    st.sets(st.sampled_from(list(FULL.derived_lines()))),
    st.sets(st.sampled_from(list(FULL.derived_lines()))),
)
def test_undo_takes_any_refresh_back(missing: set[str], stale: set[str]) -> None:
    lines = {name: FULL.derived_lines()[name].split(": ")[0] + ": 낡음" for name in stale}
    note = FULL.note(**{**lines, **dict.fromkeys(missing)})
    plan = refresh_text(note)
    assert plan_undo(plan.text, edits_of(plan)).text == note


@pytest.mark.parametrize("since", ['학습률: "0.9"', "학습률: 0.4", "학습률:", '학습률: "0.4"x'])
def test_what_was_changed_since_stays(since: str) -> None:
    plan = refresh_text(FULL.note(학습률='학습률: "0"', 사이='사이: "0"'))
    now = plan.text.replace('학습률: "0.4"', since)
    if since.endswith("x"):
        with pytest.raises(FrontmatterError):
            plan_undo(now, edits_of(plan))
        return
    undone = plan_undo(now, edits_of(plan))
    assert undone.text == now.replace('\n사이: "112"', '\n사이: "0"')
    assert [problem.property for problem in undone.problems] == ["학습률"]


def test_an_emptied_value_that_was_filled_since_stays() -> None:
    note = Study(first=None).sources_only().replace("---\n#", '사이: "5"\n---\n#')
    plan = refresh_text(note)
    assert "사이:\n" in plan.text
    filled = plan.text.replace("사이:\n", "사이: 7\n")
    assert plan_undo(filled, edits_of(plan)).text == filled
    assert plan_undo(plan.text, edits_of(plan)).text == note


def test_other_edits_since_are_kept() -> None:
    plan = refresh_text(FULL.note(사이=None))
    now = plan.text.replace("⭕과목: 웹", "⭕과목: 네트워크") + "더 쓴 글\n"
    undone = plan_undo(now, edits_of(plan)).text
    assert undone == now.replace('\n사이: "112"', "")


@pytest.mark.parametrize("old", ["x:\n  - a\n", "x: [a, b] # why\n", "x:\n", "x: a\n", ""])
def test_lists_come_back_to_the_byte(old: str) -> None:
    lines = f"a: 1\n{old}z: 2\n"
    found = plan(lines, source(x='["new", "c, d"]'))
    assert found.changes
    assert inner(plan_undo(found.text, edits_of(found))) == lines


@pytest.fixture
def refreshed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault of two notes that a run has just written."""
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    for name in ("a.md", "b.md"):
        (root / name).write_text(FULL.sources_only() + name, "utf-8")
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    assert run(["--vault", str(root), "refresh"]) == 0
    return root


def test_a_note_that_was_renamed_since_is_found(refreshed: Path) -> None:
    (refreshed / "deep").mkdir()
    (refreshed / "b.md").rename(refreshed / "deep" / "c.md")
    assert run(["--vault", str(refreshed), "undo"]) == 0
    assert (refreshed / "a.md").read_text("utf-8") == FULL.sources_only() + "a.md"
    assert (refreshed / "deep" / "c.md").read_text("utf-8") == FULL.sources_only() + "b.md"


@pytest.mark.parametrize("how", ["edited", "two", "gone"])
def test_what_is_not_surely_the_same_note_stays(
    refreshed: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written = (refreshed / "b.md").read_text("utf-8")
    (refreshed / "b.md").unlink()
    copies = {"edited": {"c.md": written + "!"}, "two": {"c.md": written, "d.md": written}}
    for name, text in copies.get(how, {}).items():
        (refreshed / name).write_text(text, "utf-8")
    assert run(["--vault", str(refreshed), "undo"]) == 4
    assert "b.md: The note is not there any more" in capsys.readouterr().err
    for name, text in copies.get(how, {}).items():
        assert (refreshed / name).read_text("utf-8") == text


def test_a_vault_that_has_moved_is_told_where_its_runs_are(
    refreshed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = refreshed.rename(refreshed.with_name("moved"))
    assert run(["--vault", str(moved), "undo"]) == 2
    said = capsys.readouterr().err
    assert f"these vaults are gone from theirs: {refreshed} (" in said
    assert run(["--vault", str(moved), "undo", "--list"]) == 0
    assert str(refreshed) in capsys.readouterr().err
    # What it says helps.
    old = said.partition(" (")[2].partition(")")[0]
    new = said.partition("folder into ")[2].partition(", or")[0]
    shutil.copytree(f"{old}/journal", f"{new}/journal", dirs_exist_ok=True)
    assert run(["--vault", str(moved), "undo"]) == 0
    assert (moved / "a.md").read_text("utf-8") == FULL.sources_only() + "a.md"


def test_a_vault_of_its_own_hears_nothing_of_others(
    refreshed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = refreshed.with_name("other")
    (other / ".obsidian").mkdir(parents=True)
    assert run(["--vault", str(other), "undo"]) == 2
    assert str(refreshed) not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("since", "edit"),
    [
        ("b: 1\n", JournalEdit("a", "a: 1", "a: 2", 1, 2)),
        ("a: 2\n", JournalEdit("a", "a: 1\n", None, "x", None, "gone")),
        ("above: [1]\na: 2\n", JournalEdit("a", 'a: "x\n', None, "x", None, "above")),
        ("a: 3\n", JournalEdit("a", "a: 1", "a: 2", 1, 2)),
        ("a: 23\n", JournalEdit("a", "a: 1", "a: 2", 1, 2)),
        ("a: 2\nb: 1\n", JournalEdit("a", "a: 1", "a: 2\nb: 2\n", 1, 2)),
    ],
)
def test_an_edit_whose_text_is_there_no_more_stays(since: str, edit: JournalEdit) -> None:
    text = f"---\n{since}---\n"
    undone = plan_undo(text, [edit])
    assert (undone.text, undone.changes) == (text, ())
    assert [one.property for one in undone.problems] == ["a"]


@pytest.mark.parametrize(
    ("since", "edit"),
    [
        ("a: 1\n", JournalEdit("a", "a: 1", "a: 2", 1, 2)),
        ("a: 1 # why\n", JournalEdit("a", "a: 1", "a: 2", 1, 2)),
        ("b: 1\n", JournalEdit("a", None, "a: 2\n", None, 2)),
    ],
)
def test_of_an_edit_that_is_back_there_is_nothing_to_say(since: str, edit: JournalEdit) -> None:
    text = f"---\n{since}---\n"
    undone = plan_undo(text, [edit])
    assert (undone.text, undone.changes, undone.problems) == (text, (), ())


def make_run(
    number: int, command: str = "refresh", written: int | None = 1, **more: Any
) -> RunSummary:
    return RunSummary(f"run {number}", command, "", written, **more)


def undo_of(number: int, **more: Any) -> RunSummary:
    """Return a run that undid another: its own number is ten times as high."""
    return make_run(10 * number, f"undo run {number}", **more)


@pytest.mark.parametrize(
    ("runs", "undone", "following"),
    [
        ([], [], None),
        ([make_run(1)], [], 1),
        ([make_run(2), make_run(1)], [], 2),
        ([make_run(2, written=0), make_run(1)], [], 1),
        ([make_run(2, written=None), make_run(1)], [], 2),
        ([undo_of(2), make_run(2), make_run(1)], [2], 1),
        ([undo_of(2, is_whole=False), make_run(2), make_run(1)], [], 2),
        ([undo_of(1), undo_of(2), make_run(2), make_run(1)], [1, 2], None),
        ([undo_of(20), undo_of(2), make_run(2)], [20], 2),
        ([undo_of(20, is_whole=False), undo_of(2), make_run(2)], [2], None),
        ([make_run(3, "done"), undo_of(2), make_run(2)], [2], 3),
    ],
)
def test_what_is_undone_next(
    runs: list[RunSummary], undone: list[int], following: int | None
) -> None:
    assert find_undone(runs) == {f"run {number}" for number in undone}
    found = find_next(runs)
    assert (found and found.run_id) == (None if following is None else f"run {following}")
    if following is None:
        with pytest.raises(RunNotFoundError, match=r"[Nn]o run (to undo|has written)"):
            find_undoable(runs, None)
    else:
        assert find_undoable(runs, None) == f"run {following}"


def test_a_run_that_is_named_is_undone_if_there_is_one() -> None:
    runs = [make_run(2), make_run(1)]
    assert find_undoable(runs, "run 1") == "run 1"
    with pytest.raises(RunNotFoundError, match="no run 'run 3'"):
        find_undoable(runs, "run 3")


@pytest.mark.parametrize(
    ("there", "status", "words"),
    [
        (None, Status.CHANGED, ""),
        (b"copy", Status.UNCHANGED, ""),
        (b"other", Status.UNCHANGED, "a file of this name again"),
        (b"folder", Status.UNCHANGED, "a file of this name again"),
    ],
)
def test_a_copy_comes_back_where_nothing_is_in_its_place(
    tmp_path: Path, there: bytes | None, status: Status, words: str
) -> None:
    file = tmp_path / "copy.md"
    if there == b"folder":
        file.mkdir()
    elif there:
        file.write_bytes(there)
    with VaultFolder(tmp_path) as root:
        shown = restore_copy(root, "copy.md", b"copy\xff", is_diff=True)
        assert file.exists() == bool(there)
        found = restore_copy(root, "copy.md", b"copy", is_diff=False)
    assert (shown.status, shown.diff.splitlines()[-2]) == (Status.STALE, "+copy\ufffd")
    assert found.status is status
    assert len(found.problems) == bool(words)
    assert all(words in one.message for one in found.problems)
    if there != b"folder":
        assert file.read_bytes() == (there or b"copy")


def test_a_copy_whose_folder_is_gone_is_told(tmp_path: Path) -> None:
    with VaultFolder(tmp_path) as root:
        found = restore_copy(root, "gone/copy.md", b"copy", is_diff=False)
    assert (found.status, len(found.problems)) == (Status.FAILED, 1)


def test_a_text_that_was_rescued_counts_only_if_it_is_that_very_text(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"text")
    entry = JournalEntry("a.md", hash_note(b"text"), "new", rescue="one")
    assert read_rescued(entry, tmp_path) == WholeText("new", b"text")
    assert read_rescued(entry._replace(rescue="../elsewhere/one"), tmp_path)
    assert read_rescued(entry._replace(rescue="two"), tmp_path) is None
    assert read_rescued(entry._replace(old_hash="other"), tmp_path) is None


PLAN: Final = refresh_text(FULL.note(학습률=None))


@pytest.mark.parametrize(
    ("text", "status", "line"),
    [
        (FULL.note(학습률=None), Status.UNCHANGED, None),
        (PLAN.text, Status.STALE, None),
        (PLAN.text.replace('학습률: "0.4"', "학습률: 7"), Status.UNCHANGED, "학습률"),
        ("no properties\n", Status.FAILED, None),
        ("---\na: b: c\n---\n", Status.FAILED, None),
        (None, Status.FAILED, None),
    ],
)
def test_each_note_of_a_run_is_planned_as_it_is_now(
    tmp_path: Path, text: str | None, status: Status, line: str | None
) -> None:
    if text is not None:
        (tmp_path / "a.md").write_text(text, "utf-8", newline="")
    before = FULL.note(학습률=None)
    entry = JournalEntry("a.md", hash_note(before.encode()), "", tuple(edits_of(PLAN)))
    with VaultFolder(tmp_path) as root:
        found = UndoPlanner(root, {"a.md": entry}).plan("a.md")
    if status is Status.STALE:
        assert isinstance(found, Stale)
        assert (found.plan.text, found.plan.problems) == (before, ())
        return
    assert isinstance(found, NoteResult)
    assert found.status is status
    assert bool(found.problems) == (line is not None or status is Status.FAILED)
    if line and text:
        numbers = [number for number, one in enumerate(text.splitlines(), 1) if line in one]
        assert [(one.line, one.property) for one in found.problems] == [(numbers[0], line)]


@pytest.mark.parametrize(("now", "is_back"), [("new\n", True), ("since\n", False)])
def test_a_whole_text_comes_back_where_nothing_was_written_since(
    tmp_path: Path, now: str, *, is_back: bool
) -> None:
    (tmp_path / "a.md").write_text(now, "utf-8")
    entry = JournalEntry("a.md", hash_note(b"old\n"), hash_note(b"new\n"), rescue="x")
    texts = {"a.md": WholeText(hash_note(b"new\n"), b"old\n")}
    with VaultFolder(tmp_path) as root:
        found = UndoPlanner(root, {"a.md": entry}, texts).plan("a.md")
    if is_back:
        assert isinstance(found, Stale)
        assert (found.plan.text, found.plan.is_governed) == ("old\n", True)
    else:
        assert isinstance(found, NoteResult)
        assert (found.status, len(found.problems)) == (Status.UNCHANGED, 1)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"a.md": "A"}, {"a.md"}),
        ({"b.md": "A"}, {"b.md"}),
        ({"a.md": "edited", "b.md": "A"}, {"a.md"}),
        ({"b.md": "edited"}, {"a.md"}),
        ({"b.md": "A", "c.md": "A"}, {"a.md"}),
        ({"other.md": "A"}, {"a.md"}),
    ],
)
def test_a_note_is_followed_to_its_new_name_where_that_is_sure(
    tmp_path: Path, there: dict[str, str], expected: set[str]
) -> None:
    for name, text in {"other.md": "O", **there}.items():
        (tmp_path / name).write_text(text, "utf-8")
    entries = {
        name: JournalEntry(name, "", hash_note(text))
        for name, text in {"a.md": b"A", "other.md": b"O"}.items()
    }
    entries["left.md"] = JournalEntry("left.md", "", "", rescue="x")
    with VaultFolder(tmp_path) as root:
        found = follow_renames(root, entries, [*there, "other.md", "gone.md"])
    assert found.keys() == {*expected, "other.md", "left.md"}
    assert all(path == entry.path for path, entry in found.items())
    (name,) = expected
    assert found[name].new_hash == hash_note(b"A")
