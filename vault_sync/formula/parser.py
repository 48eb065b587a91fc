"""Tokens to a tree, by operator precedence. Bounded in size and in nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from vault_sync.formula import ast, notion
from vault_sync.formula.ast import syntax_error
from vault_sync.formula.lexer import Token, TokenKind, tokenize
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.errors import FormulaSyntaxError
    from vault_sync.formula.values import Value


_T = TypeVar("_T")

MAX_SOURCE: Final = 10_000
MAX_NESTING: Final = 50
MAX_HEIGHT: Final = 100
MAX_NODES: Final = 2_000

THIS_REFUSED: Final = (
    '"this" is where a base is shown, and a note has no such place; write "file" for the note.'
)
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}


def parse(source: str) -> ast.Node:
    """Parse a formula.

    Raises:
        FormulaSyntaxError: the text is not one expression of Bases, or is too large.
    """
    if len(source) > MAX_SOURCE:
        raise syntax_error(
            f"The formula has more than {MAX_SOURCE} characters; split it into several.",
            MAX_SOURCE,
            len(source),
        )
    tree = _Parser(tuple(tokenize(source))).parse_formula()
    _check_height(tree)
    return tree


def _check_height(tree: ast.Node) -> None:
    level: list[ast.Node] = [tree]
    for _ in range(MAX_HEIGHT):
        level = [below for node in level for below in ast.children_of(node)]
        if not level:
            return
    raise _too_deep(level[0].start)


def _too_deep(start: int) -> FormulaSyntaxError:
    return syntax_error("The formula is nested too deeply; split it into several.", start, start)


def _is_formula_root(node: ast.Node) -> bool:
    return isinstance(node, ast.Name) and node.name == "formula"


def _refuse_formula_root(node: ast.Node) -> None:
    if _is_formula_root(node):
        raise syntax_error(
            'Name the formula that is meant: formula.name or formula["name"].', node.start, node.end
        )


def _select(receiver: ast.Node, name: str, end: int) -> ast.Node:
    """Return the node of ``receiver.name``."""
    if isinstance(receiver, ast.NoteObject):
        return ast.NoteProperty(name, receiver.start, end)
    if _is_formula_root(receiver):
        return ast.FormulaReference(name, receiver.start, end)
    return ast.Field(receiver, name, receiver.start, end)


def _sign(sign: Token, operand: ast.Node) -> ast.Node:
    """Return the node of ``-operand``, ``!operand`` or, as Notion has it, ``+operand``."""
    if sign.text == "+":
        return ast.Call("number", (operand,), sign.start, operand.end)
    operator = "-" if sign.text == "-" else "!"
    return ast.Unary(operator, operand, sign.start, operand.end)


class _Parser:
    __slots__ = ("nesting", "nodes", "position", "tokens")

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.position = 0
        self.nesting = 0
        self.nodes = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def parse_formula(self) -> ast.Node:
        if self._is_at_end():
            raise self._error("The formula is empty; write an expression such as price * 2.")
        tree = self._parse_expression()
        if not self._is_at_end():
            raise self._surplus_error()
        return tree

    def _parse_expression(self) -> ast.Node:
        """Read a chain of operators or, as Notion has it, ``condition ? a : b``."""
        condition = self._parse_chain()
        if self._operator() != "?":
            return condition
        self._take()
        self._count(self.token)
        yes = self._nested(self._parse_expression)
        if self._operator() != ":":
            raise self._error('":" must follow here, as in a ? b : c.')
        self._take()
        no = self._nested(self._parse_expression)
        return ast.Call("if", (condition, yes, no), condition.start, no.end)

    def _parse_chain(self) -> ast.Node:
        """Read operands and operators; runs of higher precedence close into the one below."""
        runs = [ChainBuilder(0)]
        while True:
            operand = self._parse_unary()
            precedence = precedence_of(self.token)
            while runs[-1].precedence > precedence:
                operand = runs.pop().close(operand)
            if precedence == 0:
                return operand
            if runs[-1].precedence < precedence:
                runs.append(ChainBuilder(precedence))
            runs[-1].add(operand, self._take())
            self._count(self.token)

    def _parse_unary(self) -> ast.Node:
        signs = []
        while self._operator() in {"!", "-", "+"} or self._is_at_not():
            signs.append(self._take())
            self._count(signs[-1])
            if len(signs) > MAX_NESTING:
                raise _too_deep(signs[-1].start)
        node = self._parse_postfix()
        for sign in reversed(signs):
            node = _sign(sign, node)
        return node

    def _is_at_not(self) -> bool:
        """Return whether Notion's ``not`` stands here, and no property of that name."""
        if self.token.kind is not TokenKind.NAME or self.token.text != "not":
            return False
        following = self.tokens[self.position + 1]
        if following.kind is TokenKind.OPERATOR:
            return following.text in {"(", "!"}
        return following.kind is not TokenKind.END

    def _parse_postfix(self) -> ast.Node:
        node = self._parse_primary()
        while (operator := self._operator()) in {".", "[", "("}:
            self._count(self.token)
            if operator == "(":
                raise self._error("Only a name can be called, such as round().")
            node = self._parse_member(node) if operator == "." else self._parse_index(node)
        _refuse_formula_root(node)
        return node

    def _parse_member(self, receiver: ast.Node) -> ast.Node:
        self._take()
        if self.token.kind is not TokenKind.NAME:
            raise self._error('A name must follow ".", such as note.price.')
        name = self._take()
        if self._operator() == "(":
            _refuse_formula_root(receiver)
            arguments = self._parse_list(")", self._parse_expression)
            call = ast.MethodCall(receiver, name.text, arguments, name.start, name.end)
            return notion.translate_method(call, parse)
        return _select(receiver, name.text, name.end)

    def _parse_index(self, receiver: ast.Node) -> ast.Node:
        opening = self._take()
        index = self._nested(self._parse_expression)
        self._expect("]", opening)
        end = self.tokens[self.position - 1].end
        has_names = isinstance(receiver, ast.NoteObject) or _is_formula_root(receiver)
        if has_names and isinstance(index, ast.Literal) and isinstance(index.value, str):
            return _select(receiver, to_nfc(index.value), end)
        _refuse_formula_root(receiver)
        return ast.Index(receiver, index, receiver.start, end)

    def _parse_primary(self) -> ast.Node:
        token = self.token
        self._count(token)
        if token.kind is TokenKind.VALUE:
            self._take()
            return ast.Literal(token.value, token.start, token.end)
        if token.kind is TokenKind.NAME:
            return self._parse_name()
        opening = {"(": self._parse_group, "[": self._parse_elements, "{": self._parse_entries}
        if token.text in opening:
            return opening[token.text]()
        if token.text:
            raise self._error(f'A value is missing before "{token.text}".')
        raise self._error("The formula ends where a value should follow.")

    def _parse_name(self) -> ast.Node:
        token = self._take()
        name, start, end = token.text, token.start, token.end
        if self._operator() == "(":
            arguments = self._parse_list(")", self._parse_expression)
            return notion.translate_call(ast.Call(name, arguments, start, end), parse)
        if name in _CONSTANTS:
            return ast.Literal(_CONSTANTS[name], start, end)
        if name == "this":
            raise syntax_error(THIS_REFUSED, start, end)
        if name == "note":
            return ast.NoteObject(start, end)
        return ast.CurrentFile(start, end) if name == "file" else ast.Name(name, start, end)

    def _parse_group(self) -> ast.Node:
        opening = self._take()
        node = self._nested(self._parse_expression)
        self._expect(")", opening)
        return node

    def _parse_elements(self) -> ast.Node:
        start = self.token.start
        elements = self._parse_list("]", self._parse_expression)
        return ast.ListLiteral(elements, start, self.tokens[self.position - 1].end)

    def _parse_entries(self) -> ast.Node:
        start = self.token.start
        entries = self._parse_list("}", self._parse_entry)
        keys, values = tuple(zip(*entries, strict=True)) if entries else ((), ())
        return ast.ObjectLiteral(keys, values, start, self.tokens[self.position - 1].end)

    def _parse_entry(self) -> tuple[str, ast.Node]:
        key = self.token
        is_text = key.kind is TokenKind.VALUE and isinstance(key.value, str)
        if not is_text and key.kind is not TokenKind.NAME:
            raise self._error('The name of an entry must stand here, such as {"name": 1}.')
        self._take()
        if self._operator() != ":":
            raise self._error('":" must follow the name of an entry, as in {"name": 1}.')
        self._take()
        return key.text, self._parse_expression()

    def _parse_list(self, closes: str, parse_item: Callable[[], _T]) -> tuple[_T, ...]:
        opening = self._take()
        items: list[_T] = []
        if self._operator() != closes:
            items.append(self._nested(parse_item))
            while self._operator() == ",":
                self._take()
                if self._operator() == closes:
                    raise self._error(f'A value is missing between "," and "{closes}".')
                items.append(self._nested(parse_item))
        self._expect(closes, opening)
        return tuple(items)

    def _nested(self, parse_item: Callable[[], _T]) -> _T:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise _too_deep(self.token.start)
        item = parse_item()
        self.nesting -= 1
        return item

    def _operator(self) -> str:
        return self.token.text if self.token.kind is TokenKind.OPERATOR else ""

    def _is_at_end(self) -> bool:
        return self.token.kind is TokenKind.END

    def _take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def _expect(self, closes: str, opening: Token) -> None:
        if self._operator() != closes:
            if self._is_at_end():
                message = f'This "{opening.text}" is not closed; write "{closes}" where it ends.'
                raise syntax_error(message, opening.start, opening.end)
            raise self._surplus_error()
        self._take()

    def _count(self, token: Token) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise syntax_error(
                "The formula has too many parts; split it into several.", token.start, token.end
            )

    def _surplus_error(self) -> FormulaSyntaxError:
        if operator := self._operator():
            message = f'"{operator}" cannot stand here; the expression before it is complete.'
        else:
            message = f'An operator is missing before "{self.token.text[:40]}", such as +.'
        return self._error(message)

    def _error(self, message: str) -> FormulaSyntaxError:
        return syntax_error(message, self.token.start, self.token.end)


# Operators between operands: how tightly each binds, and runs of one precedence as one node.

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


class ChainBuilder:
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
        self.operands: list[ast.Node] = []
        self.operators: list[str] = []
        self.is_boolean = False

    def add(self, operand: ast.Node, operator: Token) -> None:
        """Put an operand and the operator behind it at the end."""
        self.operands.append(operand)
        self.operators.append(_WORDS.get(operator.text, operator.text))
        self.is_boolean |= is_word_operator(operator)

    def close(self, last: ast.Node) -> ast.Node:
        """Return the run as one node, with its last operand."""
        start = self.operands[0].start
        operands = (*self.operands, last)
        chain = ast.Chain(tuple(self.operators), operands, start, last.end)
        if not self.is_boolean:
            return chain
        return ast.Unary("!", ast.Unary("!", chain, start, last.end), start, last.end)
