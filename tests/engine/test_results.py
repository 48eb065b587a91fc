"""Results add up, and the worst of them decides how a command ends."""

from __future__ import annotations

from typing import Final

import pytest

from vault_sync.engine.report import NoteResult, Status, Summary
from vault_sync.errors import NoteChangedError, NoteError, Problem
from vault_sync.plan.note_plan import Change

OF_NOTE: Final = Problem("bad")
OF_PROPERTY: Final = Problem("bad", 2, "x")
CHANGE: Final = Change("x", 1, 2, "x: 1", "x: 2")

TRUE: Final = NoteResult("a.md", Status.UNCHANGED)
WRITTEN: Final = NoteResult("a.md", Status.CHANGED, (CHANGE, CHANGE))
IN_PART: Final = NoteResult("a.md", Status.CHANGED, (CHANGE,), (OF_PROPERTY, OF_PROPERTY))
REFUSED: Final = NoteResult("a.md", Status.FAILED, problems=(OF_PROPERTY, OF_NOTE))
UNREAD: Final = NoteResult(
    "a.md", Status.FAILED, problems=(OF_PROPERTY,), exit_code=NoteError.exit_code
)
BUSY: Final = NoteResult("a.md", Status.CONFLICT, (), (), exit_code=NoteChangedError.exit_code)


@pytest.mark.parametrize(
    ("result", "is_unread", "is_in_part"),
    [
        (TRUE, False, False),
        (WRITTEN, False, False),
        (IN_PART, False, True),
        (REFUSED, False, False),
        (REFUSED._replace(problems=(OF_PROPERTY,)), False, True),
        (UNREAD, True, False),
        (BUSY, False, False),
        (UNREAD._replace(status=Status.STALE), False, False),
        (UNREAD._replace(exit_code=NoteError.exit_code - 1), False, False),
        (UNREAD._replace(exit_code=NoteError.exit_code + 1), False, False),
    ],
)
def test_how_much_of_a_note_was_left_alone(
    result: NoteResult, *, is_unread: bool, is_in_part: bool
) -> None:
    assert (result.is_unread, result.is_in_part) == (is_unread, is_in_part)


def test_results_add_up() -> None:
    summary = Summary()
    for result in (TRUE, WRITTEN, IN_PART, IN_PART, REFUSED, UNREAD, BUSY, BUSY):
        summary.add(result)
    counts = {status: number for status, number in summary.by_status.items() if number}
    assert counts == {
        Status.UNCHANGED: 1,
        Status.CHANGED: 3,
        Status.FAILED: 2,
        Status.CONFLICT: 2,
    }
    assert summary.in_part == {**dict.fromkeys(Status, 0), Status.CHANGED: 2}
    assert (summary.properties, summary.problems, summary.troubled) == (4, 7, 4)
    assert (summary.seen, summary.is_stopped) == (0, False)  # which is counted by who looks


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([], 0),
        ([TRUE, WRITTEN], 0),
        ([IN_PART, TRUE], NoteError.exit_code),
        ([BUSY, IN_PART], NoteChangedError.exit_code),
        ([IN_PART, BUSY, UNREAD], NoteChangedError.exit_code),
        ([NoteResult("a.md", Status.STALE, exit_code=1), TRUE], 1),
        ([NoteResult("a.md", Status.FAILED, exit_code=70), IN_PART], 70),
    ],
)
def test_the_worst_result_decides(results: list[NoteResult], code: int) -> None:
    summary = Summary()
    for result in results:
        summary.add(result)
    assert summary.exit_code == code
