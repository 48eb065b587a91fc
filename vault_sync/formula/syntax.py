"""The tree a formula is parsed into. Each node knows its span, ``source[start:end]``.

A run of operators of one precedence is one node, however long, so that the height of a tree is the
nesting a reader sees and no walk over it is deep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.formula.values import Value

LOOP_VARIABLES: Final = {
    "filter": frozenset(("value", "index")),
    "map": frozenset(("value", "index")),
    "reduce": frozenset(("value", "index", "acc")),
}
"""The loops, and the variables each gives its first argument (Functions, "List type")."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out: a number, text, boolean, null or regular expression."""

    value: Value
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, b]``."""

    elements: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    """``{"key": value}``."""

    keys: tuple[str, ...]
    values: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a property of the note or, in a loop, the loop's variable."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Property:
    """``note.name`` or ``note["name"]``."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NoteObject:
    """``note`` by itself: all properties of the note."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FormulaReference:
    """``formula.name`` or ``formula["name"]``."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CurrentFile:
    """``file``: the note's own file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Field:
    """``receiver.name``."""

    receiver: Node
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    """``receiver[index]``."""

    receiver: Node
    index: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``."""

    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MethodCall:
    """``receiver.name(arguments)``; the span is that of the name."""

    receiver: Node
    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    """``!operand`` or ``-operand``."""

    operator: str
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """``first + second - third``: operands joined from the left by operators of one precedence."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binding:
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
    | Property
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
            return (node.receiver, node.index)
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
