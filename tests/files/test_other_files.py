"""Files besides notes: kept in the vault for other programs, linked, short-lived, rescued."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.vault.vaults import posix_only
from vault_sync.errors import KeptFileError
from vault_sync.files import export
from vault_sync.files.export import (
    RescueFolder,
    keep_file,
    link_kept,
    link_neighbours,
    make_scratch,
    remove_file,
    remove_links,
    replace_keeping,
    restore_kept,
    write_scratch,
)
from vault_sync.files.folder import VaultFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK: Final = "made by vault-sync"
OURS: Final = f"BEGIN\n{MARK}\n".encode()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[VaultFolder]:
    with VaultFolder(str(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("old", "is_written"),
    [
        (None, True),
        (b"", True),
        (OURS, False),
        (OURS + b"older", True),
        (b"x" * (1024 - len(MARK)) + MARK.encode(), True),
    ],
)
def test_a_file_of_ours_is_brought_up_to_date(
    tmp_path: Path, root: VaultFolder, old: bytes | None, *, is_written: bool
) -> None:
    if old is not None:
        (tmp_path / "a.ics").write_bytes(old)
    assert keep_file(root, "a.ics", OURS, MARK) is is_written
    assert (tmp_path / "a.ics").read_bytes() == OURS
    assert [one.name for one in tmp_path.iterdir()] == ["a.ics"]


@pytest.mark.parametrize(
    "old", [b"mine", b"x" * 1024 + MARK.encode(), b"x" * (1025 - len(MARK)) + MARK.encode()]
)
def test_a_file_of_somebody_else_stays(tmp_path: Path, root: VaultFolder, old: bytes) -> None:
    (tmp_path / "a.ics").write_bytes(old)
    with pytest.raises(KeptFileError, match="was not made by vault-sync"):
        keep_file(root, "a.ics", OURS, MARK)
    assert (tmp_path / "a.ics").read_bytes() == old


@posix_only
@pytest.mark.parametrize("path", ["link.ics", "folder", "gone/a.ics", "way/a.ics"])
def test_where_no_file_can_be_kept_it_is_said(tmp_path: Path, root: VaultFolder, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine").write_bytes(OURS + b"older")
    (tmp_path / "link.ics").symlink_to(tmp_path / "mine")
    (tmp_path / "way").symlink_to(tmp_path / "folder")
    with pytest.raises(KeptFileError, match=f"{path} (cannot be kept up to date|was not written)"):
        keep_file(root, path, OURS, MARK)
    assert (tmp_path / "mine").read_bytes() == OURS + b"older"
    assert not [*(tmp_path / "folder").iterdir()]


def test_a_full_disk_is_said_and_the_old_file_stays(
    tmp_path: Path, root: VaultFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.ics").write_bytes(OURS + b"older")
    monkeypatch.setattr(export, "write_all", fail)
    with pytest.raises(KeptFileError, match=r"a\.ics was not written: No space"):
        keep_file(root, "a.ics", OURS, MARK)
    assert (tmp_path / "a.ics").read_bytes() == OURS + b"older"


@posix_only
def test_neighbours_are_linked_and_the_links_go_again(tmp_path: Path) -> None:
    source, folder = tmp_path / "hooks", tmp_path / "ours"
    for one in (source, folder):
        one.mkdir()
    for name in ("helper.sh", "pre-commit", ".hidden", "taken"):
        (source / name).write_text(name, "utf-8")
    (folder / "taken").write_text("mine", "utf-8")
    link_neighbours(folder, source, {"pre-commit"})
    assert {one.name for one in folder.iterdir()} == {".gitignore", "helper.sh", "taken"}
    assert (folder / "helper.sh").readlink() == Path("../hooks/helper.sh")
    assert (folder / "helper.sh").read_text("utf-8") == "helper.sh"
    assert (folder / ".gitignore").read_bytes() == b"*\n"
    assert (folder / "taken").read_text("utf-8") == "mine"
    remove_links(folder)
    assert [one.name for one in folder.iterdir()] == ["taken"]
    (folder / "taken").unlink()
    remove_links(folder)
    assert not folder.exists()
    remove_links(folder)


@posix_only
def test_scratch_files_are_the_user_s_alone_and_go(tmp_path: Path) -> None:
    with make_scratch({"a": b"1", "deep/b": b"2"}) as folder:
        assert (folder / "a").read_bytes() + (folder / "deep" / "b").read_bytes() == b"12"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600
    assert not folder.exists()
    write_scratch(tmp_path / "hook", b"x", 0o700)
    assert stat.S_IMODE((tmp_path / "hook").stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        write_scratch(tmp_path / "hook", b"y")
    assert (tmp_path / "hook").read_bytes() == b"x"


def test_what_is_removed_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert [remove_file(tmp_path / "a") for _ in range(2)] == [True, False]


@posix_only
def test_what_is_kept_can_have_another_name_besides(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"1")
    link_kept(tmp_path / "kept", tmp_path / "new" / "name")
    assert (tmp_path / "new" / "name").samefile(tmp_path / "kept")
    with pytest.raises(FileExistsError):
        link_kept(tmp_path / "kept", tmp_path / "new" / "name")


@posix_only
def test_a_write_that_fails_keeps_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path, kept = tmp_path / "hook", tmp_path / "kept" / "hook"
    path.write_bytes(b"mine")
    with monkeypatch.context() as patch:
        patch.setattr(export, "replace_file", fail)
        with pytest.raises(OSError, match="No space"):
            replace_keeping(path, b"ours", 0o755, kept)
    assert path.read_bytes() == b"mine"
    assert not kept.exists()
    replace_keeping(path, b"ours", 0o755, kept)
    with monkeypatch.context() as patch:  # what a run before has kept stays kept
        patch.setattr(export, "replace_file", fail)
        path.unlink()
        os.link(kept, path)
        with pytest.raises(OSError, match="No space"):
            replace_keeping(path, b"ours", 0o755, kept)
    assert kept.read_bytes() == b"mine"
    replace_keeping(path, b"ours", 0o755, kept)
    assert path.read_bytes() == b"ours"
    restore_kept(path, kept)
    assert path.read_bytes() == b"mine"
    assert not kept.exists()
    restore_kept(path, kept)
    assert not path.exists()


@posix_only
def test_rescue_copies_never_take_each_other_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescue = RescueFolder(tmp_path / "state" / "rescue", "20241027T140100-abcd")
    names = [rescue.keep("Deep/글.md", data).name for data in (b"1", b"2")]
    assert names == [f"20241027T140100-abcd-{number} 글.md" for number in (1, 2)]
    assert [(rescue.folder / name).read_bytes() for name in names] == [b"1", b"2"]
    assert stat.S_IMODE((rescue.folder / names[0]).stat().st_mode) == 0o600
    assert stat.S_IMODE(rescue.folder.stat().st_mode) == 0o700
    long = rescue.keep("a" + "글" * 80 + ".md", b"3")
    assert len(os.fsencode(long.name.partition(" ")[2])) <= 180
    assert long.name.endswith("글.md")
    for size in (179, 180, 181):
        name = "x" * (size - 3) + ".md"
        kept = rescue.keep(name, b"3").name.partition(" ")[2]
        assert kept == name[-180:]
        (rescue.folder / f"{rescue.run_id}-1 {kept}").unlink()
    monkeypatch.setattr("vault_sync.files.platform.sync_file", lambda _: os.close(-1))
    with pytest.raises(OSError, match="Bad file"):
        rescue.keep("b.md", b"4")
    assert len([*rescue.folder.iterdir()]) == 3
