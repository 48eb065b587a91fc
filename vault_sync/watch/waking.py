"""Notices sleep and stops of the process by comparing two clocks. Pure.

A clock that nobody can set stands still while Linux and macOS sleep, so the wall clock seems to
jump; on Windows it goes on, so a wait takes much longer than it should. A process that was stopped
(SIGSTOP, a stalled machine) sees only the latter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

_STEP: Final = 30.0
_STALL: Final = 15.0
_LONG_STALL: Final = 300.0


class Gap(Enum):
    """What may have happened between two looks."""

    NONE = "nothing to speak of"
    STALLED = "the process stood still, so events may have been lost"
    SLEPT = "the computer slept, or somebody set its clock"


@dataclass(slots=True)
class Waking:
    """Compares the clocks.

    Attributes:
        offset: how far the wall clock was ahead at the last look; None before the first.
        seen: what the steady clock said then.
    """

    offset: float | None = None
    seen: float = 0.0

    def look(self, wall: float, steady: float, waited: float) -> Gap:
        """Say what may have happened since the last look.

        Args:
            wall: seconds since 1970.
            steady: seconds of the clock that nobody can set.
            waited: how many seconds of work and waiting are no surprise.
        """
        step = 0.0 if self.offset is None else wall - steady - self.offset
        late = 0.0 if self.offset is None else steady - self.seen - waited
        self.offset, self.seen = wall - steady, steady
        if abs(step) > _STEP or late > _LONG_STALL:
            return Gap.SLEPT
        return Gap.STALLED if late > _STALL else Gap.NONE
