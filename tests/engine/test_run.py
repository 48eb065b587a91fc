"""A run plans each note once, refuses too many changes, and tries again where another program was first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time_ns
from typing import TYPE_CHECKING, Final

import pytest

from vault_sync.engine.caching_planner import IndexedPlanner, confirm_read
from vault_sync.engine.refresh import RefreshPlanner, Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.run import CONFLICT_PAUSES, RefreshRun, plan_within, preview
from vault_sync.errors import TooManyChangesError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import read_note, stat_note
from vault_sync.formula.registry import Clock
from vault_sync.index.notes import open_index
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.errors import Problem

NOW: Final = datetime(2024, 10, 27, 14, 1, tzinfo=UTC)
OLD: Final = "---\nx: 1\n---\n"
NEW: Final = "---\nx: 2\n---\n"


@dataclass(slots=True)
class ScriptedPlanner:
    """Plans as it is told: a note that holds `OLD` becomes `NEW`, each other one is up to date."""

    root: VaultFolder
    planned: list[str] = field(default_factory=list)

    def plan(self, path: str) -> Found:
        self.planned.append(path)
        note = read_note(self.root, path)
        if note.data != OLD.encode():
            return NoteResult(path, Status.UNCHANGED)
        change = Change("x", "1", "2", "x: 1", "x: 2", Clock.STABLE)
        return Stale(note, NotePlan(NEW, (change,), (), is_governed=True))


@dataclass(frozen=True, slots=True)
class LatePlanner:
    """Calls a function for each plan."""

    root: VaultFolder
    plan: Callable[[str], Found]


@dataclass(slots=True)
class Results:
    """Keeps what became of the notes."""

    notes: list[NoteResult] = field(default_factory=list)

    def note_done(self, result: NoteResult) -> None:
        self.notes.append(result)

    def progress(self, count: int) -> None: ...


@pytest.fixture
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedPlanner]:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    (tmp_path / "vault").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / f"vault/{name}.md").write_text(OLD, "utf-8")
    with VaultFolder(tmp_path / "vault") as root:
        yield ScriptedPlanner(root)


NAMES: Final = ["a.md", "b.md", "c.md"]


def ignore_leftover(_path: str, _problem: Problem) -> None: ...


def run_with(planner: Planner, sleep: Callable[[float], None]) -> RefreshRun:
    return RefreshRun(planner, "refresh", NOW, ignore_leftover, sleep=sleep)


def test_a_limit_that_is_kept_costs_no_second_plan(
    tmp_path: Path, planner: ScriptedPlanner
) -> None:
    found = plan_within(planner, NAMES, 3)
    results = Results()
    run_with(planner, lambda _: None).write(found, results)
    assert planner.planned == NAMES
    assert [(one.path, one.status) for one in results.notes] == [
        (name, Status.CHANGED) for name in NAMES
    ]
    assert (tmp_path / "vault/c.md").read_text("utf-8") == NEW


def test_too_many_changes_are_counted_and_nothing_is_written(
    tmp_path: Path, planner: ScriptedPlanner
) -> None:
    with pytest.raises(TooManyChangesError, match="3 notes are stale, more than --max-changes 1:"):
        plan_within(planner, NAMES, 1)
    assert planner.planned == NAMES
    assert (tmp_path / "vault/a.md").read_text("utf-8") == OLD
    assert not (tmp_path / "state").exists()


def test_a_preview_writes_nothing(tmp_path: Path, planner: ScriptedPlanner) -> None:
    results = Results()
    summary = preview(map(planner.plan, NAMES), results)
    assert summary.by_status[Status.STALE] == 3
    assert "-x: 1\n+x: 2\n" in results.notes[0].diff
    assert not (tmp_path / "state").exists()


def test_a_run_without_stale_notes_opens_no_journal(
    tmp_path: Path, planner: ScriptedPlanner
) -> None:
    for name in NAMES:
        (tmp_path / "vault" / name).write_text(NEW, "utf-8")
    run_with(planner, lambda _: None).write(map(planner.plan, NAMES), Results())
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_a_note_that_changes_meanwhile_is_planned_again(
    tmp_path: Path, planner: ScriptedPlanner, rounds: int
) -> None:
    note, waited = tmp_path / "vault/a.md", list[float]()

    def find() -> Iterator[Found]:
        yield planner.plan("a.md")
        save()

    def save() -> None:
        note.unlink()
        note.write_text(OLD, "utf-8")

    def sleep(seconds: float) -> None:
        waited.append(seconds)

    def plan_late(path: str) -> Found:
        found = ScriptedPlanner.plan(planner, path)
        if len(waited) < rounds:
            save()
        return found

    results = Results()
    run_with(LatePlanner(planner.root, plan_late), sleep).write(find(), results)
    assert [pause for pause in waited if pause in CONFLICT_PAUSES] == [*CONFLICT_PAUSES[:rounds]]
    assert note.read_text("utf-8") == NEW
    assert [one.status for one in results.notes] == [Status.CHANGED]


def test_what_was_written_and_read_again_is_known_by_its_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    vault = tmp_path / "vault"
    vault.mkdir()
    rules = "profile: none\nrules:\n  - {name: a, formulas: {y: x + 1}}\n"
    (vault / ".vault-sync.yaml").write_text(rules, "utf-8")
    (vault / "a.md").write_text("---\nx: 1\ny: 1\n---\n", "utf-8")
    workspace = open_workspace(vault, None)
    written = time_ns()
    with VaultFolder(vault) as root:
        plain = RefreshPlanner(root, workspace.rules, workspace.conditions_at(NOW))
        for seconds, is_settled in ((0, 0), (10, 0), (20, 1)):
            with open_index(root.path, ["a.md"], written + seconds * 10**9) as index:
                planner = IndexedPlanner(plain, index, "circumstances", keeps_own=True)
                row = index.recall("a.md", stat_note(root.path, "a.md"))
                assert (row.settled if row else 0) == is_settled
                if seconds:
                    confirm_read(planner, read_note(root, "a.md"))
                else:
                    run = RefreshRun(planner, "refresh", NOW, ignore_leftover)
                    assert run.write(map(planner.plan, ["a.md"]), Results()).seen == 1
