"""Scenarios in which the daemon gets no events, its vault is taken away, or its disk is slow.

Each does its harm, sees that every note is right in the end, and returns a sentence with its figures.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from tests.daemon.faulty_daemon import SLOWNESS
from tests.daemon.real_daemon import list_leftovers, make_vault, render
from tests.faults.report import CannotRunError
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.daemon.real_daemon import LiveDaemon
    from tests.daemon.scenario import Scenario

_HASTE: Final = 60


def limit(name: str, number: int) -> tuple[str, ...]:
    """Return what starts a program in a user namespace with a limit of inotify.

    Raises:
        CannotRunError: there are no user namespaces here.
    """
    if not shutil.which("unshare"):
        raise CannotRunError("there is no unshare here")
    script = f"echo {number} >/proc/sys/user/{name}"
    before = ("unshare", "-Ur", "sh", "-c")
    done = subprocess.run([*before, script], capture_output=True, check=False)
    if done.returncode:
        raise CannotRunError("the system allows no user namespaces")
    return (*before, f'{script}; exec "$@"', "sh")


def find_haste(scenario: Scenario) -> float:
    """Return how many times more often a daemon does what it does every minute."""
    return scenario.effort.pick(_HASTE, 1)


def await_reason(scenario: Scenario, daemon: LiveDaemon, state: str, words: str) -> None:
    """Wait until the daemon says in which state it is, and why."""
    scenario.await_health(daemon, lambda health: health.state == state and words in health.reason)


def have_few_watches(scenario: Scenario) -> str:
    """Allow 20 watches for 51 folders; then more folders come."""
    for number in range(50):
        scenario.save(f"{number:02}/note.md", number)
    with scenario.watch(
        *limit("max_inotify_watches", 20), states=("degraded",), haste=find_haste(scenario)
    ) as daemon:
        await_reason(scenario, daemon, "degraded", "max_user_watches")
        scenario.settle(daemon)
        for number in range(50):
            scenario.save(f"{number:02}/note.md", 100 + number)
        scenario.save("50/deep/note.md", 7)
        scenario.settle(daemon)
        await_reason(scenario, daemon, "degraded", "watches only some of the folders")
        scenario.end(daemon)
    scenario.faults = 51
    return "20 watches for 53 folders: degraded, and said so"


def come_to_the_limit(scenario: Scenario) -> str:
    """Allow 20 watches, of which 11 are needed at first; then more folders come."""
    for number in range(10):
        scenario.save(f"{number:02}/note.md", number)
    with scenario.watch(*limit("max_inotify_watches", 20), haste=find_haste(scenario)) as daemon:
        scenario.settle(daemon)
        for number in range(10, 50):
            scenario.save(f"{number:02}/note.md", number)
        await_reason(scenario, daemon, "degraded", "max_user_watches")
        for number in range(50):
            scenario.save(f"{number:02}/note.md", 100 + number)
        scenario.end(daemon)
    scenario.faults = 40
    return "the limit of 20 watches reached by mkdir: degraded, and said so"


def have_no_instance(scenario: Scenario) -> str:
    """Allow no inotify instance at all."""
    scenario.save("a/note.md", 1)
    with scenario.watch(
        *limit("max_inotify_instances", 0), states=("polling",), haste=find_haste(scenario)
    ) as daemon:
        await_reason(scenario, daemon, "polling", "no events for this vault")
        scenario.settle(daemon)
        scenario.save("a/note.md", 2)
        scenario.save("b/note.md", 3)
        scenario.end(daemon)
    scenario.faults = 1
    return "no inotify instance: polling, and said so"


def fail_over_events(scenario: Scenario) -> str:
    """Fail over every single event."""
    scenario.faults = scenario.effort.pick(10, 200)
    with scenario.watch(fault="failing-events") as daemon:
        for number in range(scenario.faults):
            scenario.save(f"{number % 3}/note.md", number)
        scenario.settle(daemon)
        assert "Events were lost" in daemon.said()
        scenario.end(daemon)
    return f"an exception over each event of {scenario.faults} saves"


def lose_the_thread(scenario: Scenario) -> str:
    """End the thread that brings the events, by an exception in it."""
    scenario.save("a/note.md", 1)
    # In both forms: the first look at all notes might make up for it, and events be trusted no more.
    with scenario.watch(fault="dead-thread", haste=_HASTE) as daemon:
        scenario.settle(daemon)
        for number in range(2, 5):
            scenario.save("a/note.md", number)
            scenario.save(f"{number}/note.md", number)
            scenario.settle(daemon)
        assert "UnexpectedError" in daemon.said(), "No thread was lost."
        assert (daemon.health().state, daemon.health().reason) == ("watching", "")
        scenario.end(daemon)
    scenario.faults = 1
    return "the thread that brings events ended by an exception: begun anew"


def get_no_events(scenario: Scenario) -> str:
    """Let no event come, without a word."""
    scenario.save("a/note.md", 1)
    with scenario.watch(fault="no-events", haste=find_haste(scenario)) as daemon:
        scenario.settle(daemon)
        scenario.save("a/note.md", 2)
        scenario.save("b/note.md", 3)
        await_reason(scenario, daemon, "degraded", "Changes came without an event")
        scenario.settle(daemon)
        scenario.save("a/note.md", 4)
        scenario.end(daemon)
    scenario.faults = 3
    return "no event at all: found by the looks, degraded, and said so"


def take_the_vault_away(scenario: Scenario) -> str:
    """Rename the vault away and change its notes; in its place there is nothing, then an empty folder."""
    number, rounds = scenario.effort.pick(30, 2000), scenario.effort.pick(1, 4)
    names = scenario.lay_many("b", number)
    away = scenario.place / "away"
    with scenario.watch(haste=find_haste(scenario)) as daemon:
        for turn in range(rounds):
            scenario.root.rename(away)
            if turn % 2 == 0:
                scenario.root.mkdir()
                scenario.await_health(daemon, lambda health: health.notes == 0)
                scenario.root.rmdir()
            scenario.await_health(daemon, lambda health: health.paused_by == "vault")
            assert not scenario.root.exists()
            for count, name in enumerate(names):
                (away / name).write_bytes(render((turn + 1) * 10_000 + count))
                scenario.expect(name, (turn + 1) * 10_000 + count)
            away.rename(scenario.root)
            scenario.settle(daemon)
        scenario.await_health(daemon, lambda health: health.state == "watching")
        scenario.end(daemon)
    scenario.faults = rounds
    return f"a vault of {number:,} notes taken away, changed and brought back, {rounds} times"


def delete_the_vault(scenario: Scenario) -> str:
    """Delete the vault with all its notes, and make it anew with others."""
    rounds = scenario.effort.pick(1, 5)
    scenario.save("old.md", 1)
    with scenario.watch(haste=find_haste(scenario)) as daemon:
        scenario.settle(daemon)
        for turn in range(rounds):
            shutil.rmtree(scenario.root)
            scenario.await_health(daemon, lambda health: health.paused_by == "vault")
            scenario.expected.clear()
            make_vault(scenario.root, scenario.quiet)
            scenario.save(f"new/{turn}.md", turn)
            scenario.settle(daemon)
            scenario.await_health(daemon, lambda health: health.state == "watching")
        scenario.save("new/last.md", 7)
        scenario.end(daemon)
    assert not (scenario.root / "old.md").exists()
    scenario.faults = rounds
    return f"a vault deleted and made anew, {rounds} times"


def stop_on_a_slow_disk(scenario: Scenario) -> str:
    """Ask the daemon to stop while each sync takes long."""
    number = scenario.effort.pick(8, 100)
    for count in range(number):
        scenario.save(f"{count}.md", count)
    with scenario.watch(fault="slow-disk", states=("scanning", "watching")) as daemon:
        wait_until(lambda: list_leftovers(scenario.root), scenario.patience, "It writes nothing.")
        assert daemon.stop() == 0, daemon.said()
        assert daemon.health().state == "stopped"
    assert not list_leftovers(scenario.root)
    for name, new in scenario.expected.items():
        seed = int(name.removesuffix(".md"))
        assert (scenario.root / name).read_bytes() in (render(seed), new), name
    with scenario.watch() as daemon:
        scenario.end(daemon)
    scenario.faults = number
    return f"SIGTERM in the middle of {number} notes on a disk whose syncs take {SLOWNESS} s"


def save_slowly(scenario: Scenario) -> str:
    """Empty a note, keep it open, and write it to its end much later: nothing may be written meanwhile."""
    size = len(render(0))
    ends = range(0, scenario.effort.pick(size, size + 1), scenario.effort.pick(size // 2, 1))
    note = scenario.root / "note.md"
    with scenario.watch() as daemon:
        for seed, end in enumerate(ends):
            text = render(seed)
            with note.open("wb", buffering=0) as editor:
                editor.write(text[:end])
                inode = note.stat().st_ino
                watch_over_it(scenario, daemon, seed)
                assert note.read_bytes() == text[:end]
                assert note.stat().st_ino == inode
                editor.write(text[end:])
            scenario.expect("note.md", seed)
            scenario.settle(daemon)
        scenario.end(daemon)
    scenario.faults = len(ends)
    return (
        f"a note held open, written to one of {len(ends)} places, while the daemon writes another"
    )


def watch_over_it(scenario: Scenario, daemon: LiveDaemon, count: int) -> None:
    """Let the daemon refresh another note, so it has had its look at the one that is being saved."""
    scenario.expected.pop("note.md", None)
    for seed in (count, 1000 + count):
        scenario.save("other.md", seed)
        scenario.settle(daemon)
