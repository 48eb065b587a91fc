"""Which journals are kept: the newest of every command, so that the daemon's many push out no other. Pure.

A daemon makes a run after each edit, thousands in a month of study; the student's own refresh of last
week must still be there to be undone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT_RUNS: Final = 100
_KEPT_DAEMON_RUNS: Final = 1000
_KEPT_BYTES: Final = 50 * 1024 * 1024
_SLACK: Final = 50
_DAEMON: Final = "watch"


class Past(NamedTuple):
    """A journal as far as it matters for its keeping.

    Attributes:
        run_id: sorts by time.
        command: what the user had called.
        size: in bytes.
    """

    run_id: str
    command: str
    size: int


def is_crowded(count: int, size: int) -> bool:
    """Say whether it is time to look through the journals, which takes opening each of them.

    Args:
        count: how many journals there are.
        size: of them all, in bytes.
    """
    return count > _KEPT_DAEMON_RUNS + _SLACK or size > _KEPT_BYTES


def choose_forgotten(runs: Sequence[Past]) -> list[str]:
    """Return the ids of the runs to forget.

    Kept are the newest 1,000 of the daemon and the newest 100 of every other command, within 50 MiB.
    The space goes to the newest of each command first, then to the second newest of each, and so on;
    the newest of each is kept however large it is.

    Args:
        runs: all of them, in any order.
    """
    ranks: Counter[str] = Counter()
    ranked: list[tuple[int, Past]] = []
    for run in sorted(runs, key=lambda run: run.run_id, reverse=True):
        kind = run.command.partition(" ")[0]
        ranked.append((ranks[kind], run))
        ranks[kind] += 1
    ranked.sort(key=lambda one: one[0])
    forgotten: list[str] = []
    size = 0
    for rank, run in ranked:
        size += run.size
        if rank and (rank >= _count_kept(run.command) or size > _KEPT_BYTES):
            forgotten.append(run.run_id)
    return forgotten


def _count_kept(command: str) -> int:
    return _KEPT_DAEMON_RUNS if command == _DAEMON else _KEPT_RUNS
