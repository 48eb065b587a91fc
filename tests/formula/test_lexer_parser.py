"""The grammar: what is accepted and as what, what is refused and where."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vault_sync.errors import FormulaSyntaxError
from vault_sync.formula import ast
from vault_sync.formula.parser import MAX_NODES, MAX_SOURCE, parse
from vault_sync.formula.values import Regexp
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Callable


def pairs(node: ast.ObjectLiteral, below: list[str]) -> str:
    return " ".join(f"{key}:{value}" for key, value in zip(node.keys, below, strict=True))


def terms(node: ast.Chain, below: list[str]) -> str:
    return "".join(f" {sign} {term}" for sign, term in zip(node.operators, below[1:], strict=True))


SPELLINGS: dict[type, Callable[[Any, list[str]], str]] = {
    ast.Literal: lambda node, _: repr(node.value),
    ast.Name: lambda node, _: str(node.name),
    ast.NoteProperty: lambda node, _: f"note:{node.name}",
    ast.FormulaReference: lambda node, _: f"formula:{node.name}",
    ast.NoteObject: lambda _node, _: "note",
    ast.CurrentFile: lambda _node, _: "file",
    ast.ListLiteral: lambda _, below: f"[{' '.join(below)}]",
    ast.ObjectLiteral: lambda node, below: f"{{{pairs(node, below)}}}",
    ast.Field: lambda node, below: f"{below[0]}.{node.name}",
    ast.Index: lambda _, below: f"{below[0]}[{below[1]}]",
    ast.Call: lambda node, below: f"{node.name}({' '.join(below)})",
    ast.MethodCall: lambda node, below: f"{below[0]}.{node.name}({' '.join(below[1:])})",
    ast.Unary: lambda node, below: f"({node.operator}{below[0]})",
    ast.Chain: lambda node, below: f"({below[0]}{terms(node, below)})",
    ast.Binding: lambda node, below: f"<{' '.join((*node.names, *below))}>",
}


def outline(node: ast.Node) -> str:
    """Write a tree with all its parentheses."""
    below = [outline(child) for child in ast.children_of(node)]
    return SPELLINGS[type(node)](node, below)


def refusal_of(source: str) -> FormulaSyntaxError | None:
    try:
        parse(source)
    except FormulaSyntaxError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", "1.0"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("2.5E-1", "0.25"),
        ("1.isTruthy()", "1.0.isTruthy()"),
        ("5.isEmpty()", "5.0.isEmpty()"),
        ("3.14.toFixed(1)", "3.14.toFixed(1.0)"),
        ("true", "True"),
        ("null", "None"),
        ('"a\'b"', '"a\'b"'),
        (r"'\'\n\x41\u0042\u{1F343}\q'", repr("'\nAB🍃q")),
        (r'"\ud83c\udf43"', repr("🍃")),
        ('"a\\\nb"', repr("ab")),
        ("[]", "[]"),
        ("[1, [2]]", "[1.0 [2.0]]"),
        ("{}", "{}"),
        ('{"a b": 1, c: x}', "{a b:1.0 c:x}"),
        ("price", "price"),
        ("note.price", "note:price"),
        ('note["two words"]', "note:two words"),
        ("note[x]", "note[x]"),
        ("note", "note"),
        ("note.a.b", "note:a.b"),
        ("formula.total", "formula:total"),
        ("formula['총 합계'].round()", "formula:총 합계.round()"),
        ("file.name", "file.name"),
        ('file("a.md")', "file('a.md')"),
        ("⭕과목", "⭕과목"),
        ("❤️‍🔥x1", "❤️‍🔥x1"),
        ("🧑🏽‍🎓.length", "🧑🏽‍🎓.length"),
        ("_a$1", "_a$1"),
        ("image-property", "(image - property)"),
        ("a[0]['b'].c(1, 2)[d]", "a[0.0]['b'].c(1.0 2.0)[d]"),
        ("if(a, b)", "if(a b)"),
        ("a - b - c", "(a - b - c)"),
        ("a + b * c - d", "(a + (b * c) - d)"),
        ("a * b + c % d", "((a * b) + (c % d))"),
        ("a < b == c >= d", "((a < b) == (c >= d))"),
        ("a || b && !c == -d", "(a || (b && ((!c) == (-d))))"),
        ("a && b || c && d", "((a && b) || (c && d))"),
        ("(a + b) * c", "((a + b) * c)"),
        ("-a.b", "(-a.b)"),
        ("--1", "(-(-1.0))"),
        ("!-a", "(!(-a))"),
        ("{} / b / c", "({} / b / c)"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿 + 1", "(🏴󠁧󠁢󠁳󠁣󠁴󠁿 + 1.0)"),
        ("a / b / c", "(a / b / c)"),
        ("(a) / b", "(a / b)"),
        ("a[0] / b", "(a[0.0] / b)"),
        (" \n\ta\u00a0+\nb ", "(a + b)"),
        ("/* why */ a /**/ / /* * */ b", "(a / b)"),
        ("a ? b : c", "if(a b c)"),
        ("a ? b : c ? d : e", "if(a b if(c d e))"),
        ("a ? b ? 1 : 2 : c", "if(a if(b 1.0 2.0) c)"),
        ("a ?.5 : 1", "if(a 0.5 1.0)"),
        ("{a: b ? c : d}", "{a:if(b c d)}"),
        ("a || b ? c + 1 : d", "if((a || b) (c + 1.0) d)"),
        ("a and b or not c", "(!(!((!(!(a && b))) || (!c))))"),
        ("not not a == b", "((!(!a)) == b)"),
        ("not (a or b)", "(!(!(!(a || b))))"),
        ("and + or - not", "(and + or - not)"),
        ("not.a", "not.a"),
        ("x.and", "x.and"),
    ],
)
def test_a_formula_is_read_as(source: str, expected: str) -> None:
    assert outline(parse(source)) == expected


@pytest.mark.parametrize(
    ("source", "pattern", "flags"),
    [
        ("/ab/", "ab", ""),
        ("/a[/]b/gi", "a[/]b", "gi"),
        (r"/\/\[/", r"\/\[", ""),
        ("!/x/", "x", ""),
    ],
)
def test_a_slash_where_a_value_is_due_opens_a_regular_expression(
    source: str, pattern: str, flags: str
) -> None:
    tree = parse(source)
    literal = tree.operand if isinstance(tree, ast.Unary) else tree
    assert isinstance(literal, ast.Literal)
    assert literal.value == Regexp(pattern, flags)


@pytest.mark.parametrize(
    ("source", "column", "length", "words"),
    [
        ("", 1, 1, "empty"),
        ("  ", 3, 1, "empty"),
        ("a +", 4, 1, "ends where a value"),
        ("* 2", 1, 1, 'missing before "*"'),
        ("a b", 3, 1, "operator is missing"),
        ("1 2", 3, 1, "operator is missing"),
        ("a and", 6, 1, "ends where a value"),
        ("a not b", 3, 3, "operator is missing"),
        ("a ? b", 6, 1, '":" must follow'),
        ("a ? b :", 8, 1, "ends where a value"),
        *((f"a ? b {mark}", 7, 1, '":" must follow') for mark in ")]},"),
        ("[a ? b]", 7, 1, '":" must follow'),
        ("{x: a ? b}", 10, 1, '":" must follow'),
        ("f(a ? b)", 8, 1, '":" must follow'),
        ("a : b", 3, 1, "complete"),
        ("a ^ 2", 3, 1, "Multiply"),
        ("/* a", 1, 2, "not closed"),
        ("a /* b /* c", 3, 2, "not closed"),
        ("a = b", 3, 1, '"=="'),
        ("a & b", 3, 1, '"&&"'),
        ("a?.b", 2, 2, '"."'),
        ("a ?? b", 3, 2, "isEmpty"),
        ("x.map(v => v)", 9, 2, "map(value + 1)"),
        ("a ** b", 3, 2, "Multiply"),
        ("a ≠ b", 3, 1, "!="),
        ("“a”", 1, 1, "straight quotes"),
        ("a # b", 3, 1, "cannot stand here"),
        ("a\x00", 2, 1, "U+0000"),
        ('"abc', 1, 1, "not closed"),
        ('"a\nb"', 1, 1, "not closed"),
        ('"\\u12"', 2, 2, "escape"),
        ('"\\u{110000}"', 2, 2, "escape"),
        ('"\\ud83d"', 1, 8, "surrogate"),
        ("/abc", 1, 1, "not closed"),
        ("/a/gg", 4, 2, "flags"),
        ("/a/v", 4, 1, "flags"),
        ("4일후", 1, 3, 'note["4일후"]'),
        ("start + 4d", 9, 2, '"4d" in quotes'),
        ("this", 1, 4, '"file"'),
        ("this.file.name", 1, 4, '"file"'),
        ("formula", 1, 7, "formula.name"),
        ("formula[x]", 1, 7, "formula.name"),
        ("formula.keys()", 1, 7, "formula.name"),
        ("(a", 1, 1, '"("'),
        ("a)", 2, 1, "complete"),
        ("f(a", 2, 1, '"("'),
        ("f(a,)", 5, 1, "missing"),
        ("[1,]", 4, 1, "missing"),
        ("[,1]", 2, 1, "missing"),
        ("{a}", 3, 1, '":"'),
        ("{1: 2}", 2, 1, "name of an entry"),
        ("(a)(b)", 4, 1, "called"),
        ("a[0](b)", 5, 1, "called"),
        ('a."b"', 3, 3, "name must follow"),
        ("a[]", 3, 1, "missing"),
        ("!" * 60 + "a", 51, 1, "too deeply"),
        ("(" * 60 + "a" + ")" * 60, 52, 1, "too deeply"),
    ],
)
def test_a_mistake_is_named_where_it_is(source: str, column: int, length: int, words: str) -> None:
    with pytest.raises(FormulaSyntaxError) as caught:
        parse(source)
    assert (caught.value.column, caught.value.length) == (column, length)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "source",
    ["(" * 50 + "1" + ")" * 50, "!" * 50 + "a", "+".join(["a"] * 1000), "x" + ".trim()" * 90],
)
def test_what_is_large_but_allowed_is_read(source: str) -> None:
    parse(source)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 51 + "1" + ")" * 51,
        "[" * 4000,
        "!" * 9000 + "a",
        "-" * 51 + "a",
        "if(a, b, " * 51 + "c" + ")" * 51,
        "x" + ".a" * 101,
        "+".join(["a"] * (MAX_NODES + 1)),
        "a" * (MAX_SOURCE + 1),
    ],
)
def test_what_is_too_large_is_refused(source: str) -> None:
    with pytest.raises(FormulaSyntaxError):
        parse(source)


def test_the_deepest_legal_mixture_of_operators_is_bounded_by_height() -> None:
    with pytest.raises(FormulaSyntaxError, match="too deeply"):
        parse("a||b&&c==d<e+f*(" * 20 + "g" + ")" * 20)


@pytest.mark.parametrize(
    "template", ["{}", "note.{}", 'note["{}"]', "formula.{}", "a.{}", "formula['{}']"]
)
def test_names_are_read_in_nfc(template: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, "과목é") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert outline(parse(template.format(decomposed))) == outline(parse(template.format(composed)))


def test_a_text_is_read_as_it_is_spelled() -> None:
    decomposed = unicodedata.normalize("NFD", "과목")
    tree = parse(f'"{decomposed}"')
    assert isinstance(tree, ast.Literal)
    assert tree.value == decomposed


FRAGMENTS = st.sampled_from(
    [
        *("a", "과목", "🍃", "1", ".5", '"t"', "'", '"', "\\", "/", "/x/g", "1d", "\n", "\ud800"),
        *("(", ")", "[", "]", "{", "}", ",", ".", ":", "?", "!", "-", "+", "*", "%", "<", "=="),
        *("===", "&&", "||", "note", "file", "formula", "this", "true", "null", "if(", ".map("),
        *(" and ", " or ", " not ", " ? ", "let(a, ", "ifs(", "empty(", "map(", "^", "/*", "*/"),
        *("current", "prop(", '"days"', "dateAdd(", ".dateAdd(", "concat(", "lets("),
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=40).map("".join)))
@example("(" * 3000)
@example("[{" * 3000)
@example("a." * 3000)
@example("!" * 3000)
@example("a" + "[b" * 3000)
def test_any_text_is_a_tree_or_a_syntax_error_within_the_text(source: str) -> None:
    error = refusal_of(source)
    if error is not None:
        assert str(error)
        assert 1 <= error.column <= len(source) + 1
        assert 1 <= error.length <= max(1, len(source) + 1 - error.column)


def test_a_long_word_behind_an_operand_is_cut_in_the_message() -> None:
    with pytest.raises(FormulaSyntaxError) as refusal:
        parse(f"1 {'a' * 60}")
    assert f'before "{"a" * 40}",' in refusal.value.message


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), max_size=30))
@example('a "quoted" one \\ with a\nline end')
def test_a_quoted_text_is_read_as_it_was(text: str) -> None:
    node = parse(quote_text(text))
    assert isinstance(node, ast.Literal)
    assert node.value == text
