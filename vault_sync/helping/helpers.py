"""Helpers: processes that read and plan notes for the one that writes them.

Each is a fresh Python, told in plain data what it needs to know: a fork of a process with threads
may hang. It must load nothing from the working folder, which may be a stranger's vault, so it is
started with ``-P`` (Python's "safe path"), as `multiprocessing` would not.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import vault_sync
from vault_sync.files import platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.planning import Found, RefreshPlanner

    Answer: TypeAlias = Callable[[], list[Found] | None]

_CODE = (
    "import sys; sys.path.append(sys.argv[1]); from vault_sync.helping.helper import main; main()"
)


class Helpers:
    """Some helpers, each with a thread that hands it work and takes its answers.

    Args:
        planner: they plan as it does.
        count: how many there are.

    Raises:
        OSError: no process can be started.
    """

    __slots__ = ("_all", "_executor", "_idle")

    def __init__(self, planner: RefreshPlanner, count: int) -> None:
        self._all: list[_Helper] = []
        self._idle: SimpleQueue[_Helper] = SimpleQueue()
        self._executor = ThreadPoolExecutor(count)
        lesson = _write_lesson(planner)
        try:
            for _ in range(count):
                self._all.append(_Helper(lesson))
                self._idle.put(self._all[-1])
        except OSError:
            self.dismiss()
            raise

    def ask(self, paths: list[str]) -> Answer:
        """Have notes planned.

        Returns:
            What waits for the plans and returns them in the order of the paths, or None where the
            helper has come to grief over them.
        """
        return self._executor.submit(self._ask_one, paths).result

    def _ask_one(self, paths: list[str]) -> list[Found] | None:
        helper = self._idle.get()
        try:
            return helper.ask(paths)
        finally:
            self._idle.put(helper)

    def dismiss(self) -> None:
        """Send the helpers home when they are done with what they have in hand."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        for helper in self._all:
            helper.dismiss()


class _Helper:
    """One process. It ends when its input does, so also when this process is killed."""

    __slots__ = ("_process",)

    def __init__(self, lesson: bytes) -> None:
        home = str(Path(vault_sync.__file__).parent.parent)
        self._process = subprocess.Popen(  # noqa: S603 - no shell, this very Python
            [sys.executable, "-P", "-c", _CODE, home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what goes wrong there is done here, and told then
            **platform.APART_FROM_TERMINAL,
        )
        self._send(lesson)

    def ask(self, paths: list[str]) -> list[Found] | None:
        if not self._send(pickle.dumps(paths)) or self._process.stdout is None:
            return None
        try:
            found: list[Found] = pickle.load(self._process.stdout)  # noqa: S301 - our own child wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return found

    def dismiss(self) -> None:
        self._process.communicate()

    def _send(self, data: bytes) -> bool:
        """Hand something over, and say whether there was somebody to take it."""
        try:
            if self._process.stdin:
                self._process.stdin.write(data)
                self._process.stdin.flush()
        except OSError:
            return False
        return True


def _write_lesson(planner: RefreshPlanner) -> bytes:
    """Return all that a planner plans by; see `vault_sync.helping.helper`."""
    conditions = planner.conditions.but()  # without what was remembered so far
    sources = [rules.source for rules in planner.rules]
    return pickle.dumps((planner.root.path, sources, conditions))
