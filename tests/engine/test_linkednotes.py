"""Other notes as formulas see them, read from the disk, without rules."""

from __future__ import annotations

import os
import unicodedata
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.engine.linked_vaults import NOW, write_vault
from vault_sync.engine import linked_notes
from vault_sync.engine.known_reads import KnownReads
from vault_sync.engine.linked_notes import LinkedNotes
from vault_sync.engine.reads import (
    ABSENT,
    UNKNOWN,
    Reads,
    read_back,
    write_down,
    write_error,
)
from vault_sync.engine.recorded_notes import RecordedNotes, list_read
from vault_sync.engine.vault_files import DiskNotes
from vault_sync.errors import EvaluationError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import read_note, stat_note
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import to_plain
from vault_sync.formula.registry import Clock
from vault_sync.formula.values import Link
from vault_sync.index import UP_TO_DATE
from vault_sync.index.notes import NoteIndex, Version, digest_of, pack
from vault_sync.index.store import ReadsRow
from vault_sync.note.frontmatter import find_block, read_frontmatter
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.ruleset import NamedFormula, compile_rules
from vault_sync.rules.sources import Mode, RuleSource, SourceText
from vault_sync.vault.vault import load_vault
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.files.read import NoteBytes
    from vault_sync.formula.values import Value

HOME: Final = "Work/Home.md"
NOTES: Final = {
    HOME: '---\nTasks: ["[[A]]", "[[B]]", "[[Gone]]"]\nbook: "[[Books/Plants]]"\n---\n[[B#Part]] #work\n',
    "Work/A.md": '---\nHours: 2\nNext: "[[./B]]"\n---\n',
    "Work/B.md": "---\nHours: 3\ntags: [hard/slow]\n---\nAfter [[A]], see ![[Plan.pdf]].\n",
    "Books/Plants.md": "---\nHours: 9\n---\n[home](../Work/Home.md)\n",
    "Books/Bare.md": "[[Plants]]\n",
    "Books/Broken.md": "---\na: b: c\n---\n",
    "Work/Plan.pdf": "",
    ".trash/Gone.md": "---\nHours: 100\n---\n",
    ".obsidian/Gone.md": "",
}
LINKS: Final = [
    *("[[A|A]]", "[[B|B]]", "[[Gone|Gone]]", "[[Books/Plants|Books/Plants]]"),
    "[[B#Part|B > Part]]",
]
CONDITIONS: Final = Conditions(datetime(2024, 10, 27, 14, 1), ZoneInfo("Asia/Seoul"))  # noqa: DTZ001 - civil time


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    for path, text in NOTES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    return tmp_path


def look(vault: Path, conditions: Conditions) -> LinkedNotes:
    """Return a vault as it lies on the disk, without rules."""
    source = DiskNotes(load_vault(vault), VaultFolder(str(vault)))
    return LinkedNotes(source, (), conditions)


def run(vault: Path, *formulas: str) -> list[object]:
    """Return what formulas give for the note at home."""
    conditions = CONDITIONS.with_vault(look(vault, CONDITIONS))
    text = NOTES[HOME]
    block = find_block(text)
    assert block
    note = read_frontmatter(text, block)
    assert note
    evaluation = Evaluation(note, HOME, conditions, lambda _fact: None)
    rules = compile_rules(RuleSource("test", None, ()), [])
    assert rules
    entries = [
        NamedFormula(text, compile_formula(text), Clock.STABLE, Mode.KEEP) for text in formulas
    ]
    rules = rules._replace(formulas=tuple(entries), reads_others=True)
    values = evaluation.run(rules).values()
    return [str(v.error) if isinstance(v, Failure) else to_plain(v) for v in values]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("Tasks.map(value.asFile().properties.hours)", [2, 3, None]),
        ('Tasks.map(current.prop("Hours")).sum()', 5),
        ("Tasks[0].asFile().properties.next.asFile().path", "Work/B.md"),
        ("Tasks[1].asFile().tags", ["hard/slow"]),
        ('Tasks[1].asFile().hasTag("hard")', True),
        ('Tasks[1].linksTo("A")', True),
        ('Tasks[1].asFile().hasLink("plan.pdf")', True),
        ("Tasks[1].asFile().embeds.map(value.asFile().ext)", ["pdf"]),
        ("Tasks[2].asFile()", None),
        ('Tasks.contains(link("b"))', True),
        ('file.hasLink("Plants")', True),
        ('file.hasLink("B.md")', True),
        ('file.hasLink("Gone.md")', False),
        ("file.links.map(value.toString())", LINKS),
        ("file.asLink().asFile() == file", True),
        ("file.backlinks", ["[[Books/Plants]]"]),
        ('file("Plants").backlinks', ["[[Books/Bare]]", "[[Work/Home]]"]),
        ('file("Bare").properties.keys()', []),
        ('file("Bare").links.length', 1),
        ('file("Plan.pdf").links.length', 0),
        ('file("A").size', len(NOTES["Work/A.md"])),
        ('file("Plants").hasProperty("hours")', True),
    ],
)
def test_other_notes_are_seen(vault: Path, formula: str, value: object) -> None:
    assert run(vault, formula) == [value]


def test_a_note_that_cannot_be_read_is_named(vault: Path) -> None:
    (message,) = run(vault, 'file("Broken").properties.a')
    assert str(message).startswith("Books/Broken.md cannot be read: ")


def test_what_was_read_of_another_note_is_not_remembered_for_a_third(vault: Path) -> None:
    conditions = Conditions(datetime(2024, 10, 27), ZoneInfo("Asia/Seoul"))  # noqa: DTZ001 - civil time
    conditions = conditions.with_vault(look(vault, conditions))
    source = RuleSource("test", None, (("x", SourceText("to == there", 1, 1)),))
    rules = compile_rules(source, [])
    assert rules
    rules = rules._replace(reads_others=True)
    text = '---\nto: "[[./A]]"\nthere: "[[Work/A]]"\n---\n'
    block = find_block(text)
    assert block
    note = read_frontmatter(text, block)
    assert note
    found = {
        path: Evaluation(note, path, conditions, lambda _fact: None).run(rules)["x"]
        for path in ("Work/C.md", "Books/C.md")
    }
    assert found == {"Work/C.md": True, "Books/C.md": False}


def test_a_korean_name_is_found_however_the_disk_spells_it(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "서울.md")).write_text("", "utf-8")
    view = look(tmp_path, Conditions(datetime(2024, 1, 1), ZoneInfo("UTC")))  # noqa: DTZ001 - civil time
    found = view.find("서울", "x.md")
    assert found
    assert unicodedata.normalize("NFC", found) == "서울.md"
    with pytest.raises(KeyError):
        view.find_property(found, "a")


def test_what_is_gone_meanwhile_cannot_be_read(vault: Path) -> None:
    view = look(vault, Conditions(datetime(2024, 1, 1), ZoneInfo("UTC")))  # noqa: DTZ001 - civil time
    assert view.find("A", HOME) == "Work/A.md"
    (vault / "Work/A.md").unlink()
    with pytest.raises(EvaluationError, match=r"Work/A\.md cannot be read"):
        view.read_fact("Work/A.md", "tags")


def list_all(vault: Path) -> list[str]:
    """Return the paths of all files that Obsidian sees."""
    return [*DiskNotes(load_vault(vault), VaultFolder(str(vault))).list_files()]


@pytest.fixture
def view(vault: Path) -> LinkedNotes:
    """A view that has looked at the links of all notes, and at one property of one."""
    found = look(vault, CONDITIONS)
    assert found.find_property("Work/A.md", "Hours") == 2
    assert found.list_backlinks("Work/Home.md") == ["Books/Plants.md"]
    return found


def test_what_has_changed_since_it_was_looked_at_is_found(vault: Path, view: LinkedNotes) -> None:
    def find(*scanned: str) -> set[str]:
        return view.find_missed(list_all(vault), scanned, lambda path: stat_note(str(vault), path))

    assert find() == set()
    for path, text in (("Work/A.md", "x\n"), ("Books/Bare.md", "[[Home]]\n"), ("new.md", "")):
        (vault / path).write_text(text, "utf-8")
    (vault / "Work/B.md").unlink()
    assert find() == {"Work/A.md", "Books/Bare.md", "new.md", "Work/B.md"}
    assert find("Work/A.md", "new.md") == {"Books/Bare.md", "new.md", "Work/B.md"}


def test_of_a_vault_that_nobody_has_looked_at_nothing_has_changed(vault: Path) -> None:
    assert look(vault, CONDITIONS).find_missed(["x.md"], (), lambda _path: None) == set()


def test_nothing_is_another_thing_before_the_view_is_told(vault: Path, view: LinkedNotes) -> None:
    (vault / "Work/A.md").write_text("---\nHours: 7\n---\n[[Home]]\n", "utf-8")
    assert view.find_property("Work/A.md", "Hours") == 2
    assert view.list_backlinks("Work/Home.md") == ["Books/Plants.md"]
    view.update(DiskNotes(load_vault(vault), VaultFolder(str(vault))))
    view.drop(["Work/A.md"])
    assert view.find_property("Work/A.md", "Hours") == 7
    assert view.list_backlinks("Work/Home.md") == ["Books/Plants.md", "Work/A.md"]


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_another_version_is_read_be_it_an_older_or_a_younger_one(
    vault: Path, view: LinkedNotes, seconds: int
) -> None:
    note = vault / "Work/A.md"
    date = note.stat().st_mtime + seconds
    note.write_text("---\nHours: 7\n---\n", "utf-8")
    os.utime(note, (date, date))
    view.update(DiskNotes(load_vault(vault), VaultFolder(str(vault))))
    assert view.find_property("Work/A.md", "Hours") == 7


CHANGES: Final = [
    {"Books/Plants.md": "no link any more\n"},
    {"Books/Plants.md": "[[A]] [[Home]] ![[Plan.pdf]]\n"},
    {"Books/Plants.md": None},
    {"new.md": "[[A]] [[none]]\n"},
    {"none.md": "now it is there\n"},
    {"Books/A.md": "a nearer one\n"},
    {"Work/A.md": None, "Deep/A.md": "moved\n"},
    {"Work/Plan.pdf": None},
    {"Books/Broken.md": "[[A]]\n"},
    {"Books/Bare.md": "---\na: b: c\n---\n[[A]]\n"},
    {"x.png": ""},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_a_view_that_is_told_of_changes_sees_what_a_new_one_sees(
    vault: Path, view: LinkedNotes, changes: dict[str, str | None]
) -> None:
    (vault / "Work/Home.md").write_text(NOTES[HOME] + "[[none]]\n", "utf-8")
    source = DiskNotes(load_vault(vault), VaultFolder(str(vault)))
    view.update(source)
    view.drop([HOME])
    for path, text in changes.items():
        (vault / path).parent.mkdir(exist_ok=True)
        if text is None:
            (vault / path).unlink()
        else:
            (vault / path).write_text(text, "utf-8")
    view.update(source)
    view.drop(changes)
    anew = look(vault, CONDITIONS)
    paths = list_all(vault)
    assert view.files.name_files() == anew.files.name_files()
    assert view.files.list_notes() == anew.files.list_notes()
    for path in {*paths, *changes}:
        assert view.list_backlinks(path) == anew.list_backlinks(path)
    for target in ("A", "none", "Plan.pdf", "Plants", "x.png"):
        assert view.find(target, HOME) == anew.find(target, HOME)


def test_files_are_named_by_their_paths_alone(vault: Path) -> None:
    before = look(vault, CONDITIONS).files.name_files()
    (vault / "Work/A.md").write_text("other\n", "utf-8")
    assert look(vault, CONDITIONS).files.name_files() == before
    (vault / "new.png").touch()
    assert look(vault, CONDITIONS).files.name_files() != before


def test_a_value_is_made_of_the_notes_that_were_read_for_it(tmp_path: Path) -> None:
    rule = (
        "{name: r, filters: to, formulas: {x: 'list(to).map(value.asFile().properties.Hours).sum()',"
        " y: 'file.backlinks.length', z: 'to.length'}}"
    )
    notes = {"a.md": '---\nto: ["[[b]]", "[[c]]", "[[gone]]"]\n---\n', "d.md": "[[a]]\n"}
    write_vault(tmp_path, {**notes, "b.md": "---\nHours: 1\n---\n", "c.md": ""}, rule)
    workspace = open_workspace(tmp_path, None)
    with VaultFolder(str(tmp_path)) as folder:
        source = DiskNotes(workspace.vault, folder)
        view = LinkedNotes(source, workspace.rules, workspace.conditions(NOW))
        assert list_read(view, "a.md", "x") == ["b.md", "c.md"]
        assert list_read(view, "a.md", "y") == ["d.md"]
        assert list_read(view, "a.md", "z") == []
        assert list_read(view, "a.md", "none") == []


@pytest.mark.parametrize(
    "change", [["ignore: [A.md]"], ["ignore: [B.md]"], ["ignore: [A.md, B.md]"]]
)
def test_what_is_left_alone_is_described(tmp_path: Path, change: list[str]) -> None:
    def describe() -> str:
        return DiskNotes(
            open_workspace(tmp_path, None).vault, VaultFolder(str(tmp_path))
        ).describe()

    write_vault(tmp_path, {})
    before = describe()
    assert describe() == before
    with (tmp_path / ".vault-sync.yaml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", *change]))
    assert describe() != before
    assert ("A.md" in describe()) == ("A.md" in change[0])


def make_reads(version: str) -> Reads:
    """Return what a page once read of a note: values that stand nowhere, so that it shows who is asked."""
    reads = Reads()
    reads.values["Work/A.md"] = {
        ".Hours": "=100.0",
        ".Gone": "-",
        ".Next": "0" * 16,
        "name": "=1.0",
    }
    reads.versions["Work/A.md"] = version
    return reads


def test_what_was_read_before_of_the_same_bytes_is_not_read_again(vault: Path) -> None:
    view = look(vault, CONDITIONS)
    view.use_earlier(make_reads(digest_of((vault / "Work/A.md").read_bytes()).hex()))
    assert view.find_property("Work/A.md", "hours") == 100.0
    with pytest.raises(KeyError):
        view.find_property("Work/A.md", "Gone")
    assert to_plain(view.find_property("Work/A.md", "Next")) == "[[./B]]"


def test_what_was_read_before_of_other_bytes_counts_no_more(vault: Path) -> None:
    view = look(vault, CONDITIONS)
    view.use_earlier(make_reads(digest_of(b"other").hex()))
    assert view.find_property("Work/A.md", "Hours") == 2


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0.0, 1.5, -0.1, 1e300, "", "0.6", "=", "-", "한글", date(2024, 2, 29)],
)
def test_a_short_value_is_written_down_and_read_back(value: object) -> None:
    found = read_back(write_down(value))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("value", ["x" * 25, [1.0], Link("A"), float("inf"), {"a": 1.0}])
def test_of_other_values_there_is_what_tells_them_from_others(value: Value) -> None:
    assert read_back(write_down(value)) is UNKNOWN


def test_no_two_values_are_written_down_alike() -> None:
    values: list[object] = [None, True, 1.0, "1.0", "true", "", "-", date(2024, 1, 1), "2024-01-01"]
    written = {write_down(value) for value in values}
    assert len(written | {write_error(KeyError("a")), write_error(EvaluationError("a"))}) == 11
    assert read_back(write_error(KeyError("a"))) is ABSENT


class TestReadsOfEarlierRuns:
    """A page has read values that stand nowhere, so it shows whether bytes or values are compared."""

    def know(self, vault: Path, *, is_now: bool) -> bool:
        """Say whether a page is true that read a note which has been written a moment ago."""
        path, page = "Work/A.md", "Books/Bare.md"
        with VaultFolder(str(vault)) as root:
            note = read_note(root, path)
            index = NoteIndex(str(vault), [path, page], note.signature.mtime_ns)
            digest = digest_of(note.data)
            version = Version(path, note.signature, digest)
            index.remember(version, verdict=("under", UP_TO_DATE))
            reads = make_reads(digest.hex())
            index.keep_reading(ReadsRow(page.encode(), b"page", "under", "", reads.dump()))
            known = KnownReads(RecordedNotes(look(vault, CONDITIONS)), index, "under", root)
            if not is_now:  # another save within the same tick
                text = note.data.replace(b"2", b"3")
                (vault / path).write_bytes(text)
                os.utime(vault / path, ns=(note.signature.mtime_ns,) * 2)
            return known.is_current(page, b"page")

    def test_of_a_note_with_the_same_bytes_nothing_is_computed(self, vault: Path) -> None:
        assert self.know(vault, is_now=True)

    def test_other_bytes_are_another_note(self, vault: Path) -> None:
        assert not self.know(vault, is_now=False)


class UnreadNotes(DiskNotes):
    """The files of a vault of which none can be read."""

    def read(self, path: str) -> NoteBytes:
        raise AssertionError(path)


def look_without_reading(vault: Path) -> LinkedNotes:
    source = UnreadNotes(load_vault(vault), VaultFolder(str(vault)))
    return LinkedNotes(source, (), CONDITIONS)


def test_a_note_that_a_refresh_has_written_is_not_read_again(vault: Path) -> None:
    view = look(vault, CONDITIONS)
    assert view.find_property("Work/A.md", "Hours") == 2
    before = digest_of((vault / "Work/A.md").read_bytes()).hex()
    (vault / "Work/A.md").write_text("---\nHours: 2\ndouble: 4\n---\n", "utf-8")
    signature = stat_note(str(vault), "Work/A.md")
    assert signature
    view.note_written("Work/A.md", before, signature, "0" * 32)
    view.update(UnreadNotes(load_vault(vault), VaultFolder(str(vault))))
    assert view.find_property("Work/A.md", "Hours") == 2
    assert view.find_version("Work/A.md") == "0" * 32


def test_a_note_that_was_written_for_another_version_is_read_again(vault: Path) -> None:
    view = look(vault, CONDITIONS)
    assert view.find_property("Work/A.md", "Hours") == 2
    (vault / "Work/A.md").write_text("---\nHours: 7\n---\n", "utf-8")
    signature = stat_note(str(vault), "Work/A.md")
    assert signature
    view.note_written("Work/A.md", digest_of(b"other").hex(), signature, "0" * 32)
    view.update(DiskNotes(load_vault(vault), VaultFolder(str(vault))))
    assert view.find_property("Work/A.md", "Hours") == 7


@pytest.mark.parametrize("is_same", [True, False])
def test_what_the_index_knows_to_be_the_same_is_not_read_again(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_same: bool,  # noqa: FBT001 - a table's column
) -> None:
    monkeypatch.setattr(linked_notes, "_WORTHWHILE", 1)
    signature = stat_note(str(vault), "Work/A.md")
    assert signature
    digest = digest_of((vault / "Work/A.md").read_bytes())
    written = pack(signature if is_same else signature._replace(mtime_ns=1))
    view = look_without_reading(vault) if is_same else look(vault, CONDITIONS)
    view.remember_versions(lambda paths: dict.fromkeys(paths, (written, digest)))
    view.use_earlier(make_reads(digest.hex() if is_same else digest_of(b"other").hex()))
    assert view.find_property("Work/A.md", "Hours") == (100.0 if is_same else 2)
