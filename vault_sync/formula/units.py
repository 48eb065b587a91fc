"""The units that Notion counts time in, and the length of each as Bases writes it."""

from __future__ import annotations

from typing import Final

SPANS: Final = {
    "year": "1 year",
    "quarter": "3 months",
    "month": "1 month",
    "week": "1 week",
    "day": "1 day",
    "hour": "1 hour",
    "minute": "1 minute",
    "second": "1 second",
    "millisecond": "0.001 seconds",
}

UNITS: Final = ", ".join(f"{unit}s" for unit in SPANS)
"""All units, for messages."""


def find_unit(text: str) -> str | None:
    """Return the name of a unit written as ``days`` or ``day``, None for any other text."""
    name = text.strip().lower().removesuffix("s")
    return name if name in SPANS else None
