"""Planning with help: the notes to come are planned while this process writes those before.

Planning is work for the processor, and one Python process keeps one of them busy. Whatever a helper
says of a note is held against the note again before it is replaced, as is what is planned here.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from vault_sync.files.folder import VaultFolder
from vault_sync.helping.processors import count_processors
from vault_sync.planning import Found, RefreshPlanner
from vault_sync.rules.ruleset import compile_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_sync.helping.helpers import Answer, Helpers, Work
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.sources import RuleSource

    Lesson: TypeAlias = tuple[str, list[RuleSource], Conditions]

LEAD: Final = 256
"""So many notes are planned without help: in that time a helper has hardly started."""
MOST: Final = 4
"""So many helpers at the most: one process that writes keeps up with no more."""
_CHUNK: Final = 32
_AHEAD: Final = 4
"""So many chunks for each helper: enough for the time in which the one that writes takes none."""
_LEARN: Final = "vault_sync.helping.planner:learn_to_plan"


class HelpedPlanner:
    """Plans notes as another planner does, and lets helpers plan those to come.

    A context manager: leaving it sends the helpers home.

    Args:
        planner: plans what no helper has planned.
        coming: the notes that will be asked for, in this order; others may be asked for in between.
        count: how many helpers there are.
    """

    __slots__ = ("_asked", "_coming", "_count", "_helpers", "_planned", "_planner", "_promised")

    def __init__(self, planner: RefreshPlanner, coming: Iterable[str], count: int) -> None:
        self._planner = planner
        self._coming = islice(coming, LEAD, None)
        self._count = count
        self._asked = 0
        self._promised: deque[tuple[list[str], Answer]] = deque()
        self._planned: dict[str, Found] = {}
        self._helpers: Helpers | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._helpers:
            self._helpers.dismiss()

    @property
    def root(self) -> VaultFolder:
        """The vault."""
        return self._planner.root

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, what else there is to tell of it, or None."""
        self._asked += 1
        if self._asked > LEAD and path not in self._planned:
            self._ask()
            self._take(path)
        return self._planned.pop(path) if path in self._planned else self._planner.plan(path)

    def _ask(self) -> None:
        """Keep every helper in work."""
        while len(self._promised) < _AHEAD * self._count:
            chunk = [*islice(self._coming, _CHUNK)]
            helpers = self._find_helpers() if chunk else None
            if helpers is None:
                return
            self._promised.append((chunk, helpers.ask(chunk)))

    def _take(self, path: str) -> None:
        """Take the answer that a note is part of, if there is one; those before it are too late."""
        while any(path in chunk for chunk, _ in self._promised):
            chunk, answer = self._promised.popleft()
            found = answer() if path in chunk else None
            if found:
                self._planned = dict(zip(chunk, found, strict=True))

    def _find_helpers(self) -> Helpers | None:
        """Return the helpers, None if there can be none."""
        if self._helpers is None:
            from vault_sync.helping.helpers import Helpers  # noqa: PLC0415 - processes take long to load

            try:
                self._helpers = Helpers(_LEARN, _write_lesson(self._planner), self._count)
            except OSError:
                self._count = 0
        return self._helpers


def _write_lesson(planner: RefreshPlanner) -> Lesson:
    return planner.root.path, [rules.source for rules in planner.rules], planner.conditions


def learn_to_plan(lesson: Lesson) -> Work:
    """Return what plans notes as the planner does that a lesson was written of."""
    root, sources, conditions = lesson
    compiled = (compile_rules(source, []) for source in sources)
    rules = [rules for rules in compiled if rules]
    planner = RefreshPlanner(VaultFolder(root), rules, conditions)
    return lambda paths: [planner.plan(path) for path in paths]


def count_helpers() -> int:
    """Return how many helpers this machine has processors for; 0 where it has but one."""
    processors = count_processors()
    return min(processors, MOST) if processors > 1 else 0
