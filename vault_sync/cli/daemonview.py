"""How the daemon of a vault is, in a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vault_sync.errors import StateError
from vault_sync.language import mark_message
from vault_sync.state.folder import open_state
from vault_sync.state.health import read_health
from vault_sync.state.lock import find_daemon
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from vault_sync.language import Language
    from vault_sync.state.health import Health
    from vault_sync.state.lock import Holder

_STARTING: Final = "starting"
_STATES: Final = {
    _STARTING: mark_message("starting"),
    "scanning": mark_message("looking at all notes"),
    "watching": mark_message("watching"),
    "polling": mark_message("watching by looking again and again"),
    "degraded": mark_message("watching, but not everything"),
    "paused": mark_message("paused"),
    "stopped": mark_message("stopping"),
}


@dataclass(frozen=True, slots=True)
class DaemonView:
    """How a daemon is.

    Attributes:
        holder: who it is; None where none runs.
        health: what it said last; None where it said nothing.
    """

    holder: Holder | None
    health: Health | None

    def describe(self, language: Language) -> str:
        """Return a line about it."""
        if self.holder is None:
            return language.say("The daemon is not running; `vault-sync watch` starts it.")
        health = self.health
        state = language.say(_STATES[health.state if health else _STARTING])
        parts = [language.say("Daemon: {state}", state=state)]
        if health is None:
            return parts[0]
        reason = make_printable(health.reason or health.paused_by)
        refreshed = language.count("{n} note refreshed", "{n} notes refreshed", health.refreshed)
        conflicts = language.count("{n} conflict", "{n} conflicts", health.conflicts)
        rescues = language.count("{n} rescue copy", "{n} rescue copies", health.rescues)
        since = language.say("since {moment}", moment=health.started[:16].replace("T", " "))
        parts += [f"({reason})"] if reason else []
        counts = [
            refreshed,
            conflicts if health.conflicts else "",
            rescues if health.rescues else "",
        ]
        return ", ".join([" ".join(parts), make_printable(since), *filter(None, counts)])

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "running": self.holder is not None,
            **(asdict(self.health) if self.holder and self.health else {}),
        }


def look_at_daemon(vault: str) -> DaemonView:
    """Return how the daemon of a vault is."""
    try:
        state = open_state(Path(vault))
    except StateError:  # where there can be no lock, there is no daemon
        return DaemonView(None, None)
    holder = find_daemon(state)
    health = read_health(state) if holder else None
    is_his = holder and health and health.pid == holder.pid
    return DaemonView(holder, health if is_his else None)
