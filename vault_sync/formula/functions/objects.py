"""Functions of objects, the ones that YAML calls mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.formula.registry import function

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value


@function("keys", on="object")
def list_keys(scope: Scope, members: dict[str, Value]) -> list[Value]:
    """List the names that an object holds values under.

    Example: `{"a": 1, "b": 2}.keys()` returns `["a", "b"]`.
    """
    scope.budget.spend(len(members))
    return [*members]


@function("values", on="object")
def list_values(scope: Scope, members: dict[str, Value]) -> list[Value]:
    """List the values that an object holds.

    Example: `{"a": 1, "b": 2}.values()` returns `[1, 2]`.
    """
    scope.budget.spend(len(members))
    return [*members.values()]
