"""Rules for turning one kind of value into another, into text and JSON, and for comparing them.

The Obsidian help (Bases, Functions) says "Bases functions follow JavaScript behavior", so where it
is silent the rules are those of MDN: Number::toString, Array.toString, loose equality. Lists and
objects may be nested and shared, so every walk over them is counted and stops at a limit.
"""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from vault_sync.errors import EvaluationError
from vault_sync.formula.dates import DAY, as_moment, parse_date, parse_duration
from vault_sync.formula.registry import KINDS
from vault_sync.formula.values import Duration, File, Link, Regexp, SizeLimit, Value
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


MONTH: Final = 146_097 / 4_800 * DAY
"""The mean length of a month in the Gregorian calendar, as Moment.js counts it."""

MAX_NUMBER_LENGTH: Final = 1_000
MAX_INDEX: Final = 2**53 - 1

_KIND_NAMES: Final[dict[type, str]] = {
    python_type: kind for kind, types in KINDS.items() for python_type in types
}
_JS_NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


def kind_of(value: Value) -> str:
    """Return the name of the kind of a value, one of the registry's KINDS."""
    return _KIND_NAMES[type(value)]


def text_number(text: str) -> float | None:
    """Read a text that is wholly a decimal number; None for any other (MDN, Number coercion)."""
    if len(text) > MAX_NUMBER_LENGTH:
        return None
    stripped = text.strip()
    if re.fullmatch(_JS_NUMBER, stripped):
        return float(stripped)
    return None


def duration_milliseconds(duration: Duration) -> float:
    """Return the length of a duration, each month counted at its mean length."""
    return duration.milliseconds + duration.months * MONTH


def to_number(value: Value) -> float:
    """Return a value as a number.

    A text must be one, a boolean counts 1 or 0, a duration its milliseconds.

    Raises:
        EvaluationError: the value is not a number and holds none.
    """
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, Duration):
        return duration_milliseconds(value)
    if isinstance(value, str) and (number := text_number(value)) is not None:
        return number
    shown = f'"{value[:60]}"' if isinstance(value, str) else f"A value of kind {kind_of(value)}"
    raise EvaluationError(f"{shown} is not a number; give a number such as 3.5.")


def to_integer(value: Value, default: int) -> int:
    """Return a count or an index: cut towards zero, NaN as 0, without end as ``MAX_INDEX``.

    Args:
        value: what the formula gave.
        default: the answer for a value that is not there.

    Raises:
        EvaluationError: the value is not a number.

    Source: ECMAScript 2024 §7.1.5 ToIntegerOrInfinity.
    """
    if value is None:
        return default
    number = to_number(value)
    if math.isnan(number):
        return 0
    return int(min(max(number, -MAX_INDEX), MAX_INDEX))


def spread(values: Iterable[Value]) -> Iterator[Value]:
    """Yield values, and the elements of a list in its place.

    Source: Obsidian's own bases hand ``containsAny`` a list and mean its elements.
    """
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def is_truthy(value: Value) -> bool:
    """Return whether a condition holds: all but nothing, false, 0, NaN and "" does (MDN, Truthy).

    An empty list or object is truthy as in JavaScript; ask it ``isEmpty()``. A duration counts as
    its milliseconds.
    """
    if value is None or value is False or value == "":
        return False
    if isinstance(value, Duration):
        value = duration_milliseconds(value)
    return not isinstance(value, float) or (value != 0 and value == value)  # noqa: PLR0124 - NaN


def is_empty(value: Value) -> bool:
    """Return whether a value is not there or has no character, element or property."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def are_equal(
    a: Value, b: Value, timezone: tzinfo | None = None, limit: SizeLimit | None = None
) -> bool:
    """Return whether two values count as equal (``==``).

    Kinds are brought together as JavaScript's loose equality does: ``1 == "1"`` and ``1 == true``;
    nothing equals only nothing. A date equals a text that means the same day or moment, and a date
    without a time equals every time of its day (release notes of Obsidian 1.9.5); a duration equals
    its milliseconds or its text. Lists and objects are equal by content. Links are equal by target,
    and equal the file they name.

    Args:
        a: one value.
        b: the other.
        timezone: the zone for texts with an offset; None leaves those unequal to any date.
        limit: counts the elements compared; a fresh count where None.

    Raises:
        LimitError: the values are larger or deeper than a formula may compare.
    """
    if a is None or b is None:
        return a is b
    if type(a) is type(b) and isinstance(a, str | float | bool | Regexp | File):
        return a == b
    if isinstance(a, Link | File) or isinstance(b, Link | File):
        return not _targets(a).isdisjoint(_targets(b))
    limit = limit or SizeLimit()
    if isinstance(a, list) and isinstance(b, list):
        limit.enter(len(a))
        equal = len(a) == len(b) and all(
            are_equal(x, y, timezone, limit) for x, y in zip(a, b, strict=True)
        )
        limit.leave()
        return equal
    if isinstance(a, dict) and isinstance(b, dict):
        limit.enter(len(a))
        equal = a.keys() == b.keys() and all(
            are_equal(a[key], b[key], timezone, limit) for key in a
        )
        limit.leave()
        return equal
    return _is_same_time(a, b, timezone) if _has_date(a, b) else compare(a, b) == 0


def _is_same_time(x: Value, y: Value, timezone: tzinfo | None) -> bool:
    a, b = _read_date(x, timezone), _read_date(y, timezone)
    if a is None or b is None:
        return False
    if isinstance(a, datetime) and isinstance(b, datetime):
        return a == b
    return as_moment(a).date() == as_moment(b).date()


def _targets(value: Value) -> frozenset[str]:
    """Return the names that a link or a file goes by, so far as their spelling tells."""
    if isinstance(value, Link):
        return frozenset((_bare_target(value.target),))
    if isinstance(value, File):
        bare = _bare_target(value.path)
        return frozenset((bare, bare.rpartition("/")[2]))
    if isinstance(value, str):
        return frozenset((_bare_target(value[2:-2] if value.startswith("[[") else value),))
    return frozenset()


def _bare_target(target: str) -> str:
    """Return the target of a link without what does not tell files apart: heading, case, ``.md``."""
    path = target.partition("|")[0].partition("#")[0] or target
    return to_nfc(path).casefold().removesuffix(".md")


def compare(a: Value, b: Value, timezone: tzinfo | None = None) -> int | None:
    """Return -1, 0 or 1 as a is less than, equal to or greater than b; None where neither is.

    Texts are compared by character, dates and durations by length of time, each also with a text
    that holds one; other mixtures as numbers, as JavaScript does. Nothing else has an order.

    Args:
        a: one value.
        b: the other.
        timezone: the zone for texts with an offset; None leaves those without order to a date.
    """
    if isinstance(a, str) and isinstance(b, str):
        return (a > b) - (a < b)
    if _has_date(a, b):
        return _compare_dates(a, b, timezone)
    left, right = _magnitude(a, b), _magnitude(b, a)
    if left is None or right is None or left != left or right != right:  # noqa: PLR0124 - NaN
        return None
    return (left > right) - (left < right)


def _has_date(a: Value, b: Value) -> bool:
    return isinstance(a, date) or isinstance(b, date)


def _compare_dates(a: Value, b: Value, timezone: tzinfo | None) -> int | None:
    one, other = _read_date(a, timezone), _read_date(b, timezone)
    if one is None or other is None:
        return None
    left, right = as_moment(one), as_moment(other)
    return (left > right) - (left < right)


def _read_date(value: Value, timezone: tzinfo | None) -> date | None:
    if isinstance(value, str):
        try:
            return parse_date(value, timezone)
        except EvaluationError:
            return None
    return value if isinstance(value, date) else None


def _magnitude(value: Value, other: Value) -> float | None:
    if isinstance(value, str):
        if isinstance(other, Duration) and (duration := parse_duration(value)) is not None:
            return duration_milliseconds(duration)
        return text_number(value)
    return to_number(value) if isinstance(value, float | bool | Duration) else None


# Values written as text, by the rules of JavaScript where the Obsidian help names no other.


def number_text(number: float) -> str:
    """Write a number as JavaScript's Number::toString: ``0.6``, ``112``, ``1e+21``, ``NaN``."""
    if number.is_integer():
        if -1e15 < number < 1e15:
            return str(int(number))
    elif number != number:  # noqa: PLR0124 - only NaN differs from itself
        return "NaN"
    elif 1e-4 <= number < 1e15 or -1e15 < number <= -1e-4:
        return repr(number)
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return _long_number_text(number)


def _long_number_text(number: float) -> str:
    from decimal import Decimal  # noqa: PLC0415 - for a quick start

    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    written = "".join(map(str, digits))
    point = len(written) + int(exponent)
    if len(written) <= point <= 21:
        body = written.ljust(point, "0")
    elif -6 < point <= 0:
        body = f"0.{'0' * -point}{written}"
    else:
        mantissa = f"{written[0]}.{written[1:]}" if len(written) > 1 else written
        body = f"{mantissa}e{point - 1:+d}"
    return f"-{body}" if sign else body


def to_text(value: Value, locale: str = "en") -> str:
    """Write a value as text, as joining it to a text does.

    Nothing is ``""``, booleans are ``true`` and ``false``, dates are ISO 8601 (``2024-10-27``,
    ``2024-10-27T14:01:00``), the elements of a list are joined by ``,`` as JavaScript's
    Array.toString does, an object is JSON, a link is a wikilink, a file its path. A duration is in
    Moment's words, as recorded from the app: ``7 days``, ``an hour``.

    Args:
        value: what to write.
        locale: the language of durations, such as ``ko``.

    Raises:
        LimitError: the text would be longer, or the value deeper, than a formula's may be.
    """
    if type(value) is str:
        return value
    if type(value) is float:
        return number_text(value)
    return _text_of(value, SizeLimit(), locale)


def _text_of(value: Value, limit: SizeLimit, locale: str) -> str:  # noqa: C901, PLR0911 - one branch for each kind
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return limit.write(value)
        case float():
            return number_text(value)
        case date():
            return _date_text(value)
        case Duration():
            from vault_sync.formula.moment import render_duration  # noqa: PLC0415 - for a quick start

            return render_duration(value, locale)
        case Link():
            shown = "" if value.display is None else f"|{value.display}"
            return f"[[{value.target}{shown}]]"
        case File():
            return value.path
        case Regexp():
            return f"/{value.pattern}/{value.flags}"
        case list():
            limit.enter(len(value))
            joined = ",".join([limit.write(_text_of(element, limit, locale)) for element in value])
            limit.leave()
            return joined
        case dict():
            return limit.write(
                json.dumps(
                    _plain(value, limit, lambda other: _text_of(other, limit, locale)),
                    ensure_ascii=False,
                )
            )


def _plain(value: Value, limit: SizeLimit, write: Callable[[Value], object]) -> object:
    """Return a value as JSON can hold it; what JSON does not know is written by ``write``."""
    if isinstance(value, float):
        return _plain_number(value)
    if not isinstance(value, list | dict):
        return value if value is None or isinstance(value, bool) else write(value)
    limit.enter(len(value))
    if isinstance(value, list):
        plain: object = [_plain(element, limit, write) for element in value]
    else:
        plain = {key: _plain(element, limit, write) for key, element in value.items()}
    limit.leave()
    return plain


def _date_text(value: date) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return value.isoformat()


# Values as JSON has them, and as a person reads them.


def to_plain(value: Value) -> object:
    """Return a value as JSON can hold it.

    A date is ISO 8601 text, without a time where it has none; a duration its milliseconds; a link,
    a file and a regular expression their text. What is no number or has no end is None, as
    JavaScript's ``JSON.stringify`` writes it.

    Raises:
        LimitError: the value is larger or deeper than a value in a formula may be.
    """
    limit = SizeLimit()

    def write(other: Value) -> object:
        is_duration = isinstance(other, Duration)
        return _plain_number(to_number(other)) if is_duration else limit.write(to_text(other))

    return _plain(value, limit, write)


def _plain_number(number: float) -> float | int | None:
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def to_shown(value: Value) -> str:
    """Return a value as a property of a note shows it: a list with a comma and a blank between.

    Raises:
        LimitError: the value is larger or deeper than a value in a formula may be.
    """
    if isinstance(value, list):
        return ", ".join(to_text(element) for element in value)
    return to_text(value)
