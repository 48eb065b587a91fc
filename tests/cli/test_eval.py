"""``eval``: one formula, its typed value, and what is said where it has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.study.oracle import Study
from vault_sync.cli import run
from vault_sync.cli.eval import point_at
from vault_sync.formula.conversions import to_plain, to_shown
from vault_sync.formula.values import Duration

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.formula.values import Value

FULL = Study(done1=True, done4=True, done7=True, done14=True)
CLOCK = ("--now", "2024-10-27T14:01")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    (root / "note.md").write_text(FULL.note(학습률='학습률: "0"'), "utf-8")
    (root / "bare.md").write_text("no frontmatter\n", "utf-8")
    (root / "broken.md").write_text("---\na: b: c\n---\n", "utf-8")
    (root / "off.txt").write_text("x", "utf-8")
    monkeypatch.chdir(root)
    return root


def evaluate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, object, object]:
    code = run(["eval", "--format", "json", *CLOCK, *arguments])
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"version", "type", "value"}
    return code, found["type"], found["value"]


# One row for each type; the dates and durations are those the contract names.
VALUES: list[tuple[str, str, object]] = [
    ('"가".repeat(2)', "string", "가가"),
    ("1 / 5 * 3 > 0.5", "boolean", True),
    ("112", "number", 112),
    ("(1 / 5 * 3).round(1)", "number", 0.6),
    ("0 / 0", "number", None),
    ("today()", "date", "2024-10-27"),
    ("now()", "date", "2024-10-27T14:01:00"),
    ('date("2024-10-27") - date("2024-10-25")', "duration", 172_800_000),
    ('[1, "a", [today()], duration("1s"), null]', "list", [1, "a", ["2024-10-27"], 1000, None]),
    ('{"a": {"b": 1.5}}', "object", {"a": {"b": 1.5}}),
    ('link("Pods", "pods")', "link", "[[Pods|pods]]"),
    ("/a+/gi", "regexp", "/a+/gi"),
    ("null", "null", None),
    ("missing", "null", None),
    ("random() < 1", "boolean", True),
    ('now().format("A h:mm", "ko")', "string", "오후 2:01"),
    ('dateBetween(now(), parseDate("2024-07-07"), "days")', "number", 112),
]


@pytest.mark.parametrize(("source", "kind", "value"), VALUES)
def test_a_value_is_typed(
    source: str, kind: str, value: object, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(capsys, source) == (0, kind, value)


SHOWN: list[tuple[str, str]] = [
    ("112", "112\n"),
    ("true", "true\n"),
    ("null", "\n"),
    ('[1, "a", today()]', "1, a, 2024-10-27\n"),
    ('"one\\ntwo"', "one\ntwo\n"),
    ('"\\u001b[31mred"', "\\x1b[31mred\n"),
    ('"🟩".repeat(3)', "🟩🟩🟩\n"),
]


@pytest.mark.parametrize(("source", "shown"), SHOWN)
def test_a_value_is_shown(
    source: str, shown: str, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", *CLOCK, source]) == 0
    assert capsys.readouterr() == (shown, "")


def test_the_locale_is_that_of_names_in_dates(
    outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(capsys, 'now().format("A")') == (0, "string", "PM")
    assert evaluate(capsys, "--locale", "ko", 'now().format("A")') == (0, "string", "오후")
    code, kind, _ = evaluate(capsys, "--locale", "xx", 'now().format("A")')
    assert (code, kind) == (4, "error")


def test_the_vault_around_says_which_zone_and_language(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text(
        'timezone: Asia/Seoul\nlocale: ko\nday-starts-at: "04:00"\n', "utf-8"
    )
    code = run(["eval", "--now", "2024-10-27T02:00+09:00", 'today() + now().format(" A Z")'])
    assert (code, capsys.readouterr().out) == (0, "2024-10-26 오전 +09:00\n")


# A note's properties: those on the disk, and of the derived ones the new value.
ON_A_NOTE: list[tuple[str, str, object]] = [
    ('prop("⭕첫 학습날")', "date", "2024-07-07"),
    ('note["❤1일복습여부"]', "boolean", True),
    ('note["학습률"]', "string", "0.6"),
    ("formula.days", "number", 112),
    ("formula.done1 + formula.done4", "number", 2),
    ("file.basename", "string", "note"),
    ("file", "file", "note.md"),
    ('file.hasProperty("학습률")', "boolean", True),
    ("missing", "null", None),
]


@pytest.mark.parametrize(("source", "kind", "value"), ON_A_NOTE)
def test_a_formula_sees_the_note(
    source: str, kind: str, value: object, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (vault / "note.md").read_bytes()
    assert evaluate(capsys, source, "note.md") == (0, kind, value)
    assert (vault / "note.md").read_bytes() == before


def test_only_the_rules_that_govern_the_note_are_seen(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(capsys, "formula.days", "bare.md")[:2] == (4, "error")


def test_a_note_without_frontmatter_has_no_properties(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(capsys, "note.keys().length", "bare.md") == (0, "number", 0)
    assert evaluate(capsys, "file.name", "bare.md") == (0, "string", "bare")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (['toNumber("x")'], "not a number"),
        (["file.name"], "name the note"),
        (["formula.days"], "name a note that has it"),
        (["formula.dayz", "note.md"], 'did you mean "days"'),
    ],
)
def test_a_formula_without_a_value_is_an_error(
    arguments: list[str], words: str, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, kind, value = evaluate(capsys, *arguments)
    assert (code, kind) == (4, "error")
    assert words in str(value)
    assert run(["eval", *arguments]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err


def test_a_mistake_is_pointed_at(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "1 + rond(2.5)"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        'vault-sync: There is no function rond(); did you mean "round"?\n  1 + rond(2.5)\n      ^^^^\n'
    )
    code, kind, value = evaluate(capsys, "1 +")
    assert (code, kind, value) == (3, "error", "The formula ends where a value should follow.")


@pytest.mark.parametrize(
    ("source", "column", "length", "expected"),
    [
        ("a b", 3, 1, "  a b\n    ^"),
        ("학습 b", 4, 1, "  학습 b\n       ^"),
        ("a 학습", 3, 2, "  a 학습\n    ^^^^"),
        ("❤️ b", 4, 1, "  ❤️ b\n    ^"),
        ("a +", 4, 1, "  a +\n     ^"),
        ("a\nb c\nd", 5, 1, "  b c\n    ^"),
        ("a\tb", 3, 1, "  a b\n    ^"),
        ("x" * 100 + " y", 102, 1, f"  {'x' * 49} y\n{' ' * 52}^"),
        ("", 1, 1, "  \n  ^"),
    ],
)
def test_a_caret_stands_below_the_mistake(
    source: str, column: int, length: int, expected: str
) -> None:
    assert point_at(source, column, length) == expected


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["1", "off.txt"], 4),
        (["1", "broken.md"], 4),
        (["1", "no such note.md"], 2),
        (["--now", "soon", "1"], 2),
        (["--now", "soon", "1", "note.md"], 2),
        ([], 2),
    ],
)
def test_what_cannot_be_done_ends_with_its_code(
    arguments: list[str], code: int, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", *arguments]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err


@pytest.mark.parametrize(
    ("value", "plain", "shown"),
    [
        (Duration(months=1), 2_629_746_000, "a month"),
        (float("inf"), None, "Infinity"),
        (1e300, 1e300, "1e+300"),
        (-0.0, 0, "0"),
        ([[1.0, None], "a"], [[1, None], "a"], "1,, a"),
    ],
)
def test_odd_values_are_json_too(value: Value, plain: object, shown: str) -> None:
    assert json.dumps(to_plain(value)) == json.dumps(plain)
    assert to_shown(value) == shown
