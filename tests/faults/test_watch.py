"""That the scenes played before a daemon can find something: each kind of harm, done to a scene by hand."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.daemon.real_daemon import state_in
from tests.daemon.scene import Scene
from tests.faults.report import CannotRunError, Effort, Tally
from tests.faults.watch import play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faults are made as on Linux")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with state_in(tmp_path / "state"):
        yield Scene(tmp_path, Effort.SHORT, patience=0.5)


def tally_of(scene: Scene, data: bytes) -> Tally:
    """Play a scene in which a note that was right becomes what is given."""

    def spoil(scene: Scene) -> str:
        scene.lay("note.md", 1)
        with scene.watch() as daemon:
            daemon.popen.send_signal(signal.SIGSTOP)
            (scene.root / "note.md").write_bytes(data)
            scene.settle(daemon)
        return "spoilt"

    tally = Tally("scenes")
    play(spoil, scene, tally)
    return tally


def test_what_is_right_is_not_accused(scene: Scene) -> None:
    tally = tally_of(scene, b'---\nseed: "s0000001"\ncopy: "<s0000001>"\n---\nText.\n')
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
def test_harm_is_found(scene: Scene, data: bytes, harm: tuple[int, int]) -> None:
    tally = tally_of(scene, data)
    assert (tally.lost, tally.torn) == harm
    assert tally.wrong > 0


def test_a_scene_that_cannot_be_played_is_named(scene: Scene) -> None:
    def refuse(_scene: Scene) -> str:
        raise CannotRunError("there is no stage")

    tally = Tally("scenes")
    play(refuse, scene, tally)
    assert tally.facts == ["refuse: not run: there is no stage"]


def test_a_leftover_and_a_daemon_that_is_ill_are_found(scene: Scene) -> None:
    left = scene.root / ".vault-sync-20241027T140100-3f2a-0123abcd-1.part"
    left.write_bytes(b"x")
    with pytest.raises(AssertionError):
        scene.look_back()
    with scene.watch() as daemon, pytest.raises(AssertionError, match="It says"):
        scene.await_health(daemon, lambda health: health.state == "degraded")
