"""``config check`` and ``config show``: what they print, and how they end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from vault_sync.cli import run
from vault_sync.cli.config import render_filter
from vault_sync.rules.config import Config
from vault_sync.rules.sources import Connective, FilterGroup, FilterSource, SourceText

if TYPE_CHECKING:
    from pathlib import Path

BASE = """\
filters: file.hasTag("book")
formulas:
  left: pages - page
  label: formula.left + " of " + pages
  today: today()
"""
CONFIG = """\
profile: none
day-starts-at: "04:00"
ignore: [Old/**]
rules:
  - name: books
    from-base: Books.base
    formulas: [label]
    missing: skip
  - name: clocks
    filters: {or: [clock, {not: [a, b > 1]}]}
    formulas:
      at: now().format("HH:mm")
      day: note["at"] + today() + file.name
"""


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / "Books.base").write_text(BASE, "utf-8")
    (tmp_path / ".vault-sync.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["config", "show", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_check_says_one_line(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check"]) == 0
    said = capsys.readouterr()
    assert said.out == "The configuration is fine: 2 rule sets, 3 derived properties.\n"
    assert not said.err


def test_a_vault_without_a_configuration_is_fine(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").unlink()
    assert run(["config", "check"]) == 0
    assert capsys.readouterr().out.startswith(
        "The configuration is fine: 1 rule set, 23 derived properties"
    )


def test_check_names_all_problems_of_all_files_at_once(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "Books.base").write_text("formulas:\n  label: substrin(a)\n", "utf-8")
    text = CONFIG.replace("profile", "profil").replace("b > 1", "b >").replace("today()", "today(")
    (vault / ".vault-sync.yaml").write_text(text, "utf-8")
    assert run(["config", "check"]) == 3
    said = capsys.readouterr()
    assert not said.out
    lines = said.err.removeprefix("vault-sync: ").splitlines()
    assert [line.split(": ")[0] for line in lines if line[0] != " "] == [
        ".vault-sync.yaml:1:1",
        ".vault-sync.yaml:10:37",
        ".vault-sync.yaml:13:12",
        "Books.base:2:10",
    ]


def test_a_problem_is_shown_with_a_caret_below_it(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    formula = f"{'n + ' * 30}\\u202E $ {'+ n' * 30}"
    text = f'profile: none\nrules:\n  - formulas: {{a: "{formula}"}}\n'
    (vault / ".vault-sync.yaml").write_text(text, "utf-8")
    assert run(["config", "check"]) == 3
    _, shown, caret = capsys.readouterr().err.splitlines()
    assert len(shown) < 120
    assert shown.isprintable()
    assert caret.strip() == "^"
    assert shown[caret.index("^")] == " "  # in the place of the control character


def test_another_configuration(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / "other.yaml").write_text("locale: xx\n", "utf-8")
    assert run(["--config", "other.yaml", "config", "check"]) == 3
    assert "other.yaml:1:9: `locale` must be" in capsys.readouterr().err


def test_show_for_programs(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = show(capsys)
    assert found["vault"] == str(vault)
    assert found["settings"] == {
        "profile": "none",
        "timezone": None,
        "day-starts-at": "04:00",
        "locale": "en",
        "ignore": ["Old/**"],
        "quiet-period": "5s",
        "max-changes": None,
        "daily-values": "all",
        "conflict-copies": "merge",
        "calendar": {"per": "day", "alarm": "20:00", "days": 60},
        "report": None,
    }
    books, clocks = found["rules"]
    assert books == {
        "name": "books",
        "filters": 'file.hasTag("book")',
        "missing": "skip",
        "add_if": None,
        "formulas": [
            {
                "name": "left",
                "mode": "helper",
                "clock": "stable",
                "formula": "pages - page",
                "reads": ["note.page", "note.pages"],
                "reads_others": False,
                "file": "Books.base",
                "line": 3,
            },
            {
                "name": "label",
                "mode": "derive",
                "clock": "stable",
                "formula": 'formula.left + " of " + pages',
                "reads": ["note.pages", "formula.left"],
                "reads_others": False,
                "file": "Books.base",
                "line": 4,
            },
        ],
    }
    assert clocks["filters"] == "clock || (!(a || (b > 1)))"
    assert [(one["name"], one["clock"]) for one in clocks["formulas"]] == [
        ("at", "instant"),
        ("day", "instant"),
    ]
    assert "note.at" in clocks["formulas"][1]["reads"]


def test_the_profile_is_shown_with_its_modes(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text("study-ko: {review-status: fill, missing: skip}\n")
    found = show(capsys)
    assert found["settings"]["study-ko"] == {"review-status": "fill", "missing": "skip"}
    (rules,) = found["rules"]
    assert (rules["missing"], rules["add_if"]) == ("skip", "formula.firstDay")
    modes = {one["name"]: one["mode"] for one in rules["formulas"]}
    assert (modes["복습"], modes["학습률"], modes["fifths"]) == ("fill", "derive", "helper")
    (vault / ".vault-sync.yaml").unlink()
    modes = {one["name"]: one["mode"] for one in show(capsys)["rules"][0]["formulas"]}
    assert modes["복습"] == "keep"


def test_show_for_people(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show"]) == 0
    assert capsys.readouterr().out.startswith(
        "profile: none\n"
        "timezone: the computer's\n"
        "day-starts-at: 04:00\n"
        "locale: en\n"
        "ignore: Old/**\n"
        "quiet-period: 5s\n"
        "max-changes: by the size of the vault\n"
        "daily-values: all\n"
        "conflict-copies: merge\n"
        "calendar: per: day, alarm: 20:00, days: 60\n"
        "report: not set\n"
        "\nbooks\n"
        '  notes    file.hasTag("book")\n'
        "  missing  skip\n"
        "\n  left  helper, stable, Books.base:3\n"
        "    formula  pages - page\n"
        "    reads    note.page, note.pages\n"
    )


# Another value than the default for every field, as a configuration writes it.
OTHER_SETTINGS = {
    "profile": ("profile: none", "none"),
    "review_status": ("study-ko: {review-status: fill}", "fill"),
    "is_adding": ("study-ko: {missing: skip}", "skip"),
    "study": ("study-ko: {stages: [3, 977]}", "977"),
    "overrides": ("study-ko: {formulas: {학습률: '\"12345\"'}}", "12345"),
    "timezone": ("timezone: Asia/Seoul", "Asia/Seoul"),
    "day_starts_at": ('day-starts-at: "03:21"', "03:21"),
    "locale": ("locale: en", '"en"'),
    "ignore": ("ignore: [Elsewhere]", "Elsewhere"),
    "quiet_period": ("quiet-period: 17s", "17s"),
    "max_changes": ("max-changes: 4321", "4321"),
    "daily_values": ("daily-values: [Laptop 977]", "Laptop 977"),
    "conflict_copies": ("conflict-copies: leave", "leave"),
    "calendar": ("calendar: {days: 54}", "54"),
    "report": ("report: {file: a.svg}", "a.svg"),
    "rules": ("rules: [{name: mine, formulas: {a: b}}]", "mine"),
}


@pytest.mark.parametrize("field", Config._fields)
def test_every_setting_is_shown(
    field: str, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, value = OTHER_SETTINGS[field]
    (vault / ".vault-sync.yaml").write_text("", "utf-8")
    assert run(["config", "show", "--format", "json"]) == 0
    default = capsys.readouterr().out
    (vault / ".vault-sync.yaml").write_text(f"{text}\n", "utf-8")
    assert run(["config", "show", "--format", "json"]) == 0
    changed = capsys.readouterr().out
    assert value in changed
    assert value not in default


def test_show_needs_a_configuration_that_can_be_used(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "Books.base").unlink()
    assert run(["config", "show"]) == 3
    assert "no such file in this vault" in capsys.readouterr().err


def group(word: str, *parts: str | FilterSource) -> FilterGroup:
    filters = (SourceText(part, 1, 1) if isinstance(part, str) else part for part in parts)
    return FilterGroup(Connective(word), tuple(filters))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (SourceText(" a > 1\n", 1, 1), "a > 1"),
        (group("and", "a"), "a"),
        (group("and", "a > 1"), "a > 1"),
        (group("not", "a"), "!(a)"),
        (group("and", "a", "!b.c(1)"), "a && !b.c(1)"),
        (group("and", "a || b", "c"), "(a || b) && c"),
        (group("or", group("and", "a", "b"), "c"), "(a && b) || c"),
        (group("not", "a", "b"), "!(a || b)"),
        (group("and"), "true"),
        (group("or"), "false"),
        (group("not"), "!(false)"),
    ],
)
def test_a_filter_as_one_expression(source: FilterSource, shown: str) -> None:
    assert render_filter(source) == shown
