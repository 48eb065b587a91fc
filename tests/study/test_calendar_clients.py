"""The calendar in other people's programs: khal, Radicale and vdirsyncer, all real."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

import pytest

from tests.study.reviews import TODAY, make_vault, write_note
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.errors import CalendarError
from vault_sync.study.caldav import (
    PASSWORD_VARIABLE,
    USER_VARIABLE,
    Credentials,
    check_address,
    find_credentials,
    push_calendar,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD: Final = "열려라 참깨"  # noqa: S105 - of a server that lives as long as a test
EVENTS: Final = [
    "2024-10-27 복습 2개 (웹 2)",
    "2024-10-28 복습 1개 (Linux 1)",
    "2024-10-30 복습 1개 (웹 1)",
    "2024-10-31 복습 1개 (Linux 1)",
    "2024-11-01 복습 1개 (웹 1)",
    "2024-11-03 복습 1개 (Linux 1)",
    "2024-11-06 복습 1개 (웹 1)",
    "2024-11-10 복습 1개 (Linux 1)",
]
LECTURE: Final = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//campus//EN
BEGIN:VEVENT
UID:lecture-1
DTSTAMP:20241001T000000Z
DTSTART;VALUE=DATE:20241029
SUMMARY:Lecture
END:VEVENT
END:VCALENDAR
"""


def find_program(name: str) -> str | None:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [name for name in programs if find_program(name) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"not installed (extra `clients`): {', '.join(missing)}"
    )


needs_push = pytest.mark.skipif(
    find_spec("caldav") is None or find_spec("radicale") is None,
    reason="caldav and Radicale are not installed (extras `caldav` and `clients`)",
)


@dataclass(frozen=True)
class Khal:
    """A khal that knows one calendar."""

    folder: Path

    def run(self, *arguments: str) -> str:
        config = self.folder / "khal.conf"
        calendar = self.folder / "reviews"
        calendar.mkdir(exist_ok=True)
        lines = [
            "[calendars]",
            "[[reviews]]",
            f"path = {calendar}",
            "[locale]",
            *(f"{name} = %Y-%m-%d" for name in ("dateformat", "longdateformat")),
            *(f"{name} = %Y-%m-%d %H:%M" for name in ("datetimeformat", "longdatetimeformat")),
            "timeformat = %H:%M",
            "[sqlite]",
            f"path = {self.folder / 'khal.db'}",
        ]
        config.write_text("\n".join(lines), "utf-8")
        program = find_program("khal")
        assert program
        done = subprocess.run(
            [program, "-c", str(config), *arguments],
            env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            check=False,
        )
        said = done.stderr.decode()
        assert done.returncode == 0, said
        assert "rror" not in said
        return done.stdout.decode()

    def list_events(self) -> list[str]:
        form = ["--format", "{start-date} {title}", "--day-format", ""]
        return [*filter(None, self.run("list", *form, "2024-10-27", "60d").splitlines())]


@pytest.fixture
def khal(tmp_path: Path) -> Khal:
    return Khal(tmp_path)


@needs("khal")
class TestKhal:
    def test_it_imports_the_calendar(self, tmp_path: Path, khal: Khal) -> None:
        vault = str(make_vault(tmp_path / "v"))
        file = str(tmp_path / "reviews.ics")
        assert run(["-q", "--vault", vault, "calendar", "--on", "2024-10-27", "-o", file]) == 0
        for _ in range(2):  # the same events again are the same events
            khal.run("import", "--batch", "-a", "reviews", file)
        assert khal.list_events() == EVENTS

    def test_it_shows_texts_links_and_alarms(self, tmp_path: Path, khal: Khal) -> None:
        vault = str(make_vault(tmp_path / "공부"))
        file = str(tmp_path / "reviews.ics")
        command = ["calendar", "--on", "2024-10-27", "--per", "note", "--days", "1", "-o", file]
        assert run(["-q", "--vault", vault, *command]) == 0
        khal.run("import", "--batch", "-a", "reviews", file)
        form = "{title} | {description} | {url} | {alarm-symbol}"
        shown = khal.run("list", "--format", form, "--day-format", "", "2024-10-28", "1d")
        link = "obsidian://open?vault=%EA%B3%B5%EB%B6%80&file=Linux%2FSignals%20%26%20codes.md"
        assert shown.strip() == f"Signals & codes · 1일차 | Linux | {link} |  ⏰"


@dataclass(frozen=True)
class Server:
    """A Radicale with one calendar of a user called student."""

    url: str
    folder: Path

    @property
    def calendar(self) -> str:
        return f"{self.url}/student/reviews/"

    @property
    def files(self) -> Path:
        return self.folder / "collection-root" / "student" / "reviews"

    def read(self) -> dict[str, str]:
        return {file.name: file.read_text("utf-8") for file in self.files.glob("*.ics")}


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", folder)
    server.files.mkdir(parents=True)
    (server.files / ".Radicale.props").write_text('{"tag": "VCALENDAR"}', "utf-8")
    users = folder / "users"
    users.write_text(f"student:{PASSWORD}\n", "utf-8")
    options = {
        "--server-hosts": f"127.0.0.1:{port}",
        "--storage-filesystem-folder": str(folder),
        "--auth-type": "htpasswd",
        "--auth-htpasswd-filename": str(users),
        "--auth-htpasswd-encryption": "plain",
        "--auth-delay": "0",
        "--logging-level": "warning",
    }
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "radicale", *sum(options.items(), ())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(server.url), what="Radicale did not start.")
        yield server
    finally:
        process.terminate()
        process.wait(10)


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/.web/", timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status)
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def calendar(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A calendar with nothing in it, and a user who knows the password."""
    for file in server.files.glob("*.ics"):
        file.unlink()
    monkeypatch.setenv(USER_VARIABLE, "student")
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    return server


@needs_push
class TestPushing:
    def push(self, root: Path, calendar: Server, on: str = "2024-10-27") -> int:
        return run(["--vault", str(root), "calendar", "--on", on, "--push", calendar.calendar])

    def test_what_others_wrote_stays(self, tmp_path: Path, calendar: Server) -> None:
        (calendar.files / "lecture.ics").write_text(LECTURE, "utf-8")
        root = make_vault(tmp_path / "v")
        for on in ("2024-10-27", "2024-10-28", "2030-01-01"):
            assert self.push(root, calendar, on) == 0
            assert calendar.read()["lecture.ics"] == LECTURE

    def test_only_what_differs_is_written(
        self, tmp_path: Path, calendar: Server, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = make_vault(tmp_path / "v", "locale: en")
        assert self.push(root, calendar) == 0
        assert capsys.readouterr().out == "Pushed: 8 added, 0 changed, 0 deleted, 0 as they were.\n"
        before = calendar.read()
        assert len(before) == 8
        assert self.push(root, calendar) == 0
        assert capsys.readouterr().out == "Pushed: 0 added, 0 changed, 0 deleted, 8 as they were.\n"
        assert calendar.read() == before
        write_note(root, "웹/쿠키와 세션.md", TODAY.replace(day=23), {1, 4, 7})
        assert self.push(root, calendar) == 0
        assert capsys.readouterr().out == "Pushed: 0 added, 1 changed, 1 deleted, 6 as they were.\n"
        assert sum("쿠키" in text.replace("\r\n ", "") for text in calendar.read().values()) == 1

    def test_what_another_vault_pushed_stays(self, tmp_path: Path, calendar: Server) -> None:
        one, other = make_vault(tmp_path / "v"), make_vault(tmp_path / "w")
        assert self.push(one, calendar) == 0
        first = calendar.read()
        assert self.push(other, calendar) == 0
        assert calendar.read().items() > first.items()
        assert self.push(other, calendar, "2030-01-01") == 0
        assert self.push(one, calendar) == 0
        assert first.items() <= calendar.read().items()

    def test_yesterday_goes(self, tmp_path: Path, calendar: Server) -> None:
        root = make_vault(tmp_path / "v")
        assert self.push(root, calendar) == 0
        assert self.push(root, calendar, "2024-11-05") == 0
        days = sorted(
            line[-8:]
            for text in calendar.read().values()
            for line in text.splitlines()
            if line.startswith("DTSTART")
        )
        assert days == ["20241105", "20241106", "20241110"]

    def test_a_wrong_password_is_told_and_not_shown(
        self,
        tmp_path: Path,
        calendar: Server,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv(PASSWORD_VARIABLE, "wrong-password")
        assert self.push(make_vault(tmp_path / "v"), calendar) == 3
        said = capsys.readouterr().err
        assert said.startswith("vault-sync: The calendar server did not do it (")
        assert "wrong-password" not in said
        assert calendar.read() == {}

    @pytest.mark.usefixtures("calendar")
    def test_a_server_that_is_not_there_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        gone = Server("http://127.0.0.1:9", tmp_path)
        assert self.push(make_vault(tmp_path / "v"), gone) == 3
        assert "did not do it" in capsys.readouterr().err

    @needs("vdirsyncer", "khal")
    def test_a_phone_that_syncs_gets_it(self, tmp_path: Path, calendar: Server, khal: Khal) -> None:
        assert self.push(make_vault(tmp_path / "v"), calendar) == 0
        (calendar.files / "lecture.ics").write_text(LECTURE, "utf-8")
        sync(tmp_path, calendar)
        assert khal.list_events() == sorted([*EVENTS, "2024-10-29 Lecture"])


def sync(folder: Path, server: Server) -> None:
    """Copy the calendar of a server into the folder of a khal."""
    program = find_program("vdirsyncer")
    assert program
    (folder / "reviews").mkdir()
    config = folder / "vdirsyncer.conf"
    config.write_text(
        f"""\
[general]
status_path = "{folder / "status"}"
[pair phone]
a = "here"
b = "there"
collections = null
[storage here]
type = "filesystem"
path = "{folder / "reviews"}"
fileext = ".ics"
[storage there]
type = "caldav"
url = "{server.calendar}"
username = "student"
password = "{PASSWORD}"
""",
        "utf-8",
    )
    for command in ("discover", "sync"):
        subprocess.run(
            [program, "-c", str(config), command],
            input=b"y\n",
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.DEVNULL,
            check=True,
        )


class TestWhoMayBeTold:
    """A password is sent only where nobody on the way can read it."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://dav.example.org/reviews/",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org/",
            "https://student:secret@dav.example.org/",
            "ftp://dav.example.org/",
            "file:///reviews",
            "https://",
            "dav.example.org",
            "",
        ],
    )
    def test_not_these(self, url: str) -> None:
        with pytest.raises(CalendarError, match="address") as caught:
            check_address(url)
        assert "secret" not in str(caught.value)

    def test_the_address_is_looked_at_first(self) -> None:
        with pytest.raises(CalendarError, match="https://"):
            push_calendar("http://dav.example.org/", Credentials("student", "secret"), {}, "x-")

    @pytest.mark.parametrize(
        "url", ["https://dav.example.org/a/", "http://localhost:5232/a/", "http://[::1]:5232/a/"]
    )
    def test_but_these(self, url: str) -> None:
        check_address(url)

    def test_the_password_is_in_no_traceback(self) -> None:
        assert "secret" not in repr(Credentials("student", "secret"))


class TestCredentials:
    @pytest.mark.parametrize("environment", [{}, {PASSWORD_VARIABLE: "x"}, {USER_VARIABLE: "x"}])
    def test_without_them_nothing_is_asked(
        self, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "keyring", None)
        with pytest.raises(CalendarError, match=PASSWORD_VARIABLE):
            find_credentials(environment)

    def test_the_keyring_may_have_the_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keyring = ModuleType("keyring")
        kept = {("vault-sync", "student"): "secret"}
        monkeypatch.setattr(keyring, "get_password", lambda *key: kept.get(key), raising=False)
        errors = SimpleNamespace(KeyringError=RuntimeError)
        monkeypatch.setattr(keyring, "errors", errors, raising=False)
        monkeypatch.setitem(sys.modules, "keyring", keyring)
        found = find_credentials({USER_VARIABLE: "student"})
        assert (found.user, found.password) == ("student", "secret")
        with pytest.raises(CalendarError):
            find_credentials({USER_VARIABLE: "somebody else"})

    def test_without_the_library_it_is_told_how_to_get_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "caldav", None)
        with pytest.raises(CalendarError, match=r"vault-sync\[caldav\]"):
            push_calendar("https://dav.example.org/a/", Credentials("student", "secret"), {}, "x-")
