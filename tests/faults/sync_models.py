"""Models of services that keep replicas of a note in step. Pure, and played by a seeded lot.

- *conflict copy*, as Syncthing: versions know their ancestors; of two that were made apart, the newer
  stays in the note and the older becomes a copy; equal bytes are no conflict.
- *merge*, as Obsidian Sync: the change from the common ancestor to the version of the server is put
  into the local text by diff-match-patch.
- *last writer*: the newer version wins, the other is gone. What is lost there is lost by the service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from tests.faults.report import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a note.

    Attributes:
        text: all of it.
        at: when it says that it was written, in seconds.
        seen: the numbers of all versions that it was made in the knowledge of, its own included.
    """

    text: str
    at: int
    seen: frozenset[int]


@dataclass(slots=True)
class Replica:
    """A note on one device.

    Attributes:
        version: as it is here.
        base: as it was when device and server last agreed.
        copies: conflict copies.
    """

    version: Version
    base: Version
    copies: list[Version] = field(default_factory=list)


class Service(Protocol):
    """Brings a replica and the server together; returns what the server has afterwards."""

    def __call__(self, replica: Replica, server: Version, number: int, /) -> Version:
        """Sync. The number is for a version that comes of it."""


def sync_with_copies(replica: Replica, server: Version, number: int) -> Version:
    """Sync as Syncthing does."""
    mine = replica.version
    winner = _find_newer(mine, server)
    if winner is None:
        winner, loser = (mine, server) if mine.at > server.at else (server, mine)
        if winner.text != loser.text:
            replica.copies.append(loser)
        winner = Version(winner.text, winner.at, mine.seen | server.seen | {number})
    replica.version = replica.base = winner
    return winner


def sync_last_writer(replica: Replica, server: Version, number: int) -> Version:
    """Sync as a service does that asks for the time alone."""
    mine = replica.version
    winner = _find_newer(mine, server) or (mine if mine.at > server.at else server)
    winner = Version(winner.text, winner.at, mine.seen | server.seen | {number})
    replica.version = replica.base = winner
    return winner


def make_merging() -> Service:
    """Return a service that syncs as Obsidian Sync does.

    Raises:
        CannotRunError: diff-match-patch is not installed.
    """
    try:
        differ: Any = import_module("diff_match_patch").diff_match_patch()
    except ImportError as error:
        raise CannotRunError("diff-match-patch is not installed") from error

    def sync(replica: Replica, server: Version, number: int) -> Version:
        mine = replica.version
        winner = _find_newer(mine, server)
        if winner is None:
            patches = differ.patch_make(replica.base.text, server.text)
            text = differ.patch_apply(patches, mine.text)[0]
            seen = mine.seen | server.seen | {number}
            winner = Version(text, max(mine.at, server.at), seen)
        replica.version = replica.base = winner
        return winner

    return sync


def _find_newer(one: Version, other: Version) -> Version | None:
    """Return the version that was made in the knowledge of the other, None where neither was."""
    if one.seen >= other.seen:
        return one
    return other if other.seen >= one.seen else None


MAKERS: Final[dict[str, Callable[[], Service]]] = {
    "conflict copies": lambda: sync_with_copies,
    "merge": make_merging,
    "last writer": lambda: sync_last_writer,
}
