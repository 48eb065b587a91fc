"""What makes events fail or overruns a daemon: each scenario is played before a real daemon, and the notes looked at afterwards."""

from __future__ import annotations

import shutil
import sys
import time
import traceback
from typing import TYPE_CHECKING, Final

from tests.daemon import concurrent_programs, event_faults, mass_changes
from tests.daemon.real_daemon import state_in
from tests.daemon.scenario import Scenario
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.report import Effort

SCENARIOS: Final[dict[str, Callable[[Scenario], str]]] = {
    act.__name__: act
    for act in (
        mass_changes.lose_events,
        mass_changes.read_everything,
        mass_changes.check_out,
        mass_changes.move_a_folder,
        mass_changes.make_deep_folders,
        mass_changes.rename_to_the_same,
        mass_changes.storm,
        event_faults.have_few_watches,
        event_faults.come_to_the_limit,
        event_faults.have_no_instance,
        event_faults.fail_over_events,
        event_faults.lose_the_thread,
        event_faults.get_no_events,
        event_faults.take_the_vault_away,
        event_faults.delete_the_vault,
        event_faults.stop_on_a_slow_disk,
        event_faults.save_slowly,
        concurrent_programs.work_all_at_once,
    )
}


def disturb_watching(place: Path, effort: Effort) -> Tally:
    """Play all scenarios.

    Raises:
        CannotRunError: this is no Linux.
    """
    if sys.platform != "linux":
        raise CannotRunError("the faults are made as on Linux")
    tally = Tally("watch faults")
    with state_in(place / "state"):
        for name, act in SCENARIOS.items():
            play(act, Scenario(place / name, effort), tally)
            shutil.rmtree(place / name)
    return tally


def play(act: Callable[[Scenario], str], scenario: Scenario, tally: Tally) -> None:
    """Play one scenario, and count what came of it."""
    name, begun = act.__name__.replace("_", " "), time.monotonic()
    try:
        sentence = act(scenario)
    except CannotRunError as error:
        tally.facts.append(f"{name}: not run: {error}")
        return
    except Exception:  # noqa: BLE001 - the other scenarios are played all the same
        tally.accuse("wrong", f"{name}: {traceback.format_exc(limit=-2)}")
        for kind, note, amount in scenario.find_harm():
            tally.accuse(kind, f"{name}: {note}", amount)
    else:
        tally.facts.append(f"{sentence}: {time.monotonic() - begun:.0f} s")
    tally.faults += scenario.faults
    tally.saves += scenario.saves
