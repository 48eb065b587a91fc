"""Rules found in what the study database left behind, held against the profile's own."""

from __future__ import annotations

from datetime import datetime
from itertools import cycle
from random import Random

import pytest

from tests.adopt.exports import (
    ENGLISH,
    compile_proposal,
    draw_study,
    export_study,
    export_without_a_day,
    propose,
    refresh_with,
    rename,
    stale_study,
)
from tests.study.oracle import FIRST, NOW, Study, refresh_text
from vault_sync.adopt.configuration import find_study
from vault_sync.adopt.infer import ColumnKind
from vault_sync.rules.study import Stage

DERIVED = tuple(Study().derived_lines())
OTHER_DAYS = [
    datetime(2023, 12, 31, 9, 5),  # noqa: DTZ001 - civil time
    datetime(2024, 7, 7, 0, 0),  # noqa: DTZ001 - the same
    datetime(2026, 11, 23, 23, 59),  # noqa: DTZ001 - the same
]


def check_equivalence(texts: list[str], names: dict[str, str], others: list[Study]) -> None:
    """Show that rules found in notes give what the profile gives, on other days in turn and other boxes."""
    rules = compile_proposal(propose(rename(text, names) for text in texts))
    for study, now in zip(others, cycle(OTHER_DAYS), strict=False):
        stale = stale_study(study)
        expected = rename(refresh_text(stale, now).text, names)
        assert refresh_with(rules, rename(stale, names), now) == expected


def draw_others(seed: int, *, with_days: bool) -> list[Study]:
    random = Random(seed)  # noqa: S311 - notes for tests
    others = [draw_study(random) for _ in range(16)]
    boxes = [Study(FIRST, *(bool(bits >> place & 1) for place in range(5))) for bits in range(32)]
    without = [study.with_changes(first=None) for study in others[:10]]
    return [*others, *boxes, *([] if with_days else without)]


@pytest.mark.parametrize("names", [{}, ENGLISH], ids=["as they were", "renamed"])
@pytest.mark.parametrize(("count", "seed"), [(15, 3), (40, 1), (120, 2)])
def test_the_profile_is_found_without_being_told(
    count: int, seed: int, names: dict[str, str]
) -> None:
    check_equivalence(export_study(count, seed), names, draw_others(seed + 100, with_days=True))


@pytest.mark.parametrize("names", [{}, ENGLISH], ids=["as they were", "renamed"])
def test_notes_without_a_day_teach_what_those_hold(names: dict[str, str]) -> None:
    random = Random(5)  # noqa: S311 - notes for tests
    without = [export_without_a_day(draw_study(random)) for _ in range(8)]
    check_equivalence([*export_study(40, 5), *without], names, draw_others(7, with_days=False))


def test_two_days_of_export_are_two_days() -> None:
    later = datetime(2024, 11, 2, 18, 30)  # noqa: DTZ001 - civil time
    texts = [*export_study(30, 8), *export_study(20, 9, later)]
    proposal = propose(texts)
    assert {moment.date() for moment in proposal.evidence.moments.values()} == {
        NOW.date(),
        later.date(),
    }
    assert [column.name for column in proposal.derived] == list(DERIVED)
    check_equivalence(texts, {}, draw_others(10, with_days=True))


def test_a_few_notes_that_differ_are_named_and_do_not_matter() -> None:
    texts = export_study(60, 11)
    texts[7] = texts[7].replace("\n학습률: ", "\n학습률: 9")
    texts[9] = texts[9].replace("\n4일후(text): 20", "\n4일후(text): 19")
    found = {column.name: column for column in propose(texts).derived}
    assert found["학습률"].score.agree == 59
    assert [entry.path for entry in found["학습률"].score.disagreements] == ["Notes/007.md"]
    assert [entry.path for entry in found["4일후(text)"].score.disagreements] == ["Notes/009.md"]
    check_equivalence(texts, {}, draw_others(12, with_days=True))


def test_every_derived_property_is_proposed_and_nothing_else() -> None:
    proposal = propose(export_study(40, 1))
    assert [column.name for column in proposal.derived] == list(DERIVED)
    assert all(column.score.agree == column.score.total == 40 for column in proposal.derived)
    kinds = {one.name: one.kind for one in proposal.columns if one.kind is not ColumnKind.DERIVED}
    assert kinds == {
        "⭕첫 학습날": ColumnKind.SOURCE,
        "⭕과목": ColumnKind.CONSTANT,
        "⭕교재": ColumnKind.CONSTANT,
        "⭕페이지": ColumnKind.CONSTANT,
        "⭕학습정도": ColumnKind.CONSTANT,
        "❤1일복습여부": ColumnKind.SOURCE,
        "🧡4일복습여부": ColumnKind.SOURCE,
        "💛7일복습여부": ColumnKind.SOURCE,
        "💚14일복습여부": ColumnKind.OWN,
        "🧠장기기억": ColumnKind.SOURCE,
        "복습": ColumnKind.CONSTANT,
    }


def test_the_stages_are_found() -> None:
    study = find_study(propose(export_study(40, 1)))
    assert study
    assert study.first_day == "⭕첫 학습날"
    assert study.stages == (
        Stage(1, "❤1일복습여부"),
        Stage(4, "🧡4일복습여부"),
        Stage(7, "💛7일복습여부"),
        Stage(14, "💚14일복습여부"),
    )
    assert (study.subject, study.textbook, study.page) == ("⭕과목", "⭕교재", "⭕페이지")
    assert (study.rate, study.long_term) == ("학습률", "🧠장기기억")


def test_names_without_numbers_tell_no_stages() -> None:
    assert find_study(propose(rename(text, ENGLISH) for text in export_study(40, 1))) is None


def next_status(study: Study) -> str:
    if study.long_term:
        return "장기기억"
    boxes = {1: study.done1, 4: study.done4, 7: study.done7, 14: study.done14}
    return next((f"{n}일 복습" for n, done in boxes.items() if not done), "추가 복습")


def test_the_text_of_the_next_review_is_found_where_people_did_not_choose_it() -> None:
    random = Random(13)  # noqa: S311 - notes for tests
    drawn = [draw_study(random) for _ in range(80)]
    texts = [study.with_changes(status=next_status(study)).note() for study in drawn]
    rules = compile_proposal(propose(texts))
    for study in draw_others(14, with_days=True):
        right = study.with_changes(status=next_status(study)).note()
        wrong = study.with_changes(status="x").note()
        assert refresh_with(rules, wrong, NOW) == right


def test_where_people_often_chose_it_themselves_it_is_shown_and_not_proposed() -> None:
    random = Random(15)  # noqa: S311 - notes for tests
    drawn = [draw_study(random) for _ in range(80)]
    statuses = [
        next_status(study) if number % 5 else "추가 복습" for number, study in enumerate(drawn)
    ]
    pairs = zip(drawn, statuses, strict=True)
    proposal = propose(study.with_changes(status=status).note() for study, status in pairs)
    (status,) = [column for column in proposal.columns if column.name == "복습"]
    assert status.kind in {ColumnKind.NEAR, ColumnKind.OWN}
