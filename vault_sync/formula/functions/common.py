"""Functions that any value has, also one that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import is_empty, is_truthy, kind_of, to_text
from vault_sync.formula.functions.arguments import check_length, weigh
from vault_sync.formula.registry import KINDS, function

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value

_KINDS_OF_THE_APP: Final = ("html", "icon", "image", "tag", "url")
"""Source: the classes of values in obsidian.d.ts."""


@function("isEmpty", on="any")
def tell_empty(_scope: Scope, value: Value) -> bool:
    """Tell whether a value is not there, or has no character, element or property.

    Example: `"".isEmpty()` returns `true`.
    Example: `"Hello world".isEmpty()` returns `false`.
    Example: `5.isEmpty()` returns `false`.
    Example: `[1,2,3].isEmpty()` returns `false`.
    Example: `{}.isEmpty()` returns `true`.
    Example: `missing.isEmpty()` returns `true`.
    """
    return is_empty(value)


@function("isTruthy", on="any")
def tell_truthy(_scope: Scope, value: Value) -> bool:
    """Tell whether a value counts as true: all do but false, 0, NaN, `""` and nothing.

    Example: `1.isTruthy()` returns `true`.
    Example: `"".isTruthy()` returns `false`.
    """
    return is_truthy(value)


@function("isType", on="any", least=1, most=1)
def tell_type(_scope: Scope, value: Value, kind: Value) -> bool:
    """Tell whether a value is of a kind.

    The kinds are null, boolean, number, string, date, duration, list, object, link, file and
    regexp. Nothing here is of the kinds html, icon, image, tag and url, which only the app has.

    Example: `"example".isType("string")` returns `true`.
    Example: `true.isType("boolean")` returns `true`.
    Example: `today().isType("date")` returns `true`.
    """
    if not isinstance(kind, str) or kind not in (*KINDS, *_KINDS_OF_THE_APP):
        raise EvaluationError(
            f'"{to_text(kind)[:40]}" is not a kind of value; the kinds are {", ".join(KINDS)}.'
        )
    return kind_of(value) == kind


@function("toString", on="any")
def make_text(scope: Scope, value: Value) -> str:
    """Write a value as text; nothing is a text without a character.

    Example: `123.toString()` returns `"123"`.
    Example: `today().toString()` returns `"2024-10-27"`.
    Example: `(0.1 + 0.2).toString()` returns `"0.30000000000000004"`.
    """
    weigh(value, scope.budget)
    text = to_text(value, scope.locale)
    check_length(len(text), scope.budget)
    return text


@function("contains", on="null", least=1, most=1)
@function("containsAll", on="null", least=1, most=None)
@function("containsAny", on="null", least=1, most=None)
def contain_nothing(_scope: Scope, _missing: None, *_values: Value) -> bool:
    """Say false: a property that is not there contains nothing.

    Example: `missing.contains("a")` returns `false`.
    """
    return False
