"""What study notes tell, and which of their reviews are due or to come."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study.oracle import Study, study_rules
from tests.study.reviews import STAGES, TODAY, make_note, write_note
from vault_sync.files.folder import VaultFolder
from vault_sync.plan.evaluation import Conditions
from vault_sync.study.facts import StudyFacts, make_fact_reader
from vault_sync.study.notes import load_study_notes
from vault_sync.study.reviews import find_next_review, list_coming, list_reviews
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.errors import Problem
    from vault_sync.study.notes import StudyNote

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NOTES = st.builds(
    make_note,
    path=st.sampled_from(["a.md", "b.md", "웹/c.md"]),
    first=st.none() | DAYS,
    done=st.sets(st.sampled_from(STAGES)),
    is_long_term=st.booleans(),
)


@given(st.lists(NOTES), DAYS, st.integers(0, 100))
def test_the_list_is_what_the_definition_says(
    notes: list[StudyNote], on: date, upcoming: int
) -> None:
    expected = []
    for note in notes:
        undone = [stage for stage in note.stages if not stage.is_done]
        if note.first_day and undone and not note.is_long_term:
            due = note.first_day + timedelta(days=undone[0].days)
            if due <= on + timedelta(days=upcoming):
                expected.append((due, note.path, undone[0].days))
    reviews = list_reviews(notes, on, upcoming)
    assert [(one.due, one.note.path, one.stage) for one in reviews] == sorted(expected)
    assert [one.days_overdue(on) for one in reviews] == [(on - one.due).days for one in reviews]


@given(st.lists(NOTES), DAYS, st.none() | st.integers(0, 4_000))
def test_what_comes_is_every_undone_stage_of_those_days(
    notes: list[StudyNote], on: date, days: int | None
) -> None:
    last = date.max if days is None else on + timedelta(days=days)
    expected = [
        (stage.due, note.path, stage.days)
        for note in notes
        if not note.is_long_term
        for stage in note.stages
        if stage.due and not stage.is_done and on <= stage.due <= last
    ]
    coming = [(one.due, one.note.path, one.stage) for one in list_coming(notes, on, days)]
    assert coming == sorted(expected)


def test_at_the_end_of_time() -> None:
    note = make_note(first=date.max - timedelta(days=14))
    assert [one.stage for one in list_coming([note], date.max - timedelta(days=9))] == [7, 14]
    assert len(list_reviews([note], date.max, 10)) == 1


@pytest.mark.parametrize(
    ("done", "stage"), [((), 1), ({1}, 4), ({4}, 1), ({1, 4, 7}, 14), ({1, 4, 7, 14}, None)]
)
def test_the_next_review_is_the_earliest_that_is_not_done(
    done: set[int], stage: int | None
) -> None:
    found = find_next_review(make_note(done=done))
    assert (found and found.stage) == stage


def load(root: Path, *, config: str = "", on: str = "2024-10-27T14:01") -> dict[str, StudyNote]:
    notes, problems = load_all(root, config, on)
    assert not problems
    return notes


def load_all(
    root: Path, config: str = "", on: str = "2024-10-27T14:01"
) -> tuple[dict[str, StudyNote], dict[str, Problem]]:
    (root / ".vault-sync.yaml").write_text(config, "utf-8")
    workspace = open_workspace(root, None)
    problems: dict[str, Problem] = {}
    with VaultFolder(workspace.vault.root) as folder:
        moment = workspace.moment(on)
        found = list(load_study_notes(workspace, folder, moment, problems.__setitem__))
    return {note.path: note for note in found}, problems


def test_what_a_note_tells(tmp_path: Path) -> None:
    study = Study(done1=True, done14=True)
    (tmp_path / "세션.md").write_text(study.note(학습률='학습률: "0"'), "utf-8")
    note = load(tmp_path)["세션.md"]
    assert (note.title, note.subject, note.textbook, note.page) == (
        "세션",
        "웹",
        "HTTP 노트",
        "P12~",
    )
    assert note.first_day == study.first
    assert [(one.days, one.is_done) for one in note.stages] == [
        (1, True),
        (4, False),
        (7, False),
        (14, True),
    ]
    assert note.stages[1].due == date(2024, 7, 11)
    assert note.rate == 0.2  # what is true, not what stands there
    assert not note.is_long_term


@pytest.mark.parametrize(
    ("config", "rate"),
    [
        ("", 0.4),
        ("study-ko: {counted: [1, 4, 7, 14]}", 0.6),
        ("study-ko: {formulas: {학습률: '\"25%\"'}}", 0.25),
        ("study-ko: {formulas: {학습률: 'today().year / 10000'}}", 0.2024),
        ("study-ko: {formulas: {학습률: 'note[\"사이\"].length / 10'}}", 0.3),
        ("study-ko: {formulas: {학습률: '7'}}", None),
        ("study-ko: {formulas: {학습률: '\"x\".round()'}}", None),
        ("profile: none\nrules: [{study: {first-day: ⭕첫 학습날, stages: {1: a}}}]", None),
        (
            "profile: none\nrules: [{study: {first-day: a, stages: {1: ❤1일복습여부}, rate: 학습률}}]",
            0.9,
        ),
    ],
)
def test_where_the_rate_comes_from(tmp_path: Path, config: str, rate: float | None) -> None:
    study = Study(done1=True, done4=True, done14=True)
    (tmp_path / "a.md").write_text(study.note(학습률='학습률: "0.9"'), "utf-8")
    assert load(tmp_path, config=config)["a.md"].rate == rate


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("⭕과목: 웹", "웹"),
        ("⭕과목:", ""),
        ("⭕과목: 3", "3"),
        ("⭕과목: '[[과목/웹|웹 개론]]'", "웹 개론"),
        ("⭕과목: '[[과목/웹]]'", "웹"),
        ("⭕과목: [웹, '[[DB]]']", "웹, DB"),
        ("⭕과목: 'a\n\n  b'", "a b"),
        ("⭕과목: &a x", ""),
        ("다른 것: 웹", ""),
    ],
)
def test_texts_of_a_note(tmp_path: Path, line: str, subject: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n❤1일복습여부:\n{line}\n---\n", "utf-8")
    assert load(tmp_path)["a.md"].subject == subject


@pytest.mark.parametrize(
    ("value", "is_done"),
    [
        ("true", True),
        ("True", True),
        ('"true"', True),
        ("'TRUE'", True),
        ("2024-07-08", True),
        ('"2024-07-08T20:00"', True),
        ("false", False),
        ("", False),
        ("~", False),
        ("no", False),
        ("yes", True),
        ("1", True),
        ("x", True),
        ("[true]", True),
    ],
)
def test_when_a_box_is_ticked(tmp_path: Path, value: str, is_done: bool) -> None:  # noqa: FBT001 - a case
    (tmp_path / "a.md").write_text(f"---\n❤1일복습여부: {value}\n---\n", "utf-8")
    assert load(tmp_path)["a.md"].stages[0].is_done is is_done


@pytest.mark.parametrize(
    "text",
    [
        "no frontmatter ❤1일복습여부: true\n",
        "---\ntitle: ❤1일복습여부\n---\n",
        "---\n❤1일복습여부: true\nvault-sync: false\n---\n",
        "---\n❤1일복습여부: true\nexcalidraw-plugin: parsed\n---\n",
        "---\ntitle: [broken\n---\n",
    ],
)
def test_what_is_no_study_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(text, "utf-8")
    assert load(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("⭕첫 학습날: 07/08/2024", 2, "07/08/2024"),
        ("a: 1\n⭕첫 학습날: 2024-02-30", 3, "2024-02-30"),
        ("⭕첫 학습날: [1]", 2, "not a date"),
        ("⭕첫 학습날: true", 2, "not a date"),
        ("⭕첫 학습날: *x", 2, "alias"),
    ],
)
def test_a_first_day_that_cannot_be_read_is_told(
    tmp_path: Path, text: str, line: int, part: str
) -> None:
    anchor = "y: &x 1\n" if "*x" in text else ""
    (tmp_path / "a.md").write_text(f"---\n{text}\n{anchor}---\n", "utf-8")
    notes, problems = load_all(tmp_path)
    assert notes["a.md"].first_day is None
    assert {stage.due for stage in notes["a.md"].stages} == {None}
    assert problems["a.md"].line == line
    assert part in problems["a.md"].message


@pytest.mark.parametrize(
    "text",
    [
        "---\n⭕첫 학습날: [broken\n---\n",
        "---\n❤1일복습여부: true\n❤1일복습여부: true\n---\n",
        "---\n❤1일복습여부: true\n",
        "---\n❤1일복습여부: true\n---\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n",
        "---\n❤1일복습여부: true\n---\n\x00",
    ],
)
def test_a_study_note_that_cannot_be_read_is_told_and_the_others_go_on(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.md").write_text(text, "utf-8")
    write_note(tmp_path, "b.md")
    notes, problems = load_all(tmp_path)
    assert (list(notes), list(problems)) == (["b.md"], ["a.md"])


def test_an_offset_is_brought_to_the_zone_and_a_year_past_the_last_has_no_day(
    tmp_path: Path,
) -> None:
    write_note(tmp_path, "a.md", '"2024-07-07T20:00Z"')
    write_note(tmp_path, "b.md", "9999-12-28")
    notes = load(tmp_path, config="timezone: Asia/Seoul")
    assert notes["a.md"].first_day == date(2024, 7, 8)
    assert [stage.due for stage in notes["b.md"].stages] == [date(9999, 12, 29), None, None, None]


OWN = """\
profile: none
rules:
  - name: mine
    filters: file.inFolder("in")
    study: {first-day: first_study, stages: {1: review_1day, 4: review_4day}, subject: subject}
"""


def test_a_rule_set_of_one_s_own_tells_of_reviews(tmp_path: Path) -> None:
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
        text = "---\nfirst_study: 2024-07-07\nreview_1day: 2024-07-09\nreview_4day:\n---\n"
        (tmp_path / folder / "a.md").write_text(text, "utf-8")
    (tmp_path / "in" / "b.md").write_text("---\ntitle: review_1day\n---\n", "utf-8")
    notes = load(tmp_path, config=OWN)
    assert list(notes) == ["in/a.md"]
    assert [review.stage for review in list_reviews(notes.values(), TODAY)] == [4]


TEXTS = st.text(max_size=20)


@given(
    st.builds(
        StudyFacts,
        subject=TEXTS,
        textbook=TEXTS,
        page=TEXTS,
        first_day=st.none() | st.dates(),
        stages=st.just(()),
        is_long_term=st.booleans(),
        rate=st.none() | st.floats(0, 1),
        problems=st.just(()),
    )
)
def test_facts_come_back_from_a_cache(facts: StudyFacts) -> None:
    assert StudyFacts.from_payload(json.loads(json.dumps(facts.to_payload()))) == facts


def test_all_facts_of_a_note_come_back() -> None:
    reader = make_fact_reader([study_rules()], Conditions(datetime(2024, 10, 27), UTC))  # noqa: DTZ001 - civil time
    text = Study(done1=True).note().replace("2024-07-07", "07/07/2024", 1)
    facts = reader.read(text, "a.md", lambda _fact: None)
    assert facts
    assert facts.problems
    assert StudyFacts.from_payload(json.loads(json.dumps(facts.to_payload()))) == facts


@pytest.mark.parametrize(
    ("earlier", "filters", "rate", "expected"),
    [
        ("kind: '\"study\"'", 'kind == "study"', "'0.5'", 0.5),
        ("kind: '\"study\"'", 'Kind == "study"', "'0.5'", 0.5),
        ("kind: '\"other\"'", 'kind == "study"', "'0.5'", None),
        ("kind: '0.25'", "true", "kind", 0.25),
    ],
)
def test_rules_before_those_of_study_notes_have_run(
    tmp_path: Path, earlier: str, filters: str, rate: str, expected: float | None
) -> None:
    (tmp_path / ".vault-sync.yaml").write_text(
        "profile: none\nrules:\n"
        f"  - {{formulas: {{{earlier}}}}}\n"
        f"  - filters: '{filters}'\n"
        "    study: {first-day: start, stages: {1: done}, rate: rate}\n"
        f"    formulas: {{rate: {rate}}}\n",
        "utf-8",
    )
    (tmp_path / "a.md").write_text("---\nstart: 2024-07-07\nkind: stale\nrate: 0\n---\n", "utf-8")
    workspace = open_workspace(tmp_path, None)
    with VaultFolder(tmp_path) as root:
        found = [*load_study_notes(workspace, root, workspace.moment(None), lambda *_: None)]
    assert [note.rate for note in found] == ([] if expected is None else [expected])
