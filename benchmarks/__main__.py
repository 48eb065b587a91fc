"""Measure vault-sync and print the tables: ``python -m benchmarks`` from the root of the repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.contest import OURS, Course, plan_races
from benchmarks.goals import judge
from benchmarks.report import render_goals, render_heading, render_race, render_start_up, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.contest import Race, Result


def main() -> int:
    """Run the benchmark; the exit code is 1 where vault-sync left a note other than it should be."""
    chosen = _parse_arguments()
    with TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as folder:
        course = Course(Path(folder))
        show(render_heading(chosen.rounds))
        course.warm_up()
        results: dict[Race, Mapping[str, Result]] = {}
        for race in plan_races(sorted(chosen.notes), chosen.rounds):
            results[race] = course.run(race)
            show(render_race(race, results[race]))
        start_up = course.compare_start_up(chosen.starts)
        show(render_start_up(start_up))
        show(render_goals(judge(results, start_up)))
    return int(any(found[OURS].right != race.count for race, found in results.items()))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--notes",
        type=int,
        nargs=2,
        default=[1000, 10_000],
        metavar="N",
        help="two sizes of the vault; memory growth is measured between them",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each program runs; slow loops run once"
    )
    parser.add_argument("--starts", type=int, default=20, help="how often start-up is measured")
    parser.add_argument(
        "--folder", type=Path, help="where the vaults are made: the disk that is measured"
    )
    parser.add_argument(
        "--quick",
        action="store_const",
        const={"notes": [100, 300], "rounds": 1, "starts": 3},
        help="small and short: does the benchmark work? Its figures say little",
    )
    chosen = parser.parse_args()
    vars(chosen).update(chosen.quick or {})
    if len(set(chosen.notes)) < 2 or min(chosen.notes) < 1:
        parser.error("--notes needs two different sizes of at least 1")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
