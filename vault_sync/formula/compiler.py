"""A formula's tree to nested closures, once; and what the formula reads, on the way.

A closure takes the scope and returns the value. Which function a method call means is looked up by
the receiver's type in a table made here. Work is counted in loops only: without a loop a formula
can do no more than its bounded size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vault_sync.errors import LimitError
from vault_sync.formula import calls, syntax
from vault_sync.formula.advice import advise_name
from vault_sync.formula.conversions import is_truthy
from vault_sync.formula.operators import BINARY, invert, negate
from vault_sync.formula.reads import Reads
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Clock
from vault_sync.formula.syntax import syntax_error
from vault_sync.formula.values import File

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.errors import FormulaSyntaxError
    from vault_sync.formula.calls import Run
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value

NODES_PER_STEP: Final = 8
"""How many nodes of a loop's body cost one step of the budget, beside the round's own."""


class Formula(NamedTuple):
    """A compiled formula.

    Attributes:
        source: its text.
        clock: STABLE, or DAILY or INSTANT where it reads ``today()`` or ``now()``.
        properties: the note properties it reads by name, in NFC.
        reads_all_properties: whether it reads properties whose names only an evaluation knows.
        formulas: the other formulas it reads, by name in NFC.
        file_fields: the fields and methods of files it may use, such as ``mtime`` or ``inFolder``.
        functions: the functions and methods it calls.
        run: what evaluates it.
    """

    source: str
    clock: Clock
    properties: frozenset[str]
    reads_all_properties: bool
    formulas: frozenset[str]
    file_fields: frozenset[str]
    functions: frozenset[str]
    run: Callable[[Scope], Value]

    def evaluate(self, scope: Scope) -> Value:
        """Return the formula's value.

        Raises:
            EvaluationError: it has none for this note; LimitError where it asks for too much.
        """
        try:
            return self.run(scope)
        except RecursionError:
            raise LimitError("The formulas lean on one another too deeply.") from None


def compile_formula(source: str, tree: syntax.Node | None = None) -> Formula:
    """Compile a formula.

    Args:
        source: its text.
        tree: what it is parsed into, where that is at hand.

    Raises:
        FormulaSyntaxError: the text is no formula of Bases, with the place of the mistake.
    """
    if tree is None:
        from vault_sync.formula.parser import parse  # noqa: PLC0415 - what is shipped is parsed

        tree = parse(source)
    compiler = _Compiler()
    run = compiler.compile_node(tree)
    reads = compiler.reads
    return Formula(
        source=source,
        clock=reads.clock,
        properties=frozenset(reads.properties),
        reads_all_properties=reads.reads_all_properties,
        formulas=frozenset(reads.formulas),
        file_fields=frozenset(reads.file_fields),
        functions=frozenset(reads.functions),
        run=run,
    )


class _Compiler:
    __slots__ = ("nodes", "reads", "variables")

    def __init__(self) -> None:
        self.reads = Reads()
        self.variables: frozenset[str] = frozenset()
        self.nodes = 0

    def compile_node(self, node: syntax.Node) -> Run:
        """Return the closure of a node."""
        self.nodes += 1
        return _COMPILE[type(node)](self, node)

    def compile_all(self, nodes: tuple[syntax.Node, ...]) -> tuple[Run, ...]:
        """Return the closures of nodes."""
        return tuple([self.compile_node(node) for node in nodes])

    def compile_literal(self, node: syntax.Literal) -> Run:
        return _constant(node.value)

    def compile_list(self, node: syntax.ListLiteral) -> Run:
        elements = self.compile_all(node.elements)
        return lambda scope: [element(scope) for element in elements]

    def compile_object(self, node: syntax.ObjectLiteral) -> Run:
        entries = tuple(zip(node.keys, self.compile_all(node.values), strict=True))
        return lambda scope: {key: value(scope) for key, value in entries}

    def compile_name(self, node: syntax.Name) -> Run:
        name = node.name
        if name in self.variables:
            return lambda scope: scope.variables.get(name)
        return self.compile_property(node)

    def compile_property(self, node: syntax.Name | syntax.Property) -> Run:
        name = node.name
        self.reads.properties.add(name)
        return lambda scope: scope.properties.get(name)

    def compile_note(self, _node: syntax.NoteObject) -> Run:
        self.reads.reads_all_properties = True
        return _copy_properties

    def compile_reference(self, node: syntax.FormulaReference) -> Run:
        name = node.name
        self.reads.formulas.add(name)
        return lambda scope: scope.formulas(name)

    def compile_file(self, _node: syntax.CurrentFile) -> Run:
        self.reads.file_fields.add("file")
        return lambda scope: scope.file

    def compile_field(self, node: syntax.Field) -> Run:
        entries = FIELDS.get(node.name, {})
        if isinstance(node.receiver, syntax.CurrentFile) and File not in entries:
            known = [name for name, table in FIELDS.items() if File in table]
            message = f'A file has no field "{node.name}"{advise_name(node.name, known)}'
            raise syntax_error(message, node.start, node.end)
        self.add_member(node)
        for entry in entries.values():
            self.reads.add_function(entry)
        bind = calls.bind_property if _gives_properties(node.receiver) else calls.bind_field
        return bind(node.name, self.compile_node(node.receiver))

    def compile_index(self, node: syntax.Index) -> Run:
        is_by_name = _gives_properties(node.receiver)
        bind = calls.bind_property_index if is_by_name else calls.bind_index
        return bind(self.compile_node(node.receiver), self.compile_node(node.key))

    def compile_call(self, node: syntax.Call) -> Run:
        entry = GLOBALS.get(node.name)
        if entry is None:
            raise _unknown_function(node)
        if complaint := calls.describe_arity(entry, len(node.arguments)):
            raise syntax_error(complaint, node.start, node.end)
        self.reads.add_function(entry)
        return calls.bind_function(entry, self.compile_all(node.arguments))

    def compile_method(self, node: syntax.MethodCall) -> Run:
        entries = METHODS.get(node.name)
        if entries is None:
            raise _unknown_function(node)
        for entry in entries.values():
            self.reads.add_function(entry)
        self.add_member(node)
        self.reads.add_property_test(node)
        receiver = self.compile_node(node.receiver)
        return calls.bind_method(node.name, receiver, self.compile_arguments(node))

    def compile_arguments(self, node: syntax.MethodCall) -> tuple[Run, ...]:
        """Return the closures of a method's arguments, the first of a loop being its body."""
        if node.name not in syntax.LOOP_VARIABLES or not node.arguments:
            return self.compile_all(node.arguments)
        outer, nodes_before = self.variables, self.nodes
        self.variables = outer | syntax.LOOP_VARIABLES[node.name]
        body = self.compile_node(node.arguments[0])
        self.variables = outer
        counted = _count_rounds(body, (self.nodes - nodes_before) // NODES_PER_STEP)
        return (counted, *self.compile_all(node.arguments[1:]))

    def compile_binding(self, node: syntax.Binding) -> Run:
        outer, values = self.variables, []
        for name, value in zip(node.names, node.values, strict=True):
            values.append((name, self.compile_node(value)))
            self.variables |= {name}
        body = self.compile_node(node.body)
        self.variables = outer
        return calls.bind_variables(tuple(values), body)

    def add_member(self, node: syntax.Field | syntax.MethodCall) -> None:
        """Note a field or method whose receiver may be a file; no property or literal is one."""
        receiver = node.receiver
        is_property = isinstance(receiver, syntax.Name) and receiver.name not in self.variables
        if not is_property and not isinstance(receiver, syntax.Property | syntax.Literal):
            self.reads.add_member(node.name)

    def compile_unary(self, node: syntax.Unary) -> Run:
        operate = negate if node.operator == "-" else invert
        if isinstance(node.operand, syntax.Literal) and isinstance(node.operand.value, float):
            return _constant(operate(node.operand.value))
        operand = self.compile_node(node.operand)
        return lambda scope: operate(operand(scope))

    def compile_chain(self, node: syntax.Chain) -> Run:
        operands = self.compile_all(node.operands)
        if node.operators[0] in {"&&", "||"}:
            return _bind_logic(operands, is_decided_by=node.operators[0] == "||")
        steps = tuple(BINARY[operator] for operator in node.operators)
        return _bind_chain(operands[0], tuple(zip(steps, operands[1:], strict=True)))


_COMPILE: Final[dict[type, Callable[[_Compiler, Any], Run]]] = {
    syntax.Literal: _Compiler.compile_literal,
    syntax.ListLiteral: _Compiler.compile_list,
    syntax.ObjectLiteral: _Compiler.compile_object,
    syntax.Name: _Compiler.compile_name,
    syntax.Property: _Compiler.compile_property,
    syntax.NoteObject: _Compiler.compile_note,
    syntax.FormulaReference: _Compiler.compile_reference,
    syntax.CurrentFile: _Compiler.compile_file,
    syntax.Field: _Compiler.compile_field,
    syntax.Index: _Compiler.compile_index,
    syntax.Call: _Compiler.compile_call,
    syntax.MethodCall: _Compiler.compile_method,
    syntax.Unary: _Compiler.compile_unary,
    syntax.Chain: _Compiler.compile_chain,
    syntax.Binding: _Compiler.compile_binding,
}


def _gives_properties(node: syntax.Node) -> bool:
    """Say whether a node is all properties of a note, by their names."""
    return isinstance(node, syntax.NoteObject) or (
        isinstance(node, syntax.Field) and node.name == "properties"
    )


def _constant(value: Value) -> Run:
    return lambda _scope: value


def _copy_properties(scope: Scope) -> Value:
    scope.budget.spend(len(scope.properties))
    return dict(scope.properties)


def _count_rounds(body: Run, steps: int) -> Run:
    if not steps:
        return body

    def run(scope: Scope) -> Value:
        scope.budget.spend(steps)
        return body(scope)

    return run


def _bind_chain(first: Run, steps: tuple[tuple[Callable[..., Value], Run], ...]) -> Run:
    if len(steps) == 1:
        ((operate, second),) = steps
        return lambda scope: operate(scope, first(scope), second(scope))

    def run(scope: Scope) -> Value:
        value = first(scope)
        for operate, operand in steps:
            value = operate(scope, value, operand(scope))
        return value

    return run


def _bind_logic(operands: tuple[Run, ...], *, is_decided_by: bool) -> Run:
    """Return the closure of ``&&`` or ``||``, whose value is the operand that decides, as in JS."""
    *firsts, last = operands

    def run(scope: Scope) -> Value:
        for operand in firsts:
            value = operand(scope)
            if is_truthy(value) is is_decided_by:
                return value
        return last(scope)

    return run


def _unknown_function(node: syntax.Call | syntax.MethodCall) -> FormulaSyntaxError:
    name = node.name
    if name in METHODS:
        message = f"{name}() is not written this way; write (…).{name}()."
    elif name in GLOBALS:
        message = f"{name}() is not written this way; write {name}(…)."
    else:
        message = f"There is no function {name}(){advise_name(name, {**GLOBALS, **METHODS})}"
    return syntax_error(message, node.start, node.end)
