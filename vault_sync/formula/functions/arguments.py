"""How functions read their arguments, by JavaScript's rules, and how they keep within limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from vault_sync.errors import LimitError
from vault_sync.formula.conversions import to_number
from vault_sync.formula.scope import MAX_LENGTH
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.formula.scope import Budget
    from vault_sync.formula.values import Value

MAX_INDEX: Final = 2**53 - 1


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


def holds_tag(tag: Value, wanted: Value) -> bool:
    """Return whether a tag is another one or is nested in it, whatever the case, ``#`` or not.

    Source: Obsidian help, Functions, "hasTag"; release notes of 1.9.14 for lists of tags.
    """
    if not isinstance(tag, str) or not isinstance(wanted, str):
        return False
    return f"{_bare_tag(tag)}/".startswith(f"{_bare_tag(wanted)}/")


def _bare_tag(tag: str) -> str:
    return to_nfc(tag).casefold().removeprefix("#").rstrip("/")


def check_length(length: int, budget: Budget) -> None:
    """Make sure that a text may be made, before it is made, and take its cost off the budget.

    Args:
        length: the characters of the text.
        budget: what the note's formulas may still do.

    Raises:
        LimitError: the text would be too long, or no work is left.
    """
    if length > MAX_LENGTH:
        raise LimitError(f"The text grows beyond {MAX_LENGTH} characters; make it shorter.")
    budget.spend(length // 100)


_NESTING: Final = (list, dict)


def charge_size(value: Value, budget: Budget) -> None:
    """Take all that a value holds, to the last list within a list, off the budget.

    Loops can put one list into another twice, and that again, so that a short formula makes a
    value that takes for ever to look through. Whoever makes or walks nested lists weighs them.

    Args:
        value: any value.
        budget: what the note's formulas may still do.

    Raises:
        LimitError: no work is left.
    """
    waiting = [value] if isinstance(value, _NESTING) else []
    while waiting:
        found = waiting.pop()
        inner = found.values() if isinstance(found, dict) else found
        budget.spend(len(inner))
        waiting += [one for one in inner if isinstance(one, _NESTING)]
