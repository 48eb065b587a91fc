"""Stages as settings: the default is what it was, other stages follow, hostile ones are refused."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import NOW, without_trees
from tests.study.oracle import BODY, Study, refresh_text, study_rules
from vault_sync.rules.config_reader import parse_config
from vault_sync.rules.profile_reader import Placeholders
from vault_sync.rules.study import Stage, StudyNames, Tick
from vault_sync.vault.rulesets import load_rules

if TYPE_CHECKING:
    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet

FIRST = date(2024, 7, 7)


def load(text: str) -> tuple[tuple[RuleSet, ...], list[Problem]]:
    problems: list[Problem] = []
    return load_rules(parse_config(text, problems), ".", problems), problems


@cache
def rules_of(text: str) -> RuleSet:
    rules, problems = load(text)
    assert not problems, problems
    return rules[0]


def study_of(text: str) -> StudyNames:
    found = rules_of(text).study
    assert found
    return found


def refresh(config: str, *lines: str) -> dict[str, str]:
    """Return the properties of a note as they are written after a refresh."""
    text = "---\n" + "".join(f"{line}\n" for line in lines) + BODY
    plan = refresh_text(text, rules=rules_of(config))
    assert not plan.problems
    block = plan.text.split("---\n")[1]
    pairs = (line.partition(": ") for line in block.splitlines())
    return {name.strip('":'): value.strip('"') for name, _, value in pairs}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "study-ko: {stages: [1, 4, 7, 14]}",
        "study-ko: {stages: [14, 7, 4, 1]}",
        "study-ko: {counted: [1, 4, 7]}",
        "study-ko: {stages: {1: ❤1일복습여부, 4: 🧡4일복습여부, 7: 💛7일복습여부, 14: 💚14일복습여부}}",
        "study-ko: {names: {first-day: ⭕첫 학습날, 학습률: 학습률}}",
    ],
)
def test_the_default_is_written_in_many_ways_and_is_always_the_same(text: str) -> None:
    rules, default = rules_of(text), study_rules()
    assert rules.study == default.study
    assert rules.order == default.order
    assert without_trees(rules.source.filters) == without_trees(default.source.filters)
    assert [formula.formula.source for formula in rules.formulas] == [
        formula.formula.source for formula in default.formulas
    ]


def test_the_profile_knows_its_study_notes() -> None:
    names = study_rules().study
    assert names == StudyNames(
        first_day="⭕첫 학습날",
        stages=(
            Stage(1, "❤1일복습여부"),
            Stage(4, "🧡4일복습여부"),
            Stage(7, "💛7일복습여부"),
            Stage(14, "💚14일복습여부"),
        ),
        subject="⭕과목",
        textbook="⭕교재",
        page="⭕페이지",
        rate="학습률",
        long_term="🧠장기기억",
    )


def test_other_stages_keep_known_boxes_and_name_new_ones() -> None:
    names = study_of("study-ko: {stages: [30, 1, 2, 4]}")
    assert [(stage.days, stage.box) for stage in names.stages] == [
        (1, "❤1일복습여부"),
        (2, "2일복습여부"),
        (4, "🧡4일복습여부"),
        (30, "30일복습여부"),
    ]


def test_other_stages_have_their_own_dates_numbers_and_rate() -> None:
    values = refresh(
        "study-ko: {stages: [1, 2, 30], review-status: derive}",
        "⭕첫 학습날: 2024-07-07",
        "❤1일복습여부: true",
        "2일복습여부: true",
        "복습:",
    )
    assert values["복습"] == "30일 복습"
    assert values["🛑2일후"] == "🏅2일뒤 : 2024/07/09"
    assert values["30일후"] == "@2024년 8월 6일"
    assert values["30일후(text)"] == "2024/08/06"
    numbers = {name: value for name, value in values.items() if name.endswith("1,0")}
    assert numbers == {
        "1일차복습여부1,0": "1",
        "2일차복습여부1,0": "1",
        "30일차복습여부1,0": "0",
        "장기기억저장여부1,0": "0",
    }
    assert values["학습률"] == "0.5"
    assert values["진행바"] == "🟩🟩🟩🟩🟩⬜⬜⬜⬜⬜ 50%"
    assert not {"1일후", "4일후", "🛑7일후", "14일후(text)"} & values.keys()


@given(days=st.sets(st.integers(1, 3_650), min_size=1, max_size=30), data=st.data())
def test_any_stages_reach_the_whole_and_have_their_dates(
    days: set[int], data: st.DataObject
) -> None:
    config = f"study-ko: {{stages: {sorted(days)}, counted: {sorted(days)}}}"
    names = study_of(config)
    ticked = data.draw(st.sets(st.sampled_from(names.boxes)))
    lines = [f"{box}: {'true' if box in ticked else 'false'}" for box in names.boxes]
    values = refresh(config, f"⭕첫 학습날: {FIRST}", *lines)
    part = len(ticked) / len(names.boxes)
    assert abs(float(values["학습률"]) - part) <= 0.0050001
    check_agreement(values, is_done=part == 1, is_begun=bool(ticked))
    for day in days - {1}:
        assert values[f"{day}일후(text)"] == (FIRST + timedelta(days=day)).strftime("%Y/%m/%d")


def check_agreement(values: dict[str, str], *, is_done: bool, is_begun: bool) -> None:
    """Check that rate and bar say the same, and that the bar is full when all is done, not before."""
    bar, _, percent = values["진행바"].partition(" ")
    assert float(percent.removesuffix("%")) == round(float(values["학습률"]) * 100)
    assert len(bar) == (10 if is_begun else 1)
    assert abs(bar.count("🟩") * 10 - float(percent.removesuffix("%"))) <= (
        5 if percent < "95" else 9
    )
    assert (bar == "🟩" * 10) == is_done


@pytest.mark.parametrize("count", [1, 2, 3, 6, 18, 19, 29, 30])
def test_rate_and_bar_agree_with_any_stages(count: int) -> None:
    """That is, for every number of boxes and every number of ticked ones."""
    config = (
        f"study-ko: {{stages: {list(range(1, count + 1))}, counted: {list(range(1, count + 1))}}}"
    )
    boxes = study_of(config).boxes
    for ticked in range(len(boxes) + 1):
        lines = [f"{box}: {str(place < ticked).lower()}" for place, box in enumerate(boxes)]
        values = refresh(config, f"⭕첫 학습날: {FIRST}", *lines)
        check_agreement(values, is_done=ticked == len(boxes), is_begun=bool(ticked))


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ("", "0.8"),
        ("counted: [1, 4, 7, 14]", "1"),
        ("counted: [14]", "0.4"),
        ("counted: []", "0.2"),
        ("stages: [1, 4, 7]", "1"),
        ("stages: [1, 4, 7, 14, 30]", "0.83"),
        ("formulas: {fifths: formula.done1 + formula.done14}", "0.4"),
    ],
)
def test_what_counts_in_the_rate(settings: str, rate: str) -> None:
    study = Study(done1=True, done4=True, done7=True, done14=True, long_term=True)
    values = refresh(f"study-ko: {{{settings}}}", *study.source_lines())
    assert values["학습률"] == rate


def test_without_a_long_term_box() -> None:
    config = "study-ko: {names: {long-term: none}, counted: [1, 4, 7, 14], review-status: derive}"
    assert study_of(config).long_term is None
    study = Study(done1=True, done4=True, done7=True, done14=True, long_term=True)
    values = refresh(config, *study.source_lines())
    assert (values["학습률"], values["복습"]) == ("1", "추가 복습")
    assert "장기기억저장여부1,0" not in values


def test_names_of_one_s_own() -> None:
    config = (
        "study-ko:\n  stages: {1: 'say \"one\"', 4: four}\n  review-status: derive\n"
        "  names: {first-day: begun, rate: progress, long-term: known, 복습: state, 사이: gap}\n"
    )
    names = study_of(config)
    assert (names.first_day, names.rate, names.long_term) == ("begun", "progress", "known")
    lines = ("begun: 2024-07-07", "'say \"one\"': true", "four: false", "known: false", "state: x")
    values = refresh(config, *lines)
    assert (values["progress"], values["state"], values["gap"]) == ("0.33", "4일 복습", "112")
    assert "학습률" not in values
    assert "사이" not in values


def test_notes_of_the_old_names_are_no_longer_governed() -> None:
    rules = rules_of("study-ko: {stages: {1: a}, names: {first-day: b, long-term: c}}")
    assert not refresh_text(Study().note(), NOW, rules).is_governed


def test_a_box_may_hold_the_day_of_the_review() -> None:
    note = Study(done1=True).note().replace("❤1일복습여부: true", "❤1일복습여부: 2024-07-08")
    assert refresh_text(note).text is note


def test_names_are_compared_in_one_form() -> None:
    loose = "study-ko: {stages: {1: \u1112\u1161\u11ab}}"
    assert study_of(loose).stages == (Stage(1, "한"),)


PROFILE = [
    ("stages: 4", 20, "must be a list"),
    ("stages: ~", 20, "at least one stage"),
    ("stages: []", 20, "at least one stage"),
    ("stages: {}", 20, "at least one stage"),
    ("stages: [0]", 21, "from 1 to 3650, not `0`"),
    ("stages: [-1]", 21, "not `-1`"),
    ("stages: [1.5]", 21, "not `1.5`"),
    ("stages: [one]", 21, "not `one`"),
    ("stages: [3651]", 21, "not `3651`"),
    (f"stages: [{'9' * 400}]", 21, "not `999"),
    ("stages: [٤]", 21, "from 1 to 3650"),
    ("stages: [[1]]", 21, "must be a text"),
    ("stages: [1, 4, 1]", 27, "Day 1 is here twice; line 1"),
    ("stages: [1, 01]", 24, "Day 1 is here twice"),
    (f"stages: {list(range(1, 10_001))}", 20, "may be 30 stages; there are 10000"),
    ("stages: {1: a, 4: a}", 30, "The name `a` is used"),
    ("stages: {1: ⭕과목}", 24, "The name `⭕과목` is used"),
    ("stages: {1: 🧡4일복습여부, 4: b}", None, None),
    ("stages: {1: 학습률}", 24, "The name `학습률` is used"),
    ("stages: {1: days}", 24, "The name `days` is used"),
    ("stages: {1: ''}", 24, "The box of a stage must be the name of a property, on one line."),
    ('stages: {1: "a\\nb"}', 24, "must be the name of a property"),
    ('stages: {1: "\\e[31m"}', 24, "must be the name of a property"),
    (f"stages: {{1: {'n' * 201}}}", 24, "must be the name of a property"),
    ("stages: {1: 🧑‍🎓 1일}", None, None),
    ('stages: {1: "1일\\u00a0복습", 4: "4일\\u200b복습 "}', None, None),
    ("stages: {1: [a]}", 24, "must be a text"),
    ("counted: [3]", 22, "Day 3 is no stage"),
    ("stages: [1], counted: [4]", 35, "the stages are 1."),
    ("counted: 4", 21, "must be a list"),
    ("names: [a]", 19, "must be names with values"),
    ("names: {subject: 학습률}", 29, "The name `학습률` is used"),
    ("names: {first: a}", 20, "Did you mean `first-day`?"),
    ("names: {❤1일복습여부: a}", 20, "is no name that this profile uses"),
    ("names: {subject: none}", None, None),
    ("names: {⭕과목: s, 🧠장기기억: m, 학습률: r, ⭕학습정도: l, 진행바: b}", None, None),
    ("names: {sub ject: a}", 20, "Did you mean `subject`?"),
    ("formulas: {fifth: '1'}", 30, "Did you mean `fifths`?"),
    ("stages: [1], formulas: {done4: '1'}", 43, "has no formula `done4`"),
    ("stage: [1]", 12, "Did you mean `stages`?"),
]


@pytest.mark.parametrize(("settings", "column", "part"), PROFILE)
def test_what_is_wrong_with_settings(settings: str, column: int | None, part: str | None) -> None:
    _, problems = load(f"study-ko: {{{settings}}}")
    assert len(problems) == (0 if column is None else 1), problems
    for problem in problems:
        assert (problem.line, problem.column) == (1, column)
        assert part
        assert part in problem.message


OWN = "profile: none\nrules:\n  - name: mine\n    study: {%s}\n"


def test_a_rule_set_of_one_s_own_names_its_stages() -> None:
    names = study_of(
        OWN % "first-day: first_study, stages: {4: review_4day, 1: review_1day},"
        " subject: subject, textbook: book, page: p, rate: done, long-term: known, tick: date"
    )
    assert names == StudyNames(
        first_day="first_study",
        stages=(Stage(1, "review_1day"), Stage(4, "review_4day")),
        subject="subject",
        textbook="book",
        page="p",
        rate="done",
        long_term="known",
        tick=Tick.DATE,
    )


@pytest.mark.parametrize(
    ("study", "parts"),
    [
        ("", ["no `first-day`", "no `stages`"]),
        ("first-day: a", ["no `stages`"]),
        ("stages: {1: b}", ["no `first-day`"]),
        ("first-day: a, stages: [1]", ["Name the box of day 1"]),
        ("first-day: a, stages: {1: a}", ["`a` cannot mean two things; line 4"]),
        ("first-day: a, stages: {1: b, 2: b}", ["`b` cannot mean two things"]),
        ("first-day: a, stages: {1: b}, tick: yes", ["`tick` must be true or date"]),
        ("first-day: a, stages: {1: b}, subjekt: c", ["Did you mean `subject`?"]),
        ("first-day: a, stages: {0: b}", ["from 1 to 3650"]),
        ("first-day: [a], stages: {1: b}", ["must be a text"]),
    ],
)
def test_what_is_wrong_with_study_names(study: str, parts: list[str]) -> None:
    _, problems = load(OWN % study)
    assert [problem.line for problem in problems] == [4] * len(parts)
    for problem, part in zip(problems, parts, strict=True):
        assert part in problem.message


def test_no_formula_may_own_a_box() -> None:
    text = OWN % "first-day: a, stages: {1: b}" + "    formulas: {b: 'a', c: 'a'}\n"
    _, problems = load(text)
    assert [(problem.line, problem.property) for problem in problems] == [(5, "b")]
    assert "which you tick" in problems[0].message


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{first}", "F"),
        ("{unknown} {2} {}", "{unknown} {2} {}"),
        ("{stages:<{n}>}", "<1><4>"),
        ("{stages:{first}}", "FF"),
        ("{none:x}-{other:y}", "-{other:y}"),
        ("{odd}", "{n} {first}"),  # what is filled in is not looked at again
        ("{stages:{odd}}", "{n} {first}" * 2),
    ],
)
def test_how_a_template_is_filled(text: str, filled: str) -> None:
    words = {"first": "F", "odd": "{n} {first}"}
    placeholders = Placeholders(words, {"stages": [{"n": "1"}, {"n": "4"}], "none": []}, "stages")
    assert placeholders.fill(text) == filled


def test_names_are_escaped_in_formulas_alone() -> None:
    placeholders = Placeholders({"first": 'a"b\\c'}, {"stages": []}, "stages")
    assert placeholders.fill("{first}") == 'a"b\\c'
    assert placeholders.fill_formula('note["{first}"]') == 'note["a\\"b\\\\c"]'
