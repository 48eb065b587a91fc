"""Edits of what is staged, carried over to the work tree: only where the same lines stand."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.rules.small import plan, source
from vault_sync.errors import BrokenPromiseError
from vault_sync.git.transplant import PlannedBlock, cut_block, repeat_plan
from vault_sync.plan.note_plan import NotePlan

RULES: Final = source(
    "start", twice="start * 2", list="[start, start + 1]", thrice="start * 3", last="start"
)
DERIVED: Final = ("twice", "list", "thrice", "last", "  - ")
STALE: Final = "start: 7\ntwice: 0 # sum\nlist:\n  - 1\nmood: calm\n"
TRUE: Final = "start: 7\ntwice: 14 # sum\nlist:\n  - 7\n  - 8\nthrice: 21\nlast: 7\nmood: calm\n"


def make_head(lines: str) -> PlannedBlock:
    text = f"---\n{lines}---\nbody #tagged [[Link]]\n"
    return cut_block(text, plan(lines, RULES))


def carry(lines: str, other: str) -> str | None:
    """Return what becomes of the other lines, None where they stay."""
    found = repeat_plan(make_head(lines), f"---\n{other}---\nother body\n")
    if found is None:
        return None
    assert found.text.endswith("---\nother body\n")
    return found.text[4 : -len("---\nother body\n")]


def test_the_head_is_all_but_what_stands_below() -> None:
    head = make_head(STALE)
    assert head.text == f"---\n{STALE}---\n"
    assert head.after == f"---\n{TRUE}---\n"


def test_a_note_that_ends_with_its_frontmatter_is_all_head() -> None:
    head = cut_block("---\na: 1\n---", NotePlan("---\na: 2\n---"))
    assert head[:2] == ("---\na: 1\n---", "---\na: 2\n---")
    with pytest.raises(BrokenPromiseError):
        cut_block("no frontmatter", NotePlan("no frontmatter"))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (STALE, TRUE),
        (STALE.replace("\n", "\r\n"), TRUE.replace("\n", "\r\n")),
        (f"# mine\n{STALE}", f"# mine\n{TRUE}"),
        (STALE.replace("calm", "mine"), TRUE.replace("calm", "mine")),
        (STALE.replace("mood: calm\n", ""), TRUE.replace("mood: calm\n", "")),
        (STALE.replace("start: 7", "start: 8"), TRUE.replace("start: 7", "start: 8")),
        (STALE.replace("start: 7\n", ""), TRUE.replace("start: 7\n", "")),
        (STALE.replace("# sum", "# mine"), TRUE.replace("14 # sum", "0 # mine")),
        (STALE.replace("  - 1", "  - mine"), TRUE.replace("  - 7\n  - 8", "  - mine")),
        (f"{STALE}last: mine\n", TRUE.replace("last: 7\n", "") + "last: mine\n"),
        (
            STALE.replace("list:\n  - 1\n", ""),
            "start: 7\ntwice: 14 # sum\nmood: calm\n",  # what the new lines would follow is gone
        ),
        (
            STALE.replace("calm", "mine").replace("\n", "\r\n"),
            TRUE.replace("calm", "mine").replace("\n", "\r\n"),
        ),
    ],
)
def test_what_is_carried(other: str, expected: str) -> None:
    assert carry(STALE, other) == expected


@pytest.mark.parametrize(
    "other",
    [
        "",
        "mood: calm\n",
        "twice: [\n",
        "twice: 0\ntwice: 0\n",
        "{twice: 0}\n",
        "twice: 1 # sum\n",
        "'twice': 0 # sum\n",
        TRUE.replace("calm", "mine"),
    ],
)
def test_what_stays(other: str) -> None:
    assert carry(STALE, other) is None


@pytest.mark.parametrize("text", ["", "body", "---\nstart: 7\n", "---\n---\n"])
def test_a_version_without_frontmatter_stays(text: str) -> None:
    assert repeat_plan(make_head(STALE), text) is None


def test_a_fence_that_is_none_is_not_taken_for_one() -> None:
    head = cut_block("---\na: 1\n---", NotePlan("---\na: 2\n---"))
    assert repeat_plan(head, "---\na: 1\n---x\n") is None


def test_a_frontmatter_without_properties_gets_its_first() -> None:
    rules = source(None, day="1 + 1")
    head = cut_block("---\n# nothing\n---\n", NotePlan("---\n# nothing\nday: 2\n---\n"))
    assert plan("# nothing\n", rules).text.startswith(head.after)
    assert repeat_plan(head, "---\n# something\n---\n") is None


OWN: Final = st.sampled_from(
    [
        "mood: calm",
        "# remark",
        "",
        "tags: [a, b]",
        "names:\n  - ä\n  - '#'",
        '"odd name": |\n  text',
    ]
)
LINES: Final = st.lists(
    st.one_of(
        OWN,
        st.sampled_from(
            [
                "twice: 0",
                "twice: '0' # sum",
                "list: []",
                "list:\n  - 1\n  - 2",
                "thrice:",
                "last: 7",
            ]
        ),
    ),
    unique_by=lambda line: line.partition(":")[0] or line,
    max_size=8,
)


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, str]:
    """Return the lines that are staged and those in the work tree, one edited from the other."""
    staged = draw(LINES)
    staged.insert(draw(st.integers(0, len(staged))), "start: 7")
    other = [line for line in staged if draw(st.integers(0, 9))]
    for index in range(len(other)):
        if not draw(st.integers(0, 5)):
            other[index] = draw(st.sampled_from([f"{other[index]} # mine", "mine: 1", "start: 9"]))
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    return "".join(f"{one}\n" for one in staged), "".join(f"{one}\n" for one in other).replace(
        "\n", eol
    )


@given(versions())
def test_nothing_but_derived_lines_changes_and_to_nothing_but_staged_ones(
    pair: tuple[str, str],
) -> None:
    staged, other = pair
    head = make_head(staged)
    assume(head.after != head.text)
    after = carry(staged, other)
    if after is None:
        return
    assert without_derived(after) == without_derived(other)
    known = {*other.splitlines(), *head.after.splitlines()}
    assert set(after.splitlines()) <= known
    assert "\r" not in after or "\n" not in after.replace("\r\n", "")
    assert carry(staged, after) is None


@given(LINES)
def test_the_same_version_becomes_the_same(lines: list[str]) -> None:
    staged = "".join(f"{line}\n" for line in ("start: 7", *lines))
    head = make_head(staged)
    assume(head.after != head.text)
    assert carry(staged, staged) == head.after[4:-4]


def without_derived(lines: str) -> list[str]:
    return [line for line in lines.splitlines(keepends=True) if not line.startswith(DERIVED)]
