"""The status tells the truth: what the daemon says of itself counts only while it holds its lock."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from vault_sync.cli.service import describe_status
from vault_sync.service.control import ServiceStatus, find_status
from vault_sync.service.manager import ServiceState
from vault_sync.state.folder import StateFolder, find_daemon, hold_daemon_lock
from vault_sync.state.health import Health, write_health

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.fromisoformat("2024-10-27T14:01:00+09:00")
HEALTH = Health(
    pid=0,
    vault="/v",
    started="2024-10-27T08:00:00+09:00",
    state="watching",
    last_tick="2024-10-27T08:00:05+09:00",
    last_scan="2024-10-27T13:40:00+09:00",
    notes=1234,
    refreshed=7,
    conflicts=1,
    updated="2024-10-27T14:00:30+09:00",
)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    state = StateFolder(tmp_path)
    state.rescue.mkdir()
    return state


def ask(state: StateFolder, health: Health | None, *, is_held: bool) -> ServiceStatus:
    held = hold_daemon_lock(state, HEALTH.started) if is_held else nullcontext()
    with held:
        holder = find_daemon(state)
        if health:
            write_health(state, replace(health, pid=holder.pid if holder else 1))
        service = ServiceState(is_installed=True, words="active (running), enabled")
        return find_status("/v", state, "systemd", service, NOW)


def say(status: ServiceStatus) -> str:
    return f"{status.state}: {status.reason}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "watching: "),
        ({"state": "degraded", "reason": "No events here."}, "degraded: No events here."),
        ({"state": "paused", "paused_by": "a rebase is going on"}, "paused: a rebase is going on"),
        (
            {"updated": (NOW - timedelta(minutes=47)).isoformat()},
            "unknown: It has said nothing for 47 minutes; before, it was watching.",
        ),
    ],
)
def test_a_daemon_at_work(state: StateFolder, changes: dict[str, str], said: str) -> None:
    status = ask(state, replace(HEALTH, **changes), is_held=True)  # type: ignore[arg-type]  # texts
    assert say(status) == said
    assert status.is_running


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (None, "stopped: "),
        (replace(HEALTH, state="stopped"), "stopped: "),
        (
            HEALTH,
            "stopped: It was ended without a word; its last was at 2024-10-27T14:00.",
        ),
    ],
)
def test_nobody_at_work(state: StateFolder, health: Health | None, said: str) -> None:
    status = ask(state, health, is_held=False)
    assert say(status) == said
    assert not status.is_running


def test_words_of_another_daemon_do_not_count(state: StateFolder) -> None:
    write_health(state, replace(HEALTH, pid=1))
    with hold_daemon_lock(state, HEALTH.started):
        status = find_status("/v", state, "systemd", ServiceState(is_installed=False), NOW)
    assert say(status) == "unknown: It has not said anything yet."


def test_what_a_person_reads(state: StateFolder) -> None:
    (state.rescue / "one copy.md").touch()
    status = ask(state, HEALTH, is_held=True)
    lines = dict(describe_status(status))
    assert lines["daemon"] == "watching"
    assert lines["since"].startswith("2024-10-27 08:00 (process ")
    assert lines["service"] == "active (running), enabled"
    assert lines["new day"] == "2024-10-27 08:00"
    assert lines["last scan"] == "2024-10-27 13:40, 1234 notes"
    assert (lines["refreshed"], lines["conflicts"]) == ("7 notes", "1")
    assert lines["rescued"] == f"1 in {state.rescue}"


def test_what_a_program_reads(state: StateFolder) -> None:
    told = json.loads(json.dumps(ask(state, HEALTH, is_held=True).as_json()))
    assert (told["daemon"]["state"], told["daemon"]["running"], told["daemon"]["seen"]) == (
        "watching",
        True,
        1234,
    )
    assert told["daemon"]["since"] == HEALTH.started
    assert told["service"] == {"installed": True, "words": "active (running), enabled"}
