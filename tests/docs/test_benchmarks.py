"""The benchmark works: all its rows are there, and all who should be right are. Never how fast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

from benchmarks.committing import PLAIN, compare_commits
from benchmarks.committing import STALE as COMMIT_STALE
from benchmarks.committing import TRUE as COMMIT_TRUE
from benchmarks.comparison import (
    FLOOR,
    FRONTMATTER,
    GUESTS,
    HOOK_STALE,
    HOOK_TRUE,
    IMPORT_CLICK,
    OURS,
    RUAMEL,
    SCRIPTS,
    SED,
    THRIFTY,
    VERSION,
    YQ,
    Course,
    Race,
    Result,
    Staleness,
    find_missing,
    plan_races,
)
from benchmarks.daemon_run import live
from benchmarks.goals import Goal, judge
from benchmarks.growth import STALE, TRUE, TRUE_AGAIN, list_steps
from benchmarks.loops import LOOPS as LOOPS_BY_NAME
from benchmarks.loops import derive_values
from benchmarks.measuring import ChildFailedError, Cost, run_child, take_median
from benchmarks.midnight import WATCH
from benchmarks.report import render_heading
from benchmarks.unchanged import AGAIN, ANEW, DUE, DUE_FIRST, GIT
from benchmarks.vault import NOW, STALE_SINCE, count_right, invent_notes, write_vault

if TYPE_CHECKING:
    from datetime import datetime

ROOT = Path(__file__).parent.parent.parent
GOALS = [
    "CPU for each stale note",
    "CPU for each true note",
    "15 true notes again, beside `git status`",
    "what is due of 15 notes, again",
    "start-up beside `import click`",
    "the same, refreshing one true note",
    "the same, one stale note",
    "what the hook adds for one true note",
    "what the hook adds for one stale note",
    "memory for each more stale note",
    "memory for each more true note",
]


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, list[str]]]:
    """The tables of one quick run: by title, then by the first cell of a row."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    _, *sections = done.stdout.split("\n## ")
    return dict(read_table(section) for section in sections)


def read_table(section: str) -> tuple[str, dict[str, list[str]]]:
    title, _, _, _, *rows = section.strip().split("\n")
    cells = [row.strip("| ").split(" | ") for row in rows]
    return title, {first: rest for first, *rest in cells}


@pytest.mark.parametrize("count", [5, 15])
def test_where_nothing_is_stale_nobody_writes(
    tables: dict[str, dict[str, list[str]]], count: int
) -> None:
    table = tables[f"None of {count} notes stale"]
    assert {name: cells[-2:] for name, cells in table.items()} == {
        FLOOR: ["0", str(count)],
        OURS: ["0", str(count)],
    }


@pytest.mark.parametrize("count", [5, 15])
def test_floor_and_ours_make_the_same_bytes_of_stale_notes(
    tables: dict[str, dict[str, list[str]]], count: int
) -> None:
    table = tables[f"All of {count} notes stale"]
    done = [str(count), str(count)]
    spelled_anew = {YQ: [str(count), ANY]} if count <= GUESTS[YQ] else {}  # by which yq it is
    guests = {SED: done, **spelled_anew}
    assert {name: cells[-2:] for name, cells in table.items()} == {
        FLOOR: done,
        THRIFTY: done,
        RUAMEL: done,
        FRONTMATTER: [str(count), "0"],  # it turns emoji into escapes
        OURS: done,
        **{guest: cells for guest, cells in guests.items() if guest not in find_missing()},
    }


def test_start_up_and_every_goal_are_reported(tables: dict[str, dict[str, list[str]]]) -> None:
    assert list(tables["Start-up"]) == [IMPORT_CLICK, VERSION, HOOK_STALE, HOOK_TRUE]
    assert list(tables["The git hook"]) == [PLAIN, COMMIT_STALE, COMMIT_TRUE]
    assert list(tables["The daemon"]) == ["5"]
    assert (tables["A new day"]["5"][0], tables["A new day"]["5"][-1]) == (WATCH, "5")
    assert len(tables["Formulas"]) > 2
    assert all(float(cell) > 0 for (cell,) in tables["Formulas"].values())
    assert list(tables["15 true notes, again"]) == [GIT, AGAIN, ANEW, DUE, DUE_FIRST, FLOOR]
    assert set(tables["Growth"]) == {STALE, TRUE, TRUE_AGAIN}
    assert list(tables["Goals"]) == GOALS
    assert {cells[-1] for cells in tables["Goals"].values()} <= {"met", "not met"}


def make_results(
    walls: dict[int, float], again: dict[int, float]
) -> tuple[dict[Race, dict[str, Result]], dict[int, dict[str, Cost]]]:
    """Make up what was measured: each note takes 1 MiB, so that memory grows by 1024 KiB."""
    races = {}
    for staleness in Staleness:
        for count, wall in walls.items():
            result = Result(Cost(wall, wall, 0.0, count * 2**20), (wall, wall), count, count)
            races[Race(staleness, count, (FLOOR, OURS), 1)] = {FLOOR: result, OURS: result}
    quiet = {
        count: dict.fromkeys((GIT, AGAIN, DUE), Cost(wall, wall, 0.0, 0))
        for count, wall in again.items()
    }
    return races, quiet


START_UP = dict.fromkeys((IMPORT_CLICK, VERSION, HOOK_STALE, HOOK_TRUE), Cost(1.0, 1.0, 0.0, 0))
COMMITS = {
    PLAIN: Cost(0.5, 0.5, 0.0, 0),
    COMMIT_TRUE: Cost(2.0, 2.0, 0.0, 0),
    COMMIT_STALE: Cost(3.0, 3.0, 0.0, 0),
}


def test_what_the_hook_adds_is_held_against_importing_click() -> None:
    walls = {100: 1.0, 1000: 2.0}
    goals = judge(*make_results(walls, walls), START_UP, COMMITS)
    found = [
        (goal.measured, goal.is_met) for goal in goals if goal.name.startswith("what the hook")
    ]
    assert found == [(1.5, True), (2.5, False)]


def test_a_vault_of_ten_thousand_is_judged_if_there_is_one() -> None:
    walls = {100: 1.0, 10_000: 20.0, 100_000: 900.0}
    (goal,) = (
        goal
        for goal in judge(*make_results(walls, walls), START_UP, COMMITS)
        if goal.name.startswith("CPU for each stale")
    )
    assert goal.measured == pytest.approx(2.0)


def test_growth_is_told_from_each_size_to_the_next() -> None:
    walls = {1000: 2.0, 100: 1.0, 10_000: 38.0}
    first, second, *_, last = list_steps(*make_results(walls, walls))
    assert (first.notes, first.fewer, first.more) == (STALE, 100, 1000)
    assert [first.pace, first.kept] == pytest.approx([0.2, 1024])
    assert (second.notes, second.fewer, second.more) == (STALE, 1000, 10_000)
    assert [second.pace, second.added] == pytest.approx([1.9, 0.004])
    assert (last.notes, last.more, last.kept) == (TRUE_AGAIN, 10_000, 0)


def test_growth_is_judged_between_the_two_largest_sizes() -> None:
    walls, again = {100: 1.0, 1000: 2.0, 10_000: 38.0}, {100: 1.0, 1000: 2.0, 10_000: 21.0}
    judged = judge(*make_results(walls, again), START_UP, COMMITS)[-2:]
    assert [(goal.name, goal.is_met) for goal in judged] == [
        ("10,000 notes stale: time for each, beside 1,000", False),
        ("10,000 notes true, again: time for each, beside 1,000", True),
    ]
    assert [goal.measured for goal in judged] == pytest.approx([1.9, 1.05])


def test_growth_is_not_judged_by_small_vaults() -> None:
    walls = {100: 1.0, 999: 2.0, 10_000: 38.0}
    names = [goal.name for goal in judge(*make_results(walls, walls), START_UP, COMMITS)]
    assert names
    assert not [name for name in names if "beside 999" in name]


def test_a_vault_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_vault(tmp_path / name, 20, STALE_SINCE)
    one, two = (read_notes(tmp_path / name) for name in ("one", "two"))
    assert one == two
    assert len(one) == 20


def test_a_note_depends_on_its_number_only() -> None:
    assert list(invent_notes(5)) == list(invent_notes(50))[:5]


def test_a_stale_note_is_wrong_and_a_true_one_right(tmp_path: Path) -> None:
    write_vault(tmp_path, 20, STALE_SINCE)
    assert count_right(tmp_path, 20, NOW) == 0
    write_vault(tmp_path, 20, NOW)
    assert count_right(tmp_path, 20, NOW) == 20


@pytest.mark.parametrize("loop", ["bare", "thrifty", "ruamel"])
def test_a_careful_loop_does_its_job(tmp_path: Path, loop: str) -> None:
    write_vault(tmp_path, 20, STALE_SINCE)
    LOOPS_BY_NAME[loop](str(tmp_path), NOW)
    assert count_right(tmp_path, 20, NOW) == 20
    assert not list(tmp_path.rglob("*.part"))


def test_frontmatter_writes_the_right_values_in_a_spelling_of_its_own(tmp_path: Path) -> None:
    write_vault(tmp_path, 20, STALE_SINCE)
    LOOPS_BY_NAME["frontmatter"](str(tmp_path), NOW)
    assert_same_meaning(tmp_path, 20)


def assert_same_meaning(vault: Path, count: int) -> None:
    """Hold each note against what it should be, as a reader of YAML sees the two."""
    frontmatter = pytest.importorskip("frontmatter")
    for sample in invent_notes(count):
        found = frontmatter.loads((vault / sample.path).read_text(encoding="utf-8"))
        wanted = frontmatter.loads(sample.render(NOW))
        assert (found.metadata, found.content) == (wanted.metadata, wanted.content)


def run_script(program: str, vault: Path, moment: datetime = NOW, before: str = "") -> None:
    """Run one of the shell scripts; programs in the folder `before` are found first."""
    path = os.pathsep.join(filter(None, (before, os.environ["PATH"])))
    script = ROOT / "benchmarks" / SCRIPTS[program]
    command = ["/bin/sh", str(script), str(vault), moment.isoformat(timespec="minutes")]
    run_child(command, {**os.environ, "PATH": path})


def needs(program: str) -> pytest.MarkDecorator:
    reason = find_missing().get(program, "")
    return pytest.mark.skipif(bool(reason), reason=reason)


@needs(SED)
@pytest.mark.parametrize("moment", [NOW, NOW.replace(hour=0, minute=5)])
def test_the_sed_script_does_its_job(tmp_path: Path, moment: datetime) -> None:
    write_vault(tmp_path, 20, STALE_SINCE)
    run_script(SED, tmp_path, moment)
    assert count_right(tmp_path, 20, moment) == 20


@needs(YQ)
def test_the_yq_script_writes_the_right_values_in_a_spelling_of_its_own(tmp_path: Path) -> None:
    write_vault(tmp_path, 3, STALE_SINCE)
    run_script(YQ, tmp_path)
    assert_same_meaning(tmp_path, 3)


YQ_OF_FARAH = """\
#!/bin/sh
if [ "$1" = --version ]; then echo 'yq (https://github.com/mikefarah/yq/) version v4.44.1'; exit; fi
[ $# = 4 ] && [ "$1 $2" = '--front-matter=process -i' ] && printf '%s' "$3" >"$4"
"""


@needs(SED)
def test_the_other_yq_is_told_to_change_the_frontmatter_in_place(tmp_path: Path) -> None:
    program = tmp_path / "bin/yq"
    program.parent.mkdir()
    program.write_text(YQ_OF_FARAH, "utf-8")
    program.chmod(0o755)
    write_vault(tmp_path / "vault", 1, STALE_SINCE)
    run_script(YQ, tmp_path / "vault", before=str(program.parent))
    (sample,) = invent_notes(1)
    told = (tmp_path / "vault" / sample.path).read_text("utf-8")
    values = derive_values(sample.first_day, NOW).items()
    assert [line.strip(" |") for line in told.split("\n") if line] == [
        f'.["{name}"] = "{value}"' for name, value in values
    ]


def test_where_the_tools_are_missing_the_scripts_are_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_missing.cache_clear()
    with monkeypatch.context() as change:
        change.setenv("PATH", str(tmp_path))
        (race, *_) = plan_races([100], 1)
        heading = render_heading(1)
    find_missing.cache_clear()
    assert race.guests == (RUAMEL, FRONTMATTER)
    assert f"Not run: {SED}, as it is written for GNU sed and date." in heading


def test_a_program_that_fails_ends_the_benchmark_with_its_own_words() -> None:
    with pytest.raises(ChildFailedError, match="no such luck"):
        run_child([sys.executable, "-c", "raise SystemExit('no such luck')"], os.environ)


def test_commits_are_made_with_the_hook_at_work(tmp_path: Path) -> None:
    compare_commits(Course(tmp_path), 1)
    (tree,) = tmp_path.glob("commits-*")
    told = git(tree, "log", "--reverse", "--format=%H %s")
    commits = [line.split(" ", 1) for line in told.splitlines()]
    assert [name for _, name in commits] == [PLAIN, COMMIT_STALE, COMMIT_TRUE] * 2
    notes = [git(tree, "show", f"{commit}:note.md") for commit, _ in commits]
    assert not [note for note in notes if f"오늘2: {STALE_SINCE:%Y/%m/%d}" in note]


def git(tree: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=tree, capture_output=True, check=True, encoding="utf-8"
    ).stdout


def test_a_daemon_that_ends_too_soon_ends_the_benchmark_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder", "utf-8")
    with pytest.raises(ChildFailedError, match=r"(?s)does not do its work.*state"):
        live(Course(tmp_path), 1, 1)


def test_a_run_that_leaves_a_note_wrong_is_counted(tmp_path: Path) -> None:
    race = Race(Staleness.ALL, 5, (FRONTMATTER,), rounds=1)
    result = Course(tmp_path).run(race)[FRONTMATTER]
    assert (result.right, result.written) == (0, 5)


def test_the_median_is_taken_of_each_figure_alone() -> None:
    costs = [Cost(1.0, 9.0, 0.5, 5), Cost(2.0, 7.0, 0.25, 9), Cost(3.0, 8.0, 0.75, 1)]
    assert take_median(costs) == Cost(2.0, 8.0, 0.5, 5)


@pytest.mark.parametrize(("measured", "verdict"), [(1.29, True), (1.3, True), (1.31, False)])
def test_a_goal_is_met_up_to_its_limit(measured: float, verdict: bool) -> None:  # noqa: FBT001 - a table
    assert Goal("wall", 1.3, measured, "×").is_met is verdict


def read_notes(folder: Path) -> dict[str, bytes]:
    return {str(note.relative_to(folder)): note.read_bytes() for note in folder.rglob("*.md")}
