"""Functions of numbers. Called on a duration they see its milliseconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import number_text, to_number
from vault_sync.formula.functions.arguments import to_integer
from vault_sync.formula.registry import function
from vault_sync.formula.values import Duration

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value

# Enough digits for the 21 before the point and the 100 behind it that toFixed may show.
_DIGITS: Final = 130


@function("abs", on="number")
def make_absolute(_scope: Scope, number: float) -> float:
    """Take the sign off.

    Example: `(-5).abs()` returns `5`.
    """
    return abs(number)


@function("abs", on="duration")
def make_absolute_duration(_scope: Scope, duration: Duration) -> Duration:
    """Take the sign off a duration, so that the order of two dates does not matter.

    Example: `(date("2024-07-07") - date("2024-07-11")).abs().days` returns `4`.
    """
    if to_number(duration) < 0:
        return Duration(-duration.months, -duration.milliseconds)
    return duration


@function("ceil", on="number")
def round_up(_scope: Scope, number: float) -> float:
    """Round up to a whole number.

    Example: `(2.1).ceil()` returns `3`.
    Example: `(-2.1).ceil()` returns `-2`.
    """
    return float(math.ceil(number)) if math.isfinite(number) else number


@function("floor", on="number")
def round_down(_scope: Scope, number: float) -> float:
    """Round down to a whole number.

    Example: `(2.9).floor()` returns `2`.
    Example: `(-2.1).floor()` returns `-3`.
    """
    return float(math.floor(number)) if math.isfinite(number) else number


@function("round", on="number", most=1)
def round_number(_scope: Scope, number: float, digits: Value = None) -> float:
    """Round to a whole number, or to so many digits behind the point; a half goes up.

    As JavaScript's `Math.round(x * 10 ** digits) / 10 ** digits`.

    Example: `(2.5).round()` returns `3`.
    Example: `(-2.5).round()` returns `-2`.
    Example: `(2.3333).round(2)` returns `2.33`.
    Example: `(1 / 5 * 3).round(1)` returns `0.6`.
    """
    places = to_integer(digits, 0)
    if places == 0:
        return _round_half_up(number)
    try:
        power = 10.0**places
    except OverflowError:
        return number
    scaled = number * power
    if power == 0 or not math.isfinite(scaled):
        return number if places > 0 else 0.0
    return _round_half_up(scaled) / power


def _round_half_up(number: float) -> float:
    if not math.isfinite(number):
        return number
    whole = math.floor(number)
    return float(whole if number - whole < 0.5 else whole + 1)


@function("toFixed", on="number", most=1)
def write_fixed(_scope: Scope, number: float, precision: Value = None) -> str:
    """Write a number with just so many digits behind the point, 0 to 100.

    As JavaScript it rounds the number that the computer holds, which is often a little off the one
    that was written: 1.005 is held as 1.00499999999999989….

    Example: `(3.14159).toFixed(2)` returns `"3.14"`.
    Example: `(1.005).toFixed(2)` returns `"1.00"`.
    Example: `(2.5).toFixed(0)` returns `"3"`.
    """
    places = to_integer(precision, 0)
    if not 0 <= places <= 100:
        raise EvaluationError(f"toFixed() shows 0 to 100 digits, not {places}.")
    if not math.isfinite(number) or abs(number) >= 1e21:
        return number_text(number)
    from decimal import ROUND_HALF_UP, Context, Decimal  # noqa: PLC0415 - for a quick start

    exact = Decimal(number) if number else Decimal(0)  # JavaScript writes -0 without its sign
    return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(_DIGITS)):f}"
