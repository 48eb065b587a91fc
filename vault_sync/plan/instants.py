"""Values that read ``now()``: they alone are no reason to write a note until their day is over.

Without this, every refresh would rewrite every note. Whether a value's day is over is seen from
the value itself, so that two machines with the same note come to the same answer.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from vault_sync.note.scalars import StoredList, resolve_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from vault_sync.note.scalars import Storable

_DAY: Final = re.compile(r"(\d{4})(?:[-/.]|년 ?)(\d{1,2})(?:[-/.]|월 ?)(\d{1,2})")


def is_over(
    old: str,
    new: Storable | None,
    day: Sequence[datetime],
    render_at: Callable[[datetime], Storable | None],
) -> bool:
    """Say whether a value that reads ``now()`` is of another day than today.

    Args:
        old: the scalar text in the note.
        new: the value at this moment.
        day: the first and the last moment of the current day.
        render_at: gives the value at another time of the day.

    Returns:
        True where the old value is none that the formula gives at the start or the end of today:
        it names another day, or a number beyond those. Where the formula's value names no day and
        is no number, nothing can be told and the answer is False.
    """
    if new is None or not old:
        return True
    if isinstance(new, StoredList):
        return False
    if _find_day(new.text) is not None and _find_day(old) == _find_day(new.text):
        return False
    ends = [render_at(moment) for moment in day]
    texts = [end.text for end in ends if end and not isinstance(end, StoredList)]
    days = {_find_day(text) for text in texts}
    if None not in days and days:
        return _find_day(old) not in days
    return _is_beyond(old, texts)


def _find_day(text: str) -> date | None:
    match = _DAY.search(text)
    if not match:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _is_beyond(old: str, texts: list[str]) -> bool:
    numbers = [resolve_plain(text) for text in texts]
    if not numbers or not all(isinstance(number, float) for number in numbers):
        return False
    value = resolve_plain(old)
    low, *_, high = sorted(float(str(number)) for number in numbers + numbers)
    return not isinstance(value, float) or not low <= value <= high
