"""Kill -9 at every system call of a refresh, and every error at every system call."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.faults.bench import KILLED, NEW, Bench, open_bench
from tests.faults.report import Tally
from tests.faults.tracing import Call, need_strace, record_calls, run_traced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.faults.report import Effort

ERRORS: Final = (
    "ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS", "EXDEV", "EBUSY", "EMFILE", "EINTR", "ENOSYS",
    "EINVAL",
)  # fmt: skip
CHANGING: Final = frozenset(
    {"write", "fsync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"}
    | {"fchmod", "mkdir"}
)


def list_points(bench: Bench, trace: Path) -> list[Call]:
    """Return the calls of a run on the stale vault."""
    bench.lay()
    calls = record_calls(bench, trace)
    bench.lay()
    return calls


def harm(bench: Bench, call: Call, injection: str, *, is_careless: bool = False) -> int:
    """Run with one call made to fail or to kill, and return how the run ended."""
    inject = f"inject={call.name}:{injection}:when={call.number}"
    options = ["-e", f"trace={call.name}", "-e", inject, "-o", "/dev/null"]
    return run_traced(bench, options, is_careless=is_careless)


def kill_at_every_call(place: Path, effort: Effort) -> Tally:
    """Kill a refresh at each of its system calls."""
    need_strace()
    tally = Tally("kill −9 at every system call")
    ends: Counter[int] = Counter()
    with open_bench(place) as bench:
        calls = thin(list_points(bench, place / "trace"), effort.pick(24, 10**6))
        for call in calls:
            bench.lay()
            code = harm(bench, call, "signal=KILL")
            if code != KILLED:
                tally.accuse("wrong", f"{call}: it was not killed")
            ends[sum(note == NEW[name] for name, note in bench.read_notes().items())] += 1
            tally.faults += 1
            bench.examine(tally, f"killed at {call}", code)
    shown = ", ".join(f"{count} with {new} of 3 new" for new, count in sorted(ends.items()))
    tally.facts.append(f"notes right after the kill: {shown}")
    return tally


def fail_every_call(place: Path, effort: Effort) -> Tally:
    """Let each system call of a refresh fail with each error."""
    need_strace()
    tally = Tally("an error at every system call")
    codes: Counter[int] = Counter()
    with open_bench(place) as bench:
        calls = list_points(bench, place / "trace")
        points = [(call, error) for call in calls for error in ERRORS]
        for call, error in thin_points(points, effort.pick(40, 10**6)):
            bench.lay()
            code = harm(bench, call, f"error={error}")
            codes[code] += 1
            tally.faults += 1
            bench.examine(tally, f"{error} at {call}", code)
    shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    tally.facts.append(f"exit codes of the runs that met an error: {shown}")
    tally.facts.append(f"{len(calls)} calls of {len({call.name for call in calls})} kinds")
    return tally


def thin(calls: Sequence[Call], most: int) -> Sequence[Call]:
    """Return so many of the calls, those that change something first."""
    if len(calls) <= most:
        return calls
    changing = [call for call in calls if call.name in CHANGING]
    return changing[:: -(-len(changing) // most)]


def thin_points(points: Sequence[tuple[Call, str]], most: int) -> Sequence[tuple[Call, str]]:
    """Return so many of the faults, those at calls that change something first."""
    if len(points) <= most:
        return points
    changing = [point for point in points if point[0].name in CHANGING]
    return changing[:: -(-len(changing) // most)]
