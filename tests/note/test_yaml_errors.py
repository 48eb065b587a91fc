"""What is said of YAML that is refused, and where: the same with libyaml and without it."""

from __future__ import annotations

import pytest

from vault_sync.note import yaml_parser
from vault_sync.note.yaml_tree import Mapping, Scalar, YamlError

QUOTE = "The quote that opens here is never closed."
COLON = "A value with `: ` in it needs quotes around it."
START = "A value that starts with this character needs quotes around it."
SIGN = "A value that starts with `*` or `&` needs quotes around it."
BRACKET = "Something in brackets is broken here: look for a missing `,` or bracket."
MISFIT = "This line does not fit the ones above it; look at its quotes and indentation."
TAB = "A tab stands here; use spaces."

REFUSED = [
    ("a: 'x\nb: 1\n", QUOTE, 0, 3),
    ('z: 1\na: "x\nb: 1\n', QUOTE, 1, 3),
    ("a: b: c\n", COLON, 0, 4),
    ("a: 1\n b: 2\n", COLON, 1, 2),
    ("? a: b: c\n", COLON, 0, 6),
    ("a: @x\n", START, 0, 3),
    ("a: `x\n", START, 0, 3),
    ("a: %x\n", START, 0, 3),
    ("a: *\n", SIGN, 0, 4),
    ("a: &\n", SIGN, 0, 4),
    ("a: 1\nb\n", "This line has no `:` between a name and a value.", 1, 0),
    ("z: 1\na: [1, 2\nb: 3\n", BRACKET, 1, 3),
    ("a: {b: 1\nc: 2\n", BRACKET, 0, 3),
    ("a: [1 2] x\n", MISFIT, 0, 9),
    ("a:\n  - 1\n b: 2\n", MISFIT, 2, 1),
    ("- a\nb: 1\n", MISFIT, 1, 0),
    ("a: 1\n\tb: 2\n", TAB, 1, 0),
    ("a: 1\n---\nb: 2\n", "A second YAML document starts here.", 1, 0),
    ("a: \x07\n", "There is a control character here; delete it.", 0, 3),
    ("b: 1\na: \x7f\n", "There is a control character here; delete it.", 1, 3),
    ("a: 1\nb: x\u2028y\n", "There is an invisible line separator here; type an ordinary new line.", 1, 4),
    (f"a: {'[' * 60}{']' * 60}\n", "This is nested more than 50 deep.", 0, 52),
    ("a: [::x]\n", "Not all programs read this alike; put quotes around it.", 0, 4),
    ("\ufeffa: 1\n", "An invisible byte order mark stands here; delete it.", 0, 0),
]  # fmt: skip


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(yaml_parser, "CParser", None)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "message", "line", "column"), REFUSED)
def test_what_is_said_and_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(YamlError) as refusal:
        yaml_parser.parse(text)
    assert (refusal.value.message, refusal.value.line, refusal.value.column) == (message, line, column)  # fmt: skip


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text", [f"a: {'[' * 49}{']' * 49}\n", "a: [x:y, 'b': c]\n", "a: ! x\n", "a: 1 # \t\n", "a: '\t'\n"]
)  # fmt: skip
def test_what_is_read(text: str) -> None:
    assert isinstance(yaml_parser.parse(text), Mapping)


@pytest.mark.usefixtures("parser")
def test_where_a_node_stands() -> None:
    root = yaml_parser.parse("a: 1\nb:\n  - 'x'\n  - &n y\n")
    assert isinstance(root, Mapping)
    (_, (key, value)) = root.pairs
    assert key == Scalar("b", "", 5, 6, 1, 0, is_decorated=False)
    assert getattr(value, "items", ()) == (
        Scalar("x", "'", 12, 15, 2, 4, is_decorated=False),
        Scalar("y", "", 20, 24, 3, 4, is_decorated=True),
    )


@pytest.mark.usefixtures("parser")
def test_nothing_is_nothing() -> None:
    assert yaml_parser.parse("") is None
    assert yaml_parser.parse("# c\n\n") is None
