"""The program of a helper (`vault_sync.helping.helpers`): it works through lists of notes, and writes none."""

from __future__ import annotations

import gc
import pickle
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from vault_sync.files import platform

if TYPE_CHECKING:
    from vault_sync.helping.helpers import Work

_COLLECT_AFTER: Final = 50_000  # new objects; the work makes many and leaves none behind


def main() -> None:
    """Learn the work, then do it with one list of notes after the other, until there is no more.

    The argument behind the path is where the work is learned: ``module:function``. What comes over
    standard input was written by the process that started this one.
    """
    platform.step_back()  # the process that writes goes first
    module, _, name = sys.argv[2].partition(":")
    learn = getattr(import_module(module), name)
    work: Work = learn(pickle.load(sys.stdin.buffer))  # noqa: S301 - see above
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    while True:
        try:
            paths = pickle.load(sys.stdin.buffer)  # noqa: S301 - see above
        except EOFError:
            return
        pickle.dump(work(paths), sys.stdout.buffer)
        sys.stdout.flush()
