"""Scenarios that overrun a daemon or take its events away, each by itself; and how little it does while nothing happens."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.daemon.real_daemon import (
    IS_LONG,
    LiveDaemon,
    is_fresh,
    linux_only,
    long_only,
    make_vault,
    render_fresh,
    takes_long,
)
from tests.daemon.scenario import Scenario
from tests.faults.report import CannotRunError, Effort
from tests.faults.watch import SCENARIOS
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [linux_only, takes_long, long_only]


@pytest.mark.parametrize("name", SCENARIOS)
def test_after_it_every_note_is_right(name: str, tmp_path: Path, figures: list[str]) -> None:
    """Play a scenario in its long form; the short one is played with all other faults (tests/faults)."""
    try:
        figures.append(SCENARIOS[name](Scenario(tmp_path, Effort.LONG)))
    except CannotRunError as error:
        pytest.skip(str(error))


def test_it_keeps_still_while_nothing_happens(tmp_path: Path, figures: list[str]) -> None:
    import psutil  # noqa: PLC0415 - only the long form measures

    root = make_vault(tmp_path / "vault")
    for count in range(10_000):
        note = root / f"{count % 100:02}/{count}.md"
        note.parent.mkdir(exist_ok=True)
        note.write_bytes(render_fresh(count))
    with LiveDaemon(root) as daemon:
        process = psutil.Process(daemon.popen.pid)
        wait_until(lambda: daemon.health().notes == 10_000, 60)
        for name, seconds in (("the first 5 minutes", 300), ("the next 5", 300)):
            before = process.cpu_times()
            with pytest.raises(subprocess.TimeoutExpired):
                daemon.popen.wait(seconds)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            figures.append(
                f"idle, 10,000 notes, {name}: {used:.2f} s CPU = {used / seconds:.3%} of a core,"
                f" {process.memory_info().rss / 2**20:.0f} MB"
            )
        assert daemon.stop() == 0
    assert IS_LONG
    assert is_fresh(root / "00/0.md")
