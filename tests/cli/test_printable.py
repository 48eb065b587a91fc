"""Texts of strangers, shown: whatever they hold, nothing of it steers, and nothing of it is lost."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.engine.report import render_diff
from vault_sync.text import make_lines_printable, make_printable, quote_name, render_json

if TYPE_CHECKING:
    from pathlib import Path

STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ODD = "\x00\x07\t\n\r\x1b\x7f\x85\x9b\xad\u200b\u200e\u2028\u202e\u2066\ufeff\ud83d\udd11\udcff\U000e0041"
FAMILY = "👩\u200d👧 한글 e\u0301 ❤\ufe0f\xa0"
texts = st.text(st.sampled_from(ODD) | st.characters(), max_size=30)


def steers(text: str) -> bool:
    return any(category(one) in STEERING and one not in "\u200c\u200d" for one in text)


def test_letters_and_emoji_stay_as_they_are() -> None:
    assert make_printable(FAMILY) == FAMILY
    assert json.loads(render_json(FAMILY)) == FAMILY
    assert FAMILY in render_json({FAMILY: 1})
    assert quote_name(FAMILY) == FAMILY


@given(texts)
def test_a_line_steers_nothing(text: str) -> None:
    assert not steers(make_printable(text))
    assert not steers(make_lines_printable(text).replace("\n", "").replace("\t", ""))
    assert make_lines_printable(text).count("\n") == text.count("\n")


@given(
    st.recursive(texts | st.integers(), lambda inner: st.dictionaries(texts, inner)), st.booleans()
)
def test_json_steers_nothing_and_says_the_same(value: object, is_indented: bool) -> None:  # noqa: FBT001 - a case
    rendered = render_json(value, 2 if is_indented else None)
    assert not steers(rendered.replace("\n", ""))
    rendered.encode()  # no half of a character is left
    plain = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    assert json.loads(rendered) == json.loads(plain.decode("utf-16-le", "replace"))


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("한글 노트.md", "한글 노트.md"),
        ('a"b.md', '"a\\"b.md"'),
        ("a\\b.md", '"a\\\\b.md"'),
        ("a\n\x1b.md", '"a\\012\\033.md"'),
        ("\x9b\u202e", '"\\302\\233\\342\\200\\256"'),
        ("caf\udce9", '"caf\\351"'),
    ],
)
def test_names_are_quoted_as_git_quotes_them(name: str, quoted: str) -> None:
    assert quote_name(name) == quoted


@pytest.mark.parametrize(
    "name", ["a\tb", "a\nb", "\x1b]0;x\x07", 'q"q', "\x7f", "\x9b", "🔑\u202e", " x "]
)
def test_git_finds_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("old\n")
    diff = render_diff(name, "old\n", "new\n")
    subprocess.run(["git", "apply"], input=diff.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / name).read_text() == "new\n"
