"""The tables of a run, as Markdown."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.committing import PLAIN
from benchmarks.comparison import FLOOR, IMPORT_CLICK, find_missing
from benchmarks.unchanged import GIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.comparison import Race, Result
    from benchmarks.daemon_run import Life
    from benchmarks.goals import Goal
    from benchmarks.growth import Step
    from benchmarks.measuring import Cost
    from benchmarks.midnight import Passing

_MIB: Final = 1024 * 1024


def render_heading(rounds: int) -> str:
    """Return where and how the figures were taken."""
    busy = os.getloadavg()[0]
    return (
        "# vault-sync beside the loops a user would write\n\n"
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} processors, load {busy:.1f} at the start; medians of {rounds}"
        f" {'round' if rounds == 1 else 'rounds'} (of one, for the slow ones), the programs by"
        " turns, each a whole process with its start; where it has several processes, the peak is that"
        " of the largest. Ratios are to the bare loop of the same table."
        " The bare loop and the YAML loops replace and sync each note as vault-sync does; the shell"
        f" scripts sync nothing.{''.join(_tell_missing())}\n"
    )


def _tell_missing() -> Iterator[str]:
    for program, reason in find_missing().items():
        yield f" Not run: {program}, as {reason}."


def render_race(race: Race, results: Mapping[str, Result]) -> str:
    """Return the table of a race."""
    floor = results[FLOOR].cost
    rows = [
        [
            program,
            f"{result.cost.wall:.2f}",
            "–".join(f"{wall:.2f}" for wall in result.spread),
            f"{result.cost.wall / floor.wall:.2f}",
            f"{result.cost.cpu:.2f}",
            f"{result.cost.cpu / floor.cpu:.2f}",
            f"{result.cost.cpu / race.count * 1000:.3f}",
            f"{result.cost.system / race.count * 1000:.3f}",
            f"{result.cost.peak / _MIB:.1f}",
            f"{result.written:,}",
            f"{result.right:,}",
        ]
        for program, result in results.items()
    ]
    heads = [
        "program",
        "wall s",
        "least–most",
        "ratio",
        "CPU s",
        "ratio",
        "CPU ms/note",
        "of it system",
    ]
    heads += ["peak MiB", "notes written", "notes right to the byte"]
    return f"## {race.title}\n\n{_render_table(heads, rows)}"


def render_start_up(costs: Mapping[str, Cost]) -> str:
    """Return the table of start-up times."""
    return f"## Start-up\n\n{_render_costs(costs, IMPORT_CLICK)}"


def render_commits(costs: Mapping[str, Cost]) -> str:
    """Return the table of commits; all that git starts for one is counted with it."""
    return f"## The git hook\n\n{_render_costs(costs, PLAIN)}"


def render_lives(lives: Sequence[Life]) -> str:
    """Return the table of what daemons did."""
    heads = ["notes", "its start, all notes stale: true after s", "CPU ms/note", "MiB"]
    heads += ["a save: true after ms, behind the quiet period", "most ms"]
    rows = [
        [
            f"{life.count:,}",
            f"{life.start:.1f}",
            f"{life.work / life.count * 1000:.2f}",
            f"{life.held / _MIB:.0f}",
            f"{life.usual_save * 1000:.0f}",
            f"{life.saves[-1] * 1000:.0f}",
        ]
        for life in lives
    ]
    return f"## The daemon\n\n{_render_table(heads, rows)}"


def render_midnights(passed: Mapping[int, Mapping[str, Passing]]) -> str:
    """Return the table of what programs did as a day began."""
    heads = ["notes", "program", "wall s", "ratio", "CPU ms/note", "MiB", "notes right to the byte"]
    rows = [
        [
            f"{count:,}",
            program,
            f"{found.cost.wall:.2f}",
            f"{found.cost.wall / passings[FLOOR].cost.wall:.2f}",
            f"{found.cost.cpu / count * 1000:.3f}",
            f"{found.cost.peak / _MIB:.1f}",
            f"{found.right:,}",
        ]
        for count, passings in passed.items()
        for program, found in passings.items()
    ]
    return f"## A new day\n\n{_render_table(heads, rows)}"


def render_formulas(measured: Mapping[str, float]) -> str:
    """Return the table of formulas by themselves."""
    rows = [[what.replace("|", "\\|"), f"{spent:.1f}"] for what, spent in measured.items()]
    return f"## Formulas\n\n{_render_table(['what', 'µs'], rows)}"


def render_quiet(count: int, costs: Mapping[str, Cost]) -> str:
    """Return the table of looking again at notes that are all true."""
    return f"## {count:,} true notes, again\n\n{_render_costs(costs, GIT)}"


def _render_costs(costs: Mapping[str, Cost], floor: str) -> str:
    heads = ["program", "wall ms", "ratio", "CPU ms", "peak MiB"]
    rows = [
        [
            name,
            f"{cost.wall * 1000:.1f}",
            f"{cost.wall / costs[floor].wall:.2f}",
            f"{cost.cpu * 1000:.1f}",
            f"{cost.peak / _MIB:.1f}",
        ]
        for name, cost in costs.items()
    ]
    return _render_table(heads, rows)


def render_growth(steps: Sequence[Step]) -> str:
    """Return the table of what vault-sync takes from one size of a vault to the next."""
    heads = ["notes", "from", "to", "wall ms/note", "then", "ratio"]
    heads += ["ms for each more", "KiB for each more"]
    rows = [
        [
            step.notes,
            f"{step.fewer:,}",
            f"{step.more:,}",
            f"{step.before.wall / step.fewer * 1000:.3f}",
            f"{step.after.wall / step.more * 1000:.3f}",
            f"{step.pace:.2f}",
            f"{step.added * 1000:.3f}",
            f"{step.kept:.2f}",
        ]
        for step in steps
    ]
    return f"## Growth\n\n{_render_table(heads, rows)}"


def render_goals(goals: Sequence[Goal]) -> str:
    """Return the table of goals and whether they are met."""
    rows = [
        [
            goal.name,
            f"{goal.measured:.2f} {goal.unit}",
            f"≤ {goal.limit:g} {goal.unit}",
            "met" if goal.is_met else "not met",
        ]
        for goal in goals
    ]
    return f"## Goals\n\n{_render_table(['goal', 'measured', 'wanted', 'verdict'], rows)}"


def _render_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in heads[1:])]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [heads, rule, *rows])


def show(text: str) -> None:
    """Print a part of the report as soon as it is there."""
    print(text)
    sys.stdout.flush()
