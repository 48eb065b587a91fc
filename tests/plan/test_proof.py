"""The proof of edits: what it lets pass, and each kind of harm that it stops."""

from __future__ import annotations

import pytest

from vault_sync.errors import BrokenPromiseError, UnprovedError
from vault_sync.note.edits import Edit
from vault_sync.note.frontmatter import Frontmatter, find_block, parse_frontmatter, read_frontmatter
from vault_sync.note.values import Stored, StoredList
from vault_sync.plan.proof import prove_bytes, prove_edits, prove_reversible, prove_undo

LINES = "a: 1\nb: two\nc: 3\n"


def note(lines: str = LINES, *, is_plain: bool = True) -> Frontmatter:
    text = f"---\n{lines}---\nbody\n"
    block = find_block(text)
    assert block
    found = read_frontmatter(text, block) if is_plain else parse_frontmatter(text, block)
    assert found is not None
    assert found.is_plain is is_plain
    return found


def put(of: Frontmatter, old: str, new: str) -> Edit:
    """Return the edit that puts a text in the place of another one, which is there once."""
    assert of.text.count(old) == 1
    start = of.text.index(old)
    return Edit(start, start + len(old), new)


def add(of: Frontmatter, before: str, line: str) -> Edit:
    start = of.text.index(before)
    return Edit(start, start, line)


PARSERS = pytest.mark.parametrize("is_plain", [True, False])


@PARSERS
def test_values_that_read_as_they_were_written_are_proved(*, is_plain: bool) -> None:
    of = note(is_plain=is_plain)
    edits = [put(of, "two", "2"), add(of, "c: 3", "n: new\n"), put(of, "1", "10")]
    values = {"a": Stored("10", "number"), "b": Stored("2", "number"), "n": Stored("new", "text")}
    assert prove_edits(of, edits, values) == "---\na: 10\nb: 2\nn: new\nc: 3\n---\nbody\n"


@PARSERS
def test_a_property_is_found_by_every_spelling_of_its_name(*, is_plain: bool) -> None:
    of = note("Name: 1\n", is_plain=is_plain)
    edited = prove_edits(of, [put(of, "1", "2")], {"nAME": Stored("2", "number")})
    assert edited == "---\nName: 2\n---\nbody\n"


@PARSERS
@pytest.mark.parametrize(
    ("old", "new", "values"),
    [
        ("two", "three", {"b": Stored("four", "text")}),
        ("two", "", {"b": Stored("two", "text")}),
        ("two", "three", {"b": Stored("three", "text"), "z": Stored("1", "number")}),
    ],
)
def test_a_value_that_reads_otherwise_is_not_proved(
    old: str, new: str, values: dict[str, Stored], *, is_plain: bool
) -> None:
    of = note(is_plain=is_plain)
    with pytest.raises(UnprovedError, match="would not read as it was written"):
        prove_edits(of, [put(of, old, new)], values)


def test_an_edit_of_a_property_that_is_not_owned_is_not_proved() -> None:
    of = note()
    with pytest.raises(UnprovedError, match="not its own"):
        prove_edits(of, [put(of, "two", "2")], {"a": Stored("1", "number")})
    of = note(is_plain=False)
    with pytest.raises(UnprovedError, match="`b` would change"):
        prove_edits(of, [put(of, "two", "2")], {"a": Stored("1", "number")})


def test_a_line_that_is_added_for_a_property_that_is_there_is_not_proved() -> None:
    of = note()
    with pytest.raises(UnprovedError, match="not its own"):
        prove_edits(of, [add(of, "c: 3", "a: 9\n")], {"a": Stored("9", "number")})
    of = note(is_plain=False)
    with pytest.raises(UnprovedError, match="could not be read any more"):
        prove_edits(of, [add(of, "c: 3", "a: 9\n")], {"a": Stored("9", "number")})


def test_a_line_that_is_added_in_the_middle_of_another_one_is_not_proved() -> None:
    of = note()
    with pytest.raises(UnprovedError, match="`b` would change"):
        prove_edits(of, [add(of, "wo", "o\nn: t")], {"n": Stored("two", "text")})


def test_a_line_is_proved_only_with_its_end() -> None:
    of = note("")
    end = of.block.end
    assert prove_edits(of, [Edit(end, end, "n: 1\n")], {"n": Stored("1", "number")})
    of = note()
    with pytest.raises(UnprovedError):
        prove_edits(of, [add(of, "c: 3", "n: 1 ")], {"n": Stored("1 c: 3", "text")})


def test_two_new_lines_of_one_property_are_not_proved() -> None:
    of = note()
    edits = [add(of, "b: two", "n: 1\n"), add(of, "c: 3", "n: 1\n")]
    with pytest.raises(UnprovedError, match="two new lines would be of one property"):
        prove_edits(of, edits, {"n": Stored("1", "number")})


def test_two_lines_in_one_edit_are_proved_by_reading_the_whole() -> None:
    of = note()
    values = {"n": Stored("1", "number"), "m": Stored("2", "number")}
    edited = prove_edits(of, [add(of, "c: 3", "n: 1\nm: 2\n")], values)
    assert edited == "---\na: 1\nb: two\nn: 1\nm: 2\nc: 3\n---\nbody\n"
    with pytest.raises(UnprovedError, match="another property would come"):
        prove_edits(of, [add(of, "c: 3", "n: 1\nm: 2\n")], {"n": Stored("1", "number")})


def test_a_long_line_and_one_that_is_not_plain_are_proved_too() -> None:
    of, long = note(), "long " * 60 + "text"
    assert long in prove_edits(of, [put(of, "two", long)], {"b": Stored(long, "text")})
    items = StoredList((Stored("x", "text"), Stored("y", "text")))
    assert "b: [x, y]" in prove_edits(of, [put(of, "two", "[x, y]")], {"b": items})


def test_a_value_that_eats_the_next_line_is_not_proved() -> None:
    of = note('b: two\nc: 3"\n')
    with pytest.raises(UnprovedError, match="come, go or change"):
        prove_edits(of, [put(of, "two", '"two')], {"b": Stored("two", "text")})


def test_what_ends_the_frontmatter_early_is_not_proved() -> None:
    of = note()
    with pytest.raises(UnprovedError):
        prove_edits(of, [put(of, "two", "two\n---")], {"b": Stored("two", "text")})


@pytest.mark.parametrize("place", ["---\na", "body"])
def test_an_edit_outside_the_frontmatter_is_a_bug(place: str) -> None:
    of = note()
    start = of.text.index(place)
    with pytest.raises(BrokenPromiseError, match="outside the frontmatter"):
        prove_reversible(of, [Edit(start, start, "x")])
    with pytest.raises(BrokenPromiseError, match="outside the frontmatter"):
        prove_bytes(of, [Edit(start, start, "x")])


def test_edits_at_both_ends_of_the_frontmatter_are_inside() -> None:
    of = note()
    edits = [
        Edit(of.block.start, of.block.start, "x: 1\n"),
        Edit(of.block.end, of.block.end, "y: 2\n"),
    ]
    assert prove_reversible(of, edits) == f"---\nx: 1\n{LINES}y: 2\n---\nbody\n"


def test_edits_that_overlap_are_a_bug() -> None:
    of = note()
    with pytest.raises(BrokenPromiseError):
        prove_reversible(of, [put(of, "b: two", "x"), put(of, "two", "y")])


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        ("a: 1 # why\n", "1 # why"),
        ("a: 1\n# why\nb: 2\n", "1\n# why"),
        ("# why\na: 1\n", "# why\n"),
        ("a: 1\nb: 2\n", "1\nb"),
        ("a: [x, y] # why\n", "[x, y] # why"),
        ("a:\n  - x\n  # why\n  - y\n", "- x\n  # why\n  - y"),
        *((f"{name}:\n- x\n#\n- y\n", "- x\n#\n- y") for name in ("a", "ab", "abcdefgh")),
        ("a: &n [x]\n", "&n [x]"),
        ("a: [&n x]\n", "[&n x]"),
        ("a: [[x]]\n", "[[x]]"),
        ("a: |\n  x\n", "|\n  x"),
        ("a: {b: 1}\n", "{b: 1}"),
        ("b: &n 1\na: *n\n", "*n"),
        ("a: 1\n", "a: 1"),
        ("a: 1\n", ": 1"),
    ],
)  # fmt: skip
def test_a_cut_that_takes_more_than_a_value_is_not_proved(lines: str, cut: str) -> None:
    text = f"---\n{lines}---\n"
    block = find_block(text)
    assert block
    of = read_frontmatter(text, block)
    assert of
    with pytest.raises(UnprovedError, match="would be lost"):
        prove_bytes(of, [put(of, cut, "z")])


def test_a_cut_of_all_but_the_name_is_not_proved() -> None:
    of = note("a: 1\nb: 2\n")
    with pytest.raises(UnprovedError, match="would be lost"):
        prove_bytes(of, [put(of, ": 1\n", "")])


@pytest.mark.parametrize(
    ("lines", "cut", "new"),
    [
        ("a: 1 # why\n", "1", "2"),
        ("a:  1  # why\n", "  1 ", ""),
        ("a: [x, 'y']\nb: 1\n", "[x, 'y']", "[z]"),
        ("a:\n  - x\n  - y\nb: 1\n", "\n  - x\n  - y", "\n  - z"),
        ("a: 1\nb: 2\n", "a: 1\n", ""),
        ("a: 1\nb: 2\n", "b: 2\n", ""),
        ("a: 1\r\nb: 2\n", "1\r\n", "2\r\n"),
    ],
)
def test_a_cut_of_a_value_or_a_whole_property_is_proved(lines: str, cut: str, new: str) -> None:
    text = f"---\n{lines}---\n"
    block = find_block(text)
    assert block
    of = read_frontmatter(text, block)
    assert of
    assert prove_bytes(of, [put(of, cut, new)]) == text.replace(cut, new)


def test_an_undo_changes_what_it_may_and_nothing_else() -> None:
    of = note()
    assert prove_undo(of, [put(of, "b: two", "b: old")], ["B"]) == of.text.replace("two", "old")
    assert prove_undo(of, [put(of, "b: two\n", "")], ["b"]) == of.text.replace("b: two\n", "")
    with pytest.raises(UnprovedError, match="`b` would change"):
        prove_undo(of, [put(of, "b: two", "b: old")], ["a"])


KEPT = [
    ("k: x", "k: xy"),
    ("k: 'x'", "k: 'xy'"),
    ("k: [x]", "k: [x, y]"),
    ("k: [x]", "k: [xy]"),
    ("k: {x: 1}", "k: {x: 12}"),
    ("k: {x: 1}", "k: {xy: 1}"),
    ("k: {x: 1}", "k: {x: 1, y: 2}"),
    ("k: &n x", "k: &nm x"),
    ("k: &n x", "k: &n xy"),
    ("k: !t x", "k: !tt x"),
    ("k: x", "k: &n x"),
    ("j: &n 1\nl: &nn 2\nk: *n", "j: &n 1\nl: &nn 2\nk: *nn"),
    ("k: |\n  x", "k: |\n  xy"),
    ("k: !t |\n  x", "k: !t |\n  xy"),
    ("k:", "k: x"),
]


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_another_property_must_mean_what_it_meant(old: str, new: str) -> None:
    """All that is new is put in; nothing is cut, so its bytes alone would prove it."""
    text = f"---\n{old}\nb: two\n---\n"
    block = find_block(text)
    of = parse_frontmatter(text, block) if block else None
    assert of
    same = max(length for length in range(len(old) + 1) if new.startswith(old[:length]))
    place = of.block.start + same
    edit = Edit(place, place, new[same : same + len(new) - len(old)])
    values = {"b": Stored("two", "text")}
    assert prove_bytes(of, [edit]) == text.replace(old, new)
    with pytest.raises(UnprovedError, match="`k` would change"):
        prove_edits(of, [edit], values)
    assert prove_edits(of, [put(of, "two", "2")], {"b": Stored("2", "number")})


def test_a_comment_below_a_list_may_come_to_stand_below_another_line() -> None:
    of = note("k:\n  - x\n\n# why\nb: two\n", is_plain=False)
    edited = prove_edits(of, [add(of, "\n# why", "n: 1\n")], {"n": Stored("1", "number")})
    assert edited == "---\nk:\n  - x\nn: 1\n\n# why\nb: two\n---\nbody\n"
