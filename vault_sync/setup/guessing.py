"""The computer's time zone by its name: days are counted in it, on every device alike."""

from __future__ import annotations

from tzlocal import get_localzone_name


def guess_timezone() -> str | None:
    """Return the name of the computer's time zone, None where nothing tells it.

    UTC tells nothing about where somebody is, so it is not taken for an answer.
    """
    try:
        name = get_localzone_name() or ""
    except (
        LookupError,
        ValueError,
        OSError,
    ):  # settings that contradict each other, or no zone's name
        return None
    return name if "/" in name and not name.startswith("Etc/") else None
