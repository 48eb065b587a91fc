"""The pages about functions say what the functions say."""

from __future__ import annotations

from docs.make_reference import PAGE, list_entries, render_page
from tests.console import ROOT
from vault_sync.formula.notion import SPELLINGS
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS


def test_the_page_of_functions_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render_page(), "run `python -m docs.make_reference`"


def test_every_function_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    assert {entry.name for entry in list_entries()} == {*GLOBALS, *METHODS, *FIELDS}
    assert len(list_entries_shown(text)) == sum(entry.kind != "null" for entry in list_entries())


def list_entries_shown(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("### ")]


def test_every_name_of_notion_is_on_its_page() -> None:
    text = (ROOT / "docs/how-to/bring-notion-formulas.md").read_text("utf-8")
    missing = {name for name in SPELLINGS if f"`{name}(" not in text}
    assert not missing
