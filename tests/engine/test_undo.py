"""Undo: every byte back, but never over what somebody wrote since."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import inner, plan, source
from tests.study.oracle import Study, refresh_text
from vault_sync.cli import run
from vault_sync.engine.undo import plan_undo
from vault_sync.errors import FrontmatterError
from vault_sync.state.journal import JournalEdit

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
