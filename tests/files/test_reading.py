"""Reading a note: one version, never waiting, never outside."""

from __future__ import annotations

import errno
import os
import socket
import stat
from datetime import datetime
from itertools import count
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.files.editors import OLD, Vault
from tests.formula.scopes import SEOUL, moment
from vault_sync.errors import EvaluationError, NoteChangedError, NoteError
from vault_sync.files import platform, read
from vault_sync.files.folder import VaultFolder, resolve_inside
from vault_sync.files.read import read_note, stat_note

if TYPE_CHECKING:
    from collections.abc import Callable


def test_reads_bytes_and_signature_without_touching(vault: Vault) -> None:
    before = vault.note.stat()
    note = read_note(vault.root, "cell.md")
    assert (note.path, note.data) == ("cell.md", OLD)
    assert (note.signature.size, note.signature.mtime_ns) == (len(OLD), before.st_mtime_ns)
    assert vault.note.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("size", [0, 1, 4096, read.MAX_NOTE_BYTES])
def test_reads_any_size_up_to_the_limit(vault: Vault, size: int) -> None:
    vault.note.write_bytes(b"x" * size)
    assert len(read_note(vault.root, "cell.md").data) == size


def test_reads_names_that_are_not_utf8_and_long_ones(vault: Vault) -> None:
    for name in ("\udcff\udcfe.md", "ㄱ" * 84 + ".md", "-rf.md", "new\nline.md"):
        (vault.folder / name).write_bytes(OLD)
        assert read_note(vault.root, name).data == OLD


def make_fifo(place: Path) -> None:
    os.mkfifo(place)


def make_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))


def make_large(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(read.MAX_NOTE_BYTES + 1)


def make_placeholder(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(4096)


def make_link_out(place: Path) -> None:
    place.symlink_to("/etc/hostname")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_fifo, "not a regular file"),
        (make_socket, "not a regular file"),
        (Path.mkdir, "not a regular file"),
        (make_large, "larger than 10 MiB"),
        (make_placeholder, "not on this disk"),
        (make_link_out, "symbolic link"),
        (lambda _: None, "not there any more"),
    ],
)
def test_refuses_what_is_not_a_plain_note(
    vault: Vault, make: Callable[[Path], None], words: str
) -> None:
    make(vault.folder / "odd.md")
    with pytest.raises(NoteError, match=words):
        read_note(vault.root, "odd.md")


@pytest.mark.parametrize(
    "path", ["../x.md", "a/../../x.md", "/etc/passwd", "", ".", "..", "a//x.md", "x\0.md", "a/"]
)
def test_refuses_paths_that_leave_the_vault(vault: Vault, path: str) -> None:
    (vault.folder / "a").mkdir()
    with pytest.raises(NoteError):
        read_note(vault.root, path)


def test_refuses_a_folder_that_is_a_link(vault: Vault, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.md").write_bytes(OLD)
    (vault.folder / "linked").symlink_to(outside)
    with pytest.raises(NoteError, match="where a folder should be"):
        read_note(vault.root, "linked/x.md")


def test_a_renamed_folder_does_not_lead_astray(vault: Vault) -> None:
    for name, text in (("a", b"first"), ("b", b"second")):
        (vault.folder / name).mkdir()
        (vault.folder / name / "x.md").write_bytes(text)
    assert read_note(vault.root, "a/x.md").data == b"first"
    (vault.folder / "a").rename(vault.folder / "c")
    (vault.folder / "b").rename(vault.folder / "a")
    assert read_note(vault.root, "a/x.md").data == b"second"


def test_a_folder_swapped_for_a_link_does_not_lead_out(vault: Vault, tmp_path: Path) -> None:
    (vault.folder / "a").mkdir()
    (vault.folder / "a" / "x.md").write_bytes(OLD)
    read_note(vault.root, "a/x.md")
    outside = tmp_path / "outside"
    (vault.folder / "a").rename(outside)
    (vault.folder / "a").symlink_to(outside)
    with pytest.raises(NoteError):
        read_note(vault.root, "a/x.md")


def test_reads_again_what_was_written_over_at_the_same_length(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, new = read.read_all, OLD.replace(b"seed: 3", b"seed: 4")

    def read_and_be_disturbed(descriptor: int, expected: int) -> bytes:
        data = real(descriptor, expected)
        vault.note.write_bytes(new)
        os.utime(vault.note, (1, 1))
        monkeypatch.setattr(read, "read_all", real)
        return data

    monkeypatch.setattr(read, "read_all", read_and_be_disturbed)
    assert read_note(vault.root, "cell.md").data == new


@pytest.mark.parametrize("fact", ["st_mtime_ns", "st_ctime_ns", "st_size"])
def test_one_fact_that_differs_makes_another_version(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, fact: str
) -> None:
    look, looks = os.fstat, count()

    def look_before_a_write(descriptor: int) -> os.stat_result:
        facts = look(descriptor)
        if next(looks) % 2:
            return facts  # what it is after the bytes were read
        told = {name: getattr(facts, name) for name in dir(facts) if name.startswith("st_")}
        return SimpleNamespace(**{**told, fact: told[fact] - 1})  # type: ignore[return-value]  # a fake

    monkeypatch.setattr(os, "fstat", look_before_a_write)
    with pytest.raises(NoteChangedError, match="writing this note just now"):
        read_note(vault.root, "cell.md")


@pytest.mark.parametrize(("changes", "is_read"), [(0, 1), (3, 1), (4, 0)])
def test_tries_again_while_the_note_changes(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, changes: int, is_read: int
) -> None:
    real, left = read.read_all, [changes]

    def read_and_be_disturbed(descriptor: int, expected: int) -> bytes:
        data = real(descriptor, expected)
        if left[0]:
            left[0] -= 1
            with vault.note.open("ab") as file:
                file.write(b"more\n")
        return data

    monkeypatch.setattr(read, "read_all", read_and_be_disturbed)
    if is_read:
        assert read_note(vault.root, "cell.md").data == OLD + b"more\n" * changes
    else:
        with pytest.raises(NoteChangedError):
            read_note(vault.root, "cell.md")


@pytest.mark.parametrize(
    ("facts", "is_away"),
    [
        ({"st_size": 9, "st_blocks": 8}, False),
        ({"st_size": 9, "st_blocks": 0}, False),
        ({"st_size": 9}, False),
        ({"st_size": 9, "st_blocks": 0, "st_flags": 0x40000000}, True),
        ({"st_size": 9, "st_file_attributes": 0x20}, False),
        ({"st_size": 9, "st_file_attributes": 0x400020}, True),
        ({"st_size": 9, "st_file_attributes": 0x1000}, True),
    ],
)
def test_knows_placeholders_of_each_system(
    vault: Vault, facts: dict[str, int], is_away: object
) -> None:
    with vault.note.open("rb") as file:
        found = platform.is_placeholder(file.fileno(), SimpleNamespace(**facts))  # type: ignore[arg-type]  # a fake
    assert found is is_away


@pytest.mark.parametrize(
    ("mode", "tag", "is_link"),
    [
        (stat.S_IFLNK, None, True),
        (stat.S_IFREG, None, False),
        (stat.S_IFDIR, None, False),
        (stat.S_IFDIR, 0xA0000003, True),  # a junction
        (stat.S_IFLNK, 0xA000000C, True),  # a link of Windows
        (stat.S_IFDIR, 0x9000001A, False),  # a folder of a cloud service
        (stat.S_IFREG, 0, False),
    ],
)
def test_knows_links_of_each_system(mode: int, tag: int | None, is_link: object) -> None:
    facts = SimpleNamespace(st_mode=mode, **({} if tag is None else {"st_reparse_tag": tag}))
    assert platform.is_link(facts) is is_link  # type: ignore[arg-type]  # a fake


@pytest.mark.parametrize("expected", [0, 1, len(OLD) - 1, len(OLD), len(OLD) + 1, 100_000])
def test_reads_to_the_end_however_much_was_expected(vault: Vault, expected: int) -> None:
    with vault.note.open("rb") as file:
        assert read.read_all(file.fileno(), expected) == OLD


POSIX_ONLY = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY")


@pytest.mark.parametrize(
    ("flags", "wanted", "on_posix"),
    [
        ("READ_FLAGS", ["O_RDONLY"], ["O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"]),
        ("CREATE_FLAGS", ["O_WRONLY", "O_CREAT", "O_EXCL"], ["O_CLOEXEC", "O_NOFOLLOW"]),
        ("FOLDER_FLAGS", ["O_RDONLY"], ["O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY"]),
    ],
)
@pytest.mark.parametrize("is_windows", [False, True])
def test_each_system_opens_with_the_flags_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
    flags: str,
    wanted: list[str],
    on_posix: list[str],
    *,
    is_windows: bool,
) -> None:
    """Windows changes the line ends of a file unless it is opened as a binary one."""
    bits = {name: 1 << (20 + number) for number, name in enumerate([*POSIX_ONLY, "O_BINARY"])}
    for name, bit in bits.items():
        if is_windows is (name == "O_BINARY"):
            monkeypatch.setattr(os, name, bit, raising=False)
        else:
            monkeypatch.delattr(os, name, raising=False)
    names = [*wanted, *(["O_BINARY"] if is_windows else on_posix)]
    found = run_path(str(platform.__file__))[flags]
    assert found == sum(bits.get(name) or getattr(os, name) for name in names)


@pytest.mark.parametrize("data", [b"", OLD])
def test_no_version_that_was_read_looks_like_one_in_the_cloud(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    vault.note.write_bytes(data)
    here = stat_note(str(vault.folder), "cell.md")
    assert here == read_note(vault.root, "cell.md").signature
    monkeypatch.setattr(platform, "is_marked", lambda _: True)
    assert stat_note(str(vault.folder), "cell.md") != here


def test_resolves_links_that_stay_inside(vault: Vault, tmp_path: Path) -> None:
    (vault.folder / "a").mkdir()
    (vault.folder / "a" / "link.md").symlink_to("../cell.md")
    (vault.folder / "out.md").symlink_to(tmp_path)
    (vault.folder / "loop.md").symlink_to("loop.md")
    expected = {"a/link.md": "cell.md", "cell.md": "cell.md", "out.md": None, "loop.md": None}
    assert {path: resolve_inside(vault.root, path) for path in expected} == expected
    assert resolve_inside(vault.root, "../vault/cell.md") == "cell.md"
    assert resolve_inside(vault.root, "missing.md") is None


@pytest.mark.parametrize("path", ["none.md", "folder", "link.md", "nul\0.md", "cell.md/x.md"])
def test_what_is_no_plain_file_has_no_signature(vault: Vault, path: str) -> None:
    (vault.folder / "folder").mkdir()
    (vault.folder / "link.md").symlink_to("cell.md")
    assert stat_note(str(vault.folder), path) is None


@pytest.mark.parametrize("name", ["none", "cell.md"])
def test_a_vault_that_is_no_folder_is_said(vault: Vault, name: str) -> None:
    with pytest.raises(NoteError, match="The vault cannot be opened: "):
        VaultFolder(vault.folder / name)


def test_what_its_disk_tells_of_a_note(vault: Vault) -> None:
    os.utime(vault.note, (0, 1_730_005_265.25))
    signature = read_note(vault.root, "cell.md").signature
    seoul = SimpleNamespace(timezone=SEOUL)
    facts = read.FileFacts(signature, seoul)  # type: ignore[arg-type]  # as much as is asked for
    assert facts("size") == float(len(OLD))
    assert facts("mtime") == moment(2024, 10, 27, 14, 1, 5, 250_000)
    here = read.FileFacts(signature, seoul, str(vault.note))  # type: ignore[arg-type]  # the same
    born = platform.read_birth(str(vault.note))
    if born is not None:
        assert here("ctime") == datetime.fromtimestamp(born / 1e9, SEOUL).replace(tzinfo=None)
    for told, fact in ((facts, "ctime"), (here, "colour"), (here, "zone")):
        with pytest.raises(EvaluationError, match=rf"file\.{fact} cannot be told here"):
            told(fact)


def test_whether_a_name_still_leads_to_an_open_file(vault: Vault) -> None:
    with vault.note.open("rb") as file:
        assert platform.bears_name(file.fileno(), vault.note)
        vault.note.rename(vault.folder / "moved.md")
        assert not platform.bears_name(file.fileno(), vault.note)
        vault.note.write_bytes(OLD)
        assert not platform.bears_name(file.fileno(), vault.note)


class FakeLocks:
    """The locks of Windows, each of some bytes from where the file stands."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: set[int] = set()

    def locking(self, file: int, mode: int, size: int) -> None:
        place = os.lseek(file, 0, os.SEEK_CUR)
        assert (mode, size) == (self.LK_NBLCK, 1)
        if place in self.held:
            raise PermissionError(errno.EACCES, "Permission denied")
        self.held.add(place)


def test_windows_locks_a_byte_that_nobody_reads(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = FakeLocks()
    monkeypatch.setattr(platform, "_fcntl", None)
    monkeypatch.setattr(platform, "_load_module", {"msvcrt": locks}.__getitem__)
    with vault.note.open("rb", buffering=0) as file:
        file.seek(5)
        assert platform.try_lock(file.fileno())
        assert not platform.try_lock(file.fileno())
        assert file.tell() == 5
    assert min(locks.held) > read.MAX_NOTE_BYTES * 1000


@pytest.mark.parametrize(("fails", "synced"), [(False, ["full"]), (True, ["full", "plain"])])
def test_macos_empties_the_cache_of_the_drive_where_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, fails: object, synced: list[str]
) -> None:
    done: list[str] = []

    def control(file: int, command: int) -> None:
        assert (file, command) == (7, 51)
        done.append("full")
        if fails:
            raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(platform, "_fcntl", SimpleNamespace(F_FULLFSYNC=51, fcntl=control))
    monkeypatch.setattr(os, "fsync", lambda _file: done.append("plain"))
    platform.sync_file(7)
    assert done == synced
