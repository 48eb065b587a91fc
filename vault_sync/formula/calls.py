"""Closures that call functions, methods and fields, with what can be known at compile time done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from vault_sync.errors import EvaluationError
from vault_sync.formula.advice import advise_arity, advise_name
from vault_sync.formula.conversions import duration_milliseconds, kind_of
from vault_sync.formula.functions.arguments import weigh
from vault_sync.formula.names import normalize_name
from vault_sync.formula.registry import FIELDS, METHODS
from vault_sync.formula.values import Duration
from vault_sync.nfc import NameMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.registry import Function
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value

    Run: TypeAlias = Callable[[Scope], Value]
    Invoke: TypeAlias = Callable[[Scope, Any], Value]


def bind_function(entry: Function, arguments: tuple[Run, ...]) -> Run:
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


def bind_method(name: str, receiver: Run, arguments: tuple[Run, ...]) -> Run:
    """Return the closure of a method call: the receiver's type chooses the function."""
    invocations = {
        python_type: _bind_entry(entry, arguments) for python_type, entry in METHODS[name].items()
    }
    own = METHODS[name].get(Duration)
    if float in invocations and (own is None or own.kind == "any"):
        invocations[Duration] = _as_number(invocations[float])
    find = invocations.get

    def run(scope: Scope) -> Value:
        value = receiver(scope)
        invoke = find(type(value))
        if invoke is not None:
            return invoke(scope, value)
        if value is None:
            return None
        raise EvaluationError(_describe_unknown_method(name, kind_of(value)))

    return run


def bind_property(name: str, receiver: Run) -> Run:
    """Return the closure of a name looked up among the properties of a file, however it is spelled."""

    def run(scope: Scope) -> Value:
        value = receiver(scope)
        if isinstance(value, dict):
            return NameMap(value).get(name)
        return bind_field(name, lambda _scope: value)(scope)  # of something else of this name

    return run


def bind_property_index(receiver: Run, index: Run) -> Run:
    """Return the closure of ``receiver[index]`` where the receiver is all properties of a note."""

    def run(scope: Scope) -> Value:
        properties, name = receiver(scope), index(scope)
        if isinstance(properties, dict) and isinstance(name, str):
            scope.budget.spend(len(name) // 100)
            return NameMap(properties).get(name)
        return find_element(scope, properties, name)

    return run


def bind_field(name: str, receiver: Run) -> Run:
    """Return the closure of a field access; a field of nothing is nothing."""
    find = {python_type: entry.call for python_type, entry in FIELDS.get(name, {}).items()}.get

    def run(scope: Scope) -> Value:
        value = receiver(scope)
        if type(value) is dict:
            return find_entry(value, name)
        call = find(type(value))
        if call is not None:
            return call(scope, value)
        if value is None:
            return None
        raise EvaluationError(_describe_unknown_field(name, kind_of(value)))

    return run


def bind_index(receiver: Run, index: Run) -> Run:
    """Return the closure of ``receiver[index]``; out of range there is nothing."""

    def run(scope: Scope) -> Value:
        return find_element(scope, receiver(scope), index(scope))

    return run


def bind_variables(values: tuple[tuple[str, Run], ...], body: Run) -> Run:
    """Return the closure of a body in which names stand for values, worked out one by one."""

    def run(scope: Scope) -> Value:
        scope.budget.spend(len(values))
        for name, value in values:
            result = value(scope)
            if isinstance(result, list | dict):
                weigh(result, scope.budget)
            scope = scope.with_variables(**{name: result})
        return body(scope)

    return run


def find_element(scope: Scope, value: Value, index: Value) -> Value:
    """Return an element of a list, an entry of an object or a character of a text, or None.

    Raises:
        EvaluationError: the value has no elements, or the index is of a kind it does not take.
    """
    if value is None or index is None:
        return None
    if isinstance(value, dict) and isinstance(index, str):
        scope.budget.spend(len(index) // 100)
        return find_entry(value, normalize_name(index))
    if isinstance(value, list | str) and isinstance(index, float):
        is_inside = index.is_integer() and 0 <= index < len(value)
        return value[int(index)] if is_inside else None
    raise EvaluationError(
        f"A {kind_of(value)} cannot be indexed by a {kind_of(index)}; lists and strings take a "
        "number, objects a name."
    )


def find_entry(entries: dict[str, Value], name: str) -> Value:
    """Return the entry of an object by its name in NFC, however the object spells it, or None."""
    if name in entries or name.isascii():
        return entries.get(name)
    return next((entries[key] for key in entries if normalize_name(key) == name), None)


def describe_arity(entry: Function, given: int) -> str | None:
    """Return the sentence about a wrong number of arguments, or None if it is right."""
    return advise_arity(entry.name, entry.least, entry.most, given)


def _bind_entry(entry: Function, arguments: tuple[Run, ...]) -> Invoke:
    call = entry.call
    if complaint := describe_arity(entry, len(arguments)):
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


def _as_number(invoke: Invoke) -> Invoke:
    """Return the method of a number for a duration, which counts as its milliseconds."""
    return lambda scope, value: invoke(scope, duration_milliseconds(value))


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
