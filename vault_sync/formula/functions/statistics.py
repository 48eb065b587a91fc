"""Sums over lists: the functions that Bases offers in summaries.

Each takes the elements it understands, numbers or dates, and passes over the others, as the help
says of the default summaries. Without any, the answer is nothing, and the sum 0. Durations count as
their milliseconds. The numbers are added one after another, as JavaScript does, because Python's
own ``sum`` gives other last digits in other versions.
"""

from __future__ import annotations

import math
from datetime import date
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from vault_sync.formula.civil import as_moment
from vault_sync.formula.conversions import to_number
from vault_sync.formula.registry import function
from vault_sync.formula.values import Duration

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value


def _numbers(scope: Scope, elements: list[Value]) -> list[float]:
    scope.budget.spend(len(elements))
    return [to_number(element) for element in elements if isinstance(element, float | Duration)]


def _dates(scope: Scope, elements: list[Value]) -> list[date]:
    scope.budget.spend(len(elements))
    return [element for element in elements if isinstance(element, date)]


def _mean(numbers: list[float]) -> float:
    return reduce(add, numbers, 0.0) / len(numbers)


@function("sum", on="list")
def give_sum(scope: Scope, elements: list[Value]) -> float:
    """Add the numbers of a list.

    Example: `[1, 2, "x", 3].sum()` returns `6`.
    Example: `[].sum()` returns `0`.
    """
    return reduce(add, _numbers(scope, elements), 0.0)


@function("mean", on="list")
def give_mean(scope: Scope, elements: list[Value]) -> float | None:
    """Give the average of the numbers of a list.

    Example: `[1, 2, 3, 6].mean()` returns `3`.
    Example: `[].mean()` returns `null`.
    """
    numbers = _numbers(scope, elements)
    return _mean(numbers) if numbers else None


@function("median", on="list")
def give_median(scope: Scope, elements: list[Value]) -> float | None:
    """Give the number in the middle, or the average of the two in the middle.

    Example: `[9, 1, 2].median()` returns `2`.
    Example: `[1, 2, 3, 4].median()` returns `2.5`.
    """
    numbers = sorted(_numbers(scope, elements))
    if not numbers:
        return None
    middle = len(numbers) // 2
    return numbers[middle] if len(numbers) % 2 else _mean(numbers[middle - 1 : middle + 1])


@function("stddev", on="list")
def give_deviation(scope: Scope, elements: list[Value]) -> float | None:
    """Give the standard deviation of the numbers, taken as the whole population.

    Example: `[2, 4, 4, 4, 5, 5, 7, 9].stddev()` returns `2`.
    """
    numbers = _numbers(scope, elements)
    if not numbers:
        return None
    mean = _mean(numbers)
    return math.sqrt(_mean([(number - mean) * (number - mean) for number in numbers]))


@function("max", on="list")
def give_max(scope: Scope, elements: list[Value]) -> float | None:
    """Give the largest number.

    Example: `[3, 1, 2].max()` returns `3`.
    """
    return max(_numbers(scope, elements), default=None)


@function("min", on="list")
def give_min(scope: Scope, elements: list[Value]) -> float | None:
    """Give the smallest number.

    Example: `[3, 1, 2].min()` returns `1`.
    """
    return min(_numbers(scope, elements), default=None)


@function("earliest", on="list")
def give_earliest(scope: Scope, elements: list[Value]) -> date | None:
    """Give the earliest date.

    Example: `[date("2024-10-27"), date("2024-07-07")].earliest()` returns `date("2024-07-07")`.
    """
    return min(_dates(scope, elements), key=as_moment, default=None)


@function("latest", on="list")
def give_latest(scope: Scope, elements: list[Value]) -> date | None:
    """Give the latest date.

    Example: `[date("2024-10-27"), date("2024-07-07")].latest()` returns `date("2024-10-27")`.
    """
    return max(_dates(scope, elements), key=as_moment, default=None)
