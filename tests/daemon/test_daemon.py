"""Daemons at work, with the real clock and real events."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import (
    DEADLINE,
    Process,
    await_that,
    configure,
    has_health,
    is_refreshed,
    linux_only,
    make_vault,
    read_property,
    render,
    run_daemon,
)
from vault_sync.cli import run as run_here
from vault_sync.daemon.events import EventsUnavailableError
from vault_sync.plan.planner import plan_note
from vault_sync.state.folder import find_daemon, open_state
from vault_sync.state.health import find_log

if TYPE_CHECKING:
    from vault_sync.daemon.loop import CancelCheck
    from vault_sync.vault.workspace import Workspace

_QUEUE: Final = Path("/proc/sys/fs/inotify/max_queued_events")


SCREEN: Final = """\
from pathlib import Path
class DesktopNotifierSync:
    def __init__(self, app_name): pass
    def send(self, title, message):
        with Path({shown!r}).open("a", encoding="utf-8") as file:
            print(title, file=file)
"""


def test_an_edit_is_answered_and_nothing_else_is_touched(root: Path) -> None:
    note = root / "a.md"
    with run_daemon(root):
        await_that(lambda: is_refreshed(note, 1))
        note.write_text(note.read_text("utf-8").replace("count: 1", "count: 21"), "utf-8")
        await_that(lambda: is_refreshed(note, 21))
        text, stamp = note.read_text("utf-8"), note.stat().st_mtime_ns
        (root / "new.md").write_text(render(3), "utf-8")
        await_that(lambda: is_refreshed(root / "new.md", 3))
        assert (note.read_text("utf-8"), note.stat().st_mtime_ns) == (text, stamp)
    assert text.endswith("---\nText.\n")
    assert not [*root.glob(".vault-sync-*")]


def test_it_works_without_events(root: Path) -> None:
    with run_daemon(root, is_polling=True):
        await_that(lambda: is_refreshed(root / "a.md", 1))
        await_that(lambda: has_health(root, "polling"))
        (root / "a.md").write_text(render(4), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 4))


def test_where_there_are_no_events_it_says_so_and_looks(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise EventsUnavailableError("inotify instance limit reached")

    monkeypatch.setattr("vault_sync.daemon.events.EventSource", refuse)
    with run_daemon(root) as running:
        running.await_saying("no events for this vault (inotify instance limit reached)")
        (root / "a.md").write_text(render(4), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 4))


def test_folders_beyond_the_limit_are_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vault_sync.daemon.events.EventSource.list_unwatched", lambda _: ["b", "b/c"]
    )
    with run_daemon(root) as running:
        running.await_saying("watches only some of the folders (not b, 2 in all)")
        await_that(lambda: has_health(root, "degraded"))


def test_a_vault_that_goes_and_comes_back(root: Path, tmp_path: Path) -> None:
    with run_daemon(root) as running:
        await_that(lambda: is_refreshed(root / "a.md", 1))
        await_that(lambda: not [*root.glob(".vault-sync-*")])  # the old version is put away last
        shutil.copytree(root, tmp_path / "copy")
        shutil.rmtree(root)
        running.await_saying("is gone")
        await_that(lambda: has_health_of(tmp_path, root, "paused"))
        (tmp_path / "copy/a.md").write_text(render(6), "utf-8")
        (tmp_path / "copy").rename(root)
        await_that(lambda: is_refreshed(root / "a.md", 6))
        (root / "a.md").write_text(render(7), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 7))


def test_a_vault_that_is_exchanged_for_another_one(root: Path, tmp_path: Path) -> None:
    with run_daemon(root) as running:
        await_that(lambda: is_refreshed(root / "a.md", 1))
        other = make_vault(tmp_path / "other")
        (other / "b.md").write_text(render(5), "utf-8")
        root.rename(tmp_path / "old")
        other.rename(root)
        await_that(lambda: is_refreshed(root / "b.md", 5), running.said.getvalue)
        (root / "b.md").write_text(render(6), "utf-8")
        await_that(lambda: is_refreshed(root / "b.md", 6), running.said.getvalue)


@linux_only
def test_a_state_folder_that_is_deleted_is_made_anew(root: Path, state: Path) -> None:
    with Process(root) as first:
        await_that(lambda: is_refreshed(root / "a.md", 1), first.said)
        gone = state.rename(state.with_name("gone"))  # at once: the daemon may be writing there
        (root / "a.md").write_text(render(3), "utf-8")  # wakes it, so no timer need be waited for
        first.await_saying("is made anew")
        shutil.rmtree(gone)
        await_that(lambda: has_health(root, "watching"), first.said)
        (root / "a.md").write_text(render(4), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 4), first.said)
        holder = find_daemon(open_state(root))
        assert holder
        assert holder.pid == first.popen.pid
        log = find_log(open_state(root))
        await_that(lambda: "Refreshed a.md" in log.read_text("utf-8"), first.said)
        with Process(root) as second:
            assert second.popen.wait(DEADLINE) == 2
            assert f"process {first.popen.pid}" in second.said()
        assert first.terminate() == 0


@linux_only
def test_of_two_daemons_one_stops(root: Path) -> None:
    with Process(root) as first:
        await_that(lambda: is_refreshed(root / "a.md", 1), first.said)
        first.popen.send_signal(signal.SIGSTOP)  # else it would be faster
        (open_state(root).path / "daemon.lock").unlink()
        with Process(root) as second:
            second.await_saying(" notes in ")
            first.popen.send_signal(signal.SIGCONT)
            assert first.popen.wait(DEADLINE) == 2
            assert "so it stops" in first.said()
            assert f"process {second.popen.pid}" in first.said()
            holder = find_daemon(open_state(root))
            assert holder
            assert holder.pid == second.popen.pid
            assert not has_health(root, "stopped")
            (root / "a.md").write_text(render(4), "utf-8")
            await_that(lambda: is_refreshed(root / "a.md", 4), second.said)
            assert second.terminate() == 0


def has_health_of(tmp_path: Path, root: Path, state: str) -> bool:
    found = [*(tmp_path / "state").glob("*/daemon.json")]
    return (
        bool(found) and f'"state": "{state}"' in found[0].read_text("utf-8") and not root.exists()
    )


def test_new_settings_count_and_broken_ones_do_not(root: Path) -> None:
    note = root / "a.md"
    with run_daemon(root) as running:
        await_that(lambda: is_refreshed(note, 1))
        (root / ".vault-sync.yaml").write_text("rules: [\n", "utf-8")
        running.await_saying("the old ones still count")
        note.write_text(render(5), "utf-8")
        await_that(lambda: is_refreshed(note, 5))
        configure(root)
        text = (root / ".vault-sync.yaml").read_text("utf-8")
        (root / ".vault-sync.yaml").write_text(text.replace("count * 2", "count * 3"), "utf-8")
        await_that(lambda: read_property(note, "double") == "15")


def test_while_git_is_at_work_nothing_is_written(root: Path) -> None:
    note = root / "a.md"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    with run_daemon(root) as running:
        await_that(lambda: is_refreshed(note, 1))
        (root / ".git/index.lock").touch()
        note.write_text(render(9), "utf-8")
        running.await_saying("git is at work")
        assert not is_refreshed(note, 9)
        await_that(lambda: has_health(root, "paused"))
        (root / ".git/index.lock").unlink()
        await_that(lambda: is_refreshed(note, 9))
        running.await_saying("Writing goes on.")
        await_that(lambda: has_health(root, "watching"))


def test_updaters_are_called_after_changes_and_may_fail(root: Path) -> None:
    called = threading.Event()

    def fail(_workspace: Workspace, _moment: datetime, _check: CancelCheck) -> None:
        raise RuntimeError("no calendar today")

    def update(workspace: Workspace, moment: datetime, _check: CancelCheck) -> None:
        assert is_refreshed(Path(workspace.vault.root) / "a.md", 1)
        assert datetime.now(UTC) >= moment
        called.set()

    with run_daemon(root, fail, update) as running:
        assert called.wait(20)
        running.await_saying("no calendar today")


def test_a_rescue_copy_is_shown_on_the_screen_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, shown = tmp_path / "lib/desktop_notifier", tmp_path / "shown"
    library.mkdir(parents=True)
    (library / "__init__.py").touch()
    (library / "sync.py").write_text(SCREEN.format(shown=str(shown)), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(library.parent), prepend=os.pathsep)
    with Process(root) as process:
        process.await_saying("Refreshed a.md")
        rescue = open_state(root).rescue
        rescue.mkdir(parents=True, exist_ok=True)
        (rescue / "run a.md").write_text(render(3), "utf-8")
        (root / "a.md").write_text(render(2), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 2))
        (root / "a.md").write_text(render(3), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 3))
        await_that(shown.exists, process.said)
    assert shown.read_text("utf-8").splitlines() == ["A rescue copy of a.md"]


def test_a_note_that_brings_out_a_bug_stops_no_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = plan_note

    def plan(text: str, path: str, *rest: object) -> object:
        if path == "a.md":
            raise RecursionError
        return real(text, path, *rest)  # type: ignore[arg-type]  # they are handed on

    monkeypatch.setattr("vault_sync.engine.refresh.plan_note", plan)
    (root / "b.md").write_text(render(2), "utf-8")
    with run_daemon(root) as running:
        await_that(lambda: is_refreshed(root / "b.md", 2))
        running.await_saying("a.md: This is a bug of vault-sync (RecursionError)")
        running.await_saying("in plan\n")


def test_a_full_disk_is_survived(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: object, *arguments: object, **named: object) -> int:
        if str(path).endswith(".jsonl"):
            raise OSError(28, "No space left on device")
        return real(path, *arguments, **named)  # type: ignore[arg-type]  # they are handed on

    before = (root / "a.md").read_bytes()
    monkeypatch.setattr("vault_sync.daemon.loop.RETRY", 1.0)
    with monkeypatch.context() as patch:
        patch.setattr("vault_sync.state.journal.os.open", refuse)
        with run_daemon(root) as running:
            running.await_saying("No space left on device")
            assert (root / "a.md").read_bytes() == before
            await_that(lambda: has_health(root, "paused"))
            patch.undo()
            await_that(lambda: is_refreshed(root / "a.md", 1))


@linux_only
def test_a_second_daemon_is_refused_and_refresh_is_not(root: Path) -> None:
    with Process(root) as process:
        process.await_saying("Refreshed a.md")
        second = run("watch", str(root))
        assert second.returncode == 2
        assert f"process {process.popen.pid} " in second.stderr
        (root / "a.md").write_text(render(8), "utf-8")
        assert run("refresh", str(root)).returncode == 0
        assert is_refreshed(root / "a.md", 8)
        (root / "a.md").write_text(render(9), "utf-8")
        await_that(lambda: is_refreshed(root / "a.md", 9))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vault_sync", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@linux_only
def test_when_the_queue_overflows_every_note_is_found(root: Path) -> None:
    many = int(_QUEUE.read_text("ascii")) // 2 + 500
    if many > 50_000:
        pytest.skip("the system's event queue is too long to be filled in a short test")
    (root / "b").mkdir()
    with Process(root) as process:
        process.await_saying("Refreshed a.md")
        process.popen.send_signal(signal.SIGSTOP)
        for number in range(many):
            (root / f"b/{number}.md").write_text("Text.\n", "utf-8")
        (root / "b/last.md").write_text(render(11), "utf-8")
        process.popen.send_signal(signal.SIGCONT)
        await_that(lambda: is_refreshed(root / "b/last.md", 11), process.said)
        assert "Events were lost" in process.said()
        assert process.terminate() == 0


@pytest.mark.parametrize("span", ["5", "2h", "-1s", "soon"])
def test_a_span_that_is_none_is_refused(
    root: Path, span: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(["watch", str(root), "--quiet-period", span]) == 2
    assert "write it as 5s or 2m" in capsys.readouterr().err


def test_a_configuration_that_cannot_be_used_is_no_start(root: Path) -> None:
    (root / ".vault-sync.yaml").write_text("rules: [\n", "utf-8")
    assert run_here(["watch", str(root)]) == 3
