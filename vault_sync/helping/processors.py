"""How many processors there are to help."""

from __future__ import annotations

import os


def count_processors() -> int:
    """Return how many processors this process may use."""
    has_affinity = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
