"""The small pure parts: splices, proofs, conflict markers, decoding, diffs, posts, YAML."""

from __future__ import annotations

import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

import frontmatter
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.engine.report import render_diff
from vault_sync.errors import BrokenPromiseError, NoteError, UnprovedError, VaultSyncError
from vault_sync.files.read import decode_note
from vault_sync.note import yaml_nodes, yaml_parser
from vault_sync.note.edits import Edit, apply_edits, invert_edits
from vault_sync.note.frontmatter import (
    find_block,
    parse_frontmatter,
    parse_yaml,
    read_frontmatter,
)
from vault_sync.note.post import read_post
from vault_sync.note.values import Stored
from vault_sync.note.yaml_nodes import YamlError
from vault_sync.plan.proof import prove_bytes, prove_edits
from vault_sync.text import find_conflict_marker

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "---\na: 1\nx: old\nb: 2\n---\nbody\n"


def test_splices_keep_their_order() -> None:
    edits = [Edit(3, 3, "b"), Edit(3, 3, "c"), Edit(0, 1, "A")]
    assert apply_edits("xyz", edits) == "Ayzbc"


def test_what_is_put_in_stands_before_what_is_put_in_the_place_of_the_text_there() -> None:
    assert apply_edits("xyz", [Edit(1, 2, "a"), Edit(1, 1, "b")]) == "xbaz"
    assert apply_edits("xyz", [Edit(2, 2, "b"), Edit(0, 2, "a")]) == "abz"


@pytest.mark.parametrize(
    "edits", [[Edit(0, 2, ""), Edit(1, 3, "")], [Edit(2, 1, "")], [Edit(0, 9, "")]]
)
def test_splices_that_meet_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(BrokenPromiseError):
        apply_edits("xyz", edits)


@given(st.text(), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.text(max_size=5))))
def test_splices_can_be_taken_back(text: str, places: list[tuple[int, int, str]]) -> None:
    edits, end = [], 0
    for gap, length, replacement in places:
        start = end + gap
        end = start + length
        if end <= len(text):
            edits.append(Edit(start, end, replacement))
    changed = apply_edits(text, edits)
    assert apply_edits(changed, invert_edits(text, edits)) == text


def prove(edits: list[Edit], owned: set[str], *, is_plain: bool) -> str:
    block = find_block(NOTE)
    assert block is not None
    note = read_frontmatter(NOTE, block)
    assert note is not None
    values = dict.fromkeys(owned, Stored("new", "text"))
    return prove_edits(note._replace(is_plain=is_plain), edits, values)


@pytest.mark.parametrize("is_plain", [False, True])
def test_a_good_edit_is_proved(*, is_plain: bool) -> None:
    assert prove([Edit(12, 15, "new")], {"x"}, is_plain=is_plain) == NOTE.replace("old", "new")


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize(
    "edit",
    [
        Edit(12, 15, "other"),
        Edit(12, 15, "new: x"),
        Edit(12, 15, "new\nc: 3"),
        Edit(12, 15, "new\n---"),
        Edit(7, 8, "9"),
        Edit(25, 26, "B"),
        Edit(9, 15, "y: new"),
        Edit(9, 16, ""),
        Edit(9, 10, "a"),
        Edit(4, 4, "y: 1\n"),
        Edit(0, 4, ""),
    ],
)
def test_an_edit_that_would_break_a_law_is_not(edit: Edit, *, is_plain: bool) -> None:
    with pytest.raises((BrokenPromiseError, UnprovedError)):
        prove([edit], {"x"}, is_plain=is_plain)


@pytest.mark.parametrize("is_plain", [False, True])
def test_a_line_of_somebody_else_is_not_changed_beside_our_own(*, is_plain: bool) -> None:
    place = NOTE.index("b: 2") + 3
    with pytest.raises(UnprovedError):
        prove([Edit(12, 15, "new"), Edit(place, place + 1, "9")], {"x"}, is_plain=is_plain)


CUT = """---
# first
a: 1
x:  old  # why
y: # gap
  old
l: # gap
  - p # q
  - r
m: [s, # t
  u]
k: &z v
n: | # block
  w
o: {v: w}
p: *z
---
"""


@pytest.mark.parametrize(
    ("cut", "is_proved"),
    [
        ("  old", True),
        ("old  ", True),
        ("ld", True),
        ("old  # why", False),
        (" # gap\n  old", False),
        ("\n  old\n", True),
        ("\n  - r\n", True),
        ("- p # q\n  - r", False),
        (" # gap\n  - p", False),
        ("u]", True),
        ("[s, # t\n  u]", False),
        ("&z v", False),
        ("v\n", False),
        ("| # block\n  w", False),
        ("{v: w}", False),
        ("*z", False),
        ("# first\n", False),
        ("a: 1\n", True),
        ("a: 1\nx:  old  # why\n", False),
        ("x:  old  # why\n", False),
        ("a:", False),
    ],
)
def test_only_a_value_and_blanks_may_be_cut(cut: str, *, is_proved: bool) -> None:
    block = find_block(CUT)
    assert block is not None
    note = parse_frontmatter(CUT, block)
    assert note is not None
    start = CUT.index(cut)
    edit = Edit(start, start + len(cut), "")
    if is_proved:
        assert prove_bytes(note, [edit]) == CUT.replace(cut, "", 1)
    else:
        with pytest.raises(UnprovedError):
            prove_bytes(note, [edit])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n", 1),
        ("a\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", 2),
        ("```\n<<<<<<< HEAD\n=======\n>>>>>>> x\n```\n", None),
        ("~~~~\n~~~\n<<<<<<< HEAD\n=======\n>>>>>>> x\n~~~~\n", None),
        ("```\ncode\n```\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", 4),
        ("<<<<<<< HEAD\na\n", None),
        (" <<<<<<< HEAD\n=======\n>>>>>>> x\n", None),
        ("a <<<<<<< b\n", None),
    ],
)
def test_conflict_markers(text: str, line: int | None) -> None:
    assert find_conflict_marker(text) == line


@pytest.mark.parametrize("text", ["", "\ufeff---\r\n", "가\n", "🟩\x7f"])
def test_text_survives_decoding(text: str) -> None:
    assert decode_note(text.encode()).encode() == text.encode()


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a\nb\xff\n", 2), ("가".encode("utf-16"), None), (b"a\x00", None), (b"\xed\xa0\x80", 1)],
)
def test_bytes_that_are_no_text(data: bytes, line: int | None) -> None:
    with pytest.raises(NoteError) as refusal:
        decode_note(data)
    assert refusal.value.problem.line == line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("---\na: 1\nb: 2\n---\nbody\n", "---\na: 1\nb: 3\n---\nbody\n"),
        ("---\r\na: 1\r\n---\r\nbody", "---\r\na: 2\r\nb: 1\r\n---\r\nbody"),
        ("---\na: 1\n---", "---\na: 2\n---"),
        ("---\na: x\u2028y\x0c\n---\n" + "z\n" * 50, "---\na: x\u2028z\x0c\n---\n" + "z\n" * 50),
    ],
)
def test_git_can_apply_our_diffs(old: str, new: str, tmp_path: Path) -> None:
    note = tmp_path / "한글 note.md"
    note.write_bytes(old.encode())
    diff = render_diff("한글 note.md", old, new)
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    assert note.read_bytes() == new.encode()


def test_a_diff_shows_only_what_is_near() -> None:
    old = "---\na: 1\n---\n" + "line\n" * 10_000
    assert len(render_diff("n.md", old, old.replace("1", "2"))) < 200


def test_a_post_reads_as_this_house_does() -> None:
    post = read_post("---\na: 030\nb: 12:30\nc: yes\nd: 2024-07-07\ne: [1, x]\nf: 1\n---\nbody\n")
    assert isinstance(post, frontmatter.Post)
    assert post.metadata == {
        "a": "030",
        "b": "12:30",
        "c": "yes",
        "d": date(2024, 7, 7),
        "e": [1, "x"],
        "f": 1,
    }
    assert post.content == "body"


def test_a_text_without_frontmatter_is_a_post_too() -> None:
    post = read_post("body\n---\n")
    assert post.metadata == {}
    assert post.content == "body\n---"


def test_a_post_is_never_written() -> None:
    with pytest.raises(VaultSyncError, match="never"):
        frontmatter.dumps(read_post("---\na: 1\n---\n"))


YAMLS = [
    "a: 1\n",
    "a:\nb: 'x' # c\n",
    "a:\r\n  - x\r\n  -\r\nb: 2\r\n",
    "a: |\n  x\n\nb: >-\n  y\n",
    "a: {{date}}\n",
    "a: [x, {y: z}]\n",
    "? a\n: b\n",
    "&x a: *x\n",
    "a: !t b\n",
    "가🟩: 나\n",
    "",
    "# c\n",
    "- a\n",
    '"a\\u00e9": "b\\\n  c"\n',
    "a: b\n  c\n",
]


@pytest.mark.parametrize("text", YAMLS)
def test_both_parsers_give_the_same_nodes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = parse_yaml(text)
    monkeypatch.setattr(yaml_parser, "CParser", None)
    assert strip_empty(parse_yaml(text)) == strip_empty(fast)


def strip_empty(node: Any) -> Any:
    """Return a node without the places of empty scalars, on which the parsers differ."""
    if isinstance(node, yaml_nodes.Scalar) and not node.text and not node.style:
        return "empty"
    return tuple(map(strip_empty, node)) if isinstance(node, tuple) else node


@pytest.mark.parametrize("text", ["a: b: c\n", "a: 'x\n", "a: [x\n", "\ta: 1\n", "a: @x\n", "a: \x01\n", "a: 1\n---\nb: 2\n", "a: x\u2028y\n", "[" * 5000, "- " * 5000])  # fmt: skip
@pytest.mark.parametrize("is_pure", [False, True])
def test_both_parsers_refuse_the_same(
    text: str, monkeypatch: pytest.MonkeyPatch, *, is_pure: bool
) -> None:
    if is_pure:
        monkeypatch.setattr(yaml_parser, "CParser", None)
    with pytest.raises(YamlError) as refusal:
        parse_yaml(text)
    assert refusal.value.message.endswith(".")
