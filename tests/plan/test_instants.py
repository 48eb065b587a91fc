"""When the day of a value that reads `now()` is over, seen from the value alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from vault_sync.note.values import Storable, Stored, StoredList
from vault_sync.plan.planner import is_over

START = datetime(2024, 10, 27)  # noqa: DTZ001 - civil time, as formulas see it
END = datetime(2024, 10, 27, 23, 59)  # noqa: DTZ001
DAY = (START, END)
LIST = StoredList((Stored("1", "number"),))


def text(shown: str) -> Stored:
    return Stored(shown, "text")


def number(shown: str) -> Stored:
    return Stored(shown, "number")


@pytest.mark.parametrize(
    ("old", "new", "start", "end", "is_so"),
    [
        ("old", None, None, None, True),  # it is to be emptied
        ("", text("new"), text("a"), text("b"), True),
        ("", None, None, None, True),
        ("1", LIST, LIST, LIST, False),
        ("2024/10/27 9:00", text("2024-10-27 14:01"), None, None, False),
        ("2024년 10월 26일", text("2024-10-27"), text("2024-10-27"), text("2024-10-27"), True),
        ("2024-10-28", text("in a day"), text("2024-10-27"), text("2024-10-28"), False),
        ("2024-10-29", text("in a day"), text("2024-10-27"), text("2024-10-28"), True),
        ("2024-13-99", text("2024-10-27"), text("2024-10-27"), text("2024-10-27"), True),
        ("9", number("14"), number("0"), number("23"), False),
        ("0", number("14"), number("0"), number("23"), False),
        ("23", number("14"), number("0"), number("23"), False),
        ("24", number("14"), number("0"), number("23"), True),
        ("-1", number("14"), number("23"), number("0"), True),
        ("noon", number("14"), number("0"), number("23"), True),
        ("24", number("14"), None, number("23"), True),
        ("9", number("14"), None, None, False),
        ("9", number("14"), LIST, LIST, False),
        ("9", number("14"), number("0"), LIST, True),
        ("morning", text("noon"), text("night"), text("night"), False),
        ("2024-10-26", text("noon"), text("2024-10-27"), text("night"), False),
    ],
)
def test_whether_a_day_is_over(
    old: str, new: Storable | None, start: Storable | None, end: Storable | None, *, is_so: bool
) -> None:
    assert is_over(old, new, DAY, {START: start, END: end}.__getitem__) is is_so
