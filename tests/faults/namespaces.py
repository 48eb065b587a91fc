"""Work in a namespace of its own, where disks can be mounted that nobody else sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.daemon.real_daemon import ROOT
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FAILED: Final = 78  # else a failure would pass for a machine that cannot mount
_SCRIPT: Final = """\
for folder in vault state; do %s || exit 1; done
"$2" -m "$3" "$1" $4 || exit 78
"""


def work_in_namespace(place: Path, mount: str, module: str, words: Sequence[str]) -> Tally:
    """Mount disks for the vault and for the state folder, run a module there, return what came of it.

    Args:
        place: where the folders `vault` and `state` are; they are made.
        mount: a shell command that mounts one of them; ``$folder`` is its name, ``$1`` the place.
        module: prints its tally; is given the place, then the words.
        words: more arguments for it.

    Raises:
        CannotRunError: this system does not let us mount a disk.
        RuntimeError: the module failed.
    """
    if not shutil.which("unshare"):
        raise CannotRunError("there is no unshare here")
    for name in ("vault", "state"):
        (place / name).mkdir(parents=True)
    command = ["unshare", "-Urm", "sh", "-c", _SCRIPT % mount, "sh"]
    done = subprocess.run(
        [*command, str(place), sys.executable, module, " ".join(words)],
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    said = done.stderr.decode().strip()
    if done.returncode == _FAILED:
        raise RuntimeError(said)
    if done.returncode:
        raise CannotRunError(f"no disk can be mounted here ({said[-200:]})")
    return Tally(**json.loads(done.stdout))
