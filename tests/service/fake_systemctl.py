"""Plays ``systemctl --user``: keeps units in a folder, and really runs and stops what they say.

It is a program of its own, put on the PATH of a test under the name `systemctl`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.service.unitfiles import read_settings, read_words
from tests.waiting import wait_until

CONFIG = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd/user"
RUNNING = Path(os.environ["FAKE_SYSTEMCTL"])
WANTS = CONFIG / "default.target.wants"


def find_process(name: str) -> int:
    """Return the process of a unit, 0 where none is at work; one that only waits to be buried is not."""
    try:
        pid = int((RUNNING / name).read_text("ascii"))
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return 0
    return 0 if state == "Z" else pid


def start(name: str) -> None:
    if find_process(name):
        return
    settings = read_settings((CONFIG / name).read_text("utf-8"))
    words = [word.replace("$$", "$") for word in read_words(settings["ExecStart"][0])]
    variables = dict(read_words(line)[0].split("=", 1) for line in settings["Environment"])
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
    process = subprocess.Popen(  # it outlives this program, as a service does
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    (RUNNING / name).write_text(str(process.pid), "ascii")


def stop(name: str) -> None:
    pid = find_process(name)
    if pid:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not find_process(name))


def show(name: str) -> None:
    is_there, is_active = (CONFIG / name).exists(), bool(find_process(name))
    facts = (
        f"LoadState={'loaded' if is_there else 'not-found'}",
        f"ActiveState={'active' if is_active else 'inactive'}",
        f"SubState={'running' if is_active else 'dead'}",
        "Result=success",
        f"UnitFileState={'enabled' if (WANTS / name).is_symlink() else 'disabled'}",
    )
    sys.stdout.write("\n".join(facts) + "\n")


def main(words: list[str]) -> int:
    assert words[0] == "--user"
    with (RUNNING / "commands").open("a", encoding="utf-8") as record:
        record.write(" ".join(words[1:]) + "\n")
    verb, name = words[1], words[-1]
    if verb == "enable":
        WANTS.mkdir(exist_ok=True)
        (WANTS / name).unlink(missing_ok=True)
        (WANTS / name).symlink_to(CONFIG / name)
    if verb in {"stop", "restart", "disable"}:
        stop(name)
    if verb in {"start", "restart"}:
        start(name)
    if verb == "disable":
        (WANTS / name).unlink(missing_ok=True)
    if verb == "show":
        show(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
