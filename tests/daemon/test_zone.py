"""The zone of the machine changes while a process runs: what it reads next is in the new one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import TZPATH

import pytest

NO_MOUNT = 77
SCRIPT = """\
import subprocess, sys
from vault_sync.clock import read_clock
for zone in sys.argv[1:]:
    if subprocess.run(["mount", "--bind", zone, "/etc/localtime"]).returncode:
        sys.exit(77)
    print(read_clock(None).utcoffset())
"""


def find_zone(name: str) -> str:
    places = [Path(folder, name) for folder in TZPATH]
    found = [str(place) for place in places if place.is_file()]
    if not found:
        pytest.skip("there are no files of zones here")
    return found[0]


@pytest.mark.skipif(sys.platform != "linux", reason="the zone is changed as on Linux")
def test_a_journey_is_noticed_by_a_running_process() -> None:
    zones = [find_zone(name) for name in ("Asia/Seoul", "Pacific/Pago_Pago", "Asia/Kathmandu")]
    here = {name: value for name, value in os.environ.items() if name != "TZ"}
    command = ["unshare", "-Urm", sys.executable, "-c", SCRIPT, *zones]
    try:
        done = subprocess.run(command, env=here, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if done.returncode == NO_MOUNT or done.stderr.startswith("unshare:"):
        pytest.skip(f"nothing can be mounted here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["9:00:00", "-1 day, 13:00:00", "5:45:00"]
