"""Several syncs at the same time, and something useful done meanwhile.

A sync is a wait for the disk and no work, so threads do the waiting. The thread that writes notes
does nothing else beside it than what it is given to do: so no two threads ever share a note.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    Meanwhile: TypeAlias = Callable[[], bool]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


def rest() -> bool:
    """Have nothing to do meanwhile."""
    return False


class Started(Protocol[_T_co]):
    """A sync under way, as `concurrent.futures.Future` is one."""

    def done(self) -> bool:
        """Say whether its result is there without a wait."""

    def result(self) -> _T_co:
        """Wait for its end; return what it returned, or raise what it raised."""


class _OwnWork(Generic[_T]):
    """A sync that the waiting thread does itself, when its result is asked for."""

    __slots__ = ("result",)

    def __init__(self, sync: Callable[[], _T]) -> None:
        self.result = sync

    def done(self) -> bool:
        return True


class Crew(NamedTuple):
    """Runs syncs.

    Attributes:
        executor: runs them at the same time; None to run one after the other.
        meanwhile: does a little of other work, and says whether it did.
    """

    executor: Executor | None
    meanwhile: Meanwhile

    def start(self, sync: Callable[[], _T]) -> Started[_T]:
        """Let a sync begin."""
        return self.executor.submit(sync) if self.executor else _OwnWork(sync)

    def finish(self, started: Sequence[Started[_T]]) -> list[_T]:
        """Wait for syncs, busy with other work, and return what they return, in their order."""
        while not all(one.done() for one in started) and self.meanwhile():
            pass
        return [one.result() for one in started]

    def run(self, syncs: Sequence[Callable[[], _T]]) -> list[_T]:
        """Run syncs to their end and return what they return, in their order."""
        return self.finish([self.start(sync) for sync in syncs])

    def wait(self, started: Sequence[Started[object]]) -> None:
        """Wait until no other thread is at any of these syncs, whatever becomes of them."""
        for one in started if self.executor else ():
            with suppress(BaseException):
                one.result()


@contextmanager
def gather_crew(jobs: int, meanwhile: Meanwhile) -> Iterator[Crew]:
    """Give what runs so many syncs at the same time; for one, no thread is worth its start."""
    if jobs <= 1:
        yield Crew(None, meanwhile)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for a quick start

    with ThreadPoolExecutor(jobs) as executor:
        yield Crew(executor, meanwhile)
