"""A rescue copy is told of on the screen, once, and a missing screen or library troubles nobody."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from vault_sync.daemon import status
from vault_sync.daemon.status import RescueNotices, show_notice

if TYPE_CHECKING:
    from pathlib import Path

COPY = "20241027T140100-3f2a-1 세포.md"


def test_each_new_copy_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "20200101T000000-0000-1 old.md").touch()
    told: list[tuple[str, str]] = []
    rescues = RescueNotices(tmp_path, lambda *words: told.append(words))
    rescues.check()
    assert told == []
    (tmp_path / COPY).touch()
    rescues.check()
    rescues.check()
    ((title, message),) = told
    assert title == "A rescue copy of 세포.md"
    assert COPY in message
    assert str(tmp_path) in message


def test_no_name_steers_the_screen(tmp_path: Path) -> None:
    told: list[str] = []
    rescues = RescueNotices(tmp_path, lambda *words: told.extend(words))
    (tmp_path / "run-1 a\x1b[2J\n.md").touch()
    rescues.check()
    assert "\\x1b[2J\\n" in told[0]
    assert not {"\x1b", "\n"} & set("".join(told))


def test_a_folder_that_is_not_there_has_no_copies(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    RescueNotices(tmp_path / "gone", lambda *words: told.append(words)).check()
    assert told == []


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(10)


@pytest.mark.parametrize("fault", [None, OSError("no bus"), AttributeError("another version")])
def test_the_library_is_asked_and_its_faults_are_its_own(
    monkeypatch: pytest.MonkeyPatch, fault: Exception | None
) -> None:
    sent: list[dict[str, Any]] = []

    class Notifier:
        def __init__(self, app_name: str) -> None:
            self.name = app_name

        def send(self, **words: str) -> None:
            sent.append({"app": self.name, **words})
            if fault:
                raise fault

    library = ModuleType("desktop_notifier.sync")
    library.DesktopNotifierSync = Notifier  # type: ignore[attr-defined]  # played here
    monkeypatch.setitem(sys.modules, "desktop_notifier", ModuleType("desktop_notifier"))
    monkeypatch.setitem(sys.modules, "desktop_notifier.sync", library)
    show_notice("title", "message")
    wait_for_threads()
    assert sent == [{"app": "vault-sync", "title": "title", "message": "message"}]


def test_without_the_library_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_LIBRARY", "no_such_library_anywhere")
    show_notice("title", "message")
    wait_for_threads()
