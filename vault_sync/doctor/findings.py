"""What a check finds: how bad it is, what it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vault_sync.doctor.facts import Facts, Sightings
    from vault_sync.language import Language


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has to say.

    Attributes:
        level: how bad it is.
        message: what it is, a sentence.
        advice: what to do, a sentence; empty where there is nothing to do.
        places: where, the first few.
        count: how many places there are in all.
    """

    level: Level
    message: str
    advice: str = ""
    places: tuple[str, ...] = ()
    count: int = 0


if TYPE_CHECKING:
    Check: TypeAlias = Callable[[Facts, Language], Iterator[Finding]]


def find_at(level: Level, message: str, advice: str, seen: Sightings) -> Finding:
    """Return a finding with the places where it was seen."""
    return Finding(level, message, advice, tuple(seen.first), seen.count)


def find_among(level: Level, message: str, advice: str, places: Iterable[str]) -> Finding:
    """Return a finding with all of its places."""
    listed = tuple(places)
    return Finding(level, message, advice, listed, len(listed))
