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
    parts = (part if type(part) is tuple else (part,) for part in node)
    return tuple([inner for part in parts for inner in part if isinstance(inner, Node)])


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
