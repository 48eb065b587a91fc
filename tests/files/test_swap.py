"""One contract for swapping, on every system."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from vault_sync.errors import UnswappableError
from vault_sync.files import exchange as swap
from vault_sync.files import platform, prepare
from vault_sync.files.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Folder]:
    (tmp_path / "note.md").write_bytes(b"old")
    (tmp_path / "new").write_bytes(b"new")
    yield Folder(str(tmp_path))
    swap._find_exchange.cache_clear()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


SWAPPED = {"note.md": b"new", "aside": b"old"}
AS_BEFORE = {"note.md": b"old", "new": b"new"}


@pytest.mark.parametrize("way", [swap.swap, swap._swap_by_exchange, swap.swap_by_link])
def test_the_displaced_bytes_bear_the_given_name(
    place: Folder, tmp_path: Path, way: Callable[[Folder, str, str, str], None]
) -> None:
    way(place, "new", "note.md", "aside")
    assert contents(tmp_path) == SWAPPED


@pytest.mark.parametrize("way", [swap.swap, swap._swap_by_exchange, swap.swap_by_link])
def test_a_deleted_note_is_not_made_again(
    place: Folder, tmp_path: Path, way: Callable[[Folder, str, str, str], None]
) -> None:
    (tmp_path / "note.md").unlink()
    with pytest.raises(FileNotFoundError):
        way(place, "new", "note.md", "aside")
    assert contents(tmp_path) == {"new": b"new"}


class FakeLibrary:
    """A C library that exchanges files, or fails with a number."""

    def __init__(self, folder: Path, code: int = 0) -> None:
        self.folder, self.code = folder, code
        self.flags: list[int] = []
        self.renameat2 = self.renameatx_np = SimpleCall(self.exchange)

    def exchange(self, _one: int, one: bytes, _two: int, two: bytes, flag: int) -> int:
        self.flags.append(flag)
        if self.code:
            ctypes.set_errno(self.code)
            return -1
        first, second, third = (self.folder / os.fsdecode(name) for name in (one, two, b"third"))
        first.rename(third)
        second.rename(first)
        third.rename(second)
        return 0


class SimpleCall:
    """A function that lets its argument types be set, as those of ctypes do."""

    def __init__(self, call: Callable[..., int]) -> None:
        self.call = call
        self.argtypes: list[object] = []

    def __call__(self, *arguments: object) -> int:
        return self.call(*arguments)


@pytest.mark.parametrize("code", [0, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_systems_that_exchange_and_their_fallback(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, code: int
) -> None:
    library = FakeLibrary(tmp_path, code)
    monkeypatch.setattr(swap, "load_libc", lambda: library)
    monkeypatch.setattr(sys, "platform", system)
    swap._find_exchange.cache_clear()
    swap.swap(place, "new", "note.md", "aside")
    assert contents(tmp_path) == SWAPPED
    assert library.flags == [2]


def test_a_real_error_is_not_worked_around(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "load_libc", lambda: FakeLibrary(tmp_path, errno.EROFS))
    swap._find_exchange.cache_clear()
    with pytest.raises(OSError, match="Read-only"):
        swap.swap(place, "new", "note.md", "aside")
    assert contents(tmp_path) == AS_BEFORE


def test_an_unknown_system_uses_links(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    swap.swap(place, "new", "note.md", "aside")
    assert contents(tmp_path) == SWAPPED


@pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")
def test_an_older_c_library_is_passed_by(place: Folder, tmp_path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = swap._make_linux_exchange(SimpleNamespace(syscall=libc.syscall))
    exchange(place, "new", "note.md")
    assert contents(tmp_path) == {"note.md": b"new", "new": b"old"}


@pytest.mark.parametrize(
    "code", [errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL]
)
def test_no_exchange_and_no_links_means_no_swap(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UnswappableError, match="neither exchange nor link"):
        swap.swap_by_link(place, "new", "note.md", "aside")
    assert contents(tmp_path) == AS_BEFORE
    assert swap.can_swap(place)
    monkeypatch.setitem(swap._SWAPS, sys.platform, swap.swap_by_link)
    assert not swap.can_swap(place)
    assert contents(tmp_path) == AS_BEFORE


def test_where_no_file_can_be_made_nothing_is_known_of_swaps(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Folder, "create", refuse)
    assert swap.can_swap(place)
    assert contents(tmp_path) == AS_BEFORE


def test_a_link_is_taken_away_where_the_new_file_cannot_follow(
    place: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Folder, "rename", refuse)
    with pytest.raises(OSError, match="Input/output"):
        swap.swap_by_link(place, "new", "note.md", "aside")
    assert contents(tmp_path) == AS_BEFORE


class FakeKernel:
    """A Windows library that plays a script of error numbers; None means done, 0 an error without a number."""

    def __init__(self, folder: Path, codes: list[int | None]) -> None:
        self.folder, self.codes = folder, codes
        self.last = 0

    def ReplaceFileW(self, note: str, new: str, aside: str, *_: object) -> int:  # noqa: N802 - its name
        code = self.codes.pop(0)
        if code in (None, 1177):
            (self.folder / note).rename(self.folder / aside)
        if code is None:
            (self.folder / new).rename(self.folder / note)
        self.last = code or 0
        return int(code is None)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Return what lets Windows play a script, and gives the list of its pauses."""

    def play_codes(*codes: int | None) -> list[float]:
        waited: list[float] = []
        kernel = FakeKernel(tmp_path, [*codes])
        monkeypatch.setattr(swap, "load_kernel32", lambda: kernel)
        monkeypatch.setattr(ctypes, "get_last_error", lambda: kernel.last, raising=False)
        monkeypatch.setattr(swap, "sleep", waited.append)
        monkeypatch.setattr(sys, "platform", "win32")
        return waited

    return play_codes


@pytest.mark.parametrize(
    ("codes", "ends"),
    [
        ([None], (None, 1)),
        ([32, 5, None], (None, 3)),
        ([32] * 8, (errno.EBUSY, 8)),
        ([5] * 8, (errno.EACCES, 8)),
        ([2], (errno.ENOENT, 1)),
        ([112], (errno.ENOSPC, 1)),
        ([0], (errno.EIO, 1)),
        ([1175, 1176, None], (None, 3)),
        ([1177, None], (None, 2)),
        ([1177] * 8, (errno.EBUSY, 8)),
        ([1177, 112], (errno.ENOSPC, 2)),
    ],
)
def test_windows(
    place: Folder,
    tmp_path: Path,
    play: Callable[..., list[float]],
    codes: list[int | None],
    ends: tuple[int | None, int],
) -> None:
    error, tries = ends
    waited = play(*codes)
    if error is None:
        swap.swap(place, "new", "note.md", "aside")
        assert contents(tmp_path) == SWAPPED
    else:
        with pytest.raises(OSError, match="Windows error") as caught:
            swap.swap(place, "new", "note.md", "aside")
        assert caught.value.errno == error
        assert contents(tmp_path) == AS_BEFORE
    assert waited == [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0][: tries - 1]


def test_windows_waits_for_the_name_of_a_note_that_was_half_replaced(
    place: Folder,
    tmp_path: Path,
    play: Callable[..., list[float]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = play(1177, None)
    move, refusals = Folder.rename_if_free, [PermissionError(errno.EACCES, "held")] * 3

    def move_later(folder: Folder, old: str, new: str) -> None:
        if refusals:
            raise refusals.pop()
        move(folder, old, new)

    monkeypatch.setattr(Folder, "rename_if_free", move_later)
    swap.swap(place, "new", "note.md", "aside")
    assert contents(tmp_path) == SWAPPED
    assert waited == [0.01, 0.02, 0.05, 0.01]


@pytest.mark.parametrize(
    "refusal", [PermissionError(errno.EACCES, "held"), FileExistsError(errno.EEXIST, "in aside")]
)
def test_windows_writes_over_no_save_that_came_into_a_half_done_replacement(
    place: Folder,
    play: Callable[..., list[float]],
    monkeypatch: pytest.MonkeyPatch,
    refusal: OSError,
) -> None:
    play(1177)

    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(Folder, "rename_if_free", refuse)
    with pytest.raises(OSError, match="in aside"):
        swap.swap(place, "new", "note.md", "aside")
    assert sorted(place.list_names()) == ["aside", "new"]


def test_windows_keeps_the_error_of_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(
        ctypes, "WinDLL", lambda name, **how: asked.update({name: how}), raising=False
    )
    platform.load_kernel32()
    assert asked == {"kernel32": {"use_last_error": True}}


@pytest.mark.parametrize("code", [0, -1])
def test_macos_copies_access_lists_and_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    calls: list[tuple[object, ...]] = []

    def fcopyfile(*arguments: object) -> int:
        calls.append(arguments)
        ctypes.set_errno(errno.ENOTSUP)
        return code

    monkeypatch.setattr(platform, "load_libc", lambda: SimpleNamespace(fcopyfile=fcopyfile))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(prepare, "_HAS_XATTRS", False)
    target = (tmp_path / "new").open("wb")
    with target, (tmp_path / "note").open("w+b") as source:
        facts = os.fstat(source.fileno())
        if code == 0:
            prepare.copy_metadata(source.fileno(), facts, target.fileno())
        else:
            with pytest.raises(Exception, match="could not be kept"):
                prepare.copy_metadata(source.fileno(), facts, target.fileno())
        assert calls == [(source.fileno(), target.fileno(), None, 0b101)]


def test_without_folder_descriptors_paths_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "HAS_DESCRIPTORS", False)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.md").write_bytes(b"text")
    (tmp_path / "link").symlink_to("sub")
    root = Folder(str(tmp_path))
    folder = Folder("sub", root)
    descriptor = folder.open_to_read("x.md")
    assert os.read(descriptor, 9) == b"text"
    os.close(descriptor)
    folder.rename("x.md", "y.md")
    folder.sync()
    assert folder.place("y.md") == str(tmp_path / "sub" / "y.md")
    with pytest.raises(OSError, match="link"):
        Folder("link", root)
