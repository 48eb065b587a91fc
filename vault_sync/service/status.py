"""How the daemon of a vault is: what it says of itself, checked against the lock that it must hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from vault_sync.state.health import read_health
from vault_sync.state.lock import find_daemon

if TYPE_CHECKING:
    from vault_sync.service.manager import Standing
    from vault_sync.state.folder import StateFolder
    from vault_sync.state.health import Health
    from vault_sync.state.lock import Holder

# A daemon that has nothing new to say repeats itself every half an hour.
_SILENCE: Final = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What is known of a vault's daemon. Times are ISO 8601 texts, empty for never or not known.

    Attributes:
        vault: the folder.
        is_running: a daemon looks after it, as a service or in a terminal.
        state: what it is doing, or ``stopped``; ``unknown`` where it does not say.
        reason: why; empty where it goes without saying.
        holder: which process it is.
        health: its last words, perhaps of a daemon that runs no more.
        rescue_folder: where rescue copies are kept.
        rescue_copies: how many are there, whoever made them.
        manager: the name of the service manager.
        service: what the manager says of the service.
    """

    vault: str
    is_running: bool
    state: str
    reason: str
    holder: Holder | None
    health: Health | None
    rescue_folder: str
    rescue_copies: int
    manager: str
    service: Standing

    def as_json(self) -> dict[str, Any]:
        """Return the status as an object of JSON."""
        told = asdict(self)
        holder, health = told.pop("holder") or {}, told.pop("health") or {}
        for word in ("vault", "state", "reason", "pid", "started"):
            health.pop(word, None)
        return {**told, "pid": None, "since": "", "host": "", **holder, **health}


def find_status(
    vault: str, state: StateFolder, manager: str, service: Standing, now: datetime
) -> ServiceStatus:
    """Return how the daemon of a vault is.

    Args:
        vault: the folder, for the one who reads it.
        state: its state folder.
        manager: the name of the service manager.
        service: what it says.
        now: the present.
    """
    holder, health = find_daemon(state), read_health(state)
    doing, reason = _judge(holder, health, now)
    return ServiceStatus(
        vault=vault,
        is_running=holder is not None,
        state=doing,
        reason=reason,
        holder=holder,
        health=health,
        rescue_folder=str(state.rescue),
        rescue_copies=_count_files(state),
        manager=manager,
        service=service,
    )


def _judge(holder: Holder | None, health: Health | None, now: datetime) -> tuple[str, str]:
    """Return what the daemon is doing, and why, as far as its words can be believed."""
    if holder is None:
        if health is None or health.state == "stopped":
            return "stopped", health.reason if health else ""
        return "stopped", f"It was ended without a word; its last was at {health.updated[:16]}."
    if health is None or health.pid != holder.pid:
        return "unknown", "It has not said anything yet."
    silence = _measure_silence(health, now)
    if silence > _SILENCE:
        minutes = silence // timedelta(minutes=1)
        return (
            "unknown",
            f"It has said nothing for {minutes} minutes; before, it was {health.state}.",
        )
    return health.state, health.reason or health.paused_by


def _measure_silence(health: Health, now: datetime) -> timedelta:
    try:
        return now - datetime.fromisoformat(health.updated)
    except (ValueError, TypeError):
        return timedelta.max


def _count_files(state: StateFolder) -> int:
    return sum(1 for _ in state.rescue.glob("*"))
