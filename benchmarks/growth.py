"""Whether time grows with the vault and no faster, and memory hardly at all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import OURS, Staleness
from benchmarks.unchanged import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.comparison import Race, Result
    from benchmarks.measuring import Cost

STALE: Final = "stale"
TRUE: Final = "true"
TRUE_AGAIN: Final = "true, again"


@dataclass(frozen=True, slots=True)
class Step:
    """What vault-sync took for a vault and for the next larger one.

    Attributes:
        notes: how its notes were.
        fewer: the notes of the smaller vault.
        more: the notes of the larger one.
        before: the cost of the smaller one.
        after: the cost of the larger one.
    """

    notes: str
    fewer: int
    more: int
    before: Cost
    after: Cost

    @property
    def pace(self) -> float:
        """The wall time for each note of the larger vault beside that of the smaller one."""
        return (self.after.wall / self.more) / (self.before.wall / self.fewer)

    @property
    def added(self) -> float:
        """The seconds of wall time for each note more, in which the start does not count."""
        return (self.after.wall - self.before.wall) / (self.more - self.fewer)

    @property
    def kept(self) -> float:
        """The KiB of memory for each note more."""
        return (self.after.peak - self.before.peak) / 1024 / (self.more - self.fewer)


def list_steps(
    results: Mapping[Race, Mapping[str, Result]], quiet: Mapping[int, Mapping[str, Cost]]
) -> list[Step]:
    """Return the steps from each size of a vault to the next.

    Args:
        results: of each race, by program.
        quiet: the costs of looking again, by the size of the vault and by program.
    """
    return [
        *_walk(STALE, _pick(results, Staleness.ALL)),
        *_walk(TRUE, _pick(results, Staleness.NONE)),
        *_walk(TRUE_AGAIN, {count: costs[AGAIN] for count, costs in quiet.items()}),
    ]


def _pick(results: Mapping[Race, Mapping[str, Result]], staleness: Staleness) -> Mapping[int, Cost]:
    races = (race for race in results if race.staleness is staleness)
    return {race.count: results[race][OURS].cost for race in races}


def _walk(notes: str, costs: Mapping[int, Cost]) -> Iterator[Step]:
    for (fewer, before), (more, after) in pairwise(sorted(costs.items())):
        yield Step(notes, fewer, more, before, after)
