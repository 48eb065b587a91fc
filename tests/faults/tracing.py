"""System calls of a run by strace: listed, or one of them made to fail or to kill."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.faults.report import CannotRunError
from tests.faults.victim import BEGIN, END

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.bench import Bench

_FILE_CALLS: Final = "%file,%desc,getrandom"
_LINE: Final = re.compile(r"\d+ +(\w+)\((.*?)\)? += (-?\d+|\?)")
_MEMORY: Final = frozenset({"mmap", "execve"})


@dataclass(frozen=True, slots=True)
class Call:
    """A system call of a run.

    Attributes:
        name: of the call.
        number: among the calls of that name, since the run may go on.
        arguments: as strace writes them.
        result: what it returned.
    """

    name: str
    number: int
    arguments: str
    result: int

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


def need_strace() -> None:
    """Raise where strace is missing or may not trace.

    Raises:
        CannotRunError: says so.
    """
    if not shutil.which("strace"):
        raise CannotRunError("strace is not installed")
    command = ["strace", "-qq", "-o", "/dev/null", "true"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise CannotRunError("strace may not trace here")


def run_traced(bench: Bench, options: Iterable[str], *, is_careless: bool = False) -> int:
    """Refresh with strace attached, and return how that ended.

    A refresh with one job has one thread, in which it does all that it does with many.
    """
    bench.tell(bench.order(is_gated=True, is_careless=is_careless).render())
    process = int(bench.hear())
    tracer = subprocess.Popen(
        ["strace", *options, "-e", "signal=none", "-p", str(process)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert tracer.stderr
    assert b"attached" in tracer.stderr.readline()
    os.kill(process, signal.SIGUSR1)
    code = bench.end()
    tracer.communicate()
    return code


def record_calls(bench: Bench, trace: Path) -> list[Call]:
    """Return the calls about files of a refresh without a fault, in their order."""
    options = ["-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_FILE_CALLS}", "-o", str(trace)]
    assert run_traced(bench, options) == 0, bench.words()
    return parse_trace(trace.read_text("ascii"))


def parse_trace(trace: str) -> list[Call]:
    """Return the calls between the marks of the run's begin and end."""
    numbers, found, is_running = Counter[str](), [], False
    for line in trace.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        name, arguments, result = match.groups()
        if name == "access" and _spell(BEGIN) in arguments:
            is_running = True
        elif name == "access" and _spell(END) in arguments:
            break
        numbers[name] += 1
        if is_running and name not in _MEMORY:
            found.append(Call(name, numbers[name], arguments, _number(result)))
    return found[1:]


def _spell(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _number(result: str) -> int:
    return -1 if result == "?" else int(result)
