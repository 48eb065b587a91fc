"""Helpers: processes that read notes and work on them for the one that called them.

Each is a fresh Python, told in plain data what it needs to know: a fork of a process with threads
may hang. It must load nothing from the working folder, which may be a stranger's vault, so it is
started with ``-P`` (Python's "safe path"), as `multiprocessing` would not.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import vault_sync
from vault_sync.files import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Work: TypeAlias = Callable[[list[str]], list[Any]]
    Answer: TypeAlias = Callable[[], list[Any] | None]

AHEAD: Final = 2
"""So many lists are handed out for each helper, so that none has to wait for the next."""
_CODE: Final = (
    "import sys; sys.path.append(sys.argv[1]); from vault_sync.helping.helper import main; main()"
)


class Helpers:
    """Some helpers, each with a thread that hands it work and takes its answers.

    A context manager: leaving it sends them home.

    Args:
        learn: where they learn their work, as ``module:function``. The function takes the lesson
            and returns what makes one result of each path.
        lesson: all that they have to know, fit to be pickled.
        count: how many there are.

    Raises:
        OSError: no process can be started.
    """

    __slots__ = ("_all", "_executor", "_idle")

    def __init__(self, learn: str, lesson: object, count: int) -> None:
        self._all: list[_Helper] = []
        self._idle: SimpleQueue[_Helper] = SimpleQueue()
        self._executor = ThreadPoolExecutor(count)
        data = pickle.dumps(lesson)
        try:
            for _ in range(count):
                self._all.append(_Helper(learn, data))
                self._idle.put(self._all[-1])
        except OSError:
            self.dismiss()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def ask(self, paths: list[str]) -> Answer:
        """Have some notes worked on.

        Returns:
            What waits for the results and returns them in the order of the paths, or None where the
            helper has come to grief over them.
        """
        return self._executor.submit(self._ask_one, paths).result

    def share(self, lists: Iterable[list[str]], work: Work) -> Iterator[Any]:
        """Yield the result of every path, in their order.

        Args:
            lists: the paths, in lists of some.
            work: does what a helper could not.
        """
        promised: deque[tuple[list[str], Answer]] = deque()
        for paths in lists:
            promised.append((paths, self.ask(paths)))
            if len(promised) > AHEAD * len(self._all):
                yield from _redeem(*promised.popleft(), work)
        while promised:
            yield from _redeem(*promised.popleft(), work)

    def _ask_one(self, paths: list[str]) -> list[Any] | None:
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


def _redeem(paths: list[str], answer: Answer, work: Work) -> list[Any]:
    found = answer()
    return work(paths) if found is None else found


class _Helper:
    """One process. It ends when its input does, so also when this process is killed."""

    __slots__ = ("_process",)

    def __init__(self, learn: str, lesson: bytes) -> None:
        home = str(Path(vault_sync.__file__).parent.parent)
        self._process = subprocess.Popen(  # noqa: S603 - no shell, this very Python
            [sys.executable, "-P", "-c", _CODE, home, learn],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what goes wrong there is done here, and told then
            **platform.APART_FROM_TERMINAL,
        )
        self._send(lesson)

    def ask(self, paths: list[str]) -> list[Any] | None:
        if not self._send(pickle.dumps(paths)) or self._process.stdout is None:
            return None
        try:
            found: list[Any] = pickle.load(self._process.stdout)  # noqa: S301 - our own child wrote it
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
