"""Notion's functions: their names, and how each is written in the tree of Bases.

Source of what they do: Notion help, "Formula syntax & functions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.formula import ast
from vault_sync.formula.ast import AstBuilder, syntax_error
from vault_sync.formula.functions.dates import SPANS, UNITS, find_unit
from vault_sync.formula.registry import METHODS, advise_arity
from vault_sync.formula.values import Regexp
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.errors import FormulaSyntaxError

    Write: TypeAlias = Callable[..., ast.Node]


ELEMENT: Final = "current"
"""What Notion calls the element in a loop; Bases calls it ``value``."""

_HIDDEN: Final = " it"  # a blank cannot stand in a name, so no formula can mean this one


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


def _property(w: AstBuilder, name: ast.Node) -> ast.NoteProperty:
    text = _take_text(name, 'Write the name of the property in quotes, such as prop("Start").')
    return ast.NoteProperty(to_nfc(text), w.start, w.end)


def read_related(call: ast.MethodCall) -> ast.Node:
    """Write ``page.prop("name")``: a property of the note that a link leads to."""
    w = AstBuilder(call.start, call.end)
    name = _property(w, *call.arguments).name
    properties = w.field(w.method(call.receiver, "asFile"), "properties")
    return w.item(properties, w.literal(name))


def _empty(w: AstBuilder, value: ast.Node | None = None) -> ast.Node:
    """Write that there is nothing: no value, text or element, and in Notion 0 and false too.

    Without an argument it is nothing itself.
    """
    if value is None:
        return w.literal(None)
    is_leaf = isinstance(value, ast.NoteProperty | ast.Name)
    it = value if is_leaf else w.name(_HIDDEN)
    test = w.chain("||", w.method(it, "isEmpty"), w.negation(it))
    return test if is_leaf else w.binding((_HIDDEN,), (value,), test)


def _logic(operator: str) -> Write:
    return lambda w, *operands: w.truth(w.chain(operator, *operands))


def _ifs(w: AstBuilder, *parts: ast.Node) -> ast.Node:
    pairs, rest = parts[: len(parts) // 2 * 2], parts[len(parts) // 2 * 2 :]
    for place in range(len(pairs) - 2, -1, -2):
        rest = (w.call("if", *pairs[place : place + 2], *rest),)
    return rest[0]


def _let(w: AstBuilder, *parts: ast.Node) -> ast.Node:
    *pairs, body = parts
    if len(pairs) % 2:
        message = "A name and its value belong together, and an expression comes last."
        raise syntax_error(message, w.start, w.end)
    return w.binding(tuple(_take_name(name, body) for name in pairs[::2]), tuple(pairs[1::2]), body)


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
    def write(w: AstBuilder, day: ast.Node, amount: ast.Node, unit: ast.Node) -> ast.Node:
        span = w.call("duration", _write_span(w, unit))
        return w.chain(operator, w.date(day), w.chain("*", span, amount))

    return write


def _write_span(w: AstBuilder, unit: ast.Node) -> ast.Node:
    """Write the length of one unit, which may be named by an expression."""
    if isinstance(unit, ast.Literal):
        return w.literal(SPANS[_take_unit(unit)])
    return w.chain("+", w.literal("1 "), unit)


def _take_unit(node: ast.Node) -> str:
    message = f"Write the unit in quotes, one of {UNITS}."
    unit = find_unit(_take_text(node, message))
    if unit is None:
        raise _refuse(node, message)
    return unit


def _between(w: AstBuilder, first: ast.Node, second: ast.Node, unit: ast.Node) -> ast.Node:
    if isinstance(unit, ast.Literal):
        _take_unit(unit)
    return w.call("dateBetween", first, second, unit)


def _concat(w: AstBuilder, *values: ast.Node) -> ast.Node:
    """Write one list if there is a list among the values, else one text."""
    it, element = w.name(_HIDDEN), w.name("value")
    lists = w.method(it, "filter", w.method(element, "isType", w.literal("list")))
    joined = w.method(it, "join", w.literal(""))
    body = w.call("if", w.field(lists, "length"), w.method(it, "flat"), joined)
    return w.binding((_HIDDEN,), (w.list_of(*values),), body)


def _substring(w: AstBuilder, text: ast.Node, *places: ast.Node) -> ast.Node:
    """Write a slice, in which a place before the start counts as the start."""
    return w.method(w.text(text), "slice", *[w.at_least_zero(place) for place in places])


def _replace(flags: str) -> Write:
    def write(w: AstBuilder, text: ast.Node, pattern: ast.Node, new: ast.Node) -> ast.Node:
        return w.method(w.text(text), "replace", _take_pattern(w, pattern, flags), new)

    return write


def _take_pattern(w: AstBuilder, node: ast.Node, flags: str) -> ast.Node:
    if isinstance(node, ast.Literal) and isinstance(node.value, Regexp):
        return node
    message = "Write the regular expression in quotes; it cannot be put together."
    return w.literal(Regexp(_take_text(node, message), flags))


def _test(w: AstBuilder, text: ast.Node, pattern: ast.Node) -> ast.Node:
    return w.method(_take_pattern(w, pattern, ""), "matches", text)


def _loop(w: AstBuilder, loop: str, elements: ast.Node, body: ast.Node) -> ast.Node:
    call = ast.MethodCall(w.as_list(elements), loop, (body,), w.start, w.end)
    return name_element(call)


def _every(w: AstBuilder, elements: ast.Node, body: ast.Node) -> ast.Node:
    others = _loop(w, "filter", elements, w.negation(body))
    return w.chain("==", w.field(others, "length"), w.literal(0.0))


def _some(w: AstBuilder, elements: ast.Node, body: ast.Node) -> ast.Node:
    return w.chain(">", w.field(_loop(w, "filter", elements, body), "length"), w.literal(0.0))


def _join(w: AstBuilder, *parts: ast.Node) -> ast.Node:
    """Write ``join(list, mark)`` or, as Formulas 1.0 has it, ``join(mark, text, text…)``.

    No list is written as a text, so that of two a text that comes first is the mark.
    """
    first = parts[0]
    if len(parts) == 2 and isinstance(first, ast.Literal) and isinstance(first.value, str):
        return w.method(w.as_list(parts[1]), "join", first)
    if len(parts) == 2:
        return w.method(w.as_list(parts[0]), "join", parts[1])
    return w.method(w.list_of(*parts[1:]), "join", parts[0])


def _find_index(w: AstBuilder, elements: ast.Node, body: ast.Node) -> ast.Node:
    """Write the place of the first element for which the body holds, -1 where there is none."""
    places = _loop(w, "map", elements, w.call("if", body, w.name("index"), w.literal(-1.0)))
    found = w.method(places, "filter", w.chain(">=", w.name("value"), w.literal(0.0)))
    it = w.name(_HIDDEN)
    first = w.call("if", w.field(it, "length"), w.first(it), w.literal(-1.0))
    return w.binding((_HIDDEN,), (found,), first)


def _same(name: str, least: int = 1, most: int = 1) -> Spelling:
    """Return the spelling of a method of Bases that is a function in Notion."""
    return Spelling(least, most, lambda w, value, *others: w.method(value, name, *others))


def _of_text(name: str) -> Spelling:
    return Spelling(1, 1, lambda w, text: w.method(w.text(text), name))


def _of_list(name: str, least: int = 1) -> Spelling:
    return Spelling(
        least, least, lambda w, items, *others: w.method(w.as_list(items), name, *others)
    )


def _statistic(name: str) -> Spelling:
    return Spelling(
        1, None, lambda w, *values: w.method(w.method(w.list_of(*values), "flat"), name)
    )


def _operator(sign: str) -> Spelling:
    return Spelling(2, 2, lambda w, one, other: w.chain(sign, one, other))


def _part(name: str) -> Spelling:
    return Spelling(1, 1, lambda w, day: w.field(w.date(day), name))


def _number_of(pattern: str) -> Spelling:
    return Spelling(
        1, 1, lambda w, day: w.call("number", w.method(w.date(day), "format", w.literal(pattern)))
    )


SPELLINGS: Final[dict[str, Spelling]] = {
    "prop": Spelling(1, 1, _property, is_method=False),
    "let": Spelling(3, None, _let, is_method=False),
    "lets": Spelling(3, None, _let, is_method=False),
    "ifs": Spelling(2, None, _ifs),
    "empty": Spelling(0, 1, _empty),
    "and": Spelling(1, None, _logic("&&")),
    "or": Spelling(1, None, _logic("||")),
    "not": Spelling(1, 1, lambda w, value: w.negation(value)),
    "add": _operator("+"),
    "subtract": _operator("-"),
    "multiply": _operator("*"),
    "divide": _operator("/"),
    "mod": _operator("%"),
    "equal": _operator("=="),
    "unequal": _operator("!="),
    "larger": _operator(">"),
    "largerEq": _operator(">="),
    "smaller": _operator("<"),
    "smallerEq": _operator("<="),
    "dateBetween": Spelling(3, 3, _between),
    "dateAdd": Spelling(3, 3, _shift("+")),
    "dateSubtract": Spelling(3, 3, _shift("-")),
    "formatDate": Spelling(2, 2, lambda w, day, form: w.method(w.date(day), "format", form)),
    "parseDate": Spelling(1, 1, lambda w, text: w.date(text)),
    # A property of Obsidian holds one date, which is where a range of Notion begins and ends.
    **dict.fromkeys(
        ("dateStart", "dateEnd", "start", "end"), Spelling(1, 1, lambda w, day: w.date(day))
    ),
    "timestamp": Spelling(1, 1, lambda w, day: w.call("number", w.date(day))),
    **{name: _part(name) for name in ("year", "month", "hour", "minute")},
    "day": _number_of("E"),
    "week": _number_of("W"),
    "toNumber": Spelling(
        1, 1, lambda w, value: w.call("number", w.chain("||", value, w.literal(0.0)))
    ),
    **{name: _same(name) for name in ("abs", "ceil", "floor")},
    "round": _same("round", 1, 2),
    **{name: _statistic(name) for name in ("sum", "mean", "median")},
    "format": Spelling(1, 1, lambda w, value: w.text(value)),
    "style": Spelling(1, None, lambda w, text, *_styles: w.text(text)),
    "unstyle": Spelling(1, None, lambda w, text, *_styles: w.text(text)),
    **{name: _of_text(name) for name in ("lower", "upper", "trim")},
    "length": Spelling(
        1, 1, lambda w, value: w.chain("||", w.field(value, "length"), w.literal(0.0))
    ),
    "contains": _same("contains", 2, 2),
    "substring": Spelling(2, 3, _substring),
    "repeat": Spelling(
        2, 2, lambda w, text, count: w.method(w.text(text), "repeat", w.at_least_zero(count))
    ),
    "replace": Spelling(3, 3, _replace("")),
    "replaceAll": Spelling(3, 3, _replace("g")),
    "test": Spelling(2, 2, _test),
    "split": Spelling(2, 2, lambda w, text, mark: w.method(w.text(text), "split", mark)),
    "slice": _same("slice", 2, 3),
    "concat": Spelling(1, None, _concat),
    "join": Spelling(2, None, _join),
    "includes": _of_list("contains", 2),
    **{name: _of_list(name) for name in ("reverse", "sort", "unique", "flat")},
    "at": Spelling(2, 2, lambda w, items, place: w.item(w.as_list(items), place)),
    "first": Spelling(1, 1, lambda w, items: w.first(w.as_list(items))),
    "last": Spelling(1, 1, lambda w, items: w.first(w.method(w.as_list(items), "reverse"))),
    "map": Spelling(2, 2, lambda w, items, body: _loop(w, "map", items, body)),
    "filter": Spelling(2, 2, lambda w, items, body: _loop(w, "filter", items, body)),
    "findIndex": Spelling(2, 2, _find_index),
    "find": Spelling(2, 2, lambda w, items, body: w.first(_loop(w, "filter", items, body))),
    "some": Spelling(2, 2, _some),
    "every": Spelling(2, 2, _every),
}
"""Every name of Notion that is accepted, but ``if``, ``max`` and others that are those of Bases."""


REFUSED: Final = frozenset(
    (
        *("cbrt", "dateRange", "e", "email", "exp", "formatNumber", "id", "ln", "log10", "log2"),
        *("match", "name", "parseNumber", "pi", "pow", "sign", "sqrt"),
    )
)
"""What Notion has and neither Bases nor this program does."""


def translate_call(call: ast.Call) -> ast.Node:
    """Return what ``name(arguments)`` means in Bases; the call itself if Notion has no say.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    return _translate(call.name, call, call.arguments, 0) or call


def translate_method(call: ast.MethodCall) -> ast.Node:
    """Return what ``receiver.name(arguments)`` means in Bases, likewise.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    if call.name == "format" and not call.arguments:
        return AstBuilder(call.start, call.end).text(call.receiver)
    if call.name in METHODS:
        return name_element(call)
    if call.name == "prop":
        complaint = advise_arity("prop", 1, 1, len(call.arguments))
        if complaint:
            raise syntax_error(complaint, call.start, call.end)
        return read_related(call)
    return _translate(call.name, call, (call.receiver, *call.arguments), 1) or call


def _translate(
    name: str,
    call: ast.Call | ast.MethodCall,
    arguments: tuple[ast.Node, ...],
    before: int,
) -> ast.Node | None:
    """Return the tree, given how many of the arguments stand before the name."""
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
    return spelling.write(AstBuilder(call.start, call.end), *arguments)
