"""What blinds or overruns a daemon: each scene is played before a real one, and the notes looked at afterwards."""

from __future__ import annotations

import shutil
import sys
import time
import traceback
from typing import TYPE_CHECKING, Final

from tests.daemon import blindness, company, masses
from tests.daemon.real_daemon import state_in
from tests.daemon.scene import Scene
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.report import Effort

SCENES: Final[dict[str, Callable[[Scene], str]]] = {
    act.__name__: act
    for act in (
        masses.lose_events,
        masses.read_everything,
        masses.check_out,
        masses.move_a_folder,
        masses.make_deep_folders,
        masses.rename_to_the_same,
        masses.storm,
        blindness.have_few_watches,
        blindness.come_to_the_limit,
        blindness.have_no_instance,
        blindness.fail_over_events,
        blindness.lose_the_thread,
        blindness.hear_nothing,
        blindness.take_the_vault_away,
        blindness.delete_the_vault,
        blindness.stop_on_a_slow_disk,
        blindness.save_slowly,
        company.work_all_at_once,
    )
}


def disturb_watching(place: Path, effort: Effort) -> Tally:
    """Play all scenes.

    Raises:
        CannotRunError: this is no Linux.
    """
    if sys.platform != "linux":
        raise CannotRunError("the faults are made as on Linux")
    tally = Tally("watch faults")
    with state_in(place / "state"):
        for name, act in SCENES.items():
            play(act, Scene(place / name, effort), tally)
            shutil.rmtree(place / name)
    return tally


def play(act: Callable[[Scene], str], scene: Scene, tally: Tally) -> None:
    """Play one scene, and count what came of it."""
    name, begun = act.__name__.replace("_", " "), time.monotonic()
    try:
        sentence = act(scene)
    except CannotRunError as error:
        tally.facts.append(f"{name}: not run: {error}")
        return
    except Exception:  # noqa: BLE001 - the other scenes are played all the same
        tally.accuse("wrong", f"{name}: {traceback.format_exc(limit=-2)}")
        for kind, note, amount in scene.find_harm():
            tally.accuse(kind, f"{name}: {note}", amount)
    else:
        tally.facts.append(f"{sentence}: {time.monotonic() - begun:.0f} s")
    tally.faults += scene.faults
    tally.saves += scene.saves
