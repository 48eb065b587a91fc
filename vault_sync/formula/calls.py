"""Closures that call functions, methods and fields, with what can be known at compile time done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import duration_milliseconds, kind_of
from vault_sync.formula.functions.files import find_linked_property, find_property
from vault_sync.formula.registry import FIELDS, METHODS, Function, advise_arity
from vault_sync.formula.values import STEPS_PER_LOOK, Duration, File, Link, Scope, Value
from vault_sync.text import advise_name, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    CompiledNode: TypeAlias = Callable[[Scope], Value]
    Invoke: TypeAlias = Callable[[Scope, Any], Value]


def bind_function(entry: Function, arguments: tuple[CompiledNode, ...]) -> CompiledNode:
    """Return the closure of a call of a global function."""
    call = entry.call
    if entry.is_lazy:
        return lambda scope: call(scope, *arguments)
    match arguments:
        case ():
            return call
        case (first,):
            return lambda scope: call(scope, first(scope))
        case (first, second):
            return lambda scope: call(scope, first(scope), second(scope))
    return lambda scope: call(scope, *[argument(scope) for argument in arguments])


def bind_method(
    name: str, receiver: CompiledNode, arguments: tuple[CompiledNode, ...]
) -> CompiledNode:
    """Return the closure of a method call: the receiver's type chooses the function."""
    invocations = {
        python_type: _bind_entry(entry, arguments) for python_type, entry in METHODS[name].items()
    }
    for kind, (stand_in, convert) in _STAND_INS.items():
        if kind not in invocations and stand_in in invocations:
            invocations[kind] = _convert(convert, invocations[stand_in])
    find = invocations.get

    def run(scope: Scope) -> Value:
        value = receiver(scope)
        invoke = find(type(value))
        if invoke is not None:
            return invoke(scope, value)
        return _refuse_method(name, value)

    return run


def _refuse_method(name: str, value: Value) -> Value:
    """Give nothing for a method of nothing.

    Raises:
        EvaluationError: it is the method of something that has none of this name.
    """
    if value is None:
        return None
    raise EvaluationError(_describe_unknown_method(name, kind_of(value)))


def bind_field(name: str, receiver: CompiledNode) -> CompiledNode:
    """Return the closure of a field access; a field of nothing is nothing."""
    select = _select(name)
    return lambda scope: select(scope, receiver(scope))


def _select(name: str) -> Invoke:
    """Return what gives the field of a value."""
    calls: dict[type, Invoke] = {
        python_type: entry.call for python_type, entry in FIELDS.get(name, {}).items()
    }
    if str in calls:
        calls[Link] = _convert(_target_of, calls[str])
    find = calls.get

    def select(scope: Scope, value: Value) -> Value:
        if type(value) is dict:
            return find_entry(value, name)
        call = find(type(value))
        if call is not None:
            return call(scope, value)
        if value is None:
            return None
        raise EvaluationError(_describe_unknown_field(name, kind_of(value)))

    return select


def bind_property(name: CompiledNode) -> CompiledNode:
    """Return the closure of ``note[name]``, which reads one property."""

    def run(scope: Scope) -> Value:
        wanted = name(scope)
        if not isinstance(wanted, str):
            return find_element(scope, {}, wanted)
        scope.budget.spend(len(wanted) // 100)
        return scope.properties.get(to_nfc(wanted))

    return run


def bind_file_property(receiver: CompiledNode, name: CompiledNode) -> CompiledNode:
    """Return the closure of ``receiver.properties[name]``, which reads one property of a file."""
    select = _select("properties")

    def run(scope: Scope) -> Value:
        value, wanted = receiver(scope), name(scope)
        if not isinstance(value, File) or not isinstance(wanted, str):
            return find_element(scope, select(scope, value), wanted)
        if value is scope.file:
            return scope.properties.get(to_nfc(wanted))
        scope.budget.spend(STEPS_PER_LOOK)
        try:
            return find_property(value, to_nfc(wanted))
        except KeyError:
            return None

    return run


def bind_linked_property(receiver: CompiledNode, name: str) -> CompiledNode:
    """Return the closure of ``receiver.asFile().properties[name]``, of which pages run thousands.

    It gives and costs what `bind_file_property` does, and makes no file of it on the way.
    """

    def run(scope: Scope) -> Value:
        value = receiver(scope)
        if type(value) is Link:
            return find_linked_property(scope, value, name)
        return _refuse_method("asFile", value)

    return run


def bind_index(receiver: CompiledNode, index: CompiledNode) -> CompiledNode:
    """Return the closure of ``receiver[index]``; out of range there is nothing."""
    return lambda scope: find_element(scope, receiver(scope), index(scope))


def bind_variables(
    values: tuple[tuple[str, CompiledNode], ...], body: CompiledNode
) -> CompiledNode:
    """Return the closure of a body in which names stand for values, worked out one by one."""

    def run(scope: Scope) -> Value:
        for name, value in values:
            scope.budget.spend(1 + len(scope.variables) // 16)
            result = value(scope)
            if isinstance(result, list | dict):
                scope.budget.spend_on_all(result)
            scope = scope.with_variables(**{name: result})
        return body(scope)

    return run


def find_element(scope: Scope, value: Value, index: Value) -> Value:
    """Return an element of a list, an entry of an object or a character of a text, or None.

    A negative number counts from the end of a list, as Obsidian's importer expects of Bases.

    Raises:
        EvaluationError: the value has no elements, or the index is of a kind it does not take.
    """
    if value is None or index is None:
        return None
    if isinstance(value, dict) and isinstance(index, str):
        scope.budget.spend(len(index) // 100)
        return find_entry(value, to_nfc(index))
    if isinstance(value, list | str) and isinstance(index, float):
        least = -len(value) if isinstance(value, list) else 0
        is_inside = index.is_integer() and least <= index < len(value)
        return value[int(index)] if is_inside else None
    raise EvaluationError(
        f"A {kind_of(value)} cannot be indexed by a {kind_of(index)}; lists and strings take a "
        "number, objects a name."
    )


def find_entry(entries: dict[str, Value], name: str) -> Value:
    """Return the entry of an object by its name in NFC, however the object spells it, or None."""
    if name in entries or name.isascii():
        return entries.get(name)
    return next((entries[key] for key in entries if to_nfc(key) == name), None)


def _bind_entry(entry: Function, arguments: tuple[CompiledNode, ...]) -> Invoke:
    call = entry.call
    if complaint := advise_arity(entry.name, entry.least, entry.most, len(arguments)):
        return _complain(complaint)
    if entry.is_lazy:
        return lambda scope, value: call(scope, value, *arguments)
    match arguments:
        case ():
            return call
        case (first,):
            return lambda scope, value: call(scope, value, first(scope))
        case (first, second):
            return lambda scope, value: call(scope, value, first(scope), second(scope))
    return lambda scope, value: call(scope, value, *[run(scope) for run in arguments])


def _complain(sentence: str) -> Invoke:
    def invoke(_scope: Scope, _value: Value) -> Value:
        raise EvaluationError(sentence)

    return invoke


def _convert(convert: Callable[[Any], Value], invoke: Invoke) -> Invoke:
    """Return the function of one kind of value for another that counts as one."""
    return lambda scope, value: invoke(scope, convert(value))


def _target_of(link: Link) -> str:
    return link.target


_STAND_INS: Final[dict[type, tuple[type, Callable[[Any], Value]]]] = {
    Duration: (float, duration_milliseconds),
    Link: (str, _target_of),
}
"""A duration has the methods of a number; a link, being a kind of text (obsidian.d.ts), of one."""


def _describe_unknown_method(name: str, kind: str) -> str:
    owners = sorted({entry.kind or "" for entry in METHODS[name].values()})
    return f"A {kind} has no function {name}(); it needs a {' or a '.join(owners)}."


def _describe_unknown_field(name: str, kind: str) -> str:
    known = [
        field
        for field, table in FIELDS.items()
        if any(entry.kind == kind for entry in table.values())
    ]
    return f'A {kind} has no field "{name}"{advise_name(name, known)}'
