"""Waiting for what other processes do: asked again and again, up to a deadline, never slept through."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP = 0.01


def wait_until(happened: Callable[[], object], seconds: float = 60.0, what: str = "") -> None:
    """Return as soon as something has happened.

    Raises:
        AssertionError: it did not within the time, which is far longer than it takes.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, what or "It did not happen in time."
        time.sleep(_STEP)
