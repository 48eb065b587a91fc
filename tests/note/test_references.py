"""What a note refers to in its properties and its text: tags, links, embeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_sync.formula.values import Link
from vault_sync.note.frontmatter import read_properties
from vault_sync.note.markdown import list_embeds, list_links, list_tags

if TYPE_CHECKING:
    from vault_sync.note.frontmatter import Frontmatter


def note(lines: str, body: str = "") -> Frontmatter:
    found = read_properties(f"---\n{lines}---\n{body}")
    assert found
    return found


@pytest.mark.parametrize(
    ("own", "tags"),
    [
        (None, ["Text"]),
        ("a b,c", ["a", "b", "c", "Text"]),
        ("#a, ##b", ["a", "#b", "Text"]),
        (["#a", 1.0, "A", "b c"], ["a", "b c", "Text"]),
        (["TEXT"], ["TEXT"]),
        (2.0, ["Text"]),
        ("e\u0301", ["\u00e9", "Text"]),
    ],
)
def test_tags(own: str | float | list[object] | None, tags: list[str]) -> None:
    assert list_tags(note("a: 1\n", "#Text #text\n"), own) == tags  # type: ignore[arg-type]  # any value


LINES = """\
a: "[[One]]"
b: ["[[Two|2]]", {c: "[[Three#Part]]"}, x]
d: "[shown](Four.md)"
e: "[web](https://example.com)"
f: "[[not closed"
g: &n "[[Five]]"
h: "[[e\u0301]]"
i: [[[Six]]]
"""


def test_links_stand_in_properties_then_in_the_text_then_in_embeds() -> None:
    found = list_links(note(LINES, "![[Image.png]] [[Text]]\n"))
    assert found == [
        Link("One", "One"),
        Link("Two", "2"),
        Link("Three#Part", "Three > Part"),
        Link("Four.md", "shown"),
        Link("\u00e9", "\u00e9"),
        Link("Text", "Text"),
        Link("Image.png", "Image.png"),
    ]


def test_links_of_either_kind_stand_in_the_order_of_the_text() -> None:
    ten = "".join(f"with [[{number}]]" for number in range(10))
    found = list_links(note("a: 1\n", f"{ten} [b](B.md) [[c]] [d](D.md)\n"))
    assert [link.target for link in found if isinstance(link, Link)] == [
        *map(str, range(10)),
        "B.md",
        "c",
        "D.md",
    ]


def test_links_of_some_properties_do_not_count() -> None:
    found = list_links(note(LINES), {"a", "b", "d", "h"})
    assert found == []


def test_embeds() -> None:
    assert list_embeds(note(LINES, "![[A#^b|c]] [[Text]] ![x](B.png)\n")) == [
        Link("A#^b", "c"),
        Link("B.png", "x"),
    ]


def test_the_frontmatter_is_not_the_text() -> None:
    assert list_tags(note("a: x #no\n", "#yes\n"), None) == ["yes"]
    assert list_links(note("# [[No]]\n", "---\n[[Yes]]\n")) == [Link("Yes", "Yes")]
