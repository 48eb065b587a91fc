"""Ticking a review: what must not change, which box it is, how it is written, and the way back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.test_mend import SHAPES
from tests.rules.small import compiled, rule_source
from tests.study.oracle import Study, join, refresh_text, study_rules
from tests.study.reviews import STAGES, TODAY, make_note
from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import NoteResult, Status
from vault_sync.engine.undo import plan_undo
from vault_sync.files.folder import VaultFolder
from vault_sync.note.frontmatter import find_block, read_frontmatter
from vault_sync.plan.evaluation import Conditions
from vault_sync.rules.study import Stage, StudyNames, Tick
from vault_sync.state.journal import JournalEdit
from vault_sync.study.mark_done import TickPlanner
from vault_sync.study.reviews import TickAction, TickOutcome, TickRequest, decide_tick

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.rules.ruleset import RuleSet

NOW: Final = "2024-10-27T14:01"
FIRST_BOX: Final = "❤1일복습여부"
TICK: Final = TickRequest(TickAction.TICK, None, TODAY)
UNTICK: Final = TickRequest(TickAction.UNTICK, None, TODAY)


def plan(
    folder: Path,
    text: str,
    asked: TickRequest = TICK,
    *,
    rules: RuleSet | None = None,
    types: dict[str, str] | None = None,
) -> Stale | NoteResult:
    """Return the plan of a note with that text."""
    (folder / "a.md").write_bytes(text.encode())
    conditions = Conditions(datetime.fromisoformat(NOW), UTC, types=types or {})
    with VaultFolder(str(folder)) as root:
        planned = TickPlanner(root, [rules or study_rules()], conditions, asked).plan("a.md")
    assert planned
    return planned


def tick(folder: Path, text: str, asked: TickRequest = TICK, **settings: Any) -> str:
    planned = plan(folder, text, asked, **settings)
    assert isinstance(planned, Stale), planned
    return planned.plan.text


BOXES = st.lists(st.booleans(), min_size=5, max_size=5)
EXTRAS = st.sampled_from(
    ["", "tags: [a, b]\n", "# 주석\n", "other: 'x'   # 왜\n", "\n", "t: |\n  두\n  줄\n"]
)


@given(
    boxes=BOXES,
    extra=EXTRAS,
    eol=st.sampled_from(["\n", "\r\n"]),
    stage=st.none() | st.sampled_from(STAGES),
    action=st.sampled_from(TickAction),
    missing=st.sets(st.sampled_from(["학습률", "🛑오늘", "4일후(text)", "진행바"])),
)
def test_nothing_changes_but_the_box_and_derived_values_and_undo_brings_all_back(
    *,
    boxes: list[bool],
    extra: str,
    eol: str,
    stage: int | None,
    action: TickAction,
    missing: set[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    study = Study(date(2024, 7, 7), *boxes)
    text = study.note(**dict.fromkeys(missing)).replace("---\n", f"---\n{extra}", 1)
    text = text.replace("\n", eol)
    folder = tmp_path_factory.mktemp("vault")
    planned = plan(folder, text, TickRequest(action, stage, TODAY))
    if not isinstance(planned, Stale):
        assert planned.status is Status.UNCHANGED
        return
    changed = {change.property for change in planned.plan.changes}
    names = study_rules().study
    assert names
    assert len(changed & set(names.boxes)) == 1
    assert changed <= {*names.boxes, *study.derived_lines()}
    assert keep_others(planned.plan.text, changed) == keep_others(text, changed)
    edits = [
        JournalEdit(one.property, one.before, one.after, one.old, one.new)
        for one in planned.plan.changes
    ]
    assert plan_undo(planned.plan.text, edits).text == text


def keep_others(text: str, changed: set[str]) -> list[str]:
    """Return the lines of a note, to the byte, without those of some properties."""
    lines = text.splitlines(keepends=True)
    return [line for line in lines if line.partition(": ")[0].strip('"') not in changed]


@given(boxes=BOXES)
def test_the_note_is_refreshed_in_the_same_write(
    boxes: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    study = Study(date(2024, 7, 7), *boxes)
    planned = plan(tmp_path_factory.mktemp("vault"), study.note())
    undone = [f"done{days}" for days in STAGES if not getattr(study, f"done{days}")]
    if study.long_term or not undone:
        assert isinstance(planned, NoteResult)
        return
    assert isinstance(planned, Stale)
    assert planned.plan.text == study.with_changes(**{undone[0]: True}).note()


@pytest.mark.parametrize(
    ("line", "ticked"),
    [
        (f"{FIRST_BOX}: false", f"{FIRST_BOX}: true"),
        (f"{FIRST_BOX}:", f"{FIRST_BOX}: true"),
        (f"{FIRST_BOX}: ", f"{FIRST_BOX}: true"),
        (f"{FIRST_BOX}: ~", f"{FIRST_BOX}: true"),
        (f"{FIRST_BOX}: null # 아직", f"{FIRST_BOX}: true # 아직"),
        (f"{FIRST_BOX}: # 아직", f"{FIRST_BOX}: true # 아직"),
        (f'{FIRST_BOX}: "false"', f"{FIRST_BOX}: true"),
        (f"{FIRST_BOX}: 'no'", f"{FIRST_BOX}: 'yes'"),
        (f"{FIRST_BOX}: no", f"{FIRST_BOX}: yes"),
        (f"{FIRST_BOX}:   false  ", f"{FIRST_BOX}:   true  "),
        (f'"{FIRST_BOX}" : false', f'"{FIRST_BOX}" : true'),
        (f'{FIRST_BOX}: ""', f"{FIRST_BOX}: true"),
    ],
)
def test_every_style_of_a_box(tmp_path: Path, line: str, ticked: str) -> None:
    text = f"---\n⭕첫 학습날: 2024-07-07\n{line}\nx: 1\n---\n"
    assert f"\n{ticked}\n" in tick(tmp_path, text)


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        (["⭕첫 학습날: 2024-07-07", "⭕과목: 웹", "끝: 1"], "⭕과목"),
        (["🧡4일복습여부: false", "⭕첫 학습날: 2024-07-07"], "⭕첫 학습날"),
        (["⭕첫 학습날:", "  2024-07-07"], "⭕첫 학습날"),
    ],
)
def test_a_missing_box_comes_to_its_place(tmp_path: Path, lines: list[str], after: str) -> None:
    text = tick(tmp_path, join(lines), rules=study_rules(is_adding=False))
    block = find_block(text)
    note = read_frontmatter(text, block) if block else None
    assert note
    names = list(note.properties)
    assert names[names.index(after) + 1] == FIRST_BOX
    assert f"\n{FIRST_BOX}: true\n" in text


@pytest.mark.parametrize(
    ("value", "part"),
    [("[false]", "holds a list"), ("&a false", "anchor"), ("|\n  false", "block of lines")],
)
def test_a_box_that_cannot_be_written_safely_is_refused(
    tmp_path: Path, value: str, part: str
) -> None:
    planned = plan(tmp_path, f"---\n⭕첫 학습날: 2024-07-07\n{FIRST_BOX}: {value}\n---\n")
    assert isinstance(planned, NoteResult)
    assert planned.status is Status.FAILED
    assert part in planned.problems[0].message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("no frontmatter\n", "no study note"),
        ("---\ntitle: x\n---\n", "no study note"),
        (f"---\n{FIRST_BOX}: false\nvault-sync: false\n---\n", "left alone"),
        (f"---\n{FIRST_BOX}: false\n{FIRST_BOX}: false\n---\n", "second time"),
        (f"---\n{FIRST_BOX}: false\n---\n<<<<<<< a\n=======\n>>>>>>> b\n", "merge conflict"),
        ("---\n⭕첫 학습날: 07/08/2024\n---\n", "07/08/2024"),
    ],
)
def test_notes_that_are_refused(tmp_path: Path, text: str, part: str) -> None:
    planned = plan(tmp_path, text)
    assert isinstance(planned, NoteResult)
    assert planned.status is Status.FAILED
    assert part in planned.problems[0].message


@pytest.mark.parametrize(
    ("done", "asked", "outcome", "stage"),
    [
        (set(), TICK._replace(on=date(2024, 10, 27)), TickOutcome.NOT_DUE, 1),
        (set(), TICK._replace(on=date(2024, 10, 28)), TickOutcome.DONE, 1),
        (set(), TICK._replace(on=date(2024, 12, 31)), TickOutcome.DONE, 1),
        ({1}, TICK._replace(on=date(2024, 12, 31)), TickOutcome.DONE, 4),
        ({4}, TICK._replace(on=date(2024, 12, 31)), TickOutcome.DONE, 1),
        ({1, 4, 7, 14}, TICK, TickOutcome.NOTHING_LEFT, None),
        (set(), TICK._replace(stage=14), TickOutcome.DONE, 14),
        ({14}, TICK._replace(stage=14), TickOutcome.ALREADY, 14),
        (set(), TICK._replace(stage=5), TickOutcome.NO_SUCH_STAGE, 5),
        (set(), UNTICK, TickOutcome.ALREADY, None),
        ({1, 7}, UNTICK, TickOutcome.DONE, 7),
        ({1, 7}, UNTICK._replace(stage=1), TickOutcome.DONE, 1),
        ({1, 7}, UNTICK._replace(stage=4), TickOutcome.ALREADY, 4),
    ],
)
def test_which_stage_is_meant(
    done: set[int], asked: TickRequest, outcome: TickOutcome, stage: int | None
) -> None:
    decision = decide_tick(make_note(done=done), asked)
    assert (decision.outcome, decision.stage) == (outcome, stage)


def test_without_a_first_day_only_a_named_stage_is_ticked() -> None:
    note = make_note(first=None)
    assert decide_tick(note, TICK).outcome is TickOutcome.NO_FIRST_DAY
    assert decide_tick(note, TICK._replace(stage=4)).outcome is TickOutcome.DONE


def test_what_is_remembered_for_good_has_nothing_due() -> None:
    assert decide_tick(make_note(is_long_term=True), TICK).outcome is TickOutcome.NOTHING_LEFT


def test_somebody_else_s_tick_is_no_reason_to_tick_another(tmp_path: Path) -> None:
    study = Study(date(2024, 7, 7))
    file = tmp_path / "a.md"
    file.write_text(study.note(), "utf-8")
    conditions = Conditions(datetime.fromisoformat(NOW), UTC)
    with VaultFolder(str(tmp_path)) as root:
        planner = TickPlanner(root, [study_rules()], conditions, TICK)
        assert isinstance(planner.plan("a.md"), Stale)
        file.write_text(study.with_changes(done1=True).note(), "utf-8")
        again = planner.plan("a.md")
        assert isinstance(again, NoteResult)
        assert again.status is Status.UNCHANGED
        file.write_text(study.note().replace("쿠키", "과자"), "utf-8")
        third = planner.plan("a.md")
    assert isinstance(third, Stale)
    assert third.plan.text == study.with_changes(done1=True).note().replace("쿠키", "과자")


def own_rules(tick: Tick = Tick.TRUE) -> RuleSet:
    names = StudyNames(first_day="start", stages=(Stage(1, "r1"), Stage(4, "r4")), tick=tick)
    return compiled(rule_source({})._replace(study=names))


@pytest.mark.parametrize(
    ("lines", "tick_", "types", "expected"),
    [
        ("r1:\n", Tick.TRUE, {}, "r1: true\n"),
        ("r1:\n", Tick.DATE, {}, "r1: 2024-10-27\n"),
        ('r1: ""\n', Tick.DATE, {}, 'r1: "2024-10-27"\n'),
        ("", Tick.DATE, {}, "r1: 2024-10-27\n"),
        ("r1: false\n", Tick.TRUE, {"r1": "date"}, "r1: 2024-10-27\n"),
        ("r1:\n", Tick.TRUE, {"r1": "datetime"}, "r1: 2024-10-27T14:01:00\n"),
        ('r1: "no"\n', Tick.TRUE, {"r1": "text"}, 'r1: "yes"\n'),
        ("r1:\n", Tick.TRUE, {"r1": "checkbox"}, "r1: true\n"),
        ("r1:\nr4: 2024-07-12\n", Tick.TRUE, {}, "r1: 2024-10-27\nr4: 2024-07-12\n"),
    ],
)
def test_a_box_may_take_the_day(
    tmp_path: Path, lines: str, tick_: Tick, types: dict[str, str], expected: str
) -> None:
    head = "---\nstart: 2024-07-07\n"
    text = tick(tmp_path, f"{head}{lines}---\n", rules=own_rules(tick_), types=types)
    assert text == f"{head}{expected}---\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [("r1: true", "r1: false"), ("r1: 2024-07-08", "r1:"), ('r1: "true"', "r1: false")],
)
def test_taking_a_tick_back(tmp_path: Path, line: str, expected: str) -> None:
    text = tick(tmp_path, f"---\nstart: 2024-07-07\n{line}\n---\n", UNTICK, rules=own_rules())
    assert text == f"---\nstart: 2024-07-07\n{expected}\n---\n"


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_note_that_a_merge_has_broken_is_mended_ticked_and_comes_back(
    tmp_path: Path, text: str
) -> None:
    planned = plan(tmp_path, text)
    assert isinstance(planned, Stale), planned
    assert planned.plan.text == tick(tmp_path, refresh_text(text).text)
    changes = planned.plan.changes
    edits = [JournalEdit(c.property, c.before, c.after, c.old, c.new, c.below) for c in changes]
    assert plan_undo(planned.plan.text, edits).text == text


def test_what_a_person_may_have_written_is_not_ticked(tmp_path: Path) -> None:
    text = Study(done1=True).note(사이='사이: "mine')
    planned = plan(tmp_path, text)
    assert isinstance(planned, NoteResult)
    assert planned.status is Status.FAILED
