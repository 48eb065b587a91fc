"""Scenarios in which several of our own programs are at work in one vault at the same time."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.daemon.mass_changes import git

if TYPE_CHECKING:
    from tests.daemon.scenario import Scenario

_CONFLICT: Final = 5
_NOTES: Final = 10


def work_all_at_once(scenario: Scenario) -> str:
    """Refresh by hand in two processes, and commit with the hook, again and again beside the daemon."""
    rounds = scenario.effort.pick(3, 100)
    names = [f"{number}/note.md" for number in range(_NOTES)]
    prepare(scenario, names)
    with scenario.watch(words=("--quiet-period", "1ms")) as daemon:
        for turn in range(1, rounds + 1):
            for number, name in enumerate(names):
                scenario.save(name, 100 * turn + number, b"turn %d\n" % turn)
            by_hand = [refresh(scenario), refresh(scenario)]
            git(scenario.root, "commit", "-q", "-a", "-m", f"turn {turn}")
            codes = [one.wait() for one in by_hand]
            assert set(codes) <= {0, _CONFLICT}, codes
            for name in names:
                found = git(scenario.root, "show", f"HEAD:{name}")
                assert found == scenario.expected[name], f"{name} was committed as {found!r}"
        git(scenario.root, "fsck", "--no-progress")
        scenario.end(daemon)
    scenario.faults = rounds * _NOTES
    return f"daemon, two refreshes and the hook of a commit at once, {rounds} times {_NOTES} notes"


def prepare(scenario: Scenario, names: list[str]) -> None:
    """Make the vault a repository with the hook."""
    for number, name in enumerate(names):
        scenario.lay(name, number)
    git(scenario.root, "init", "-q")
    git(scenario.root, "add", ".")
    git(scenario.root, "commit", "-q", "-m", "all")
    command = [sys.executable, "-m", "vault_sync", "hook", "install"]
    subprocess.run(command, cwd=scenario.root, check=True, capture_output=True)


def refresh(scenario: Scenario) -> subprocess.Popen[bytes]:
    """Begin a refresh by hand."""
    command = [sys.executable, "-m", "vault_sync", "-q", "refresh", str(scenario.root)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
