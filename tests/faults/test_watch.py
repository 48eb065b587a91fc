"""That the scenarios played before a daemon can find something: each kind of harm, done to a scenario by hand."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.daemon.real_daemon import state_in
from tests.daemon.scenario import Scenario
from tests.faults.report import CannotRunError, Effort, Tally
from tests.faults.watch import SCENARIOS, disturb_watching, play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faults are made as on Linux")


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    with state_in(tmp_path / "state"):
        yield Scenario(tmp_path, Effort.SHORT, patience=0.5)


def tally_of(scenario: Scenario, data: bytes) -> Tally:
    """Play a scenario in which a note that was right becomes what is given."""

    def spoil(scenario: Scenario) -> str:
        scenario.lay("note.md", 1)
        with scenario.watch() as daemon:
            daemon.popen.send_signal(signal.SIGSTOP)
            (scenario.root / "note.md").write_bytes(data)
            scenario.settle(daemon)
        return "spoilt"

    tally = Tally("scenarios")
    play(spoil, scenario, tally)
    return tally


def test_what_is_right_is_not_accused(scenario: Scenario) -> None:
    tally = tally_of(scenario, b'---\nseed: "s0000001"\ncopy: "<s0000001>"\n---\nText.\n')
    assert (tally.broken, tally.facts[0][:7]) == ([], "spoilt:")


@pytest.mark.parametrize(
    ("data", "harm"),
    [
        (b'---\nseed: "s0000001"\ncopy: "old"\n---\nText.\n', (0, 0)),
        (b'---\nseed: "s0000001"\ncopy: "<s0000001>"\n---\nTe', (50, 1)),
        (b'---\nseed: "s00', (50, 1)),
        (b'---\nseed: "s0000001"\ncopy: "<s00\n---\nText.\n', (0, 1)),
        (b"", (50, 1)),
    ],
)
def test_harm_is_found(scenario: Scenario, data: bytes, harm: tuple[int, int]) -> None:
    tally = tally_of(scenario, data)
    assert (tally.lost, tally.torn) == harm
    assert tally.wrong > 0


def test_a_scene_that_cannot_be_played_is_named(scenario: Scenario) -> None:
    def refuse(_scene: Scenario) -> str:
        raise CannotRunError("there is no stage")

    tally = Tally("scenarios")
    play(refuse, scenario, tally)
    assert tally.facts == ["refuse: not run: there is no stage"]


def test_a_leftover_and_a_daemon_that_is_ill_are_found(scenario: Scenario) -> None:
    left = scenario.root / ".vault-sync-20241027T140100-3f2a-0123abcd-1.part"
    left.write_bytes(b"x")
    with pytest.raises(AssertionError):
        scenario.look_back()
    with scenario.watch() as daemon, pytest.raises(AssertionError, match="It says"):
        scenario.await_health(daemon, lambda health: health.state == "degraded")


def test_each_scenario_is_played_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(scenario: Scenario) -> str:
        scenario.faults = 2
        return "played"

    for name in SCENARIOS:
        monkeypatch.setitem(SCENARIOS, name, act)
    tally = disturb_watching(tmp_path, Effort.SHORT)
    assert (tally.broken, tally.faults, len(tally.facts)) == (
        [],
        2 * len(SCENARIOS),
        len(SCENARIOS),
    )
