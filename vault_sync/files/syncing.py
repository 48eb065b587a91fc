"""Several syncs at the same time, and something useful done meanwhile.

A sync is a wait for the disk and no work, so threads do the waiting. The thread that writes notes
does nothing else beside it than what it is given to do: so no two threads ever share a note.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    Meanwhile: TypeAlias = Callable[[], bool]

_T = TypeVar("_T")


def rest() -> bool:
    """Have nothing to do meanwhile."""
    return False


class Crew(NamedTuple):
    """Runs syncs.

    Attributes:
        executor: runs them at the same time; None to run one after the other.
        meanwhile: does a little of other work, and says whether it did.
    """

    executor: Executor | None
    meanwhile: Meanwhile

    def run(self, syncs: Sequence[Callable[[], _T]]) -> list[_T]:
        """Run syncs to their end and return what they return, in their order."""
        if self.executor is None:
            return [sync() for sync in syncs]
        running = [self.executor.submit(sync) for sync in syncs]
        while not all(one.done() for one in running) and self.meanwhile():
            pass
        return [one.result() for one in running]


@contextmanager
def gather_crew(jobs: int, meanwhile: Meanwhile) -> Iterator[Crew]:
    """Give what runs so many syncs at the same time; for one, no thread is worth its start."""
    if jobs <= 1:
        yield Crew(None, meanwhile)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for a quick start

    with ThreadPoolExecutor(jobs) as executor:
        yield Crew(executor, meanwhile)
