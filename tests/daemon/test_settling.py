"""The new day waits while a sync service delivers, and conflict copies are settled by the daemon."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, make_vault, read_property, render
from vault_sync.cli import run
from vault_sync.daemon.pauses import BURST, LONGEST, QUIET, Delivery, is_sync_work
from vault_sync.daemon.queue import ControlEvent
from vault_sync.state.folder import list_rescues, locate_state

if TYPE_CHECKING:
    from pathlib import Path

SEOUL: Final = ZoneInfo("Asia/Seoul")
EVENING: Final = datetime(2024, 2, 1, 23, 59, tzinfo=SEOUL)
NOON: Final = datetime(2024, 2, 1, 12, tzinfo=SEOUL)
COPY: Final = "a.sync-conflict-20240201-140100-ABCDEFG.md"


@pytest.mark.parametrize(
    "path",
    [
        "a/.syncthing.note.md.tmp",
        "~syncthing~note.md.tmp",
        "a/.note.md.icloud",
        ".note.md.~3f2a",
        ".dropbox.cache/2024-10-27/note.md",
        ".SynologyWorkingDirectory/x",
        ".unison.note.md.0f.unison.tmp",
        "note.md.ab12cd34.partial",
        ".note.md.Xa3b9Z",
    ],
)
def test_what_services_make_while_they_deliver(path: str) -> None:
    assert is_sync_work(path)


@pytest.mark.parametrize(
    "path", ["note.md", ".note.md.swp", ".obsidian/workspace.json", "a.tmp", "4913", ".note.md"]
)
def test_what_others_make(path: str) -> None:
    assert not is_sync_work(path)


def test_a_person_is_no_burst() -> None:
    delivery = Delivery()
    for second in range(100):
        delivery.note_changed("a.md", second)
        delivery.note_changed("b.md", second)
    assert delivery.until(100) <= 100


def test_many_notes_within_a_short_time_are() -> None:
    delivery = Delivery()
    for number in range(BURST):
        assert delivery.until(number) <= number
        delivery.note_changed(f"{number}.md", number)
    assert delivery.until(BURST) == BURST - 1 + QUIET
    assert delivery.until(BURST + QUIET) <= BURST + QUIET


def test_nobody_waits_for_ever() -> None:
    delivery = Delivery()
    for second in range(0, 3000, 10):
        delivery.service_seen(second)
    assert delivery.until(LONGEST + 1) == LONGEST


def start(root: Path, moment: datetime = EVENING) -> tuple[FakeTimeDaemon, Path]:
    make_vault(root)
    for number in range(BURST):
        (root / f"{number}.md").write_text("text\n", "utf-8")
    note = root / "a.md"
    note.write_text(render(1), "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(moment, SEOUL))
    hand.live(10)
    assert read_property(note, "day") == "2024-02-01"
    return hand, note


def deliver(root: Path, hand: FakeTimeDaemon) -> None:
    for number in range(BURST):
        with (root / f"{number}.md").open("a") as note:
            note.write("more\n")
        hand.send(f"{number}.md")


@pytest.mark.parametrize("is_seen", [True, False], ids=["its files", "its notes"])
def test_a_new_day_waits_for_a_service(tmp_path: Path, *, is_seen: bool) -> None:
    hand, note = start(tmp_path / "v")
    hand.live(45)
    for _ in range(6):
        if is_seen:
            hand.send(ControlEvent.SYNC)
        else:
            deliver(tmp_path / "v", hand)
        hand.live(20)
        assert read_property(note, "day") == "2024-02-01"
    assert hand.said.getvalue().count("the new day waits") >= 1
    hand.live(15)
    assert read_property(note, "day") == "2024-02-02"


def test_an_edit_does_not_wait_for_a_service(tmp_path: Path) -> None:
    hand, note = start(tmp_path / "v")
    hand.send(ControlEvent.SYNC)
    note.write_text(render(5), "utf-8")
    hand.send("a.md")
    hand.live(5)
    assert read_property(note, "double") == "10"


def test_after_waking_the_service_is_waited_for(tmp_path: Path) -> None:
    hand, note = start(tmp_path / "v")
    hand.sleep(9 * 3600)
    hand.live(100)
    for _ in range(3):
        hand.send(ControlEvent.SYNC)
        hand.live(25)
    assert read_property(note, "day") == "2024-02-01"
    hand.live(20)
    assert read_property(note, "day") == "2024-02-02"


# Conflict copies


def add_copy(root: Path, text: str, hand: FakeTimeDaemon | None = None) -> Path:
    copy = root / COPY
    copy.write_text(text, "utf-8")
    moment = time.time() + 1
    os.utime(copy, (moment, moment))
    if hand:
        hand.send(COPY)
    return copy


@pytest.mark.parametrize("is_told", [True, False], ids=["by an event", "by a scan"])
def test_the_daemon_settles_copies(tmp_path: Path, *, is_told: bool) -> None:
    root = tmp_path / "v"
    hand, note = start(root, NOON)
    text = note.read_text("utf-8")
    copy = add_copy(root, text.replace("count: 1", "count: 7"), hand if is_told else None)
    hand.live(5 if is_told else 3 * 3600)
    assert not copy.exists()
    assert read_property(note, "double") == "14"
    assert "its note has taken its text" in hand.said.getvalue()
    assert not list_rescues(locate_state(root).rescue)
    hand.live(60)
    assert run(["-q", "--vault", str(root), "undo"]) == 0
    assert (note.read_text("utf-8"), copy.exists()) == (text, True)
    hand.send(COPY)
    hand.live(3 * 3600)
    assert copy.exists(), "what somebody has brought back is left to him"
    assert hand.said.getvalue().count("was settled before") == 1


PAGES: Final = """\
  - name: pages
    filters: subject
    formulas:
      sum: 'file.backlinks.map(value.asFile().properties.double).sum()'
"""
PAGE: Final = "---\nsubject: web\nsum:\n---\n# Web\n"
PAGE_COPY: Final = "p (Conflicted copy Phone 202402011401).md"


@pytest.fixture
def subject(tmp_path: Path) -> FakeTimeDaemon:
    """A vault with a page that adds up two notes, and a daemon that has refreshed it."""
    root = tmp_path / "v"
    make_vault(root)
    with (root / ".vault-sync.yaml").open("a", encoding="utf-8") as config:
        config.write(PAGES)
    for name, count in (("a", 1), ("b", 2)):
        text = render(count).replace("---\n", "---\npage: '[[p]]'\n", 1)
        (root / f"{name}.md").write_text(text, "utf-8")
    (root / "p.md").write_text(PAGE, "utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(NOON, SEOUL))
    hand.live(10)
    assert read_property(root / "p.md", "sum") == "6"
    return hand


@pytest.mark.parametrize("words", ["", "- theirs\n"], ids=["nobody wrote", "somebody wrote"])
def test_copies_of_a_page_that_adds_up_others(
    tmp_path: Path, subject: FakeTimeDaemon, words: str
) -> None:
    root = tmp_path / "v"
    page, copy = root / "p.md", root / PAGE_COPY
    text = page.read_text("utf-8")
    copy.write_text(text.replace("sum: 6", "sum: 40") + words, "utf-8")
    moment = time.time() + 1
    os.utime(copy, (moment, moment))
    subject.send(PAGE_COPY)
    subject.live(30)
    assert not copy.exists()
    assert page.read_text("utf-8") == text + words


def test_a_page_follows_a_note_that_took_the_text_of_a_copy(
    tmp_path: Path, subject: FakeTimeDaemon
) -> None:
    root = tmp_path / "v"
    copy = add_copy(
        root, (root / "a.md").read_text("utf-8").replace("count: 1", "count: 7"), subject
    )
    subject.live(5)
    assert not copy.exists()
    assert read_property(root / "a.md", "double") == "14"
    subject.send("a.md")  # the events of that write, and of what left the vault
    subject.send(COPY)
    subject.live(5)
    assert read_property(root / "p.md", "sum") == "18"


def test_a_copy_of_a_page_whose_notes_changed_since_differs_in_our_values_alone(
    tmp_path: Path, subject: FakeTimeDaemon
) -> None:
    root = tmp_path / "v"
    page, copy = root / "p.md", root / PAGE_COPY
    copy.write_text(page.read_text("utf-8"), "utf-8")
    note = root / "b.md"
    note.write_text(note.read_text("utf-8").replace("count: 2", "count: 20"), "utf-8")
    subject.send("b.md")
    subject.live(5)
    assert read_property(page, "sum") == "42"
    subject.send(PAGE_COPY)
    subject.live(30)
    assert not copy.exists()
    assert read_property(page, "sum") == "42"


def test_copies_in_which_persons_wrote_stay(tmp_path: Path) -> None:
    root = tmp_path / "v"
    hand, note = start(root)
    text = note.read_text("utf-8")
    note.write_text(text + "- mine\n", "utf-8")
    hand.send("a.md")
    hand.live(5)
    copy = add_copy(root, text + "- theirs\n", hand)
    hand.live(2 * 3600)
    assert copy.exists()
    assert note.read_text("utf-8").endswith("- mine\n")
    assert hand.said.getvalue().count("so both stay") == 1


def test_an_edit_that_is_the_first_write_here_stays_in_the_vault(tmp_path: Path) -> None:
    """Another device writes for the day; its version, with an edit of its own, takes the place of the one here."""
    root = tmp_path / "v"
    make_vault(root, more="daily-values: [another]\n")
    note = root / "a.md"
    note.write_text(render(1, 2, "2024-01-31", "2024-01-31 00:00"), "utf-8")
    shared = note.read_text("utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(NOON, SEOUL))
    hand.live(10)
    assert note.read_text("utf-8") == shared
    note.write_text(shared.replace("count: 1", "count: 5"), "utf-8")
    hand.send("a.md")
    hand.live(5)
    mine = note.read_text("utf-8")
    assert "double: 10" in mine
    theirs = shared.replace("2024-01-31", "2024-02-01") + "- theirs\n"
    note.write_text(theirs, "utf-8")
    hand.send("a.md")
    hand.live(5)
    copy = add_copy(root, mine, hand)
    hand.live(3 * 3600)
    assert copy.read_text("utf-8") == mine


@pytest.mark.parametrize("more", ["conflict-copies: leave\n", "ignore: [a.md]\n"])
def test_copies_that_are_left_alone(tmp_path: Path, more: str) -> None:
    root = tmp_path / "v"
    make_vault(root, more=more)
    (root / "a.md").write_text(render(1), "utf-8")
    copy = add_copy(root, render(1))
    hand = FakeTimeDaemon(root, FakeClocks(EVENING, SEOUL))
    hand.send(COPY)
    hand.live(3 * 3600)
    assert copy.exists()


def test_a_copy_waits_until_both_are_at_rest(tmp_path: Path) -> None:
    root = tmp_path / "v"
    hand, note = start(root)
    hand.clocks.base = time.time()
    copy = add_copy(root, note.read_text("utf-8"), hand)
    now = hand.clocks.wall()
    os.utime(copy, (now, now))
    hand.live(0.5)
    assert copy.exists()
