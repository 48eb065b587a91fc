"""Other notes as formulas see them, read from the disk, and what is written down of the reading."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from vault_sync.engine.linked_notes import LinkedNotes
from vault_sync.errors import EvaluationError
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import to_plain
from vault_sync.formula.registry import Clock
from vault_sync.formula.vault_view import ALL
from vault_sync.note.frontmatter import find_block, read_frontmatter
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.ruleset import NamedFormula, compile_rules
from vault_sync.rules.sources import Mode, RuleSource, SourceText

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    for path, text in NOTES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    return tmp_path


def run(vault: Path, *formulas: str) -> tuple[Evaluation, list[object]]:
    """Return what formulas give for the note at home, and the evaluation."""
    conditions = Conditions(datetime(2024, 10, 27, 14, 1), ZoneInfo("Asia/Seoul"))  # noqa: DTZ001 - civil time
    conditions = conditions.with_vault(LinkedNotes(str(vault), conditions))
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
    values = evaluation.run(rules._replace(formulas=tuple(entries))).values()
    return evaluation, [str(v.error) if isinstance(v, Failure) else to_plain(v) for v in values]


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
    assert run(vault, formula)[1] == [value]


def test_a_note_that_cannot_be_read_is_named(vault: Path) -> None:
    (message,) = run(vault, 'file("Broken").properties.a')[1]
    assert str(message).startswith("Books/Broken.md cannot be read: ")


def test_every_look_at_another_note_is_written_down(vault: Path) -> None:
    evaluation, _ = run(
        vault,
        "Tasks.map(value.asFile().properties.Hours)",
        'file("Plants").properties.isEmpty()',
        'file("Bare").tags',
        "file.backlinks.length",
        "file.properties.book.toString()",
    )
    assert evaluation.reads
    assert evaluation.reads.names == {
        ("A", HOME): "Work/A.md",
        ("B", HOME): "Work/B.md",
        ("Gone", HOME): None,
        ("Plants", HOME): "Books/Plants.md",
        ("Bare", HOME): "Books/Bare.md",
    }
    assert evaluation.reads.properties == {
        ("Work/A.md", "Hours"),
        ("Work/B.md", "Hours"),
        ("Books/Plants.md", ALL),
    }
    assert evaluation.reads.facts == {("Books/Bare.md", "tags")}
    assert evaluation.reads.backlinks == {HOME}


def test_nothing_is_written_down_where_nothing_is_read(vault: Path) -> None:
    evaluation, _ = run(vault, "Tasks.length", "file.links.length", "file.properties.book")
    assert evaluation.reads is not None
    assert len(evaluation.reads) == 0


def test_what_was_read_of_another_note_is_not_remembered_for_a_third(vault: Path) -> None:
    conditions = Conditions(datetime(2024, 10, 27), ZoneInfo("Asia/Seoul"))  # noqa: DTZ001 - civil time
    conditions = conditions.with_vault(LinkedNotes(str(vault), conditions))
    source = RuleSource("test", None, (("x", SourceText("to == there", 1, 1)),))
    rules = compile_rules(source, [])
    assert rules
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
    view = LinkedNotes(str(tmp_path), Conditions(datetime(2024, 1, 1), ZoneInfo("UTC")))  # noqa: DTZ001 - civil time
    found = view.find("서울", "x.md")
    assert found
    assert unicodedata.normalize("NFC", found) == "서울.md"
    with pytest.raises(KeyError):
        view.find_property(found, "a")


def test_what_is_gone_meanwhile_cannot_be_read(vault: Path) -> None:
    view = LinkedNotes(str(vault), Conditions(datetime(2024, 1, 1), ZoneInfo("UTC")))  # noqa: DTZ001 - civil time
    assert view.find("A", HOME) == "Work/A.md"
    (vault / "Work/A.md").unlink()
    with pytest.raises(EvaluationError, match=r"Work/A\.md cannot be read"):
        view.read_fact("Work/A.md", "tags")
