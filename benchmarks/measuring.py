"""What a child process cost: its time, its work and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT: Final = Path(__file__).parent.parent
_LAUNCHER: Final = [sys.executable, "-I", str(Path(__file__).with_name("launcher.py"))]


class ChildFailedError(Exception):
    """A measured program ended with an error, so its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost, from its start to its end.

    Attributes:
        wall: seconds that passed.
        user: seconds of work in the program.
        system: seconds of work in the system for it: files, mostly, so it depends on the disk.
        peak: the most memory it held at once, in bytes.
    """

    wall: float
    user: float
    system: float
    peak: int

    @property
    def cpu(self) -> float:
        """Seconds of work altogether."""
        return self.user + self.system


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a program to its end and return what it cost; what it prints is thrown away.

    Args:
        command: the full path of the program, and its arguments.
        environment: its environment variables.

    Raises:
        ChildFailedError: it did not end with exit code 0; the error holds what it said last.
    """
    return _read_cost([*_LAUNCHER, *command], environment)


def run_module(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a module that measures a part of its own work, and return the cost that it prints.

    Args:
        name: of the module.
        arguments: of it.
        environment: its environment variables.

    Raises:
        ChildFailedError: it did not end with exit code 0; the error holds what it said last.
    """
    return _read_cost([sys.executable, "-m", name, *arguments], environment)


def _read_cost(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        words = f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}"
        raise ChildFailedError(words)
    return Cost(**json.loads(done.stdout))


def take_median(costs: Sequence[Cost]) -> Cost:
    """Return the cost whose every figure is the median of that figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.user for cost in costs),
        median(cost.system for cost in costs),
        round(median(cost.peak for cost in costs)),
    )


def find_program() -> list[str]:
    """Return the command of the console script, or of the module where there is none."""
    script = Path(sys.executable).with_name("vault-sync")
    return [str(script)] if script.exists() else [sys.executable, "-m", "vault_sync"]
