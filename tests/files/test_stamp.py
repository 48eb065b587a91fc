"""The date of a new version: one second after that of the old one, whatever that was."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.editors import NEW, OLD, Vault
from vault_sync.files import platform
from vault_sync.files.outcome import WriteStatus
from vault_sync.files.replace import replace_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SECOND = 10**9
DAY = 86_400 * SECOND
EVENING = 1_730_000_000 * SECOND


def replace_at(vault: Vault, mtime_ns: int, *, by_person: bool = False) -> int:
    """Replace a note that was last written at a time; return the time of the new version."""
    os.utime(vault.note, ns=(0, mtime_ns))
    replacement = vault.replacement()._replace(by_person=by_person)
    assert (
        replace_notes(vault.root, [replacement], vault.context())[0].status is WriteStatus.WRITTEN
    )
    assert vault.note.read_bytes() == NEW
    return vault.note.stat().st_mtime_ns


@pytest.mark.parametrize(
    "old",
    [
        EVENING,
        EVENING + 999_999_999,
        0,
        -1,
        -DAY,
        4_070_908_800 * SECOND,  # in 2099
        (2**31 - 1) * SECOND,
    ],
)
def test_a_new_version_is_one_second_younger(vault: Vault, old: int) -> None:
    assert replace_at(vault, old) == old + SECOND


def test_each_further_version_is_a_second_younger_than_the_last(vault: Vault) -> None:
    os.utime(vault.note, ns=(0, EVENING))
    for number in range(1, 4):
        replace_notes(vault.root, [vault.replacement(new=NEW + b"x" * number)], vault.context())
        assert vault.note.stat().st_mtime_ns == EVENING + number * SECOND


def test_what_a_person_asked_for_is_of_now(vault: Vault) -> None:
    before = time.time_ns() - SECOND // 10  # the disk's clock ticks more slowly than ours
    assert before < replace_at(vault, EVENING, by_person=True) <= time.time_ns()


def test_what_a_person_asked_for_is_younger_than_a_version_from_the_future(vault: Vault) -> None:
    future = time.time_ns() + DAY
    assert replace_at(vault, future, by_person=True) == future + SECOND


def patch_utime(monkeypatch: pytest.MonkeyPatch, keep: Callable[[int], int]) -> None:
    """Let the disk keep of each time what a function gives."""
    real = os.utime

    def keep_some(file: int, *, ns: tuple[int, int]) -> None:
        real(file, ns=(ns[0], keep(ns[1])))

    monkeypatch.setattr("vault_sync.files.platform.os.utime", keep_some)


@pytest.mark.parametrize(
    ("old", "keep", "new"),
    [
        pytest.param(EVENING, lambda ns: ns // (2 * SECOND) * 2 * SECOND, 2 * SECOND, id="FAT"),
        pytest.param(EVENING, lambda ns: ns // SECOND * SECOND, SECOND, id="whole seconds"),
        pytest.param(
            EVENING, lambda ns: min(ns, EVENING), -2 * SECOND, id="the last time it holds"
        ),
    ],
)
def test_a_coarse_disk_gets_the_least_step_that_it_keeps(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    old: int,
    keep: Callable[[int], int],
    new: int,
) -> None:
    os.utime(vault.note, ns=(0, old))
    replacement = vault.replacement()
    patch_utime(monkeypatch, keep)
    assert (
        replace_notes(vault.root, [replacement], vault.context())[0].status is WriteStatus.WRITTEN
    )
    assert vault.note.stat().st_mtime_ns == old + new


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("utime", [refuse, lambda *_, **__: None], ids=["an error", "in silence"])
def test_a_disk_that_keeps_no_time_leaves_the_note_as_it_was(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, utime: Callable[..., None]
) -> None:
    os.utime(vault.note, ns=(0, EVENING))
    replacement = vault.replacement()
    monkeypatch.setattr("vault_sync.files.platform.os.utime", utime)
    outcome = replace_notes(vault.root, [replacement], vault.context())[0]
    assert outcome.status is WriteStatus.FAILED
    assert "date of the new version" in (outcome.problem.message if outcome.problem else "")
    assert (vault.note.read_bytes(), vault.leftovers()) == (OLD, [])


class FakeSystem:
    """The C library of macOS and the kernel library of Windows, as far as times go."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def fsetattrlist(self, _file: int, wanted: bytes, value: bytes, *_: object) -> int:
        self.told.append((struct.unpack("=HHIIIII", wanted), struct.unpack("=qq", value)))
        return 0

    def SetFileTime(self, handle: Any, made: Any, read: Any, written: Any) -> int:  # noqa: N802 - the system's name
        def value(pointer: Any) -> int | None:
            return None if pointer is None else pointer._obj.value

        self.told.append((handle.value, value(made), read, value(written)))
        return 1

    def get_osfhandle(self, file: int) -> int:
        return 1000 + file


def test_macos_keeps_the_creation_behind_the_new_time(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = FakeSystem()
    monkeypatch.setattr("vault_sync.files.platform.sys.platform", "darwin")
    monkeypatch.setattr(platform, "load_libc", lambda: system)
    birth = platform.find_birth(SimpleNamespace(st_birthtime=-1.5))  # type: ignore[arg-type]  # as much as is asked for
    with vault.note.open("r+b") as file:
        platform.set_times(file.fileno(), EVENING, birth)
    assert vault.note.stat().st_mtime_ns == EVENING
    assert system.told == [((5, 0, 0x200, 0, 0, 0, 0), (-2, SECOND // 2))]


@pytest.mark.parametrize(
    "facts",
    [{"st_ctime_ns": 1, "st_birthtime_ns": EVENING}, {"st_ctime_ns": EVENING}],
    ids=["Python 3.12", "Python 3.11"],
)
def test_windows_keeps_the_creation(monkeypatch: pytest.MonkeyPatch, facts: dict[str, int]) -> None:
    system = FakeSystem()
    monkeypatch.setattr("vault_sync.files.platform.sys.platform", "win32")
    monkeypatch.setattr(platform, "_load_module", lambda _name: system)
    monkeypatch.setattr(ctypes, "WinDLL", lambda _name, **_how: system, raising=False)
    birth = platform.find_birth(SimpleNamespace(**facts))  # type: ignore[arg-type]  # as much as is asked for
    platform.set_times(7, 0, birth)
    epoch = 116_444_736_000_000_000
    assert system.told == [(1007, epoch + EVENING // 100, None, epoch)]


def test_windows_says_why_it_sets_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    system = FakeSystem()
    monkeypatch.setattr(FakeSystem, "SetFileTime", lambda *_: 0)
    monkeypatch.setattr("vault_sync.files.platform.sys.platform", "win32")
    monkeypatch.setattr(platform, "_load_module", lambda _name: system)
    monkeypatch.setattr(ctypes, "WinDLL", lambda _name, **_how: system, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    with pytest.raises(OSError, match="Windows error 5"):
        platform.set_times(7, 0, None)


def test_linux_tells_no_creation_that_could_be_set(vault: Vault) -> None:
    if os.name != "posix" or sys.platform == "darwin":
        pytest.skip("this system can set it")
    assert platform.find_birth(vault.note.stat()) is None


def test_a_file_was_made_when_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.touch()
    born = platform.read_birth(str(file))
    if born is None:
        pytest.skip("this file system does not tell it")
    # Nobody has written into it since.
    assert abs(born - file.stat().st_mtime_ns) < SECOND // 50
    os.utime(file, ns=(0, EVENING))
    assert platform.read_birth(str(file)) == born


def test_nothing_tells_when_what_is_not_there_was_made(tmp_path: Path) -> None:
    assert platform.read_birth(str(tmp_path / "none")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="asks as Linux does")
def test_a_link_was_made_when_the_link_was(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc/version")
    target = platform.read_birth("/proc/version")
    assert target is None or platform.read_birth(str(tmp_path / "link")) != target


ALL_BUT_BIRTH = 0x7FF  # Linux <linux/stat.h>: STATX_BASIC_STATS


@pytest.mark.skipif(sys.platform != "linux", reason="asks as Linux does")
@pytest.mark.parametrize(
    ("fails", "told", "born"),
    [
        pytest.param(0, ALL_BUT_BIRTH | 0x800, EVENING + 7, id="all"),
        pytest.param(0, 0x800, EVENING + 7, id="the creation alone"),
        pytest.param(0, ALL_BUT_BIRTH, None, id="all but the creation"),
        pytest.param(0, ALL_BUT_BIRTH | 0x1000, None, id="more, but not the creation"),
        pytest.param(0, 0, None, id="nothing"),
        pytest.param(-1, 0x800, None, id="an error"),
    ],
)
def test_a_creation_counts_only_where_the_file_system_tells_it(
    monkeypatch: pytest.MonkeyPatch, fails: int, told: int, born: int | None
) -> None:
    def statx(_at: object, _path: object, _flags: object, _mask: object, found: Any) -> int:
        struct.pack_into("=I", found, 0, told)
        struct.pack_into("=qI", found, 80, EVENING // SECOND, 7)
        return fails

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace(statx=statx))
    assert platform.read_birth("a.md") == born


def list_times(vault: Vault, paths: Sequence[str]) -> set[int]:
    return {(vault.folder / path).stat().st_mtime_ns for path in paths}


def test_many_notes_at_once_are_each_a_second_younger(vault: Vault) -> None:
    paths = [f"{number}.md" for number in range(100)]
    for path in paths:
        (vault.folder / path).write_bytes(OLD)
        os.utime(vault.folder / path, ns=(0, EVENING))
    replace_notes(vault.root, [vault.replacement(path) for path in paths], vault.context())
    assert list_times(vault, paths) == {EVENING + SECOND}
