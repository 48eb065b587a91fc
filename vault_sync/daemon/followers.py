"""Calls what keeps things up to date that are made from the notes, such as a calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from vault_sync.errors import VaultSyncError
from vault_sync.vault.workspace import Workspace

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

Heed: TypeAlias = Callable[[], None]
"""To be called again and again by whoever works long; it raises where the work is to be given up."""

Follower: TypeAlias = Callable[[Workspace, datetime, Heed], None]
"""Keeps something up to date that is made from the notes."""


class _StopAskedError(Exception):
    """The daemon stops, so nobody waits for what is being made."""


@dataclass(slots=True)
class Followers:
    """What is called after notes have changed. What goes wrong with one is its own affair.

    Attributes:
        followers: are called one after the other.
        is_stopping: says whether the daemon was asked to stop.
        log: is told what goes wrong, each complaint once.
    """

    followers: Sequence[Follower]
    is_stopping: Callable[[], bool]
    log: logging.Logger
    _complaints: set[str] = field(default_factory=set)

    def call(self, workspace: Workspace, moment: datetime) -> bool:
        """Have everything brought up to date, unless the daemon is asked to stop meanwhile.

        Args:
            workspace: the vault.
            moment: the present.

        Returns:
            Whether nothing has to be tried again.
        """
        called = [self._call(follower, workspace, moment) for follower in self.followers]
        return all(called)

    def _call(self, follower: Follower, workspace: Workspace, moment: datetime) -> bool:
        """Call a follower, and say whether it came to its end."""
        if self.is_stopping():
            return False
        try:
            follower(workspace, moment, self._heed)
        except _StopAskedError:
            self.log.debug("What is made from the notes is made after the next start.")
        except VaultSyncError as error:
            if str(error) not in self._complaints:
                self._complaints.add(str(error))
                self.log.warning("%s", error)
        except Exception:  # no follower may end the daemon
            self.log.exception("The notes are well, but what is made from them is not.")
        else:
            return True
        return False

    def _heed(self) -> None:
        """Give the work up where the daemon is asked to stop."""
        if self.is_stopping():
            raise _StopAskedError
