"""What programs read is UTF-8 with LF whatever the locale, and a missing stream changes nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.reviews import ago, make_vault, write_note
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = ("--now", "2024-10-27T14:01")
ON: Final = ("--on", "2024-10-27")
FOR_PROGRAMS: Final = (
    ("due", *ON, "--format", "json"),
    ("due", *ON, "--format", "csv"),
    ("refresh", "--check", *NOW, "--format", "json"),
    ("refresh", "--diff", *NOW),
    ("config", "show", "--format", "json"),
    ("explain", "새것.md", *NOW, "--format", "json"),
    ("eval", '"🛑" + note["⭕과목"]', "새것.md", "--format", "json"),
    ("status", *ON, "--format", "json"),
    ("adopt", "--format", "json"),
    ("adopt", "--format", "yaml"),
    ("verify", "--format", "json"),
    ("calendar", *ON),
    ("report", *ON),
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    made = make_vault(tmp_path / "볼트", "timezone: Asia/Seoul\n")
    write_note(made, "새것.md", ago(1))
    return made


def run(root: Path, *arguments: str, **variables: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "vault_sync", *arguments],
        cwd=root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    ).stdout


@pytest.mark.parametrize("call", FOR_PROGRAMS, ids=" ".join)
def test_the_locale_is_nobody_s_business(root: Path, call: tuple[str, ...]) -> None:
    found = run(root, *call, PYTHONIOENCODING="cp949")
    assert len(found.decode("utf-8")) < len(found), "it has no Korean"
    assert run(root, *call, PYTHONIOENCODING="ascii") == found
    assert call[0] == "calendar" or b"\r" not in found


def close(streams: str, *arguments: str) -> list[str]:
    """Return what runs a command without some of its streams."""
    return [
        "sh",
        "-c",
        f'exec "$@" {streams}',
        "sh",
        sys.executable,
        "-m",
        "vault_sync",
        *arguments,
    ]


PRINTING: Final = (
    ("refresh", "--diff", "--now", "2024-11-01"),
    ("calendar", *ON),
    ("report", *ON),
    ("due", *ON, "--format", "csv"),
    ("status", *ON),
)


@pytest.mark.skipif(os.name == "nt", reason="closed as shells of POSIX do")
@pytest.mark.parametrize("streams", ["", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_missing_stream_changes_nothing_else(root: Path, streams: str) -> None:
    note = root / "새것.md"

    def does(*arguments: str) -> bool:
        """Say whether a command ends well and changes the note."""
        before = note.read_bytes()
        command = close(streams, *arguments)
        subprocess.run(command, cwd=root, check=True, capture_output=not streams)
        return note.read_bytes() != before

    assert does("refresh", *NOW)
    assert does("done", *NOW, "새것")
    assert does("undo")
    for command in PRINTING if streams in {">&-", "<&- >&- 2>&-"} else ():
        assert not does(*command)
    assert b"\0" not in b"".join(file.read_bytes() for file in root.rglob("*.md"))


@pytest.mark.skipif(os.name == "nt", reason="closed as shells of POSIX do")
@pytest.mark.parametrize("streams", [">&-", ">&- 2>&-"])
def test_a_daemon_without_them_works_and_ends_well(root: Path, streams: str) -> None:
    note = root / "새것.md"
    before = note.read_bytes()
    daemon = subprocess.Popen(close(streams, "watch", "--quiet-period", "100ms"), cwd=root)
    try:
        wait_until(lambda: note.read_bytes() != before)
    finally:
        daemon.send_signal(signal.SIGINT)
    assert daemon.wait(20) == 0
