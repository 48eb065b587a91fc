"""Git's lock on an index: held as git holds it, and taken away after a kill, but only if it is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.vaults import posix_only
from vault_sync.files.index_lock import copy_index, drop_dead_lock, find_lock, hold_index

HOLDER = """
import os, sys
from pathlib import Path
from vault_sync.files import index_lock, platform
def die(*_, **__): os._exit(9)
{patch}
with index_lock.hold_index(Path(sys.argv[1])) as copy:
    index_lock.copy_index(Path(sys.argv[1]), copy)
    print("held", flush=True)
    {then}
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    index = tmp_path / "index"
    index.write_bytes(b"DIRC")
    return index


def start(index: Path, patch: str = "", then: str = "sys.stdin.read()") -> subprocess.Popen[str]:
    """Start a process that holds a lock until its input ends."""
    command = [sys.executable, "-c", HOLDER.format(patch=patch, then=then), str(index)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )


def names(index: Path) -> list[str]:
    return sorted(file.name for file in index.parent.iterdir())


def test_where_no_open_file_can_be_taken_away_it_goes_all_the_same(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is on Windows."""
    is_open, close, unlink = [True], os.close, Path.unlink

    def note_closed(descriptor: int) -> None:
        close(descriptor)
        is_open.clear()

    def refuse_open(path: Path, *, missing_ok: bool = False) -> None:
        if is_open and path == find_lock(index):
            raise PermissionError
        unlink(path, missing_ok=missing_ok)

    with hold_index(index):
        monkeypatch.setattr(os, "close", note_closed)
        monkeypatch.setattr(Path, "unlink", refuse_open)
    assert names(index) == ["index"]


def test_it_is_there_while_it_is_held_and_no_longer(index: Path) -> None:
    with hold_index(index) as copy:
        assert b"vault-sync holds this lock" in find_lock(index).read_bytes()
        with pytest.raises(FileExistsError), hold_index(index):
            pytest.fail("two hold it")
        assert not drop_dead_lock(find_lock(index))
        index.chmod(0o600)
        copy_index(index, copy)
        assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (b"DIRC", 0o600)
        copy.with_name(f"{copy.name}.lock").touch()  # as a git that was killed leaves it
    assert names(index) == ["index"]


def test_a_lock_of_git_is_respected(index: Path) -> None:
    find_lock(index).touch()
    with pytest.raises(FileExistsError), hold_index(index):
        pytest.fail("git holds it")
    assert names(index) == ["index", "index.lock"]


@posix_only
def test_the_lock_of_a_killed_run_is_taken_away(index: Path) -> None:
    with start(index) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert not drop_dead_lock(find_lock(index))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert len(names(index)) == 3
    with pytest.raises(FileExistsError), hold_index(index):
        pytest.fail("it is for `drop_dead_lock` to say whose it is")
    assert drop_dead_lock(find_lock(index))
    assert names(index) == ["index"]
    assert not drop_dead_lock(find_lock(index))


DEATHS = {
    "as its file was made": "platform.try_lock = die",
    "before it says who it is": "index_lock.write_all = die",
    "before that is on the disk": "platform.sync_file = die",
    "before there is a lock": "os.link = die",
    "as the lock was made": "real = os.link; os.link = lambda *names: (real(*names), die())",
    "with two names": "Path.unlink = die",
    "before it tidied up": "index_lock._sweep = die",
    "before there is a copy": "index_lock.copy_index = die",
    "in the midst of the copy": "index_lock.write_scratch = die",
    "at the end": "index_lock._release = die",
}


@posix_only
@pytest.mark.parametrize("patch", DEATHS.values(), ids=DEATHS)
def test_nothing_is_left_whenever_it_was_killed(index: Path, patch: str) -> None:
    with start(index, patch, then="pass") as holder:
        assert holder.wait() == 9
    lock = find_lock(index)
    assert drop_dead_lock(lock) or not lock.exists()
    with hold_index(index):
        assert len(names(index)) == 2
    assert names(index) == ["index"]


THEIRS = {
    "a git that has just begun": b"",
    "a git at work": b"DIRC\0\0\0\2",
    "another computer": b"vault-sync holds this lock, on elsewhere, process 1.\n",
    "half of our words": b"vault-sync holds",
}


@pytest.mark.parametrize("content", THEIRS.values(), ids=THEIRS)
def test_a_lock_of_others_stays(index: Path, content: bytes) -> None:
    lock = find_lock(index)
    lock.write_bytes(content)
    assert not drop_dead_lock(lock)
    assert lock.read_bytes() == content


@posix_only
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_file_stays(index: Path, kind: str) -> None:
    lock = find_lock(index)
    if kind == "folder":
        lock.mkdir()
    elif kind == "pipe":
        os.mkfifo(lock)
    else:
        lock.symlink_to(index)
    assert not drop_dead_lock(lock)
    assert os.path.lexists(lock)


def test_where_there_are_no_hard_links(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    with hold_index(index):
        assert find_lock(index).exists()
        with pytest.raises(FileExistsError), hold_index(index):
            pytest.fail("two hold it")
    assert names(index) == ["index"]


def test_where_the_system_has_no_locks_nothing_is_taken_away(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault_sync.files.platform.try_lock", lambda _: False)
    with hold_index(index):
        assert not drop_dead_lock(find_lock(index))
    assert names(index) == ["index"]


def test_a_lock_that_came_into_the_place_of_ours_stays(index: Path) -> None:
    lock = find_lock(index)
    with hold_index(index):
        lock.unlink()
        lock.write_bytes(b"git")
    assert lock.read_bytes() == b"git"
