"""The status file of the daemon: whole or the old one, and None where it cannot be trusted."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import StateError
from vault_sync.state.folder import StateFolder
from vault_sync.state.health import DAEMON_STATES, Health, find_health, read_health, write_health

if TYPE_CHECKING:
    from pathlib import Path

HEALTH = Health(
    pid=42,
    vault="/home/you/공부 노트",
    started="2024-10-27T14:01:00+09:00",
    state="degraded",
    reason="Only 19 of 50 folders can be watched.",
    notes=10_000,
    rescues=1,
)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path)


def test_what_was_said_is_read_back(state: StateFolder) -> None:
    write_health(state, HEALTH)
    write_health(state, replace(HEALTH, state="watching", reason=""))
    assert read_health(state) == replace(HEALTH, state="watching", reason="")
    assert [path.name for path in state.path.iterdir()] == ["daemon.json"]
    assert stat.S_IMODE(find_health(state).stat().st_mode) == 0o600


def test_nobody_ever_said_anything(state: StateFolder) -> None:
    assert read_health(state) is None


def test_a_name_that_is_no_text_is_told_as_well_as_can_be(state: StateFolder) -> None:
    write_health(state, replace(HEALTH, vault="/odd \udcff"))
    assert read_health(state) == replace(HEALTH, vault="/odd ?")


def test_a_failed_write_leaves_the_old_words(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_health(state, HEALTH)
    find_health(state).with_suffix(".part").mkdir()
    with pytest.raises(StateError, match=os.strerror(21)):
        write_health(state, replace(HEALTH, pid=7))
    assert read_health(state) == HEALTH


def test_cut_at_each_byte_it_says_nothing(state: StateFolder) -> None:
    write_health(state, HEALTH)
    data = find_health(state).read_bytes().rstrip()
    for length in range(len(data)):
        find_health(state).write_bytes(data[:length])
        assert read_health(state) is None


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        "watching",
        {"pid": "42", "vault": "v", "started": "", "state": "watching"},
        {"pid": 42, "vault": "v", "started": "", "state": "dancing"},
        {"pid": 42, "vault": "v", "started": "", "state": []},
        {"pid": 42, "vault": "v", "started": "", "state": "watching", "notes": None},
        {"pid": 42, "vault": "v", "state": "watching"},
    ],
)
def test_damaged_words_are_none(state: StateFolder, said: object) -> None:
    find_health(state).write_text(json.dumps(said), "utf-8")
    assert read_health(state) is None


def test_what_a_newer_version_adds_is_passed_over(state: StateFolder) -> None:
    said = {"pid": 1, "vault": "v", "started": "now", "state": "watching", "mood": "good"}
    find_health(state).write_text(json.dumps(said), "utf-8")
    assert read_health(state) == Health(pid=1, vault="v", started="now", state="watching")


@given(st.binary(max_size=300))
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    state = StateFolder(tmp_path_factory.getbasetemp())
    find_health(state).write_bytes(data)
    assert read_health(state) is None


def test_every_state_can_be_said(state: StateFolder) -> None:
    for name in DAEMON_STATES:
        write_health(state, replace(HEALTH, state=name))  # type: ignore[arg-type]  # one of them
        told = read_health(state)
        assert told
        assert told.state == name
