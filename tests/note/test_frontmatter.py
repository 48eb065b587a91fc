"""The surgeon: where things are, what is refused, and the exact text of each edit."""

from __future__ import annotations

import pytest

from vault_sync.errors import FrontmatterError
from vault_sync.note.edits import apply_edits, change_value, fill_value, insert_property
from vault_sync.note.frontmatter import Frontmatter, find_block, read_frontmatter
from vault_sync.note.values import Storable, Stored, StoredList


def read(lines: str) -> Frontmatter:
    text = f"---\n{lines}---\nbody\n"
    block = find_block(text)
    assert block is not None
    note = read_frontmatter(text, block)
    assert note is not None
    return note


def change(lines: str, text: str | None, kind: str = "text") -> str:
    note = read(lines)
    edit = change_value(note, "x", None if text is None else Stored(text, kind))
    changed = apply_edits(note.text, [edit])
    assert changed.startswith("---\n")
    assert changed.endswith("---\nbody\n")
    return changed[4 : -len("---\nbody\n")]


def insert(lines: str, after: str | None, text: str = "new") -> str:
    note = read(lines)
    changed = apply_edits(note.text, [insert_property(note, "y", Stored(text, "text"), after)])
    return changed[4 : -len("---\nbody\n")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "body",
        "\n---\nx: 1\n---\n",
        " ---\nx: 1\n---\n",
        "----\nx: 1\n----\n",
        "--- x\n---\n",
        "+++\nx = 1\n+++\n",
        "# Title\n---\nx: 1\n---\n",
        "<!-- comment -->\n---\nx: 1\n---\n",
    ],
)
def test_text_without_frontmatter(text: str) -> None:
    assert find_block(text) is None


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("---\n---\n", ""),
        ("---\nx: 1\n---", "x: 1\n"),
        ("---\nx: 1\n---\nbody\n---\nmore", "x: 1\n"),
        ("---\r\nx: 1\r\n---\r\nbody", "x: 1\r\n"),
        ("\ufeff---\nx: 1\n---\n", "x: 1\n"),
        ("--- \t\nx: 1\n---  \n", "x: 1\n"),
        ("---\nx: |\n  a\n---\n  b\n---\n", "x: |\n  a\n"),
        ("---\nx: 1\n...\ny: 2\n---\n", "x: 1\n...\ny: 2\n"),
        ("---\nx: 1\n ---\ny: 2\n---\n", "x: 1\n ---\ny: 2\n"),
    ],
)
def test_where_the_block_is(text: str, inner: str) -> None:
    block = find_block(text)
    assert block is not None
    assert text[block.start : block.end] == inner


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\nx: 1\n", 1),
        ("---\n" + "x: 1\n" * 20_000 + "---\n", 1),
        ("---\nx: 1\ry: 2\n---\n", 2),
        ("---\nx: 1\n\n# z\ny: 2\rz: 3\n---\n", 5),
    ],
)
def test_blocks_that_are_refused(text: str, line: int) -> None:
    with pytest.raises(FrontmatterError) as refusal:
        find_block(text)
    assert refusal.value.problem.line == line


def test_a_block_that_is_too_long_is_told_how_long_it_may_be() -> None:
    with pytest.raises(FrontmatterError, match="longer than 64 KiB"):
        find_block("---\n" + "x: 1\n" * 20_000 + "---\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x: old\n", "x: new\n"),
        ('x: "old"\n', 'x: "new"\n'),
        ("x: 'old'\n", "x: 'new'\n"),
        ("x : old\n", "x : new\n"),
        ("x:   old  \n", "x:   new  \n"),
        ("x: old # why\n", "x: new # why\n"),
        ("x:\n", "x: new\n"),
        ("x: \n", "x: new\n"),
        ("x:  \n", "x:  new\n"),
        ("x: # why\n", "x: new # why\n"),
        ("x: ~\n", "x: new\n"),
        ("x: null # why\n", "x: new # why\n"),
        ('x: ""\n', 'x: "new"\n'),
        ("x: ''\n", "x: 'new'\n"),
        ('"x": old\n', '"x": new\n'),
        ("? x\n: old\n", "? x\n: new\n"),
        ("x:\n  old\n", "x:\n  new\n"),
        ("x: old\n  and more\nz: 1\n", "x: new\nz: 1\n"),
        ('x: "old\n  and more"\nz: 1\n', 'x: "new"\nz: 1\n'),
        ("  x: old\n  z: 1\n", "  x: new\n  z: 1\n"),
        ("a: 1\nx:\n# comment\nb: 2\n", "a: 1\nx: new\n# comment\nb: 2\n"),
        ("x:\r\nb: 2\r\n", "x: new\r\nb: 2\r\n"),
    ],
)
def test_a_value_is_put_in_the_place_of_another(before: str, after: str) -> None:
    assert change(before, "new") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x: old\n", "x:\n"),
        ('x: "old"\n', "x:\n"),
        ("x: old # why\n", "x: # why\n"),
        ("x:   old\n", "x:\n"),
        ("x:\n  old\n", "x:\n  \n"),
    ],
)
def test_a_value_is_emptied(before: str, after: str) -> None:
    assert change(before, None) == after


@pytest.mark.parametrize(
    ("text", "plain", "single", "double"),
    [
        ("0.6", '"0.6"', "'0.6'", '"0.6"'),
        ("a: b", '"a: b"', "'a: b'", '"a: b"'),
        ("it's", "it's", "'it''s'", '"it\'s"'),
        ('say "hi"', 'say "hi"', "'say \"hi\"'", '"say \\"hi\\""'),
        ("@me", '"@me"', "'@me'", '"@me"'),
        ("back\\slash", "back\\slash", "'back\\slash'", '"back\\\\slash"'),
        ("two\nlines", '"two\\nlines"', '"two\\nlines"', '"two\\nlines"'),
        ("🟩⬜ 50%", "🟩⬜ 50%", "'🟩⬜ 50%'", '"🟩⬜ 50%"'),
        ("true", '"true"', "'true'", '"true"'),
        ("null", '"null"', "'null'", '"null"'),
        ("#tag", '"#tag"', "'#tag'", '"#tag"'),
        ("a #b", '"a #b"', "'a #b'", '"a #b"'),
        ("a#b", "a#b", "'a#b'", '"a#b"'),
        ("- a", '"- a"', "'- a'", '"- a"'),
        ("-3일째", "-3일째", "'-3일째'", '"-3일째"'),
        ("end:", '"end:"', "'end:'", '"end:"'),
        ("\x1b[31m", '"\\x1b[31m"', '"\\x1b[31m"', '"\\x1b[31m"'),
        (" space ", '" space "', "' space '", '" space "'),
    ],
)
def test_each_style_is_kept_and_quotes_come_only_where_they_must(
    text: str, plain: str, single: str, double: str
) -> None:
    assert change("x: old\n", text) == f"x: {plain}\n"
    assert change("x: 'old'\n", text) == f"x: {single}\n"
    assert change('x: "old"\n', text) == f"x: {double}\n"
    assert change("x:\n", text) == f"x: {plain}\n"


def test_a_plain_number_stays_plain_and_a_checkbox_is_bare() -> None:
    assert change("x: 0.4\n", "0.6") == "x: 0.6\n"
    assert change('x: "true"\n', "false", "checkbox") == "x: false\n"
    assert change('x: "1"\n', "2", "number") == 'x: "2"\n'
    assert change("x: 1\n", "2024-07-11", "date") == "x: 2024-07-11\n"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("a: 1\nx: &here old\n", 3),
        ("a: &here 1\nx: *here\n", 3),
        ("x: !tag old\n", 2),
        ("&here x: old\n", 2),
        ("x: |\n  old\n", 2),
        ("x: >-\n  old\n", 2),
        ("x: [old]\n", 2),
        ("x:\n  - old\n", 2),
        ("x:\n- old\n", 2),
        ("x: {{date}}\n", 2),
        ("x: [[Link]]\n", 2),
        ("x:\n  y: old\n", 2),
        ("{x: old}\n", 2),
        ("? x\n", 2),
    ],
)
def test_values_that_are_refused(lines: str, line: int) -> None:
    note = read(lines)
    with pytest.raises(FrontmatterError) as refusal:
        change_value(note, "x", Stored("new", "text"))
    assert refusal.value.problem.line == line
    assert refusal.value.problem.property == "x"


@pytest.mark.parametrize("before", [0, 1, 2, 3, 6])
@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        *(
            (lines, Stored("new", "text"))
            for lines in ("x: &a 1\n", "x: *a\n", "x: !!str 1\n", "x: [a]\n", "x:\n  y: 1\n")
        ),
        ("x: |\n  a\n", Stored("new", "text")),
        ("? x\n:\n", Stored("new", "text")),
        ("? x\n", None),
        ("? x\n: # why\n  - a\n", StoredList(())),
        ("x:\n  - a # why\n", StoredList(())),
        ("x: {y: 1}\n", StoredList(())),
    ],
)
def test_what_is_refused_is_named_with_its_line(
    lines: str, stored: Storable | None, before: int
) -> None:
    note = read("".join(f"y{number}: 1\n" for number in range(before)) + lines)
    with pytest.raises(FrontmatterError) as refusal:
        change_value(note, "x", stored)
    assert (refusal.value.problem.line, refusal.value.problem.property) == (before + 2, "x")


@pytest.mark.parametrize(
    ("lines", "stored", "expected"),
    [
        ("x:\n", Stored("0.6", "number"), "x: 0.6\n"),
        ("x:  # why\n", Stored("0.6", "number"), "x: 0.6  # why\n"),
        ("x: ~\n", Stored("0.6", "number"), "x: 0.6\n"),
        ('x: ""\n', Stored("0.6", "number"), "x: 0.6\n"),
        ("x: '' # why\n", Stored("0.6", "number"), "x: 0.6 # why\n"),
        ('x: ""\n', Stored("true", "checkbox"), "x: true\n"),
        ('x: ""\n', Stored("2024-07-07", "date"), 'x: "2024-07-07"\n'),
        ("x: ''\n", Stored("0.6", "text"), "x: '0.6'\n"),
        ('x: ""\n', Stored("new", "text"), 'x: "new"\n'),
        ('x: ""\n', StoredList((Stored("2", "number"),)), "x:\n  - 2\n"),
        ('x: ""\n', None, "x:\n"),
    ],
)
def test_what_is_empty_is_filled(lines: str, stored: Storable | None, expected: str) -> None:
    note = read(f"{lines}y: 1\n")
    filled = apply_edits(note.text, [fill_value(note, "x", stored)])
    assert filled == f"---\n{expected}y: 1\n---\nbody\n"


@pytest.mark.parametrize("lines", ["x: 1\nx: 2\n", "x: 1\n'x': 2\n", "가: 1\n\u1100\u1161: 2\n"])
def test_a_name_that_stands_twice_is_refused(lines: str) -> None:
    with pytest.raises(FrontmatterError, match="second time") as refusal:
        read(lines)
    assert refusal.value.problem.line == 3


@pytest.mark.parametrize(("name", "column"), [("x", 7), ("xy", 8)])
def test_broken_yaml_is_refused_with_its_line_and_column(name: str, column: int) -> None:
    with pytest.raises(FrontmatterError, match="needs quotes") as refusal:
        read(f"a: 1\n{name}: old: new\n")
    assert (refusal.value.problem.line, refusal.value.problem.column) == (3, column)


@pytest.mark.parametrize("lines", ["x: |\n  a\n...\n", "x: >+\n  a\n\n...\n", "x: 1\n...\n"])
def test_the_mark_of_the_end_may_stand_below_any_value(lines: str) -> None:
    assert list(read(lines).properties) == ["x"]


@pytest.mark.parametrize("lines", ["- a\n- b\n", "just text\n", "!tag\nx: 1\n"])
def test_frontmatter_that_holds_no_properties(lines: str) -> None:
    text = f"---\n{lines}---\n"
    block = find_block(text)
    assert block is not None
    assert read_frontmatter(text, block) is None


@pytest.mark.parametrize(
    ("lines", "after", "expected"),
    [
        ("", None, "y: new\n"),
        ("# only a comment\n", None, "# only a comment\ny: new\n"),
        ("x: 1\n", None, "x: 1\ny: new\n"),
        ("x: 1\nz: 2\n", "x", "x: 1\ny: new\nz: 2\n"),
        ("x: 1\r\nz: 2\r\n", "x", "x: 1\r\ny: new\r\nz: 2\r\n"),
        ("  x: 1\n  z: 2\n", "x", "  x: 1\n  y: new\n  z: 2\n"),
        ("x: 1 # why\n# of z\nz: 2\n", "x", "x: 1 # why\ny: new\n# of z\nz: 2\n"),
        ("x:\n# of z\n\nz: 2\n", "x", "x:\ny: new\n# of z\n\nz: 2\n"),
        ("x:\n  - a\n  - b\n\n# of z\nz: 2\n", "x", "x:\n  - a\n  - b\ny: new\n\n# of z\nz: 2\n"),
        ("x:\n- a\n- b\nz: 2\n", "x", "x:\n- a\n- b\ny: new\nz: 2\n"),
        ("x:\n  - a\n  -\nz: 2\n", "x", "x:\n  - a\n  -\ny: new\nz: 2\n"),
        ("x:\n  - a\n  - # nothing\nz: 2\n", "x", "x:\n  - a\n  - # nothing\ny: new\nz: 2\n"),
        ("x: [a,\n  b]\nz: 2\n", "x", "x: [a,\n  b]\ny: new\nz: 2\n"),
        ("x: |\n  # text\n  b\n\nz: 2\n", "x", "x: |\n  # text\n  b\ny: new\n\nz: 2\n"),
        ("x: |+\n  b\n\n", "x", "x: |+\n  b\n\ny: new\n"),
        ("x: |+ # c\n  b\n\n# of z\nz: 2\n", "x", "x: |+ # c\n  b\n\ny: new\n# of z\nz: 2\n"),
        ("x: 'a\n  # b'\nz: 2\n", "x", "x: 'a\n  # b'\ny: new\nz: 2\n"),
        ("x: a\n  b\nz: 2\n", "x", "x: a\n  b\ny: new\nz: 2\n"),
        ("x:\n  a:\n    b: 1\nz: 2\n", "x", "x:\n  a:\n    b: 1\ny: new\nz: 2\n"),
        ("x:\n  a:\nz: 2\n", "x", "x:\n  a:\ny: new\nz: 2\n"),
        ("  x:\n\n  z: 2\n", "x", "  x:\n  y: new\n\n  z: 2\n"),
        ("w: 1\nx:\r\n # c\r\n\r\nz: 2\n", "x", "w: 1\nx:\r\ny: new\r\n # c\r\n\r\nz: 2\n"),
        ("x:\n\n", "x", "x:\ny: new\n\n"),
    ],
)
def test_where_a_new_line_goes(lines: str, after: str | None, expected: str) -> None:
    assert insert(lines, after) == expected


def test_nothing_is_added_to_json() -> None:
    with pytest.raises(FrontmatterError, match="JSON"):
        insert('{"x": 1}\n', "x")
