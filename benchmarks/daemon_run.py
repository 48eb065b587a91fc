"""A daemon in a process of its own: started where every note is stale, and beside somebody who saves."""

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

from benchmarks.measuring import ChildFailedError
from benchmarks.vault import STALE_SINCE, write_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.comparison import Course

_QUIET: Final = 0.3
_CONFIG: Final = f"quiet-period: {_QUIET * 1000:.0f}ms\nmax-changes: 1000000\n"  # it would hold so many saves back
_BOX: Final = "❤1일복습여부: {}"
_FLAG: Final = '"1일차복습여부1,0": "{}"'
_STEP: Final = 0.001
_PATIENCE: Final = 600.0


@dataclass(frozen=True, slots=True)
class Life:
    """What a daemon did.

    Attributes:
        count: notes of its vault.
        start: seconds from its start until every note was true; all of them were stale.
        work: seconds of processor time that this took it.
        held: the memory that it held then, in bytes.
        saves: seconds from the end of the quiet period behind a save until the note was true, for
            each save, the least first.
    """

    count: int
    start: float
    work: float
    held: int
    saves: tuple[float, ...]

    @property
    def usual_save(self) -> float:
        """The median of the saves."""
        return median(self.saves)


def live(course: Course, count: int, saves: int) -> Life:
    """Start a daemon where every note is stale, then save one note again and again."""
    vault = Path(mkdtemp(prefix="living-", dir=course.folder))
    write_vault(vault, count, STALE_SINCE)
    (vault / ".vault-sync.yaml").write_text(_CONFIG, "utf-8")
    notes = sorted(vault.rglob("*.md"))
    begun = time.time()
    with _watch(course, vault) as daemon:
        for note in notes:
            daemon.wait_until(partial(_is_of_today, note))
        start = max(note.stat().st_ctime for note in notes) - begun  # the reading above took longer
        work, held = daemon.weigh()
        _save(notes[0], daemon)  # whatever it does once only is done then
        taken = sorted(_save(notes[0], daemon) for _ in range(saves))
    return Life(count, start, work, held, tuple(taken))


def _is_of_today(note: Path) -> bool:
    return f"오늘2: {datetime.now().astimezone():%Y/%m/%d}" in note.read_text("utf-8")


def _save(note: Path, daemon: _Daemon) -> float:
    """Tick a box, or take the tick away, and return how long it took behind the quiet period."""
    text = note.read_text("utf-8")
    old, new, flag = ("true", "false", 0) if _BOX.format("true") in text else ("false", "true", 1)
    note.write_text(text.replace(_BOX.format(old), _BOX.format(new)), "utf-8")
    due = note.stat().st_mtime_ns / 1e9 + _QUIET
    daemon.wait_until(lambda: _FLAG.format(flag) in note.read_text("utf-8"))
    return time.time() - due


@dataclass(frozen=True, slots=True)
class _Daemon:
    """A daemon at work, and the file that has what it said."""

    popen: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Return as soon as something has happened.

        Raises:
            ChildFailedError: the daemon has ended, or does not do its work.
        """
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text("utf-8")[-2000:]
                raise ChildFailedError(f"The daemon does not do its work. It said:\n{said}")
            time.sleep(_STEP)

    def weigh(self) -> tuple[float, int]:
        """Return the seconds of processor time that it took so far, and the bytes that it holds."""
        process = psutil.Process(self.popen.pid)
        spent = process.cpu_times()
        return spent.user + spent.system, process.memory_info().rss


@contextmanager
def _watch(course: Course, vault: Path) -> Iterator[_Daemon]:
    """Give a daemon that looks after a vault; it is stopped in the end."""
    command = [sys.executable, "-m", "vault_sync", "watch", str(vault)]
    log = vault.with_name(f"{vault.name}.log")
    with (
        log.open("wb") as stream,
        subprocess.Popen(command, env=course.environment(), stdout=stream, stderr=stream) as popen,
    ):
        try:
            yield _Daemon(popen, log)
        finally:
            popen.terminate()
