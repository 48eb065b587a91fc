"""Short writes, too few open files, too little memory."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.bench import open_bench
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.bench import Bench
    from tests.faults.report import Effort
    from tests.faults.victim import Order

_MEBIBYTE: Final = 1024 * 1024


def run_limited(bench: Bench, tally: Tally, cases: Iterable[tuple[str, Order]]) -> None:
    """Run under each limit, hold what comes of it against the oracles, and count the exit codes."""
    codes: Counter[int] = Counter()
    for case, order in cases:
        bench.lay()
        code = bench.run(order)
        codes[code] += 1
        tally.faults += 1
        bench.examine(tally, case, code)
    shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    tally.facts.append(f"exit codes: {shown}")


def write_little(place: Path, effort: Effort) -> Tally:
    """Let the system take few bytes at a time, or stop at each size of a file (RLIMIT_FSIZE)."""
    tally = Tally("short writes")
    with open_bench(place) as bench:
        few = [
            (f"{count} bytes at a time", bench.order(bytes_at_once=count))
            for count in range(1, effort.pick(3, 80))
        ]
        ends = [
            (f"no file over {size} bytes", bench.order(limits={"RLIMIT_FSIZE": size}))
            for size in range(0, 700, effort.pick(70, 1))
        ]
        run_limited(bench, tally, few + ends)
    return tally


def have_few_files(place: Path, effort: Effort) -> Tally:
    """Allow a process so many open files."""
    tally = Tally("too few open files")
    with open_bench(place) as bench:
        numbers = range(1, 20, effort.pick(2, 1))
        cases = [
            (f"{count} files", bench.order(limits={"RLIMIT_NOFILE": count})) for count in numbers
        ]
        run_limited(bench, tally, cases)
    return tally


def have_little_memory(place: Path, effort: Effort) -> Tally:
    """Allow a process some mebibytes more than it has."""
    tally = Tally("too little memory")
    with open_bench(place) as bench:
        own = read_memory(bench.server.pid)
        step = _MEBIBYTE // effort.pick(1, 4)
        # CPython waits for ever for a thread that had no memory to start in, so such a run is stopped.
        cases = [
            (
                f"{count // 1024} KiB more",
                bench.order(limits={"RLIMIT_AS": own + count}, jobs=8, patience=3),
            )
            for count in range(0, effort.pick(3, 20) * _MEBIBYTE, step)
        ]
        run_limited(bench, tally, cases)
    return tally


def read_memory(pid: int) -> int:
    """Return the address space of a process, in bytes.

    Raises:
        CannotRunError: this system does not tell.
    """
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[0]
    except OSError as error:
        raise CannotRunError("there is no /proc here") from error
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
