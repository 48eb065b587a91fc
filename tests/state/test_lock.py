"""One daemon per vault: the second is told who is first, and a crash leaves nothing locked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vault_sync.errors import DaemonRunningError, StateError
from vault_sync.files import platform
from vault_sync.state.folder import Holder, StateFolder, find_daemon, hold_daemon_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SINCE = "2024-10-27T14:01:00+09:00"
_HOLDER = (
    "import sys; from pathlib import Path; from vault_sync.state.folder import StateFolder\n"
    "from vault_sync.state.folder import hold_daemon_lock\n"
    "with hold_daemon_lock(StateFolder(Path(sys.argv[1])), sys.argv[2]):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path)


@pytest.fixture
def other(state: StateFolder) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold the lock."""
    command = [sys.executable, "-c", _HOLDER, str(state.path), SINCE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_is_first(
    state: StateFolder, other: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(DaemonRunningError) as caught, hold_daemon_lock(state, "now"):
        pass
    assert f"process {other.pid} on " in str(caught.value)
    assert "since 2024-10-27 14:01" in str(caught.value)
    assert caught.value.exit_code == 2
    holder = find_daemon(state)
    assert holder
    assert (holder.pid, holder.since) == (other.pid, SINCE)


@pytest.mark.parametrize("end", ["kill", "leave"])
def test_however_it_ends_the_next_may_begin(
    state: StateFolder, other: subprocess.Popen[bytes], end: str
) -> None:
    if end == "kill":
        other.kill()
    elif other.stdin:
        other.stdin.close()
    other.wait()
    assert find_daemon(state) is None
    with hold_daemon_lock(state, "now"):
        assert find_daemon(state) is not None
    assert find_daemon(state) is None


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_lock_that_was_deleted_is_not_held_and_can_be_renewed(
    state: StateFolder,
    is_replaced: bool,  # noqa: FBT001 - a case
) -> None:
    with hold_daemon_lock(state, SINCE) as lock:
        assert lock.is_held()
        (state.path / "daemon.lock").unlink()
        if is_replaced:
            (state.path / "daemon.lock").touch()
        assert not lock.is_held()
        assert find_daemon(state) is None
        lock.renew()
        assert lock.is_held()
        assert find_daemon(state) == Holder(os.getpid(), SINCE, socket.gethostname())
    assert find_daemon(state) is None


def test_a_lock_that_another_took_is_not_renewed(state: StateFolder) -> None:
    with hold_daemon_lock(state, SINCE) as lock:
        (state.path / "daemon.lock").unlink()
        with hold_daemon_lock(state, "now") as other:
            with pytest.raises(DaemonRunningError):
                lock.renew()
            assert other.is_held()
            assert not lock.is_held()


def test_an_error_inside_gives_the_lock_back(state: StateFolder) -> None:
    with pytest.raises(RuntimeError), hold_daemon_lock(state, SINCE):
        raise RuntimeError
    with hold_daemon_lock(state, SINCE):
        pass


def test_nobody_holds_what_is_not_there(state: StateFolder) -> None:
    assert find_daemon(state) is None
    assert list(state.path.iterdir()) == []


@pytest.mark.parametrize("words", [b"", b"\x00", b"[]", b'{"pid": "1"}'])
def test_a_holder_that_has_not_signed_is_somebody(
    state: StateFolder, other: subprocess.Popen[bytes], words: bytes
) -> None:
    (state.path / "daemon.lock").write_bytes(words)
    assert find_daemon(state) == Holder()
    with (
        pytest.raises(DaemonRunningError, match="a process that is starting"),
        hold_daemon_lock(state, SINCE),
    ):
        pass


def test_those_who_only_ask_keep_no_daemon_from_starting(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = os.open(state.path / "daemon.lock", os.O_RDWR | os.O_CREAT)
    assert platform.try_lock(asking)
    monkeypatch.setattr("vault_sync.state.folder.time.sleep", lambda _: os.close(asking))
    with hold_daemon_lock(state, SINCE):
        assert find_daemon(state) is not None


def test_what_cannot_be_locked_is_said(state: StateFolder) -> None:
    (state.path / "daemon.lock").mkdir()
    with pytest.raises(StateError, match="no daemon was started"), hold_daemon_lock(state, SINCE):
        pass
