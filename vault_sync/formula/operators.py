"""What the operators do with each pair of kinds (Obsidian help, Bases syntax, "Operators").

Where the help is silent they do as JavaScript does, with four choices that keep a formula from
silently writing nonsense: arithmetic with nothing gives nothing, except that joining nothing to a
text joins ``""``; a comparison with nothing is false; a text that is no number cannot be counted
with; and what has no sum, such as a list and a number, is an error rather than a text.

A duration on the left counts as its milliseconds next to a number. Scaled by a number it stays a
duration, so ``now() + duration("1d") * 2`` works as the help shows. On the right of a number it is
refused, as in the app.
"""

from __future__ import annotations

from datetime import date
from math import copysign, fmod, inf, isnan, nan
from operator import ge, gt, le, lt, neg
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import (
    are_equal,
    compare,
    duration_milliseconds,
    is_truthy,
    kind_of,
    to_number,
    to_text,
)
from vault_sync.formula.dates import add_duration, between, parse_duration
from vault_sync.formula.functions.files import is_same
from vault_sync.formula.values import MAX_ELEMENTS, Duration, File, Link, Scope, SizeLimit, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation: TypeAlias = Callable[[Scope, Value, Value], Value]

FREE_LENGTH: Final = 1_000
"""Texts up to this length cost nothing of the budget; every note's own formulas stay below."""

MAX_MONTHS: Final = 1_200_000


def add(scope: Scope, a: Value, b: Value) -> Value:
    """Return ``a + b``: a sum, a later date, a longer duration, two texts or two lists joined."""
    if type(a) is str:
        return _join(scope, a, b if type(b) is str else _spell(scope, b))
    if type(a) is float and type(b) is float:
        return a + b
    if isinstance(a, Duration) and isinstance(b, date):
        a, b = b, a
    if isinstance(a, date | Duration) and (span := _as_duration(b)) is not None:
        return _shift(a, span, 1)
    if type(b) is str:
        return _join(scope, _spell(scope, a), b)
    if isinstance(a, list) and isinstance(b, list):  # release notes of Obsidian 1.9.8
        scope.budget.spend(len(a) + len(b))
        return [*a, *b]
    return None if a is None or b is None else sum(_count_both(a, "+", b))


def subtract(_scope: Scope, a: Value, b: Value) -> Value:
    """Return ``a - b``: a difference, an earlier date, or the duration between two dates."""
    if type(a) is float and type(b) is float:
        return a - b
    if a is None or b is None:
        return None
    if isinstance(a, date) and isinstance(b, date):
        return between(a, b)
    if isinstance(a, date | Duration) and (span := _as_duration(b)) is not None:
        return _shift(a, span, -1)
    left, right = _count_both(a, "-", b)
    return left - right


def multiply(_scope: Scope, a: Value, b: Value) -> Value:
    """Return ``a * b``; a duration on the left is scaled."""
    if type(a) is float and type(b) is float:
        return a * b
    if a is None or b is None:
        return None
    if isinstance(a, Duration) and not isinstance(b, Duration):
        factor = _count(b, "*", a)
        return _scale(a, lambda length: length * factor)
    left, right = _count_both(a, "*", b)
    return left * right


def divide(_scope: Scope, a: Value, b: Value) -> Value:
    """Return ``a / b`` with JavaScript's ``Infinity`` and ``NaN`` for division by zero.

    A duration divided by a number is a shorter duration, by a duration or its text their ratio.
    """
    if a is None or b is None:
        return None
    if isinstance(a, Duration):
        if (span := _as_duration(b)) is not None:
            return _quotient(duration_milliseconds(a), duration_milliseconds(span))
        divisor = _count(b, "/", a)
        return _scale(a, lambda length: _quotient(length, divisor))
    return _quotient(*_count_both(a, "/", b))


def modulo(_scope: Scope, a: Value, b: Value) -> Value:
    """Return ``a % b`` with the sign of a, as in JavaScript."""
    if a is None or b is None:
        return None
    left, right = _count_both(a, "%", b)
    try:
        return fmod(left, right)
    except ValueError:
        return nan


def equal(scope: Scope, a: Value, b: Value) -> bool:
    """Return ``a == b``; links to one file are equal (Bases syntax, "Files and links")."""
    if type(a) is type(b) and isinstance(a, str | float | bool):
        return a == b
    if isinstance(a, Link | File) or isinstance(b, Link | File):
        return is_same(scope, a, b)
    if isinstance(a, list | dict) and isinstance(b, list | dict):
        walk = SizeLimit()
        result = are_equal(a, b, scope.timezone, walk)
        scope.budget.spend(MAX_ELEMENTS - walk.elements)
        return result
    return are_equal(a, b, scope.timezone)


def differ(scope: Scope, a: Value, b: Value) -> bool:
    """Return ``a != b``."""
    return not equal(scope, a, b)


def _compare_by(holds: Callable[[int, int], bool]) -> Operation:
    """Return what says whether two values stand so to each other; false where they have no order."""

    def is_so(scope: Scope, a: Value, b: Value) -> bool:
        order = compare(a, b, scope.timezone)
        return order is not None and holds(order, 0)

    return is_so


def negate(value: Value) -> Value:
    """Return ``-value``."""
    if value is None:
        return None
    return _scale(value, neg) if isinstance(value, Duration) else -to_number(value)


def invert(value: Value) -> bool:
    """Return ``!value``."""
    return not is_truthy(value)


BINARY: Final[dict[str, Operation]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "==": equal,
    "!=": differ,
    "<": _compare_by(lt),
    "<=": _compare_by(le),
    ">": _compare_by(gt),
    ">=": _compare_by(ge),
}


def _join(scope: Scope, a: str, b: str) -> str:
    length = len(a) + len(b)
    if length > FREE_LENGTH:
        scope.budget.spend_on_text(length)
    return a + b


def _spell(scope: Scope, value: Value) -> str:
    if isinstance(value, list | dict):
        scope.budget.spend(len(value))
    return to_text(value, scope.locale)


def _as_duration(value: Value) -> Duration | None:
    if isinstance(value, str):
        return parse_duration(value)
    return value if isinstance(value, Duration) else None


def _shift(a: date | Duration, span: Duration, sign: int) -> Value:
    if isinstance(a, date):
        return add_duration(a, span, sign)
    months, milliseconds = sign * span.months, sign * span.milliseconds
    return _make_duration(a.months + months, a.milliseconds + milliseconds)


def _make_duration(months: int, milliseconds: float) -> Duration:
    if abs(months) > MAX_MONTHS:
        raise EvaluationError("A duration of more than 100,000 years is no use; make it shorter.")
    return Duration(months, milliseconds)


def _scale(span: Duration, scale: Callable[[float], float]) -> Duration:
    months = scale(float(span.months))
    if months.is_integer():
        return _make_duration(int(months), scale(span.milliseconds))
    return Duration(0, scale(duration_milliseconds(span)))


def _quotient(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return copysign(inf, a) * copysign(1.0, b) if a and not isnan(a) else nan


def _count_both(a: Value, operator: str, b: Value) -> tuple[float, float]:
    """Return two operands as numbers, or say why the operation makes no sense."""
    if isinstance(b, Duration) and isinstance(a, float | bool | str):
        raise EvaluationError(
            f"A {kind_of(a)} and a duration cannot be joined by {operator}; write the duration on"
            " the left, or count it in a unit, such as .days."
        )
    return _count(a, operator, b), _count(b, operator, a)


def _count(value: Value, operator: str, other: Value) -> float:
    """Return an operand as a number, or say why the operation makes no sense."""
    if isinstance(value, date):
        raise EvaluationError(
            f"A date and a {kind_of(other)} cannot be joined by {operator}; add or subtract a "
            'duration, such as "3d", or make it a date by date().'
        )
    if isinstance(value, float | bool | Duration | str):
        return to_number(value)
    raise EvaluationError(f"A {kind_of(value)} cannot be counted with: {operator} needs numbers.")
