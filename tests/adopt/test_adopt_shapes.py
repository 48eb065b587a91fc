"""Shapes of values in other people's databases: what is found behind them, and what is not."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.adopt.exports import (
    compile_proposal,
    export_without_a_day,
    propose,
    propose_for,
    write_note,
)
from tests.study.oracle import Study
from vault_sync.adopt.configuration import find_study, render_rules
from vault_sync.adopt.evidence import find_unread_dates
from vault_sync.adopt.infer import ColumnKind
from vault_sync.adopt.output import describe_proposal, render_proposal
from vault_sync.adopt.table import Sample
from vault_sync.i18n import Language
from vault_sync.rules.study import Stage, Tick

if TYPE_CHECKING:
    from collections.abc import Callable

FROZEN = date(2025, 3, 9)
Row = dict[str, Any]


def draw_rows(count: int = 40, seed: int = 1) -> list[Row]:
    """Return notes with a date, three boxes, and nothing that is calculated."""
    random = Random(seed)  # noqa: S311 - notes for tests
    return [
        {
            "start": FROZEN - timedelta(days=random.randrange(1, 200)),
            **{name: random.choice(["true", "false"]) for name in ("a", "b", "c")},
            "title": random.choice(["one", "two", "three", "four"]),
        }
        for _ in range(count)
    ]


def days(row: Row) -> int:
    start: date = row["start"]
    return (FROZEN - start).days


def done(row: Row) -> int:
    return sum(row[name] == "true" for name in "abc")


def later(row: Row, count: int) -> date:
    day: date = row["start"] + timedelta(days=count)
    return day


FOUND: list[tuple[Callable[[Row], object], str]] = [
    (lambda row: later(row, 7), 'if(start, start + "7d")'),
    (lambda row: f"{later(row, -3):%Y/%m/%d}", 'if(start, (start - "3d").format("YYYY/MM/DD"))'),
    (lambda row: f"{later(row, 4):%Y/%m/%d}", 'if(start, (start + "4d").format("YYYY/MM/DD"))'),
    (lambda row: f"{later(row, 4):%B} {later(row, 4).day}, {later(row, 4).year}",
     'if(start, (start + "4d").format("MMMM D, YYYY", "en"))'),
    (lambda row: f"{later(row, 4).day} {later(row, 4):%b %Y}",
     'if(start, (start + "4d").format("D MMM YYYY", "en"))'),
    (lambda row: f"{later(row, 40):%d.%m.%Y}", 'if(start, (start + "40d").format("DD.MM.YYYY"))'),
    (lambda row: f"{later(row, 40):%m/%d/%Y}", 'if(start, (start + "40d").format("MM/DD/YYYY"))'),
    (lambda row: f"{later(row, 40):%d/%m/%Y}", 'if(start, (start + "40d").format("DD/MM/YYYY"))'),
    (lambda row: f"due {later(row, 4)} at noon",
     'if(start, "due " + (start + "4d").format("YYYY-MM-DD") + " at noon")'),
    (lambda row: f"{row['start']:%Y/%m/%d} ({days(row)} days)",
     'if(start, start.format("YYYY/MM/DD") + " (" + (today() - start).days + " days)")'),
    (days, "if(start, (today() - start).days)"),
    (lambda row: f'"{days(row)}"', "if(start, (today() - start).days.toString())"),
    (lambda row: 30 - days(row), 'if(start, (start + "30d" - today()).days)'),
    (lambda row: 1 if row["b"] == "true" else 0, "if(b, 1, 0)"),
    (lambda row: "open" if row["b"] == "false" else "done", 'if(b, "done", "open")'),
    (lambda row: done(row) * 20, "[a, b, c].filter(value).length * 20"),
    (lambda row: f"{done(row)}/3", '[a, b, c].filter(value).length + "/3"'),
    (lambda row: round(done(row) / 3 + 1e-9, 2), "([a, b, c].filter(value).length / 3).round(2)"),
    (lambda row: f"{int(done(row) / 3 * 100 + 0.5)}%",
     '([a, b, c].filter(value).length * 100 / 3).round() + "%"'),
    (lambda row: 2 * (row["a"] == "true") + 3 * (row["c"] == "true"), "if(a, 2, 0) + if(c, 3, 0)"),
    (lambda row: "■" * done(row) + "□" * (3 - done(row)),
     '"■".repeat([a, b, c].filter(value).length) + "□".repeat(3 - [a, b, c].filter(value).length)'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "formula"), FOUND)
def test_what_is_found(value: Callable[[Row], object], formula: str) -> None:
    rows = [{**row, "since": days(row), "x": value(row)} for row in draw_rows()]
    found = propose_for(rows)["x"]
    assert (found.kind, found.formula) == (ColumnKind.DERIVED, formula)
    assert found.score.agree == found.score.total == len(rows)


def test_two_boxes_together() -> None:
    rows = [
        {**row, "x": "both" if row["a"] == row["c"] == "true" else "not both"}
        for row in draw_rows()
    ]
    found = propose_for(rows)["x"]
    assert found.kind is ColumnKind.DERIVED
    assert found.formula in {
        'if(!a, "not both", if(c, "both", "not both"))',
        'if(!c, "not both", if(a, "both", "not both"))',
    }


def test_today_alone_tells_nothing_without_a_count_of_days() -> None:
    rows = [{**row, "now": FROZEN} for row in draw_rows()]
    assert propose_for(rows)["now"].kind is ColumnKind.CONSTANT
    counted = propose_for([{**row, "since": days(row)} for row in rows])
    assert (counted["now"].kind, counted["now"].formula) == (ColumnKind.DERIVED, "today()")


def test_a_day_of_export_is_no_date_to_count_from() -> None:
    rows = []
    for number, row in enumerate(draw_rows(60)):
        exported = FROZEN + timedelta(days=number % 3)
        rows.append({**row, "exported": exported, "age": (exported - row["start"]).days})
    found = propose_for(rows)
    assert found["exported"].formula == "today()"
    assert found["age"].formula == "if(start, (today() - start).days)"


def test_a_count_that_begins_with_one_is_known_by_the_day() -> None:
    rows = [{**row, "n": days(row) + 1, "now": f"on {FROZEN}"} for row in draw_rows()]
    assert propose_for(rows)["n"].formula == "if(start, (today() - start).days + 1)"


def test_a_flag_that_asks_the_day_and_a_box() -> None:
    rows = [
        {
            **row,
            "since": days(row),
            "week": later(row, 7),
            "now!": "yes, now" if days(row) >= 7 and row["a"] == "false" else "not now",
        }
        for row in draw_rows(80)
    ]
    found = propose_for(rows)["now!"]
    assert found.kind is ColumnKind.DERIVED
    assert found.score.agree == 80


@pytest.mark.parametrize(
    ("words", "formula"),
    [
        (("Yes", "No"), 'if(a == "Yes", 1, 0)'),
        (("예", "아니요"), 'if(a == "예", 1, 0)'),
        (('"true"', '"false"'), 'if(a.toString().lower() == "true", 1, 0)'),
        (("true", None), "if(a, 1, 0)"),
    ],
)
def test_boxes_in_other_words(words: tuple[str, str | None], formula: str) -> None:
    rows = [{"a": words[row["a"] != "true"], "x": int(row["a"] == "true")} for row in draw_rows()]
    assert propose_for(rows)["x"].formula == formula


def test_of_two_dates_the_simpler_one_is_taken_and_the_other_named() -> None:
    rows = [
        {"first": row["start"], "second": later(row, 4), "x": f"{later(row, 7):%Y/%m/%d}"}
        for row in draw_rows()
    ]
    found = propose_for(rows)
    assert found["second"].formula == 'if(first, first + "4d")'
    assert found["x"].formula == 'if(first, (first + "7d").format("YYYY/MM/DD"))'
    random = Random(3)  # noqa: S311 - notes for tests
    loose = [
        {**row, "second": row["second"] + timedelta(days=random.choice([0] * 9 + [1]))}
        for row in rows
    ]
    assert propose_for(loose)["x"].formula == found["x"].formula


def test_two_boxes_that_say_the_same_are_both_named() -> None:
    rows = [
        {"a": row["a"], "other": row["a"], "flag a": int(row["a"] == "true")} for row in draw_rows()
    ]
    found = propose_for(rows)["flag a"]
    assert found.formula == "if(a, 1, 0)"
    assert "if(other, 1, 0)" in found.alternatives


def test_chance_is_no_rule() -> None:
    random = Random(2)  # noqa: S311 - notes for tests
    rows = [
        {
            **row,
            "since": days(row),
            "mood": random.choice(["good", "bad"]),
            "score": random.randrange(10),
            "seen": FROZEN - timedelta(days=random.randrange(300)),
            "bar": "🟩" * (full := random.randrange(1, 10)) + "⬜" * (10 - full),
        }
        for row in draw_rows(60)
    ]
    kinds = {name: column.kind for name, column in propose_for(rows).items()}
    assert {name for name, kind in kinds.items() if kind is ColumnKind.DERIVED} == {"since"}
    assert {kinds[name] for name in ("mood", "score", "seen", "bar", "title")} == {ColumnKind.OWN}


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_notes_tell_nothing(count: int) -> None:
    found = propose_for([{**row, "x": later(row, 7)} for row in draw_rows(count)])
    assert not [column for column in found.values() if column.kind is ColumnKind.DERIVED]


def test_what_never_varies_is_said_to_be_constant() -> None:
    rows = [{**row, "x": "2025-01-01", "y": "🟩🟩⬜ 60%", "z": 0} for row in draw_rows()]
    found = propose_for(rows)
    assert {found[name].kind for name in "xyz"} == {ColumnKind.CONSTANT}


def test_notes_of_two_kinds_get_two_rule_sets() -> None:
    studied = [{**row, "x": later(row, 7)} for row in draw_rows()]
    planned = [{"begin": row["start"], "deadline": later(row, 14)} for row in draw_rows(30, seed=9)]
    rules = compile_proposal(propose(map(write_note, [*studied, *planned])))
    assert {tuple(one.owned) for one in rules} == {("x",), ("deadline",)}


NAMES = [
    'quo"te', "back\\slash", "co: lon", "#hash", "note", "value", "if", "1 day", "a'b", "- dash",
    "한글 이름", "🛑emoji", "file.name", "[x]", "{y}", "=1+1", "null", "true",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_can_be_read_and_written(name: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    rows = [{quoted: row["start"], "x": later(row, 7), "y": later(row, 8)} for row in draw_rows()]
    (rules,) = compile_proposal(propose(map(write_note, rows)))
    assert sorted(rules.owned) == ["x", "y"]
    derived = [{"start": row["start"], quoted: f"{later(row, 7):%Y/%m/%d}"} for row in draw_rows()]
    (rules,) = compile_proposal(propose(map(write_note, derived)))
    assert list(rules.owned) == [name]


def public_row(random: Random) -> Row:
    """Return a note in a style seen in public: dates for reviews that are done, else nothing."""
    first = date(2025, 1, 1) + timedelta(days=random.randrange(60))
    count = random.randrange(5)
    reviews = {
        f"review_{n}day": first + timedelta(days=n + random.randrange(3)) if place < count else None
        for place, n in enumerate((1, 4, 7, 14))
    }
    status = "시작 전" if not count else "완료" if count == 4 else "복습 중"
    subject, chapter = random.choice(["수학", "영어"]), random.randrange(9)
    return {
        "subject": subject,
        "chapter": chapter,
        "first_study": first,
        **reviews,
        "status": status,
    }


@pytest.mark.parametrize("count", [12, 40])
def test_the_public_style_of_dates_when_done(count: int) -> None:
    random = Random(4)  # noqa: S311 - notes for tests
    rows = [public_row(random) for _ in range(count)]
    proposal = propose(map(write_note, rows))
    study = find_study(proposal)
    assert study
    assert (study.first_day, study.subject, study.page) == ("first_study", "subject", "chapter")
    assert study.stages == tuple(Stage(n, f"review_{n}day") for n in (1, 4, 7, 14))
    assert study.tick is Tick.DATE
    (rules,) = compile_proposal(proposal)
    assert rules.study == study
    assert set(rules.owned) <= {"status"}
    assert (count < 20) or set(rules.owned) == {"status"}


def test_the_next_review_is_found_where_notes_have_it() -> None:
    random = Random(6)  # noqa: S311 - notes for tests
    rows = []
    for row in (public_row(random) for _ in range(50)):
        open_ = [n for n in (1, 4, 7, 14) if not row[f"review_{n}day"]]
        due = row["first_study"] + timedelta(days=open_[0]) if open_ else None
        rows.append({**row, "next": due})
    found = propose_for(rows)["next"]
    assert found.kind is ColumnKind.DERIVED
    assert found.score.agree == found.score.total == 50


def test_reviews_that_nobody_has_done_yet_are_stages_as_well() -> None:
    random = Random(7)  # noqa: S311 - notes for tests
    rows = [{**public_row(random), "review_14day": None} for _ in range(30)]
    study = find_study(propose(map(write_note, rows)))
    assert study
    assert [stage.days for stage in study.stages] == [1, 4, 7, 14]


def test_reviews_that_were_always_done_on_their_day_are_no_formula() -> None:
    random = Random(8)  # noqa: S311 - notes for tests
    drawn = [public_row(random) for _ in range(30)]
    rows = [{**row, "review_1day": row["first_study"] + timedelta(days=1)} for row in drawn]
    proposal = propose(map(write_note, rows))
    study = find_study(proposal)
    assert study
    assert [stage.days for stage in study.stages] == [1, 4, 7, 14]
    assert not any("review" in column.name for column in proposal.derived)


def test_boxes_that_are_only_counted_name_no_days() -> None:
    rows = [
        {"start": row["start"], **{f"review {n}": row[name] for n, name in enumerate("abc", 1)}}
        for row in draw_rows()
    ]
    assert find_study(propose(map(write_note, rows))) is None


def test_a_copy_of_another_date_is_not_proposed() -> None:
    """Whatever it is called: it may be the owner's own, as `lastmod` is beside `date`."""
    rows = [{"date": row["start"], "lastmod": row["start"]} for row in draw_rows(60)]
    for place in (3, 9, 20, 51):
        rows[place]["lastmod"] += timedelta(days=20)
    proposal = propose(map(write_note, rows))
    assert not proposal.derived
    kinds = {one.name: one.kind for one in proposal.columns}
    assert kinds == {"date": ColumnKind.OWN, "lastmod": ColumnKind.COPY}
    assert [one.formula for one in proposal.with_copies().derived] == ["if(date, date)"]


@pytest.mark.parametrize("edited", [0, 3])
@pytest.mark.parametrize("spelling", ["%Y-%m-%d", "%Y/%m/%d", "%Y년 %m월 %d일"])
def test_a_copy_in_any_spelling_is_none(edited: int, spelling: str) -> None:
    rows = [dict.fromkeys(["made", "seen"], row["start"].strftime(spelling)) for row in draw_rows()]
    for row in rows[:edited]:
        row["seen"] = "2031-01-01"
    assert not propose(map(write_note, rows)).derived


def test_a_date_in_another_spelling_is_calculated_unless_somebody_edited_it() -> None:
    rows = [{"start": row["start"], "text": f"{row['start']:%Y/%m/%d}"} for row in draw_rows()]
    assert propose_for(rows)["text"].kind is ColumnKind.DERIVED
    rows[5]["text"] = "2031/01/01"
    assert propose_for(rows)["text"].kind is ColumnKind.COPY


def test_an_age_may_be_counted_from_the_one_of_two_dates_that_was_edited() -> None:
    rows = [{"made": row["start"], "seen": row["start"]} for row in draw_rows(60)]
    for row in rows[:5]:
        row["seen"] += timedelta(days=9)
    found = propose_for([{**row, "age": (FROZEN - row["seen"]).days} for row in rows])["age"]
    assert (found.kind, found.formula) == (ColumnKind.DERIVED, "if(seen, (today() - seen).days)")


def ticked_together() -> list[Row]:
    """Return notes in which the 4-, 7- and 14-day boxes were always ticked together."""
    patterns = [(0, 0, 0), (0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 1, 0), (0, 0, 1)] * 2
    return [
        {
            "box 1": str(bool(one)).lower(),
            **{f"box {n}": str(bool(many)).lower() for n in (4, 7, 14)},
            "known": str(bool(known)).lower(),
            "flag of day 4": many,
            "flag of day 7": many,
            "rate": f'"{round((one + 2 * many + known) / 5, 1):g}"',
            "bar": "⬜ 0%"
            if not (sum_ := one + 2 * many + known)
            else "🟩" * (2 * sum_) + "⬜" * (10 - 2 * sum_) + f" {20 * sum_}%",
        }
        for one, many, known in patterns
    ]


def test_of_boxes_that_no_note_tells_apart_names_and_equal_weights_decide() -> None:
    found = propose_for(ticked_together())
    assert found["flag of day 4"].formula == 'if(note["box 4"], 1, 0)'
    assert found["flag of day 7"].formula == 'if(note["box 7"], 1, 0)'
    counted = '[note["box 1"], note["box 4"], note["box 7"], known].filter(value).length'
    assert found["rate"].formula == f"({counted} / 5).round(1).toString()"
    assert found["bar"].kind is ColumnKind.DERIVED
    assert found["bar"].formula.count(counted) == 4
    assert "box 14" not in found["bar"].formula


def test_it_is_said_that_no_note_decides() -> None:
    proposal = propose(map(write_note, ticked_together()))
    sample = Sample(proposal.evidence.table.notes, 14, 14, [])
    told = "\n".join(render_proposal(proposal, sample, Language()))
    assert "which of them counts:\n    box 4, box 7, box 14\n" in told
    assert "rate  14 of 14 notes agree; none of them tells this formula from the next one\n" in told
    assert "none of them tells" in render_rules(proposal, Language())
    described = describe_proposal(proposal, sample, Language())
    assert described["undecidable"] == [["box 4", "box 7", "box 14"]]
    rate = next(one for one in described["properties"] if one["property"] == "rate")
    assert rate["distinguish"] == 0
    assert "box 14" in rate["next_formula"]


def test_the_notes_that_distinguish_two_formulas_are_counted() -> None:
    rows = [{"a": row["a"], "b": row["a"], "x": int(row["a"] == "true")} for row in draw_rows(80)]
    for row in rows[:1]:
        row["b"] = "false" if row["a"] == "true" else "true"
    found = propose_for(rows)["x"]
    assert (found.formula, found.rival, found.told_apart) == ("if(a, 1, 0)", "if(b, 1, 0)", 1)


def test_boxes_in_several_words_at_once() -> None:
    words = {"true": ["true", "Yes", "YES"], "false": ["false", "No", "no"]}
    rows = [
        {"a": words[row["a"]][number % 3], "x": int(row["a"] == "true")}
        for number, row in enumerate(draw_rows())
    ]
    found = propose_for(rows)["x"]
    assert (found.kind, found.score.agree) == (ColumnKind.DERIVED, 40)


def test_reviews_in_words_are_stages_as_well() -> None:
    random = Random(5)  # noqa: S311 - notes for tests
    rows = [
        {"start": row["start"], **{f"day {n}": random.choice(["Yes", "No"]) for n in (1, 4, 7)}}
        for row in draw_rows()
    ]
    study = find_study(propose(map(write_note, rows)))
    assert study
    assert [stage.days for stage in study.stages] == [1, 4, 7]


def test_dates_of_other_languages_are_found() -> None:
    rows = []
    for row in draw_rows():
        day = later(row, 4)
        rows.append(
            {"a": f"{row['start']:%Y年%m月%d日}", "b": f"{day.year}年{day.month}月{day.day}日"}
        )
    found = propose_for(rows)["b"]
    assert found.formula == 'if(a, (date(a).date() + "4d").format("YYYY年M月D日"))'


@pytest.mark.parametrize(
    "text",
    [
        "2024년 7월 7일 → 2024년 7월 9일",
        "July 7, 2024 → July 9, 2024",
        "2024/07/07 9:00 (GMT+9)",
        "2024년 7월 7일 오전 9:00 (GMT+9) → 오후 1:00",
        "Invalid date",
        "@July 7, 2024 9:00 AM (GMT+9)",
    ],
)
def test_dates_that_cannot_be_read_are_named_and_do_not_hide_the_others(text: str) -> None:
    rows = [{"start": row["start"], "x": later(row, 7)} for row in draw_rows()]
    for row in rows[4:14]:
        row["start"], row["x"] = f'"{text}"', None
    proposal = propose(map(write_note, rows))
    ((column, where),) = find_unread_dates(proposal.evidence.table)
    assert (column.name, where) == ("start", list(range(4, 14)))
    (found,) = proposal.derived
    assert (found.name, found.score.agree, found.score.total) == ("x", 30, 30)
    sample = Sample(proposal.evidence.table.notes, 40, 40, [])
    told = "\n".join(render_proposal(proposal, sample, Language()))
    assert f'    start: "{text}" (Notes/004.md:2, 10 notes)\n' in told


@pytest.mark.parametrize("edited", [0, 3])
def test_a_state_beside_a_box_is_calculated_only_where_it_always_says_the_same(edited: int) -> None:
    rows = [{"a": row["a"], "x": "open" if row["a"] == "false" else "over"} for row in draw_rows()]
    for row in rows[:edited]:
        row["x"] = "over" if row["x"] == "open" else "open"
    assert propose_for(rows)["x"].kind is (ColumnKind.COPY if edited else ColumnKind.DERIVED)


def grown_study(random: Random) -> Study:
    """Return a note whose boxes were ticked one after the other, as most people do."""
    count = random.choice([0, 0, 0, 1, 1, 2, 3, 4, 4])
    first = date(2024, 7, 7) - timedelta(days=random.randrange(200))
    return Study(
        first,
        done1=count > 0,
        done4=count > 1,
        done7=count > 2,
        done14=count > 3,
        long_term=count > 3 and random.random() < 0.7,
    )


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_rate_and_bar_of_sixteen_notes_as_people_tick_them(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - notes for tests
    drawn = [grown_study(random) for _ in range(16)]
    texts = [
        study.note() if place % 7 else export_without_a_day(study)
        for place, study in enumerate(drawn)
    ]
    found = {one.name: one for one in propose(texts).columns}
    for name in ("학습률", "진행바"):
        assert (found[name].kind, found[name].score.agree) == (ColumnKind.DERIVED, 16)
        assert all(box in found[name].formula for box in ("1일복습", "4일복습", "7일복습"))
        assert "if(!" not in found[name].formula


def test_days_until_a_date_tell_the_day_of_the_export() -> None:
    rows = []
    for row in draw_rows():
        due = later(row, 300)
        rows.append({"due": due, "x": f"D-{(due - FROZEN).days}"})
    found = propose_for(rows)["x"]
    assert (found.kind, found.formula) == (
        ColumnKind.DERIVED,
        'if(due, "D-" + (due - today()).days)',
    )


def test_a_box_that_is_the_contrary_of_another_one_is_a_rival() -> None:
    rows = [
        {"done": row["a"], "left": str(row["a"] == "false").lower(), "x": int(row["a"] == "true")}
        for row in draw_rows()
    ]
    found = propose_for(rows)["x"]
    assert (found.formula, found.rival, found.told_apart) == (
        "if(done, 1, 0)",
        "if(left, 0, 1)",
        0,
    )


@pytest.mark.parametrize("form", ['"{}"', '\n- "{}"\n- "{}"'])
def test_relations_that_lead_to_notion_are_named(form: str) -> None:
    page = "Task A (https://www.notion.so/Task-A-0f1e2d3c4b5a69788796a5b4c3d2e1f0)"
    rows = [{"start": row["start"], "Tasks": form.replace("{}", page)} for row in draw_rows()]
    proposal = propose(map(write_note, rows))
    sample = Sample(proposal.evidence.table.notes, 40, 40, [])
    told = "\n".join(render_proposal(proposal, sample, Language()))
    assert "and they become links:\n    Tasks\n" in told


def test_a_box_in_words_may_hold_a_day_here_and_there_and_something_odd() -> None:
    random = Random(6)  # noqa: S311 - notes for tests
    rows = []
    for row in draw_rows():
        is_ticked = random.random() < 0.5
        word = random.choice(["Yes", "Yes", f"{later(row, 1):%Y/%m/%d}"]) if is_ticked else "No"
        rows.append({"day 1": word, "x": int(is_ticked)})
    rows[3]["day 1"] = '"[[2024-07-11]]"'
    found = propose_for(rows)
    assert (
        found["x"].formula
        == 'if(!["", "no"].contains(note["day 1"].toString().trim().lower()), 1, 0)'
    )
    assert found["x"].score.agree >= 39
