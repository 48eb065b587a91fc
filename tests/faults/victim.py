"""Runs of vault-sync to do harm to: ``python -m tests.faults.victim VAULT`` forks one for each line it reads.

Everything is imported and has run once, so that a run's system calls are those of its work. A line
is a JSON object, see `Order`. If it is gated, the fork says its number on stdout and waits for a
signal; its end comes as a line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from vault_sync.cli import run
from vault_sync.engine import caching_planner as index_planner

BEGIN: Final = "the run begins"
END: Final = "the run ends"
_LAST_RESORT: Final = 99


@dataclass(frozen=True, slots=True)
class Order:
    """A run.

    Attributes:
        arguments: of the command line.
        said: the file in which what it says can be read afterwards.
        is_gated: whether it waits for a signal (USR1) before it works.
        limits: of resources, by their names in the module `resource`.
        bytes_at_once: the most that a write takes; 0 for no bound.
        is_careless: whether it syncs nothing, to see what is found then.
        patience: seconds after which it is stopped.
    """

    arguments: list[str]
    said: str
    is_gated: bool = False
    limits: dict[str, int] = field(default_factory=dict)
    bytes_at_once: int = 0
    is_careless: bool = False
    patience: int = 60

    def render(self) -> bytes:
        """Return the line that orders it."""
        return json.dumps(asdict(self)).encode() + b"\n"


def obey(order: Order, said: int) -> NoReturn:
    """Run the command line in this process, which ends with it."""
    if order.bytes_at_once:
        real = os.write
        os.write = lambda file, data: real(file, bytes(data)[: order.bytes_at_once])
    if order.is_careless:
        os.fsync = lambda fd: None  # noqa: ARG005 - its name counts
    if order.is_gated:
        # Waiting for a signal is no call about files, so it is not among those that are counted.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        os.write(1, b"%d\n" % os.getpid())
        signal.sigwait({signal.SIGUSR1})
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout = os.fdopen(os.dup(said), "w", encoding="utf-8")
    sys.stderr = os.fdopen(os.dup(said), "w", encoding="utf-8")
    for name, value in order.limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    os.access(BEGIN, 0)
    code = run(order.arguments)
    os.access(END, 0)
    sys.stderr.flush()
    os._exit(code)


def fork(order: Order) -> int:
    """Run in a process of its own; return how that ended: an exit code, or minus a signal."""
    reader, said = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(order.patience)
        try:
            obey(order, said)
        except BaseException:  # noqa: BLE001 - told, not hidden
            os.write(said, traceback.format_exc().encode())
        finally:
            os._exit(_LAST_RESORT)
    os.close(said)
    with os.fdopen(reader, "rb") as words:
        Path(order.said).write_bytes(words.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def read_line() -> bytes:
    """Return the next line; nothing behind it is taken, as that is for the fork."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return b""
        line += byte
    return line


def main(vault: str) -> None:
    """Warm up on a vault, then fork for each line."""
    # The index of a vault of three notes is read too, so that its damage matters.
    index_planner.WORTHWHILE = 0  # type: ignore[misc]  # in this process only
    out = os.dup(1)
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    run(["--vault", vault, "refresh", vault])
    run(["--vault", vault, "undo"])
    run(["--vault", vault, "undo", "a-run-that-never-was"])
    run(["--vault", vault, "refresh", "--check", vault])
    os.write(out, b"warm\n")
    while line := read_line():
        code = fork(Order(**json.loads(line)))
        os.write(out, json.dumps({"code": code}).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
