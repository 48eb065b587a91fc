"""Measure vault-sync and print the tables: ``python -m benchmarks`` from the root of the repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.committing import compare_commits
from benchmarks.comparison import OURS, Course, plan_races
from benchmarks.daemon_run import live
from benchmarks.formulas import measure_formulas
from benchmarks.goals import judge
from benchmarks.growth import list_steps
from benchmarks.midnight import WATCH, pass_midnight
from benchmarks.report import (
    render_commits,
    render_formulas,
    render_goals,
    render_growth,
    render_heading,
    render_lives,
    render_midnights,
    render_quiet,
    render_race,
    render_start_up,
    show,
)
from benchmarks.unchanged import look_again

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.comparison import Race, Result
    from benchmarks.measuring import Cost


def main() -> int:
    """Run the benchmark; the exit code is 1 where vault-sync left a note other than it should be."""
    chosen = _parse_arguments()
    with TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as folder:
        course = Course(Path(folder))
        show(render_heading(chosen.rounds))
        if not chosen.quick:
            course.warm_up()
        results = _run_races(course, chosen)
        quiet = _look_again(course, chosen)
        show(render_growth(list_steps(results, quiet)))
        start_up = course.compare_start_up(chosen.starts)
        show(render_start_up(start_up))
        commits = compare_commits(course, chosen.starts)
        show(render_commits(commits))
        is_day_right = _watch(course, chosen)
        show(render_formulas(measure_formulas(chosen.formulas)))
        show(render_goals(judge(results, quiet, start_up, commits)))
    is_right = all(found[OURS].right == race.count for race, found in results.items())
    return int(not (is_right and is_day_right))


def _run_races(course: Course, chosen: argparse.Namespace) -> Mapping[Race, Mapping[str, Result]]:
    results = {}
    for race in plan_races(sorted(chosen.notes), chosen.rounds):
        results[race] = course.run(race)
        show(render_race(race, results[race]))
    return results


def _look_again(course: Course, chosen: argparse.Namespace) -> Mapping[int, Mapping[str, Cost]]:
    quiet = {}
    for count in sorted(chosen.notes):
        quiet[count] = look_again(course, count, chosen.rounds)
        show(render_quiet(count, quiet[count]))
    return quiet


def _watch(course: Course, chosen: argparse.Namespace) -> bool:
    """Let daemons work, and say whether every note was right after midnight."""
    show(render_lives([live(course, count, chosen.saves) for count in chosen.lives]))
    midnights = {count: pass_midnight(course, count) for count in chosen.lives}
    show(render_midnights(midnights))
    return all(found[WATCH].right == count for count, found in midnights.items())


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--notes",
        type=int,
        nargs="+",
        default=[100, 1000, 10_000],
        metavar="N",
        help="sizes of the vault; memory growth is measured between the least and the most",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each program runs; slow loops run once"
    )
    parser.add_argument("--starts", type=int, default=20, help="how often start-up is measured")
    parser.add_argument(
        "--lives", type=int, nargs="*", default=[1000, 10_000], help="notes of a daemon's vaults"
    )
    parser.add_argument("--saves", type=int, default=100, help="saves of a note beside a daemon")
    parser.add_argument("--formulas", type=int, default=50, help="how often each formula is timed")
    parser.add_argument(
        "--folder", type=Path, help="where the vaults are made: the disk that is measured"
    )
    parser.add_argument(
        "--quick",
        action="store_const",
        const={"notes": [5, 15], "rounds": 1, "starts": 1, "lives": [5], "saves": 1, "formulas": 1},
        help="small and short: does the benchmark work? Its figures say little",
    )
    parser.add_argument(
        "--long",
        action="store_const",
        const={"notes": [100, 1000, 10_000, 100_000]},
        help="one size more, which takes an hour and 15 GB of the disk",
    )
    chosen = parser.parse_args()
    vars(chosen).update(chosen.quick or chosen.long or {})
    if len(set(chosen.notes)) < 2 or min(chosen.notes) < 1:
        parser.error("--notes needs at least two different sizes of at least 1")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
