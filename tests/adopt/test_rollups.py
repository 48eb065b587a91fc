"""Columns that add up what linked notes hold are found, and chance is none of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import floor
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.adopt.exports import compile_proposal, write_note
from vault_sync.adopt import formulas
from vault_sync.adopt.formulas import Setting
from vault_sync.adopt.infer import ColumnKind, propose_rules
from vault_sync.adopt.table import build_table, sample_notes
from vault_sync.cli import run
from vault_sync.engine.linked_notes import LinkedNotes
from vault_sync.engine.vault_files import DiskNotes
from vault_sync.files.folder import VaultFolder
from vault_sync.plan.evaluation import Conditions
from vault_sync.vault.vault import load_vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vault_sync.adopt.infer import Proposal

NOW: Final = datetime(2025, 3, 9, 12, 0)  # noqa: DTZ001 - civil time
HOURS: Final = 'note["Tasks"].map(value.asFile().properties["Hours"]).flat()'
DUE: Final = 'note["Tasks"].map(value.asFile().properties["Due"]).filter(value != null).map(date(value)).sort()'
STATES: Final = 'note["Tasks"].map(value.asFile().properties["State"]).flat()'
TICKED: Final = 'note["Tasks"].filter(value.asFile().properties["Done"] == true).length'
SHARE: Final = f'if(note["Tasks"].length == 0, 0, {TICKED} / note["Tasks"].length)'


class Task(NamedTuple):
    """A note that projects link to."""

    name: str
    hours: float
    done: bool
    due: date
    state: str


def half_up(number: float, digits: int = 0) -> float:
    return float(floor(number * 10**digits + 0.5 + 1e-9) / 10**digits)


def share(tasks: list[Task]) -> float:
    return sum(task.done for task in tasks) / len(tasks)


FOUND: list[tuple[Callable[[list[Task]], object], str]] = [
    (len, 'note["Tasks"].length'),
    (lambda tasks: f"{sum(task.hours for task in tasks):g}", f"{HOURS}.sum()"),
    (lambda tasks: f"{sum(task.hours for task in tasks):g} h", f'{HOURS}.sum().round(1) + " h"'),
    (lambda tasks: half_up(fmean(task.hours for task in tasks), 2), f"{HOURS}.mean().round(2)"),
    (lambda tasks: f"{max(task.hours for task in tasks):g}", f"{HOURS}.max()"),
    (lambda tasks: sum(task.done for task in tasks), TICKED),
    (share, SHARE),
    (lambda tasks: f"{half_up(share(tasks) * 100):g}%", f'({SHARE} * 100).round() + "%"'),
    (lambda tasks: min(task.due for task in tasks), f"{DUE}[0]"),
    (lambda tasks: max(task.due for task in tasks), f"{DUE}[-1]"),
    (lambda tasks: f"{max(task.due for task in tasks):%Y/%m/%d}", f'{DUE}[-1].format("YYYY/MM/DD")'),
    (lambda tasks: ", ".join(task.state for task in tasks), f'{STATES}.join(", ")'),
    (lambda tasks: "\n" + "\n".join(f"- {task.state}" for task in tasks), STATES),
    (
        lambda tasks: sum(task.state == "review" for task in tasks),
        'note["Tasks"].filter(value.asFile().properties["State"] == "review").length',
    ),
]  # fmt: skip


def make_vault(
    root: Path, columns: dict[str, Callable[[list[Task]], object]], count: int = 24
) -> None:
    random = Random(4)  # noqa: S311 - notes for tests
    (root / ".obsidian").mkdir(parents=True)
    tasks = [
        Task(
            f"Task {number}",
            random.choice([0.5, 1, 2, 3, 5]),
            random.random() < 0.5,
            date(2025, 1, 1) + timedelta(days=random.randrange(300)),
            random.choice(["open", "doing", "review"]),
        )
        for number in range(90)
    ]
    for task in tasks:
        values = (f"{task.hours:g}", str(task.done).lower(), task.due, task.state)
        row = dict(zip(("Hours", "Done", "Due", "State"), values, strict=True))
        (root / f"{task.name}.md").write_text(write_note(row), "utf-8")
    for number in range(count):
        chosen = random.sample(tasks, random.randrange(1, 8))
        links = "\n" + "\n".join(f'- "[[{task.name}]]"' for task in chosen)
        row = {"Tasks": links, **{name: give(chosen) for name, give in columns.items()}}
        note = write_note({**row, "Own": random.randrange(30)})
        (root / f"Project {number:02}.md").write_text(note, "utf-8")


def propose(root: Path) -> Proposal:
    conditions = Conditions(NOW, UTC)
    paths = sorted(path.name for path in root.glob("*.md"))
    with VaultFolder(str(root)) as folder:
        table = build_table(sample_notes(folder, paths).notes)
        others = LinkedNotes(DiskNotes(load_vault(root), folder), (), conditions)
        return propose_rules(table, Setting(UTC, "en", others))


@pytest.mark.parametrize(("give", "formula"), FOUND)
def test_what_is_found(tmp_path: Path, give: Callable[[list[Task]], object], formula: str) -> None:
    make_vault(tmp_path, {"x": give})
    found: Any = {one.name: one for one in propose(tmp_path).columns}
    assert (found["x"].kind, found["x"].formula) == (ColumnKind.DERIVED, formula)
    assert found["x"].score.agree == found["x"].score.total == 24
    assert found["Own"].kind is ColumnKind.OWN
    assert found["Tasks"].kind is ColumnKind.SOURCE


def test_the_rules_can_be_used(tmp_path: Path) -> None:
    make_vault(tmp_path, {f"x{number}": give for number, (give, _) in enumerate(FOUND)})
    (rules,) = compile_proposal(propose(tmp_path))
    assert len(rules.owned) == len(FOUND)
    assert run(["-q", "adopt", str(tmp_path), "-o", str(tmp_path / ".vault-sync.yaml")]) == 0
    assert run(["--vault", str(tmp_path), "config", "check"]) == 0


def test_where_one_note_has_a_link_alone_it_is_taken_for_a_list(tmp_path: Path) -> None:
    make_vault(tmp_path, {"x": len})
    (tmp_path / "Project 99.md").write_text('---\nTasks: "[[Task 1]]"\nx: 1\n---\n', "utf-8")
    (found,) = propose(tmp_path).derived
    assert (found.formula, found.score.agree) == ('list(note["Tasks"]).length', 25)


def test_links_that_lead_nowhere_and_notes_that_cannot_be_read_stop_nothing(tmp_path: Path) -> None:
    make_vault(tmp_path, {"x": len})
    for number in range(20):
        (tmp_path / f"Task {number}.md").write_text("---\nHours: [\n---\n", "utf-8")
        (tmp_path / f"Task {number + 20}.md").unlink()
    assert [one.name for one in propose(tmp_path).derived] == ["x"]


@pytest.mark.parametrize("seed", range(4))
def test_chance_is_no_rollup(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - notes for tests
    make_vault(
        tmp_path,
        {
            "small": lambda _tasks: random.randrange(4),
            "percent": lambda _tasks: f"{random.randrange(5) * 25}%",
            "day": lambda _tasks: date(2025, 1, 1) + timedelta(days=random.randrange(300)),
            "word": lambda _tasks: random.choice(["open", "doing", "review"]),
        },
    )
    assert not propose(tmp_path).derived


def test_relations_that_no_formula_reads_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_vault(tmp_path, {})
    assert run(["-q", "adopt", str(tmp_path)]) == 0
    assert "Links to other notes:\n    Tasks\n" in capsys.readouterr().out


def test_thousands_of_links_cost_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_vault(tmp_path, {"x": len})
    links = "\n" + "\n".join(f'- "[[Task {number % 90}]]"' for number in range(3_000))
    for number in range(6):
        note = write_note({"Tasks": links, "x": 3_000})
        (tmp_path / f"Project {number + 50}.md").write_text(note, "utf-8")
    monkeypatch.setattr(formulas, "MAX_WORK", 2_000_000)
    assert [one.name for one in propose(tmp_path).derived] == ["x"]
