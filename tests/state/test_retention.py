"""Which journals are kept: a busy daemon pushes out no run of the student."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.state import journal
from vault_sync.state.journal import PastRun, choose_expired, is_crowded

MIB = 1024 * 1024


def make_runs(command: str, count: int, size: int = 1000, day: int = 1) -> list[PastRun]:
    return [PastRun(f"202410{day:02}T{number:06}-0000", command, size) for number in range(count)]


def keep(runs: list[PastRun]) -> dict[str, list[str]]:
    """Return the ids of the runs that stay, by command."""
    forgotten = set(choose_expired(runs))
    kept: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        if run.run_id not in forgotten:
            kept[run.command].append(run.run_id)
    return kept


def test_a_days_work_of_the_daemon_pushes_out_no_run_of_the_student() -> None:
    own = make_runs("refresh", 30, day=1)
    kept = keep([*own, *make_runs("done", 5, day=2), *make_runs("watch", 5000, day=3)])
    assert kept["refresh"] == [run.run_id for run in own]
    assert [len(kept[command]) for command in ("done", "watch")] == [5, 1000]
    assert kept["watch"][-1] == "20241003T004999-0000"


def test_the_last_100_of_a_command_stay() -> None:
    assert keep(make_runs("refresh", 130))["refresh"][0] == "20241001T000030-0000"


def test_day_ticks_of_a_large_vault_do_not_eat_the_space_of_the_others() -> None:
    ticks = make_runs("watch", 20, size=16 * MIB, day=9)
    kept = keep([*make_runs("refresh", 3, size=4 * MIB), *ticks])
    assert [len(kept[command]) for command in ("refresh", "watch")] == [2, 2]
    assert kept["watch"][-1] == ticks[-1].run_id


def test_an_undo_counts_as_a_command_of_its_own_whatever_it_undid() -> None:
    undone = [
        PastRun(f"20241001T{number:06}-0000", f"undo of run-{number}", 10) for number in range(130)
    ]
    assert len(choose_expired(undone)) == 30


def test_the_newest_stays_however_large_it_is() -> None:
    runs = make_runs("refresh", 3, size=80 * MIB)
    assert keep(runs)["refresh"] == [runs[-1].run_id]


@pytest.mark.parametrize(
    ("count", "size", "is_so"),
    [(0, 0, False), (1050, 50 * MIB, False), (1051, 0, True), (1, 50 * MIB + 1, True)],
)
def test_when_it_is_time_to_look(count: int, size: int, is_so: bool) -> None:  # noqa: FBT001 - a case
    assert is_crowded(count, size) is is_so


@given(
    st.lists(
        st.builds(
            PastRun,
            st.integers(0, 999_999).map(lambda number: f"20241001T{number:06}-0000"),
            st.sampled_from(["refresh", "watch", "done", "undo of x", ""]),
            st.integers(0, 20 * MIB),
        ),
        max_size=60,
        unique_by=lambda run: run.run_id,
    )
)
def test_what_stays_fits_and_is_each_commands_newest(runs: list[PastRun]) -> None:
    forgotten = set(choose_expired(runs))
    kept = [run for run in runs if run.run_id not in forgotten]
    newest = {
        run.command: run for run in sorted(runs, key=lambda run: run.run_id)
    }  # the last of each command wins
    assert set(newest.values()) <= set(kept)
    others = sum(run.size for run in kept if run not in newest.values())
    firsts = sum(run.size for run in newest.values())
    assert others + firsts <= max(journal._KEPT_BYTES, firsts)
