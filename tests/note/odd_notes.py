"""Made-up notes: a study note's properties in any order and style, odd lines between them.

The helpers below them take a note apart line by line; they know nothing of YAML.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from tests.note.oddities import STUDY, TRUE
from tests.study.oracle import refresh_text
from vault_sync.errors import FrontmatterError

if TYPE_CHECKING:
    from vault_sync.plan.note_plan import NotePlan

NAMES = {name: line.split(": ")[0] for name, line in TRUE.items()}
EOLS = ["\n", "\r\n"]

thorough = settings(suppress_health_check=list(HealthCheck))

# Odd lines. The number keeps their names apart: nothing may stand twice.
words = st.text(
    st.one_of(
        st.sampled_from("abc 가나 📝-_.:#,'\"\\[]{}&*!|>%@`?\u00a0\u200b\ufeff"),
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    ),
    max_size=12,
)
quoted = words.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
single = words.map(lambda text: "'" + text.replace("'", "''") + "'")
bare = st.sampled_from(
    [
        "",
        "~",
        "null",
        "yes",
        "08",
        "1.10",
        "12:30",
        "2024-01-05",
        "글",
        "a b",
        "[]",
        "{}",
        "[a, b,]",
        "{a: 1}",
        "{{date}}",
        "[[링크]]",
        "0x1F",
        "1e3",
        ".inf",
        "C#",
        "https://x/#y",
        "📝",
        " ",
    ]
)
comments = st.sampled_from(["", "", "", " # c", "   # [", " #"])
trailing = st.sampled_from(["", "", "", " ", "  "])
keys = st.sampled_from(
    ["k", "키", "긴 이름", "-x", '"q{}"', "'s'", "카페", "e\u0301", "📝", "a:b", "k "]
)
blocks = st.sampled_from(
    [
        ": |\n  one\n\n  two",
        ": >-\n  a\n  b",
        ": |2-\n    x",
        ": |+\n  a\n\n",
        ":\n  - a\n  - b",
        ":\n- a\n-\n- b",
        ":\n  - - a\n    - b",
        ": [a,\n  b]",
        ":\n  x: 1\n  y:\n",
        ":\n\n  # c\n\n  x: 1",
        ":\n  학습률: 1",
        ": first\n  second\n\n  third",
        ': "a\\\n  b"',
        ": 'a\n\n  b'",
        ": &a{} 1",
        ": !t x",
    ]
)
old_values = st.builds(
    "{}{}{}{}".format,
    st.sampled_from([" ", " ", "  "]),
    st.sampled_from(["낡은 값", '"0"', "'0'", "", "~", "0", '"two\\n lines"', '""']),
    comments,
    trailing,
)
fillers = st.sampled_from(["", "# comment", "  # indented", "#학습률: 1", " "])


@st.composite
def odd_lines(draw: st.DrawFn, number: int) -> str:
    """Draw the lines of one odd property."""
    key = draw(keys)
    mark = key[-1] if key[-1:] in "\"'" else ""
    name = f"{key[: len(key) - len(mark)]}{number}{mark}"
    if draw(st.integers(0, 2)) == 0:
        return name + draw(blocks).replace("&a{}", f"&a{number}")
    value = draw(st.one_of(quoted, single, bare))
    return f"{name}: {value}{draw(comments)}{draw(trailing)}"


@st.composite
def lines_of_a_note(draw: st.DrawFn) -> list[str]:
    """Draw what stands between the fences: study properties in any order, odd lines between."""
    chosen = draw(st.sets(st.sampled_from(sorted(TRUE))))
    items = [*STUDY.source_lines(), *(f"{NAMES[name]}:{draw(old_values)}" for name in chosen)]
    items += [draw(odd_lines(number)) for number in range(draw(st.integers(0, 6)))]
    items = draw(st.permutations(items))
    for _ in range(draw(st.integers(0, 2))):
        items.insert(draw(st.integers(0, len(items))), draw(fillers))
    return "\n".join(items).split("\n")


@st.composite
def notes(draw: st.DrawFn) -> str:
    """Draw a note; now and then it is no valid YAML."""
    lines = ["---", *draw(lines_of_a_note()), "---", *draw(st.lists(words, max_size=3))]
    ends = st.just(draw(st.sampled_from(EOLS))) if draw(st.booleans()) else st.sampled_from(EOLS)
    text = "".join(f"{line}{draw(ends)}" for line in lines)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    form = draw(st.sampled_from(["NFC", "NFD", ""]))
    text = unicodedata.normalize(form, text) if form else text  # type: ignore[arg-type]  # forms are named above
    return draw(st.sampled_from(["", "\ufeff"])) + text


punctuation = st.sampled_from([*"\t\n\r :#-?,[]{}&*!|>'\"%@`\\~\ufeff", "\n---\n", "...", "<<: "])


def plan(text: str) -> NotePlan:
    """Return the plan of a made-up note; one that is refused is no example."""
    try:
        return refresh_text(text)
    except FrontmatterError:
        assume(False)  # noqa: FBT003 - its only argument
        raise


def split_note(text: str) -> tuple[list[str], list[str]]:
    """Return the lines between the fences and those from the closing one on."""
    lines = text.split("\n")
    last = next(n for n, line in enumerate(lines[1:], 1) if line.rstrip(" \t\r") == "---")
    return lines[:last], lines[last:]


def is_derived(line: str) -> bool:
    name = unicodedata.normalize("NFC", line).partition(":")[0]
    return name in NAMES.values()


def without_derived(lines: list[str]) -> list[str]:
    return [line for line in lines if not is_derived(line)]


def name_of(line: str) -> str:
    return unicodedata.normalize("NFC", line).partition(":")[0]


def value_of(line: str) -> str:
    return line.partition(": ")[2].strip("\"'")
