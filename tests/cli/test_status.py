"""``vault-sync status``: real programs in pipes and terminals, and that it stays true."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.study.reviews import ago, make_vault, write_note
from tests.waiting import wait_until
from vault_sync.cli import Options, run
from vault_sync.cli.dashboard import DaemonView
from vault_sync.cli.status import keep_showing
from vault_sync.i18n import LANGUAGES, Language
from vault_sync.state.folder import Holder, hold_daemon_lock, open_state
from vault_sync.state.health import DAEMON_STATES, Health, write_health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


CODES: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
HEALTH: Final = Health(
    pid=os.getpid(),
    vault="/home/you/공부",
    started="2024-10-27T08:00:12+09:00",
    state="watching",
    refreshed=12,
    rescues=1,
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))


class TestTheDaemon:
    def test_what_it_says(self) -> None:
        view = DaemonView(Holder(HEALTH.pid), HEALTH)
        assert view.describe(Language("en")) == (
            "Daemon: watching, since 2024-10-27 08:00, 12 notes refreshed, 1 rescue copy"
        )
        assert view.describe(Language("ko")) == (
            "데몬: 지켜보는 중, 2024-10-27 08:00부터, 노트 12개 갱신, 복구용 사본 1개"
        )

    @pytest.mark.parametrize("state", DAEMON_STATES)
    def test_every_state_has_words(self, state: Any) -> None:
        health = replace(HEALTH, state=state, reason="a \x1b[31mreason")
        for language in map(Language, LANGUAGES):
            said = DaemonView(Holder(HEALTH.pid), health).describe(language)
            assert "(a \\x1b[31mreason)" in said

    def test_one_that_has_said_nothing_yet(self) -> None:
        assert DaemonView(Holder(1), None).describe(Language("en")) == "Daemon: starting"

    def test_a_running_one_is_found(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = make_vault(tmp_path / "v")
        state = open_state(root)
        write_health(state, HEALTH)
        assert read_status(root, capsys)["daemon"]["running"] is False
        with hold_daemon_lock(state, HEALTH.started):
            found = read_status(root, capsys)["daemon"]
        assert found["running"] is True
        assert found["state"] == "watching"
        assert found["refreshed"] == 12

    def test_the_last_words_of_a_killed_one_do_not_count(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = make_vault(tmp_path / "v")
        state = open_state(root)
        write_health(state, replace(HEALTH, pid=1))
        with hold_daemon_lock(state, HEALTH.started):
            assert read_status(root, capsys)["daemon"]["running"] is True


def read_status(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    command = ["--vault", str(root), "status", "--on", "2024-10-27", "--format", "json"]
    assert run(command) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


class TestTheCommand:
    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        found = read_status(make_vault(tmp_path / "v"), capsys)
        assert found["on"] == "2024-10-27"
        assert found["total"] == {
            "study_notes": 4,
            "rate": 0.3,
            "reviews_done": 7,
            "reviews_planned": 16,
            "to_review": 2,
            "overdue": 1,
            "remembered": 0,
        }
        assert found["days"][0] == {"day": "2024-10-27", "to_review": 2, "overdue": 1}
        assert len(found["days"]) == 14
        assert found["subjects"][0]["subject"] == "웹"
        assert found["neglected"] == [
            {
                "path": "웹/HTTP 상태 코드.md",
                "title": "HTTP 상태 코드",
                "subject": "웹",
                "textbook": "",
                "page": "",
                "stage": 7,
                "due": "2024-10-25",
                "days_overdue": 2,
                "rate": 0.4,
            }
        ]

    def test_nothing_is_written(self, tmp_path: Path) -> None:
        root = make_vault(tmp_path / "v")
        before = {file: file.stat().st_mtime_ns for file in root.rglob("*")}
        assert run(["--vault", str(root), "status"]) == 0
        assert {file: file.stat().st_mtime_ns for file in root.rglob("*")} == before

    def test_a_note_that_cannot_be_read_is_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = make_vault(tmp_path / "v")
        write_note(root, "웹/어제.md", "어제")
        assert run(["--vault", str(root), "status"]) == 4
        assert capsys.readouterr().err.endswith("`vault-sync -v status` says why.\n")
        assert run(["--vault", str(root), "-v", "status"]) == 4
        assert capsys.readouterr().err.startswith("웹/어제.md:2: ")

    @pytest.mark.parametrize("arguments", [["--on", "tomorrow"], ["--format", "csv"]])
    def test_what_makes_no_sense_is_a_usage_error(
        self, tmp_path: Path, arguments: list[str]
    ) -> None:
        assert run(["--vault", str(make_vault(tmp_path / "v")), "status", *arguments]) == 2


@dataclass
class Screen:
    """What a running ``status --watch`` has printed so far."""

    process: subprocess.Popen[bytes]
    source: int
    _seen: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):  # the other end of a terminal was closed
            while data := os.read(self.source, 65536):
                self._seen += data

    @property
    def text(self) -> str:
        return self._seen.decode("utf-8", "replace")


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "COLOR" not in name}
    return {**inherited, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **more}


def command(root: Path, *arguments: str) -> list[str]:
    program = [sys.executable, "-m", "vault_sync", "--vault", str(root), "status"]
    return [*program, "--on", "2024-10-27", *arguments]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_vault(tmp_path / "v", "locale: en")


@contextmanager
def watching(root: Path, *arguments: str) -> Iterator[Screen]:
    """Run ``status --watch`` with a pipe for its output; end it as Ctrl-C does."""
    process = subprocess.Popen(
        command(root, "--watch", *arguments), stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdout
    try:
        yield Screen(process, process.stdout.fileno())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as POSIX sends it")
class TestWatching:
    def test_a_ticked_box_is_shown(self, root: Path) -> None:
        with watching(root) as screen:
            wait_until(lambda: "not running" in screen.text)
            assert "2 to review now" in screen.text
            write_note(root, "웹/쿠키와 세션.md", ago(4), {1, 4})
            wait_until(lambda: "1 to review now" in screen.text)
        assert not CODES.search(screen.text)


@dataclass
class Patience:
    """Looks a few times, does something in between, and has enough then."""

    deeds: list[Callable[[], object]]

    def __call__(self, seconds: float) -> None:
        assert seconds >= 2
        if not self.deeds:
            raise KeyboardInterrupt
        self.deeds.pop(0)()


def watch(root: Path, *deeds: Callable[[], object]) -> int:
    return keep_showing(Options(root, None, 0), "2024-10-27", "json", Patience([*deeds]))


def test_only_what_is_new_is_shown(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = root / "다른 것.md"
    deeds = [
        lambda: None,
        lambda: other.write_text("---\ntitle: 다른\n---\n", "utf-8"),
        lambda: write_note(root, "웹/쿠키와 세션.md", ago(4), {1, 4}),
        lambda: None,
        (root / "웹/쿠키와 세션.md").unlink,
    ]
    assert watch(root, *deeds) == 0
    shown = [json.loads(line)["total"] for line in capsys.readouterr().out.splitlines()]
    assert [(total["study_notes"], total["to_review"]) for total in shown] == [
        (4, 2),
        (4, 1),
        (3, 1),
    ]


def test_midnight_is_seen(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    night = datetime(2024, 10, 27, 23, 59, tzinfo=UTC)
    moments = iter([night, night, night, night + timedelta(minutes=2)])
    monkeypatch.setattr("vault_sync.vault.workspace.read_clock", lambda _zone: next(moments))
    deeds = Patience([lambda: None, lambda: None])
    assert keep_showing(Options(root, None, 0), None, "json", deeds) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(board["on"], board["total"]["to_review"]) for board in shown] == [
        ("2024-10-27", 2),
        ("2024-10-28", 3),
    ]


def test_a_daemon_that_comes_is_seen(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as running:
        lock = hold_daemon_lock(open_state(root), HEALTH.started)
        assert watch(root, lambda: running.enter_context(lock)) == 0
    shown = [json.loads(line)["daemon"] for line in capsys.readouterr().out.splitlines()]
    assert [daemon["running"] for daemon in shown] == [False, True]


@contextmanager
def in_a_terminal(arguments: list[str], **more: str) -> Iterator[Screen]:
    pty = pytest.importorskip("pty", reason="terminals as POSIX has them")
    ours, theirs = pty.openpty()
    size = {"COLUMNS": "60", "LINES": "50"}
    process = subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**size, **more)
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.skipif(os.name == "nt", reason="terminals as POSIX has them")
class TestInATerminal:
    @pytest.mark.parametrize(
        ("more", "is_colored"),
        [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    )
    def test_colours_are_for_those_who_want_them(
        self, root: Path, more: dict[str, str], *, is_colored: bool
    ) -> None:
        with in_a_terminal(command(root), **more) as screen:
            wait_until(lambda: screen.process.poll() is not None and "not running" in screen.text)
            assert ("\x1b[" in screen.text) is is_colored

    def test_the_screen_is_given_back(self, root: Path) -> None:
        with in_a_terminal(command(root, "--watch")) as screen:
            wait_until(lambda: "not running" in screen.text)
            screen.process.send_signal(signal.SIGINT)
            assert screen.process.wait(20) == 0
            wait_until(lambda: screen.text.endswith("\x1b[?1049l"))
            assert screen.text.startswith("\x1b[?1049h")
            assert screen.text.count("\x1b[?25h") == 1  # the cursor, too


def test_a_pipe_gets_plain_text(root: Path) -> None:
    done = subprocess.run(command(root), env=environment(), capture_output=True, check=True)
    text = done.stdout.decode("utf-8")
    assert not CODES.search(text)
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    assert "today     2 ▒█" in text
