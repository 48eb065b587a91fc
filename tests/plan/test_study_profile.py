"""The study profile, held against a second account of its values."""

from __future__ import annotations

import itertools
import unicodedata
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study.oracle import BODY, FIRST, NOW, Study, join, refresh_text, study_rules
from vault_sync.plan.evaluation import Daily
from vault_sync.rules.sources import Mode

FULL = Study(done1=True, done4=True, done7=True, done14=True)
DERIVED = tuple(FULL.derived_lines())
DAILY = {"🛑오늘", "🛑첫학습후 몇일째?", "오늘1", "오늘2", "오늘과 첫학습날 사이", "사이"}
LATER = datetime(2026, 11, 23, 9, 5)  # noqa: DTZ001 - local time


def test_a_true_note_is_left_alone() -> None:
    note = FULL.note()
    plan = refresh_text(note)
    assert plan.text is note
    assert plan.is_governed
    assert not plan.problems


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no frontmatter\n",
        "---\ntitle: other\ntags: [a]\n---\n",
        "---\ntitle: mentions ❤1일복습여부 in a value\n---\n",
        f"---\nvault-sync: false\n{Study().sources_only()[4:]}",
        f"---\nexcalidraw-plugin: parsed\n{Study().sources_only()[4:]}",
    ],
)
def test_notes_that_are_not_ours_are_left_alone(text: str) -> None:
    plan = refresh_text(text)
    assert plan.text is text
    assert not plan.problems


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("stale", ["낡은 값", '"낡은 값"', "'낡은 값'", "", "~", "null", '""'])
def test_every_stale_value_becomes_true(name: str, stale: str) -> None:
    key = FULL.derived_lines()[name].split(": ")[0]
    plan = refresh_text(FULL.note(**{name: f"{key}: {stale}"}))
    assert [change.property for change in plan.changes] == [name]
    written = next(line for line in plan.text.split("\n") if line.startswith(f"{key}:"))
    assert unquote(written) == unquote(FULL.derived_lines()[name])
    if stale.startswith("'"):
        assert written.endswith("'")
    elif stale.startswith('"'):
        assert written.endswith('"')
    else:
        assert written == FULL.derived_lines()[name]


def unquote(line: str) -> str:
    key, _, value = line.partition(": ")
    return f"{key}: {value.strip(chr(34) + chr(39))}"


@pytest.mark.parametrize("name", DERIVED)
def test_every_missing_property_comes_back_to_its_place(name: str) -> None:
    assert refresh_text(FULL.note(**{name: None})).text == FULL.note()


def test_all_derived_properties_are_added_in_order() -> None:
    plan = refresh_text(FULL.sources_only())
    assert plan.text == FULL.note()
    assert tuple(change.property for change in plan.changes) == DERIVED


@given(missing=st.sets(st.sampled_from(DERIVED)))
def test_any_missing_properties_come_back_to_their_places(missing: set[str]) -> None:
    assert refresh_text(FULL.note(**dict.fromkeys(missing))).text == FULL.note()


def test_missing_skip_adds_nothing() -> None:
    note = FULL.sources_only()
    assert refresh_text(note, rules=study_rules(is_adding=False)).text is note


def test_another_day_changes_only_what_depends_on_it() -> None:
    plan = refresh_text(FULL.note(), LATER)
    assert {change.property for change in plan.changes} == DAILY
    assert plan.text == FULL.note(LATER)


def test_an_instant_alone_is_no_reason_to_write() -> None:
    note = FULL.note()
    assert refresh_text(note, NOW + timedelta(hours=2)).text is note


def test_an_instant_of_another_day_is() -> None:
    yesterday = '오늘1: "@2024년 10월 26일 오후 2:01"'
    assert refresh_text(FULL.note(오늘1=yesterday)).text == FULL.note()


def test_an_instant_is_refreshed_when_the_note_is_written_anyway() -> None:
    later = NOW + timedelta(hours=2)
    assert refresh_text(FULL.note(사이='사이: "0"'), later).text == FULL.note(later)


@pytest.mark.parametrize("ticks", list(itertools.product([False, True], repeat=5)))
def test_every_mix_of_boxes(ticks: tuple[bool, ...]) -> None:
    study = Study(FIRST, *ticks)
    assert refresh_text(study.sources_only()).text == study.note()


def test_nothing_done_is_a_single_square() -> None:
    assert "진행바: ⬜ 0%\n" in refresh_text(Study().sources_only()).text


def test_long_term_memory_alone_counts() -> None:
    text = refresh_text(Study(long_term=True).sources_only()).text
    assert '학습률: "0.2"\n' in text
    assert "진행바: 🟩🟩⬜⬜⬜⬜⬜⬜⬜⬜ 20%\n" in text


@given(
    first=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    now=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - local time
    ticks=st.tuples(*[st.booleans()] * 5),
)
def test_any_day_and_any_boxes(first: date, now: datetime, ticks: tuple[bool, ...]) -> None:
    study = Study(first, *ticks)
    text = refresh_text(study.sources_only(), now).text
    assert text == study.note(now)
    assert refresh_text(text, now).text is text


def test_a_first_day_in_the_future_counts_below_zero() -> None:
    text = refresh_text(Study(first=date(2024, 10, 30)).sources_only()).text
    assert "🛑첫학습후 몇일째?: 첫 학습 후 ❤-3일째❤\n" in text
    assert '사이: "-3"\n' in text


class TestWithoutAFirstDay:
    def test_nothing_is_added(self) -> None:
        note = Study(first=None).sources_only()
        assert refresh_text(note).text is note

    def test_what_held_a_date_is_emptied_and_the_rest_kept_true(self) -> None:
        stale = Study(done1=True).derived_lines()
        study = Study(first=None, done1=True)
        text = refresh_text(join([*study.source_lines(), *stale.values()])).text
        emptied = {
            "🛑첫날": '🛑첫날: "✏첫날 :"',
            "🛑첫학습후 몇일째?": "🛑첫학습후 몇일째?: 첫 학습 후 ❤일째❤",
            **{
                f"🛑{n}일후": f'🛑{n}일후: "{m}{n}일뒤 : "'
                for n, m in ((4, "🥉"), (7, "🥈"), (14, "🥇"))
            },
            **{f"{n}일후": f"{n}일후:" for n in (4, 7, 14)},
            **{f"{n}일후(text)": f"{n}일후(text):" for n in (4, 7, 14)},
            "첫학습날text": "첫학습날text:",
            "오늘과 첫학습날 사이": "오늘과 첫학습날 사이:",
            "사이": "사이:",
        }
        assert text == join([*study.source_lines(), *{**stale, **emptied}.values()])
        assert refresh_text(text).text is text

    def test_a_note_comes_back_when_the_day_does(self) -> None:
        study = Study(done1=True)
        empty = study.note().replace("⭕첫 학습날: 2024-07-07", "⭕첫 학습날:")
        back = refresh_text(empty).text.replace("⭕첫 학습날:", "⭕첫 학습날: 2024-07-07")
        assert refresh_text(back).text == study.note()


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-07-07",
        '"2024-07-07"',
        "'2024-07-07'",
        "2024/07/07",
        "2024/7/7",
        "2024.07.07",
        "2024. 7. 7.",
        "2024-07-07T09:30",
        "2024-07-07T09:30:00",
        "2024-07-07 09:30",
        "2024년 7월 7일",
        '"@2024년 7월 7일"',
        "2024년 7월 7일 오후 2:01",
        "2024-07-07 # 첫날",
    ],
)
def test_spellings_of_the_first_day(spelling: str) -> None:
    note = FULL.sources_only().replace("⭕첫 학습날: 2024-07-07", f"⭕첫 학습날: {spelling}")
    plan = refresh_text(note)
    assert not plan.problems
    assert plan.text == FULL.note().replace("⭕첫 학습날: 2024-07-07", f"⭕첫 학습날: {spelling}")


@pytest.mark.parametrize(
    "spelling",
    [
        "07/08/2024",
        "7.8.24",
        "2024-02-30",
        "2024-13-01",
        "2024/02/30",
        "20240707",
        "곧",
        "[1, 2]",
        "[[2024-07-07]]",
    ],
)
def test_a_day_that_cannot_be_read_is_refused_once_and_the_rest_goes_on(spelling: str) -> None:
    note = FULL.note(학습률='학습률: "0"').replace("2024-07-07", spelling, 1)
    plan = refresh_text(note)
    assert [problem.line for problem in plan.problems] == [2]
    assert plan.problems[0].property == "⭕첫 학습날"
    assert plan.text == FULL.note().replace("2024-07-07", spelling, 1)


def test_a_day_that_cannot_be_read_adds_nothing() -> None:
    note = FULL.sources_only().replace("2024-07-07", "07/08/2024")
    assert refresh_text(note).text is note


@pytest.mark.parametrize("empty", ["", " ", " ~", " null", ' ""'])
def test_an_empty_box_is_not_done(empty: str) -> None:
    note = FULL.sources_only().replace("❤1일복습여부: true", f"❤1일복습여부:{empty}")
    expected = FULL.with_changes(done1=False).note()
    assert refresh_text(note).text == expected.replace(
        "❤1일복습여부: false", f"❤1일복습여부:{empty}"
    )


@pytest.mark.parametrize("ticked", ["true", '"true"', "'true'", "True"])
def test_spellings_of_a_ticked_box(ticked: str) -> None:
    note = FULL.note().replace("❤1일복습여부: true", f"❤1일복습여부: {ticked}")
    assert refresh_text(note).text is note


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_either_unicode_form(form: str) -> None:
    normal = unicodedata.normalize(form, FULL.note(학습률='학습률: "0"'))  # type: ignore[arg-type]  # a literal in the list above
    plan = refresh_text(normal)
    assert [change.property for change in plan.changes] == ["학습률"]
    key = unicodedata.normalize(form, "학습률")  # type: ignore[arg-type]  # the same
    assert plan.text == normal.replace(f'{key}: "0"', f'{key}: "0.6"')


def test_trailing_comments_stay() -> None:
    note = FULL.note(학습률='학습률: "0" # 손대지 말 것', 진행바="진행바: ⬜ 0% # 바")
    text = refresh_text(note).text
    assert '학습률: "0.6" # 손대지 말 것\n' in text
    assert "진행바: 🟩🟩🟩🟩🟩🟩⬜⬜⬜⬜ 60% # 바\n" in text


def test_an_unquoted_number_stays_unquoted() -> None:
    assert "학습률: 0.6\n" in refresh_text(FULL.note(학습률="학습률: 0.4")).text
    note = FULL.note(학습률="학습률: 0.6")
    assert refresh_text(note).text is note


STAGES = [
    (Study(), "1일 복습"),
    (Study(done1=True), "4일 복습"),
    (Study(done1=True, done4=True), "7일 복습"),
    (Study(done1=True, done4=True, done7=True), "14일 복습"),
    (FULL, "추가 복습"),
    (FULL.with_changes(long_term=True), "장기기억"),
    (Study(long_term=True), "장기기억"),
]


@pytest.mark.parametrize(("study", "stage"), STAGES)
def test_the_next_stage(study: Study, stage: str) -> None:
    other = study.with_changes(status="내가 고름")
    empty = study.with_changes(status="")
    derived = study.with_changes(status=stage)
    kept = other.note()
    assert refresh_text(kept).text is kept
    assert refresh_text(empty.note()).text == empty.note()
    assert refresh_text(kept, rules=study_rules(Mode.FILL)).text is kept
    filled = refresh_text(empty.note(), rules=study_rules(Mode.FILL)).text
    assert filled == derived.note()
    assert refresh_text(kept, rules=study_rules(Mode.DERIVE)).text == derived.note()


def test_the_body_is_no_part_of_it() -> None:
    note = FULL.note() + '\n---\n학습률: "0"\n---\n'
    assert refresh_text(note).text is note
    assert note.count(BODY) == 1


FINISHED = {
    "finished": Study(done1=True, done4=True, done7=True, done14=True),
    "not finished": Study(done1=True),
}
NEXT_DAY = NOW + timedelta(days=1)


@pytest.mark.parametrize("study", FINISHED)
@pytest.mark.parametrize(
    ("daily", "written"),
    [
        (Daily.ALWAYS, {"finished", "not finished"}),
        (Daily.WHILE_DUE, {"not finished"}),
        (Daily.ELSEWHERE, set[str]()),
    ],
)
def test_what_the_day_alone_changes_is_written_where_it_is_wanted(
    study: str, daily: Daily, written: set[str]
) -> None:
    note = FINISHED[study].note(NOW)
    plan = refresh_text(note, NEXT_DAY, daily=daily)
    assert (plan.text != note) == (study in written)
    stale = note.replace('학습률: "', '학습률: "1')
    assert stale != note
    both = refresh_text(stale, NEXT_DAY, daily=daily)  # another reason takes the day along
    assert both.text == FINISHED[study].note(NEXT_DAY)
