"""A vault in which nothing happens: what looking again costs, beside ``git status`` of the same notes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import FLOOR
from benchmarks.measuring import Cost, run_child, take_median
from benchmarks.vault import NOW, write_vault
from vault_sync.files.read import AT_REST
from vault_sync.state.folder import BASE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.comparison import Course

GIT: Final = "git status"
AGAIN: Final = "vault-sync refresh, again"
ANEW: Final = "vault-sync refresh --no-cache"
DUE: Final = "vault-sync due, again (warm)"
DUE_FIRST: Final = "vault-sync due, the first time (cold)"
_COMMIT: Final = (
    "-c",
    "user.name=nobody",
    "-c",
    "user.email=nobody@invalid",
    "commit",
    "-qm",
    "all",
)


def look_again(course: Course, count: int, rounds: int) -> dict[str, Cost]:
    """Return the median costs of programs that find nothing to do, each warmed up by a run before.

    Args:
        course: where the vault is made.
        count: its number of notes.
        rounds: how often each program runs.
    """
    vault = Path(mkdtemp(prefix="quiet-", dir=course.folder))
    write_vault(vault, count, NOW)
    environment = course.environment() | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    commands = _list_commands(vault)
    for arguments in (("init", "-q"), ("add", "-A"), _COMMIT):
        subprocess.run([*commands[GIT][:3], *arguments], env=environment, check=True)
    time.sleep(AT_REST / 1e9 + 0.1)  # what was written just now is read again
    for command in commands.values():
        run_child(command, environment)
    return _run_by_turns(commands, environment, rounds)


def _run_by_turns(
    commands: Mapping[str, list[str]], environment: Mapping[str, str], rounds: int
) -> dict[str, Cost]:
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            forgetting = _forget(environment) if name == DUE_FIRST else {}
            costs[name].append(run_child(command, {**environment, **forgetting}))
    return {name: take_median(several) for name, several in costs.items()}


def _forget(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that names a state folder in which nothing is known yet."""
    folder = Path(environment[BASE_VARIABLE])
    folder.mkdir(parents=True, exist_ok=True)
    return {BASE_VARIABLE: mkdtemp(prefix="first-", dir=folder)}


def _list_commands(vault: Path) -> dict[str, list[str]]:
    now = NOW.isoformat(timespec="minutes")
    refresh = [sys.executable, "-m", "vault_sync", "refresh", "--now", now, str(vault)]
    due = [sys.executable, "-m", "vault_sync", "--vault", str(vault), "due", "--on", now[:10]]
    loops = str(Path(__file__).with_name("loops.py"))
    git = shutil.which("git") or "git"
    return {
        GIT: [git, "-C", str(vault), "status", "--porcelain"],
        AGAIN: refresh,
        ANEW: [*refresh, "--no-cache"],
        DUE: due,
        DUE_FIRST: due,
        FLOOR: [sys.executable, loops, "bare", str(vault), now],
    }
