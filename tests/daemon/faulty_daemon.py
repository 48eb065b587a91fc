"""``vault-sync`` with a fault in it: ``python -m tests.daemon.faulty_daemon FAULT HASTE COMMAND...``.

A fault is one of `FAULTS`. What the daemon does seldom, it does so many times more often as HASTE says.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Final

from vault_sync.cli import run
from vault_sync.daemon import events, pauses, scheduler, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.events import FileSystemEvent

SLOWNESS: Final = 0.2


class UnexpectedError(Exception):
    """Something that nobody has thought of."""


def drop_events() -> None:
    """Let no event come through, without a word."""

    def ignore(_self: object, _event: FileSystemEvent) -> None: ...

    events._Handler.dispatch = ignore  # type: ignore[assignment]  # in this process only


def fail_on_events() -> None:
    """Fail over each event."""

    def fail(*_: object, **__: object) -> None:
        raise UnexpectedError

    events._Handler._send_path = fail  # type: ignore[method-assign]  # in this process only


def kill_event_thread() -> None:
    """Let the first event end the thread that brings it; all others are taken."""
    real = events._Handler.dispatch

    def die(_self: object, _event: FileSystemEvent) -> None:
        events._Handler.dispatch = real  # type: ignore[method-assign]  # as it was
        raise UnexpectedError

    events._Handler.dispatch = die  # type: ignore[assignment]  # in this process only


def sync_slowly() -> None:
    """Have a disk on which each sync takes long."""
    real = os.fsync

    def sync(fd: int) -> None:
        time.sleep(SLOWNESS)
        real(fd)

    os.fsync = sync  # type: ignore[assignment]  # in this process only


def have_no_fault() -> None:
    """Have no fault."""


SELDOM: Final = (
    (scheduler, "CHECK_EVERY"),
    (pauses, "CHECK_AGAIN"),
    (status, "_SHORTEST_INTERVAL"),
    (events, "_SHORTEST_POLL"),
)
"""What is done every so many seconds."""

SCANS: Final = ((scheduler, "_FIRST_SCANS"), (scheduler, "_LATE_EVENT"))
"""When all notes are looked at: it would make up for what is found otherwise, so it is for a daemon without events."""

FAULTS: Final[dict[str, Callable[[], None]]] = {
    "no-events": drop_events,
    "failing-events": fail_on_events,
    "dead-thread": kill_event_thread,
    "slow-disk": sync_slowly,
    "none": have_no_fault,
}


def make_haste(times: float, *, with_scans: bool) -> None:
    """Do often what is done seldom: so a test need not wait for an hour, or a minute."""
    for module, name in SELDOM + (SCANS if with_scans else ()):
        value = getattr(module, name)
        is_many = isinstance(value, tuple)
        setattr(module, name, tuple(one / times for one in value) if is_many else value / times)


def main(fault: str, haste: str, *words: str) -> int:
    """Be a faulty vault-sync."""
    make_haste(float(haste), with_scans=fault == "no-events")
    FAULTS[fault]()
    return run(list(words))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
