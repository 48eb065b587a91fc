"""Power cuts on LazyFS, a file system that keeps what was not synced to itself, and loses it when it is killed.

``python -m tests.faults.lazyfs PLACE EFFORT`` in a namespace. See https://github.com/dsrhaslab/lazyfs: names come
to the disk at once there, bytes with a sync only. A refresh is killed at a call that changes something, LazyFS is
killed with it, and what lies on the disk below is given to the next run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.bench import KILLED, Bench
from tests.faults.calls import CHANGING, harm
from tests.faults.namespaces import work_in_namespace
from tests.faults.report import CannotRunError, Effort, Tally
from tests.faults.tracing import Call, need_strace, record_calls
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEVICE: Final = "/dev/fuse"
_BELOW: Final = "below"
_MOUNT: Final = f'mkdir -p "$1/{_BELOW}/$folder" && mount --bind "$1/{_BELOW}/$folder" "$1/$folder"'
_CONFIG: Final = """\
[faults]
fifo_path="{fifo}"
[cache]
apply_eviction=false
[cache.simple]
custom_size="16mb"
blocks_per_page=1
[filesystem]
log_all_operations=false
logfile=""
"""
_VARIANTS: Final = {"the vault": ("vault",), "vault and state folder": ("vault", "state")}
_SYNCS: Final = frozenset({"fsync", "fdatasync"})


def cut_power_of_lazyfs(place: Path, effort: Effort) -> Tally:
    """Cut the power behind each call of a refresh that changes something on the disk.

    Raises:
        CannotRunError: LazyFS is not installed, or nothing can be mounted.
    """
    need_strace()
    need_lazyfs()
    return work_in_namespace(place, _MOUNT, "tests.faults.lazyfs", [effort.value])


def need_lazyfs() -> None:
    """Raise where LazyFS is missing or may not mount.

    Raises:
        CannotRunError: says so.
    """
    if not shutil.which("lazyfs"):
        raise CannotRunError("lazyfs is not installed")
    try:
        os.close(os.open(_DEVICE, os.O_RDWR))
    except OSError as error:
        raise CannotRunError(f"{_DEVICE} cannot be opened ({error.strerror})") from error


@dataclass(slots=True)
class Power:
    """LazyFS over folders, as long as there is power.

    Attributes:
        place: where the folders are; those below them are what is on the disk.
        folders: their names.
    """

    place: Path
    folders: Sequence[str]
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def turn_on(self) -> None:
        """Mount LazyFS over each folder."""
        for name in self.folders:
            folder = self.place / name
            command = self._command(name)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=self.place)
            self._running.append(process)
            wait_until(partial(is_mounted, folder, process), what="LazyFS is not there.")

    def _command(self, name: str) -> list[str]:
        config = self.place / f"{name}.toml"
        config.write_text(_CONFIG.format(fifo=self.place / f"{name}.fifo"), "utf-8")
        below = f"subdir={self.place / _BELOW / name}"
        # Only its name: LazyFS takes a path with "-o" in it for another option.
        options = ["--config-path", config.name, "-o", "modules=subdir", "-o", below, "-f"]
        return ["lazyfs", str(self.place / name), *options]

    def cut(self) -> None:
        """Lose what was not synced; the folders are what is on the disk then."""
        for process in self._running:
            process.kill()
            process.wait()
        self._running.clear()
        for name in self.folders:
            subprocess.run(["umount", "-l", str(self.place / name)], check=True)


def is_mounted(folder: Path, process: subprocess.Popen[bytes]) -> bool:
    """Say whether LazyFS is mounted there."""
    assert process.poll() is None, "LazyFS has ended."
    return folder.stat().st_dev != folder.parent.stat().st_dev


def list_cuts(bench: Bench, power: Power) -> Sequence[Call]:
    """Return the calls of a refresh on LazyFS that change something."""
    bench.lay()
    power.turn_on()
    calls = record_calls(bench, bench.place / "trace")
    power.cut()
    return [call for call in calls if call.name in CHANGING]


def cut_at(bench: Bench, power: Power, call: Call | None, *, is_careless: bool = False) -> int:
    """Cut the power before a call, or behind the last one, and return how the run ended."""
    bench.lay()
    power.turn_on()
    if call:
        code = harm(bench, call, "signal=KILL", is_careless=is_careless)
    else:
        code = bench.run(bench.order(is_careless=is_careless))
    power.cut()
    return code


def cut_everywhere(bench: Bench, variant: str, effort: Effort, tally: Tally) -> None:
    """Cut the power at each point, and hold what is on the disk then against the oracles."""
    power = Power(bench.place, _VARIANTS[variant])
    cuts: list[Call | None] = [*list_cuts(bench, power), None]
    for call in cuts[:: -effort.pick(len(cuts) // 5, 1)]:
        case = f"{variant} on LazyFS, cut before {call or 'the end'}"
        code = cut_at(bench, power, call)
        if code != (KILLED if call else 0):
            tally.accuse("wrong", f"{case}: it ended with {code}: {bench.words()}")
        tally.faults += 1
        bench.examine(tally, case, code)
    tally.facts.append(f"{variant} on LazyFS: {len(cuts)} points")


def control(bench: Bench, effort: Effort, tally: Tally) -> None:
    """See that the oracles find torn notes where nothing is synced."""
    power = Power(bench.place, ("vault",))
    found = Tally("control")
    cuts = [call for call in list_cuts(bench, power) if call.name not in _SYNCS]
    for call in [None, *cuts[::-1][: effort.pick(1, len(cuts))]]:
        code = cut_at(bench, power, call, is_careless=True)
        bench.examine(found, f"{call}", code)
        found.faults += 1
    if not found.torn:
        tally.accuse("wrong", "the control without syncs was not found")
    tally.facts.append(
        f"control, the same without syncs: {found.faults} cuts, torn notes found {found.torn} times"
    )


def main(place: Path, effort: Effort) -> None:
    """Work on the disks that are mounted below a folder, and print what came of it."""
    tally = Tally("power cut (LazyFS)")
    with Bench(place) as bench:
        for variant in _VARIANTS:
            cut_everywhere(bench, variant, effort, tally)
        control(bench, effort, tally)
    tally.facts.append("LazyFS cannot exchange names, so the notes were swapped by link")
    print(json.dumps(asdict(tally)))  # noqa: T201 - its output


if __name__ == "__main__":
    main(Path(sys.argv[1]), Effort(sys.argv[2]))
