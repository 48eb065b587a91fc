"""The clocks that the daemon looks at, in one place, so that tests can let other ones run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_sync.clock import read_clock, read_steady, read_wall

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Clocks:
    """Three ways to tell the time.

    Attributes:
        civil: the present with its zone; None for the machine's zone.
        wall: seconds since 1970, as the times of files count them.
        steady: seconds of a clock that nobody can set.
    """

    civil: Callable[[tzinfo | None], datetime] = read_clock
    wall: Callable[[], float] = read_wall
    steady: Callable[[], float] = read_steady
