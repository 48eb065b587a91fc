"""Functions of lists and objects. Nothing is changed: each function gives a new one."""

from __future__ import annotations

import math
from datetime import date
from functools import cmp_to_key, reduce
from operator import add
from typing import TYPE_CHECKING, Final

from vault_sync.formula.conversions import (
    MAX_INDEX,
    are_equal,
    compare,
    is_truthy,
    kind_of,
    spread,
    to_integer,
    to_number,
    to_text,
)
from vault_sync.formula.dates import as_moment
from vault_sync.formula.functions.files import holds_tag, is_same
from vault_sync.formula.registry import function
from vault_sync.formula.values import Duration, Scope, Tags, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_NESTED: Final = frozenset({list, Tags, dict})
_TEXTS: Final = {str}
_COUNTED: Final = frozenset({float, Duration})
_ORDER_OF_KINDS: Final = ("number", "string", "date", "duration", "boolean", "link", "file")


@function("length", on="list", is_field=True)
def count_elements(_scope: Scope, elements: list[Value]) -> float:
    """Count the elements.

    Example: `["a", "b"].length` returns `2`.
    """
    return float(len(elements))


@function("contains", on="list", least=1, most=1)
def contains(scope: Scope, elements: list[Value], value: Value) -> bool:
    """Tell whether a value is in the list. A link and the file it leads to are the same.

    In a list of tags, `file.tags` or the property `tags`, a tag is found by those it is nested in.

    Example: `[1,2,3].contains(2)` returns `true`.
    Example: `file.tags.contains("science")` returns `true`.
    Example: `[1,2,3].contains(4)` returns `false`.
    """
    return _has(scope, elements, value)


@function("containsAll", on="list", least=1, most=None)
def contains_all(scope: Scope, elements: list[Value], *values: Value) -> bool:
    """Tell whether all of the values are in the list; of a list given, each of its elements.

    Example: `[1,2,3].containsAll(2,3)` returns `true`.
    Example: `[1,2,3].containsAll(3,4)` returns `false`.
    """
    return all(_has(scope, elements, value) for value in spread(values))


@function("containsAny", on="list", least=1, most=None)
def contains_any(scope: Scope, elements: list[Value], *values: Value) -> bool:
    """Tell whether one of the values is in the list, or of a list given one of its elements.

    Example: `[1,2,3].containsAny(3,4)` returns `true`.
    Example: `[1,2,3].containsAny(4,5)` returns `false`.
    Example: `[1,2,3].containsAny([3,4])` returns `true`.
    """
    return any(_has(scope, elements, value) for value in spread(values))


def _has(scope: Scope, elements: list[Value], value: Value) -> bool:
    if type(elements) is list and {type(value), *map(type, elements)} == _TEXTS:
        scope.budget.spend(len(elements))
        return value in elements  # texts are equal if they are the same
    scope.budget.spend_on_all(elements)
    if isinstance(elements, Tags):
        return any(holds_tag(element, value) for element in elements)
    return any(is_same(scope, element, value) for element in elements)


@function("filter", on="list", least=1, most=1, is_lazy=True)
def keep(scope: Scope, elements: list[Value], condition: Callable[[Scope], Value]) -> list[Value]:
    """Keep the elements for which the condition holds; `value` is the element, `index` its place.

    Example: `[1,2,3,4].filter(value > 2)` returns `[3,4]`.
    Example: `["a","b","c"].filter(index != 1)` returns `["a","c"]`.
    """
    rounds = zip(elements, _rounds(scope, elements), strict=True)
    return [element for element, inner in rounds if is_truthy(condition(inner))]


@function("map", on="list", least=1, most=1, is_lazy=True)
def transform(
    scope: Scope, elements: list[Value], expression: Callable[[Scope], Value]
) -> list[Value]:
    """Put what the expression gives in place of each element; `value` and `index` are its inputs.

    Example: `[1,2,3,4].map(value + 1)` returns `[2,3,4,5]`.
    Example: `["a","b"].map(index)` returns `[0,1]`.
    """
    results = [expression(inner) for inner in _rounds(scope, elements)]
    if not _NESTED.isdisjoint(map(type, results)):
        scope.budget.spend_on_all(results)
    return results


@function("reduce", on="list", least=2, most=2, is_lazy=True)
def fold(
    scope: Scope,
    elements: list[Value],
    expression: Callable[[Scope], Value],
    initial: Callable[[Scope], Value],
) -> Value:
    """Work through the list, `acc` being what the expression gave last; the last `acc` is given.

    Example: `[1,2,3].reduce(acc + value, 0)` returns `6`.
    Example: `[4,9,2].reduce(if(acc == null || value > acc, value, acc), null)` returns `9`.
    """
    result = initial(scope)
    for inner in _rounds(scope, elements):
        result = expression(inner.with_variables(acc=result))
        if isinstance(result, list | dict):
            scope.budget.spend_on_all(result)
    return result


def _rounds(scope: Scope, elements: list[Value]) -> Iterator[Scope]:
    spend, outer, inner = scope.budget.spend, scope.variables, scope.begin_loop()
    for index, element in enumerate(elements):
        spend(1)
        yield inner({**outer, "value": element, "index": float(index)})


@function("flat", on="list")
def flatten(scope: Scope, elements: list[Value]) -> list[Value]:
    """Put the elements of the lists that a list holds in their place, one level deep.

    Example: `[1,[2,3]].flat()` returns `[1,2,3]`.
    Example: `[[1],[[2]]].flat()` returns `[1,[2]]`.
    """
    lengths = [len(element) if isinstance(element, list) else 1 for element in elements]
    scope.budget.spend(len(elements) + sum(lengths))
    flat: list[Value] = []
    for element in elements:
        if isinstance(element, list):
            flat += element
        else:
            flat.append(element)
    return flat


@function("join", on="list", most=1)
def join(scope: Scope, elements: list[Value], separator: Value = None) -> str:
    """Write the elements one after another, with the separator between; a comma if there is none.

    Example: `[1,2,3].join(",")` returns `"1,2,3"`.
    Example: `["a", null, "b"].join("/")` returns `"a//b"`.
    """
    scope.budget.spend_on_all(elements)
    mark = "," if separator is None else to_text(separator)
    texts = []
    for element in elements:
        text = to_text(element, scope.locale)
        scope.budget.spend_on_text(len(text))
        texts.append(text)
    gaps = max(0, len(texts) - 1)
    scope.budget.spend_on_text(sum(map(len, texts)) + gaps * len(mark))
    return mark.join(texts)


@function("reverse", on="list")
def reverse(scope: Scope, elements: list[Value]) -> list[Value]:
    """Turn a list round.

    Example: `[1,2,3].reverse()` returns `[3,2,1]`.
    """
    scope.budget.spend(len(elements))
    return elements[::-1]


@function("slice", on="list", least=1, most=2)
def slice_list(scope: Scope, elements: list[Value], start: Value, end: Value = None) -> list[Value]:
    """Cut out a part, from `start` up to but without `end`; negative numbers count from the end.

    Example: `[1,2,3,4].slice(1,3)` returns `[2,3]`.
    Example: `[1,2,3,4].slice(-2)` returns `[3,4]`.
    """
    part = elements[to_integer(start, 0) : to_integer(end, MAX_INDEX)]
    scope.budget.spend(len(part))
    return part


@function("sort", on="list")
def sort(scope: Scope, elements: list[Value]) -> list[Value]:
    """Put the elements in order, smallest first.

    Of mixed kinds, numbers come first, then texts, then the others; what is not there comes last.
    Elements without an order between them stay as they were.

    Example: `[3, 1, 2].sort()` returns `[1, 2, 3]`.
    Example: `["c", "a", "b"].sort()` returns `["a", "b", "c"]`.
    Example: `["b", null, 10, 9].sort()` returns `[9, 10, "b", null]`.
    """
    scope.budget.spend(len(elements) * max(1, len(elements).bit_length() // 4))
    order = cmp_to_key(compare_places)
    return sorted(elements, key=order)


def compare_places(a: Value, b: Value) -> int:
    """Return -1, 0 or 1 as ``a`` stands before ``b``, anywhere, or behind it in a sorted list."""
    left, right = _rank(a), _rank(b)
    if left != right:
        return -1 if left < right else 1
    if kind_of(a) in ("link", "file"):
        a, b = to_text(a), to_text(b)
    return compare(a, b) or 0


def _rank(value: Value) -> int:
    if value is None:
        return len(_ORDER_OF_KINDS) + 1
    if isinstance(value, float) and math.isnan(value):
        return len(_ORDER_OF_KINDS)
    kind = kind_of(value)
    return _ORDER_OF_KINDS.index(kind) if kind in _ORDER_OF_KINDS else len(_ORDER_OF_KINDS)


@function("unique", on="list")
def drop_duplicates(scope: Scope, elements: list[Value]) -> list[Value]:
    """Keep the first of equal elements. A number and a text are never equal here.

    Example: `[1,2,2,3].unique()` returns `[1,2,3]`.
    Example: `[[1],[1],[2]].unique()` returns `[[1],[2]]`.
    """
    scope.budget.spend_on_all(elements)
    seen: set[object] = set()
    nested: list[Value] = []
    kept: list[Value] = []
    for element in elements:
        if isinstance(element, list | dict):
            scope.budget.spend(len(nested))
            if not any(are_equal(element, other) for other in nested):
                nested.append(element)
                kept.append(element)
        elif (key := _identity(element)) not in seen:
            seen.add(key)
            kept.append(element)
    return kept


def _identity(value: Value) -> tuple[str, object]:
    if isinstance(value, date):
        return "date", as_moment(value)
    if isinstance(value, float) and math.isnan(value):
        return "number", None
    return kind_of(value), value


# Sums over lists: the functions that Bases offers in summaries.
#
# Each takes the elements it understands, numbers or dates, and passes over the others, as the help
# says of the default summaries. Without any, the answer is nothing, and the sum 0. Durations count
# as their milliseconds. The numbers are added one after another, as JavaScript does, because
# Python's own `sum` gives other last digits in other versions.


def _numbers(scope: Scope, elements: list[Value]) -> list[float]:
    scope.budget.spend(len(elements))
    return [to_number(element) for element in elements if type(element) in _COUNTED]


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
