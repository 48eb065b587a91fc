"""Functions that stand alone, as ``today()``, those that any value has, and those of numbers."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import (
    compare,
    is_empty,
    is_truthy,
    kind_of,
    number_text,
    to_integer,
    to_number,
    to_text,
)
from vault_sync.formula.dates import as_moment, parse_date, parse_duration
from vault_sync.formula.functions.files import find_target, parse_link
from vault_sync.formula.registry import KINDS, Clock, function
from vault_sync.formula.values import Duration, File, Link, Scope, Value

if TYPE_CHECKING:
    from collections.abc import Callable


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@function("escapeHTML", least=1, most=1)
def escape_html(scope: Scope, text: Value) -> str:
    """Write a text so that a browser shows it as it is.

    Example: `escapeHTML("a < b & c")` returns `"a &lt; b &amp; c"`.
    """
    source = to_text(text)
    scope.budget.spend_on_text(6 * len(source))
    from html import escape  # noqa: PLC0415 - for a quick start

    return escape(source)


@function("date", least=1, most=1)
def make_date(scope: Scope, value: Value) -> Value:
    """Read a date from a text; a date stays what it is.

    A text must name one day beyond doubt: `2024-07-07`, `2024-07-07 14:01`, `2024/7/7`,
    `2024년 7월 7일`, `July 7, 2024`, `20240707`, `202407071401`. Nothing, or a text without a character, gives nothing. A number
    is refused; give it as a text, as in `date(day.toString())`.

    Example: `date("2024-07-07") + "4d"` returns `date("2024-07-11")`.
    Example: `date("2024년 7월 7일").format("YYYY/MM/DD")` returns `"2024/07/07"`.
    Example: `date("202407071401")` returns `date("2024-07-07 14:01")`.
    Example: `date("").isEmpty()` returns `true`.
    """
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str):
        return parse_date(value, scope.timezone) if value.strip() else None
    raise EvaluationError(
        f"This is a {kind_of(value)}, not a date. Write it as 2024-07-07, without any brackets."
    )


@function("duration", least=1, most=1)
def make_duration(_scope: Scope, value: Value) -> Value:
    """Read a length of time from a text: `2 weeks`, `1M`, `-3d`, `1h30m`.

    Example: `date("2024-10-27") + duration("1d") * 2` returns `date("2024-10-29")`.
    Example: `duration("36h").days` returns `1.5`.
    """
    if value is None or isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        kind = kind_of(value)
        raise EvaluationError(
            f'duration() takes a text such as "2 weeks", and this is of kind {kind}.'
        )
    duration = parse_duration(value)
    if duration is None:
        raise EvaluationError(
            f'"{value[:40]}" is not a duration; write a number and a unit, such as "2 weeks",'
            ' "1M" or "3d".'
        )
    return duration


@function("file", least=1, most=1)
def make_file(scope: Scope, value: Value) -> File | None:
    """Find the file that a path, a name or a link means, as Obsidian finds it; else nothing.

    Example: `file("Textbook").path` returns `"School/Textbook.md"`.
    Example: `file("no such note").isEmpty()` returns `true`.
    """
    return find_target(scope, value)


@function("html", least=1, most=1)
def make_html(_scope: Scope, value: Value) -> str:
    """Give the text itself: a property holds text, and only the app can show it as HTML.

    Example: `html("<b>bold</b>")` returns `"<b>bold</b>"`.
    """
    return to_text(value)


@function("image", least=1, most=1)
def make_image(_scope: Scope, value: Value) -> str:
    """Give the path or address of an image: a property holds text, only the app can show it.

    Example: `image("https://example.org/a.png")` returns `"https://example.org/a.png"`.
    """
    return value.target if isinstance(value, Link) else to_text(value)


@function("icon", least=1, most=1)
def make_icon(_scope: Scope, name: Value) -> str:
    """Give the name of an icon: a property holds text, only the app can show it.

    Example: `icon("arrow-right")` returns `"arrow-right"`.
    """
    return to_text(name)


@function("if", least=2, most=3, is_lazy=True)
def choose(
    scope: Scope,
    condition: Callable[[Scope], Value],
    true_result: Callable[[Scope], Value],
    false_result: Callable[[Scope], Value] | None = None,
) -> Value:
    """Give the second value if the first is truthy, else the third, or nothing without a third.

    Only the value that is given is worked out.

    Example: `if(2 > 1, "yes", "no")` returns `"yes"`.
    Example: `if("", "yes", "no")` returns `"no"`.
    Example: `if(false, 1)` returns `null`.
    """
    if is_truthy(condition(scope)):
        return true_result(scope)
    return None if false_result is None else false_result(scope)


@function("link", least=1, most=2)
def make_link(_scope: Scope, path: Value, display: Value = None) -> Link | None:
    """Make a link to a note or an address, with a text to show if you want another one.

    `[[target|text]]` and `[text](target)` are understood. Nothing gives nothing.

    Example: `link("Biology", "bio").toString()` returns `"[[Biology|bio]]"`.
    Example: `link("[[Biology|bio]]") == link("Biology")` returns `true`.
    """
    if path is None:
        return None
    link = path if isinstance(path, Link) else parse_link(to_text(path))
    return link if display is None else Link(link.target, to_text(display))


@function("list", least=1, most=1)
def make_list(_scope: Scope, value: Value) -> list[Value]:
    """Wrap a value in a list; a list stays as it is and nothing gives an empty list.

    Example: `list("value")` returns `["value"]`.
    Example: `list(["value"])` returns `["value"]`.
    Example: `list(null)` returns `[]`.
    """
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@function("max", least=1, most=None)
def find_max(scope: Scope, *values: Value) -> Value:
    """Give the largest of the numbers, or the latest of the dates, but for what is not there.

    Example: `max(1, 3, 2)` returns `3`.
    Example: `max(date("2024-10-27"), date("2024-07-07"))` returns `date("2024-10-27")`.
    Example: `max(2, null)` returns `2`.
    """
    return _pick(scope, values, 1)


@function("min", least=1, most=None)
def find_min(scope: Scope, *values: Value) -> Value:
    """Give the smallest of the numbers, or the earliest of the dates, but for what is not there.

    Example: `min(1, 3, 2)` returns `1`.
    Example: `min(date("2024-10-27"), date("2024-07-07"))` returns `date("2024-07-07")`.
    """
    return _pick(scope, values, -1)


def _pick(scope: Scope, values: tuple[Value, ...], side: int) -> Value:
    present = [value for value in values if value is not None]
    if not any(isinstance(value, date | Duration) for value in present):
        numbers = [to_number(value) for value in present]
        pick = max if side == 1 else min
        # NaN compares as neither more nor less, and in JavaScript it wins.
        return next((n for n in numbers if n != n), pick(numbers, default=None))  # noqa: PLR0124

    best: Value = present[0]
    for value in present[1:]:
        order = compare(value, best, scope.timezone)
        if order is None:
            raise EvaluationError(
                f"A {kind_of(value)} and a {kind_of(best)} cannot be compared; give max and min"
                " values of one kind."
            )
        best = value if order == side else best
    return best


@function("now", clock=Clock.INSTANT)
def give_now(scope: Scope) -> datetime:
    """Give the current date and time.

    Example: `now().format("YYYY-MM-DD HH:mm")` returns `"2024-10-27 14:01"`.
    """
    return scope.now


@function("today", clock=Clock.DAILY)
def give_today(scope: Scope) -> date:
    """Give the current date, without a time.

    Example: `today()` returns `date("2024-10-27")`.
    Example: `(today() - date("2024-07-07")).days` returns `112`.
    """
    return scope.today


@function("number", least=1, most=1)
def make_number(scope: Scope, value: Value) -> float | None:
    """Read a number from a text; booleans are 1 and 0, a date its milliseconds since 1970.

    Nothing gives nothing; a text that is no number is an error.

    Example: `number("3.4")` returns `3.4`.
    Example: `number(true)` returns `1`.
    Example: `number(date("1970-01-02T00:00:00Z")) - number(date("1970-01-01T00:00:00Z"))`
    returns `86400000`.
    """
    if value is None or type(value) is float:
        return value
    if isinstance(value, date):
        aware = as_moment(value).replace(tzinfo=scope.timezone)
        return (aware - EPOCH) / timedelta(milliseconds=1)
    return to_number(value)


@function("random", clock=Clock.INSTANT)
def make_random(_scope: Scope) -> float:
    """Give a number from 0 up to 1, another one each time. Refused in derived properties.

    Example: `random() < 1` returns `true`.
    """
    from random import random  # noqa: PLC0415 - for a quick start

    return random()  # noqa: S311 - a toss of a coin, no secret


# Functions that any value has, also one that is not there.

_KINDS_OF_THE_APP: Final = ("html", "icon", "image", "tag", "url")
"""Source: the classes of values in obsidian.d.ts."""


@function("isEmpty", on="any")
def value_is_empty(_scope: Scope, value: Value) -> bool:
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
def value_is_truthy(_scope: Scope, value: Value) -> bool:
    """Tell whether a value counts as true: all do but false, 0, NaN, `""` and nothing.

    Example: `1.isTruthy()` returns `true`.
    Example: `"".isTruthy()` returns `false`.
    """
    return is_truthy(value)


@function("isType", on="any", least=1, most=1)
def value_is_of_type(_scope: Scope, value: Value, kind: Value) -> bool:
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
    scope.budget.spend_on_all(value)
    text = to_text(value, scope.locale)
    scope.budget.spend_on_text(len(text))
    return text


@function("contains", on="null", least=1, most=1)
@function("containsAll", on="null", least=1, most=None)
@function("containsAny", on="null", least=1, most=None)
def contain_nothing(_scope: Scope, _missing: None, *_values: Value) -> bool:
    """Say false: a property that is not there contains nothing.

    Example: `missing.contains("a")` returns `false`.
    """
    return False


# Functions of numbers. Called on a duration they see its milliseconds.

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
