"""A daemon that starts on a vault in which nothing has changed plans nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, read_property, render
from vault_sync.cli import run
from vault_sync.engine.caching_planner import WORTHWHILE
from vault_sync.engine.refresh import RefreshPlanner
from vault_sync.index import notes

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.engine.refresh import Found
    from vault_sync.files.read import NoteBytes

START: Final = datetime(2024, 10, 27, 14, tzinfo=UTC)


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notes that were planned, and not merely known."""
    paths: list[str] = []
    plan = RefreshPlanner.plan_version

    def listen(self: RefreshPlanner, note: NoteBytes) -> Found:
        paths.append(note.path)
        return plan(self, note)

    monkeypatch.setattr(RefreshPlanner, "plan_version", listen)
    return paths


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of stale notes that a daemon has refreshed."""
    monkeypatch.setattr(notes, "AT_REST", -3600 * 10**9)
    vault = make_vault(tmp_path / "vault", more="max-changes: 1000\ntimezone: UTC\n")
    for number in range(WORTHWHILE):
        (vault / f"{number}.md").write_text(render(number), "utf-8")
    FakeTimeDaemon(vault, FakeClocks(START)).live(300)
    assert read_property(vault / "7.md", "double") == "14"
    return vault


def test_what_a_daemon_knew_the_next_one_knows(vault: Path, planned: list[str]) -> None:
    planned.clear()
    (vault / "7.md").write_text(render(8), "utf-8")
    FakeTimeDaemon(vault, FakeClocks(START)).live(300)
    assert {*planned} == {"7.md"}
    assert read_property(vault / "7.md", "double") == "16"


def test_a_command_knows_it_too(vault: Path, planned: list[str]) -> None:
    planned.clear()
    assert run(["refresh", "--now", "2024-10-27T15:00", str(vault)]) == 0
    assert planned == []


def test_another_day_is_another_matter(vault: Path, planned: list[str]) -> None:
    planned.clear()
    FakeTimeDaemon(vault, FakeClocks(START.replace(day=28))).live(300)
    assert len({*planned}) == WORTHWHILE
    assert read_property(vault / "7.md", "day") == "2024-10-28"
