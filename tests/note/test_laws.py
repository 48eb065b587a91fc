"""The laws, on made-up notes (`tests.note.odd_notes`) and on any text at all.

Law 1 is checked line by line: the lines of derived properties are taken out of what was and what
is, and the rest must be equal. Nothing here reads YAML as vault-sync does.
"""

from __future__ import annotations

import copy
from datetime import UTC
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.note.odd_notes import (
    is_derived,
    name_of,
    notes,
    plan,
    punctuation,
    split_note,
    thorough,
    without_derived,
)
from tests.note.oddities import STUDY, TRUE, fresh, stale
from tests.note.yaml_readers import read_with_ruamel
from tests.plan.explained import check_explained
from tests.rules.small import compiled, source
from tests.study.oracle import NOW, refresh_text, study_rules
from vault_sync.errors import FrontmatterError
from vault_sync.plan.evaluation import Conditions
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.rules.sources import RuleSource

# Law 1: every byte outside of derived values.


@thorough
@given(notes())
def test_every_other_byte_stays(text: str) -> None:
    after = plan(text).text
    head, tail = split_note(text)
    new_head, new_tail = split_note(after)
    assert new_tail == tail
    assert without_derived(new_head) == without_derived(head)


@thorough
@given(notes())
def test_a_derived_line_keeps_all_but_its_value(text: str) -> None:
    before = {name_of(line): line for line in split_note(text)[0] if is_derived(line)}
    after = {name_of(line): line for line in split_note(plan(text).text)[0] if is_derived(line)}
    for name, line in before.items():
        comment = line.partition("#")[1:]
        assert after[name].partition("#")[1:] == comment
        assert after[name].endswith("\r") == line.endswith("\r")
        assert after[name].split(":")[0] == line.split(":")[0]


def test_the_differ_sees_a_difference() -> None:
    assert without_derived(split_note(stale("a: 1\n"))[0]) == without_derived(
        split_note(fresh("a: 1\n"))[0]
    )
    assert without_derived(split_note(stale("a: 1\n"))[0]) != without_derived(
        split_note(fresh("a: 1 \n"))[0]
    )


# Law 2: a second refresh has nothing to do.


@thorough
@given(notes())
def test_a_second_refresh_writes_nothing(text: str) -> None:
    first = plan(text)
    second = refresh_text(first.text)
    assert second.text is first.text
    assert second.changes == ()
    assert set(second.problems) >= set(first.problems) or not first.problems


# Law 4: any text at all is planned or refused.


def try_plan(text: str) -> None:
    try:
        found = refresh_text(text)
    except FrontmatterError as error:
        problem = error.problem
    else:
        assert found.changes or found.text is text
        return
    assert problem.message.endswith(".")
    assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1


@settings(max_examples=2 * settings().max_examples, deadline=None)
@given(st.text())
def test_any_text_at_all(text: str) -> None:
    try_plan(text)


@settings(max_examples=2 * settings().max_examples, deadline=None)
@given(st.text(), st.sampled_from(["\n", "\r\n"]))
def test_any_text_between_fences(text: str, eol: str) -> None:
    try_plan(f"---{eol}{STUDY.source_lines()[0]}{eol}{text}{eol}---{eol}")


@settings(
    max_examples=2 * settings().max_examples, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(notes(), st.data())
def test_a_note_with_something_put_in_or_cut_out(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    put_in = data.draw(st.one_of(st.just(""), punctuation, st.text(max_size=3)))
    try_plan(text[:start] + put_in + text[end:])


# Law 5: the same text and the same day give the same bytes, whatever the order of the steps.


@thorough
@given(notes(), st.randoms(use_true_random=False))
def test_replicas_agree(text: str, random: Any) -> None:
    here, there = text, str(copy.deepcopy(text))
    for _ in range(random.randint(1, 3)):
        here = plan(here).text
    assert plan(there).text == here


@thorough
@given(notes())
def test_an_older_refresh_does_not_show(text: str) -> None:
    yesterday = NOW.replace(day=26)
    try:
        older = refresh_text(text, yesterday)
    except FrontmatterError:
        assume(False)  # noqa: FBT003 - its only argument
    assume(not older.problems)
    # A line added on either day is in the same place; a value set on either day in the same style.
    assert read_with_ruamel(plan(older.text).text) == read_with_ruamel(plan(text).text)


@given(order=st.permutations(list(TRUE)), missing=st.sets(st.sampled_from(sorted(TRUE))))
def test_the_order_of_properties_does_not_matter(order: list[str], missing: set[str]) -> None:
    kept = [TRUE[name] for name in order if name not in missing]
    text = "\n".join(["---", *STUDY.source_lines(), *kept, "---", ""])
    after = split_note(refresh_text(text).text)[0][1:]
    assert sorted(after) == sorted([*STUDY.source_lines(), *TRUE.values()])


# `explain` says of each property what `refresh` does with it: they go by the same steps.

_LINES = st.lists(
    st.sampled_from(
        [
            "a: 1", "a: x", "a:", "due: 2024-07-07", "due: 2024/07/07", "due: [x]", "due: &b x", "n: '3'", "n: 4",
            "now: 2024-10-27T09:00:00", "now: 2024-10-26T09:00:00", "fill:", "fill: mine", "both: 1", "both: 3",
            "bad: 1", "vault-sync: false", "vault-sync: true", "excalidraw-plugin: parsed", "soon: x",
        ]
    ),
    max_size=8,
    unique_by=lambda line: line.partition(":")[0],
)  # fmt: skip
_RULES = st.lists(
    st.sampled_from(
        [
            source(due='"2024/07/07"', n="a + 1", now="now()"),
            source("a", is_adding=False, due='"2024/07/08"', both="2"),
            source('file.hasProperty("fill")', modes={"fill": Mode.FILL}, fill='"new"', both="1"),
            source('date(soon) > date("2024-01-01")', soon="1"),
            source(bad="a.nonsense", both="3"),
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
_TYPES = st.dictionaries(
    st.sampled_from(["due", "n", "now", "both"]),
    st.sampled_from(["date", "text", "number", "checkbox", "multitext"]),
)


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(
    _LINES, _RULES, _TYPES, st.sampled_from(["body\n", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n", ""])
)
def test_explain_says_what_refresh_does(
    lines: list[str], sources: list[RuleSource], types: dict[str, str], body: str
) -> None:
    text = "\n".join(["---", *lines, "---", body])
    check_explained(text, [compiled(one) for one in sources], Conditions(NOW, UTC, types=types))


@settings(max_examples=2 * settings().max_examples)
@given(notes())
def test_explain_says_what_refresh_does_with_a_study_note(text: str) -> None:
    check_explained(text, [study_rules()], Conditions(NOW, UTC))
