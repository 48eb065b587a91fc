"""What a refresh makes of one note, whatever is in it, and who has to follow when others change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.linked_vaults import write_vault
from tests.rules.small import compiled, source
from vault_sync.engine.reads import Reads
from vault_sync.engine.refresh import (
    RefreshPlanner,
    Stale,
    failed_result,
    find_conditions,
    find_dependents,
    is_edit,
    look_around,
    open_planner,
)
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import BrokenPromiseError, NoteChangedError, NoteError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import MAX_NOTE_BYTES, NoteBytes, Signature, read_note
from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.note_plan import Change
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_sync.engine.refresh import Found

NOW: Final = datetime(2024, 10, 27, 14, 1, 30)  # noqa: DTZ001 - local time, as formulas see it
RULES: Final = (compiled(source("a > 0", double="a * 2")),)
LARGE: Final = b"x" * MAX_NOTE_BYTES


@pytest.fixture
def planner(tmp_path: Path) -> Iterator[RefreshPlanner]:
    with VaultFolder(str(tmp_path)) as root:
        yield RefreshPlanner(root, RULES, Conditions(NOW, UTC))


def describe(found: Found) -> tuple[object, ...]:
    """Return what matters of a plan."""
    if isinstance(found, Stale):
        return "stale", found.plan.text
    return (found.status, len(found.problems), found.exit_code) if found else ("none",)


CASES: Final = [
    (b"---\na: 1\ndouble: 1\n---\nx\n", ("stale", "---\na: 1\ndouble: 2\n---\nx\n")),
    (b"---\na: 1\ndouble: 2\n---\n", (Status.UNCHANGED, 0, 0)),
    (b"---\na: 0\ndouble: 1\n---\n", ("none",)),
    (b"text\n", ("none",)),
    (b"", ("none",)),
    (b"---\nvault-sync: false\na: 1\n---\n", (Status.SKIPPED, 0, 0)),
    (b"---\na: x\ndouble: 1\n---\n", ("none",)),
    (b"---\na: 1\ndouble: {x: 1}\n---\n", (Status.FAILED, 1, 0)),
    (b"---\na: 1\ndouble: b: c\n---\n", (Status.FAILED, 1, 4)),
    (b"---\nother: b: c\n---\n", ("none",)),
    (b"---\ndouble: \xff\n---\n", (Status.FAILED, 1, 4)),
    (b"---\nother: \xff\n---\n", ("none",)),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_what_comes_of_a_note(
    tmp_path: Path, planner: RefreshPlanner, data: bytes, expected: tuple[object, ...]
) -> None:
    (tmp_path / "a.md").write_bytes(data)
    found = planner.plan("a.md")
    assert describe(found) == expected
    assert describe(planner.plan_version(read_note(planner.root, "a.md"))) == expected
    if isinstance(found, Stale):
        assert (found.text, found.note.data) == (data.decode(), data)


@pytest.mark.parametrize(
    ("start", "expected"),
    [(b"---\ndouble: 1\n---\n", (Status.FAILED, 1, 4)), (b"---\nother: 1\n---\n", ("none",))],
)
def test_of_a_file_that_is_no_note_only_one_of_ours_is_told(
    tmp_path: Path, planner: RefreshPlanner, start: bytes, expected: tuple[object, ...]
) -> None:
    (tmp_path / "a.md").write_bytes(start + LARGE)
    assert describe(planner.plan("a.md")) == expected


def test_a_note_that_is_not_there_is_told(planner: RefreshPlanner) -> None:
    assert describe(planner.plan("gone.md")) == (Status.FAILED, 1, 4)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            NoteError(Problem("x", 3)),
            NoteResult("a.md", Status.FAILED, (), (Problem("x", 3),), exit_code=4),
        ),
        (
            NoteChangedError(Problem("x")),
            NoteResult("a.md", Status.CONFLICT, (), (Problem("x"),), exit_code=5),
        ),
        (
            BrokenPromiseError("oh"),
            NoteResult(
                "a.md",
                Status.FAILED,
                (),
                (Problem("This is a bug of vault-sync, so nothing was written: oh"),),
                exit_code=70,
            ),
        ),
    ],
)
def test_what_is_told_of_a_note_that_has_to_be_left_alone(
    error: NoteError | BrokenPromiseError, expected: NoteResult
) -> None:
    assert failed_result("a.md", error) == expected


@pytest.mark.parametrize(
    ("clocks", "is_by_edit"),
    [
        ([], False),
        ([Clock.DAILY], False),
        ([Clock.INSTANT, Clock.DAILY], False),
        ([Clock.DAILY, Clock.STABLE], True),
    ],
)
def test_an_edit_is_what_no_clock_explains(clocks: list[Clock], *, is_by_edit: bool) -> None:
    assert is_edit([Change("x", 1, 2, "x: 1", "x: 2", clock) for clock in clocks]) is is_by_edit


SIGNATURE: Final = Signature(int(NOW.replace(tzinfo=UTC).timestamp()) * 10**9, 0, 1, 2, 3)


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("---\na: 1\ndouble: 1\n---\n", NOW.replace(second=0)),  # an edit made it stale
        ("---\na: 1\ndouble: 2\n---\n", NOW.replace(second=0)),
        ("---\na: b: c\ndouble: x: y\n---\n", NOW.replace(second=0)),
    ],
)
def test_who_reads_a_note_does_so_in_the_minute_in_which_a_refresh_would(
    text: str, now: datetime
) -> None:
    conditions = Conditions(NOW, UTC).for_whole_day()
    note = NoteBytes("a.md", text.encode(), SIGNATURE)
    assert find_conditions(text, note, RULES, conditions, "/vault").now == now


def test_what_the_day_alone_changes_is_of_the_start_of_the_day() -> None:
    rules = [compiled(source("a", day="today()", at="now()"))]
    conditions = Conditions(NOW, UTC).for_whole_day()
    text = "---\na: 1\nday: 2024-10-26\nat: 2024-10-26T11:00:00\n---\n"
    found = find_conditions(text, NoteBytes("a.md", b"", SIGNATURE), rules, conditions, "/vault")
    assert found.now == NOW.replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(("formula", "is_looking"), [("to.asFile().path", True), ("a", False)])
def test_other_notes_are_looked_at_only_by_rules_that_ask_for_them(
    tmp_path: Path, formula: str, *, is_looking: bool
) -> None:
    rule = f"{{name: r, filters: to, formulas: {{x: '{formula}'}}}}"
    texts = {"a.md": '---\nto: "[[b]]"\na: 1\n---\n', "b.md": ""}
    workspace = open_workspace(write_vault(tmp_path, texts, rule), None)
    conditions = workspace.conditions(datetime(2024, 10, 27, 14, 1, tzinfo=UTC))
    with VaultFolder(str(tmp_path)) as root:
        seen = look_around(conditions, workspace.rules, workspace.vault, root)
        assert (seen.vault is not None, seen is conditions) == (is_looking, not is_looking)
        planner = open_planner(root, workspace.rules, conditions, workspace.vault)
        assert (planner.notes is not None) is is_looking
        reads = planner.find_reads("a.md")
        assert bool(reads and reads.names) is is_looking
        assert planner.find_last("a.md") is reads
        version = read_note(root, "b.md")
        planner.plan_version(version)
        assert not planner.find_last("b.md")


@dataclass
class Page:
    """What is known of one note: what it reads, and whether it is stale."""

    reads: Sequence[str] = ()
    is_stale: bool = True


@dataclass
class Pages:
    """Plans notes that read each other as it is told."""

    pages: dict[str, Page]
    planned: list[str] = field(default_factory=list)

    def plan(self, path: str) -> Found:
        self.planned.append(path)
        note = NoteBytes(path, b"", SIGNATURE)
        return Stale(note, None) if self.pages[path].is_stale else None  # type: ignore[arg-type]  # nobody asks

    def find_reads(self, path: str) -> Reads | None:
        if not self.pages[path].reads:
            return None
        reads = Reads()
        reads.values = {other: {} for other in self.pages[path].reads if "." in other}
        reads.names = {(other, path): None for other in self.pages[path].reads if "." not in other}
        return reads


PAGES: Final = {
    "task.md": Page(),
    "page.md": Page(["task.md"]),
    "top.md": Page(["page.md"]),
    "peak.md": Page(["top.md", "task.md"]),
    "still.md": Page(["task.md"], is_stale=False),
    "behind.md": Page(["still.md"]),
    "apart.md": Page(["other.md"]),
    "linking.md": Page(["new"]),
}


@pytest.mark.parametrize(
    ("changed", "follow"),
    [
        (["task.md"], ["page.md", "peak.md", "top.md"]),
        (["top.md"], ["peak.md"]),
        (["still.md"], ["behind.md"]),
        (["other.md"], ["apart.md"]),
        (["new.md"], ["linking.md"]),
        (["Deep/new.md"], ["linking.md"]),
        (["none.md"], []),
        (["task.md", "page.md"], ["peak.md", "top.md"]),
        ([], []),
    ],
)
def test_who_follows_a_change(changed: list[str], follow: list[str]) -> None:
    pages = Pages(PAGES)
    assert find_dependents(pages, changed, PAGES) == follow
    assert not {"apart.md", "linking.md"}.difference(follow) & {*pages.planned}
    assert not {*changed} & {*pages.planned}


def test_a_circle_of_readers_comes_to_an_end() -> None:
    ring = {"a.md": Page(["b.md"]), "b.md": Page(["a.md", "x.md"])}
    assert find_dependents(Pages(ring), ["x.md"], ring) == ["a.md", "b.md"]
