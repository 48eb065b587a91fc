"""The tree a formula is parsed into. Each node knows its span, ``source[start:end]``.

A run of operators of one precedence is one node, however long, so that the height of a tree is the
nesting a reader sees and no walk over it is deep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.errors import FormulaSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.formula.values import Value


LOOP_VARIABLES: Final = {
    "filter": frozenset(("value", "index")),
    "map": frozenset(("value", "index")),
    "reduce": frozenset(("value", "index", "acc")),
}
"""The loops, and the variables each gives its first argument (Functions, "List type")."""


class Literal(NamedTuple):
    """A value written out: a number, text, boolean, null or regular expression."""

    value: Value
    start: int
    end: int


class ListLiteral(NamedTuple):
    """``[a, b]``."""

    elements: tuple[Node, ...]
    start: int
    end: int


class ObjectLiteral(NamedTuple):
    """``{"key": value}``."""

    keys: tuple[str, ...]
    values: tuple[Node, ...]
    start: int
    end: int


class Name(NamedTuple):
    """A bare name: a property of the note or, in a loop, the loop's variable."""

    name: str
    start: int
    end: int


class NoteProperty(NamedTuple):
    """``note.name`` or ``note["name"]``."""

    name: str
    start: int
    end: int


class NoteObject(NamedTuple):
    """``note`` by itself: all properties of the note."""

    start: int
    end: int


class FormulaReference(NamedTuple):
    """``formula.name`` or ``formula["name"]``."""

    name: str
    start: int
    end: int


class CurrentFile(NamedTuple):
    """``file``: the note's own file."""

    start: int
    end: int


class Field(NamedTuple):
    """``receiver.name``."""

    receiver: Node
    name: str
    start: int
    end: int


class Index(NamedTuple):
    """``receiver[key]``."""

    receiver: Node
    key: Node
    start: int
    end: int


class Call(NamedTuple):
    """``name(arguments)``."""

    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


class MethodCall(NamedTuple):
    """``receiver.name(arguments)``; the span is that of the name."""

    receiver: Node
    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


class Unary(NamedTuple):
    """``!operand`` or ``-operand``."""

    operator: str
    operand: Node
    start: int
    end: int


class Chain(NamedTuple):
    """``first + second - third``: operands joined from the left by operators of one precedence."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    start: int
    end: int


class Binding(NamedTuple):
    """Names that stand for values in a body; each value may use the names before it."""

    names: tuple[str, ...]
    values: tuple[Node, ...]
    body: Node
    start: int
    end: int


Node: TypeAlias = (
    Literal
    | ListLiteral
    | ObjectLiteral
    | Name
    | NoteProperty
    | NoteObject
    | FormulaReference
    | CurrentFile
    | Field
    | Index
    | Call
    | MethodCall
    | Unary
    | Chain
    | Binding
)


def syntax_error(message: str, start: int, end: int) -> FormulaSyntaxError:
    """Return the error about ``source[start:end]``."""
    return FormulaSyntaxError(message, start + 1, max(1, end - start))


def children_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below a node, in the order they are written."""
    match node:
        case (
            ListLiteral(elements=below)
            | ObjectLiteral(values=below)
            | Call(arguments=below)
            | Chain(operands=below)
        ):
            return below
        case MethodCall():
            return (node.receiver, *node.arguments)
        case Index():
            return (node.receiver, node.key)
        case Binding():
            return (*node.values, node.body)
        case Field(receiver=only) | Unary(operand=only):
            return (only,)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting += children_of(inner)


def names_free_in(node: Node) -> Iterator[str]:
    """Yield the bare names of a tree that no loop and no binding in it gives a value to."""
    waiting: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        inner, bound = waiting.pop()
        if isinstance(inner, Name) and inner.name not in bound:
            yield inner.name
        if isinstance(inner, Binding):
            waiting += [(value, bound) for value in inner.values]
            waiting.append((inner.body, bound.union(inner.names)))
        elif isinstance(inner, MethodCall) and inner.name in LOOP_VARIABLES and inner.arguments:
            body, *others = inner.arguments
            waiting.append((body, bound | LOOP_VARIABLES[inner.name]))
            waiting += [(other, bound) for other in (inner.receiver, *others)]
        else:
            waiting += [(below, bound) for below in children_of(inner)]


# Builds trees of Bases from Notion's formulas.

_GIVES_DATE: Final = frozenset(("date", "now", "today"))


class AstBuilder(NamedTuple):
    """Makes nodes.

    Attributes:
        start: where in the formula stands what they are made for.
        end: where that ends.
    """

    start: int
    end: int

    def literal(self, value: Value) -> Node:
        """Return a value written out."""
        return Literal(value, self.start, self.end)

    def name(self, name: str) -> Node:
        """Return a bare name."""
        return Name(name, self.start, self.end)

    def list_of(self, *elements: Node) -> Node:
        """Return ``[elements]``."""
        return ListLiteral(elements, self.start, self.end)

    def call(self, name: str, *arguments: Node) -> Node:
        """Return ``name(arguments)``."""
        return Call(name, arguments, self.start, self.end)

    def method(self, receiver: Node, name: str, *arguments: Node) -> Node:
        """Return ``receiver.name(arguments)``."""
        return MethodCall(receiver, name, arguments, self.start, self.end)

    def field(self, receiver: Node, name: str) -> Node:
        """Return ``receiver.name``."""
        return Field(receiver, name, self.start, self.end)

    def item(self, receiver: Node, key: Node) -> Node:
        """Return ``receiver[key]``."""
        return Index(receiver, key, self.start, self.end)

    def first(self, elements: Node) -> Node:
        """Return ``elements[0]``."""
        return self.item(elements, self.literal(0.0))

    def chain(self, operator: str, *operands: Node) -> Node:
        """Return the operands with the operator between them."""
        operators = (operator,) * (len(operands) - 1)
        return Chain(operators, operands, self.start, self.end) if operators else operands[0]

    def negation(self, operand: Node) -> Node:
        """Return ``!operand``."""
        return Unary("!", operand, self.start, self.end)

    def truth(self, operand: Node) -> Node:
        """Return ``!!operand``: whether it counts as true."""
        return self.negation(self.negation(operand))

    def binding(self, names: tuple[str, ...], values: tuple[Node, ...], body: Node) -> Node:
        """Return a body in which names stand for values."""
        return Binding(names, values, body, self.start, self.end)

    def text(self, value: Node) -> Node:
        """Return a value as text; what is text already stays as it is."""
        if isinstance(value, Literal) and isinstance(value.value, str):
            return value
        return self.method(value, "toString")

    def date(self, value: Node) -> Node:
        """Return a value as a date; what is one already stays as it is."""
        if isinstance(value, Call) and value.name in _GIVES_DATE:
            return value
        return self.call("date", value)

    def as_list(self, value: Node) -> Node:
        """Return a value as a list; what is one already stays as it is."""
        return value if isinstance(value, ListLiteral) else self.call("list", value)

    def at_least_zero(self, value: Node) -> Node:
        """Return a number, or 0 where it is negative or missing."""
        if isinstance(value, Literal) and isinstance(value.value, float):
            return value
        return self.call("max", value, self.literal(0.0))
