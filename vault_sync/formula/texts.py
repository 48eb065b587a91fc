"""Values written as text, by the rules of JavaScript where the Obsidian help names no other."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

from vault_sync.formula.values import Duration, File, Link, Regexp
from vault_sync.formula.walks import Walk

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


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
    return _text_of(value, Walk(), locale)


def _text_of(value: Value, walk: Walk, locale: str) -> str:  # noqa: C901, PLR0911 - one branch for each kind
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return walk.write(value)
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
            walk.enter(len(value))
            joined = ",".join([walk.write(_text_of(element, walk, locale)) for element in value])
            walk.leave()
            return joined
        case dict():
            return walk.write(json.dumps(_plain(value, walk, locale), ensure_ascii=False))


def _plain(value: Value, walk: Walk, locale: str) -> object:
    if isinstance(value, dict):
        walk.enter(len(value))
        plain: object = {key: _plain(element, walk, locale) for key, element in value.items()}
        walk.leave()
        return plain
    if isinstance(value, list):
        walk.enter(len(value))
        plain = [_plain(element, walk, locale) for element in value]
        walk.leave()
        return plain
    if isinstance(value, float):
        return _json_number(value)
    return value if value is None or isinstance(value, bool) else _text_of(value, walk, locale)


def _json_number(number: float) -> float | int | None:
    if number.is_integer():
        return int(number)
    return number if number - number == 0 else None


def _date_text(value: date) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return value.isoformat()
