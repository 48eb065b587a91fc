"""The daemon in its two jobs: a vault on the morning of a new day, and a note that was just saved."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.vault import STALE_SINCE, write_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.contest import Course

_QUIET: Final = 0.3
_CONFIG: Final = f"quiet-period: {_QUIET * 1000:.0f}ms\n"
_BOX: Final = "❤1일복습여부: {}"
_FLAG: Final = '"1일차복습여부1,0": "{}"'
_STEP: Final = 0.001
_PATIENCE: Final = 600.0


@dataclass(frozen=True, slots=True)
class Life:
    """What a daemon did.

    Attributes:
        count: notes of its vault.
        morning: seconds from its start until every note was true that had been true yesterday.
        work: seconds of processor time that this took it.
        peak: the memory that it held then, in bytes.
        saves: seconds from the end of the quiet period behind a save until the note was true, for
            each save, the least first.
    """

    count: int
    morning: float
    work: float
    peak: int
    saves: tuple[float, ...]

    @property
    def usual_save(self) -> float:
        """The median of the saves."""
        return median(self.saves)


def live(course: Course, count: int, saves: int) -> Life:
    """Start a daemon where every note is a day behind, then save one note again and again.

    On the first look it does what it does when a day begins, and starts besides.
    """
    vault = Path(mkdtemp(prefix="living-", dir=course.folder))
    write_vault(vault, count, STALE_SINCE)
    (vault / ".vault-sync.yaml").write_text(_CONFIG, "utf-8")
    notes = sorted(vault.rglob("*.md"))
    begun = time.perf_counter()
    with _watch(course, vault) as daemon:
        for note in reversed(notes):  # it goes the other way, so this waits for the last one
            _await(partial(_is_of_today, note))
        morning = time.perf_counter() - begun
        spent = daemon.cpu_times()
        peak = daemon.memory_info().rss
        taken = sorted(_save(notes[0]) for _ in range(saves))
    return Life(count, morning, spent.user + spent.system, peak, tuple(taken))


def _is_of_today(note: Path) -> bool:
    return f"오늘2: {datetime.now().astimezone():%Y/%m/%d}" in note.read_text("utf-8")


def _save(note: Path) -> float:
    """Tick a box, or take the tick away, and return how long it took behind the quiet period."""
    text = note.read_text("utf-8")
    old, new, flag = ("true", "false", 0) if _BOX.format("true") in text else ("false", "true", 1)
    note.write_text(text.replace(_BOX.format(old), _BOX.format(new)), "utf-8")
    due = note.stat().st_mtime_ns / 1e9 + _QUIET
    _await(lambda: _FLAG.format(flag) in note.read_text("utf-8"))
    return time.time() - due


def _await(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("the daemon does not do its work")
        time.sleep(_STEP)


@contextmanager
def _watch(course: Course, vault: Path) -> Iterator[psutil.Process]:
    """Give the process of a daemon that looks after a vault; it is stopped in the end."""
    command = [sys.executable, "-m", "vault_sync", "watch", str(vault)]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=course.environment(), stdout=nothing, stderr=nothing
    ) as daemon:
        try:
            yield psutil.Process(daemon.pid)
        finally:
            daemon.terminate()
