"""Builds trees of Bases from Notion's formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.formula import ast

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

_GIVES_DATE: Final = frozenset(("date", "now", "today"))


class AstBuilder(NamedTuple):
    """Makes nodes.

    Attributes:
        start: where in the formula stands what they are made for.
        end: where that ends.
    """

    start: int
    end: int

    def literal(self, value: Value) -> ast.Node:
        """Return a value written out."""
        return ast.Literal(value, self.start, self.end)

    def name(self, name: str) -> ast.Node:
        """Return a bare name."""
        return ast.Name(name, self.start, self.end)

    def list_of(self, *elements: ast.Node) -> ast.Node:
        """Return ``[elements]``."""
        return ast.ListLiteral(elements, self.start, self.end)

    def call(self, name: str, *arguments: ast.Node) -> ast.Node:
        """Return ``name(arguments)``."""
        return ast.Call(name, arguments, self.start, self.end)

    def method(self, receiver: ast.Node, name: str, *arguments: ast.Node) -> ast.Node:
        """Return ``receiver.name(arguments)``."""
        return ast.MethodCall(receiver, name, arguments, self.start, self.end)

    def field(self, receiver: ast.Node, name: str) -> ast.Node:
        """Return ``receiver.name``."""
        return ast.Field(receiver, name, self.start, self.end)

    def item(self, receiver: ast.Node, key: ast.Node) -> ast.Node:
        """Return ``receiver[key]``."""
        return ast.Index(receiver, key, self.start, self.end)

    def first(self, elements: ast.Node) -> ast.Node:
        """Return ``elements[0]``."""
        return self.item(elements, self.literal(0.0))

    def chain(self, operator: str, *operands: ast.Node) -> ast.Node:
        """Return the operands with the operator between them."""
        operators = (operator,) * (len(operands) - 1)
        return ast.Chain(operators, operands, self.start, self.end) if operators else operands[0]

    def negation(self, operand: ast.Node) -> ast.Node:
        """Return ``!operand``."""
        return ast.Unary("!", operand, self.start, self.end)

    def truth(self, operand: ast.Node) -> ast.Node:
        """Return ``!!operand``: whether it counts as true."""
        return self.negation(self.negation(operand))

    def binding(
        self, names: tuple[str, ...], values: tuple[ast.Node, ...], body: ast.Node
    ) -> ast.Node:
        """Return a body in which names stand for values."""
        return ast.Binding(names, values, body, self.start, self.end)

    def text(self, value: ast.Node) -> ast.Node:
        """Return a value as text; what is text already stays as it is."""
        if isinstance(value, ast.Literal) and isinstance(value.value, str):
            return value
        return self.method(value, "toString")

    def date(self, value: ast.Node) -> ast.Node:
        """Return a value as a date; what is one already stays as it is."""
        if isinstance(value, ast.Call) and value.name in _GIVES_DATE:
            return value
        return self.call("date", value)

    def as_list(self, value: ast.Node) -> ast.Node:
        """Return a value as a list; what is one already stays as it is."""
        return value if isinstance(value, ast.ListLiteral) else self.call("list", value)

    def at_least_zero(self, value: ast.Node) -> ast.Node:
        """Return a number, or 0 where it is negative or missing."""
        if isinstance(value, ast.Literal) and isinstance(value.value, float):
            return value
        return self.call("max", value, self.literal(0.0))
