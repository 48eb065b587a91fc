"""Daemons that are asked to stop: at once, with whole notes, and with nothing left behind."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.daemon.daemons import (
    DEADLINE,
    Process,
    await_that,
    has_health,
    linux_only,
    make_vault,
    read_property,
    render,
    run_daemon,
)
from vault_sync.state.folder import find_daemon, open_state

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.daemon.daemons import Running
    from vault_sync.daemon.loop import CancelCheck
    from vault_sync.vault.workspace import Workspace


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_stops_when_asked(root: Path, number: signal.Signals) -> None:
    with Process(root) as process:
        process.await_saying("Refreshed a.md")
        assert find_daemon(open_state(root))
        assert process.terminate(number) == 0
        assert "every note is whole" in process.said()
        assert has_health(root, "stopped")
        assert not find_daemon(open_state(root))


@linux_only
def test_it_stops_in_the_middle_of_a_mass_and_leaves_nothing_behind(root: Path) -> None:
    for number in range(2000):
        (root / f"{number}.md").write_text(render(number), "utf-8")
    with Process(root) as process:
        process.await_saying("Refreshed ")
        assert process.terminate() == 0
    assert not [*root.glob(".*.part"), *root.glob(".*.old")]
    texts = [read_property(root / f"{number}.md", "double") for number in range(2000)]
    assert all(text in {"", str(2 * number)} for number, text in enumerate(texts))
    assert "" in texts


class StopAtFirstWrite(logging.Handler):
    """Asks a daemon to stop as soon as it says that it has written a note."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self.running = running

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("Refreshed "):
            self.running.daemon.stop()


def test_a_stop_in_the_middle_of_a_mass_waits_for_a_handful_of_notes(tmp_path: Path) -> None:
    many = 600
    root = make_vault(tmp_path / "vault", quiet="1ms", more="max-changes: 1000000\n")
    (tmp_path / "mass").mkdir()
    for number in range(many):
        (tmp_path / f"mass/{number}.md").write_text(render(number), "utf-8")
    with run_daemon(root) as running:
        running.log.addHandler(StopAtFirstWrite(running))
        (tmp_path / "mass").rename(root / "mass")
        running.await_saying("Stopped")
    notes = [root / f"mass/{number}.md" for number in range(many)]
    stale = [note for note in notes if not read_property(note, "double")]
    assert many - 64 <= len(stale) < many


@linux_only
def test_it_stops_although_a_program_keeps_a_note_open(root: Path) -> None:
    note = root / "a.md"
    with Process(root) as process:
        process.await_saying("Refreshed a.md")
        with note.open("r+") as editor:
            note.write_text(render(30), "utf-8")
            await_that(lambda: [*root.glob(".vault-sync-*.old")])
            assert process.terminate() == 0
            editor.seek(0, os.SEEK_END)
            editor.write("More.\n")
    assert note.read_text("utf-8") == render(30) + "More.\n"
    assert not [*root.glob(".vault-sync-*")]


def test_a_stop_ends_what_an_updater_does_and_calls_no_other(root: Path) -> None:
    busy, called = threading.Event(), threading.Event()

    def work_for_ever(_workspace: Workspace, _moment: datetime, check: CancelCheck) -> None:
        busy.set()
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            check()

    def update(_workspace: Workspace, _moment: datetime, _check: CancelCheck) -> None:
        called.set()

    with run_daemon(root, work_for_ever, update) as running:
        assert busy.wait(DEADLINE)
        running.daemon.stop()
        running.await_saying("Stopped")
    assert not called.is_set()
    assert "Traceback" not in running.said.getvalue()
