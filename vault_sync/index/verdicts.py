"""What a refresh came to, as a row of the index has it."""

from __future__ import annotations

from typing import Final

NOT_OURS: Final = 0
UP_TO_DATE: Final = 1
READS_OTHERS: Final = 2
"""Added to either: it holds as long as what was read of other notes is the same."""


def is_alone(verdict: int) -> bool:
    """Say whether a verdict depends on no other note."""
    return not verdict & READS_OTHERS
