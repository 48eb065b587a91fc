"""Plain lines are read as ruamel.yaml reads them, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.note.odd_notes import notes
from vault_sync.errors import FrontmatterError
from vault_sync.note.frontmatter import find_block, parse_yaml
from vault_sync.note.yaml_nodes import (
    YamlError,
    YamlMapping,
    name_lines,
    read_lines,
    read_wanted_lines,
)
from vault_sync.text import NameMap, to_nfc


def agree(block: str) -> None:
    """Check that what is read at once is just what ruamel.yaml finds there."""
    pairs = read_lines(block)
    lines = name_lines(block)
    if pairs is None:
        assert lines is None
        return
    names = [key.text for key, _ in pairs]
    if lines is None:
        assert len(NameMap.of(names)) < len(names)
    else:
        assert "".join(line for _, line in lines) == block
        assert [name for name, line in lines if line.lstrip(" ")[0] not in "#\r\n"] == names
    root = parse_yaml(block)
    if not pairs:
        assert root is None
        return
    assert isinstance(root, YamlMapping)
    assert [*root.pairs] == pairs


PLAIN = [
    "",
    "\n",
    "# c\n",
    "a: b\n",
    "a:\n",
    "a: \n",
    "a:   b  \n",
    'a: b\nc:\n"d": \ne: f\n',
    'a: "b: #c"\n',
    "a: 'b'  \n",
    '"a, b": c\r\nd: e\r\n',
    "a b (c)?: d e\n",
    "a: 12:30\n",
    "a: https://b.c/d\n",
    "a: b, [c]\n",
    "🛑첫날: 🟩⬜ 60%\n\n  # c\n가: 나\n",
    "<<: a\n",
    "a: b\u00a0\n",
]


@pytest.mark.parametrize("block", PLAIN)
def test_plain_lines_are_read(block: str) -> None:
    assert read_lines(block) is not None
    agree(block)


@pytest.mark.parametrize(
    "block",
    [
        "a: b # c\n",
        "a: b#c\n",
        "a: b: c\n",
        "a: b:\n",
        "a : b\n",
        " a: b\n",
        "a:\n  b\n",
        "a:\n- b\n",
        "a: b\n  c\n",
        "a: [b]\n",
        "a: {b: c}\n",
        "a: |\n  b\n",
        "a: &b c\n",
        "a: !b c\n",
        "a: *b\n",
        "a: -1\n",
        "a: @b\n",
        'a: "b\\n"\n',
        "a: 'b''c'\n",
        'a: "b\n  c"\n',
        '"a\\u00e9": b\n',
        "a:b\n",
        "a\n",
        "a:\tb\n",
        "a: b\tc\n",
        "a: \x01\n",
        "a: b\u2028c\n",
        "a: b\rc: d\n",
        "? a\n: b\n",
        "- a\n",
        "...\n",
        "a: b",
        f"{'a' * 600}: b\n",
    ],
)
def test_other_lines_are_left_to_ruamel(block: str) -> None:
    assert read_lines(block) is None


@given(st.lists(st.text(alphabet="ab가🟩 :#\"'-?,[]{}&*!|>%@`\\.~<=/()0\u00a0\u200d", max_size=8)))
def test_any_lines_are_read_alike(lines: list[str]) -> None:
    block = "".join(f"{line}\n" for line in lines)
    try:
        agree(block)
    except YamlError:
        assert read_lines(block) is None


@given(notes())
def test_any_note_is_read_alike(text: str) -> None:
    try:
        block = find_block(text)
    except FrontmatterError:
        return
    if block:
        agree(text[block.start : block.end])


@given(notes(), st.sampled_from(["", "카페0: 1\n", '"학습률": 1\n', "학습률: 1\r\n"]))
def test_what_is_wanted_is_read_alike_or_not_at_all(text: str, more: str) -> None:
    try:
        block = find_block(text)
    except FrontmatterError:
        return
    lines = (text[block.start : block.end] if block else "") + more
    pairs = read_lines(lines)
    names = [to_nfc(key.text) for key, _ in pairs or ()]
    for wanted in (set(), {"학습률", "카페0", "❤1일복습여부"}, set(names)):
        found = read_wanted_lines(lines, wanted)
        if pairs is None or len(set(names)) < len(names):
            assert found is None
        else:
            assert found == [pair for pair in pairs if to_nfc(pair[0].text) in wanted]


@pytest.mark.parametrize("twice", ["a: 1\na: 2\n", 'a: 1\n"a": 2\n', "é: 1\ne\u0301: 2\n"])
def test_a_name_that_stands_twice_is_left_to_ruamel_wanted_or_not(twice: str) -> None:
    assert read_wanted_lines(twice, set()) is None
    assert read_wanted_lines(twice[: twice.index("\n") + 1], set()) == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_read_alike(key: str, value: str) -> None:
    block = f"{key}: {value}\n"
    try:
        agree(block)
    except YamlError:
        assert read_lines(block) is None
