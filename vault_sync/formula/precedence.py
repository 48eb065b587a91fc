"""Operators between operands: how tightly each binds, and runs of one precedence as one node."""

from __future__ import annotations

from typing import Final

from vault_sync.formula import syntax
from vault_sync.formula.lexer import Token, TokenKind
from vault_sync.formula.treewriter import TreeWriter

PRECEDENCE: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!="), 3),
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "%"), 6),
}
"""The operators of Bases, the loosest first, as in JavaScript (MDN, Operator precedence)."""

_WORDS: Final = {"and": "&&", "or": "||"}


def precedence_of(token: Token) -> int:
    """Return how tightly an operator between two operands binds; 0 for what is none.

    Notion's ``and`` and ``or`` are operators here only, where no operand can stand.
    """
    if token.kind is TokenKind.OPERATOR:
        return PRECEDENCE.get(token.text, 0)
    return PRECEDENCE[_WORDS[token.text]] if is_word_operator(token) else 0


def is_word_operator(token: Token) -> bool:
    """Return whether a token, where no operand can stand, is Notion's ``and`` or ``or``."""
    return token.kind is TokenKind.NAME and token.text in _WORDS


class Run:
    """Operands and operators of one precedence, read so far.

    Attributes:
        precedence: that of the operators.
        operands: one more than operators, once the run is closed.
        operators: in the spelling of Bases.
        is_boolean: whether one of them was a word, which in Notion gives true or false.
    """

    __slots__ = ("is_boolean", "operands", "operators", "precedence")

    def __init__(self, precedence: int) -> None:
        self.precedence = precedence
        self.operands: list[syntax.Node] = []
        self.operators: list[str] = []
        self.is_boolean = False

    def add(self, operand: syntax.Node, operator: Token) -> None:
        """Put an operand and the operator behind it at the end."""
        self.operands.append(operand)
        self.operators.append(_WORDS.get(operator.text, operator.text))
        self.is_boolean |= is_word_operator(operator)

    def close(self, last: syntax.Node) -> syntax.Node:
        """Return the run as one node, with its last operand."""
        if not self.operators:
            return last
        start = self.operands[0].start
        operands = (*self.operands, last)
        chain = syntax.Chain(tuple(self.operators), operands, start, last.end)
        return TreeWriter(start, last.end).truth(chain) if self.is_boolean else chain
