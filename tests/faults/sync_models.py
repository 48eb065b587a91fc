"""Models of services that keep replicas of a note in step. Pure, and played by a seeded lot.

- *conflict copy*, as Syncthing: versions know their ancestors; of two that were made apart, the newer
  stays in the note and the older becomes a copy; equal bytes are no conflict.
- *merge*, as Obsidian Sync: the change from the common ancestor to the local text is put into the
  version of the server by diff-match-patch, with no limit of time.
- *last writer*: the newer version wins, the other is gone. What is lost there is lost by the service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import repeat
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
    differ = make_differ()

    def sync(replica: Replica, server: Version, number: int) -> Version:
        mine = replica.version
        winner = _find_newer(mine, server)
        if winner is None:
            text = merge(differ, replica.base.text, mine.text, server.text)
            seen = mine.seen | server.seen | {number}
            winner = Version(text, max(mine.at, server.at), seen)
        replica.version = replica.base = winner
        return winner

    return sync


def make_differ() -> Any:
    """Return diff-match-patch as Obsidian Sync has it: with no limit of time.

    Raises:
        CannotRunError: it is not installed.
    """
    try:
        differ: Any = import_module("diff_match_patch").diff_match_patch()
    except ImportError as error:
        raise CannotRunError("diff-match-patch is not installed") from error
    differ.match_bitap = partial(find_near, differ)
    differ.Diff_Timeout = 0
    return differ


def merge(differ: Any, base: str, mine: str, theirs: str) -> str:
    """Return the version of the server with what was changed here since the common one."""
    merged: str = differ.patch_apply(differ.patch_make(base, mine), theirs)[0]
    return merged


def find_near(differ: Any, text: str, pattern: str, loc: int) -> int:
    """Find a pattern near a place as ``match_bitap`` of the library does, at the very same place.

    Half of the time of the simulation went there: the library looks up each letter anew for each number
    of errors. Its own function is the witness (`tests.faults.test_devices`).

    Args:
        differ: the library.
        text: where to look.
        pattern: what to find.
        loc: the place.

    Returns:
        Where the pattern is, with the fewest errors and the nearest; -1 where it is not.
    """
    length, size, threshold = len(pattern), len(text), differ.Match_Threshold
    distance = float(differ.Match_Distance)
    exact = text.find(pattern, loc)
    if exact != -1:
        threshold = min(abs(loc - exact) / distance, threshold)
    alphabet = differ.match_alphabet(pattern)
    wanted, best, reach = 1 << (length - 1), -1, length + size
    above, masks, first = [0], [0], 0
    for errors in range(length):
        cost = errors / length
        reach = _find_reach(reach, threshold, cost, distance)
        start, finish = max(1, loc - reach + 1), min(loc + reach, size) + length
        if not errors:
            first = start
            letters = text[start - 1 : finish]
            masks = [*map(alphabet.get, letters, repeat(0)), *repeat(0, length)]
        row = [0] * (finish - first + 2)
        bits = row[-1] = (1 << errors) - 1
        for place in range(finish - first, start - first - 1, -1):
            bits = (bits << 1 | 1) & masks[place]
            if errors:
                over = above[place + 1]
                bits |= (over | above[place]) << 1 | 1 | over
            row[place] = bits
            if bits & wanted:
                found = place + first - 1
                if cost + abs(loc - found) / distance <= threshold:
                    threshold, best = cost + abs(loc - found) / distance, found
                    if found <= loc:
                        break
        if (errors + 1) / length > threshold:
            break
        above = row
    return best


def _find_reach(reach: int, threshold: float, cost: float, distance: float) -> int:
    """Return how far away a pattern may be that costs so much already."""
    reach = min(reach, int((threshold - cost) * distance) + 1)
    while reach > 0 and cost + reach / distance > threshold:
        reach -= 1
    return reach


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
