"""How list properties are edited: as a whole, in the style that the note has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_sync.errors import FrontmatterError
from vault_sync.note.edits import apply_edits, change_value, insert_property
from vault_sync.note.frontmatter import read_properties
from vault_sync.note.values import Stored, StoredList

if TYPE_CHECKING:
    from vault_sync.note.frontmatter import Frontmatter


def read(lines: str) -> Frontmatter:
    note = read_properties(f"---\n{lines}---\nbody\n")
    assert note
    return note


def list_of(*texts: str) -> StoredList:
    return StoredList(tuple(Stored(text, "text") for text in texts))


def change(lines: str, *texts: str) -> str:
    note = read(lines)
    edited = apply_edits(note.text, [change_value(note, "x", list_of(*texts))])
    return edited.removeprefix("---\n").removesuffix("---\nbody\n")


@pytest.mark.parametrize(
    ("lines", "texts", "expected"),
    [
        ("x:\n  - a\n", ("b",), "x:\n  - b\n"),
        ("x:\n  - a\n", ("b", "c"), "x:\n  - b\n  - c\n"),
        ("x:\n  - a\n  - b\ny: 1\n", ("c",), "x:\n  - c\ny: 1\n"),
        ("x:\n- a\ny: 1\n", ("b", "c"), "x:\n- b\n- c\ny: 1\n"),
        ("x:\n  -   a\n", ("b", "c"), "x:\n  -   b\n  -   c\n"),
        ("x:\r\n  - a\r\n", ("b", "c"), "x:\r\n  - b\r\n  - c\r\n"),
        ("x:\n  - 'a'\n  - b\n", ("c", "d", "e"), "x:\n  - 'c'\n  - d\n  - e\n"),
        ('x:\n  - "a"\n', ("b", "c"), 'x:\n  - "b"\n  - "c"\n'),
        ("x:\n  -\n", ("b",), "x:\n  - b\n"),
        ("x:\n  - a\ny: 1\n", (), "x: []\ny: 1\n"),
        ("y: 1\nx: [a]\n", ("b", "c"), "y: 1\nx: [b, c]\n"),
        ("y: 1\nx:  [a, b] # why\nz: 2\n", ("c",), "y: 1\nx:  [c] # why\nz: 2\n"),
        ("x: [a]\n", (), "x: []\n"),
        ("x: [a]\n", ("b, c", "d: e", "f", "{g}", "[h]", "i?"), 'x: ["b, c", "d: e", f, "{g}", "[h]", "i?"]\n'),
        ("x: []\n", ("b",), "x: [b]\n"),
        ("x: [\n  a,\n  b\n]\ny: 1\n", ("c",), "x: [c]\ny: 1\n"),
        ("x: a\ny: 1\n", ("b", "c"), "x:\n  - b\n  - c\ny: 1\n"),
        ("x:\ny: 1\n", ("b",), "x:\n  - b\ny: 1\n"),
        ("x: a # why\n", ("b", "c, d"), 'x: [b, "c, d"] # why\n'),
        ("x: &n a\n", (), None),
        ("x: # why\n  a\n", ("b",), "x: # why\n  [b]\n"),
        ("y: 'a\ufeffb'\nx:\n  - a\n", ("b", "c"), "y: 'a\ufeffb'\nx:\n  - b\n  - c\n"),
    ],
)  # fmt: skip
def test_a_list_takes_the_place_of_what_stood_there(
    lines: str, texts: tuple[str, ...], expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(FrontmatterError):
            change(lines, *texts)
    else:
        assert change(lines, *texts) == expected


@pytest.mark.parametrize(
    "value",
    [
        "\n  - a # why\n",
        " [a, # why\n  b]\n",
        " &n [a]\n",
        "\n  - &n a\n",
        "\n  - |\n    a\n",
        "\n  - [a]\n",
        " [[a]]\n",
        " [{a: b}]\n",
    ],
)
def test_a_list_that_holds_more_than_values_is_refused(value: str) -> None:
    with pytest.raises(FrontmatterError, match="would be lost") as refusal:
        change(f"y: 1\nx:{value}", "b")
    assert (refusal.value.problem.line, refusal.value.problem.property) == (3, "x")


def test_a_list_in_an_object_in_braces_is_refused() -> None:
    with pytest.raises(FrontmatterError, match="would be lost"):
        change("{x: [a]}\n", "b")


@pytest.mark.parametrize(
    ("lines", "after", "expected"),
    [
        ("y: 1\n", None, "y: 1\nx:\n  - a\n  - b\n"),
        ("y: 1\nz: 2\n", "y", "y: 1\nx:\n  - a\n  - b\nz: 2\n"),
        ("  y: 1\n", "y", "  y: 1\n  x:\n    - a\n    - b\n"),
    ],
)
def test_a_new_list_is_written_as_obsidian_writes_one(
    lines: str, after: str | None, expected: str
) -> None:
    note = read(lines)
    edited = apply_edits(note.text, [insert_property(note, "x", list_of("a", "b"), after)])
    assert edited == f"---\n{expected}---\nbody\n"
