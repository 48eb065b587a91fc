"""What vault-sync promises about its speed, and whether a run of the benchmark kept it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.committing import PLAIN as COMMIT_PLAIN
from benchmarks.committing import STALE as COMMIT_STALE
from benchmarks.committing import TRUE as COMMIT_TRUE
from benchmarks.comparison import HOOK_STALE, HOOK_TRUE, IMPORT_CLICK, OURS, VERSION
from benchmarks.growth import STALE, TRUE_AGAIN, list_steps
from benchmarks.unchanged import AGAIN, DUE, GIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.comparison import Race, Result
    from benchmarks.growth import Step
    from benchmarks.measuring import Cost

_JUDGED: Final = 10_000
_TELLING: Final = 1000
"""In a smaller vault the start of the program is nearly all of the time."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise and the figure that was measured.

    Attributes:
        name: what is promised.
        limit: the most it may be.
        measured: what it was.
        unit: of both.
    """

    name: str
    limit: float
    measured: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether the promise was kept."""
        return self.measured <= self.limit


def judge(
    results: Mapping[Race, Mapping[str, Result]],
    quiet: Mapping[int, Mapping[str, Cost]],
    start_up: Mapping[str, Cost],
    commits: Mapping[str, Cost],
) -> Sequence[Goal]:
    """Hold the results of all races and of starting up against the goals.

    Args:
        results: of each race, by program. There are races of at least two sizes for each
            staleness; that of `_JUDGED` notes counts, else the largest.
        quiet: the costs of looking again, by the size of the vault and by program.
        start_up: the costs of starting vault-sync and of importing click.
        commits: the costs of commits with the hook and without.
    """
    stale = {race.count: found for race, found in results.items() if race.staleness.is_stale}
    true = {race.count: found for race, found in results.items() if not race.staleness.is_stale}
    most = _JUDGED if _JUDGED in stale else max(stale)
    click = start_up[IMPORT_CLICK].wall
    return [
        Goal("CPU for each stale note", 0.8, stale[most][OURS].cost.cpu / most * 1000, "ms"),
        Goal("CPU for each true note", 0.4, true[most][OURS].cost.cpu / most * 1000, "ms"),
        Goal(
            f"{most:,} true notes again, beside `git status`",
            8,
            _ratio(quiet[most], AGAIN, GIT),
            "×",
        ),
        Goal(f"what is due of {most:,} notes, again", 0.4, quiet[most][DUE].wall, "s"),
        Goal("start-up beside `import click`", 2, _ratio(start_up, VERSION, IMPORT_CLICK), "×"),
        Goal(
            "the same, refreshing one true note", 2, _ratio(start_up, HOOK_TRUE, IMPORT_CLICK), "×"
        ),
        Goal("the same, one stale note", 2, _ratio(start_up, HOOK_STALE, IMPORT_CLICK), "×"),
        Goal("what the hook adds for one true note", 2, _add(commits, COMMIT_TRUE) / click, "×"),
        Goal("what the hook adds for one stale note", 2, _add(commits, COMMIT_STALE) / click, "×"),
        Goal("memory for each more stale note", 1, _growth(stale), "KiB"),
        Goal("memory for each more true note", 1, _growth(true), "KiB"),
        *_judge_growth(list_steps(results, quiet)),
    ]


def _judge_growth(steps: Sequence[Step]) -> Iterator[Goal]:
    """Yield whether a larger vault takes longer by its size and no more, where two sizes tell."""
    largest = {step.notes: step for step in steps if step.fewer >= _TELLING}
    for notes in (STALE, TRUE_AGAIN):
        if notes in largest:
            step = largest[notes]
            name = f"{step.more:,} notes {notes}: time for each, beside {step.fewer:,}"
            yield Goal(name, 1.1, step.pace, "×")


def _ratio(costs: Mapping[str, Cost], program: str, floor: str) -> float:
    return costs[program].wall / costs[floor].wall


def _add(commits: Mapping[str, Cost], kind: str) -> float:
    return commits[kind].wall - commits[COMMIT_PLAIN].wall


def _growth(results: Mapping[int, Mapping[str, Result]]) -> float:
    """Return how many KiB the peak grows with each note between the least and the largest vault."""
    fewest, most = min(results), max(results)
    grown = results[most][OURS].cost.peak - results[fewest][OURS].cost.peak
    return grown / 1024 / (most - fewest)
