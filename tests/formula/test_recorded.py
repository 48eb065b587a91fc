"""What the running app gave, on a vault of its kind: the first authority on the language."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pytest

from vault_sync.engine.linked_notes import LinkedNotes
from vault_sync.engine.vault_files import DiskNotes
from vault_sync.errors import FormulaError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import FileFacts, read_note
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import to_plain
from vault_sync.note.post import read_post
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.explain import Note, try_formula_on
from vault_sync.rules.ruleset import RuleSet, compile_rules
from vault_sync.rules.sources import RuleSource, SourceText
from vault_sync.vault.vault import load_vault

if TYPE_CHECKING:
    from vault_sync.errors import Problem
    from vault_sync.files.read import NoteBytes

RECORDED: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("recorded.json").read_text("utf-8")
)
ZONE: Final = ZoneInfo(RECORDED["timezone"])
ERROR: Final = {"error": True}
DEVIATIONS: Final[dict[str, str]] = {}
"""Expressions that give something else here, and why; also in the reference of functions."""


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vault")
    for path, lines in RECORDED["files"].items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines), "utf-8", newline="\n")
    return root


def read_rules() -> RuleSet:
    problems: list[Problem] = []
    formulas = tuple((name, SourceText(text, 1, 1)) for name, text in RECORDED["formulas"].items())
    rules = compile_rules(RuleSource(name="app", filters=None, formulas=formulas), problems)
    assert rules
    assert not problems
    return rules


def evaluate(vault: Path, expression: str) -> object:
    now = datetime.fromisoformat(RECORDED["now"])
    conditions = Conditions(now, ZONE)
    with VaultFolder(vault) as folder:
        source = DiskNotes(load_vault(vault), folder)
        conditions = conditions.with_vault(LinkedNotes(source, (), conditions))
        found = read_note(folder, RECORDED["note"])
        return evaluate_on(found, expression, conditions)


def evaluate_on(found: NoteBytes, expression: str, conditions: Conditions) -> object:
    note = Note(read_post(found.data.decode()), found.path, FileFacts(found.signature, conditions))
    try:
        formula = compile_formula(expression)
        return to_plain(try_formula_on(note, formula, [read_rules()], conditions))
    except FormulaError:
        return ERROR


@pytest.mark.parametrize(("expression", "expected"), RECORDED["results"])
def test_the_app_gave_the_same(vault: Path, expression: str, expected: object) -> None:
    value = evaluate(vault, expression)
    if expression in DEVIATIONS:
        assert value != expected, "it agrees by now: take it off the list"
    else:
        assert value == expected
