"""The truth behind the events: what every note looks like to the file system, and what has changed.

A look is cheap: no note is opened. It tells versions of a note apart unless two of them were
written within one tick of the file system's clock, so a look at a note that has just been written is
not relied on (as with git's index, git documentation, "racy-git").
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.files.leftovers import is_leftover_name
from vault_sync.selection import Selection
from vault_sync.vault.vault import Vault, list_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_sync.files.reading import Signature

Look: TypeAlias = tuple[int, int, int, int]
"""The time of the last write, that of the last change of any kind (both in nanoseconds), size, inode."""

_SECOND: Final = 1_000_000_000
_COARSEST_CLOCK: Final = 2.0  # of FAT, in seconds


def look_at(root: str, path: str) -> Look | None:
    """Return what a note looks like; None where no plain file bears this name.

    Args:
        root: the folder of the vault.
        path: of the note, in the vault.
    """
    try:
        facts = os.lstat(f"{root}/{path}")
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


def as_look(signature: Signature) -> Look:
    """Return the look of a version that was read."""
    return signature.mtime_ns, signature.ctime_ns, signature.size, signature.inode


def find_age(look: Look, wall: float) -> float:
    """Return for how many seconds a note has not been changed; below 0 if a clock is wrong."""
    return wall - max(look[0], look[1]) / _SECOND


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look at all notes has found.

    Attributes:
        looks: of every note, by its path.
        selection: what was met on the way: leftovers, and what could not be entered.
    """

    looks: Mapping[str, Look]
    selection: Selection


def scan_notes(vault: Vault) -> Scan:
    """Look at all notes of a vault.

    Raises:
        VaultNotFoundError: the vault cannot be read.
    """
    selection = Selection(skipped=vault.problems)
    found = list_notes(vault, report=selection.met, is_leftover=is_leftover_name)
    looks = ((path, look_at(vault.root, path)) for path in found)
    return Scan({path: look for path, look in looks if look}, selection)


@dataclass(slots=True)
class Table:
    """What is known of the notes: how each looked when it was last dealt with.

    Attributes:
        governed: notes that some rule governs.
        troubles: what is wrong with notes that were left alone, as it was last told.
        has_news: notes came, went or changed, or a day began, since somebody last acted upon it.
    """

    governed: set[str] = field(default_factory=set)
    troubles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    has_news: bool = False
    _looks: dict[str, Look] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)

    def __contains__(self, path: object) -> bool:
        return path in self._looks

    def __len__(self) -> int:
        return len(self._looks)

    def list_known(self) -> list[str]:
        """Return the notes that were ever dealt with."""
        return [*self._looks]

    def is_settled(self, path: str, look: Look) -> bool:
        """Say whether nothing is left to do for a note that looks like this."""
        return self._looks.get(path) == look and path not in self._unsure

    def settle(self, path: str, look: Look, wall: float) -> None:
        """Remember that a note was dealt with.

        Args:
            path: of the note.
            look: at it, from before it was read.
            wall: when that was, in seconds since 1970.
        """
        self._looks[path] = look
        if find_age(look, wall) > _COARSEST_CLOCK:
            self._unsure.discard(path)
        else:
            self._unsure.add(path)

    def doubt(self, paths: Iterable[str]) -> None:
        """Have notes dealt with again although they look the same."""
        self._unsure.update(paths)

    def doubt_all(self) -> None:
        """Have every note dealt with again: the rules are others."""
        self._unsure.update(self._looks)

    def forget(self, path: str) -> None:
        """Take in that a note is gone."""
        self.has_news |= self._looks.pop(path, None) is not None
        self._unsure.discard(path)
        self.governed.discard(path)
        self.troubles.pop(path, None)

    def find_changed(self, scan: Scan) -> list[str]:
        """Return the notes that have to be dealt with, and forget those that are gone."""
        for path in self._looks.keys() - scan.looks.keys():
            self.forget(path)
        return [path for path, look in scan.looks.items() if not self.is_settled(path, look)]

    def is_rewritten(self, path: str, look: Look) -> bool:
        """Say whether a note was written since it was dealt with; a mere change of rights is none."""
        known = self._looks.get(path)
        return known is None or (known[0], known[2], known[3]) != (look[0], look[2], look[3])
