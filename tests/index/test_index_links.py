"""Law: with an index, notes that read each other come to the same as without one."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.linked_vaults import NOW, write_vault
from vault_sync.engine import caching_planner
from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.refresh import find_dependents, open_planner
from vault_sync.engine.run import RefreshRun
from vault_sync.files.folder import VaultFolder
from vault_sync.vault.vault import list_notes
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.engine.report import NoteResult

RULES: Final = (
    "{name: tasks, filters: Hours, formulas: {double: Hours * 2}}",
    (
        "{name: pages, filters: to, formulas: {sum: 'list(to).map(value.asFile().properties.double).sum()',"
        " deep: 'list(to).map(value.asFile().properties.deep).sum() + 1'}}"
    ),
    (
        "{name: back, filters: 'file.backlinks.length > 1', formulas: {n: 'file.backlinks.length',"
        " tags: 'file.backlinks.map(value.asFile().tags.length).sum()'}}"
    ),
)
PATHS: Final = ["a.md", "b.md", "c.md", "S/a.md", "S/d.md", "x.png"]
NAMES: Final = ["a", "b", "c", "d", "S/a", "x.png", "none"]

targets = st.lists(st.sampled_from(NAMES), max_size=3)


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = []
    if draw(st.booleans()):
        lines.append(f"Hours: {draw(st.integers(1, 3))}")
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


def refresh(root: Path, started: datetime, changed: set[str] | None, *, is_indexed: bool) -> None:
    """Refresh all notes of a vault, or those that have changed and what follows from them."""
    workspace = open_workspace(root, None)
    with VaultFolder(str(root)) as folder:
        every = [*list_notes(workspace.vault)]
        conditions = workspace.conditions(NOW)
        plain = open_planner(folder, workspace.rules, conditions, workspace.vault)
        paths = every if is_indexed else []
        with plan_with_index(plain, workspace.rules, conditions, paths, started) as planner:
            notes = every
            if changed is not None:
                follow = find_dependents(planner, sorted(changed), every)
                notes = [*(path for path in every if path in changed), *follow]
            run = RefreshRun(planner, "refresh", started, lambda _path, _problem: None)
            run.write(map(planner.plan, notes), Silent())


def read(root: Path) -> dict[str, bytes]:
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


@pytest.fixture(autouse=True, scope="module")
def small_vaults() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caching_planner, "WORTHWHILE", 1)
        yield


@given(st.dictionaries(st.sampled_from(PATHS), texts(), min_size=2), st.lists(changes, max_size=4))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("is_all", [True, False])
@pytest.mark.parametrize("rules", [RULES[:2], RULES[::2]])
def test_what_follows_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rules: tuple[str, ...],
    is_all: bool,  # noqa: FBT001 - a table's column
    notes: dict[str, str],
    rounds: list[list[tuple[str, str, str]]],
) -> None:
    with TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as place:
        root, other = Path(place, "vault"), Path(place, "other")
        write_vault(root, notes, *rules)
        refresh(root, NOW, None, is_indexed=True)
        shutil.copytree(root, other)
        for number, some in enumerate(rounds, 1):
            changed: set[str] = set()
            for one in some:
                changed |= change(root, *one)
                change(other, *one)
            later = NOW + timedelta(days=9000, hours=number)  # all notes are at rest by then
            refresh(root, later, None if is_all else changed, is_indexed=True)
            refresh(other, later, None, is_indexed=False)
            assert read(root) == read(other)
            before = {path: (root / path).stat().st_mtime_ns for path in read(root)}
            refresh(root, later + timedelta(minutes=30), None, is_indexed=True)
            assert {path: (root / path).stat().st_mtime_ns for path in read(root)} == before
