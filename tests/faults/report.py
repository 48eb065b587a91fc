"""What a group of faults came to, and how all groups are told: as a table, or as JSON."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from vault_sync import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS: Final = ("faults", "saves", "lost", "torn", "wrong", "left")
_TITLES: Final = (
    "group",
    "faults injected",
    "acknowledged saves",
    "bytes lost",
    "torn notes",
    "wrong in other ways",
    "left over",
    "seconds",
)


class Effort(Enum):
    """How much is tried: what CI has time for, or what the command has."""

    SHORT = "short"
    LONG = "long"

    def pick(self, short: int, long: int) -> int:
        """Return how many, in this form."""
        return long if self is Effort.LONG else short


class CannotRunError(Exception):
    """This machine lacks what a group needs; says what."""


@dataclass(slots=True)
class Tally:
    """What a group of faults came to.

    Attributes:
        group: its name.
        faults: how many were injected, or how many states, days or inputs were tried.
        saves: how many saves of the user had been acknowledged, and were looked for afterwards.
        lost: bytes of the user that could be found nowhere.
        torn: notes that were neither the old text nor the new one.
        wrong: other promises that were broken.
        left: files of ours that the next run did not tidy up.
        seconds: how long it took.
        facts: sentences with more figures.
        broken: what was wrong, case by case.
        reason: why it could not run here; empty where it ran.
    """

    group: str
    faults: int = 0
    saves: int = 0
    lost: int = 0
    torn: int = 0
    wrong: int = 0
    left: int = 0
    seconds: float = 0.0
    facts: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    reason: str = ""

    def accuse(self, kind: str, case: str, amount: int = 1) -> None:
        """Count something that must not be.

        Args:
            kind: `lost`, `torn`, `wrong` or `left`.
            case: what was tried, and what was found.
            amount: bytes or notes or files.
        """
        setattr(self, kind, getattr(self, kind) + amount)
        self.broken.append(f"{kind}: {case}")

    @property
    def is_clean(self) -> bool:
        """Whether nothing was broken."""
        return not self.broken


def render_table(tallies: Sequence[Tally]) -> str:
    """Return a Markdown table, one line for each group, and below it what else there is to say."""
    lines = [f"| {' | '.join(_TITLES)} |", f"|---{'|--:' * (len(_TITLES) - 1)}|"]
    for tally in tallies:
        if tally.reason:
            lines.append(f"| {tally.group} | not run: {tally.reason} {'| ' * (len(_TITLES) - 2)}|")
            continue
        cells = [f"{getattr(tally, column):,}" for column in _COLUMNS]
        lines.append(f"| {tally.group} | {' | '.join(cells)} | {tally.seconds:.0f} |")
    facts = [f"- {tally.group}: {fact}" for tally in tallies for fact in tally.facts]
    broken = [f"- BROKEN, {tally.group}: {case}" for tally in tallies for case in tally.broken[:20]]
    return "\n".join([*lines, "", *facts, *broken])


def render_json(tallies: Sequence[Tally], effort: Effort, day: str) -> str:
    """Return all there is to say, for programs."""
    return json.dumps(
        {
            "version": __version__,
            "form": effort.value,
            "day": day,
            "system": platform.platform(),
            "python": sys.version.split()[0],
            "groups": [asdict(tally) for tally in tallies],
        },
        ensure_ascii=False,
        indent=1,
    )
