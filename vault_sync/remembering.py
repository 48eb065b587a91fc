"""Notes that had nothing to be written are not read again as long as nothing has changed.

What a refresh comes to depends on the note, its path, the rules and the circumstances of the run;
of the time it is the day alone that matters, or nothing is remembered.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync import __version__
from vault_sync.errors import StateError
from vault_sync.files.reading import glance
from vault_sync.report import NoteResult, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from vault_sync.files.folder import VaultFolder
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.planning import Found, RefreshPlanner
    from vault_sync.refresh import Planner
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.state.notecache import NoteCache

WORTHWHILE: Final = 100
"""For fewer notes, reading the cache would take longer than reading the notes."""
CACHE_NAME: Final = "refresh.json"
_TRUE: Final = 1
_UNGOVERNED: Final = 0


class RememberingPlanner(NamedTuple):
    """Plans notes as another planner does, but for those of which the outcome is known.

    Attributes:
        planner: plans the others.
        root: the vault.
        cache: of notes that were up to date, or that no rule governed.
    """

    planner: Planner
    root: VaultFolder
    cache: NoteCache

    def plan(self, path: str) -> Found:
        """Return what the other planner says, or said of this very version."""
        version = glance(self.root, path)
        known = self.cache.recall(path, version) if version else None
        if known is not None:
            return NoteResult(path, Status.UNCHANGED) if known == _TRUE else None
        found = self.planner.plan(path)
        if version and found is None:
            self.cache.remember(path, version, _UNGOVERNED)
        elif version and isinstance(found, NoteResult) and found.status is Status.UNCHANGED:
            self.cache.remember(path, version, _TRUE)
        return found


@contextmanager
def remember_notes(
    planner: RefreshPlanner, count: int, started: datetime
) -> Iterator[NoteCache | None]:
    """Give what earlier runs found out about notes, and keep it with what is added for later ones.

    Args:
        planner: plans the notes.
        count: how many notes are to be planned.
        started: the true present.

    Yields:
        The cache; None where it is not worth the while, or of no use with these rules.
    """
    if count < WORTHWHILE:
        yield None
        return
    from vault_sync.rules.steadiness import is_steady_all_day  # noqa: PLC0415 - for a quick start
    from vault_sync.state.folder import locate_state, open_state  # noqa: PLC0415 - the same
    from vault_sync.state.notecache import load_cache  # noqa: PLC0415 - the same

    if not is_steady_all_day(planner.rules):
        yield None
        return
    vault = Path(planner.root.path)
    file = locate_state(vault).caches / CACHE_NAME
    key = name_circumstances(planner.rules, planner.conditions)
    cache = load_cache(file, key, int(started.timestamp() * 1e9))
    yield cache
    with suppress(StateError):  # the next run has to read the notes again, which is all
        cache.save(open_state(vault).caches / CACHE_NAME)


def name_circumstances(rules: Sequence[RuleSet], conditions: Conditions) -> str:
    """Return a key that is another one where a note could come out otherwise."""
    import hashlib  # noqa: PLC0415 - for a quick start

    day, _ = conditions.ends_of_day()
    facts = [
        __version__,
        *(rule_set.source for rule_set in rules),
        day,
        conditions.timezone,
        conditions.day_starts_at,
        conditions.locale,
        conditions.clock,
        sorted(conditions.types.items()),
    ]
    return hashlib.sha256("\0".join(map(repr, facts)).encode("utf-8", "replace")).hexdigest()
