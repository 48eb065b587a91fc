"""A run plans each note once, refuses too many changes, and tries again where another program was first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.rules.small import compiled, source
from vault_sync.engine.caching_planner import IndexedPlanner, confirm_read
from vault_sync.engine.refresh import RefreshPlanner, Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.run import CONFLICT_PAUSES, PlanQueue, RefreshRun, plan_within, preview
from vault_sync.errors import Problem, TooManyChangesError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.outcome import Outcome, WriteStatus
from vault_sync.files.read import hash_note, read_note, stat_note
from vault_sync.formula.registry import Clock
from vault_sync.index.history import open_histories
from vault_sync.index.notes import open_index
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.state.folder import open_state
from vault_sync.state.journal import Journal, JournalEdit, JournalEntry
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.engine.refresh import Found, Planner
    from vault_sync.engine.report import Summary
    from vault_sync.files.outcome import Replacement
    from vault_sync.state.journal import RunLog, RunSummary

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
    counts: list[int] = field(default_factory=list)

    def note_done(self, result: NoteResult) -> None:
        self.notes.append(result)

    def progress(self, count: int) -> None:
        self.counts.append(count)


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


class ScriptedDisk:
    """Ends each try to write some notes as the script says, and writes none."""

    def __init__(self, *rounds: Sequence[WriteStatus | Outcome]) -> None:
        self.rounds = [*rounds]
        self.tried: list[list[str]] = []

    def replace(
        self,
        _root: VaultFolder,
        replacements: Sequence[Replacement],
        _context: object,
        _idle_work: object,
    ) -> list[Outcome]:
        self.tried.append([one.path for one in replacements])
        script = zip(replacements, self.rounds.pop(0), strict=True)
        return [
            end._replace(path=one.path) if isinstance(end, Outcome) else Outcome(one.path, end)
            for one, end in script
        ]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedDisk], ScriptedDisk]:
    def use_disk(disk: ScriptedDisk) -> ScriptedDisk:
        monkeypatch.setattr("vault_sync.files.replace.replace_notes", disk.replace)
        return disk

    return use_disk


def write_all(planner: Planner, **options: Any) -> tuple[Summary, Results]:
    """Write all notes without waiting."""
    results = Results()
    more = {"sleep": lambda _seconds: None} | options
    run = RefreshRun(planner, "refresh", NOW, ignore_leftover, **more)
    return run.write(map(planner.plan, NAMES), results), results


def read_journal(tmp_path: Path) -> tuple[RunSummary, RunLog]:
    journal = Journal(open_state(tmp_path / "vault"))
    (run,) = journal.runs()
    return run, journal.read_run(run.run_id)


BAD: Final = Problem("bad")


@pytest.mark.parametrize(
    ("end", "result"),
    [
        (Outcome("", WriteStatus.WRITTEN), NoteResult("", Status.CHANGED)),
        (Outcome("", WriteStatus.WRITTEN, BAD), NoteResult("", Status.CHANGED, problems=(BAD,))),
        (Outcome("", WriteStatus.FAILED, BAD), NoteResult("", Status.FAILED, problems=(BAD,))),
        (
            Outcome("", WriteStatus.CHANGED, BAD, Path("rescue")),
            NoteResult("", Status.CONFLICT, problems=(BAD,), exit_code=5),
        ),
    ],
    ids=str,
)
def test_each_note_ends_as_its_write_did(
    tmp_path: Path,
    planner: ScriptedPlanner,
    use: Callable[[ScriptedDisk], ScriptedDisk],
    end: Outcome,
    result: NoteResult,
) -> None:
    disk = use(ScriptedDisk([WriteStatus.WRITTEN, end, WriteStatus.WRITTEN]))
    summary, results = write_all(planner)
    assert [one._replace(path="", changes=()) for one in results.notes] == [
        NoteResult("", Status.CHANGED),
        result,
        NoteResult("", Status.CHANGED),
    ]
    assert disk.tried == [NAMES]
    assert bool(results.notes[1].changes) == (end.status is WriteStatus.WRITTEN)
    assert (summary.seen, summary.exit_code, results.counts) == (
        3,
        results.notes[1].exit_code or (4 if result.problems else 0),
        [3],
    )
    _, found = read_journal(tmp_path)
    assert [one.status for one in found.entries] == ["written", end.status.value, "written"]


def test_the_journal_says_what_was_there_and_what_is(
    tmp_path: Path, planner: ScriptedPlanner
) -> None:
    write_all(planner)
    run, log = read_journal(tmp_path)
    assert log.entries[0].entry == JournalEntry(
        "a.md",
        hash_note(OLD.encode()),
        hash_note(NEW.encode()),
        (JournalEdit("x", "x: 1", "x: 2", "1", "2"),),
    )
    assert (run.command, run.written, run.is_whole) == ("refresh", 3, True)


@pytest.mark.parametrize("tries", [1, 4, 5])
def test_a_note_that_somebody_keeps_writing_is_a_conflict_in_the_end(
    planner: ScriptedPlanner, use: Callable[[ScriptedDisk], ScriptedDisk], tries: int
) -> None:
    ends = [[WriteStatus.CHANGED] for _ in range(tries)] + [[WriteStatus.WRITTEN]]
    disk = use(ScriptedDisk([WriteStatus.CHANGED, *[WriteStatus.WRITTEN] * 2], *ends[1:]))
    waited: list[float] = []
    summary, results = write_all(planner, sleep=waited.append)
    is_given_up = tries > len(CONFLICT_PAUSES)
    assert results.notes[0].status is (Status.CONFLICT if is_given_up else Status.CHANGED)
    assert waited == [*CONFLICT_PAUSES[:tries]]
    assert disk.tried == [NAMES, *[["a.md"]] * len(waited)]
    assert summary.exit_code == (5 if is_given_up else 0)


@pytest.mark.parametrize("found", [None, NoteResult("a.md", Status.SKIPPED)])
def test_a_note_that_needs_no_write_any_more_ends_as_it_is(
    planner: ScriptedPlanner, use: Callable[[ScriptedDisk], ScriptedDisk], found: NoteResult | None
) -> None:
    use(ScriptedDisk([WriteStatus.CHANGED]))
    plans = iter([planner.plan("a.md"), found])
    late = LatePlanner(planner.root, lambda _path: next(plans))
    results = Results()
    run_with(late, lambda _: None).write([late.plan("a.md")], results)
    assert results.notes == [found or NoteResult("a.md", Status.UNCHANGED)]


def test_a_run_that_is_stopped_says_how_far_it_came(
    tmp_path: Path, planner: ScriptedPlanner, use: Callable[[ScriptedDisk], ScriptedDisk]
) -> None:
    disk = use(ScriptedDisk([WriteStatus.WRITTEN], [WriteStatus.WRITTEN], [WriteStatus.WRITTEN]))
    summary, results = write_all(planner, batch=1, is_stopped=lambda: len(disk.tried) == 2)
    assert [one.path for one in results.notes] == NAMES[:2]
    assert (summary.seen, summary.is_stopped, results.counts) == (2, True, [1, 1])
    assert not read_journal(tmp_path)[0].is_whole


def test_a_stop_leaves_notes_out_whose_turn_did_not_come(
    planner: ScriptedPlanner, use: Callable[[ScriptedDisk], ScriptedDisk]
) -> None:
    disk = use(ScriptedDisk([WriteStatus.WRITTEN, WriteStatus.STOPPED, WriteStatus.STOPPED]))
    summary, results = write_all(planner, is_stopped=lambda: bool(disk.tried))
    assert [one.path for one in results.notes] == ["a.md"]
    assert summary.is_stopped


def test_a_stop_waits_for_nobody(
    planner: ScriptedPlanner, use: Callable[[ScriptedDisk], ScriptedDisk]
) -> None:
    disk = use(ScriptedDisk([WriteStatus.CHANGED, *[WriteStatus.WRITTEN] * 2]))
    waited: list[float] = []
    _, results = write_all(planner, sleep=waited.append, is_stopped=lambda: bool(disk.tried))
    assert results.notes[0].status is Status.CONFLICT
    assert not waited


def test_a_run_that_ends_by_itself_was_not_stopped(planner: ScriptedPlanner) -> None:
    for batch in (1, 2, 3, 4):
        for name in NAMES:
            (Path(planner.root.path) / name).write_text(OLD, "utf-8")
        summary, results = write_all(planner, batch=batch)
        assert (summary.seen, summary.is_stopped) == (3, False)
        assert results.counts == {1: [1, 1, 1], 2: [2, 1], 3: [3], 4: [3]}[batch]


def test_leftovers_are_tidied_up_before_and_told_where_somebody_must_look(
    planner: ScriptedPlanner,
) -> None:
    told: list[str] = []
    foreign = Path(planner.root.path, ".vault-sync-20240101T140100-abcd-00000000-1.old")
    foreign.write_text("of another computer\n", "utf-8")
    empty = foreign.with_name(foreign.name.replace("-1.old", "-2.part"))
    empty.touch()
    later = datetime.now(UTC) + timedelta(days=2)
    run = RefreshRun(planner, "refresh", later, lambda path, _problem: told.append(path))
    run.write([], Results(), [foreign.name, empty.name])
    assert not foreign.exists()
    assert not empty.exists()
    assert told == [foreign.name]


@pytest.mark.parametrize("has_rules", [True, False])
def test_what_persons_did_is_kept_where_it_is_known_which_values_are_ours(
    planner: ScriptedPlanner, *, has_rules: bool
) -> None:
    rules = [compiled(source(x="2"))]
    write_all(planner, rules=rules if has_rules else ())
    histories = open_histories(Path(planner.root.path), rules)
    assert [histories.is_known(name) for name in NAMES] == [has_rules] * 3


def count_up(most: int, is_stopped: Callable[[], bool] = lambda: False) -> PlanQueue:
    return PlanQueue(iter([None, None, None]), most, is_stopped)


def test_a_queue_plans_ahead_so_many_and_no_more() -> None:
    queue = count_up(2)
    assert [queue.plan_one() for _ in range(3)] == [True, True, False]
    assert queue.take(1) == [None]
    assert [queue.plan_one() for _ in range(2)] == [True, False]
    assert queue.has_more()
    assert queue.take(5) == [None, None]


def test_a_queue_knows_of_an_end_only_once_it_has_met_it() -> None:
    queue = count_up(4)
    assert queue.take(3) == [None] * 3
    assert queue.has_more()
    assert not queue.plan_one()
    assert not queue.has_more()
    assert queue.take(1) == []


def test_a_queue_that_is_stopped_plans_and_gives_nothing() -> None:
    stopped = [False]
    queue = count_up(3, lambda: stopped[0])
    queue.plan_one()
    stopped[0] = True
    assert not queue.plan_one()
    assert queue.take(1) == []
    assert queue.has_more()


def test_a_preview_counts_and_shows_each_note_once(planner: ScriptedPlanner) -> None:
    results = Results()
    failed = NoteResult("x.md", Status.FAILED, problems=(BAD,))
    summary = preview([None, planner.plan("a.md"), failed], results)
    assert [one.status for one in results.notes] == [Status.STALE, Status.FAILED]
    assert (summary.seen, summary.properties, summary.exit_code) == (3, 1, 4)
    assert results.notes[0].diff.startswith("--- a/a.md\n+++ b/a.md\n")
    assert results.counts == [1, 1, 1]


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4])
def test_a_limit_is_for_stale_notes_alone(planner: ScriptedPlanner, limit: int) -> None:
    (Path(planner.root.path) / "b.md").write_text(NEW, "utf-8")
    if limit < 2:
        with pytest.raises(TooManyChangesError, match="2 notes are stale"):
            plan_within(planner, NAMES, limit)
    else:
        found = plan_within(planner, NAMES, limit)
        assert [isinstance(one, Stale) for one in found] == [True, False, True]


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
