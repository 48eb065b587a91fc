"""Many notes change at once, in ways that outrun or blind the system's events: every one is refreshed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.daemon.kit import (
    IS_LONG,
    LiveDaemon,
    await_fresh,
    is_fresh,
    linux_only,
    list_leftovers,
    long_only,
    make_vault,
    render,
    render_fresh,
    scale,
    takes_long,
)
from tests.waiting import wait_until

pytestmark = [linux_only, takes_long]
_QUEUE: Final = Path("/proc/sys/fs/inotify/max_queued_events")
_CONFIG: Final = ["-c", "user.name=you", "-c", "user.email=you@example.org"]


def git(folder: Path, *words: str) -> None:
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *_CONFIG, *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@long_only
def test_20000_notes_that_came_while_it_was_stopped(tmp_path: Path, figures: list[str]) -> None:
    root = make_vault(tmp_path / "vault")
    (root / "b").mkdir()
    number = 20_000
    with LiveDaemon(root) as daemon:
        daemon.popen.send_signal(signal.SIGSTOP)
        notes = [root / f"b/{count}.md" for count in range(number)]
        for count, note in enumerate(notes):
            note.write_bytes(render(count))
        daemon.popen.send_signal(signal.SIGCONT)
        await_fresh(notes, daemon)
        said = daemon.said()
        assert daemon.stop() == 0
    is_short = int(_QUEUE.read_text("ascii")) < number
    assert "Events were lost" in said or not is_short
    figures.append(f"SIGSTOP, {number} notes created, SIGCONT: all refreshed; the queue ran over")


def has_user_namespaces() -> bool:
    script = "echo 20 >/proc/sys/user/max_inotify_watches"
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", script], capture_output=True, check=False)
    return done.returncode == 0


def test_a_limit_of_20_watches(tmp_path: Path, figures: list[str]) -> None:
    if not has_user_namespaces():
        pytest.skip("the system allows no user namespaces")
    root = make_vault(tmp_path / "vault")
    for number in range(50):
        (root / f"{number:02}").mkdir()
    script = 'echo 20 >/proc/sys/user/max_inotify_watches; exec "$@"'
    before = ("unshare", "-Ur", "sh", "-c", script, "sh")
    with LiveDaemon(root, before=before, watching=("degraded",)) as daemon:
        reason = daemon.health().reason
        assert "watches only some of the folders" in reason
        assert "max_user_watches" in reason
        notes = [root / f"{number:02}/note.md" for number in range(50)]
        for number, note in enumerate(notes):
            note.write_bytes(render(number))
        await_fresh(notes, daemon)
        (root / "50/deep").mkdir(parents=True)
        (root / "50/deep/note.md").write_bytes(render(7))
        await_fresh([root / "50/deep/note.md"], daemon)
        assert daemon.stop() == 0
    figures.append("20 watches for 51 folders: degraded, said so, all 51 notes refreshed")


def test_a_checkout_of_many_notes(tmp_path: Path, figures: list[str]) -> None:
    number, rounds = scale(150, 5000), scale(2, 6)
    root = make_vault(tmp_path / "vault")
    notes = [root / f"{count % 50:02}/{count}.md" for count in range(number)]
    git(root, "init", "-q", "-b", "zero")
    for branch, start in (("zero", 0), ("one", 1_000_000)):
        for count, note in enumerate(notes):
            note.parent.mkdir(exist_ok=True)
            note.write_bytes(render(start + count))
        if branch == "one":
            git(root, "checkout", "-q", "-b", "one")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", branch)
    with LiveDaemon(root) as daemon:
        await_fresh(notes, daemon)
        for turn in range(rounds):
            # Derived lines that are not committed would make git refuse, as with any edit.
            git(root, "checkout", "-q", "-f", ("zero", "one")[turn % 2])
            await_fresh(notes, daemon)
        assert [note.read_bytes() for note in notes] == [
            render_fresh((rounds - 1) % 2 * 1_000_000 + count) for count in range(number)
        ]
        git(root, "fsck", "--no-progress")
        assert daemon.stop() == 0
    assert not list_leftovers(root)
    figures.append(f"git checkout of {number} notes, {rounds} times: all refreshed each time")


@long_only
def test_a_vault_that_is_taken_away_and_brought_back(tmp_path: Path, figures: list[str]) -> None:
    root = make_vault(tmp_path / "vault")
    notes = [root / f"{count}.md" for count in range(2000)]
    for count, note in enumerate(notes):
        note.write_bytes(render_fresh(count))
    away = tmp_path / "away"
    with LiveDaemon(root) as daemon:
        for turn in (1, 2, 3):
            root.rename(away)
            # No event tells of that; it is the look of every minute that does.
            wait_until(lambda: daemon.health().state == "paused", 90)
            assert not root.exists()
            for count, note in enumerate(notes):
                (away / note.name).write_bytes(render(turn * 10_000 + count))
            away.rename(root)
            await_fresh(notes, daemon)
        wait_until(lambda: daemon.health().state == "watching", 90)
        assert daemon.stop() == 0
    figures.append(
        "a vault of 2,000 notes taken away, changed and brought back, 3 times: refreshed"
    )


@long_only
def test_it_keeps_still_while_nothing_happens(tmp_path: Path, figures: list[str]) -> None:
    import psutil  # noqa: PLC0415 - only the long form measures

    root = make_vault(tmp_path / "vault")
    for count in range(10_000):
        note = root / f"{count % 100:02}/{count}.md"
        note.parent.mkdir(exist_ok=True)
        note.write_bytes(render_fresh(count))
    with LiveDaemon(root) as daemon:
        process = psutil.Process(daemon.popen.pid)
        wait_until(lambda: daemon.health().notes == 10_000, 60)
        for name, seconds in (("the first 5 minutes", 300), ("the next 5", 300)):
            before = process.cpu_times()
            with pytest.raises(subprocess.TimeoutExpired):
                daemon.popen.wait(seconds)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            figures.append(
                f"idle, 10,000 notes, {name}: {used:.2f} s CPU = {used / seconds:.3%} of a core,"
                f" {process.memory_info().rss / 2**20:.0f} MB"
            )
        assert daemon.stop() == 0
    assert IS_LONG
    assert is_fresh(root / "00/0.md")
