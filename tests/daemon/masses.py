"""Scenes in which very much happens at once, so that the system's events are overrun or lag behind.

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
    from tests.daemon.scene import Scene

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


def lose_events(scene: Scene) -> str:
    """Overrun the queue of a daemon that stands still, make notes, and let it go on."""
    number = scene.effort.pick(50, 20_000)
    with scene.watch() as daemon:
        daemon.popen.send_signal(signal.SIGSTOP)
        saves = overrun_queue(scene.root)
        for count in range(number):
            scene.save(f"b/{count}.md", count)
        daemon.popen.send_signal(signal.SIGCONT)
        scene.settle(daemon)
        wait_until(lambda: "Events were lost" in daemon.said(), scene.patience, "It lost nothing.")
        scene.end(daemon)
    scene.faults = number
    return f"SIGSTOP, {saves:,} saves of other files, {number:,} new notes, SIGCONT"


def read_everything(scene: Scene) -> str:
    """Read all notes again and again while the daemon stands still, then save one of them."""
    number = scene.effort.pick(300, 20_000)
    rounds = max(find_queue() // number + 1, scene.effort.pick(1, 5))
    scene.lay_many("b", number)
    with scene.watch() as daemon:
        daemon.popen.send_signal(signal.SIGSTOP)
        for _ in range(rounds):
            subprocess.run(["grep", "-rq", "no such words", str(scene.root)], check=False)
        scene.save("b/00/0.md", 7_000_000)
        daemon.popen.send_signal(signal.SIGCONT)
        scene.settle(daemon)
        assert "Events were lost" not in daemon.said(), "Readers have filled the queue."
        scene.end(daemon)
    scene.faults = rounds
    return f"{number:,} notes read {rounds} times while the daemon stood still, one save"


def git(folder: Path, *words: str) -> bytes:
    """Run git, which no setting of this machine reaches, and return what it prints."""
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *_CONFIG, *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_out(scene: Scene) -> str:
    """Check out two branches by turns that differ in every note."""
    number, rounds = scene.effort.pick(150, 5000), scene.effort.pick(1, 6)
    names = scene.lay_many("b", number)
    git(scene.root, "init", "-q", "-b", "zero")
    for branch in ("zero", "one"):
        if branch == "one":
            git(scene.root, "checkout", "-q", "-b", "one")
        for count, name in enumerate(names):
            (scene.root / name).write_bytes(render(find_seed(branch, count)))
        git(scene.root, "add", ".")
        git(scene.root, "commit", "-q", "-m", branch)
    with scene.watch(haste=scene.effort.pick(60, 1)) as daemon:
        for turn in range(rounds + 1):
            branch = ("one", "zero")[turn % 2]
            for count, name in enumerate(names):
                scene.expect(name, find_seed(branch, count))
            # Derived lines that are not committed would make git refuse, as with any edit.
            git(scene.root, "checkout", "-q", "-f", branch)
            scene.settle(daemon)
        git(scene.root, "fsck", "--no-progress")
        scene.end(daemon)
    scene.faults = rounds * number
    return f"git checkout of {number:,} notes, {rounds} times"


def find_seed(branch: str, count: int) -> int:
    """Return the seed of a note on a branch."""
    return (1_000_000 if branch == "one" else 0) + count


def move_a_folder(scene: Scene) -> str:
    """Rename a folder of many notes, move it out of the vault and in again, with edits each time."""
    number = scene.effort.pick(100, 10_000)
    names = scene.lay_many("b", number)
    outside = scene.place / "outside"
    with scene.watch() as daemon:
        (scene.root / "b").rename(scene.root / "c")
        scene.expected.clear()
        for count, name in enumerate(names):
            scene.save(f"c{name[1:]}", 1_000_000 + count)
        scene.settle(daemon)
        (scene.root / "c").rename(outside)
        for count, name in enumerate(names):
            (outside / name[2:]).write_bytes(render(2_000_000 + count))
        outside.rename(scene.root / "d")
        scene.expected.clear()
        for count, name in enumerate(names):
            scene.expect(f"d{name[1:]}", 2_000_000 + count)
        scene.end(daemon)
    scene.faults = 3 * number
    return f"a folder of {number:,} notes renamed, moved out and in, each note changed each time"


def make_deep_folders(scene: Scene) -> str:
    """Make folders in folders, and a note in the deepest at once, many times."""
    scene.faults = scene.effort.pick(50, 1000)
    with scene.watch() as daemon:
        for count in range(scene.faults):
            scene.save(f"{count}/deep/deeper/note.md", count)
        scene.end(daemon)
    return f"mkdir -p and a note at once, {scene.faults:,} times"


def rename_to_the_same(scene: Scene) -> str:
    """Rename notes to names that differ in case only, or in the form of their letters, with an edit."""
    with scene.watch() as daemon:
        for seed, (old, new) in enumerate(
            (("Cell.md", "cell.md"), (normalize("NFC", "세포.md"), normalize("NFD", "세포.md")))
        ):
            scene.save(old, seed)
            scene.settle(daemon)
            (scene.root / old).rename(scene.root / new)
            del scene.expected[old]
            scene.save(new, 10 + seed)
            scene.settle(daemon)
        scene.end(daemon)
    scene.faults = 2
    return "renames that change the case only, or NFC to NFD"


def storm(scene: Scene) -> str:
    """Add to one note and to a log beside it again and again, faster than the quiet period."""
    scene.faults = scene.effort.pick(300, 60_000)
    body = b"".join(b"line %d\n" % count for count in range(scene.faults))
    scene.save("note.md", 1, b"")
    with scene.watch(words=("--quiet-period", "500ms")) as daemon:
        scene.settle(daemon)
        note, log = scene.root / "note.md", scene.root / "growing.log"
        note.write_bytes(render(2, body=b""))
        for line in body.splitlines(keepends=True):
            with note.open("ab") as one, log.open("ab") as other:
                one.write(line)
                other.write(line)
            time.sleep(0.001)
        scene.saves += scene.faults
        scene.expect("note.md", 2, body)
        scene.end(daemon)
        written = daemon.health().refreshed
        assert written <= 2 + scene.faults // 1000, f"It has written {written} times."
    return f"{scene.faults:,} saves of one note and of a growing log, a thousand in a second; the note was refreshed {written - 1} times"
