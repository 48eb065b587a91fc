"""The program of a helper (`vault_sync.helping.helpers`): it reads and plans notes, and writes none."""

from __future__ import annotations

import gc
import pickle
import sys
from typing import Final

from vault_sync.files.folder import VaultFolder
from vault_sync.planning import RefreshPlanner
from vault_sync.rules.ruleset import compile_rules

_COLLECT_AFTER: Final = 50_000  # new objects; a plan makes many and leaves none behind


def main() -> None:
    """Learn what to plan by, then plan one list of notes after the other, until there is no more."""
    root, sources, conditions = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    compiled = (compile_rules(source, []) for source in sources)
    rules = [rules for rules in compiled if rules]
    planner = RefreshPlanner(VaultFolder(root), rules, conditions)
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    while True:
        try:
            paths = pickle.load(sys.stdin.buffer)  # noqa: S301 - the same
        except EOFError:
            return
        pickle.dump([planner.plan(path) for path in paths], sys.stdout.buffer)
        sys.stdout.flush()
