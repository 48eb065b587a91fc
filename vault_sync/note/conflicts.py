"""Notes in the middle of a merge: git's conflict markers say that a person has to decide first."""

from __future__ import annotations

import re
from typing import Final

_START: Final = "<<<<<<< "
_MARKS: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def find_conflict_marker(text: str) -> int | None:
    """Return the line, counted from 1, where an unresolved conflict starts, None if there is none.

    All three marks must stand at the start of a line, in order and outside of code blocks, so that
    a note that explains git is no conflict.
    """
    if _START not in text:
        return None
    fence = ""
    reached = 0
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        opening = _FENCE.match(line)
        if opening:
            fence = _next_fence(fence, opening[1])
        elif not fence and line.startswith(_MARKS[reached]):
            first = first if reached else number
            reached += 1
            if reached == len(_MARKS):
                return first
    return None


def _next_fence(fence: str, mark: str) -> str:
    """Return the fence of the code block that is open behind a fence line, empty for none."""
    if not fence:
        return mark
    return "" if mark[0] == fence[0] and len(mark) >= len(fence) else fence
