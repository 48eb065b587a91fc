"""The day tick: what a daemon that is at work does when a day begins, beside the bare loop.

``python -m benchmarks.midnight VAULT`` lets the clock of a daemon pass midnight and prints as JSON
what that cost. It has the clock that tests put on; all the rest is the daemon, but for the events of
the system, of which it is told by hand.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.comparison import FLOOR, find_command
from benchmarks.measuring import Cost, run_child, run_module
from benchmarks.vault import NOW, count_right
from tests.daemon.daemons import FakeClocks, FakeTimeDaemon

if TYPE_CHECKING:
    from benchmarks.comparison import Course

WATCH: Final = "vault-sync watch, which was at work before"
MIDNIGHT: Final = datetime.combine(NOW + timedelta(days=1), datetime.min.time())
_EVE: Final = timedelta(minutes=4)
_SETTLING: Final = 200.0  # seconds of its clock: it has looked at all notes twice by then
_PASSING: Final = 120.0  # it looks at the day each minute, and at all notes only later


@dataclass(frozen=True, slots=True)
class Passing:
    """What a program did with notes of yesterday.

    Attributes:
        cost: what that took.
        right: how many of them are to the byte those of the new day.
    """

    cost: Cost
    right: int


def pass_midnight(course: Course, count: int) -> dict[str, Passing]:
    """Return what the bare loop and the daemon did with so many notes that were true until midnight."""
    looped, watched = (course.make_vault(count, NOW) for _ in range(2))
    loop = run_child(find_command(FLOOR, looped, MIDNIGHT), course.environment())
    watch = run_module(__name__, [str(watched)], course.environment())
    return {
        FLOOR: Passing(loop, count_right(looped, count, MIDNIGHT)),
        WATCH: Passing(watch, count_right(watched, count, MIDNIGHT)),
    }


def tick(vault: Path) -> Cost:
    """Let a daemon in this process settle, then pass midnight, and return the cost of the latter."""
    daemon = FakeTimeDaemon(vault, FakeClocks(MIDNIGHT.replace(tzinfo=UTC) - _EVE))
    daemon.live(_SETTLING)
    wall, before = time.perf_counter(), os.times()
    daemon.live(_PASSING)
    wall, after = time.perf_counter() - wall, os.times()
    peak = psutil.Process().memory_info().rss
    return Cost(wall, after.user - before.user, after.system - before.system, peak)


if __name__ == "__main__":
    print(json.dumps(asdict(tick(Path(sys.argv[1])))))
