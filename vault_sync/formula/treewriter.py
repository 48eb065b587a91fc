"""Writes pieces of a formula's tree that nobody has typed; all lie at one place of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.formula import syntax

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

_GIVES_DATE: Final = frozenset(("date", "now", "today"))


class TreeWriter(NamedTuple):
    """Makes nodes.

    Attributes:
        start: where in the formula stands what they are made for.
        end: where that ends.
    """

    start: int
    end: int

    def literal(self, value: Value) -> syntax.Node:
        """Return a value written out."""
        return syntax.Literal(value, self.start, self.end)

    def name(self, name: str) -> syntax.Node:
        """Return a bare name."""
        return syntax.Name(name, self.start, self.end)

    def list_of(self, *elements: syntax.Node) -> syntax.Node:
        """Return ``[elements]``."""
        return syntax.ListLiteral(elements, self.start, self.end)

    def call(self, name: str, *arguments: syntax.Node) -> syntax.Node:
        """Return ``name(arguments)``."""
        return syntax.Call(name, arguments, self.start, self.end)

    def method(self, receiver: syntax.Node, name: str, *arguments: syntax.Node) -> syntax.Node:
        """Return ``receiver.name(arguments)``."""
        return syntax.MethodCall(receiver, name, arguments, self.start, self.end)

    def field(self, receiver: syntax.Node, name: str) -> syntax.Node:
        """Return ``receiver.name``."""
        return syntax.Field(receiver, name, self.start, self.end)

    def item(self, receiver: syntax.Node, key: syntax.Node) -> syntax.Node:
        """Return ``receiver[key]``."""
        return syntax.Index(receiver, key, self.start, self.end)

    def first(self, elements: syntax.Node) -> syntax.Node:
        """Return ``elements[0]``."""
        return self.item(elements, self.literal(0.0))

    def chain(self, operator: str, *operands: syntax.Node) -> syntax.Node:
        """Return the operands with the operator between them."""
        operators = (operator,) * (len(operands) - 1)
        return syntax.Chain(operators, operands, self.start, self.end) if operators else operands[0]

    def negation(self, operand: syntax.Node) -> syntax.Node:
        """Return ``!operand``."""
        return syntax.Unary("!", operand, self.start, self.end)

    def truth(self, operand: syntax.Node) -> syntax.Node:
        """Return ``!!operand``: whether it counts as true."""
        return self.negation(self.negation(operand))

    def binding(
        self, names: tuple[str, ...], values: tuple[syntax.Node, ...], body: syntax.Node
    ) -> syntax.Node:
        """Return a body in which names stand for values."""
        return syntax.Binding(names, values, body, self.start, self.end)

    def text(self, value: syntax.Node) -> syntax.Node:
        """Return a value as text; what is text already stays as it is."""
        if isinstance(value, syntax.Literal) and isinstance(value.value, str):
            return value
        return self.method(value, "toString")

    def date(self, value: syntax.Node) -> syntax.Node:
        """Return a value as a date; what is one already stays as it is."""
        if isinstance(value, syntax.Call) and value.name in _GIVES_DATE:
            return value
        return self.call("date", value)

    def as_list(self, value: syntax.Node) -> syntax.Node:
        """Return a value as a list; what is one already stays as it is."""
        return value if isinstance(value, syntax.ListLiteral) else self.call("list", value)

    def at_least_zero(self, value: syntax.Node) -> syntax.Node:
        """Return a number, or 0 where it is negative or missing."""
        if isinstance(value, syntax.Literal) and isinstance(value.value, float):
            return value
        return self.call("max", value, self.literal(0.0))
