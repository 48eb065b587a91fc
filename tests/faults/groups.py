"""All groups of faults, by the names that the command line knows them by."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Final

from tests.faults.calls import fail_every_call, kill_at_every_call
from tests.faults.clocks import set_clocks
from tests.faults.damage import damage_state
from tests.faults.devices import live_with_many_devices
from tests.faults.disks import fill_disk, use_up_names
from tests.faults.edits import fuzz_edits
from tests.faults.lazyfs import cut_power_of_lazyfs
from tests.faults.limits import have_few_files, have_little_memory, write_little
from tests.faults.parsers import compare_parsers
from tests.faults.power import cut_power
from tests.faults.races import race_editors
from tests.faults.report import CannotRunError, Effort, Tally
from tests.faults.rights import have_odd_rights
from tests.faults.targets import fuzz_all
from tests.faults.watch import disturb_watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GROUPS: Final[dict[str, Callable[[Path, Effort], Tally]]] = {
    "races": race_editors,
    "watch": disturb_watching,
    "kills": kill_at_every_call,
    "errors": fail_every_call,
    "short-writes": write_little,
    "full-disk": fill_disk,
    "no-names": use_up_names,
    "few-files": have_few_files,
    "little-memory": have_little_memory,
    "rights": have_odd_rights,
    "power": cut_power,
    "lazyfs": cut_power_of_lazyfs,
    "damage": damage_state,
    "clocks": set_clocks,
    "devices": live_with_many_devices,
    "fuzz": fuzz_all,
    "edits": fuzz_edits,
    "parsers": compare_parsers,
}


def run_group(name: str, place: Path, effort: Effort) -> Tally:
    """Run a group in a folder of its own, and return what it came to."""
    begun = time.monotonic()
    try:
        tally = GROUPS[name](place / name, effort)
    except CannotRunError as error:
        tally = Tally(name, reason=str(error))
    except Exception:  # noqa: BLE001 - the other groups are run all the same
        tally = Tally(name)
        tally.accuse("wrong", traceback.format_exc())
    tally.seconds = time.monotonic() - begun
    return tally
