"""A refresh comes to the same with and without its index, and the index is used."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

import vault_sync
from tests.rules.small import compiled, rule_source, source
from tests.study.oracle import NOW as STUDY_NOW
from tests.study.oracle import Study, study_rules
from tests.vault.vaults import posix_only
from vault_sync.cli import run
from vault_sync.engine.caching_planner import WORTHWHILE
from vault_sync.engine.refresh import RefreshPlanner
from vault_sync.files.read import stat_note
from vault_sync.formula.registry import Clock
from vault_sync.index import notes
from vault_sync.index.notes import is_stable_all_day, make_cache_key
from vault_sync.index.store import NAME, load_rows, save_rows
from vault_sync.plan.evaluation import Conditions, Daily
from vault_sync.vault.obsidian import CONFIG_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.engine.refresh import Found
    from vault_sync.files.read import NoteBytes

NOW = "2024-10-27T14:01"
TRUE = Study(done1=True).note()
STALE = Study(done1=True).note(학습률='학습률: "0"')


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of every kind of note, each of them taken for one that has long been at rest."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(notes, "AT_REST", -3600 * 10**9)
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    for number in range(WORTHWHILE):
        (root / f"true {number}.md").write_text(TRUE, "utf-8")
    (root / "plain.md").write_text("Nothing to see here.\n", "utf-8")
    (root / "out.md").write_text(TRUE.replace("---\n", "---\nvault-sync: false\n", 1), "utf-8")
    (root / "broken.md").write_text("---\n⭕첫 학습날: a: b\n---\n", "utf-8")
    (root / "stale.md").write_text(STALE, "utf-8")
    return root


def refresh(vault: Path, *options: str) -> int:
    return run(["-v", "refresh", "--now", NOW, *options, str(vault)])


def find_index(vault: Path) -> Path | None:
    return next((vault.parent / "state").glob(f"*/{NAME}"), None)


def list_known(vault: Path) -> set[str]:
    """Return the notes of which the index knows what a refresh comes to."""
    file = find_index(vault)
    rows = load_rows(file).rows if file else {}
    return {os.fsdecode(path) for path, row in rows.items() if row.verdict is not None}


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--check"], ["--diff"]])
def test_the_output_is_the_same_with_and_without(
    vault: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    refresh(vault)
    assert (
        len(list_known(vault)) == WORTHWHILE + 2
    )  # the true ones, the plain one, that which was stale
    (vault / "true 1.md").write_text(STALE, "utf-8")
    (vault / "true 2.md").write_text("Plain now.\n", "utf-8")
    capsys.readouterr()
    preview = [*options, "--check"] if options != ["--diff"] else options
    without = refresh(vault, "--no-cache", *preview), capsys.readouterr()
    assert (refresh(vault, *preview), capsys.readouterr()) == without
    told = without[1].out + without[1].err
    assert '"unchanged": 99' in told or "99 up to date" in told


def test_a_vault_in_which_nothing_was_ever_written_is_remembered(vault: Path) -> None:
    (vault / "stale.md").unlink()
    refresh(vault)
    assert len(list_known(vault)) >= WORTHWHILE


def test_a_note_that_is_known_is_not_read(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refresh(vault)
    forge(vault, vault / "true 7.md")
    assert refresh(vault, "--check") == 4  # the broken one; the forged one is taken for true
    assert refresh(vault, "--check", "--no-cache") == 4
    out = capsys.readouterr().out
    assert out.count("stale      true 7.md") == 1


def forge(vault: Path, note: Path) -> None:
    """Make a note stale, and the index take it for the version that was true."""
    note.write_text(STALE, "utf-8")
    signature = stat_note(str(vault), note.name)
    file = find_index(vault)
    assert file
    assert signature
    rows = load_rows(file).rows
    row = rows[os.fsencode(note.name)]
    save_rows(file, [row._replace(signature=notes.pack(signature))], [], {})


@pytest.mark.parametrize("rest", [-3600 * 10**9, 3600 * 10**9])
def test_what_was_written_is_not_planned_again(
    vault: Path, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    """Even where it was written too short a time ago for its signature to be enough."""
    monkeypatch.setattr(notes, "AT_REST", rest)
    for note in vault.glob("*.md"):
        if note.name not in {"broken.md", "plain.md"}:
            note.write_text(STALE, "utf-8")
    refresh(vault)
    assert (vault / "true 7.md").read_text("utf-8") == TRUE
    planned: list[str] = []
    plan = RefreshPlanner.plan_version

    def listen(self: RefreshPlanner, note: NoteBytes) -> Found:
        planned.append(note.path)
        return plan(self, note)

    monkeypatch.setattr(RefreshPlanner, "plan_version", listen)
    refresh(vault)
    assert planned == ["broken.md"]


def test_a_note_that_was_written_with_a_problem_is_told_of_again(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = vault / "true 7.md"
    note.write_text(STALE.replace("\n---\n", "\nx: 1\n---\n", 1), "utf-8")
    (vault / CONFIG_NAME).write_text(
        "rules: [{name: x, formulas: {x: 'number(\"a\" - 1) + nope.a.b'}}]\n"
    )
    for _ in range(2):
        refresh(vault)
        assert "true 7.md" in capsys.readouterr().err
    assert note.name not in list_known(vault)


def test_an_edit_that_hides_behind_its_time_and_size_is_seen(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "AT_REST", 0)
    note = vault / "true 5.md"
    same_size = TRUE.replace('학습률: "0.2"', '학습률: "0.4"')
    assert len(same_size.encode()) == note.stat().st_size
    refresh(vault)
    before = note.stat()
    with note.open("r+b") as file:
        file.write(same_size.encode())
    os.utime(note, ns=(before.st_atime_ns, before.st_mtime_ns))
    refresh(vault)
    assert note.read_text("utf-8") == TRUE


def test_the_next_day_is_another_matter(vault: Path) -> None:
    refresh(vault)
    run(["refresh", "--now", "2024-10-28T00:00", str(vault)])
    assert "⏰오늘 : 2024/10/28" in (vault / "true 1.md").read_text("utf-8")


def test_other_rules_are_another_matter(vault: Path) -> None:
    refresh(vault)
    (vault / CONFIG_NAME).write_text("study-ko: {formulas: {사이: '1'}}\n", "utf-8")
    refresh(vault)
    assert "\n사이: 1\n" in (vault / "true 1.md").read_text("utf-8").replace('"', "")


@posix_only
def test_settings_behind_a_link_are_looked_at(vault: Path, tmp_path: Path) -> None:
    """As those have them who keep their settings in another repository."""
    (tmp_path / CONFIG_NAME).write_text("{}\n", "utf-8")
    (vault / CONFIG_NAME).symlink_to(tmp_path / CONFIG_NAME)
    refresh(vault)
    before = (tmp_path / CONFIG_NAME).stat()
    (tmp_path / CONFIG_NAME).write_text("study-ko: {formulas: {사이: '1'}}\n", "utf-8")
    os.utime(tmp_path / CONFIG_NAME, ns=(before.st_atime_ns, before.st_mtime_ns))
    refresh(vault)
    assert "\n사이: 1\n" in (vault / "true 1.md").read_text("utf-8").replace('"', "")


def test_without_a_cache_none_is_kept(vault: Path) -> None:
    refresh(vault, "--no-cache")
    assert find_index(vault) is None


def test_a_few_notes_are_not_worth_a_cache(vault: Path) -> None:
    assert run(["refresh", "--now", NOW, str(vault / "true 1.md")]) == 0
    assert find_index(vault) is None


def test_rules_that_look_at_the_clock_remember_nothing(vault: Path) -> None:
    config = "rules: [{name: x, filters: now().hour < 15, formulas: {x: '1'}}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    refresh(vault)
    assert not list_known(vault)


STEADY = [
    {"a": "1"},
    {"a": "today().format('YYYY')"},
    {"a": "now()"},
    {"a": "now().format('LLL', 'ko')"},
    {"a": "'@' + now().format('LL') + '!'"},
    {"a": "now()", "b": "today()", "c": "b"},
]
UNSTEADY = [
    {"a": "now().hour"},
    {"a": "if(now().hour > 12, 'late')"},
    {"a": "now() - 5"},
    {"a": "now().format(x)"},
    {"a": "now()", "b": "formula.a"},
    {"a": "now()", "b": "a.format('YYYY')"},
]


@pytest.mark.parametrize("formulas", STEADY)
def test_rules_that_are_steady_all_day(formulas: dict[str, str]) -> None:
    assert is_stable_all_day([compiled(rule_source(formulas))])


@pytest.mark.parametrize("formulas", UNSTEADY)
def test_rules_that_are_not(formulas: dict[str, str]) -> None:
    assert not is_stable_all_day([compiled(rule_source(formulas))])


@pytest.mark.parametrize(
    "filters", ["now().hour > 12", "formula.a", "a", "random() > 0.5", "note.keys().length > 1"]
)
def test_a_filter_that_looks_at_the_clock_is_not_steady(filters: str) -> None:
    assert not is_stable_all_day([compiled(source(filters, a="now()"))])


def test_another_rule_set_that_reads_the_clock_s_value_is_not_steady() -> None:
    first, second = compiled(source(a="now()")), compiled(source(b="a.isEmpty()"))
    assert is_stable_all_day([first]) == is_stable_all_day([second]) is True
    assert not is_stable_all_day([first, second])


def test_the_study_profile_is_steady() -> None:
    assert is_stable_all_day([study_rules()])


def conditions(**changes: object) -> Conditions:
    return Conditions(**({"now": STUDY_NOW, "timezone": UTC} | changes))  # type: ignore[arg-type]  # a test names real fields


def test_the_time_of_the_day_does_not_matter() -> None:
    later = conditions(now=STUDY_NOW.replace(hour=23))
    assert make_cache_key([study_rules()], later) == make_cache_key([study_rules()], conditions())


@pytest.mark.parametrize(
    "other",
    [
        conditions(now=STUDY_NOW + timedelta(days=1)),
        conditions(day_starts_at=timedelta(hours=15)),
        conditions(day_starts_at=timedelta(hours=4)),
        conditions(locale="ko"),
        conditions(clock=Clock.STABLE),
        conditions(daily=Daily.ELSEWHERE),
        conditions(types={"학습률": "number"}),
        conditions(timezone=datetime.now(UTC).astimezone().tzinfo),
    ],
)
def test_all_else_matters(other: Conditions) -> None:
    rules = [study_rules()]
    assert make_cache_key(rules, other) != make_cache_key(rules, conditions())


def test_of_what_no_day_changes_the_day_does_not_matter() -> None:
    keys = {
        make_cache_key([study_rules()], conditions(now=now), reads_day=False)
        for now in (STUDY_NOW, STUDY_NOW + timedelta(days=1))
    }
    assert len(keys) == 1
    assert keys != {make_cache_key([study_rules()], conditions())}


def test_what_is_left_alone_matters() -> None:
    keys = {make_cache_key([], conditions(), left_alone=name) for name in ("", "a", "b")}
    assert len(keys) == 3


def test_the_rules_matter() -> None:
    one, other = compiled(source(a="1")), compiled(source(a="2"))
    assert make_cache_key([one], conditions()) != make_cache_key([other], conditions())


def test_a_filter_that_asks_for_the_file_s_times_is_asked_again(vault: Path) -> None:
    """Our own write may change what it says."""
    config = "rules: [{name: x, filters: file.size < 10, formulas: {x: '1'}}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    refresh(vault)
    assert "stale.md" not in list_known(vault)
    assert "true 1.md" in list_known(vault)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program, installed packages and time zones in it."""
    package, site, zones = (tmp_path / name for name in ("vault_sync", "site-packages", "zones"))
    folders = [package / "__pycache__", package / "plan", site / "ruamel.yaml-0.18.0.dist-info"]
    for folder in (*folders, site / "rich-1.dist-info", tmp_path / "empty", zones / "Asia"):
        folder.mkdir(parents=True)
    for name in ("a.py", "b.py", "c.py", "plan/planner.py", "plan/z.py", "__pycache__/a.pyc"):
        (package / name).write_text("1")
    (zones / "Asia" / "Seoul").write_text("KST")
    scan = os.scandir  # a disk lists names in any order, such as that of the alphabet
    monkeypatch.setattr(os, "scandir", lambda path: sorted(scan(path), key=lambda one: one.name))
    monkeypatch.setattr(vault_sync, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr("sys.path", [str(tmp_path / "gone-packages"), str(site), str(package)])
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path / "empty"), str(zones)))
    return tmp_path


PROGRAM_PARTS: Final = [
    *(f"vault_sync/{name}.py" for name in ("a", "b", "c", "plan/planner", "plan/z")),
    "zones/Asia/Seoul",
]


@pytest.mark.parametrize("part", PROGRAM_PARTS)
def test_another_program_is_another_matter(program: Path, part: str) -> None:
    there = conditions(timezone=ZoneInfo("Asia/Seoul"))
    file, before = program / part, name_anew(there)
    assert name_anew(there) == before
    file.write_text("other")
    os.utime(file, ns=(0, 10**18))
    other = name_anew(there)
    assert other != before
    os.utime(file, ns=(0, 10**18 + 1))
    assert name_anew(there) not in {other, before}


def test_another_version_of_it_or_of_what_it_needs_is_another_matter(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {name_anew(conditions())}
    monkeypatch.setattr(vault_sync, "__version__", "9")
    names.add(name_anew(conditions()))
    package = program / "site-packages" / "ruamel.yaml-0.18.0.dist-info"
    package.rename(package.with_name("Ruamel.yaml-0.19.1.dist-info"))
    names.add(name_anew(conditions()))
    assert len(names) == 3


def test_what_is_no_part_of_the_program_does_not_matter(program: Path) -> None:
    before = name_anew(conditions())
    (program / "vault_sync" / "__pycache__" / "a.pyc").write_text("other")
    (program / "site-packages" / "rich-1.dist-info").rmdir()
    (program / "zones" / "Asia" / "Seoul").write_text("KST, KDT")
    assert name_anew(conditions()) == before


def test_a_program_in_one_file_has_no_modules_to_be_looked_at(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_sync, "__file__", str(program / "vault-sync.pyz" / "__init__.py"))
    assert name_anew(conditions()) == name_anew(conditions())


def name_anew(there: Conditions) -> str:
    notes.program_key.cache_clear()
    return make_cache_key([study_rules()], there)
