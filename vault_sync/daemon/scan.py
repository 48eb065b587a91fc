"""The truth behind the events: what every note looks like to the file system, and what has changed.

A look is cheap: no note is opened. It tells versions of a note apart unless two of them were
written within one tick of the file system's clock, so a look at a note that has just been written is
not relied on (as with git's index, git documentation, "racy-git").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.engine.selection import Selection
from vault_sync.files.read import AT_REST, stat_note
from vault_sync.files.temp_names import is_leftover_name
from vault_sync.vault.vault import Vault, list_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_sync.files.read import Signature

_SECOND: Final = 1_000_000_000


def find_age(look: Signature, wall: float) -> float:
    """Return for how many seconds a note has not been changed; below 0 if a clock is wrong."""
    return wall - max(look.mtime_ns, look.ctime_ns) / _SECOND


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look at all notes has found.

    Attributes:
        looks: of every note, by its path.
        selection: what was met on the way: leftovers, and what could not be entered.
    """

    looks: Mapping[str, Signature]
    selection: Selection


def scan_notes(vault: Vault) -> Scan:
    """Look at all notes of a vault.

    Raises:
        VaultNotFoundError: the vault cannot be read.
    """
    selection = Selection(skipped=vault.problems)
    found = list_notes(vault, report=selection.met, is_leftover=is_leftover_name)
    looks = ((path, stat_note(vault.root, path)) for path in found)
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
    _looks: dict[str, Signature] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)

    def __contains__(self, path: object) -> bool:
        return path in self._looks

    def __len__(self) -> int:
        return len(self._looks)

    def list_known(self) -> list[str]:
        """Return the notes that were ever dealt with."""
        return [*self._looks]

    def is_settled(self, path: str, look: Signature) -> bool:
        """Say whether nothing is left to do for a note that looks like this."""
        return self._looks.get(path) == look and path not in self._unsure

    def settle(self, path: str, look: Signature, wall: float) -> None:
        """Remember that a note was dealt with.

        Args:
            path: of the note.
            look: at it, from before it was read.
            wall: when that was, in seconds since 1970.
        """
        self._looks[path] = look
        if find_age(look, wall) * _SECOND > AT_REST:
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

    def is_rewritten(self, path: str, look: Signature) -> bool:
        """Say whether a note was written since it was dealt with; a mere change of rights is none."""
        known = self._looks.get(path)
        return known is None or known._replace(ctime_ns=look.ctime_ns) != look
