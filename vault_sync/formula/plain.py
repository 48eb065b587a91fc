"""Values as JSON has them, and as a person reads them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vault_sync.formula.conversions import duration_milliseconds, to_text
from vault_sync.formula.values import Duration
from vault_sync.formula.walks import Walk

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


def to_plain(value: Value) -> object:
    """Return a value as JSON can hold it.

    A date is ISO 8601 text, without a time where it has none; a duration its milliseconds; a link,
    a file and a regular expression their text. What is no number or has no end is None, as
    JavaScript's ``JSON.stringify`` writes it.

    Raises:
        LimitError: the value is larger or deeper than a value in a formula may be.
    """
    return _to_plain(value, Walk())


def _to_plain(value: Value, walk: Walk) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Duration):
        value = duration_milliseconds(value)
    if isinstance(value, float):
        return _plain_number(value)
    if not isinstance(value, list | dict):
        return walk.write(to_text(value))
    walk.enter(len(value))
    if isinstance(value, list):
        plain: object = [_to_plain(element, walk) for element in value]
    else:
        plain = {key: _to_plain(element, walk) for key, element in value.items()}
    walk.leave()
    return plain


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
