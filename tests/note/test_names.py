"""Names that people cannot tell apart are one name, wherever names of properties are compared."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import compiled, inner, plan, rule_source, source, tell
from tests.study.oracle import Study, refresh_text
from vault_sync.cli import run
from vault_sync.errors import FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.git.clean_filter import restore_committed
from vault_sync.git.merge_driver import Versions, align_versions
from vault_sync.git.ownership import Ownership
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note
from vault_sync.text import NameMap, fold_name, fold_text
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2024-10-27T14:01"
BOX = "❤1일복습여부"
OWNED = rule_source({BOX: "a + 1"})
TWINS = {
    "a selector of emoji": "❤\ufe0f1일복습여부",
    "a selector of text": "❤\ufe0e1일복습여부",
    "a zero-width space": "❤1일\u200b복습여부",
    "a joiner": "❤1일\u200d복습여부",
    "a mark of direction": "❤1일\u200e복습여부",
    "a soft hyphen": "❤1일\u00ad복습여부",
    "a full-width digit": "❤１일복습여부",
    "loose letters": "❤1\u110b\u1175\u11af복습여부",
    "a blank behind": "❤1일복습여부 ",
}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *((BOX, twin) for twin in TWINS.values()),
        ("⭕첫 학습날", "⭕️첫\u00a0학습날"),
        ("4일후(text)", "4일후（TEXT）"),
        ("a b", "a\u3000b"),
        ("Status", "sTATUS"),
        ("ΟΔΟΣ", "οδοσ"),
        ("Ärger", "a\u0308rger"),
    ],
)
def test_one_name(name: str, other: str) -> None:
    assert fold_name(name) == fold_name(other)
    assert NameMap({name: 1}).get(other) == NameMap({other: 1})[name] == 1


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("a", "b"),
        ("Maße", "Masse"),
        ("a b", "ab"),
        ("❤1", "🧡1"),
        ("é", "e"),
        ("1", "①"),
        ("0", "O"),
    ],
)
def test_two_names(name: str, other: str) -> None:
    assert fold_name(name) != fold_name(other)
    assert other not in NameMap({name: 1})


@given(st.text(), st.text(), st.text())
def test_a_folded_name_is_found_in_a_folded_text(before: str, name: str, behind: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)
    assert fold_name(name) in fold_text(f"{before}\n{name}: {behind}")


@given(st.lists(st.tuples(st.sampled_from(["a", "A", "b", "B", "a\u200b"]), st.integers())))
def test_a_map_is_a_dictionary_of_folded_names(items: list[tuple[str, int]]) -> None:
    found, plain = NameMap(items), {fold_name(name): value for name, value in items}
    assert list(found.values()) == list(plain.values())
    for name in ("a", "A", "B", "c"):
        assert found.get(name) == plain.get(fold_name(name))
        assert (name in found) == (fold_name(name) in plain)
    for name, _ in items:
        if name in found:
            del found[name]
            assert name not in found


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_box_counts_however_its_name_is_typed(twin: str) -> None:
    before = Study(done1=True).note(학습률='학습률: "0"').replace(f"\n{BOX}:", f'\n"{twin}":')
    after = refresh_text(before).text
    assert after == before.replace('학습률: "0"', '학습률: "0.2"')


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_derived_property_is_changed_where_it_stands(twin: str) -> None:
    found = plan(f'"{twin}": 1\nA: 3\n', OWNED)
    assert inner(found) == f'"{twin}": 4\nA: 3\n'
    assert plan(inner(found), OWNED).changes == ()


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_two_of_one_name_are_refused_with_both_lines(twin: str) -> None:
    with pytest.raises(FrontmatterError) as refused:
        plan(f'{BOX}: 1\na: 1\n"{twin}": 2\n', OWNED)
    problem = refused.value.problem
    assert problem.line == 4
    assert "line 2" in problem.message


@pytest.mark.parametrize(
    "formula",
    ["STATUS", 'note["STATUS"]', "note.STATUS", 'prop("STATUS")', 'if(file.hasProperty("STATUS"), status)', "formula.HELP"],
)  # fmt: skip
def test_formulas_find_it(formula: str) -> None:
    rules = source(helpers={"help": "Status"}, out=formula)
    assert inner(plan("Status: x\nOut:\n", rules)) == "Status: x\nOut: x\n"


@pytest.mark.parametrize(
    "filters",
    [
        'file.hasProperty("STATUS")',
        'file.properties.STATUS == "x"',
        'note["sta" + "tus"] == "x"',
        "status",
    ],
)
def test_filters_find_it(filters: str) -> None:
    assert plan("Status: x\n", source(filters, out="1")).is_governed


def test_a_new_value_is_seen_under_every_spelling() -> None:
    one, other = source(Status='"new"'), source(out='STATUS + "!"')
    assert inner(plan("status: old\n", one, other)) == "status: new\nout: new!\n"
    daily = source(Day="today()", reads='DAY + "1d"')
    assert not plan("day:\nreads:\n", daily, clock=Clock.STABLE).changes


def test_an_object_of_a_formula_is_javascripts() -> None:
    assert inner(plan("out: 1\n", source(out='{"a": 1}.A'))) == "out:\n"


def test_a_type_of_another_letter_case_counts() -> None:
    found = plan("due: x\n", source(due='"2024/07/07"'), types={"Due": "date"})
    assert inner(found) == "due: 2024-07-07\n"


@pytest.mark.parametrize(
    "line",
    ["vault-sync: false", "Vault-Sync: False", "vault-sync: no", '"VAULT\u200b-sync": "off"'],
)
def test_an_opt_out_is_one_in_every_spelling(line: str) -> None:
    found = plan(f"{line}\nx: 0\n", source(x="1"))
    assert found.skipped == "`vault-sync: false` asks to leave it alone"
    assert not found.changes


@pytest.mark.parametrize("line", ["vault-sync: true", "vault-sync:", "vault-sync-x: false"])
def test_what_is_no_opt_out(line: str) -> None:
    assert plan(f"{line}\nx: 0\n", source(x="1")).changes


@pytest.mark.parametrize(
    "rules",
    [
        "[{name: one, formulas: {Status: a, status: b}}]",
        "[{name: one, formulas: {Status: a}}, {name: two, formulas: {status: b}}]",
        "[{name: one, study: {first-day: day, stages: {1: Day}}}]",
        "[{name: one, study: {first-day: day, stages: {1: Box}}, formulas: {box: a}}]",
    ],
)
def test_the_configuration_names_nothing_twice(
    rules: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".vault-sync.yaml").write_text(f"profile: none\nrules: {rules}\n", "utf-8")
    assert run(["--vault", str(tmp_path), "config", "check"]) == 3
    assert ".vault-sync.yaml:2:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [
        "{stages: {1: ❤️1일복습여부, 4: 🧡4일복습여부}}",
        "{names: {⭕️첫 학습날: ⭕️첫 학습날, ⭕️과목: 과목}}",
        "{names: {학습률: Rate}, formulas: {RATE: '\"0.5\"'}}",
        "{formulas: {학습\u200b률: '\"0.5\"'}}",
    ],
)
def test_the_profile_knows_its_names(settings: str, tmp_path: Path) -> None:
    (tmp_path / ".vault-sync.yaml").write_text(f"study-ko: {settings}\n", "utf-8")
    workspace = open_workspace(tmp_path, None)
    text = f"---\n⭕첫 학습날: 2024-07-07\n{BOX}: true\n---\n"
    conditions = workspace.conditions(workspace.moment(NOW))
    found = plan_note(text, "a.md", workspace.rules, conditions, tell)
    rates = {change.new for change in found.changes if change.property in {"학습률", "Rate"}}
    assert rates <= {"0.5", "0.33", "0.2"}
    assert rates


def test_due_done_and_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".obsidian").mkdir()
    note = tmp_path / "a.md"
    lines = f'⭕\ufe0f첫 학습날: 2024-10-20\n"{TWINS["a selector of emoji"]}": true\n🧡\ufe0f4일복습여부: false\n'
    note.write_text(f"---\n{lines}---\n", "utf-8")
    vault = ["--vault", str(tmp_path)]
    assert run([*vault, "due", "--on", "2024-10-27", "--format", "json"]) == 0
    (review,) = json.loads(capsys.readouterr().out)["reviews"]
    assert review["stage"] == 4
    assert run([*vault, "done", "--now", NOW, str(note)]) == 0
    assert lines.replace("false", "true") in note.read_text("utf-8")
    assert not run([*vault, "refresh", "--check", "--now", NOW])
    capsys.readouterr()
    run([*vault, "-q", "doctor"])
    assert "❤️1일복습여부" in capsys.readouterr().out


def test_git_takes_a_derived_value_for_one(tmp_path: Path) -> None:
    rules = [compiled(source(day="today()", status="1"))]
    conditions = Conditions(open_workspace(tmp_path, None).moment(NOW).replace(tzinfo=None), UTC)
    owner = Ownership(rules, conditions)
    committed = "---\nDay: 2024-10-26\nSTATUS: 1\n---\n"
    working = committed.replace("26", "27")
    assert (
        restore_committed(working, committed, lambda note: owner.find_owned(note, "a.md"))
        == committed
    )
    other = committed.replace("Day: 2024-10-26", "day: 2024-10-25")
    versions = align_versions(
        Versions(committed, working, other), lambda note: owner.find_owned(note, "a.md")
    )
    assert versions is not None
    assert {text.splitlines()[1].partition(": ")[2] for text in versions} == {"2024-10-27"}
