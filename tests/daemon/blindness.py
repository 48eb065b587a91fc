"""Scenes in which the daemon is blinded, its vault is taken away, or its disk is slow.

Each does its harm, sees that every note is right in the end, and returns a sentence with its figures.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from tests.daemon.faulty import SLOWNESS
from tests.daemon.real_daemon import list_leftovers, make_vault, render
from tests.faults.report import CannotRunError
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.daemon.real_daemon import LiveDaemon
    from tests.daemon.scene import Scene

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


def find_haste(scene: Scene) -> float:
    """Return how many times more often a daemon does what it does every minute."""
    return scene.effort.pick(_HASTE, 1)


def await_reason(scene: Scene, daemon: LiveDaemon, state: str, words: str) -> None:
    """Wait until the daemon says in which state it is, and why."""
    scene.await_health(daemon, lambda health: health.state == state and words in health.reason)


def have_few_watches(scene: Scene) -> str:
    """Allow 20 watches for 51 folders; then more folders come."""
    for number in range(50):
        scene.save(f"{number:02}/note.md", number)
    with scene.watch(
        *limit("max_inotify_watches", 20), states=("degraded",), haste=find_haste(scene)
    ) as daemon:
        await_reason(scene, daemon, "degraded", "max_user_watches")
        scene.settle(daemon)
        for number in range(50):
            scene.save(f"{number:02}/note.md", 100 + number)
        scene.save("50/deep/note.md", 7)
        scene.settle(daemon)
        await_reason(scene, daemon, "degraded", "watches only some of the folders")
        scene.end(daemon)
    scene.faults = 51
    return "20 watches for 53 folders: degraded, and said so"


def come_to_the_limit(scene: Scene) -> str:
    """Allow 20 watches, of which 11 are needed at first; then more folders come."""
    for number in range(10):
        scene.save(f"{number:02}/note.md", number)
    with scene.watch(*limit("max_inotify_watches", 20), haste=find_haste(scene)) as daemon:
        scene.settle(daemon)
        for number in range(10, 50):
            scene.save(f"{number:02}/note.md", number)
        await_reason(scene, daemon, "degraded", "max_user_watches")
        for number in range(50):
            scene.save(f"{number:02}/note.md", 100 + number)
        scene.end(daemon)
    scene.faults = 40
    return "the limit of 20 watches reached by mkdir: degraded, and said so"


def have_no_instance(scene: Scene) -> str:
    """Allow no inotify instance at all."""
    scene.save("a/note.md", 1)
    with scene.watch(
        *limit("max_inotify_instances", 0), states=("polling",), haste=find_haste(scene)
    ) as daemon:
        await_reason(scene, daemon, "polling", "no events for this vault")
        scene.settle(daemon)
        scene.save("a/note.md", 2)
        scene.save("b/note.md", 3)
        scene.end(daemon)
    scene.faults = 1
    return "no inotify instance: polling, and said so"


def fail_over_events(scene: Scene) -> str:
    """Fail over every single event."""
    scene.faults = scene.effort.pick(10, 200)
    with scene.watch(fault="clumsy") as daemon:
        for number in range(scene.faults):
            scene.save(f"{number % 3}/note.md", number)
        scene.settle(daemon)
        assert "Events were lost" in daemon.said()
        scene.end(daemon)
    return f"an exception over each event of {scene.faults} saves"


def lose_the_thread(scene: Scene) -> str:
    """End the thread that brings the events, by an exception in it."""
    scene.save("a/note.md", 1)
    # In both forms: the first look at all notes might make up for it, and events be trusted no more.
    with scene.watch(fault="broken", haste=_HASTE) as daemon:
        scene.settle(daemon)
        for number in range(2, 5):
            scene.save("a/note.md", number)
            scene.save(f"{number}/note.md", number)
            scene.settle(daemon)
        assert "UnexpectedError" in daemon.said(), "No thread was lost."
        assert (daemon.health().state, daemon.health().reason) == ("watching", "")
        scene.end(daemon)
    scene.faults = 1
    return "the thread that brings events ended by an exception: begun anew"


def hear_nothing(scene: Scene) -> str:
    """Let no event come, and nobody say so."""
    scene.save("a/note.md", 1)
    with scene.watch(fault="deaf", haste=find_haste(scene)) as daemon:
        scene.settle(daemon)
        scene.save("a/note.md", 2)
        scene.save("b/note.md", 3)
        await_reason(scene, daemon, "degraded", "Changes came without an event")
        scene.settle(daemon)
        scene.save("a/note.md", 4)
        scene.end(daemon)
    scene.faults = 3
    return "no event at all: found by the looks, degraded, and said so"


def take_the_vault_away(scene: Scene) -> str:
    """Rename the vault away and change its notes; in its place there is nothing, then an empty folder."""
    number, rounds = scene.effort.pick(30, 2000), scene.effort.pick(1, 4)
    names = scene.lay_many("b", number)
    away = scene.place / "away"
    with scene.watch(haste=find_haste(scene)) as daemon:
        for turn in range(rounds):
            scene.root.rename(away)
            if turn % 2 == 0:
                scene.root.mkdir()
                scene.await_health(daemon, lambda health: health.notes == 0)
                scene.root.rmdir()
            scene.await_health(daemon, lambda health: health.paused_by == "vault")
            assert not scene.root.exists()
            for count, name in enumerate(names):
                (away / name).write_bytes(render((turn + 1) * 10_000 + count))
                scene.expect(name, (turn + 1) * 10_000 + count)
            away.rename(scene.root)
            scene.settle(daemon)
        scene.await_health(daemon, lambda health: health.state == "watching")
        scene.end(daemon)
    scene.faults = rounds
    return f"a vault of {number:,} notes taken away, changed and brought back, {rounds} times"


def delete_the_vault(scene: Scene) -> str:
    """Delete the vault with all its notes, and make it anew with others."""
    rounds = scene.effort.pick(1, 5)
    scene.save("old.md", 1)
    with scene.watch(haste=find_haste(scene)) as daemon:
        scene.settle(daemon)
        for turn in range(rounds):
            shutil.rmtree(scene.root)
            scene.await_health(daemon, lambda health: health.paused_by == "vault")
            scene.expected.clear()
            make_vault(scene.root, scene.quiet)
            scene.save(f"new/{turn}.md", turn)
            scene.settle(daemon)
            scene.await_health(daemon, lambda health: health.state == "watching")
        scene.save("new/last.md", 7)
        scene.end(daemon)
    assert not (scene.root / "old.md").exists()
    scene.faults = rounds
    return f"a vault deleted and made anew, {rounds} times"


def stop_on_a_slow_disk(scene: Scene) -> str:
    """Ask the daemon to stop while each sync takes long."""
    number = scene.effort.pick(8, 100)
    for count in range(number):
        scene.save(f"{count}.md", count)
    with scene.watch(fault="slow", states=("scanning", "watching")) as daemon:
        wait_until(lambda: list_leftovers(scene.root), scene.patience, "It writes nothing.")
        assert daemon.stop() == 0, daemon.said()
        assert daemon.health().state == "stopped"
    assert not list_leftovers(scene.root)
    for name, new in scene.expected.items():
        seed = int(name.removesuffix(".md"))
        assert (scene.root / name).read_bytes() in (render(seed), new), name
    with scene.watch() as daemon:
        scene.end(daemon)
    scene.faults = number
    return f"SIGTERM in the middle of {number} notes on a disk whose syncs take {SLOWNESS} s"


def save_slowly(scene: Scene) -> str:
    """Empty a note, keep it open, and write it to its end much later: nothing may be written meanwhile."""
    size = len(render(0))
    ends = range(0, scene.effort.pick(size, size + 1), scene.effort.pick(size // 2, 1))
    note = scene.root / "note.md"
    with scene.watch() as daemon:
        for seed, end in enumerate(ends):
            text = render(seed)
            with note.open("wb", buffering=0) as editor:
                editor.write(text[:end])
                inode = note.stat().st_ino
                watch_over_it(scene, daemon, seed)
                assert note.read_bytes() == text[:end]
                assert note.stat().st_ino == inode
                editor.write(text[end:])
            scene.expect("note.md", seed)
            scene.settle(daemon)
        scene.end(daemon)
    scene.faults = len(ends)
    return (
        f"a note held open, written to one of {len(ends)} places, while the daemon writes another"
    )


def watch_over_it(scene: Scene, daemon: LiveDaemon, count: int) -> None:
    """Let the daemon refresh another note, so it has had its look at the one that is being saved."""
    scene.expected.pop("note.md", None)
    for seed in (count, 1000 + count):
        scene.save("other.md", seed)
        scene.settle(daemon)
