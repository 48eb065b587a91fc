"""What the commands say of formulas that read other notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.linked_vaults import write_vault
from vault_sync import cli

if TYPE_CHECKING:
    from pathlib import Path

RULES: Final = (
    "{name: tasks, filters: hours, formulas: {double: hours * 2}}",
    "{name: pages, filters: to, formulas: {sum: 'to.map(value.asFile().properties.double).sum()', n: to.length}}",
    "{name: back, filters: 'file.backlinks.length > 0', formulas: {links: 'file.backlinks.length'}}",
)
NOTES: Final = {
    "page.md": '---\nto: ["[[a]]", "[[b]]"]\n---\n',
    "a.md": "---\nhours: 1\n---\n",
    "b.md": "---\nhours: 2\n---\n",
    "other.md": "---\nhours: 3\n---\n",
}


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = tmp_path / "vault"
    root.mkdir()
    return write_vault(root, NOTES, *RULES)


class Console:
    """The command line, with what it says taken down."""

    def __init__(self, vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.vault = vault
        self._capsys = capsys

    def run(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """Return what a command prints, on standard output and on standard error."""
        assert cli.run(["--vault", str(self.vault), *arguments]) == code
        return self._capsys.readouterr()


@pytest.fixture
def console(vault: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(vault, capsys)


def test_explain_names_the_notes_that_were_read(console: Console) -> None:
    said, _ = console.run("explain", str(console.vault / "page.md"), "--format", "json")
    notes = {one["property"]: one["notes"] for one in json.loads(said)["properties"]}
    assert notes == {"sum": ["a.md", "b.md"], "n": []}
    assert "  notes    a.md, b.md\n" in console.run("explain", str(console.vault / "page.md"))[0]
    said, _ = console.run("explain", str(console.vault / "a.md"), "--format", "json")
    assert json.loads(said)["properties"][1]["notes"] == ["page.md"]


def test_check_and_show_say_what_looks_at_other_notes(console: Console) -> None:
    said, _ = console.run("config", "check")
    assert said.endswith("These read other notes: `sum`, the filter of `back`, `links`.\n")
    said, _ = console.run("config", "show", "--format", "json")
    listed = [one for rules in json.loads(said)["rules"] for one in rules["formulas"]]
    assert [one["name"] for one in listed if one["reads_others"]] == ["sum", "links"]
    assert "other.double" in listed[1]["reads"]


def test_dependents_follow_and_are_told_of(console: Console) -> None:
    console.run("refresh")
    (console.vault / "a.md").write_text("---\nhours: 10\n---\n", "utf-8")
    console.run("refresh", "--only", str(console.vault / "a.md"))
    assert "sum: 6\n" in (console.vault / "page.md").read_text("utf-8")
    _, said = console.run("refresh", str(console.vault / "a.md"))
    assert "with 1 note that reads what is named here; `--only` leaves that alone." in said
    assert "sum: 24\n" in (console.vault / "page.md").read_text("utf-8")
    _, said = console.run("refresh", str(console.vault / "a.md"))
    assert "--only" not in said


def test_a_circle_ends_with_4_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "ring"
    root.mkdir()
    rule = "{name: ring, filters: to, formulas: {x: 'to.asFile().properties.x', y: '1'}}"
    write_vault(root, {"A.md": '---\nto: "[[B]]"\n---\n', "B.md": '---\nto: "[[A]]"\n---\n'}, rule)
    _, said = Console(root, capsys).run("refresh", code=4)
    assert said.count("A > x -> B > x -> A > x") == 2
    assert "y: 1\n" in (root / "A.md").read_text("utf-8")


REVIEWS: Final = (
    "{name: reviews, filters: begun, study: {first-day: begun, stages: {1: first}}, formulas: {done: 'if(first, 1, 0)'}}",
    "{name: pages, filters: to, formulas: {sum: 'to.map(value.asFile().properties.done).sum()'}}",
)
REVIEWED: Final = {
    "a.md": "---\nbegun: 2024-10-01\ndone: 0\n---\n",
    "b.md": '---\nbegun: 2024-10-01\nfirst: true\nto: ["[[a]]"]\ndone: 1\nsum: 0\n---\n',
    "page.md": '---\nto: ["[[a]]"]\nsum: 0\n---\n',
}


@pytest.mark.parametrize("is_json", [False, True])
def test_a_note_without_a_box_to_tick_follows_one_that_is_ticked_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_json: bool
) -> None:
    console = Console(write_vault(tmp_path, REVIEWED, *REVIEWS), capsys)
    day = ("--now", "2024-10-27T14:01")
    if is_json:
        notes = json.loads(console.run("done", "a", "b", *day, "--format", "json")[0])["notes"]
        found = [(one["path"], one["status"], one["verdict"]) for one in notes]
        assert found == [
            ("a.md", "changed", "done"),
            ("b.md", "changed", "nothing-left"),
            ("page.md", "changed", None),
        ]
    else:
        assert console.run("done", "a", "b", *day)[0].splitlines() == [
            "a: the review of day 1 is ticked. That was the last one.",
            "b: every review is done.",
            "b.md follows.",
            "page.md follows.",
        ]
    assert all("sum: 1\n" in (tmp_path / path).read_text("utf-8") for path in ("b.md", "page.md"))
