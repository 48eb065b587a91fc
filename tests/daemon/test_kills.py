"""The daemon is killed at every system call of a write: the note is whole, and the next one tidies up."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from tests.daemon.real_daemon import (
    IS_LONG,
    LiveDaemon,
    await_fresh,
    is_fresh,
    linux_only,
    list_leftovers,
    make_vault,
    render,
    render_fresh,
    takes_long,
)
from tests.waiting import wait_until

pytestmark = [
    linux_only,
    takes_long,
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
]
# The calls that a write consists of, and up to which of them: the rest of a daemon's are the same.
CALLS: Final = {
    "openat": 40,
    "write": 15,
    "pwrite64": 5,
    "fsync": 12,
    "fdatasync": 5,
    "renameat2": 5,
    "rename": 5,
    "unlink": 5,
    "unlinkat": 8,
    "linkat": 5,
    "flock": 8,
    "fcntl": 20,
    "ftruncate": 5,
    "fchmod": 5,
    "close": 40,
    "read": 30,
    "lseek": 20,
}
SHORT: Final = (("write", 2), ("fsync", 1), ("renameat2", 1), ("unlink", 1), ("unlinkat", 1))


def can_trace() -> bool:
    command = ["strace", "-qq", "-o", "/dev/null", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class Killer:
    """strace, attached to a daemon, killing it at the n-th call of a kind."""

    def __init__(self, daemon: LiveDaemon, call: str, count: int) -> None:
        inject = f"inject={call}:signal=KILL:when={count}"
        command = ["strace", "-f", "-e", f"trace={call}", "-e", inject, "-e", "signal=none"]
        self.popen = subprocess.Popen(
            [*command, "-p", str(daemon.popen.pid), "-o", "/dev/null"], stderr=subprocess.PIPE
        )
        assert self.popen.stderr
        assert b"attached" in self.popen.stderr.readline()

    def leave(self) -> None:
        """Let go of the daemon; strace itself may hang on a thread that was killed as it began."""
        self.popen.send_signal(signal.SIGINT)
        try:
            self.popen.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.communicate()


def try_kill(root: Path, call: str, count: int, seed: int) -> bool:
    """Kill a daemon at a call while it writes, and say whether it came to that."""
    note = root / "note.md"
    old, new = render(seed), render_fresh(seed)
    with LiveDaemon(root) as daemon:
        await_fresh([note], daemon)
        killer = Killer(daemon, call, count)
        note.write_bytes(old)
        wait_until(lambda: is_killed(daemon) or is_settled(daemon, note))
        was_killed = is_killed(daemon)
        killer.leave()
        assert not was_killed or daemon.popen.wait(20) == -signal.SIGKILL
        assert note.read_bytes() in (old, new), (call, count, note.read_bytes())
    if was_killed:
        with LiveDaemon(root) as daemon:
            await_fresh([note], daemon)
            wait_until(lambda: not list_leftovers(root), what=f"{call} {count}: something is left")
            assert note.read_bytes() == new
            assert daemon.stop() == 0
    return was_killed


def is_killed(daemon: LiveDaemon) -> bool:
    """Say whether a daemon is dead, or as good as dead while strace still holds one of its threads."""
    try:
        facts = Path(f"/proc/{daemon.popen.pid}/stat").read_text("utf-8")
    except OSError:
        return True
    return daemon.popen.poll() is not None or facts.rpartition(")")[2].split()[0] == "Z"


def is_settled(daemon: LiveDaemon, note: Path) -> bool:
    """Say whether a write is over, to its last call: the journal has its end."""
    if not is_fresh(note):
        return False
    newest = max(daemon.state.journal.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_bytes().rstrip().rpartition(b"\n")[2].startswith(b'["done"')


def test_a_killed_daemon_leaves_whole_notes(tmp_path: Path, figures: list[str]) -> None:
    if not can_trace():
        pytest.skip("strace may not trace here")
    root = make_vault(tmp_path / "vault")
    (root / "note.md").write_bytes(render(0))
    killed: dict[str, int] = {}
    begun = time.monotonic()
    points = (
        [(call, count) for call, most in CALLS.items() for count in range(1, most + 1)]
        if IS_LONG
        else SHORT
    )
    exhausted: set[str] = set()
    for seed, (call, count) in enumerate(points, 1):
        if call in exhausted:
            continue
        if try_kill(root, call, count, seed):
            killed[call] = killed.get(call, 0) + 1
        elif IS_LONG:
            exhausted.add(call)
    assert killed.get("renameat2", 0) + killed.get("linkat", 0) > 0
    shown = ", ".join(f"{call} {number}" for call, number in killed.items())
    figures.append(
        f"killed at {sum(killed.values())} calls of a write ({shown}): every note old or new,"
        f" everything swept; {time.monotonic() - begun:.0f} s"
    )
