"""Tags, links and embeds of a note's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import EvaluationError
from vault_sync.formula.values import Link
from vault_sync.note import markdown
from vault_sync.note.markdown import find_embeds, find_links, find_tags


@pytest.mark.parametrize(
    "body",
    [
        "# Heading\n## Second",
        "#1984 and #2024",
        "C# and word#tag and a/#b",
        '(#tag) and "#tag"',
        r"\#tag",
        "##tag",
        "`#tag` and ``a ` #tag``",
        "```\n#tag\n```",
        "~~~ python\n#tag\n```\n#tag\n~~~",
        "```\n#tag never closed",
        "> ```\n> #tag\n> ```",
        "- item\n  ```\n  #tag\n  ```",
        "    #tag in indented code",
        "text\n\n\t#tag in indented code",
        "# Heading\n    #tag in indented code",
        "***\n    #tag in indented code",
        "- a\n\n      #tag in indented code of an item",
        "1. a\n\n       #tag in indented code of an item",
        ">     #tag in indented code of a quote",
        "- a\n  - b\n\n        #tag in indented code of an inner item",
        "```\n#tag\n    ```\n#tag\n```",
        "<div>\n#tag in a block of HTML\n</div>",
        "%%#tag%% %% #tag %%",
        "%%\n#tag\n\n#tag\n%%",
        "%%\n#tag, and the comment never ends",
        "text\n%%\n#tag, and it never ends",
        "text\n<!--\n#tag, and it never ends",
        "<!-- #tag -->",
        "[[note #tag]] ![[note #tag]]",
        "[text #tag](note.md) ![ #tag ](x.png)",
        "https://example.org/#tag",
        "<https://example.org/ #tag> <a title=' #tag '>",
        "$x #tag y$ and $$\n#tag\n\n#tag\n$$",
        "#",
        "# ",
        "",
    ],
)
def test_what_is_no_tag(body: str) -> None:
    assert find_tags(body) == []


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        ("#tag", ["tag"]),
        ("a #tag, b #other.", ["tag", "other"]),
        ("#복습 #물리/역학 #🟩 #D+4", ["복습", "물리/역학", "🟩", "D"]),
        ("#y1984 #1984y #a-b_c", ["y1984", "1984y", "a-b_c"]),
        ("#Tag #tag #TAG", ["Tag"]),
        ("# Heading #tag", ["tag"]),
        ("> #tag", ["tag"]),
        ("- ```\n  code\n\n#tag behind the item that ends the fence", ["tag"]),
        ("text\n    ```\n    #lazy, for a fence cannot be indented so far", ["lazy"]),
        ("<div>\nhtml\n</div>\n\n#tag", ["tag"]),
        ("- #tag\n\n    - #nested", ["tag", "nested"]),
        ("text\n    #lazy continuation", ["lazy"]),
        ("```\ncode\n```\n#tag", ["tag"]),
        ("> ```\n> code\n#tag", ["tag"]),
        ("````\n```\n````\n#tag", ["tag"]),
        ("```not a fence``` #tag", ["tag"]),
        ("`open #tag\n\n`", ["tag"]),
        ("``open ` #tag", ["tag"]),
        ("100%% sure #tag", ["tag"]),
        ("I paid $5 #tag and $6", ["tag"]),
        ("US$5 #tag or US$6", ["tag"]),
        ("`open #tag\r\n\r\n`", ["tag"]),
        ("\\$5 #tag 6$", ["tag"]),
        ("a < b #tag > c", ["tag"]),
        ("[ ] #tag", ["tag"]),
        ("[[open #tag", ["tag"]),
        ("line\r\n#tag\r\n", ["tag"]),
        ("%%a%% #tag", ["tag"]),
        ("#tag`code`", ["tag"]),
    ],
)
def test_tags(body: str, tags: list[str]) -> None:
    assert find_tags(body) == tags


@pytest.mark.parametrize(
    "body",
    [
        "`[[note]]`",
        "```\n[[note]] [a](b.md)\n```",
        "%%[[note]]%%",
        "![[note]] ![a](b.png)",
        "[a](https://example.org) [b](mailto:x@example.org) <https://example.org>",
        r"\[a](b.md)",
        "[a] (b.md)",
        "[a]()",
        "[[]] [[a\nb]]",
        "- [ ] task",
    ],
)
def test_what_is_no_link(body: str) -> None:
    assert find_links(body) == []


@pytest.mark.parametrize(
    ("body", "links"),
    [
        ("[[note]]", [Link("note")]),
        ("[[note|shown]] [[ note ]]", [Link("note", "shown"), Link("note")]),
        ("[[note|shown|too]]", [Link("note", "shown|too")]),
        (r"| [[note\|shown]] |", [Link("note", "shown")]),
        ("[[a/b#Heading^x]] [[#Here]]", [Link("a/b#Heading^x"), Link("#Here")]),
        ("[shown](a%20b.md)", [Link("a b.md", "shown")]),
        ('[shown](<a b.md> "title")', [Link("a b.md", "shown")]),
        ("[x](a(1).md) [y](%ff)", [Link("a(1).md", "x"), Link("%ff", "y")]),
        ("[a](1.md) [[2]] [b](3.md)", [Link("1.md", "a"), Link("2"), Link("3.md", "b")]),
        ("[ ] todo [a](b.md)", [Link("b.md", "a")]),
        ("[![alt](pic.png)](note.md)", [Link("note.md", "![alt](pic.png)")]),
        ("[[김치]]", [Link("김치")]),
        ("[a [b](c.md) d](e.md)", [Link("c.md", "b")]),
    ],
)
def test_links(body: str, links: list[Link]) -> None:
    assert find_links(body) == links


def test_links_of_both_kinds_come_in_the_order_of_the_text() -> None:
    body = "text [[a]] and [[b]], [c](c.md) [[d]] ![[e]] [f](f.md)"
    assert [link.target for link in find_links(body)] == ["a", "b", "c.md", "d", "f.md"]


@pytest.mark.parametrize(
    ("body", "embeds"),
    [
        ("[[a]] [b](c.md)", []),
        ("![[a.png|300]]", [Link("a.png", "300")]),
        ("![alt](a.png) ![[b]]", [Link("a.png", "alt"), Link("b")]),
        ("[![alt](pic.png)](note.md)", [Link("pic.png", "alt")]),
        ("![x](https://example.org/a.png)", []),
    ],
)
def test_embeds(body: str, embeds: list[Link]) -> None:
    assert find_embeds(body) == embeds


_MARKS = st.sampled_from(
    [
        *("`", "``", "```", "~~~", "%%", "$", "$$", "[", "[[", "]", "]]", "](", "(", ")", "!["),
        *("<a", ">", "<!--", "-->", "#tag", "#", "\\", "|", '"', "a", " ", "\n", "\n\n", "- "),
        *("    ", "\0", "😀"),
    ]
)


@given(st.lists(_MARKS, max_size=40).map("".join))
def test_any_text_is_read(body: str) -> None:
    for tag in find_tags(body):
        assert f"#{tag}" in body
    for link in find_links(body) + find_embeds(body):
        assert link.target.split("%")[0] in body


@given(st.lists(_MARKS, max_size=20).map("".join))
def test_code_hides_all_marks(body: str) -> None:
    hidden = f"~~~~~~\n{body.replace('~', '')}\n~~~~~~\n"
    assert find_tags(hidden) == []
    assert find_links(hidden) == []
    assert find_embeds(hidden) == []


@pytest.mark.parametrize(
    "unit",
    [
        *("`", "`a``b```", "$a ", "%%a", "<!--", "[[a ", "![", "](", '](x "', "[a](x) ", "<a"),
        *("\n>", "    x\n\n", "![a](x(", "```\n", "$$ ", "](x(y", "\\", "- "),
    ],
)
def test_large_hostile_text_ends(unit: str) -> None:
    # A step that looks twice at each character would need many minutes, and run into the time limit.
    body = unit * (400_000 // len(unit))
    find_tags(f"{body} #")
    find_links(body)


def test_a_text_without_end_is_not_read() -> None:
    with pytest.raises(EvaluationError, match="tags and links are not read"):
        find_tags("#tag\n" * 500_000)


@pytest.mark.parametrize("start", [0, 24, 500, 999, 1000])
@pytest.mark.parametrize("length", [999, 1000, 1001])
def test_of_the_text_of_a_link_a_thousand_characters_are_shown(start: int, length: int) -> None:
    (link,) = find_links(f"{'a' * start} [{'x' * length}](note.md)")
    assert link.display == "x" * min(length, 1000)


def test_of_texts_that_were_read_no_more_is_kept_than_the_longest_that_is_read() -> None:
    limit = 2_000_000
    readings = markdown._Readings()
    half, other = "a" * (limit // 2), "b" * (limit // 2)
    first = readings[half]
    readings[other]
    assert readings[half] is first  # both fit
    readings["c"]
    assert [*readings] == [other, "c"]
    assert readings["c"].prose == "c"
    longest = "d" * limit
    readings[longest]
    assert [*readings] == [longest]
    with pytest.raises(EvaluationError, match="2,000,000 characters"):
        readings[longest + "d"]
    readings["e"]
    assert [*readings] == ["e"]
