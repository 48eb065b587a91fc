"""A note that reads others is planned again only where what it read is another thing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.linked_vaults import NOW, write, write_vault
from vault_sync.engine import caching_planner, known_reads, vault_files
from vault_sync.engine.caching_planner import plan_with_index
from vault_sync.engine.reads import Reads, digest_value
from vault_sync.engine.refresh import RefreshPlanner, Stale, find_dependents, open_planner
from vault_sync.engine.run import RefreshRun
from vault_sync.engine.vault_files import DiskNotes
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import stat_note
from vault_sync.index.store import NAME
from vault_sync.vault.vault import list_notes
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vault_sync.engine.refresh import Found
    from vault_sync.engine.report import NoteResult
    from vault_sync.files.read import NoteBytes, Signature

TASKS: Final = "{name: tasks, filters: Hours, formulas: {double: Hours * 2}}"
PAGES: Final = (
    "{name: pages, filters: to, formulas: {sum: 'list(to).map(value.asFile().properties.double).sum()',"
    " sizes: 'list(to).map(value.asFile().tags.length).sum()'}}"
)
TOPS: Final = "{name: tops, filters: page, formulas: {all: 'page.asFile().properties.sum'}}"
BACK: Final = "{name: back, filters: see, formulas: {n: 'file.backlinks.length'}}"
ONLY_READ: Final = "{name: never, filters: 'to.asFile().properties.Hours > 99', formulas: {x: '1'}}"
NOTES: Final = {
    "task.md": "---\nHours: 1\nnote: a\n---\n",
    "other.md": "---\nHours: 5\n---\n[[see]]\n",
    "page.md": '---\nto: "[[task]]"\n---\n',
    "z.md": '---\npage: "[[page]]"\n---\n',
    "see.md": "---\nsee: x\n---\n",
    "plain.md": "text\n",
}


@dataclass
class Keeper:
    """Refreshes a vault with an index again and again, long after the last edit; says what was planned."""

    root: Path
    hours: int = 0
    days: int = 0
    planned: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    reads: dict[str, Reads | None] = field(default_factory=dict)

    def note_done(self, result: NoteResult) -> None: ...

    def progress(self, count: int) -> None: ...

    def refresh(
        self, changed: Sequence[str] | None = None, only: Sequence[str] | None = None
    ) -> set[str]:
        """Refresh all notes, or those that follow from changes, or some; return those that were planned."""
        self.hours += 1
        self.planned.clear()
        self.looked_at.clear()
        workspace = open_workspace(self.root, None)
        started = NOW + timedelta(days=9000, hours=self.hours)
        conditions = workspace.conditions(NOW + timedelta(days=self.days))
        with VaultFolder(str(self.root)) as folder:
            every = [*list_notes(workspace.vault)]
            plain = open_planner(folder, workspace.rules, conditions, workspace.vault)
            with plan_with_index(plain, workspace.rules, conditions, every, started) as planner:
                paths = every if only is None else [*only]
                if changed is not None:
                    paths = [*changed, *find_dependents(planner, changed, every)]
                run = RefreshRun(planner, "refresh", started, lambda _path, _problem: None)
                run.write(map(planner.plan, paths), self)
                self.reads = {path: planner.find_last(path) for path in paths}
            planned, looked_at = {*self.planned}, [*self.looked_at]
            # Whatever was known, a planner that knows nothing has nothing to write now.
            anew = open_planner(folder, workspace.rules, conditions, workspace.vault)
            assert not [path for path in only or every if isinstance(anew.plan(path), Stale)]
        self.looked_at = looked_at
        return planned


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A vault that was refreshed long ago, and has been looked at once since."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(caching_planner, "WORTHWHILE", 1)
    root = write_vault(tmp_path / "vault", NOTES, TASKS, PAGES, TOPS, BACK, ONLY_READ)
    made = Keeper(root)
    plan = RefreshPlanner.plan_version

    def listen(planner: RefreshPlanner, note: NoteBytes) -> Found:
        made.planned.append(note.path)
        return plan(planner, note)

    monkeypatch.setattr(RefreshPlanner, "plan_version", listen)
    read = DiskNotes.read

    def look(notes: DiskNotes, path: str) -> NoteBytes:
        made.looked_at.append(path)
        return read(notes, path)

    monkeypatch.setattr(DiskNotes, "read", look)
    assert made.refresh() == {*NOTES}
    assert made.refresh() == set()
    return made


def test_what_is_known_is_not_planned(keeper: Keeper) -> None:
    for _ in range(2):
        assert keeper.refresh() == set()
        assert keeper.refresh([]) == set()


def test_notes_are_not_read_for_what_is_known_of_them(keeper: Keeper) -> None:
    keeper.refresh()
    assert not keeper.looked_at
    write(keeper.root, {"plain.md": "[[see]]\n"})
    assert keeper.refresh() == {"plain.md", "see.md"}
    assert "plain.md" in keeper.looked_at
    assert not {"other.md", "see.md", "z.md"} & {*keeper.looked_at}  # their links are known
    for _ in range(2):  # what was just written is not known for certain yet
        keeper.refresh()
    assert not keeper.looked_at


def test_what_a_note_reads_is_told_whether_it_was_planned_or_known(keeper: Keeper) -> None:
    for path, text in (("plain.md", "more\n"), ("task.md", "---\nHours: 3\n---\n")):
        write(keeper.root, {path: text})
        for _ in range(3):
            keeper.refresh()
            read = {path: {*reads.versions} for path, reads in keeper.reads.items() if reads}
            assert read["page.md"] == {"task.md"}
            assert read["z.md"] == {"page.md"}
            assert not {"task.md", "other.md", "plain.md"} & read.keys()


EDITS: Final = [
    ({"task.md": "---\nHours: 3\nnote: a\ndouble: 2\n---\n"}, {"task.md", "page.md", "z.md"}),
    ({"task.md": "---\nHours: 1\nnote: b\ndouble: 2\n---\n"}, {"task.md"}),
    ({"task.md": "---\nHours: 1\ndouble: 2\n---\n#tag\n"}, {"task.md", "page.md"}),
    ({"other.md": "---\nHours: 6\n---\n[[see]]\n"}, {"other.md"}),
    ({"other.md": "---\nHours: 5\ndouble: 10\n---\n"}, {"other.md", "see.md"}),
    ({"new.md": "text\n"}, {"new.md"}),
    ({"new.md": "[[see]]\n"}, {"new.md", "see.md"}),
    ({"plain.md": "[[see]]\n"}, {"plain.md", "see.md"}),
    ({"Deep/task.md": "---\nHours: 9\n---\n"}, {"Deep/task.md"}),
    ({"page.md": '---\nto: "[[other]]"\n---\n'}, {"page.md", "z.md"}),
    ({"x.png": ""}, set[str]()),
]


@pytest.mark.parametrize(("edit", "planned"), EDITS)
def test_what_follows_from_an_edit_is_planned_and_no_more(
    keeper: Keeper, edit: dict[str, str], planned: set[str]
) -> None:
    write(keeper.root, edit)
    assert keeper.refresh() == planned
    assert keeper.refresh() == set()
    assert keeper.refresh() == set()


@pytest.mark.parametrize(("edit", "planned"), [EDITS[0], EDITS[4], EDITS[7], EDITS[8]])
def test_the_same_follows_for_who_names_what_has_changed(
    keeper: Keeper, edit: dict[str, str], planned: set[str]
) -> None:
    write(keeper.root, edit)
    assert planned <= keeper.refresh([*edit]) | {*edit}
    assert keeper.refresh() == set()


@pytest.mark.parametrize("name", ["aa.md", "zz.md"])
def test_an_edit_of_the_first_or_the_last_note_is_seen_once_it_is_known(
    keeper: Keeper, name: str
) -> None:
    """Somebody else has refreshed that note alone, so all notes are known when the next run begins."""
    link = name.removesuffix(".md")
    write(keeper.root, {name: "---\nHours: 1\n---\n", "page.md": f'---\nto: "[[{link}]]"\n---\n'})
    for _ in range(3):
        keeper.refresh()
    write(keeper.root, {name: "---\nHours: 7\n---\n"})
    for _ in range(2):
        keeper.refresh(only=[name])
    assert keeper.refresh() == {"page.md", "z.md"}


@pytest.mark.parametrize("hours", [4, 14, 15])
def test_an_edit_that_leaves_no_trace_behind_our_write_is_seen(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    write(keeper.root, {"task.md": "---\nHours: 3\n---\n"})
    keeper.refresh()
    before = stat_note(str(keeper.root), "task.md")
    text = (keeper.root / "task.md").read_text("utf-8")
    write(keeper.root, {"task.md": text.replace("Hours: 3", f"Hours: {hours}")})

    def look(root: str, path: str) -> Signature | None:
        return before if path == "task.md" else stat_note(root, path)

    for module in (caching_planner, known_reads, vault_files):
        monkeypatch.setattr(module, "stat_note", look)
    assert "page.md" in keeper.refresh()


def test_what_is_gone_has_its_readers_planned(keeper: Keeper) -> None:
    (keeper.root / "task.md").unlink()
    assert keeper.refresh() == {"page.md", "z.md"}
    write(keeper.root, {"task.md": NOTES["task.md"]})
    assert keeper.refresh() == {"task.md", "page.md", "z.md"}


def test_a_link_that_means_another_note_has_its_readers_planned(keeper: Keeper) -> None:
    (keeper.root / "Deep").mkdir()
    (keeper.root / "task.md").rename(keeper.root / "Deep/task.md")
    assert keeper.refresh() == {"Deep/task.md", "page.md"}


def test_other_rules_and_another_day_are_another_matter(keeper: Keeper) -> None:
    keeper.days = 1
    assert keeper.refresh() == {*NOTES}
    assert keeper.refresh() == set()
    config = keeper.root / ".vault-sync.yaml"
    config.write_text(config.read_text("utf-8").replace("Hours * 2", "Hours * 3"), "utf-8")
    assert keeper.refresh() == {*NOTES}
    with config.open("a", encoding="utf-8") as file:
        file.write("\nignore: [task.md]\n")
    assert keeper.refresh() == {*NOTES} - {"task.md"}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE reading SET reads = x'00'", "UPDATE reading SET state = ''", "DELETE FROM reading"],
)
def test_what_was_read_is_looked_up_again_where_it_is_not_known(
    keeper: Keeper, statement: str
) -> None:
    (file,) = (keeper.root.parent / "state").glob(f"*/{NAME}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)
    assert keeper.refresh() == {"page.md", "z.md", "see.md"}
    assert keeper.refresh() == set()


class Vault:
    """Tells what it is told to, of files, facts and properties."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], str | None] = {("a", "x.md"): "a.md", ("b", "x.md"): None}
        self.values: dict[tuple[str, str], object] = {("a.md", "p"): 1.0, ("a.md", "tags"): ["t"]}
        self.backlinks: dict[str, list[str]] = {"a.md": ["x.md"]}

    def find(self, target: str, source: str) -> str | None:
        return self.links[target, source]

    def read_fact(self, path: str, fact: str) -> object:
        return self.values[path, fact]

    def find_property(self, path: str, name: str) -> object:
        return self.values[path, name]

    def list_backlinks(self, path: str) -> list[str]:
        return self.backlinks[path]


def make_reads() -> Reads:
    """Return what a note has read of such a vault."""
    reads = Reads()
    reads.files = "files"
    reads.names = {("a", "x.md"): "a.md", ("b", "x.md"): None}
    reads.values = {"a.md": {".p": "=1.0", "tags": digest_value(["t"]), ".gone": "-"}}
    reads.backlinks = {"a.md": digest_value(["x.md"])}
    reads.versions = {"a.md": "1"}
    return reads


@pytest.mark.parametrize(
    ("what", "key", "value", "is_current"),
    [
        ("values", ("a.md", "p"), 1.0, True),
        ("values", ("a.md", "p"), 2.0, False),
        ("values", ("a.md", "tags"), ["t", "u"], False),
        ("values", ("a.md", "gone"), None, False),
        ("values", ("a.md", "more"), 1.0, True),
        ("links", ("a", "x.md"), "Deep/a.md", False),
        ("links", ("b", "x.md"), "b.md", False),
        ("backlinks", "a.md", ["x.md", "y.md"], False),
        ("backlinks", "a.md", [], False),
    ],
)
@pytest.mark.parametrize("way", ["reads", "loaded"])
def test_what_was_read_is_current_while_each_answer_is_the_same(
    what: str, key: object, value: object, way: str, *, is_current: bool
) -> None:
    reads, vault = make_reads(), Vault()
    if way == "loaded":
        reads = Reads.load(reads.dump())
    getattr(vault, what)[key] = value
    assert reads.is_current(vault, "other files", lambda *_: False) is is_current  # type: ignore[arg-type]  # of a vault the four questions


def test_what_is_known_to_be_the_same_is_not_asked_for_again() -> None:
    reads, vault = make_reads(), Vault()
    vault.links.clear()
    assert reads.is_current(vault, "files", lambda *_: False)  # type: ignore[arg-type]  # the same
    vault.values.clear()
    assert reads.is_current(vault, "files", lambda *one: one == ("a.md", "1"))  # type: ignore[arg-type]  # the same
    reads.versions.clear()
    assert reads.is_current(vault, "files", lambda *one: one == ("a.md", ""))  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize(
    ("spoil", "paths", "keys", "may"),
    [
        ("backlinks", [], [], True),
        ("", ["a.md"], [], True),
        ("", ["b.md"], [], False),
        ("", ["Deep/b.md"], ["b.md"], True),
        ("", ["Deep/a"], ["a"], True),
        ("", ["c.md"], ["c.md"], False),
        ("names", ["Deep/b.md"], ["b.md"], False),
    ],
)
def test_what_a_change_of_files_may_concern(
    spoil: str, paths: list[str], keys: list[str], *, may: bool
) -> None:
    reads = make_reads()
    if spoil != "backlinks":
        reads.backlinks.clear()
    if spoil == "names":
        reads.names.clear()
    assert reads.may_concern(paths, frozenset(keys)) is may


def test_what_was_read_is_loaded_as_it_was() -> None:
    reads = make_reads()
    reads.names["\udcff", "글.md"] = "\udcff.md"
    found = Reads.load(reads.dump())
    for name in Reads.__slots__:
        assert getattr(found, name) == getattr(reads, name)
    assert reads
    assert not Reads.load(Reads().dump())
    for name in ("names", "values", "backlinks"):
        one = Reads()
        setattr(one, name, getattr(reads, name))
        assert one
