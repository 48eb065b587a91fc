"""Law: with an index, or beside a daemon, notes that read each other come to the same as without one."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.linked_vaults import NOW, write_vault
from vault_sync.daemon.batch_writer import BatchWriter
from vault_sync.daemon.queue import Batch, Clocks
from vault_sync.engine import caching_planner
from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import find_dependents, look_around, open_planner
from vault_sync.engine.report import Status
from vault_sync.engine.run import RefreshRun
from vault_sync.files.folder import VaultFolder
from vault_sync.study.mark_done import TickPlanner, plan_ticks
from vault_sync.study.reviews import TickAction, TickRequest
from vault_sync.vault.vault import list_notes
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.engine.report import NoteResult

RULES: Final = (
    (
        "{name: tasks, filters: Hours, study: {first-day: begun, stages: {1: first, 4: second}},"
        " formulas: {double: Hours * 2, age: '(today() - date(\"2024-10-01\")).days * Hours',"
        " done: 'if(first, 1, 0) + if(second, 1, 0)'}}"
    ),
    (
        "{name: pages, filters: to, formulas: {sum: 'list(to).map(value.asFile().properties.double).sum()',"
        " deep: 'list(to).map(value.asFile().properties.deep).sum() + 1',"
        " ages: 'list(to).map(value.asFile().properties.age).sum()',"
        " done_there: 'list(to).map(value.asFile().properties.done).sum()',"
        " files: 'file.links.map(value.asFile().path).join()', up: 'file(\"x.png\").path'}}"
    ),
    (
        "{name: back, filters: 'file.backlinks.length > 1', formulas: {n: 'file.backlinks.length',"
        " tags: 'file.backlinks.map(value.asFile().tags.length).sum()'}}"
    ),
)
PATHS: Final = [
    *("a.md", "b.md", "c.md", "S/a.md", "S/d.md", "x.png", "S/x.png", "T/a.md", "T/d.md"),
    *("A.md", "\u00e9.md", "e\u0301.md", "Left/b.md", "Left/e.md"),  # Left is ignored
]
NAMES: Final = ["a", "b", "c", "d", "S/a", "x.png", "none", "\u00c9", "e", "./d", "Left/b"]
FOLDERS: Final = ["S", "T", "Left"]

targets = st.lists(st.sampled_from(NAMES), max_size=3)


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = []
    if draw(st.booleans()):
        lines += [f"Hours: {draw(st.integers(1, 3))}", "begun: 2024-10-01"]
        lines += ["first: true"] if draw(st.booleans()) else []
    if to := draw(targets):
        lines.append("to: [{}]".format(", ".join(f'"[[{name}]]"' for name in to)))
    if draw(st.integers(0, 5)) == 0:
        lines.append("vault-sync: false")
    if draw(st.integers(0, 9)) == 0:
        lines.append("a: b: c")
    body = " ".join(f"[[{name}]]" for name in draw(targets)) + draw(st.sampled_from(["", " #tag"]))
    block = "".join(f"{line}\n" for line in lines)
    return f"---\n{block}---\n{body}\n" if lines else f"{body}\n"


changes = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(PATHS), texts()),
        st.tuples(st.just("delete"), st.sampled_from(PATHS), st.just("")),
        st.tuples(st.just("move"), st.sampled_from(PATHS), st.sampled_from(PATHS)),
        st.tuples(st.just("move folder"), st.sampled_from(FOLDERS), st.sampled_from(FOLDERS)),
    ),
    min_size=1,
    max_size=5,
)


class Silent:
    def note_done(self, result: NoteResult) -> None: ...

    def progress(self, count: int) -> None: ...


def change(root: Path, what: str, path: str, other: str) -> set[str]:
    """Change a file, and return the paths that are others now."""
    file = root / path
    if what == "move folder":
        before = read(root).keys()
        if file.exists() and not (root / other).exists():
            file.rename(root / other)
        return {*(before ^ read(root).keys())}
    if what == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(other, "utf-8")
        return {path}
    if what == "move" and file.exists() and other != path:
        (root / other).parent.mkdir(exist_ok=True)
        file.replace(root / other)
        return {path, other}
    if what == "delete":
        file.unlink(missing_ok=True)
    return {path}


def refresh(
    root: Path, started: datetime, now: datetime, changed: set[str] | None, *, is_indexed: bool
) -> None:
    """Refresh all notes of a vault, or those that have changed and what follows from them."""
    workspace = open_workspace(root, None)
    with VaultFolder(str(root)) as folder:
        every = [*list_notes(workspace.vault)]
        conditions = workspace.conditions(now)
        plain = open_planner(folder, workspace.rules, conditions, workspace.vault)
        paths = every if is_indexed else []
        with plan_with_index(plain, workspace.rules, conditions, paths, started) as planner:
            notes = every
            if changed is not None:
                follow = find_dependents(planner, sorted(changed), every)
                notes = [*(path for path in every if path in changed), *follow]
            run = RefreshRun(planner, "refresh", started, lambda _path, _problem: None)
            run.write(map(planner.plan, notes), Silent())


def tick(
    root: Path, started: datetime, now: datetime, names: set[str], *, follows: bool
) -> set[str]:
    """Tick the next box of notes, as ``done`` does, and return the notes that were written.

    Args:
        root: the vault.
        started: the true present.
        now: what is taken for it.
        names: the paths of the notes.
        follows: the notes that read these follow.
    """
    workspace = open_workspace(root, None)
    request = TickRequest(TickAction.TICK, None, now.date())
    written = Written()
    with VaultFolder(str(root)) as folder:
        conditions = workspace.conditions_at(now)
        conditions = look_around(conditions, workspace.rules, workspace.vault, folder)
        ticks = TickPlanner(folder, workspace.rules, conditions, request)
        paths = sorted(names.intersection(list_notes(workspace.vault)))
        if follows:
            with plan_ticks(workspace, folder, ticks, paths, now, started) as planned:
                run = RefreshRun(planned.planner, "done", started, lambda _path, _problem: None)
                run.write(planned.found, written)
        else:
            run = RefreshRun(ticks, "done", started, lambda _path, _problem: None)
            run.write(map(ticks.plan, paths), written)
    return written.paths


class Written:
    """The notes that a run has written."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def note_done(self, result: NoteResult) -> None:
        if result.status is Status.CHANGED:
            self.paths.add(result.path)

    def progress(self, count: int) -> None: ...


class Beside:
    """What a daemon does beside a vault, told of each change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.passed = 0.0
        clocks = Clocks(wall=lambda: time.time() + self.passed, steady=lambda: self.passed)
        log = logging.getLogger("test")
        self.writer = BatchWriter(log, clocks, lambda: "", lambda _seconds: None)

    def refresh(self, now: datetime, changed: set[str] | None) -> None:
        """Look at what has changed, or at all notes, as at the start and on a new day."""
        self.passed += 10_000.0
        workspace = open_workspace(self.root, None)
        every = [*list_notes(workspace.vault)]
        if changed is None:
            self.writer.table.invalidate(every)
        batch = Batch(
            paths=every if changed is None else sorted(changed),
            start=now.replace(hour=0, minute=0),
            started=now,
            quiet=0.0,
            is_mass=changed is None,
        )
        assert self.writer.write(workspace, batch) == {}


def read(root: Path) -> dict[str, bytes]:
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


@pytest.fixture(autouse=True, scope="module")
def small_vaults() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caching_planner, "WORTHWHILE", 1)
        yield


WAYS: Final = ("all", "some", "daemon")
"""Who keeps a vault true: a refresh of all notes, of those that have changed, or a daemon."""


@given(
    st.dictionaries(st.sampled_from(PATHS), texts(), min_size=2),
    st.lists(
        st.tuples(
            changes,
            st.sampled_from([0, 0, 1]),
            st.sets(st.sampled_from(PATHS), max_size=3),
        ),
        max_size=4,
    ),
)
@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rules", [RULES[:2], RULES[::2]])
def test_what_follows_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rules: tuple[str, ...],
    way: str,
    notes: dict[str, str],
    rounds: list[tuple[list[tuple[str, str, str]], int, set[str]]],
) -> None:
    with TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as place:
        root, other = Path(place, "vault"), Path(place, "other")
        write_vault(root, notes, *rules)
        config = root / ".vault-sync.yaml"
        config.write_text("ignore: [Left/]\n" + config.read_text("utf-8"), "utf-8")
        beside, now = Beside(root), NOW
        if way == "daemon":
            beside.refresh(now, None)
        else:
            refresh(root, NOW, now, None, is_indexed=True)
        shutil.copytree(root, other)
        for number, (some, days, ticked) in enumerate(rounds, 1):
            changed: set[str] = set()
            for one in some:
                changed |= change(root, *one)
                change(other, *one)
            now += timedelta(days=days)
            later = NOW + timedelta(days=9000, hours=number)  # all notes are at rest by then
            told = None if days or way == "all" else changed
            if way == "daemon":
                beside.refresh(now, changed)
                if days:
                    beside.refresh(now, None)
            else:
                refresh(root, later, now, told, is_indexed=True)
            refresh(other, later, now, None, is_indexed=False)
            assert read(root) == read(other)
            written = tick(root, later + timedelta(minutes=10), now, ticked, follows=True)
            if tick(other, later, now, ticked, follows=False):
                refresh(other, later, now, None, is_indexed=False)
            assert read(root) == read(other)
            before = {path: (root / path).stat().st_mtime_ns for path in read(root)}
            if way == "daemon":
                beside.refresh(now, written)
            refresh(root, later + timedelta(minutes=30), now, None, is_indexed=True)
            assert {path: (root / path).stat().st_mtime_ns for path in read(root)} == before


def test_a_tick_is_followed_where_nothing_had_to_be_read(tmp_path: Path) -> None:
    task = "Hours: 1\nbegun: 2024-10-01\n"
    notes = {
        "a.md": f"---\n{task}---\n",
        "b.md": f'---\n{task}to: ["[[a]]"]\n---\n',
        "c.md": '---\nto: "[[a]]"\n---\n',
    }
    write_vault(tmp_path, notes, *RULES[:2])
    later = NOW + timedelta(days=9000)
    for hours in range(3):
        refresh(tmp_path, later + timedelta(hours=hours), NOW, None, is_indexed=True)
    written = tick(tmp_path, later + timedelta(hours=3), NOW, {"a.md"}, follows=True)
    assert written == {"a.md", "b.md", "c.md"}
    assert all(
        "done_there: 1\n" in (tmp_path / path).read_text("utf-8") for path in ("b.md", "c.md")
    )


def test_notes_that_are_ticked_together_see_each_other_ticked(tmp_path: Path) -> None:
    task = "Hours: 1\nbegun: 2024-10-01\n"
    notes = {
        "a.md": f"---\n{task}---\n",
        "b.md": f'---\n{task}to: ["[[a]]"]\n---\n',
        "c.md": f'---\n{task}first: true\nsecond: true\nto: ["[[b]]", "[[a]]"]\n---\n',
    }
    write_vault(tmp_path, notes, *RULES[:2])
    refresh(tmp_path, NOW, NOW, None, is_indexed=True)
    written = tick(tmp_path, NOW, NOW, {*notes}, follows=True)
    assert written == {*notes}  # the last one has no box left, and follows
    texts = {path: (tmp_path / path).read_text("utf-8") for path in notes}
    assert "done_there: 1\n" in texts["b.md"]
    assert "done_there: 2\n" in texts["c.md"]
