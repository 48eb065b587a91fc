"""Functions of regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.formula import regexps
from vault_sync.formula.conversions import to_text
from vault_sync.formula.registry import function

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Regexp, Value


@function("matches", on="regexp", least=1, most=1)
def matches(scope: Scope, regexp: Regexp, value: Value) -> bool:
    r"""Tell whether a regular expression matches somewhere in a text.

    Example: `/abc/.matches("abcde")` returns `true`.
    Example: `/^\d{4}$/.matches("2024")` returns `true`.
    Example: `/ABC/i.matches("abcde")` returns `true`.
    """
    return regexps.matches(regexp, to_text(value), scope.budget)
