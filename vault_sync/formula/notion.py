"""Notion's functions: their names, and how each is written in the tree of Bases.

Source of what they do: Notion help, "Formula syntax & functions".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from vault_sync.formula import ast
from vault_sync.formula.ast import syntax_error
from vault_sync.formula.functions.dates import SPANS, UNITS, find_unit
from vault_sync.formula.registry import METHODS, advise_arity
from vault_sync.formula.values import Regexp, Value
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.errors import FormulaSyntaxError

    Parse: TypeAlias = Callable[[str], ast.Node]
    Write: TypeAlias = Callable[..., ast.Node]


ELEMENT: Final = "current"
"""What Notion calls the element in a loop; Bases calls it ``value``."""


class Spelling(NamedTuple):
    """A function as Notion has it.

    Attributes:
        least: how few arguments it takes.
        most: how many, or None for any number.
        write: ``write(writer, *arguments)`` gives the tree of Bases.
        is_method: whether it may be written behind its first argument too.
    """

    least: int
    most: int | None
    write: Write
    is_method: bool = True


class Writer(NamedTuple):
    """Writes in the language of Bases what one call means.

    Attributes:
        start: where in the formula the call begins.
        end: where it ends.
        parse: parses a formula of Bases.
    """

    start: int
    end: int
    parse: Parse

    def fill(self, template: str, *arguments: ast.Node) -> ast.Node:
        """Return the tree of a formula with arguments in the place of ``a``, ``b`` and ``c``."""
        tree = _parse(self.parse, template)
        filled: ast.Node = self._fill(tree, dict(zip("abc", arguments, strict=False)))
        return filled

    def _fill(self, part: Any, arguments: dict[str, ast.Node]) -> Any:
        if isinstance(part, ast.Name) and part.name in arguments:
            return arguments[part.name]
        if type(part) is tuple:
            return tuple([self._fill(one, arguments) for one in part])
        if not isinstance(part, ast.Node):
            return part
        fields = [self._fill(one, arguments) for one in part[:-2]]
        return _simplify(type(part)._make((*fields, self.start, self.end)))

    def literal(self, value: Value) -> ast.Node:
        """Return a value written out."""
        return ast.Literal(value, self.start, self.end)

    def list_of(self, elements: tuple[ast.Node, ...]) -> ast.Node:
        """Return ``[elements]``."""
        return ast.ListLiteral(elements, self.start, self.end)


@lru_cache
def _parse(parse: Parse, template: str) -> ast.Node:
    return parse(template)


def _simplify(node: ast.Node) -> ast.Node:
    """Return a node without a conversion of what is of the wanted kind for certain."""
    match node:
        case ast.MethodCall(receiver=ast.Literal(value=str()) as text, name="toString"):
            return text
        case ast.Call(name="date", arguments=(ast.Call(name="date" | "now" | "today") as day,)):
            return day
        case ast.Call(name="list", arguments=(ast.ListLiteral() as elements,)):
            return elements
        case ast.Call(name="max", arguments=(ast.Literal(value=float()) as number, _)):
            return number
        case ast.MethodCall():
            return name_element(node)
    return node


def name_element(call: ast.MethodCall) -> ast.Node:
    """Let ``current`` be the element of a loop whose body does not call it ``value`` itself."""
    if call.name not in ast.LOOP_VARIABLES or not call.arguments:
        return call
    body, *others = call.arguments
    free = set(ast.names_free_in(body))
    if ELEMENT not in free or "value" in free:
        return call
    element = ast.Name("value", body.start, body.end)
    body = ast.Binding((ELEMENT,), (element,), body, body.start, body.end)
    return ast.MethodCall(call.receiver, call.name, (body, *others), call.start, call.end)


def _refuse(node: ast.Node, message: str) -> FormulaSyntaxError:
    return syntax_error(message, node.start, node.end)


def _take_text(node: ast.Node, message: str) -> str:
    if isinstance(node, ast.Literal) and isinstance(node.value, str):
        return node.value
    raise _refuse(node, message)


def _property(w: Writer, name: ast.Node) -> ast.NoteProperty:
    text = _take_text(name, 'Write the name of the property in quotes, such as prop("Start").')
    return ast.NoteProperty(to_nfc(text), w.start, w.end)


def _empty(w: Writer, value: ast.Node | None = None) -> ast.Node:
    """Write that there is nothing: no value, text or element, and in Notion 0 and false too.

    Without an argument it is nothing itself.
    """
    if value is None:
        return w.literal(None)
    is_leaf = isinstance(value, ast.NoteProperty | ast.Name)
    test = "a.isEmpty() || !a" if is_leaf else "let(it, a, it.isEmpty() || !it)"
    return w.fill(test, value)


def _logic(operator: str) -> Write:
    def write(w: Writer, *operands: ast.Node) -> ast.Node:
        operators = (operator,) * (len(operands) - 1)
        chain = ast.Chain(operators, operands, w.start, w.end) if operators else operands[0]
        return w.fill("!!a", chain)

    return write


def _ifs(w: Writer, *parts: ast.Node) -> ast.Node:
    pairs, rest = parts[: len(parts) // 2 * 2], parts[len(parts) // 2 * 2 :]
    for place in range(len(pairs) - 2, -1, -2):
        rest = (ast.Call("if", (*pairs[place : place + 2], *rest), w.start, w.end),)
    return rest[0]


def _let(w: Writer, *parts: ast.Node) -> ast.Node:
    *pairs, body = parts
    if len(pairs) % 2:
        message = "A name and its value belong together, and an expression comes last."
        raise syntax_error(message, w.start, w.end)
    names = tuple(_take_name(name, body) for name in pairs[::2])
    return ast.Binding(names, tuple(pairs[1::2]), body, w.start, w.end)


def _take_name(node: ast.Node, body: ast.Node) -> str:
    if not isinstance(node, ast.Name):
        raise _refuse(node, "A new name must stand here, such as let(days, 4, days * 2).")
    if any(node.name in ast.names_free_in(loop) for loop in _list_loops(body, node.name)):
        raise _refuse(
            node, f'Choose another name: "{node.name}" is what a loop in it calls its own.'
        )
    return node.name


def _list_loops(tree: ast.Node, name: str) -> list[ast.Node]:
    """Return the bodies of loops that give a name a value of their own."""
    if name not in ast.LOOP_VARIABLES["reduce"]:
        return []
    return [
        node.arguments[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.MethodCall)
        and name in ast.LOOP_VARIABLES.get(node.name, ())
        and node.arguments
    ]


def _shift(operator: str) -> Write:
    def write(w: Writer, day: ast.Node, amount: ast.Node, unit: ast.Node) -> ast.Node:
        if isinstance(unit, ast.Literal):
            span = w.literal(SPANS[_take_unit(unit)])
        else:
            span = w.fill('"1 " + a', unit)
        return w.fill(f"date(a) {operator} duration(c) * b", day, amount, span)

    return write


def _take_unit(node: ast.Node) -> str:
    message = f"Write the unit in quotes, one of {UNITS}."
    unit = find_unit(_take_text(node, message))
    if unit is None:
        raise _refuse(node, message)
    return unit


def _between(w: Writer, first: ast.Node, second: ast.Node, unit: ast.Node) -> ast.Node:
    if isinstance(unit, ast.Literal):
        _take_unit(unit)
    return ast.Call("dateBetween", (first, second, unit), w.start, w.end)


def _substring(w: Writer, text: ast.Node, *places: ast.Node) -> ast.Node:
    """Write a slice, in which a place before the start counts as the start."""
    counted = tuple(w.fill("max(a, 0)", place) for place in places)
    return ast.MethodCall(w.fill("a.toString()", text), "slice", counted, w.start, w.end)


def _replace(flags: str) -> Write:
    def write(w: Writer, text: ast.Node, pattern: ast.Node, new: ast.Node) -> ast.Node:
        return w.fill("a.toString().replace(b, c)", text, _take_pattern(w, pattern, flags), new)

    return write


def _take_pattern(w: Writer, node: ast.Node, flags: str) -> ast.Node:
    if isinstance(node, ast.Literal) and isinstance(node.value, Regexp):
        return node
    message = "Write the regular expression in quotes; it cannot be put together."
    return w.literal(Regexp(_take_text(node, message), flags))


def _test(w: Writer, text: ast.Node, pattern: ast.Node) -> ast.Node:
    return w.fill("b.matches(a)", text, _take_pattern(w, pattern, ""))


def _join(w: Writer, *parts: ast.Node) -> ast.Node:
    """Write ``join(list, mark)`` or, as Formulas 1.0 has it, ``join(mark, text, text…)``.

    No list is written as a text, so that of two a text that comes first is the mark.
    """
    first, *others = parts
    if len(others) > 1:
        return w.fill("a.join(b)", w.list_of(parts[1:]), first)
    if isinstance(first, ast.Literal) and isinstance(first.value, str):
        return w.fill("list(b).join(a)", *parts)
    return w.fill("list(a).join(b)", *parts)


def _method(name: str, most: int) -> Spelling:
    """Return the spelling of a method of Bases that is a function in Notion."""

    def write(w: Writer, value: ast.Node, *others: ast.Node) -> ast.Node:
        return ast.MethodCall(value, name, others, w.start, w.end)

    return Spelling(most - 1, most, write)


def _of_all(template: str) -> Spelling:
    """Return the spelling of a function of any number of values; ``a`` is a list of them."""
    return Spelling(1, None, lambda w, *values: w.fill(template, w.list_of(values)))


_TEMPLATES: Final = {
    "not": "!a",
    "add": "a + b",
    "subtract": "a - b",
    "multiply": "a * b",
    "divide": "a / b",
    "mod": "a % b",
    "equal": "a == b",
    "unequal": "a != b",
    "larger": "a > b",
    "largerEq": "a >= b",
    "smaller": "a < b",
    "smallerEq": "a <= b",
    "formatDate": "date(a).format(b)",
    # A property of Obsidian holds one date, which is where a range of Notion begins and ends.
    **dict.fromkeys(("parseDate", "dateStart", "dateEnd", "start", "end"), "date(a)"),
    "timestamp": "number(date(a))",
    **{name: f"date(a).{name}" for name in ("year", "month", "hour", "minute")},
    "day": 'number(date(a).format("E"))',
    "week": 'number(date(a).format("W"))',
    "toNumber": "number(a || 0)",
    **{name: f"a.{name}()" for name in ("abs", "ceil", "floor")},
    "format": "a.toString()",
    **{name: f"a.toString().{name}()" for name in ("lower", "upper", "trim")},
    "length": "a.length || 0",
    "contains": "a.contains(b)",
    "repeat": "a.toString().repeat(max(b, 0))",
    "split": "a.toString().split(b)",
    "includes": "list(a).contains(b)",
    **{name: f"list(a).{name}()" for name in ("reverse", "sort", "unique", "flat")},
    "at": "list(a)[b]",
    "first": "list(a)[0]",
    "last": "list(a).reverse()[0]",
    "map": "list(a).map(b)",
    "filter": "list(a).filter(b)",
    "find": "list(a).filter(b)[0]",
    "findIndex": "let(it, list(a).map(if(b, index, -1)).filter(value >= 0), if(it.length, it[0], -1))",
    "some": "list(a).filter(b).length > 0",
    "every": "list(a).filter(!b).length == 0",
}
"""What is written in Bases with the arguments ``a`` and ``b``, in that order."""


def _of_template(template: str) -> Spelling:
    count = len(set(re.findall(r"\b[ab]\b", template)))
    return Spelling(count, count, lambda w, *arguments: w.fill(template, *arguments))


SPELLINGS: Final[dict[str, Spelling]] = {
    **{name: _of_template(template) for name, template in _TEMPLATES.items()},
    "prop": Spelling(1, 1, _property, is_method=False),
    "let": Spelling(3, None, _let, is_method=False),
    "lets": Spelling(3, None, _let, is_method=False),
    "ifs": Spelling(2, None, _ifs),
    "empty": Spelling(0, 1, _empty),
    "and": Spelling(1, None, _logic("&&")),
    "or": Spelling(1, None, _logic("||")),
    "dateBetween": Spelling(3, 3, _between),
    "dateAdd": Spelling(3, 3, _shift("+")),
    "dateSubtract": Spelling(3, 3, _shift("-")),
    "round": _method("round", 2),
    "slice": _method("slice", 3),
    **{name: _of_all(f"a.flat().{name}()") for name in ("sum", "mean", "median")},
    **dict.fromkeys(
        ("style", "unstyle"), Spelling(1, None, lambda w, a, *_: w.fill("a.toString()", a))
    ),
    "substring": Spelling(2, 3, _substring),
    "replace": Spelling(3, 3, _replace("")),
    "replaceAll": Spelling(3, 3, _replace("g")),
    "test": Spelling(2, 2, _test),
    "concat": _of_all(
        'let(it, a, if(it.filter(value.isType("list")).length, it.flat(), it.join("")))'
    ),
    "join": Spelling(2, None, _join),
}
"""Every name of Notion that is accepted, but ``if``, ``max`` and others that are those of Bases."""


REFUSED: Final = frozenset(
    (
        *("cbrt", "dateRange", "e", "email", "exp", "formatNumber", "id", "ln", "log10", "log2"),
        *("match", "name", "parseNumber", "pi", "pow", "sign", "sqrt"),
    )
)
"""What Notion has and neither Bases nor this program does."""


def translate_call(call: ast.Call, parse: Parse) -> ast.Node:
    """Return what ``name(arguments)`` means in Bases; the call itself if Notion has no say.

    Args:
        call: the call.
        parse: parses a formula of Bases.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    writer = Writer(call.start, call.end, parse)
    return _translate(writer, call, call.arguments, 0) or call


def translate_method(call: ast.MethodCall, parse: Parse) -> ast.Node:
    """Return what ``receiver.name(arguments)`` means in Bases, likewise.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    writer = Writer(call.start, call.end, parse)
    if call.name == "format" and not call.arguments:
        return writer.fill("a.toString()", call.receiver)
    if call.name in METHODS:
        return name_element(call)
    if call.name == "prop":
        complaint = advise_arity("prop", 1, 1, len(call.arguments))
        if complaint:
            raise syntax_error(complaint, call.start, call.end)
        name = writer.literal(_property(writer, *call.arguments).name)
        return writer.fill("a.asFile().properties[b]", call.receiver, name)
    return _translate(writer, call, (call.receiver, *call.arguments), 1) or call


def _translate(
    writer: Writer, call: ast.Call | ast.MethodCall, arguments: tuple[ast.Node, ...], before: int
) -> ast.Node | None:
    """Return the tree, given how many of the arguments stand before the name."""
    name = call.name
    if name in REFUSED:
        message = f"{name}() of Notion has no counterpart in Bases, so it cannot be used here."
        raise syntax_error(message, call.start, call.end)
    spelling = SPELLINGS.get(name)
    if spelling is None:
        return None
    if before and not spelling.is_method:
        raise syntax_error(f"Write {name}(…) without anything before it.", call.start, call.end)
    most = spelling.most and spelling.most - before
    complaint = advise_arity(name, spelling.least - before, most, len(call.arguments))
    if complaint:
        raise syntax_error(complaint, call.start, call.end)
    return spelling.write(writer, *arguments)
