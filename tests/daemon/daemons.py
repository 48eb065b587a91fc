"""A small vault, clocks that tests let run, and daemons in a thread or in a process of their own."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Self

import pytest

from vault_sync.daemon.loop import Daemon, WatchOptions
from vault_sync.daemon.queue import Clocks
from vault_sync.state.folder import open_state
from vault_sync.state.health import read_health
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vault_sync.daemon.batch_writer import BatchWriter
    from vault_sync.daemon.loop import Updater
    from vault_sync.daemon.queue import WatchEvent
    from vault_sync.daemon.scheduler import Scheduler

CONFIG: Final = """\
profile: none
quiet-period: {quiet}
{more}rules:
  - name: sums
    filters: 'count'
    missing: skip
    formulas:
      double: 'count * 2'
      day: 'today().format("YYYY-MM-DD")'
      at: 'now().format("YYYY-MM-DD HH:mm")'
"""
DEADLINE: Final = 60.0  # of a busy machine
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="signals and queues as on Linux")


def make_vault(root: Path, *, quiet: str = "200ms", more: str = "") -> Path:
    """Make a vault whose rules double a number and write the day down."""
    root.mkdir(parents=True)
    configure(root, quiet=quiet, more=more)
    return root


def configure(root: Path, *, quiet: str = "200ms", more: str = "") -> None:
    (root / ".vault-sync.yaml").write_text(CONFIG.format(quiet=quiet, more=more), "utf-8")


def render(count: int, double: object = "", day: str = "", at: str = "") -> str:
    """Return a note; what is not given is empty, so stale."""
    lines = [f"count: {count}", f"double: {double}", f"day: {day}", f"at: {at}"]
    return "---\n" + "".join(f"{line.rstrip()}\n" for line in lines) + "---\nText.\n"


def read_property(note: Path, name: str) -> str:
    for line in note.read_text("utf-8").split("---\n")[1].splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].strip().strip('"')
    return "(none)"


def is_refreshed(note: Path, count: int) -> bool:
    return read_property(note, "double") == str(2 * count)


def has_health(root: Path, state: str) -> bool:
    health = read_health(open_state(root))
    return health is not None and health.state == state


def await_that(is_so: Callable[[], object], why: Callable[[], object] = lambda: "") -> None:
    """Wait until something is so, and fail if it never is."""
    until = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < until, why()
        time.sleep(0.01)


@dataclass(slots=True)
class FakeClocks:
    """Clocks that go on only when they are told to. The notes of a test are long quiet for them.

    Attributes:
        start: the civil present at the beginning.
        machine: the zone of the machine.
    """

    start: datetime
    machine: tzinfo = UTC
    awake: float = 0.0
    asleep: float = 0.0
    set_by: float = 0.0
    base: float = field(default_factory=lambda: time.time() + 100_000)

    def as_clocks(self) -> Clocks:
        return Clocks(civil=self.civil, wall=self.wall, steady=lambda: self.awake)

    def civil(self, zone: tzinfo | None) -> datetime:
        passed = timedelta(seconds=self.awake + self.asleep + self.set_by)
        return (self.start.astimezone(UTC) + passed).astimezone(zone or self.machine)

    def wall(self) -> float:
        return self.base + self.awake + self.asleep + self.set_by


class SilentSource:
    """A source of changes that sends no event and can be relied on."""

    state = "watching"
    reason = ""

    def __init__(self) -> None:
        self.missing: list[str] = []

    def open(self, now: float) -> None: ...

    def close(self) -> None: ...

    def check(self, now: float) -> None: ...

    def renew(self, _now: float) -> bool:
        return False

    def find_poll_interval(self, _took: float) -> float | None:
        return None

    def report_missing(self, path: str, _now: float) -> None:
        self.missing.append(path)


@dataclass(slots=True)
class FakeTimeDaemon:
    """A daemon whose clocks a test lets run.

    Attributes:
        sends_own: its own writes come back as events.
    """

    root: Path
    clocks: FakeClocks
    source: SilentSource = field(default_factory=SilentSource)
    sends_own: bool = True
    is_first: bool = False
    previous_tick: datetime | None = None
    updaters: Sequence[Updater] = ()
    said: io.StringIO = field(default_factory=io.StringIO)
    daemon: Daemon = field(init=False)
    scheduler: Scheduler = field(init=False)

    def __post_init__(self) -> None:
        workspace = open_workspace(self.root, None)
        log = open_test_log(self.said)
        clocks = self.clocks.as_clocks()
        self.daemon = Daemon(workspace, WatchOptions(), log, self.updaters, clocks)
        self.scheduler = self.daemon._scheduler
        # It has all that is asked of one.
        self.daemon._source = self.scheduler.source = self.source  # type: ignore[assignment]  # see above
        self.scheduler.is_first = self.is_first
        self.scheduler.previous_tick = self.previous_tick
        self.tick()

    def send(self, event: WatchEvent) -> None:
        self.scheduler.take_event(event)

    def tick(self) -> None:
        """Let the daemon do what is due, and send the events of what it wrote."""
        self.daemon.tick()
        for path in [*self.writer.table._own] if self.sends_own else ():
            self.send(path)

    def find_state(self) -> str:
        """Return what the status file says that the daemon does."""
        return self.daemon._find_state()

    def find_reason(self) -> tuple[str, str]:
        return self.daemon._find_reason()

    @property
    def writer(self) -> BatchWriter:
        return self.daemon._writer

    def live(self, seconds: float) -> None:
        """Let the daemon work for some seconds of its clocks."""
        until = self.clocks.awake + seconds
        while True:
            self.tick()
            step = min(self.daemon._next_tick(), until) - self.clocks.awake
            if step <= 0 and until <= self.clocks.awake:
                return
            step = min(max(step, 0.01), 60.0)
            self.scheduler.check_gap(float("inf"))
            self.clocks.awake += step
            self.scheduler.check_gap(step)

    def sleep(self, seconds: float) -> None:
        """Let the computer sleep."""
        self.scheduler.check_gap(float("inf"))
        self.clocks.asleep += seconds
        self.scheduler.check_gap(0.0)

    def set_clock(self, seconds: float) -> None:
        """Let somebody set the clock."""
        self.scheduler.check_gap(float("inf"))
        self.clocks.set_by += seconds
        self.scheduler.check_gap(0.0)


def open_test_log(stream: io.StringIO) -> logging.Logger:
    log = logging.getLogger("vault_sync.daemon.test")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.handlers.clear()
    log.addHandler(logging.StreamHandler(stream))
    return log


@dataclass(slots=True)
class Running:
    """A daemon at work in a thread of this process."""

    daemon: Daemon
    said: io.StringIO
    log: logging.Logger

    def await_saying(self, words: str) -> None:
        await_that(lambda: words in self.said.getvalue(), self.said.getvalue)


@contextmanager
def run_daemon(root: Path, *updaters: Updater, is_polling: bool = False) -> Iterator[Running]:
    """Run a daemon with the real clock and real events."""
    said = io.StringIO()
    log = open_test_log(said)
    daemon = Daemon(open_workspace(root, None), WatchOptions(is_polling=is_polling), log, updaters)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            daemon.run()
        except BaseException as error:  # noqa: BLE001 - it is raised below
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    running = Running(daemon, said, log)
    try:
        await_that(lambda: " notes in " in said.getvalue() or failures, said.getvalue)
        yield running
    finally:
        daemon.stop()
        thread.join(DEADLINE)
        if failures:
            raise failures[0]


class Process:
    """``vault-sync watch`` in a process of its own."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.log = root.parent / f"{root.name}.log"
        with self.log.open("wb") as stream:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "vault_sync", "watch", str(root), *arguments],
                stderr=stream,
                stdout=stream,
                env=os.environ | {"PYTHONWARNINGS": "error"},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.popen.kill()
        self.popen.wait()

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def await_saying(self, words: str) -> None:
        await_that(lambda: words in self.said() or self.popen.poll() is not None, self.said)
        assert words in self.said(), self.said()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit code."""
        self.popen.send_signal(number)
        return self.popen.wait(DEADLINE)
