"""The commands about reviews answer the same with and without the index, and use it."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.note.odd_notes import notes, thorough
from tests.study.oracle import NOW as STUDY_NOW
from tests.study.oracle import Study
from tests.study.reviews import TODAY, write_note
from vault_sync.cli import run
from vault_sync.engine.caching_planner import WORTHWHILE
from vault_sync.errors import FrontmatterError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.formula.registry import Clock
from vault_sync.index import notes as index_notes
from vault_sync.index.store import NAME, Row, load_rows, save_rows
from vault_sync.study import notes as study_notes
from vault_sync.study.facts import FactReader, StudyFacts, make_fact_reader
from vault_sync.study.notes import find_clock, load_study_notes
from vault_sync.vault.obsidian import CONFIG_NAME
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.study.facts import MatchedNote
    from vault_sync.study.notes import StudyNote

NOW = "2024-10-27T14:01"
OWN = "study: {first-day: ⭕첫 학습날, stages: {1: ❤1일복습여부}, rate: 학습률}"
FACTS = StudyFacts(
    subject="웹",
    textbook="",
    page="",
    first_day=TODAY,
    stages=(),
    is_long_term=False,
    rate=None,
)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of every kind of note, each of them taken for one that has long been at rest."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(index_notes, "AT_REST", -3600 * 10**9)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    for number in range(WORTHWHILE):
        text = Study(first=date(2024, 10, 1 + number % 28), done1=number % 3 > 0).note()
        (root / f"노트 {number:03}.md").write_text(text, "utf-8")
    (root / "plain.md").write_text("Nothing to see here.\n", "utf-8")
    (root / "out.md").write_text(Study().note().replace("---\n", "---\nvault-sync: false\n", 1))
    write_note(root, "odd.md", "곧")
    (root / "broken.md").write_text("---\n⭕첫 학습날: a: b\n---\n", "utf-8")
    monkeypatch.chdir(root)
    return root


def load(vault: Path, now: str = NOW) -> tuple[list[StudyNote], dict[str, Problem]]:
    workspace = open_workspace(vault, None)
    problems: dict[str, Problem] = {}
    with VaultFolder(workspace.vault.root) as root:
        moment = workspace.moment(now)
        found = list(load_study_notes(workspace, root, moment, problems.__setitem__))
    return found, problems


def load_anew(vault: Path, now: str = NOW) -> tuple[list[StudyNote], dict[str, Problem]]:
    """Return the same as `load` by reading every note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_notes, "WORTHWHILE", 10**9)
        return load(vault, now)


def find_index(vault: Path) -> Path | None:
    return next((vault.parent / "state").glob(f"*/{NAME}"), None)


def read_rows(vault: Path) -> dict[str, Row]:
    """Return what the index knows of notes as study notes."""
    file = find_index(vault)
    rows = load_rows(file).rows if file else {}
    return {os.fsdecode(path): row for path, row in rows.items() if row.study}


def change_rows(vault: Path, found: object, *paths: str) -> None:
    """Have the index say something else of some notes."""
    file, rows = find_index(vault), read_rows(vault)
    assert file
    text = json.dumps(found)
    save_rows(file, [rows[path]._replace(study=text) for path in paths], [], {})


def test_what_is_recalled_is_what_would_be_read(vault: Path) -> None:
    cold = load(vault)
    assert len(read_rows(vault)) == WORTHWHILE + 3  # all but the broken one
    assert load(vault) == cold == load_anew(vault)
    assert set(cold[1]) == {"odd.md", "broken.md"}
    assert len(cold[0]) == WORTHWHILE + 1


def test_after_edits_too(vault: Path) -> None:
    load(vault)
    (vault / "노트 001.md").write_text(Study(done1=True, done4=True).note(), "utf-8")
    (vault / "노트 002.md").write_text("Plain now.\n", "utf-8")
    (vault / "노트 003.md").unlink()
    (vault / "노트 004.md").rename(vault / "노트 new.md")
    write_note(vault, "odd.md")
    write_note(vault, "plain.md")
    warm = load(vault)
    assert warm == load_anew(vault)
    assert set(warm[1]) == {"broken.md"}


@pytest.mark.parametrize(
    "command",
    [
        ["due", "--on", "2024-10-27", "--upcoming", "9"],
        ["due", "--on", "2024-10-27", "--format", "json"],
        ["status", "--on", "2024-10-27", "--format", "json"],
    ],
)
def test_the_output_is_the_same(
    vault: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cold = run(command), capsys.readouterr()
    assert find_index(vault)
    assert (run(command), capsys.readouterr()) == cold
    assert cold[0] == 4


def test_a_note_that_is_known_is_not_read(vault: Path) -> None:
    load(vault)
    change_rows(vault, FACTS._replace(subject="from the cache").to_payload(), "노트 005.md")
    change_rows(vault, None, "노트 006.md")
    notes = {note.path: note for note in load(vault)[0]}
    assert notes["노트 005.md"].subject == "from the cache"
    assert "노트 006.md" not in notes


def test_a_tick_is_seen_at_once(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    due = ["due", "--on", "2024-10-27", "--format", "json"]
    for stage in (1, 4):
        run(due)
        assert find_stage(capsys.readouterr().out, "노트 000.md") == stage
        assert run(["done", "--now", NOW, "노트 000"]) == 0
        capsys.readouterr()
    run(due)
    assert find_stage(capsys.readouterr().out, "노트 000.md") == 7
    assert run(["undo"]) == 0
    capsys.readouterr()
    run(due)
    assert find_stage(capsys.readouterr().out, "노트 000.md") == 4


def find_stage(out: str, path: str) -> int:
    return next(int(one["stage"]) for one in json.loads(out)["reviews"] if one["path"] == path)


def test_an_edit_that_hides_behind_its_time_and_size_is_seen(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_notes, "AT_REST", 0)
    load(vault)
    note = vault / "노트 005.md"
    before, text = note.stat(), note.read_bytes()
    with note.open("r+b") as file:
        file.write(text.replace("과목: 웹".encode(), "과목: 앱".encode(), 1))
    os.utime(note, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert note.stat().st_size == before.st_size
    assert {one.path: one for one in load(vault)[0]}["노트 005.md"].subject == "앱"


@pytest.mark.parametrize("rest", [-3600 * 10**9, 3600 * 10**9])
def test_a_refresh_leaves_known_what_it_does_not_change(
    vault: Path, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    monkeypatch.setattr(index_notes, "AT_REST", rest)
    before = load(vault)
    run(["-q", "refresh", "--now", "2024-10-30T09:00"])
    asked: list[str] = []
    describe = FactReader.describe

    def listen(self: FactReader, found: MatchedNote) -> StudyFacts:
        asked.append(found.rules.rules.name)
        return describe(self, found)

    monkeypatch.setattr(FactReader, "describe", listen)
    after = load(vault, "2024-10-30T09:00")
    assert after == before
    assert not asked
    assert load_anew(vault) == before
    assert asked


def test_what_a_refresh_changes_is_found_out_again(vault: Path) -> None:
    config = "rules: [{name: x, filters: file.hasProperty('⭕과목'), formulas: {⭕과목: today().format('D')}}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    load(vault)
    run(["-q", "refresh", "--now", "2024-10-30T09:00"])
    assert load(vault) == load_anew(vault)


def test_the_next_day_is_another_matter(vault: Path) -> None:
    config = "study-ko: {formulas: {학습률: 'today().day / 100'}}\nday-starts-at: '04:00'\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    for now, rate in (
        (NOW, 0.27),
        ("2024-10-27T23:59", 0.27),
        ("2024-10-28T03:59", 0.27),
        ("2024-10-28T04:00", 0.28),
    ):
        assert {note.rate for note in load(vault, now)[0]} == {rate}


def test_other_rules_are_another_matter(vault: Path) -> None:
    load(vault)
    (vault / CONFIG_NAME).write_text("study-ko: {stages: [1, 3]}\n", "utf-8")
    assert [stage.days for stage in load(vault)[0][0].stages] == [1, 3]


@pytest.mark.parametrize(
    "config",
    [
        "study-ko: {formulas: {학습률: 'now().minute / 100'}}",
        "study-ko: {formulas: {학습률: '사이 + 1', 사이: 'now().minute'}}",
        f"{{profile: none, rules: [{{filters: now().minute == 1, {OWN}}}]}}",
        f"{{profile: none, rules: [{{filters: formula.b, formulas: {{b: a, a: now().minute == 1}}, {OWN}}}]}}",
    ],
)
def test_rules_that_look_at_the_clock_keep_nothing(vault: Path, config: str) -> None:
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    assert load(vault)[0]
    assert load(vault, "2024-10-27T14:02") == load_anew(vault, "2024-10-27T14:02")
    assert find_index(vault) is None


@pytest.mark.parametrize(
    "config",
    [
        "",
        "study-ko: {formulas: {오늘1: 'now().minute', 학습률: 'today().day / 100'}}",
        "rules: [{filters: now().hour == 1, formulas: {x: '1'}}]",
        f"{{profile: none, rules: [{{filters: formula.a, formulas: {{a: '1', b: now()}}, {OWN}}}]}}",
    ],
)
def test_a_clock_that_no_fact_depends_on_is_no_hindrance(tmp_path: Path, config: str) -> None:
    assert find_clock(make_reader(tmp_path, config)) < Clock.INSTANT


def make_reader(root: Path, config: str) -> FactReader:
    (root / CONFIG_NAME).write_text(config, "utf-8")
    workspace = open_workspace(root, None)
    return make_fact_reader(workspace.rules, workspace.conditions(workspace.moment(NOW)))


def test_where_the_state_folder_cannot_be_everything_works(vault: Path) -> None:
    (vault.parent / "state").write_text("in the way")
    assert load(vault) == load(vault) == load_anew(vault)
    assert (vault.parent / "state").read_text() == "in the way"


def test_nothing_is_written_into_the_vault(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(vault / "state"))
    before = sorted(vault.rglob("*"))
    assert load(vault) == load_anew(vault)
    assert sorted(vault.rglob("*")) == before


def test_a_few_notes_are_not_worth_a_cache(vault: Path) -> None:
    for number in range(10):
        (vault / f"노트 {number:03}.md").unlink()
    load(vault)
    assert not (vault.parent / "state").exists()


def own(filters: str, formulas: str = "{}") -> str:
    return f"{{profile: none, rules: [{{filters: '{filters}', formulas: {formulas}, {OWN}}}]}}"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (own('file.hasTag("a")'), "tags: a"),
        (own('file.tags.contains("a")'), "tags: a"),
        (own('file.hasProperty("other")'), "other: a"),
        (own("other"), "other: a"),
        (own("note.other"), "other: a"),
        (own("formula.x", "{x: other}"), "other: a"),
        (own("formula.x", "{x: formula.y, y: other}"), "other: a"),
        (own("note.keys().length == 2"), "other: a"),
        (own("file.properties.keys().length == 2"), "other: a"),
    ],
)
def test_what_a_filter_asks_for_is_read(tmp_path: Path, config: str, line: str) -> None:
    reader = make_reader(tmp_path, config)
    text = "---\n⭕첫 학습날: 2024-07-07\n---\n"
    assert ask(reader, text, "read") is None
    assert ask(reader, text.replace("---\n", f"---\n{line}\n", 1), "read")


WISHES = [
    "",
    "study-ko: {formulas: {학습률: 'note[\"사이\"].length / 10'}}",
    "study-ko: {formulas: {학습률: 'k0.length / 10'}}",
    own('file.hasTag("a") || k1'),
    own("formula.x", "{x: 키2}"),
    own("note.keys().length > 14"),
]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[FactReader]:
    return [make_reader(tmp_path_factory.mktemp("vault"), config) for config in WISHES]


TAGGED = st.sampled_from(["", "tags: a\n", "tags: [a, b]\n", "vault-sync: false\n", "k1: 1\n"])


@thorough
@given(text=notes(), more=TAGGED)
def test_the_properties_that_are_not_read_do_not_matter(
    readers: list[FactReader], text: str, more: str
) -> None:
    text = text.replace("---\n", f"---\n{more}", 1)
    for reader in readers:
        assert ask(reader, text, "read") == ask(reader, text, "find")


def ask(reader: FactReader, text: str, way: str) -> object:
    """Return what a note tells, or why it cannot be read."""
    fresh = reader._replace(conditions=reader.conditions.at(STUDY_NOW))
    try:
        if way == "read":
            return fresh.read(text, "a.md", lambda _fact: None)
        found = fresh.find(text, "a.md", lambda _fact: None)
        return found and fresh.describe(found)
    except FrontmatterError as error:
        return error.problem
