"""Broken derived lines: mended where nothing of a person can be in them, refused everywhere else."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.sync_models import make_differ, merge
from tests.plan.explained import check_explained
from tests.rules.small import compiled, plan, rule_source, source, tell
from tests.study.oracle import NOW, Study, refresh_text, study_rules
from vault_sync.engine.undo import plan_undo
from vault_sync.errors import FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.explain import explain_note
from vault_sync.plan.mend import MOST, mend_note
from vault_sync.plan.planner import Comparison, compare_note, plan_note
from vault_sync.rules.sources import Mode
from vault_sync.state.journal_lines import JournalEdit, JournalEntry, parse_run, render_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.plan.note_plan import NotePlan, PlannedValue
    from vault_sync.rules.sources import RuleSource

FULL: Final = Study(done1=True, done4=True)
TRUE: Final = FULL.note()
LINES: Final = FULL.derived_lines()
FENCE: Final = "\n---\n"


def spoil(line: str, *others: str) -> str:
    """Return the study note with a line in the place of the one of that name, and lines below it."""
    name = line.partition(":")[0].strip('"')
    assert name in FULL.derived_lines()
    return FULL.note(**{name: "\n".join((line, *others))})


def list_mended(found: NotePlan) -> list[str]:
    return [change.property for change in found.changes if change.below is not None]


def take_back(found: NotePlan) -> str:
    """Return what an undo makes of a note, by what the journal says."""
    edits = tuple(
        JournalEdit(one.property, one.before, one.after, one.old, one.new, one.below)
        for one in found.changes
    )
    read = parse_run("run", render_entry(JournalEntry("a.md", "", "", edits)))
    assert read.entries[0].entry.edits == edits
    return plan_undo(found.text, edits).text


SHAPES: Final = {
    "a quote that does not close": spoil('사이: "103'),
    "text behind the quote": spoil('사이: "30"6'),
    "no blank behind the colon": spoil('사이:02"07'),
    "no blank before the quote": spoil('사이:"0'),
    "no colon": FULL.note(진행바="진행바⬜ 20%"),
    "no colon behind a quoted name": FULL.note(**{"1일차복습여부1,0": '"1일차복습여부1,0" 0"'}),
    "a name in quotes": spoil('"1일차복습여부1,0": "0'),
    "single quotes": spoil("학습률: '0.2"),
    "letters of the true value": spoil('🛑오늘: "⏰오늘 : 2024/10/2"716"'),
    "the other half of the day": spoil('오늘1: "@2024년 10월 26일 오전 11:0"3'),
    "a second line": spoil('사이: "112"', '사이: "103"'),
    "a second and a third line, broken": spoil('사이: "103"', '사이: "1', '사이: 2"'),
    "both broken": spoil('사이: "103', '사이: "30"6'),
    "a stable value": spoil('4일후: "@2024년 7월 11일"1'),
    "two lines, and others that are old": FULL.note(
        사이='사이: "9', **{"🛑오늘": '🛑오늘: "⏰오늘 : 2024/10/2'}, 오늘2="오늘2: 2024/10/26"
    ),
    "a missing one": FULL.note(사이='사이: "9', 오늘2=None),
    "one below which a missing one comes": FULL.note(
        **{"오늘과 첫학습날 사이": '오늘과 첫학습날 사이: "112"\n오늘과 첫학습날 사이: "9'},
        사이=None,
    ),
    "the next line in it": FULL.note(
        사이='사이: "1211"1일차복습여부1,0": "1"', **{"1일차복습여부1,0": None}
    ),
    "the next line in it, with its quote": FULL.note(
        사이='사이: "1111""1일차복습여부1,0": "0"', **{"1일차복습여부1,0": None}
    ),
    "the next line in it, without quotes": FULL.note(
        학습률='학습률: "0.2진행바: 🟩🟩⬜⬜⬜⬜⬜⬜⬜⬜ 20%', 진행바=None
    ),
    "signs of another value": FULL.note(학습률='학습률:🟩🟩⬜⬜⬜2⬜⬜⬜⬜ "0.2"'),
    "a second colon": FULL.note(진행바="진행바: : ⬜ 0%"),
    "CRLF": spoil('사이: "103').replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + spoil('사이: "103'),
    "comments and blank lines elsewhere": spoil('사이: "103').replace(
        "⭕과목", "# 내 말\n\n⭕과목"
    ),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_broken_value_is_computed_anew(text: str) -> None:
    found = refresh_text(text)
    assert list_mended(found)
    assert not found.problems
    assert normalize(found.text) == normalize(make_true(text))
    assert refresh_text(found.text).text is found.text
    assert take_back(found) == text


@pytest.mark.parametrize("more", [2, 5, 19, 40])
@pytest.mark.parametrize("shape", ["no colon", "a quote that does not close", "a second line"])
def test_a_line_is_mended_wherever_it_stands(shape: str, more: int) -> None:
    head = f"---\n#{'x' * (more - 2)}\n"
    moved = SHAPES[shape].replace("---\n", head, 1)
    found = refresh_text(moved)
    assert found.text == refresh_text(SHAPES[shape]).text.replace("---\n", head, 1)
    assert take_back(found) == moved


def normalize(text: str) -> str:
    return text.replace("\r\n", "\n").replace("'", '"')


def make_true(text: str) -> str:
    """Return the true note, with what a shape has besides."""
    true = "\ufeff" * text.startswith("\ufeff") + TRUE
    return true.replace("⭕과목", "# 내 말\n\n⭕과목") if "내 말" in text else true


def test_an_empty_value_takes_the_place_of_a_broken_one_that_has_none() -> None:
    text = Study(first=None).sources_only().replace("복습: ", '사이: "9\n복습: ', 1)
    found = refresh_text(text)
    assert found.text == text.replace('사이: "9\n', '사이: ""\n')
    assert take_back(found) == text


MANY: Final = {
    name: line + "3" for name, line in FULL.derived_lines().items() if line.endswith('"')
}
REFUSED: Final = {
    "a comment": spoil('사이: "103 # 왜'),
    "a hash": spoil('사이: "103#'),
    "words of a person": spoil('사이: "103" 맞나?'),
    "a sign of a person": spoil('사이: "103"~'),
    "a swallowed source line": spoil('사이: "103"⭕페이지: P12~'),
    "a swallowed line of ours": spoil('사이: "103"4일후: 1'),
    "a swallowed line of ours with a word": FULL.note(
        사이='사이: "103"1일차복습여부1,0": "1" 왜', **{"1일차복습여부1,0": None}
    ),
    "a swallowed line of ours with a comment": FULL.note(
        사이='사이: "103"1일차복습여부1,0": "1" # 왜', **{"1일차복습여부1,0": None}
    ),
    "a part of the name of another": FULL.note(
        사이='사이: "103"복습여부1,0": "1"', **{"1일차복습여부1,0": None}
    ),
    "two swallowed lines of ours": FULL.note(
        사이='사이: "103"1일차복습여부1,0": "1"4일차복습여부1,0": "1"',
        **{"1일차복습여부1,0": None, "4일차복습여부1,0": None},
    ),
    "a swallowed line of a person between two of ours": FULL.note(
        사이='사이: "103"복습: 4일1일차복습여부1,0": "1"', **{"1일차복습여부1,0": None}
    ),
    "a broken source line": spoil('사이: "103').replace("⭕과목: 웹", '⭕과목: "웹'),
    "a source line twice": spoil('사이: "103').replace("⭕과목: 웹", "⭕과목: 웹\n⭕과목: 웹"),
    "a source line twice, alone": TRUE.replace("⭕과목: 웹", "⭕과목: 웹\n⭕과목: 웹"),
    "a line without a name": spoil('사이: "103', "말"),
    "a list": spoil('사이: "103', "태그:", "  - 하나"),
    "a block of lines": spoil('사이: "103', "메모: |", "  하나"),
    "a text over two lines": spoil('사이: "103', '메모: "하나', '  둘"'),
    "a name that is longer": FULL.note(**{"4일후": "4일후(te 2024"}),
    "words behind a name": FULL.note(사이="사이 좋게 3"),
    "a name that is not ours": spoil('사이: "103', '사이사이: "3'),
    "a name in other letters": FULL.note(사이='\u1109\u1161\u110b\u1175: "103'),
    "an indented name": FULL.note(사이=' 사이: "103'),
    "a second line in other letters": spoil('사이: "112"', '"사이" : "112"'),
    "a second line below a comment": spoil('사이: "112"', "# 내 말", '사이: "112"'),
    "a second line with a word": spoil('사이: "112"', "사이: 백"),
    "a kept property": TRUE.replace("복습: ", '복습: "'),
    "a tab": spoil('사이:\t"103'),
    "a merge that is not decided": spoil('사이: "103') + "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n",
    "no end": spoil('사이: "103').replace(FENCE, "\n", 1),
    "too many": FULL.note(**MANY) if len(MANY) > MOST else "",
    "an opt-out": spoil('사이: "103').replace("⭕과목: 웹", "⭕과목: 웹\nvault-sync: false"),
    "a first day that cannot be read": spoil('사이: "103').replace("2024-07-07", "어느 날", 1),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_may_be_a_persons_is_refused(text: str) -> None:
    with pytest.raises(FrontmatterError):
        refresh_text(text)


BROKEN: Final = 'a: 1\nx: "3\n'
NEEDED: Final[dict[str, list[RuleSource]]] = {
    "nobody": [source(x="a * 2 + 1")],
    "a formula of the same rule set": [source(x="a * 2 + 1", y="note.x + 1")],
    "the filter": [source("x || true", x="a * 2 + 1")],
    "a filter that looks for it": [source('file.hasProperty("x")', x="a * 2 + 1")],
    "a filter that reads all": [source("file.properties.length > 1", x="a * 2 + 1")],
    "a formula of another rule set": [source(x="a * 2 + 1"), source(y="x")],
    "a mode": [source(x="a * 2 + 1", modes={"x": Mode.FILL})],
    "an error": [source(x='date(a + "x").year + 0 * a')],
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_value_that_is_needed_from_the_text_is_refused(name: str) -> None:
    rules = NEEDED[name]
    if name in {"nobody", "a formula of the same rule set"}:
        found = plan(BROKEN, *rules)
        assert list_mended(found) == ["x"]
        assert 'x: "3"\n' in found.text
        return
    with pytest.raises(FrontmatterError):
        plan(BROKEN, *rules)


@pytest.mark.parametrize("mine", ["", "b: him\n", "b: you\n", "b: me\nc: 1\n"])
def test_a_mending_that_would_touch_a_line_of_a_person_is_not_made(mine: str) -> None:
    rules = [compiled(source(x="a * 2 + 1"))]

    def compare(text: str) -> tuple[NotePlan, Mapping[str, PlannedValue]] | None:
        found = compare_note(text, "a.md", rules, Conditions(NOW, UTC), tell)
        assert isinstance(found, Comparison)
        new = found.plan.text
        other = new.replace("b: me\n", mine) if text is not new else new
        return found.plan._replace(text=other), found.list_planned()

    text = f"---\n{BROKEN}b: me\n---\n"
    assert mend_note(text, rules, compare) is None
    mine = "b: me\n"
    assert mend_note(text, rules, compare)


def test_a_name_of_digits_is_looked_for_in_no_other_line() -> None:
    with pytest.raises(FrontmatterError):
        plan('a: 1\nx: "old\n', rule_source({"x": "a", "123": "a"}))


def test_without_the_clock_a_daily_value_is_not_mended() -> None:
    conditions = Conditions(NOW, UTC, clock=Clock.STABLE)
    with pytest.raises(FrontmatterError):
        plan_note(spoil('사이: "103'), "a.md", [study_rules()], conditions, tell)
    stable = spoil('학습률: "0.4"2')
    found = plan_note(stable, "a.md", [study_rules()], conditions, tell)
    assert list_mended(found) == ["학습률"]


# Law 1 on damaged notes: whatever is done to one, no byte of a line that is not ours changes.


def is_ours(line: str) -> bool:
    """Say whether a line is one of a derived property, or was: its colon may be lost."""
    for name, true in LINES.items():
        for key in (name, f'"{name}"'):
            rest = line.removeprefix(key)
            if rest != line and (rest.startswith(":") or set(rest) <= {*true, *"0123456789\"' "}):
                return True
    return False


def list_others(text: str) -> list[str]:
    return [line for line in text.split("\n") if not is_ours(line)]


def damage(text: str, seed: int) -> str:
    """Return a text with a few letters or lines of its frontmatter cut, put in or swapped."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    end = text.index(FENCE)
    for _ in range(chance.randrange(1, 4)):
        lines = text[:end].split("\n")
        row = chance.randrange(1, len(lines))
        line = lines[row]
        place = chance.randrange(len(line) + 1)
        match chance.randrange(7):
            case 0:
                lines[row] = line[:place] + line[place + chance.randrange(1, 4) :]
            case 1:
                piece = chance.choice(['"', "'", "1", " ", '2"3', "#", ":", "가", "- ", "\t", "\\"])
                lines[row] = line[:place] + piece + line[place:]
            case 2:
                lines[row - 1 : row + 1] = [lines[row - 1] + line] if row > 1 else lines[:2]
            case 3:
                lines.insert(row, chance.choice(lines[1:]))
            case 4:
                other = chance.randrange(1, len(lines))
                lines[row], lines[other] = lines[other], line
            case 5:
                other = chance.randrange(1, len(lines))
                lines[other] = lines[other][: len(lines[other]) // 2] + line[place:]
            case _:
                lines[row] = line.rstrip('"') if line.endswith('"') else line + '"'
        text = "\n".join(lines) + text[end:]
        end = len("\n".join(lines))
    return text


def examine(text: str, days: int) -> bool:
    """Refresh a damaged note on a later day; say whether something was mended."""
    moment = NOW + timedelta(days=days)
    try:
        found = refresh_text(text, moment)
    except FrontmatterError:
        return False
    mended = list_mended(found)
    if mended:
        assert list_others(found.text) == list_others(text)
        for line in FULL.source_lines():  # none of them may have been behind another one
            name = line.partition(":")[0]
            assert found.text.count(f"{name}:") >= text.count(f"{name}:")
        assert refresh_text(found.text, moment).text is found.text
        assert take_back(found) == text
    return bool(mended)


@settings(max_examples=4 * settings().max_examples)
@given(seed=st.integers(0, 2**32), days=st.integers(0, 40))
def test_no_byte_of_another_line_changes(seed: int, days: int) -> None:
    examine(damage(TRUE, seed), days)


@settings(max_examples=200, deadline=None)
@given(
    text=st.one_of(
        st.sampled_from([*SHAPES.values(), *REFUSED.values()]),
        st.integers(0, 2**32).map(lambda seed: damage(TRUE, seed)),
    )
)
def test_explain_says_what_refresh_does_with_broken_lines(text: str) -> None:
    check_explained(text, [study_rules()], Conditions(NOW, UTC))


def test_a_broken_line_is_explained_as_it_stands() -> None:
    text = FULL.note(사이='사이: "103\n사이: "30"6')
    found = explain_note(text, "a.md", [study_rules()], Conditions(NOW, UTC), tell)
    (one,) = [one for one in found.properties if one.property == "사이"]
    assert (one.state, one.on_disk, one.value) == ("stale", '"103', "112")


def test_damage_is_mended_now_and_then() -> None:
    assert sum(examine(damage(TRUE, seed), 3) for seed in range(300)) > 10


# What a merge by diff-match-patch makes of two refreshes on different days, as Obsidian Sync merges.

MERGES: Final = 20_000 if os.environ.get("VAULT_SYNC_LONG") else 150
START: Final = datetime(2024, 7, 7)  # noqa: DTZ001 - civil time, as formulas see it
BOXES: Final = ("❤1일복습여부", "🧡4일복습여부", "💛7일복습여부")


def is_slip(text: str) -> bool:
    """Say whether a digit of the line above stands before a name of ours, in a line that cannot be read."""
    try:
        refresh_text(text)
    except FrontmatterError:
        lines = (line.lstrip("0123456789") for line in text.splitlines() if line[:1].isdigit())
        return any(line.startswith(f"{name}:") for line in lines for name in LINES)
    return False


@pytest.mark.timeout(7200)
def test_merges_of_two_days_are_mended() -> None:
    differ = make_differ()
    chance = random.Random(5)  # noqa: S311 - no secret depends on it
    head = Study(first=date(2024, 7, 7)).note(START).partition(FENCE)[0]
    note = f"{head}{FENCE}\n# 복습\n본문 한 줄\n"
    mended = slips = 0
    for _ in range(MERGES):
        day = chance.randrange(400)
        base = refresh_text(note, START + timedelta(days=day)).text
        one, other = (day + chance.randrange(1, 20) for _ in range(2))
        box = chance.choice(BOXES)
        ticked = base.replace(f"{box}: false", f"{box}: {chance.choice(['true', 'false'])}", 1)
        longer = base + "- 한 줄 더\n" * chance.randrange(2)
        ours = refresh_text(ticked, START + timedelta(days=one)).text
        theirs = refresh_text(longer, START + timedelta(days=other)).text
        merged = merge(differ, base, ours, theirs)
        later = START + timedelta(days=max(one, other))
        if is_slip(merged):  # its line begins with no name of ours, so it may be anybody's
            slips += 1
            continue
        found = refresh_text(merged, later)
        mended += bool(list_mended(found))
        assert list_others(found.text) == list_others(merged)
        assert refresh_text(found.text, later).text is found.text
    assert mended
    assert slips <= MERGES // 5_000
