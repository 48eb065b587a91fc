"""Writes the status file of the daemon whenever there is something new to say in it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Final

from vault_sync.errors import StateError
from vault_sync.state.health import Health, find_health, write_health

if TYPE_CHECKING:
    from datetime import datetime

    from vault_sync.state.folder import StateFolder

_OFTEN_ENOUGH: Final = 1800.0
_SELDOM_ENOUGH: Final = 5.0


@dataclass(slots=True)
class Reporter:
    """Tells how the daemon is.

    Attributes:
        state: the state folder.
        health: what was said last.
    """

    state: StateFolder
    health: Health
    _rescues_before: int = 0
    _written: float = -_OFTEN_ENOUGH
    _is_behind: bool = False

    def __post_init__(self) -> None:
        self._rescues_before = self._count_rescues()

    def tell(self, health: Health, now: float, moment: datetime) -> None:
        """Write the status file if it says something new, but not for every single note.

        Args:
            health: without the number of rescue copies and the time.
            now: seconds of a steady clock.
            moment: the present.
        """
        is_other = (health.state, health.reason) != (self.health.state, self.health.reason)
        age = now - self._written
        is_new = self._is_new(health)
        is_lost = not find_health(self.state).exists()  # somebody has deleted the state folder
        is_due = is_lost or is_other or age >= _OFTEN_ENOUGH or (is_new and age >= _SELDOM_ENOUGH)
        self._is_behind = is_new and not is_due
        if is_due:
            rescues = self._count_rescues() - self._rescues_before
            self.health = replace(health, rescues=max(0, rescues), updated=_render(moment))
            self._written = now
            with suppress(StateError):  # a full disk: the log has said so, the notes are well
                write_health(self.state, self.health)

    def next_look(self) -> float:
        """Return when what was held back is to be told; infinity where nothing was."""
        return self._written + _SELDOM_ENOUGH if self._is_behind else inf

    def _is_new(self, health: Health) -> bool:
        told = self.health
        return replace(health, rescues=told.rescues, updated=told.updated) != told

    def _count_rescues(self) -> int:
        try:
            return len(os.listdir(self.state.rescue))  # noqa: PTH208 - names are counted
        except OSError:
            return 0


def _render(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
