"""The daemon plans a note once for each write: not to count it first, and not when its own write comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, read_property, render
from vault_sync.engine.refresh import RefreshPlanner

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.engine.refresh import Found

EVENING: Final = datetime(2024, 10, 27, 22, tzinfo=UTC)
TODAY: Final = "2024-10-27"
HOUR: Final = 3600.0


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notes that were planned, in their order."""
    paths: list[str] = []
    plan = RefreshPlanner.plan

    def record(self: RefreshPlanner, path: str) -> Found:
        paths.append(path)
        return plan(self, path)

    monkeypatch.setattr(RefreshPlanner, "plan", record)
    return paths


def start(root: Path, more: str = "") -> FakeTimeDaemon:
    make_vault(root, more=more)
    for name in ("a", "b", "c"):
        (root / f"{name}.md").write_text(render(1, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
    return FakeTimeDaemon(root, FakeClocks(EVENING))


def test_an_edit(tmp_path: Path, planned: list[str]) -> None:
    hand = start(tmp_path / "v")
    planned.clear()
    (tmp_path / "v/b.md").write_text(render(4), "utf-8")
    hand.send("b.md")
    hand.live(1.5 * HOUR)
    assert read_property(tmp_path / "v/b.md", "double") == "8"
    assert planned == ["b.md"]
    assert hand.source.missing == []


def test_a_new_day(tmp_path: Path, planned: list[str]) -> None:
    hand = start(tmp_path / "v")
    planned.clear()
    hand.live(4 * HOUR)
    assert read_property(tmp_path / "v/b.md", "day") == "2024-10-28"
    assert planned == ["a.md", "b.md", "c.md"]


def test_a_save_of_the_same_length_that_follows_our_write_is_planned(
    tmp_path: Path, planned: list[str]
) -> None:
    hand = start(tmp_path / "v")
    (tmp_path / "v/b.md").write_text(render(4), "utf-8")
    hand.send("b.md")
    hand.live(1)
    planned.clear()
    text = (tmp_path / "v/b.md").read_text("utf-8")
    (tmp_path / "v/b.md").write_text(text.replace("count: 4", "count: 3"), "utf-8")
    hand.send("b.md")
    hand.live(60)
    assert read_property(tmp_path / "v/b.md", "double") == "6"
    assert planned == ["b.md"]


def test_edits_that_are_too_many_are_written_by_nobody(tmp_path: Path, planned: list[str]) -> None:
    hand = start(tmp_path / "v", "max-changes: 2\n")
    planned.clear()
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / "v" / name).write_text(render(5, 2, TODAY, f"{TODAY} 00:00"), "utf-8")
        hand.send(name)
    hand.live(10)
    assert {read_property(note, "double") for note in (tmp_path / "v").glob("*.md")} == {"2"}
    assert planned == ["a.md", "b.md", "c.md"]


def test_where_a_filter_reads_the_time_of_a_file_our_own_write_is_planned(
    tmp_path: Path, planned: list[str]
) -> None:
    root = tmp_path / "v"
    root.mkdir()
    rules = "profile: none\nrules:\n  - {name: a, filters: 'file.mtime < now()', formulas: {double: 'count * 2'}}\n"
    (root / ".vault-sync.yaml").write_text(rules, "utf-8")
    (root / "a.md").write_text("---\ncount: 2\ndouble: 5\n---\n", "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(EVENING.replace(year=2124)))
    hand.live(100)
    assert read_property(root / "a.md", "double") == "4"
    assert planned == ["a.md", "a.md"]


@pytest.mark.parametrize(("saves", "is_put_off"), [(10, True), (400, False)])
def test_a_routine_scan_waits_for_saves_but_not_for_ever(
    tmp_path: Path,
    saves: int,
    is_put_off: bool,  # noqa: FBT001 - a table's column
) -> None:
    hand = start(tmp_path / "v", "max-changes: 1000\n")
    hand.live(1)
    queue = hand.daemon._queue
    hand.live(queue.scan_at - hand.clocks.awake - 0.05)
    due, before = queue.scan_at, hand.scheduler.last_scan
    for number in range(1, saves):
        text = render(number, 2 * number, TODAY, f"{TODAY} 00:00")
        (tmp_path / "v/b.md").write_text(text, "utf-8")
        queue.put("b.md", hand.clocks.awake + 0.5)
        hand.live(0.4)
    assert hand.clocks.awake > due
    assert (hand.scheduler.last_scan == before) is is_put_off
    hand.live(5)
    assert hand.scheduler.last_scan != before
