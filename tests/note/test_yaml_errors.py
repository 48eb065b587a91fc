"""What is said of YAML that is refused, and where: the same with libyaml and without it."""

from __future__ import annotations

import pytest

from vault_sync.note import yaml_parser
from vault_sync.note.yaml_nodes import Scalar, YamlError, YamlMapping

QUOTE = "The quote that opens here is never closed."
COLON = "A value with `: ` in it needs quotes around it."
START = "A value that starts with this character needs quotes around it."
SIGN = "A value that starts with `*`, `&` or `!` needs quotes around it."
BRACKET = "Something in brackets is broken here: look for a missing `,` or bracket."
MISFIT = "This line does not fit the ones above it; look at its quotes and indentation."
SECOND = "A second YAML document starts here; delete its `---`, or the `...` above it."
PERCENT = "A line cannot start with `%`; put quotes around its name, or delete it."
BLOCK = "The lines of this block begin in a way that not all programs read alike; put its text in quotes."
TAB = "A tab stands here; use spaces."

REFUSED = [
    ("a: [xyz,\t1]\n", TAB, 0, 8),
    ("abc: defg # c\nb: [c, dddd ]\t\n", TAB, 1, 12),
    ("a: 'x\nb: 1\n", QUOTE, 0, 3),
    ('z: 1\na: "x\nb: 1\n', QUOTE, 1, 3),
    ("a: b: c\n", COLON, 0, 4),
    ("a: 1\n b: 2\n", COLON, 1, 2),
    ("? a: b: c\n", COLON, 0, 6),
    ("a: @x\n", START, 0, 3),
    ("a: `x\n", START, 0, 3),
    ("a: %x\n", START, 0, 3),
    ("a: *\n", SIGN, 0, 3),
    ("a: &\n", SIGN, 0, 3),
    ("a: 1\nb\n", "This line has no `:` between a name and a value.", 1, 0),
    ("z: 1\na: [1, 2\nb: 3\n", BRACKET, 1, 3),
    ("a: {b: 1\nc: 2\n", BRACKET, 0, 3),
    ("a:\n  - 1\n b: 2\n", MISFIT, 2, 1),
    ("- a\nb: 1\n", MISFIT, 1, 0),
    ("a: 1\n\tb: 2\n", TAB, 1, 0),
    ("a: 1\n---\nb: 2\n", SECOND, 1, 0),
    ("a: \x07\n", "There is a control character here; delete it.", 0, 3),
    ("b: 1\na: \x7f\n", "There is a control character here; delete it.", 1, 3),
    ("a: 1\nb: x\u2028y\n", "There is an invisible line separator here; type an ordinary new line.", 1, 4),
    (f"a: {'[' * 60}{']' * 60}\n", "This is nested more than 50 deep.", 0, 52),
    ("a: [::x]\n", "Not all programs read this alike; put quotes around it.", 0, 4),
    ("\ufeffa: 1\n", "An invisible byte order mark stands here; delete it.", 0, 0),
    # Where one parser said another thing than the other, or at another place.
    ("a: [ , ]\n", BRACKET, 0, 5),
    ("a: 1\nb: [c,\n", BRACKET, 1, 5),
    ("a: {]\n", BRACKET, 0, 4),
    ("a: *x*\n", SIGN, 0, 3),
    ("a: !%zz b\n", SIGN, 0, 3),
    ("a: !x!y b\n", SIGN, 0, 3),
    ("a: -\nb: 1\n", START, 0, 3),
    ("a: |0\n  b\n", START, 0, 3),
    ("a: >#\n", START, 0, 3),
    ("}: 1\n", START, 0, 0),
    ("a: |\n \n   b\n  c\n", BLOCK, 2, 3),
    ('a: "b\n...\n', QUOTE, 0, 3),
    ("a: b\ufeff: c\n", COLON, 0, 5),
    ("{a: 1}\nb: 2\n", MISFIT, 1, 0),
    ("a: 1\n...\nb: 2\n", SECOND, 2, 0),
    ("...\na: 1\n", "A line `...` ends all properties; delete it.", 0, 0),
    ("%%x%%\na: 1\n", PERCENT, 0, 0),
    ("a: 1\n%%x%%\n", PERCENT, 1, 0),
    ("%YAML 1.2\na: 1\n", PERCENT, 0, 0),
    ("%YAML 1.3\na: 1\n", PERCENT, 0, 0),
    ("# b\n%YAML 2.0\n", PERCENT, 1, 0),
    ("a: 1\n...\n%YAML 1.3\n--- b", PERCENT, 2, 0),
    ("%a: b\nc: d\n", PERCENT, 0, 0),
]  # fmt: skip


LINK = 'A link needs quotes around it, as in "[[Note]]"; more than one is a list of these.'
VALUES = "More than one value is a list: write each in a line of its own behind `- `."
BEHIND_QUOTE = "There is text behind a closing quote; put other quotes around the whole value."
BEHIND_NAME = "There is text behind a closing quote; put other quotes around the whole name."
BEHIND_BRACKET = "There is text behind a closing bracket; put quotes around the whole value."
BACKSLASH = "A backslash in double quotes must be written twice."
CURVED = "These are not the quotes that YAML knows; type straight ones."
ITEM = "An item of a list begins with `- `; this is another character."
NAME_START = "A name that starts with this character needs quotes around it."
SPACE = "A space is missing behind this `:`."
DASH = "A space is missing behind this `-`."


def unseen(code: str) -> str:
    return f"An invisible character ({code}) stands behind this `:`; type a space."


def indented(code: str) -> str:
    return f"An invisible character ({code}) stands here; type a space, or nothing."


def colon(code: str) -> str:
    return f"This is not the `:` that a name needs, but another character ({code}); type `: `."


# What people type, by keyboards, phones and other programs: the line shows what no parser can name.
TYPED = [
    ("people: [[A]], [[B]]\n", LINK, 0, 8),
    ("z: 1\npeople::  [[A]], [[B]]\n", LINK, 1, 10),
    ("up: [[A|B]] and more\n", LINK, 0, 4),
    ("a:\n  - [[A]] x\n", LINK, 1, 4),
    ('f: "[[p1]]", "[[p2]]"\n', VALUES, 0, 11),
    ("f: 'a' , 'b'\n", VALUES, 0, 7),
    ('b: "quoted" and more\n', BEHIND_QUOTE, 0, 12),
    ("b: 'it's'\n", BEHIND_QUOTE, 0, 7),
    ('b: "he said "no""\n', BEHIND_QUOTE, 0, 13),
    ('"b: c": "x" y\n', BEHIND_QUOTE, 0, 12),
    ('"a" b: c\n', BEHIND_NAME, 0, 4),
    ("z: 1\n'a''s' \"b\": c\n", BEHIND_NAME, 1, 7),
    ("b: [x] done\n", BEHIND_BRACKET, 0, 7),
    ("a: [1 2] x\n", BEHIND_BRACKET, 0, 9),
    ("b: {{date}} {{time}}\n", BEHIND_BRACKET, 0, 12),
    ("b: > cited\n", START, 0, 3),
    ("b: | cited\n", START, 0, 3),
    ('p: "C:\\Users\\me"\n', BACKSLASH, 0, 6),
    ('p: "C:\\new\\xyz"\n', BACKSLASH, 0, 10),
    ('p: "C:\\uni"\n', BACKSLASH, 0, 6),
    ('p: "\\server"\n', BACKSLASH, 0, 4),
    ("a: “b: c”\n", CURVED, 0, 3),
    ("a: 「b: c」\n", CURVED, 0, 3),
    ("a:\u00a0b\nc: 1\n", unseen("U+00A0"), 0, 2),
    ("z: 1\na:\u00a0b\n", unseen("U+00A0"), 1, 2),
    ("z: 1\na:\u3000b\nc: 1\n", unseen("U+3000"), 1, 2),
    ("z: 1\na:\u200bb\nc: 1\n", unseen("U+200B"), 1, 2),
    ("z: 1\r\na:\u2009b\r\n", unseen("U+2009"), 1, 2),
    ("a:\n\u00a0\u00a0- b\nc: 1\n", indented("U+00A0"), 1, 0),
    ("a:\n\u3000- b\nc: 1\n", indented("U+3000"), 1, 0),
    ("a: 1\n\u200b- b\n", indented("U+200B"), 1, 0),
    ("z: 1\na\uff1ab\n", colon("U+FF1A"), 1, 1),
    ("a\uff1a b\nz: 1\n", colon("U+FF1A"), 0, 1),
    ("z: 1\na \uff1a b\n", colon("U+FF1A"), 1, 2),
    ("z: 1\na\ufe55 b\n", colon("U+FE55"), 1, 1),
    ("z: 1\na\u2236 b\n", colon("U+2236"), 1, 1),
    ("a: 1\n\ufeffb: x\n", "An invisible byte order mark stands here; delete it.", 1, 0),
    ("a:\n  - b\n  • c\n", ITEM, 2, 2),
    ("a:\n- b\n– c\n", ITEM, 2, 0),
    ("a:\n- b\n－c\n", ITEM, 2, 0),
    ("z: 1\na:b\n", SPACE, 1, 1),
    ('z: 1\na:"b"\n', SPACE, 1, 1),
    ("a:2024-07-07\nz: 1\n", SPACE, 0, 1),
    ("a: - b\n", "A list begins in the line below its name.", 0, 3),
    ("z: 1\na: - b\n", "A list begins in the line below its name.", 1, 3),
    ("a:\n- b\n-c\n", DASH, 2, 0),
    ("z: 1\na: ,b\n", START, 1, 3),
    ("z: 1\na: }\n", START, 1, 3),
    ("z: 1\na: ?\n", START, 1, 3),
    ("z: 1\n> a: b\n", NAME_START, 1, 0),
    ("z: 1\n**a**: b\n", NAME_START, 1, 0),
    ("z: 1\n@a: b\n", NAME_START, 1, 0),
    # What stands in the line above is good and is not blamed.
    ("up: [[A]]\n  b: 2\n", MISFIT, 1, 2),
    ("z: 1\nhttps://x.org\n", "This line has no `:` between a name and a value.", 1, 0),
]  # fmt: skip


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(yaml_parser, "CParser", None)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "message", "line", "column"), REFUSED + TYPED)
def test_what_is_said_and_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(YamlError) as refusal:
        yaml_parser.parse(text)
    assert (refusal.value.message, refusal.value.line, refusal.value.column) == (message, line, column)  # fmt: skip


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text", [f"a: {'[' * 49}{']' * 49}\n", "a: [x:y, 'b': c]\n", "a: ! x\n", "a: 1 # \t\n", "a: '\t'\n"]
)  # fmt: skip
def test_what_is_read(text: str) -> None:
    assert isinstance(yaml_parser.parse(text), YamlMapping)


@pytest.mark.usefixtures("parser")
def test_where_a_node_stands() -> None:
    root = yaml_parser.parse("a: 1\nb:\n  - 'x'\n  - &n y\n")
    assert isinstance(root, YamlMapping)
    (_, (key, value)) = root.pairs
    assert key == Scalar("b", "", 5, 6, 1, 0, is_decorated=False)
    assert getattr(value, "items", ()) == (
        Scalar("x", "'", 12, 15, 2, 4, is_decorated=False),
        Scalar("y", "", 20, 24, 3, 4, is_decorated=True),
    )


# What is empty stands behind its colon, in braces behind the blanks too: line and column.
EMPTY = {
    "alone": ("a:\nb: 1\n", (0, 2)),
    "at the end": ("z: 1\na:\n\n", (1, 2)),
    "before a comment": ("a: # b:\n\n# c\nb: 1\n", (0, 2)),
    "nested": ("a:\n  b:\n  # c\nd: 1\n", (1, 4)),
    "colon on a line of its own": ("? a\n# b:\n: # c\nd: 1\n", (2, 1)),
    "without a colon": ("? a\nb: 1\n", (0, 3)),
    "in braces": ("a: {b: }\n", (0, 7)),
    "in braces before a comma": ("a: {b:, c: 1}\n", (0, 6)),
    "in braces over lines": ("a: {b: # c\n  }\n", (0, 7)),
    "in braces without a colon": ("a: {b }\n", (0, 5)),
    "with a tag": ("a: !\nb: 1\n", (0, 3)),
    "behind a mark": ('"a\ufeff": &x\nb: 1\n', (0, 6)),
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "place"), EMPTY.values(), ids=EMPTY)
def test_where_an_empty_value_stands(text: str, place: tuple[int, int]) -> None:
    node = yaml_parser.parse(text)
    empty = []
    while isinstance(node, YamlMapping):
        empty += [value for _, value in node.pairs if isinstance(value, Scalar) and not value.text]
        node = next((value for _, value in node.pairs if isinstance(value, YamlMapping)), None)
    assert [(value.line, value.column) for value in empty] == [place]
    assert empty[0].is_decorated == any(sign in text for sign in "!&")


@pytest.mark.usefixtures("parser")
def test_nothing_is_nothing() -> None:
    assert yaml_parser.parse("") is None
    assert yaml_parser.parse("# c\n\n") is None
