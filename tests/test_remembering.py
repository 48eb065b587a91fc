"""A refresh comes to the same with and without its cache, and the cache is used."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.ruleset import compiled, rule_source, source
from tests.study import NOW as STUDY_NOW
from tests.study import Study, study_rules
from vault_sync.cli import run
from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions
from vault_sync.remembering import CACHE_NAME, WORTHWHILE, name_circumstances
from vault_sync.rules.steadiness import is_steady_all_day
from vault_sync.state import notecache
from vault_sync.vault.settings import CONFIG_NAME

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2024-10-27T14:01"
TRUE = Study(done1=True).note()
STALE = Study(done1=True).note(학습률='학습률: "0"')


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of every kind of note, each of them taken for one that has long been at rest."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(notecache, "AT_REST", -3600 * 10**9)
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


def find_cache(vault: Path) -> Path | None:
    return next((vault.parent / "state").glob(f"*/cache/{CACHE_NAME}"), None)


def read_cache(vault: Path) -> dict[str, object]:
    file = find_cache(vault)
    notes: dict[str, object] = json.loads(file.read_text("utf-8"))["notes"] if file else {}
    return notes


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--check"], ["--diff"]])
def test_the_output_is_the_same_with_and_without(
    vault: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    refresh(vault)
    assert len(read_cache(vault)) == WORTHWHILE + 1  # the true ones and the plain one
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
    assert len(read_cache(vault)) >= WORTHWHILE


def test_a_note_that_is_known_is_not_read(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refresh(vault)
    note = vault / "true 7.md"
    descriptor = os.open(note, os.O_RDWR)
    try:
        _forge(vault, note)
        assert refresh(vault, "--check") == 4  # the broken one; the forged one is taken for true
        assert refresh(vault, "--check", "--no-cache") == 4
    finally:
        os.close(descriptor)
    out = capsys.readouterr().out
    assert out.count("stale      true 7.md") == 1


def _forge(vault: Path, note: Path) -> None:
    """Make a note stale, and the cache take it for the version that was true."""
    note.write_text(STALE, "utf-8")
    file = find_cache(vault)
    assert file
    found = json.loads(file.read_text("utf-8"))
    facts = note.stat()
    version = f"{facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_size} {facts.st_ino}"
    found["notes"][note.name] = [version, 1]
    file.write_text(json.dumps(found), "utf-8")


def test_an_edit_that_hides_behind_its_time_and_size_is_seen(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notecache, "AT_REST", 0)
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


def test_without_a_cache_none_is_kept(vault: Path) -> None:
    refresh(vault, "--no-cache")
    assert find_cache(vault) is None


def test_a_few_notes_are_not_worth_a_cache(vault: Path) -> None:
    assert run(["refresh", "--now", NOW, str(vault / "true 1.md")]) == 0
    assert find_cache(vault) is None


def test_rules_that_look_at_the_clock_remember_nothing(vault: Path) -> None:
    config = "rules: [{name: x, filters: now().hour < 15, formulas: {x: '1'}}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    refresh(vault)
    assert find_cache(vault) is None


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
    assert is_steady_all_day([compiled(rule_source(formulas))])


@pytest.mark.parametrize("formulas", UNSTEADY)
def test_rules_that_are_not(formulas: dict[str, str]) -> None:
    assert not is_steady_all_day([compiled(rule_source(formulas))])


@pytest.mark.parametrize(
    "filters", ["now().hour > 12", "formula.a", "a", "random() > 0.5", "note.keys().length > 1"]
)
def test_a_filter_that_looks_at_the_clock_is_not_steady(filters: str) -> None:
    assert not is_steady_all_day([compiled(source(filters, a="now()"))])


def test_another_rule_set_that_reads_the_clock_s_value_is_not_steady() -> None:
    first, second = compiled(source(a="now()")), compiled(source(b="a.isEmpty()"))
    assert is_steady_all_day([first]) == is_steady_all_day([second]) is True
    assert not is_steady_all_day([first, second])


def test_the_study_profile_is_steady() -> None:
    assert is_steady_all_day([study_rules()])


def conditions(**changes: object) -> Conditions:
    return Conditions(**({"now": STUDY_NOW, "timezone": UTC} | changes))  # type: ignore[arg-type]  # a test names real fields


def test_the_time_of_the_day_does_not_matter() -> None:
    later = conditions(now=STUDY_NOW.replace(hour=23))
    assert name_circumstances([study_rules()], later) == name_circumstances(
        [study_rules()], conditions()
    )


@pytest.mark.parametrize(
    "other",
    [
        conditions(now=STUDY_NOW + timedelta(days=1)),
        conditions(day_starts_at=timedelta(hours=15)),
        conditions(day_starts_at=timedelta(hours=4)),
        conditions(locale="ko"),
        conditions(clock=Clock.STABLE),
        conditions(types={"학습률": "number"}),
        conditions(timezone=datetime.now(UTC).astimezone().tzinfo),
    ],
)
def test_all_else_matters(other: Conditions) -> None:
    rules = [study_rules()]
    assert name_circumstances(rules, other) != name_circumstances(rules, conditions())


def test_the_rules_matter() -> None:
    one, other = compiled(source(a="1")), compiled(source(a="2"))
    assert name_circumstances([one], conditions()) != name_circumstances([other], conditions())
