"""What is seen of a vault: versions of notes, settings, open notes, kinds of mounts, real events."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Literal
from unicodedata import normalize

import pytest
from watchdog.events import FileClosedEvent

from tests.daemon.daemons import (
    FakeClocks,
    FakeTimeDaemon,
    await_that,
    is_refreshed,
    make_vault,
    render,
)
from tests.vault.vaults import posix_only
from vault_sync.daemon.events import EventSource, _Handler, find_mount_type
from vault_sync.daemon.followers import OpenNotes
from vault_sync.daemon.queue import (
    ControlEvent,
    WatchEvent,
    is_hidden,
    is_note_path,
    is_settings_path,
)
from vault_sync.daemon.scan import NoteTable, SettingsFiles, scan_notes
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import Signature, stat_note
from vault_sync.vault.vault import load_vault
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOUNTS: Final = [
    "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    "30 22 0:30 / /mnt/c rw - 9p drvfs rw",
    r"31 22 0:31 / /media/My\040Share rw shared:5 - cifs //nas/share rw",
    "32 22 0:32 / /media rw - autofs auto rw",
    "33 32 0:33 / /media rw - nfs4 host:/media rw",
    "nonsense",
]


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/home/you/vault", "ext4"),
        ("/mnt/c/vault", "9p"),
        ("/mnt/cellar", "ext4"),
        ("/media/My Share/vault", "cifs"),
        ("/media/My Share", "cifs"),
        ("/media/vault", "nfs4"),
    ],
)
def test_the_type_of_a_mount(root: str, kind: str) -> None:
    assert find_mount_type(MOUNTS, root) == kind


@pytest.mark.parametrize(
    ("path", "is_note", "is_setting"),
    [
        ("a.md", True, False),
        ("b/C.MD", True, False),
        (".obsidian/app.json", False, True),
        (".obsidian/plugins/templater-obsidian/data.json", False, True),
        (".vault-sync.yaml", False, True),
        ("Study.base", False, True),
        (".trash/a.md", False, False),
        ("b/.vault-sync-20241027T140100-3f2a-1b9c04d2-17.part", False, False),
        ("b/.hidden.md", False, False),
        ("picture.png", False, False),
        (".obsidian/workspace.json", False, False),
    ],
)
def test_which_paths_matter(path: str, *, is_note: bool, is_setting: bool) -> None:
    assert (is_note_path(path), is_settings_path(path)) == (is_note, is_setting)
    assert is_hidden(path) == any(part.startswith(".") for part in path.split("/"))


class TestTheTable:
    def test_a_version_is_dealt_with_once(self, tmp_path: Path) -> None:
        table, path = self.note(tmp_path)
        scan = scan_notes(load_vault(tmp_path))
        assert table.find_changed(scan) == [path]
        table.mark_done(path, scan.signatures[path], wall=4e9, is_governed=True)
        assert table.find_changed(scan) == []
        table.invalidate([path])
        assert table.find_changed(scan) == [path]

    @pytest.mark.parametrize("keep", [True, False])
    def test_a_rewrite_of_the_same_length_shows(self, tmp_path: Path, *, keep: bool) -> None:
        table, path = self.note(tmp_path)
        before = stat_note(str(tmp_path), path)
        assert before
        table.mark_done(path, before, wall=4e9, is_governed=True)
        (tmp_path / path).write_text("txet", "utf-8")
        if keep:
            os.utime(tmp_path / path, ns=(before.mtime_ns, before.mtime_ns))
        assert table.find_changed(scan_notes(load_vault(tmp_path))) == [path]

    def test_a_note_that_is_too_young_is_looked_at_again(self, tmp_path: Path) -> None:
        table, path = self.note(tmp_path)
        signature = stat_note(str(tmp_path), path)
        assert signature
        table.mark_done(path, signature, wall=signature.mtime_ns / 1e9 + 1, is_governed=True)
        assert not table.is_done(path, signature)
        assert not table.lacks_event(path, signature)

    def test_what_we_wrote_is_open_until_its_event_came(self, tmp_path: Path) -> None:
        table, path = self.note(tmp_path)
        signature = stat_note(str(tmp_path), path)
        assert signature
        table.mark_written(path, signature, b"digest")
        assert not table.is_done(path, signature)
        assert table.lacks_event(path, signature)
        assert table.find_own(path, signature) == b"digest"
        assert table.find_own(path, signature._replace(size=7)) is None
        table.mark_done(path, signature, wall=4e9, is_governed=True)
        assert table.is_done(path, signature)
        assert table.find_own(path, signature) is None

    def test_what_is_gone_is_forgotten(self, tmp_path: Path) -> None:
        table, path = self.note(tmp_path)
        table.mark_done(path, Signature(1, 1, 1, 1, 1), wall=4e9, is_governed=True)
        (tmp_path / path).unlink()
        assert table.find_changed(scan_notes(load_vault(tmp_path))) == []
        assert path not in table

    @pytest.mark.skipif(os.name == "nt", reason="a FIFO as POSIX has it")
    def test_only_plain_files_are_notes(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.md")
        (tmp_path / "link.md").symlink_to(tmp_path / "nowhere")
        assert stat_note(str(tmp_path), "pipe.md") is None
        assert stat_note(str(tmp_path), "link.md") is None
        assert stat_note(str(tmp_path), "none.md") is None
        assert stat_note(str(tmp_path), "nul\0.md") is None

    @staticmethod
    def note(root: Path) -> tuple[NoteTable, str]:
        (root / "a.md").write_text("text", "utf-8")
        return NoteTable(), "a.md"


def test_open_notes_are_those_of_the_layout(tmp_path: Path) -> None:
    layout = tmp_path / ".obsidian/workspace.json"
    layout.parent.mkdir()
    leaf = {"type": "leaf", "state": {"type": "markdown", "state": {"file": "b/한글.md"}}}
    main = {"main": {"children": [leaf]}, "lastOpenFiles": ["old.md"]}
    layout.write_text(json.dumps(main), "utf-8")
    opened = OpenNotes()
    with VaultFolder(tmp_path) as root:
        assert opened.list(root, (".obsidian",)) == {"b/한글.md"}
        layout.write_text("{", "utf-8")
        assert opened.list(root, (".obsidian",)) == frozenset()
        layout.write_text("[" * 100_000, "utf-8")
        assert opened.list(root, (".obsidian",)) == frozenset()
        layout.unlink()
        assert opened.list(root, (".obsidian",)) == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        ".vault-sync.yaml",
        ".obsidian/app.json",
        ".obsidian/types.json",
        ".obsidian/plugins/templater-obsidian/data.json",
    ],
)
def test_settings_that_change_are_seen(tmp_path: Path, name: str) -> None:
    root = make_vault(tmp_path / "v")
    (root / ".obsidian").mkdir()
    workspace = open_workspace(root, None)
    files = SettingsFiles(str(root), None)
    before = files.sign_all(workspace)
    assert files.sign_all(workspace) == before
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("{} ", "utf-8")
    assert files.sign_all(workspace) != before


@posix_only
def test_settings_behind_a_link_are_seen_whatever_their_time(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    target = (root / ".vault-sync.yaml").rename(tmp_path / "dotfiles.yaml")
    (root / ".vault-sync.yaml").symlink_to(target)
    workspace = open_workspace(root, None)
    files = SettingsFiles(str(root), None)
    before, facts = files.sign_all(workspace), target.stat()
    target.write_bytes(target.read_bytes().replace(b"count * 2", b"count * 3"))
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert target.stat().st_size == facts.st_size
    assert files.sign_all(workspace) != before


@posix_only
@pytest.mark.parametrize("how", ["link", "second name", "folder"])
def test_settings_that_change_without_an_event_are_seen_within_seconds(
    tmp_path: Path, how: str
) -> None:
    root = make_vault(tmp_path / "v")
    config, target = root / ".vault-sync.yaml", tmp_path / "dotfiles" / "app.json"
    target.parent.mkdir()
    (root / "a.md").write_text(render(1), "utf-8")
    if how == "folder":
        (root / ".obsidian").symlink_to(target.parent)
        target.write_text("{}", "utf-8")
    else:
        config.rename(target)
        (config.symlink_to if how == "link" else config.hardlink_to)(target)
    hand = FakeTimeDaemon(root, FakeClocks(datetime(2024, 10, 27, 12, tzinfo=UTC)))
    hand.live(30)
    if how == "folder":
        target.write_text('{"userIgnoreFilters": ["a.md"]}', "utf-8")
    else:
        target.write_bytes(target.read_bytes().replace(b"count * 2", b"count * 3"))
    hand.live(6)
    assert "The settings have changed" in hand.said.getvalue()


def test_an_editor_that_empties_the_settings_for_a_moment_does_no_harm(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    config = root / ".vault-sync.yaml"
    text = config.read_text("utf-8")
    hand = FakeTimeDaemon(root, FakeClocks(datetime(2024, 10, 27, 12, tzinfo=UTC)))
    for step in ("", text, "", text):
        config.write_text(step, "utf-8")
        hand.send(".vault-sync.yaml")
        hand.live(1)
    assert "settings" not in hand.said.getvalue()
    hand.live(10)
    assert (
        hand.said.getvalue().count("The settings have changed") == 1
    )  # when they last, they count


def test_settings_in_the_vault_are_not_asked_for_all_the_time(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    hand = FakeTimeDaemon(root, FakeClocks(datetime(2024, 10, 27, 12, tzinfo=UTC)))
    hand.live(30)
    assert hand.daemon._queue.check_at - hand.clocks.awake > 20


def test_a_configuration_that_loses_its_name_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    root = make_vault(tmp_path / "v")
    hand = FakeTimeDaemon(root, FakeClocks(datetime(2024, 10, 27, 12, tzinfo=UTC)))
    (root / ".vault-sync.yaml").rename(root / ".vault-sync.yml")
    hand.send(".vault-sync.yml")
    hand.live(6)
    assert ".vault-sync.yml: The configuration is read from" in hand.said.getvalue()
    (root / "a.md").write_text(render(4), "utf-8")
    hand.send("a.md")
    hand.live(2)
    assert is_refreshed(root / "a.md", 4)


class Source:
    """Real events of a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox: SimpleQueue[WatchEvent] = SimpleQueue()
        self.taken: set[WatchEvent] = set()
        self.source = EventSource(str(root), self.inbox.put)

    def await_event(self, event: WatchEvent) -> None:
        await_that(lambda: event in self.take(), lambda: f"{event} is not among {self.taken}")

    def take(self) -> set[WatchEvent]:
        while not self.inbox.empty():
            self.taken.add(self.inbox.get())
        return self.taken


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    root = tmp_path / "vault"
    (root / "b").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "a.md").write_text("text", "utf-8")
    made = Source(root)
    yield made
    made.source.close()


def overwrite(root: Path) -> None:
    (root / "a.md").write_text("new", "utf-8")


def save_by_rename(root: Path) -> None:
    (root / ".tmp").write_text("new", "utf-8")
    (root / ".tmp").replace(root / "a.md")


def create_below_new_folders(root: Path) -> None:
    (root / "b/n/m").mkdir(parents=True)
    (root / "b/n/m/a.md").write_text("new", "utf-8")


def move_in(root: Path) -> None:
    (root.parent / "outside.md").write_text("new", "utf-8")
    (root.parent / "outside.md").rename(root / "in.md")


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (overwrite, "a.md"),
        (save_by_rename, "a.md"),
        (lambda root: (root / "a.md").unlink(), "a.md"),
        (create_below_new_folders, "b/n/m/a.md"),
        (create_below_new_folders, ControlEvent.FOLDERS),
        (move_in, "in.md"),
        (lambda root: (root / "b").rename(root / "c"), ControlEvent.FOLDERS),
        (lambda root: (root / ".git").rename(root / "c"), ControlEvent.FOLDERS),
        (lambda root: (root / ".vault-sync.yaml").write_text("", "utf-8"), ".vault-sync.yaml"),
        (shutil.rmtree, ControlEvent.ROOT),
    ],
)
def test_what_happens_is_told(
    source: Source, act: Callable[[Path], object], event: WatchEvent
) -> None:
    act(source.root)
    source.await_event(event)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has no finer filter")
def test_reading_and_what_lies_behind_dots_is_not_told(source: Source) -> None:
    for _ in range(20):
        (source.root / "a.md").read_text("utf-8")
        (source.root / ".git/index.md").write_text("x", "utf-8")
        (source.root / "b/picture.png").write_text("x", "utf-8")
    (source.root / "last.md").write_text("x", "utf-8")
    source.await_event("last.md")
    # That the picture has come is told, for formulas may find it; what is written into it is not.
    assert source.take() == {"b/picture.png", "last.md"}


def test_a_complaint_of_watchdog_is_an_alarm(source: Source) -> None:
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed")
    source.await_event(ControlEvent.LOST)


def test_an_event_that_cannot_be_understood_is_an_alarm(source: Source) -> None:
    for thread in threading.enumerate():
        for handlers in getattr(thread, "_handlers", {}).values():
            for handler in handlers:
                handler.dispatch(object())
    source.await_event(ControlEvent.LOST)
    assert source.source.is_alive()


@pytest.mark.parametrize(
    ("typed", "told", "events"),
    [
        ("/v/노트", "/v/노트/웹/가.md", ["웹/가.md"]),
        ("/v/노트", "/v/노트", [ControlEvent.ROOT]),
        ("/v/노트", "/v/노트2/가.md", []),
        ("/v/노트", "", []),
        ("/", "/가.md", ["가.md"]),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="the places are spelled as POSIX has them")
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_way_to_the_vault_may_be_spelled_in_another_form(
    typed: str, told: str, events: list[WatchEvent], form: Literal["NFC", "NFD"]
) -> None:
    heard: list[WatchEvent] = []
    _Handler(typed, heard.append).dispatch(FileClosedEvent(normalize(form, told)))
    assert [normalize("NFC", one) if isinstance(one, str) else one for one in heard] == events


def test_an_event_that_brings_out_a_bug_is_logged_and_a_scan_makes_up_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[WatchEvent] = []

    def send(event: WatchEvent) -> None:
        if event is not ControlEvent.LOST:
            raise ZeroDivisionError
        heard.append(event)

    _Handler("/v", send).dispatch(FileClosedEvent("/v/a.md"))
    assert heard == [ControlEvent.LOST]
    assert "in send" in caplog.text


def test_a_removed_folder_ends_the_source(source: Source) -> None:
    assert source.source.is_alive()
    shutil.rmtree(source.root)
    assert not source.source.is_alive()
    source.root.mkdir()
    await_that(lambda: not source.source.is_alive())


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="proc(5) tells it")
def test_folders_that_are_not_watched_are_found(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source.source.list_unwatched() == []
    (source.root / "b/late").mkdir()
    (source.root / "b/late/a.md").write_text("x", "utf-8")
    source.await_event("b/late/a.md")
    assert source.source.list_unwatched() == []
    known = {(source.root / name).stat().st_ino for name in (".", "b")}
    monkeypatch.setattr("vault_sync.daemon.events._list_watched", lambda: known)
    assert source.source.list_unwatched() == ["b/late"]
