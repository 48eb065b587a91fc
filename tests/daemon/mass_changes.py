"""Scenarios in which very much happens at once, so that the system's events are overrun or lag behind.

Each does its harm, sees that every note is right in the end, and returns a sentence with its figures.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from tests.daemon.real_daemon import render
from tests.faults.report import CannotRunError
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.daemon.scenario import Scenario

_QUEUE: Final = Path("/proc/sys/fs/inotify/max_queued_events")
_LONGEST_QUEUE: Final = 200_000
_CONFIG: Final = ["-c", "user.name=you", "-c", "user.email=you@example.org"]


def find_queue() -> int:
    """Return how many events the system keeps for us.

    Raises:
        CannotRunError: too many to overrun.
    """
    size = int(_QUEUE.read_text("ascii"))
    if size > _LONGEST_QUEUE:
        raise CannotRunError(f"the queue of {size} events is too long to be overrun")
    return size


def overrun_queue(root: Path) -> int:
    """Save two files that are no notes by turns, until no event can be added; return how often."""
    saves = find_queue() + 100
    for count in range(saves):
        (root / f"{count % 2}.txt").write_bytes(b"x")
    return saves


def lose_events(scenario: Scenario) -> str:
    """Overrun the queue of a daemon that stands still, make notes, and let it go on."""
    number = scenario.effort.pick(50, 20_000)
    with scenario.watch() as daemon:
        daemon.popen.send_signal(signal.SIGSTOP)
        saves = overrun_queue(scenario.root)
        for count in range(number):
            scenario.save(f"b/{count}.md", count)
        daemon.popen.send_signal(signal.SIGCONT)
        scenario.settle(daemon)
        wait_until(
            lambda: "Events were lost" in daemon.said(), scenario.patience, "It lost nothing."
        )
        scenario.end(daemon)
    scenario.faults = number
    return f"SIGSTOP, {saves:,} saves of other files, {number:,} new notes, SIGCONT"


def read_everything(scenario: Scenario) -> str:
    """Read all notes again and again while the daemon stands still, then save one of them."""
    number = scenario.effort.pick(300, 20_000)
    rounds = max(find_queue() // number + 1, scenario.effort.pick(1, 5))
    scenario.lay_many("b", number)
    with scenario.watch() as daemon:
        daemon.popen.send_signal(signal.SIGSTOP)
        for _ in range(rounds):
            subprocess.run(["grep", "-rq", "no such words", str(scenario.root)], check=False)
        scenario.save("b/00/0.md", 7_000_000)
        daemon.popen.send_signal(signal.SIGCONT)
        scenario.settle(daemon)
        assert "Events were lost" not in daemon.said(), "Readers have filled the queue."
        scenario.end(daemon)
    scenario.faults = rounds
    return f"{number:,} notes read {rounds} times while the daemon stood still, one save"


def git(folder: Path, *words: str) -> bytes:
    """Run git, which no setting of this machine reaches, and return what it prints."""
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *_CONFIG, *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_out(scenario: Scenario) -> str:
    """Check out two branches by turns that differ in every note."""
    number, rounds = scenario.effort.pick(150, 5000), scenario.effort.pick(1, 6)
    names = scenario.lay_many("b", number)
    git(scenario.root, "init", "-q", "-b", "zero")
    for branch in ("zero", "one"):
        if branch == "one":
            git(scenario.root, "checkout", "-q", "-b", "one")
        for count, name in enumerate(names):
            (scenario.root / name).write_bytes(render(find_seed(branch, count)))
        git(scenario.root, "add", ".")
        git(scenario.root, "commit", "-q", "-m", branch)
    with scenario.watch(haste=scenario.effort.pick(60, 1)) as daemon:
        for turn in range(rounds + 1):
            branch = ("one", "zero")[turn % 2]
            for count, name in enumerate(names):
                scenario.expect(name, find_seed(branch, count))
            # Derived lines that are not committed would make git refuse, as with any edit.
            git(scenario.root, "checkout", "-q", "-f", branch)
            scenario.settle(daemon)
        git(scenario.root, "fsck", "--no-progress")
        scenario.end(daemon)
    scenario.faults = rounds * number
    return f"git checkout of {number:,} notes, {rounds} times"


def find_seed(branch: str, count: int) -> int:
    """Return the seed of a note on a branch."""
    return (1_000_000 if branch == "one" else 0) + count


def move_a_folder(scenario: Scenario) -> str:
    """Rename a folder of many notes, move it out of the vault and in again, with edits each time."""
    number = scenario.effort.pick(100, 10_000)
    names = scenario.lay_many("b", number)
    outside = scenario.place / "outside"
    with scenario.watch() as daemon:
        (scenario.root / "b").rename(scenario.root / "c")
        scenario.expected.clear()
        for count, name in enumerate(names):
            scenario.save(f"c{name[1:]}", 1_000_000 + count)
        scenario.settle(daemon)
        (scenario.root / "c").rename(outside)
        for count, name in enumerate(names):
            (outside / name[2:]).write_bytes(render(2_000_000 + count))
        outside.rename(scenario.root / "d")
        scenario.expected.clear()
        for count, name in enumerate(names):
            scenario.expect(f"d{name[1:]}", 2_000_000 + count)
        scenario.end(daemon)
    scenario.faults = 3 * number
    return f"a folder of {number:,} notes renamed, moved out and in, each note changed each time"


def make_deep_folders(scenario: Scenario) -> str:
    """Make folders in folders, and a note in the deepest at once, many times."""
    scenario.faults = scenario.effort.pick(50, 1000)
    with scenario.watch() as daemon:
        for count in range(scenario.faults):
            scenario.save(f"{count}/deep/deeper/note.md", count)
        scenario.end(daemon)
    return f"mkdir -p and a note at once, {scenario.faults:,} times"


def rename_to_the_same(scenario: Scenario) -> str:
    """Rename notes to names that differ in case only, or in the form of their letters, with an edit."""
    with scenario.watch() as daemon:
        for seed, (old, new) in enumerate(
            (("Cell.md", "cell.md"), (normalize("NFC", "세포.md"), normalize("NFD", "세포.md")))
        ):
            scenario.save(old, seed)
            scenario.settle(daemon)
            (scenario.root / old).rename(scenario.root / new)
            del scenario.expected[old]
            scenario.save(new, 10 + seed)
            scenario.settle(daemon)
        scenario.end(daemon)
    scenario.faults = 2
    return "renames that change the case only, or NFC to NFD"


def storm(scenario: Scenario) -> str:
    """Add to one note and to a log beside it again and again, faster than the quiet period."""
    scenario.faults = scenario.effort.pick(300, 60_000)
    body = b"".join(b"line %d\n" % count for count in range(scenario.faults))
    scenario.save("note.md", 1, b"")
    with scenario.watch(words=("--quiet-period", "500ms")) as daemon:
        scenario.settle(daemon)
        note, log = scenario.root / "note.md", scenario.root / "growing.log"
        note.write_bytes(render(2, body=b""))
        for line in body.splitlines(keepends=True):
            with note.open("ab") as one, log.open("ab") as other:
                one.write(line)
                other.write(line)
            time.sleep(0.001)
        scenario.saves += scenario.faults
        scenario.expect("note.md", 2, body)
        scenario.end(daemon)
        written = daemon.health().refreshed
        assert written <= 2 + scenario.faults // 1000, f"It has written {written} times."
    return f"{scenario.faults:,} saves of one note and of a growing log, a thousand in a second; the note was refreshed {written - 1} times"
