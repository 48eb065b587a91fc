"""Days as a student counts them: after midnight it may still be yesterday."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault_sync.workspace import Workspace


def find_day(workspace: Workspace, moment: datetime) -> date:
    """Return the day that a moment belongs to.

    Args:
        workspace: its configuration says when a day begins.
        moment: in the vault's zone.
    """
    start = workspace.config.day_starts_at
    return (moment - timedelta(hours=start.hour, minutes=start.minute)).date()
