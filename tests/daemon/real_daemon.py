"""A vault whose notes copy a seed, and a real daemon that looks after it.

The proofs have a short form for every day and a long one, which takes about half an hour:
``VAULT_SYNC_LONG=1 pytest tests/daemon``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import pytest

from tests.waiting import wait_until
from vault_sync.files.folder import is_leftover_name
from vault_sync.state.folder import BASE_VARIABLE, StateFolder, find_daemon, locate_state
from vault_sync.state.health import read_health

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.state.health import Health

ROOT: Final = Path(__file__).parent.parent.parent
IS_LONG: Final = bool(os.environ.get("VAULT_SYNC_LONG"))
PATIENCE: Final = 600.0 if IS_LONG else 60.0
CONFIG: Final = """\
profile: none
quiet-period: {quiet}
max-changes: 1000000
rules:
  - name: copies
    filters: seed
    missing: skip
    formulas:
      copy: '"<" + seed + ">"'
"""
_SEED: Final = b'---\nseed: "s%07d"\n'
SEED_PLACE: Final = len(b'---\nseed: "s')
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the faults are made as on Linux")
long_only = pytest.mark.skipif(not IS_LONG, reason="takes minutes; VAULT_SYNC_LONG=1 runs it")
takes_long = pytest.mark.timeout(1800 if IS_LONG else 120)


def scale(short: int, long: int) -> int:
    """Return how many, in the form that was asked for."""
    return long if IS_LONG else short


def make_vault(root: Path, quiet: str = "50ms") -> Path:
    root.mkdir(parents=True)
    (root / ".vault-sync.yaml").write_text(CONFIG.format(quiet=quiet), "utf-8")
    return root


def render(seed: int, copy: str = "", body: bytes = b"Text.\n") -> bytes:
    """Return a note; without a copy it is stale."""
    return _SEED % seed + f'copy: "{copy}"\n---\n'.encode() + body


def render_fresh(seed: int, body: bytes = b"Text.\n") -> bytes:
    """Return a note as the daemon leaves it."""
    return render(seed, f"<s{seed:07}>", body)


def is_fresh(note: Path) -> bool:
    """Say whether the copy of a note is that of its seed."""
    try:
        head = note.read_bytes().split(b"---\n")[1]
    except (OSError, IndexError):
        return False
    lines = dict(line.split(b": ", 1) for line in head.splitlines())
    return lines[b"copy"].strip(b'"') == b"<" + lines[b"seed"].strip(b'"') + b">"


def list_leftovers(root: Path) -> list[str]:
    return [name for _, _, names in os.walk(root) for name in names if is_leftover_name(name)]


@contextmanager
def state_in(folder: Path) -> Iterator[None]:
    """Let the state folders be elsewhere for a while."""
    before = os.environ.get(BASE_VARIABLE)
    os.environ[BASE_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[BASE_VARIABLE]
        if before is not None:
            os.environ[BASE_VARIABLE] = before


@dataclass(slots=True)
class LiveDaemon:
    """``vault-sync watch`` in a process of its own.

    Attributes:
        root: the vault.
        words: options of the command.
        before: a program that starts it, such as ``unshare``.
        watching: the states in which it is at work.
        program: the module that is run, with its arguments.
    """

    root: Path
    words: Sequence[str] = ()
    before: Sequence[str] = ()
    watching: Sequence[str] = ("watching",)
    program: Sequence[str] = ("vault_sync",)
    popen: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        log = self.root.with_name(f"{self.root.name}.log")
        command = [*self.before, sys.executable, "-m", *self.program, "watch", *self.words]
        with log.open("ab") as stream:
            self.popen = subprocess.Popen(
                [*command, str(self.root)], stdout=stream, stderr=stream, cwd=ROOT
            )
        wait_until(self.is_at_work, PATIENCE, "The daemon does not come up.")
        return self

    def __exit__(self, *_: object) -> None:
        self.popen.send_signal(signal.SIGCONT)
        self.popen.kill()
        self.popen.wait()

    @property
    def state(self) -> StateFolder:
        return locate_state(self.root)

    def is_at_work(self) -> bool:
        assert self.popen.poll() is None, self.said()
        health, holder = read_health(self.state), find_daemon(self.state)
        return bool(
            health and holder and health.pid == holder.pid and health.state in self.watching
        )

    def health(self) -> Health:
        told = read_health(self.state)
        assert told
        return told

    def said(self) -> str:
        return self.root.with_name(f"{self.root.name}.log").read_text("utf-8")

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(20)


def await_fresh(notes: Sequence[Path], daemon: LiveDaemon) -> None:
    """Wait until all notes are as the daemon leaves them."""
    waiting = list(notes)

    def are_fresh() -> bool:
        assert daemon.popen.poll() is None, daemon.said()[-2000:]
        while waiting and is_fresh(waiting[-1]):
            waiting.pop()
        return not waiting

    wait_until(are_fresh, PATIENCE, "Some notes are never refreshed.")
