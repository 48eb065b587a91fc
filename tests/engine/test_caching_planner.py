"""A planner with an index asks the other planner for those notes only of which it knows too little."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from vault_sync.engine import caching_planner
from vault_sync.engine.caching_planner import (
    WORTHWHILE,
    IndexedPlanner,
    confirm_read,
    listen_for,
    plan_with_index,
)
from vault_sync.engine.refresh import RefreshPlanner, Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import AT_REST, read_note, stat_note
from vault_sync.formula.registry import Clock
from vault_sync.index import NOT_OURS, READS_OTHERS, UP_TO_DATE
from vault_sync.index.notes import NoteIndex, Version, digest_of
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_sync.engine.refresh import Found
    from vault_sync.files.read import NoteBytes
    from vault_sync.index.store import Row

NOW: Final = datetime(2024, 10, 27, 14, 1, tzinfo=UTC)
NEW: Final = "---\nx: 2\n---\n"
CHANGE: Final = Change("x", "1", "2", "x: 1", "x: 2", Clock.STABLE)
STUDY: Final = ("study", "[1]")


@dataclass
class Script:
    """Plans as it is told, whatever is in the note; keeps what it was asked."""

    root: VaultFolder
    status: Status | None = Status.UNCHANGED
    planned: list[str] = field(default_factory=list)

    def plan(self, path: str) -> Found:
        self.planned.append(path)
        return NoteResult(path, Status.FAILED, reason="unread")

    def plan_version(self, note: NoteBytes) -> Found:
        self.planned.append(note.path)
        if self.status is Status.STALE:
            return Stale(note, NotePlan(NEW, (CHANGE,), (), is_governed=True))
        return NoteResult(note.path, self.status) if self.status else None


@dataclass
class Desk:
    """A vault with one note, which was written long ago, and an index that is kept from run to run."""

    root: VaultFolder
    script: Script
    index: NoteIndex

    def make_planner(self, under: str = "under", *, keeps_own: bool = True) -> IndexedPlanner:
        self.script.planned.clear()
        return IndexedPlanner(self.script, self.index, under, keeps_own=keeps_own)

    def remember(
        self, verdict: int | None, *, is_settled: bool = True, data: bytes | None = None
    ) -> None:
        note = read_note(self.root, "a.md")
        digest = digest_of(note.data if data is None else data)
        self.index.remember(
            Version("a.md", note.signature, digest),
            verdict=None if verdict is None else ("under", verdict),
            study=STUDY,
            is_settled=is_settled,
        )

    def find_row(self) -> Row:
        row = self.index.recall("a.md", stat_note(self.root.path, "a.md"))
        assert row
        return row


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "a.md").write_text("---\nx: 1\n---\n", "utf-8")
    with VaultFolder(tmp_path) as root:
        yield Desk(root, Script(root), NoteIndex(root.path, ["a.md"], 0))


@pytest.mark.parametrize("is_settled", [True, False])
@pytest.mark.parametrize(
    ("verdict", "found"),
    [(UP_TO_DATE, NoteResult("a.md", Status.UNCHANGED)), (NOT_OURS, None)],
)
def test_what_is_known_is_not_planned(
    desk: Desk, verdict: int, found: NoteResult | None, *, is_settled: bool
) -> None:
    desk.remember(verdict, is_settled=is_settled)
    assert desk.make_planner().plan("a.md") == found
    assert not desk.script.planned


def test_what_is_settled_is_not_even_read(desk: Desk) -> None:
    desk.remember(UP_TO_DATE, data=b"what nobody will see")
    assert desk.make_planner().plan("a.md") == NoteResult("a.md", Status.UNCHANGED)
    assert not desk.script.planned


@pytest.mark.parametrize("case", ["nothing", "bytes", "under", "no verdict", "reads", "not ours"])
@pytest.mark.parametrize("is_settled", [True, False])
def test_what_is_not_surely_known_is_planned(desk: Desk, case: str, *, is_settled: bool) -> None:
    verdict = {"no verdict": None, "reads": UP_TO_DATE | READS_OTHERS, "not ours": READS_OTHERS}
    if case == "bytes":
        desk.remember(UP_TO_DATE, is_settled=False, data=b"other")
    elif case != "nothing":
        desk.remember(verdict.get(case, UP_TO_DATE), is_settled=is_settled)
    planner = desk.make_planner("other" if case == "under" else "under")
    assert planner.plan("a.md") == NoteResult("a.md", Status.UNCHANGED)
    assert desk.script.planned == ["a.md"]


@pytest.mark.parametrize(("status", "verdict"), [(Status.UNCHANGED, UP_TO_DATE), (None, NOT_OURS)])
def test_what_needs_no_write_is_remembered(desk: Desk, status: Status | None, verdict: int) -> None:
    desk.script.status = status
    desk.make_planner().plan("a.md")
    assert (desk.find_row().under, desk.find_row().verdict) == ("under", verdict)
    desk.make_planner().plan("a.md")
    assert not desk.script.planned


@pytest.mark.parametrize("status", [Status.FAILED, Status.SKIPPED, Status.CONFLICT])
def test_what_the_user_is_to_see_again_is_not(desk: Desk, status: Status) -> None:
    desk.script.status = status
    for _ in range(2):
        assert desk.make_planner().plan("a.md") == NoteResult("a.md", status)
        assert desk.script.planned == ["a.md"]


def test_a_note_that_cannot_be_read_is_the_other_planner_s(desk: Desk) -> None:
    assert desk.make_planner().plan("gone.md") == NoteResult(
        "gone.md", Status.FAILED, reason="unread"
    )


def write(desk: Desk, planner: IndexedPlanner, **more: object) -> None:
    """Plan the note, write it, and let the planner know."""
    desk.script.status = Status.STALE
    found = planner.plan("a.md")
    assert isinstance(found, Stale)
    with open(f"{desk.root.path}/a.md", "w", encoding="utf-8") as file:  # noqa: PTH123 - a str
        file.write(NEW)
    signature = stat_note(desk.root.path, "a.md")
    facts = {"status": Status.CHANGED, "signature": signature} | more
    planner.note_done(NoteResult("a.md", **facts))  # type: ignore[arg-type]  # real fields


def test_what_was_written_is_up_to_date(desk: Desk) -> None:
    write(desk, desk.make_planner())
    row = desk.find_row()
    assert (row.digest, row.under, row.verdict) == (digest_of(NEW.encode()), "under", UP_TO_DATE)
    assert not row.settled
    assert desk.make_planner().plan("a.md") == NoteResult("a.md", Status.UNCHANGED)


@pytest.mark.parametrize("reason", ["a problem", "rules that look at the file"])
def test_what_was_written_is_not_up_to_date_for_certain(desk: Desk, reason: str) -> None:
    planner = desk.make_planner(keeps_own=reason == "a problem")
    write(desk, planner, problems=(Problem("x"),) if reason == "a problem" else ())
    assert desk.find_row().verdict is None


@pytest.mark.parametrize(
    "more", [{"status": Status.CONFLICT}, {"status": Status.STALE}, {"signature": None}]
)
def test_what_was_not_written_is_not_known(desk: Desk, more: dict[str, object]) -> None:
    write(desk, desk.make_planner(), **more)
    assert desk.index.recall("a.md", stat_note(desk.root.path, "a.md")) is None


def test_a_result_without_a_plan_is_nobody_s(desk: Desk) -> None:
    signature = stat_note(desk.root.path, "a.md")
    desk.make_planner().note_done(NoteResult("a.md", Status.CHANGED, signature=signature))
    assert desk.index.recall("a.md", signature) is None


@pytest.mark.parametrize(
    ("reads", "is_kept"), [("[]", True), ('["y"]', True), ('["y", "x"]', False), (None, False)]
)
def test_study_fields_stay_where_no_property_that_they_need_is_written(
    desk: Desk, reads: str | None, *, is_kept: bool
) -> None:
    if reads:
        desk.index.keep_reads("study", reads)
    desk.remember(None, is_settled=False)
    write(desk, desk.make_planner())
    row = desk.find_row()
    assert (row.study_under, row.study) == (STUDY if is_kept else (None, None))


def test_study_fields_of_other_bytes_do_not_stay(desk: Desk) -> None:
    desk.index.keep_reads("study", "[]")
    desk.remember(None, is_settled=False, data=b"other")
    write(desk, desk.make_planner())
    assert desk.find_row().study is None


@pytest.mark.parametrize(("passed", "is_settled"), [(AT_REST, False), (AT_REST + 1000, True)])
@pytest.mark.parametrize("is_edited", [False, True])
def test_what_was_written_long_enough_ago_is_read_again_and_settled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, passed: int, *, is_settled: bool, is_edited: bool
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(caching_planner, "read_steady", lambda: seconds[0])
    planner = desk.make_planner()
    write(desk, planner)
    before = stat_note(desk.root.path, "a.md")
    assert before
    if is_edited:  # without a trace
        with open(f"{desk.root.path}/a.md", "r+b") as file:  # noqa: PTH123 - a str
            file.write(NEW.replace("2", "3").encode())
        os.utime(f"{desk.root.path}/a.md", ns=(before.mtime_ns, before.mtime_ns))
        monkeypatch.setattr(
            caching_planner,
            "read_note",
            lambda root, path: read_note(root, path)._replace(signature=before),
        )
    seconds[0] = passed / 1e9
    planner.verify_written()
    row = desk.index.recall("a.md", before)
    assert row
    assert bool(row.settled) == (is_settled and not is_edited)


def test_a_note_that_is_gone_again_hinders_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(caching_planner, "read_steady", lambda: seconds[0])
    planner = desk.make_planner()
    other = f"{desk.root.path}/b.md"
    with open(other, "w", encoding="utf-8") as file:  # noqa: PTH123 - a str
        file.write("x")
    desk.script.status = Status.STALE
    planner.plan("b.md")
    planner.note_done(
        NoteResult("b.md", Status.CHANGED, signature=stat_note(desk.root.path, "b.md"))
    )
    write(desk, planner)
    os.unlink(other)  # noqa: PTH108 - a str
    seconds[0] = 60.0
    planner.verify_written()
    assert desk.find_row().settled


def test_what_is_confirmed_counts_for_the_same_bytes_only(desk: Desk) -> None:
    note = read_note(desk.root, "a.md")
    planner = desk.make_planner()
    confirm_read(planner, note)
    assert desk.index.recall("a.md", note.signature) is None
    desk.remember(UP_TO_DATE, is_settled=False)
    planner.confirm(note._replace(data=b"other"), is_settled=True)
    assert not desk.find_row().settled
    planner.confirm(note)
    assert not desk.find_row().settled
    planner.confirm(note, is_settled=True)
    assert desk.find_row().settled


@dataclass
class Heard:
    """Keeps what it is told."""

    results: list[NoteResult] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def note_done(self, result: NoteResult) -> None:
        self.results.append(result)

    def progress(self, count: int) -> None:
        self.counts.append(count)


def test_a_listener_hears_all_that_the_planner_hears(desk: Desk) -> None:
    heard, planner = Heard(), desk.make_planner()
    assert listen_for(desk.script, heard) is heard
    both = listen_for(planner, heard)
    desk.script.status = Status.STALE
    planner.plan("a.md")
    result = NoteResult("a.md", Status.CHANGED, signature=stat_note(desk.root.path, "a.md"))
    both.note_done(result)
    both.progress(7)
    assert (heard.results, heard.counts) == ([result], [7])
    assert desk.find_row().digest == digest_of(NEW.encode())


RULES: Final = {
    "of the day": "{name: a, filters: x, formulas: {y: x + 1}}",
    "of the minute": "{name: a, filters: x, formulas: {y: now().minute}}",
}


@pytest.mark.parametrize(
    ("rules", "count", "is_used"),
    [
        ("of the day", WORTHWHILE, True),
        ("of the day", WORTHWHILE - 1, False),
        ("of the minute", WORTHWHILE, False),
    ],
)
def test_the_index_is_used_where_it_pays_and_can_be_relied_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: str, count: int, *, is_used: bool
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / ".vault-sync.yaml").write_text(f"profile: none\nrules: [{RULES[rules]}]\n", "utf-8")
    (vault / "a.md").write_text("---\nx: 1\ny: 2\n---\n", "utf-8")
    opened: list[NoteIndex] = []
    make = NoteIndex.__init__

    def listen(index: NoteIndex, *facts: Any) -> None:
        opened.append(index)
        make(index, *facts)

    monkeypatch.setattr(NoteIndex, "__init__", listen)
    paths: Sequence[str] = ["a.md", *(f"{number}.md" for number in range(1, count))]
    workspace = open_workspace(vault, None)
    conditions = workspace.conditions(NOW)
    with VaultFolder(str(vault)) as root:
        plain = RefreshPlanner(root, workspace.rules, conditions)
        with plan_with_index(plain, workspace.rules, conditions, paths, NOW) as planner:
            assert isinstance(planner, IndexedPlanner) is is_used
            planner.plan("a.md")
            assert planner.find_last("a.md") is planner.find_reads("a.md") is None
            if isinstance(planner, IndexedPlanner):
                second = 1_000_000_000
                row = stat_note(root.path, "a.md")
                assert row
                started = int(NOW.timestamp()) * second
                for early, is_at_rest in ((AT_REST + 1, True), (AT_REST, False)):
                    then = row._replace(mtime_ns=started - early, ctime_ns=0)
                    assert opened[0].is_at_rest(then) is is_at_rest
    assert (vault.parent / "state").exists() is is_used
