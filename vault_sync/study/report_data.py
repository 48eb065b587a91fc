"""All that a report shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vault_sync.study.dashboard import make_dashboard
from vault_sync.study.year import record_year

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from vault_sync.study.dashboard import Dashboard
    from vault_sync.study.notes import StudyNote
    from vault_sync.study.year import Year

DAYS: Final = 30
_MOST_NEGLECTED: Final = 10


@dataclass(frozen=True, slots=True)
class StudyReport:
    """How the study of a vault stands, stood and will stand.

    Attributes:
        board: how it stands, with the load of the next 30 days.
        year: the last 52 weeks.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """

    board: Dashboard
    year: Year
    vault: str
    unread: int = 0


def make_report(notes: Sequence[StudyNote], on: date, vault: str, unread: int = 0) -> StudyReport:
    """Return a report of notes.

    Args:
        notes: all study notes of the vault.
        on: the present day.
        vault: the vault's name in Obsidian.
        unread: how many notes could not be read.
    """
    board = make_dashboard(notes, on, DAYS, _MOST_NEGLECTED)
    return StudyReport(board, record_year(notes, on), vault, unread)
