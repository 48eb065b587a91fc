"""A formula's tree to nested closures, once; and what the formula reads, found on the way.

A closure takes the scope and returns the value. Which function a method call means is looked up by
the receiver's type in a table made here. Work is counted for each evaluation as a whole and for
each round of a loop, by the nodes that are run at most; functions whose work grows with what they
are given count that themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

from vault_sync.errors import FormulaSyntaxError, LimitError
from vault_sync.formula import ast, calls
from vault_sync.formula.ast import syntax_error
from vault_sync.formula.conversions import is_truthy
from vault_sync.formula.operators import BINARY, invert, negate
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Clock, Function, advise_arity
from vault_sync.formula.values import File, Scope, Value
from vault_sync.text import advise_name, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.calls import CompiledNode


_STEPS: Final[dict[type, int]] = {ast.Call: 3, ast.MethodCall: 3}
"""What a node costs of the budget, where it is not 1: about what a microsecond does."""


class Formula(NamedTuple):
    """A compiled formula.

    Attributes:
        source: its text.
        tree: what it is parsed into.
        clock: STABLE, or DAILY or INSTANT where it reads ``today()`` or ``now()``.
        properties: the note properties it reads by name, in NFC.
        reads_all_properties: whether it reads properties whose names only an evaluation knows.
        formulas: the other formulas it reads, by name in NFC.
        file_fields: the fields and methods of files it may use, such as ``mtime`` or ``inFolder``.
        functions: the functions and methods it calls.
        reads_others: whether it may read other files of the vault, or which of them there are.
        other_properties: the properties it reads of other notes by name, in NFC; None for any.
        steps: what one evaluation costs, without the rounds of its loops but the first.
        run: what evaluates it.
    """

    source: str
    tree: ast.Node
    clock: Clock
    properties: frozenset[str]
    reads_all_properties: bool
    formulas: frozenset[str]
    file_fields: frozenset[str]
    functions: frozenset[str]
    reads_others: bool
    other_properties: frozenset[str] | None
    steps: int
    run: Callable[[Scope], Value]

    def evaluate(self, scope: Scope) -> Value:
        """Return the formula's value.

        Raises:
            EvaluationError: it has none for this note; LimitError where it asks for too much.
        """
        scope.budget.spend(self.steps)
        try:
            return self.run(scope)
        except RecursionError:
            raise LimitError("The formulas lean on one another too deeply.") from None


def compile_formula(source: str, tree: ast.Node | None = None) -> Formula:
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
        tree=tree,
        clock=reads.clock,
        properties=frozenset(reads.properties),
        reads_all_properties=reads.reads_all_properties,
        formulas=frozenset(reads.formulas),
        file_fields=frozenset(reads.file_fields),
        functions=frozenset(reads.functions),
        reads_others=reads.others,
        other_properties=None if reads.all_others else frozenset(reads.other_properties),
        steps=compiler.steps,
        run=run,
    )


class _Compiler:
    __slots__ = ("reads", "steps", "variables")

    def __init__(self) -> None:
        self.reads = FormulaReads()
        self.variables: frozenset[str] = frozenset()
        self.steps = 0

    def compile_node(self, node: ast.Node) -> CompiledNode:
        """Return the closure of a node."""
        self.steps += _STEPS.get(type(node), 1)
        return _COMPILE[type(node)](self, node)

    def compile_all(self, nodes: tuple[ast.Node, ...]) -> tuple[CompiledNode, ...]:
        """Return the closures of nodes."""
        return tuple([self.compile_node(node) for node in nodes])

    def compile_literal(self, node: ast.Literal) -> CompiledNode:
        return _constant(node.value)

    def compile_list(self, node: ast.ListLiteral) -> CompiledNode:
        elements = self.compile_all(node.elements)
        values = [one.value for one in node.elements if isinstance(one, ast.Literal)]
        if len(values) == len(elements):
            return lambda _scope: [*values]
        return lambda scope: [element(scope) for element in elements]

    def compile_object(self, node: ast.ObjectLiteral) -> CompiledNode:
        entries = tuple(zip(node.keys, self.compile_all(node.values), strict=True))
        return lambda scope: {key: value(scope) for key, value in entries}

    def compile_name(self, node: ast.Name) -> CompiledNode:
        name = node.name
        if name in self.variables:
            return lambda scope: scope.variables.get(name)
        return self.compile_property(node)

    def compile_property(self, node: ast.Name | ast.NoteProperty) -> CompiledNode:
        name = node.name
        self.reads.properties.add(name)
        return lambda scope: scope.properties.get(name)

    def compile_note(self, _node: ast.NoteObject) -> CompiledNode:
        self.reads.reads_all_properties = True
        return _copy_properties

    def compile_reference(self, node: ast.FormulaReference) -> CompiledNode:
        name = node.name
        self.reads.formulas.add(name)
        return lambda scope: scope.formulas(name)

    def compile_file(self, _node: ast.CurrentFile) -> CompiledNode:
        self.reads.file_fields.add("file")
        return lambda scope: scope.file

    def compile_field(self, node: ast.Field) -> CompiledNode:
        if _is_properties(node.receiver):
            name = ast.Literal(node.name, node.start, node.end)
            return self.compile_file_property(node.receiver, name)
        entries = FIELDS.get(node.name, {})
        if isinstance(node.receiver, ast.CurrentFile) and File not in entries:
            known = [name for name, table in FIELDS.items() if File in table]
            message = f'A file has no field "{node.name}"{advise_name(node.name, known)}'
            raise syntax_error(message, node.start, node.end)
        self.add_member(node)
        for entry in entries.values():
            self.reads.add_function(entry)
        return calls.bind_field(node.name, self.compile_node(node.receiver))

    def compile_file_property(self, owner: ast.Field, name: ast.Node) -> CompiledNode:
        """Return the closure of one property of a file: ``owner`` is its ``properties``."""
        self.reads.file_fields.add(owner.name)
        self.reads.add_file_property(owner.receiver, name)
        file = owner.receiver
        if isinstance(name, ast.Literal) and isinstance(name.value, str) and _is_lookup(file):
            self.steps += _STEPS[ast.MethodCall] + 1
            link, _ = self.compile_parts(file)
            return calls.bind_linked_property(link, to_nfc(name.value))
        return calls.bind_file_property(self.compile_node(file), self.compile_node(name))

    def compile_index(self, node: ast.Index) -> CompiledNode:
        if _is_properties(node.receiver):
            return self.compile_file_property(node.receiver, node.key)
        if isinstance(node.receiver, ast.NoteObject):
            self.reads.reads_all_properties = True
            return calls.bind_property(self.compile_node(node.key))
        return calls.bind_index(self.compile_node(node.receiver), self.compile_node(node.key))

    def compile_call(self, node: ast.Call) -> CompiledNode:
        entry = GLOBALS.get(node.name)
        if entry is None:
            raise _unknown_function(node)
        complaint = advise_arity(entry.name, entry.least, entry.most, len(node.arguments))
        if complaint:
            raise syntax_error(complaint, node.start, node.end)
        self.reads.add_function(entry)
        return calls.bind_function(entry, self.compile_all(node.arguments))

    def compile_method(self, node: ast.MethodCall) -> CompiledNode:
        return calls.bind_method(node.name, *self.compile_parts(node))

    def compile_parts(self, node: ast.MethodCall) -> tuple[CompiledNode, tuple[CompiledNode, ...]]:
        """Return the closures of a method's receiver and of its arguments."""
        entries = METHODS.get(node.name)
        if entries is None:
            raise _unknown_function(node)
        for entry in entries.values():
            self.reads.add_function(entry)
        self.add_member(node)
        self.reads.add_property_test(node)
        return self.compile_node(node.receiver), self.compile_arguments(node)

    def compile_arguments(self, node: ast.MethodCall) -> tuple[CompiledNode, ...]:
        """Return the closures of a method's arguments, the first of a loop being its body."""
        if node.name not in ast.LOOP_VARIABLES or not node.arguments:
            return self.compile_all(node.arguments)
        outer, steps_before = self.variables, self.steps
        self.variables = outer | ast.LOOP_VARIABLES[node.name]
        body = self.compile_node(node.arguments[0])
        self.variables = outer
        counted = _count_rounds(body, self.steps - steps_before)
        return (counted, *self.compile_all(node.arguments[1:]))

    def compile_binding(self, node: ast.Binding) -> CompiledNode:
        outer, values = self.variables, []
        for name, value in zip(node.names, node.values, strict=True):
            values.append((name, self.compile_node(value)))
            self.variables |= {name}
        body = self.compile_node(node.body)
        self.variables = outer
        return calls.bind_variables(tuple(values), body)

    def add_member(self, node: ast.Field | ast.MethodCall) -> None:
        """Note a field or method whose receiver may be a file; no property or literal is one."""
        receiver = node.receiver
        is_property = isinstance(receiver, ast.Name) and receiver.name not in self.variables
        if not is_property and not isinstance(receiver, ast.NoteProperty | ast.Literal):
            self.reads.add_member(receiver, node.name)

    def compile_unary(self, node: ast.Unary) -> CompiledNode:
        operate = negate if node.operator == "-" else invert
        if isinstance(node.operand, ast.Literal) and isinstance(node.operand.value, float):
            return _constant(operate(node.operand.value))
        operand = self.compile_node(node.operand)
        return lambda scope: operate(operand(scope))

    def compile_chain(self, node: ast.Chain) -> CompiledNode:
        operands = self.compile_all(node.operands)
        self.steps += len(node.operators)
        if node.operators[0] in {"&&", "||"}:
            return _bind_logic(operands, is_decided_by=node.operators[0] == "||")
        steps = tuple(BINARY[operator] for operator in node.operators)
        return _bind_chain(operands[0], tuple(zip(steps, operands[1:], strict=True)))


_COMPILE: Final[dict[type, Callable[[_Compiler, Any], CompiledNode]]] = {
    ast.Literal: _Compiler.compile_literal,
    ast.ListLiteral: _Compiler.compile_list,
    ast.ObjectLiteral: _Compiler.compile_object,
    ast.Name: _Compiler.compile_name,
    ast.NoteProperty: _Compiler.compile_property,
    ast.NoteObject: _Compiler.compile_note,
    ast.FormulaReference: _Compiler.compile_reference,
    ast.CurrentFile: _Compiler.compile_file,
    ast.Field: _Compiler.compile_field,
    ast.Index: _Compiler.compile_index,
    ast.Call: _Compiler.compile_call,
    ast.MethodCall: _Compiler.compile_method,
    ast.Unary: _Compiler.compile_unary,
    ast.Chain: _Compiler.compile_chain,
    ast.Binding: _Compiler.compile_binding,
}


def _is_properties(node: ast.Node) -> TypeGuard[ast.Field]:
    return isinstance(node, ast.Field) and node.name == "properties"


def _is_lookup(node: ast.Node) -> TypeGuard[ast.MethodCall]:
    return isinstance(node, ast.MethodCall) and node.name == "asFile" and not node.arguments


def _constant(value: Value) -> CompiledNode:
    return lambda _scope: value


def _copy_properties(scope: Scope) -> Value:
    scope.budget.spend(len(scope.properties))
    return dict(scope.properties)


def _count_rounds(body: CompiledNode, steps: int) -> CompiledNode:
    def run(scope: Scope) -> Value:
        scope.budget.spend(steps)
        return body(scope)

    return run


def _bind_chain(
    first: CompiledNode, steps: tuple[tuple[Callable[..., Value], CompiledNode], ...]
) -> CompiledNode:
    if len(steps) == 1:
        ((operate, second),) = steps
        return lambda scope: operate(scope, first(scope), second(scope))

    def run(scope: Scope) -> Value:
        value = first(scope)
        for operate, operand in steps:
            value = operate(scope, value, operand(scope))
        return value

    return run


def _bind_logic(operands: tuple[CompiledNode, ...], *, is_decided_by: bool) -> CompiledNode:
    """Return the closure of ``&&`` or ``||``, whose value is the operand that decides, as in JS."""
    *firsts, last = operands

    def run(scope: Scope) -> Value:
        for operand in firsts:
            value = operand(scope)
            if is_truthy(value) is is_decided_by:
                return value
        return last(scope)

    return run


def _unknown_function(node: ast.Call | ast.MethodCall) -> FormulaSyntaxError:
    name = node.name
    if name in METHODS:
        message = f"{name}() is not written this way; write (…).{name}()."
    elif name in GLOBALS:
        message = f"{name}() is not written this way; write {name}(…)."
    else:
        message = f"There is no function {name}(){advise_name(name, {**GLOBALS, **METHODS})}"
    return syntax_error(message, node.start, node.end)


_ALL_PROPERTIES: Final = "properties"
_PROPERTY_TEST: Final = "hasProperty"
_TAGS: Final = frozenset({"tags", "hasTag"})
_REACHING: Final = frozenset(
    {
        *((None, "file"), ("link", "asFile"), ("link", "linksTo")),
        *(("file", "hasLink"), ("file", "backlinks")),
    }
)
"""Functions and fields whose answer depends on which other files there are, or on what they hold."""


class FormulaReads:
    """Everything a formula reads, gathered node by node.

    Attributes:
        clock: how often its value can change while the note does not.
        properties: note properties by name, in NFC.
        reads_all_properties: some property is read whose name only the evaluation knows.
        formulas: other formulas by name, in NFC.
        file_fields: fields and methods of files.
        functions: all functions and methods.
        others: it may read other files of the vault.
        other_properties: properties of other notes by name, in NFC.
        all_others: some property of another note is read whose name only the evaluation knows.
    """

    def __init__(self) -> None:
        self.clock = Clock.STABLE
        self.properties: set[str] = set()
        self.reads_all_properties = False
        self.formulas: set[str] = set()
        self.file_fields: set[str] = set()
        self.functions: set[str] = set()
        self.others = False
        self.other_properties: set[str] = set()
        self.all_others = False

    def add_function(self, entry: Function) -> None:
        """Note that a function, method or field is used."""
        if not entry.is_field:
            self.functions.add(entry.name)
        self.others |= (entry.kind, entry.name) in _REACHING
        self.clock = max(self.clock, entry.clock)

    def add_member(self, receiver: ast.Node, name: str) -> None:
        """Note a field or method whose receiver may be a file, if files have one of this name."""
        if not _is_of_file(name):
            return
        self.file_fields.add(name)
        is_other = not isinstance(receiver, ast.CurrentFile)
        if is_other and name in _TAGS:
            self.other_properties.add("tags")
        if name == _ALL_PROPERTIES:
            self.others |= is_other
            self.all_others |= is_other
            self.reads_all_properties |= not _is_looked_up(receiver)

    def add_file_property(self, owner: ast.Node, name: ast.Node) -> None:
        """Note ``owner.properties[name]``, and ``hasProperty``.

        What a link leads to is looked up in the vault, so it is none of this note's own properties.
        """
        literal = name.value if isinstance(name, ast.Literal) else None
        is_literal = isinstance(literal, str)
        names = {to_nfc(literal)} if isinstance(literal, str) else set()
        if not isinstance(owner, ast.CurrentFile):
            self.others = True
            self.other_properties |= names
            self.all_others |= not is_literal
        if not _is_looked_up(owner):
            self.properties |= names
            self.reads_all_properties |= not is_literal

    def add_property_test(self, call: ast.MethodCall) -> None:
        """Note the property that ``file.hasProperty("name")`` looks for."""
        if call.name == _PROPERTY_TEST and len(call.arguments) == 1:
            self.add_file_property(call.receiver, call.arguments[0])


def _is_looked_up(node: ast.Node) -> bool:
    """Return whether a file comes from the vault for certain, and is not the note at hand."""
    match node:
        case ast.MethodCall(name="asFile"):
            return True
        case ast.Call(name="file", arguments=(ast.Literal(),)):
            return True
    return False


def _is_of_file(name: str) -> bool:
    entries = (table.get(name, {}).get(File) for table in (FIELDS, METHODS))
    return any(entry is not None and entry.kind == "file" for entry in entries)
