"""What study notes tell is kept, so that a note is not read again as long as nothing has changed.

What a note tells depends on its text, its path, the rules and the circumstances of the run; of the
time it is the day alone that matters, or nothing is kept (`vault_sync.remembering` does the same
for a refresh).
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import StateError
from vault_sync.files.reading import glance
from vault_sync.formula.registry import Clock
from vault_sync.remembering import WORTHWHILE, name_circumstances
from vault_sync.state.folder import locate_state, open_state
from vault_sync.state.notecache import NoteCache, load_cache
from vault_sync.study.facts import StudyFacts
from vault_sync.study.loading import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.files.reading import Signature
    from vault_sync.study.factreader import FactReader, StudyRules
    from vault_sync.study.loading import FactLoader, Loader
    from vault_sync.workspace import Workspace

CACHE_NAME: Final = "study.json"
_NO_STUDY_NOTE: Final = 0


@dataclass(frozen=True, slots=True)
class RecallingLoader:
    """Loads what notes tell as another loader does, but for those of which it is known.

    Attributes:
        loader: loads the others.
        look: gives the signature of a note unread; None for a note that may be refused.
        cache: what notes told, and which were no study notes.
    """

    loader: Loader
    look: Callable[[str], Signature | None]
    cache: NoteCache

    def load(self, path: str) -> StudyFacts | Unread | None:
        """Return what the other loader says, or said of this very version."""
        version = self.look(path)
        if version is None:
            return self.loader.load(path)
        known = self.cache.recall(path, version)
        if known == _NO_STUDY_NOTE:
            return None
        if isinstance(known, list):
            with suppress(ValueError, TypeError):  # damaged, so it is found out again
                return StudyFacts.from_payload(known)
        found = self.loader.load(path)
        if not isinstance(found, Unread):
            self.cache.remember(path, version, found.to_payload() if found else _NO_STUDY_NOTE)
        return found


@contextmanager
def recall_facts(loader: FactLoader, count: int, workspace: Workspace) -> Iterator[Loader]:
    """Give a loader that recalls what notes told, from earlier runs and for later ones.

    Args:
        loader: reads the notes.
        count: how many notes are to be loaded.
        workspace: the vault; its clock is the true one.
    """
    if count < WORTHWHILE or not is_steady(loader.reader):
        yield loader
        return
    vault = Path(loader.root.path)
    started = workspace.moment(None)
    key = name_circumstances(loader.rules, loader.reader.conditions)
    file = locate_state(vault).caches / CACHE_NAME
    cache = load_cache(file, key, int(started.timestamp() * 1e9))
    yield RecallingLoader(loader, partial(glance, loader.root), cache)
    with suppress(StateError):  # the next run has to read the notes again, which is all
        cache.save(open_state(vault).caches / CACHE_NAME)


def is_steady(reader: FactReader) -> bool:
    """Say whether notes tell the same all day long: neither a filter nor a rate reads ``now()``."""
    return all(map(_is_steady, reader.rules))


def _is_steady(rules: StudyRules) -> bool:
    statements = rules.rules.admits.formulas if rules.rules.admits else ()
    asked = frozenset(name for statement in statements for name in statement.formulas)
    entries = [entry for entry in rules.rules.formulas if entry.name in asked]
    entries += rules.rating.formulas if rules.rating else ()
    clocks = {one.clock for one in statements} | {entry.clock for entry in entries}
    return Clock.INSTANT not in clocks
