"""Nothing of a vault steers a terminal, whichever command shows it; programs get it exact.

All commands are run over a vault whose names and texts are made to steer, with their output on a
terminal and into a pipe.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from unicodedata import category

import click
import pytest

from tests.study.reviews import ago, write_note
from tests.waiting import wait_until
from vault_sync.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="terminals as POSIX has them")

EVIL: Final = "\x1b]52;c;QQ==\x07\x1b]8;;evil\x07\x1b[8m\x9b2J\u202e\u2066"
NAME: Final = f"{EVIL}\n+evil line"
CONFIG: Final = f"""\
profile: study-ko
study-ko: {{missing: skip}}
timezone: Asia/Seoul
ignore: [{json.dumps(f"x{EVIL.replace('[', '')}")}]
rules:
  - name: {json.dumps(NAME)}
    missing: add
    filters: {json.dumps(f'a || file.name == "{EVIL}"')}
    formulas:
      {json.dumps(NAME)}: {json.dumps(f'a + "{EVIL}"')}
      other: {json.dumps(f'date("{EVIL}")')}
      third: {json.dumps(f'note["{EVIL}"] + 1')}
  - name: {json.dumps(f"base {EVIL}")}
    from-base: {json.dumps(f"{EVIL}.base")}
"""
BASE: Final = (
    f"filters: {json.dumps('b')}\nformulas:\n  {json.dumps(EVIL)}: {json.dumps('b + 1')}\n"
)
WRONG: Final = (
    f"{json.dumps(NAME)}: 1\nprofile: {json.dumps(NAME)}\nignore: {json.dumps(NAME)}\n",
    f"rules: [{{name: {json.dumps(NAME)}, formulas: {{{json.dumps(NAME)}: {json.dumps(f'1 + ({EVIL}')}}}}}]\n",
    f"rules: [{{name: x, from-base: {json.dumps(f'gone {EVIL}.base')}}}]\n",
    f"timezone: {json.dumps(EVIL)}\nlocale: {json.dumps(EVIL)}\ncalendar: {{file: {json.dumps(EVIL)}}}\n",
    f"a: [\x1b]52;c;QQ==\x07\n{EVIL}\n",
)
NOTES: Final = {
    f"{NAME}.md": f"---\na: {json.dumps(EVIL)}\nother: {json.dumps(EVIL)}\n---\n{EVIL}\n",
    f"{EVIL}/in a folder.md": f"---\na: 1\n{json.dumps(EVIL)}: {json.dumps(EVIL)}\n---\n",
    f"broken {EVIL}.md": f"---\na: [1\n{EVIL}: 2\n---\n",
    f"twice {EVIL}.md": f"---\n{json.dumps(NAME)}: 1\n{json.dumps(NAME)}: 2\na: 1\n---\n",
    f"tag {EVIL}.md": f"---\na: 1\nother: !{EVIL[1:4]} x\n{json.dumps(NAME)}: &x 1\n---\n",
    f"based {EVIL}.md": "---\nb: 1\n---\n",
    f"day {EVIL}.md": f"---\n⭕첫 학습날: {json.dumps(EVIL)}\n🛑오늘: x\n---\n",
    f"{EVIL}.sync-conflict-20240101-101112-ABCDEFG.md": "---\na: 1\n---\n",
    "plain.md": "---\na: 1\n---\n",
}
STUDY: Final = f"복습 {EVIL}.md"
CONFLICT: Final = "---\na: {}\n---\n" + EVIL + "\n"

# Each command with what it is called with; {note}, {study} and {other} are names of notes.
CALLS: Final[dict[str, Sequence[Sequence[str]]]] = {
    "refresh": [
        ["--diff"], ["--check"], ["--format", "json", "--check"], ["{note}", "--check"],
        ["--now", EVIL], ["../{note}"], ["--max-changes", "1"], [EVIL], [f"--{EVIL}"],
        [], ["{conflict}"],
    ],
    "explain": [["{note}"], ["{note}", "--format", "json"], ["{study}"], ["{folder}"], [EVIL], ["{broken}"]],
    "eval": [
        [f'"{EVIL}"'], [f'"{EVIL}"', "--format", "json"], ["a", "{note}"], [f"a + ({EVIL}"], ["a", EVIL],
        ["a", "{note}", "--format", "json"], [f'date("{EVIL}")'], [f'date("{EVIL}")', "--format", "json"],
    ],
    "undo": [["--list"], ["--diff"], ["--diff", "--format", "json"], [EVIL], []],
    "due": [[], ["--by-subject"], ["--format", "json"], ["--format", "csv"], ["--on", EVIL]],
    "done": [[EVIL], ["{note}"], ["{study}"], ["{study}", "--undo", "--format", "json"], ["evil"]],
    "status": [[], ["--format", "json"]],
    "calendar": [[], ["--per", "note"], ["-o", "{note}"], ["-o", f"new {EVIL}.ics"]],
    "report": [[], ["-o", "{note}"], ["-o", f"new {EVIL}.html"]],
    "service install": [["--print"]],
    "service logs": [[], ["-n", "3"]],
    "service start": [[]],
    "service status": [[], ["--format", "json"]],
    "service stop": [[]],
    "service uninstall": [[]],
    "hook files": [["{note}", "{study}", "plain.md", "--check"]],
    "hook install": [[]],
    "hook status": [[]],
    "hook uninstall": [[]],
    "git-filter install": [[]],
    "git-filter process": [[]],
    "git-filter settle": [[]],
    "git-filter status": [[]],
    "git-filter uninstall": [[]],
    "merge-driver install": [[]],
    "merge-driver run": [["{note}", "{folder}", "{study}", "--path", "{note}"]],
    "merge-driver status": [[]],
    "merge-driver uninstall": [[]],
    "init": [["--dry-run"], ["--yes"], ["--dry-run", "{elsewhere}"]],
    "adopt": [[], ["--format", "json"], ["--format", "yaml"], ["-o", "{note}"], [f"{EVIL}"]],
    "config check": [[]],
    "config show": [[], ["--format", "json"]],
    "verify": [["-v"], [], ["--format", "json"]],
    "doctor": [["--fix"], [], ["--format", "json"]],
    "completion": [["bash"]],
    # These run until they are stopped, see below.
    "watch": [],
}  # fmt: skip
DRIVER: Final = """
import json, sys
from vault_sync.cli import run
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="backslashreplace")
for number, call in enumerate(json.loads(open(sys.argv[1], encoding="utf-8").read())):
    print(f"\\n@@{number}@@", flush=True)
    run(call)
    sys.stdout.flush(); sys.stderr.flush()
print("\\n@@end@@", flush=True)
"""
OURS: Final = re.compile(r"\x1b\[[0-9;]*m|\r\x1b\[K")
OF_A_SCREEN: Final = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")


def list_commands() -> Iterator[str]:
    pending: list[tuple[str, click.Command]] = [("", cli)]
    while pending:
        path, command = pending.pop()
        if not isinstance(command, click.Group):
            yield path.strip()
            continue
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner
            pending.append((f"{path} {name}", inner))


def find_raw(text: str, ours: re.Pattern[str] = OURS) -> list[str]:
    """Return what would steer a terminal, but for our own colours; the colour of the notes is not."""
    rest = ours.sub("", text.replace("\x1b[8m", "\x07")).replace("\r\n", "\n")
    return [
        repr(rest[max(0, place - 60) : place + 40])
        for place, letter in enumerate(rest)
        if category(letter) in {"Cc", "Cs", "Cf", "Zl", "Zp"} and letter not in "\n\t\u200d"
    ]


def make_evil_vault(root: Path) -> Path:
    (root / ".obsidian").mkdir(parents=True)
    (root / ".obsidian/app.json").write_text(json.dumps({"userIgnoreFilters": [f"/{EVIL}(/"]}))
    (root / ".obsidian/types.json").write_text(json.dumps({"types": {EVIL: "number"}}))
    (root / ".vault-sync.yaml").write_text(CONFIG, "utf-8")
    (root / f"{EVIL}.base").write_text(BASE, "utf-8")
    for path, text in NOTES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, "utf-8")
    study = write_note(root, STUDY, ago(9), {1}, json.dumps(EVIL))
    study.write_text(study.read_text("utf-8") + EVIL, "utf-8")
    (root / f"link {EVIL}").symlink_to("/etc")
    (root / f"link {EVIL}.md").symlink_to("/etc/passwd")
    os.mkfifo(root / f"pipe {EVIL}.md")
    with suppress(OSError):
        (root / os.fsdecode(b"caf\xe9\x1b]52;c;QQ==\x07.md")).write_text("---\na: 1\n---\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def fill(argument: str, root: Path) -> str:
    names = {
        "note": f"{NAME}.md",
        "study": STUDY,
        "folder": f"{EVIL}/in a folder.md",
        "broken": f"broken {EVIL}.md",
        "conflict": f"{EVIL}.sync-conflict-20240101-101112-ABCDEFG.md",
        "elsewhere": str(root),
    }
    for name, path in names.items():
        argument = argument.replace(f"{{{name}}}", path)
    return argument


def environment(tmp_path: Path) -> dict[str, str]:
    unwanted = {"NO_COLOR", "FORCE_COLOR"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | {
        "VAULT_SYNC_STATE": str(tmp_path / "state"),
        "HOME": str(tmp_path / "home"),
        "TERM": "xterm-256color",
        "COLUMNS": "300",
        "PYTHONIOENCODING": "utf-8",
        "LC_ALL": "C.UTF-8",
    }


class OnTerminal:
    """A program whose input and output are a terminal."""

    def __init__(self, command: Sequence[str], folder: Path, env: dict[str, str]) -> None:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self._said = b""
        self.popen = subprocess.Popen(
            command, cwd=folder, env=env, stdin=slave, stdout=slave, stderr=slave
        )
        os.close(slave)

    def said(self) -> str:
        with suppress(BlockingIOError, OSError):  # an error says that the other end is closed
            while data := os.read(self._master, 65536):
                self._said += data
        return self._said.decode("utf-8", "surrogateescape")

    def end(self) -> str:
        """Return all that it said, once it has ended."""
        wait_until(lambda: (self.said(), self.popen.poll())[1] is not None, 120, "It does not end.")
        said = self.said()
        os.close(self._master)
        return said


def drive(calls: Sequence[Sequence[str]], root: Path, tmp_path: Path, *, on: str) -> list[str]:
    """Return what each call printed, on a ``terminal`` or into a ``pipe``."""
    file = tmp_path / "calls.json"
    file.write_text(json.dumps(calls))
    command = [sys.executable, "-c", DRIVER, str(file)]
    env = environment(tmp_path)
    if on == "terminal":
        # Nobody can be asked anything: what is read from this terminal is nothing.
        told = OnTerminal(["sh", "-c", '"$@" </dev/null', "sh", *command], root, env).end()
    else:
        done = subprocess.run(
            command,
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        told = done.stdout.decode("utf-8", "surrogateescape")
    parts = re.split(r"\r?\n@@(?:\d+|end)@@\r?\n", told)
    assert len(parts) == len(calls) + 2, told[-3000:]
    return parts[1:-1]


def list_calls(root: Path) -> list[list[str]]:
    return [
        [*command.split(), *(fill(argument, root) for argument in arguments)]
        for command, calls in CALLS.items()
        for arguments in calls
    ]


def test_every_command_is_called() -> None:
    assert set(CALLS) == set(list_commands())


@pytest.mark.parametrize("folder", ["v", f"v {EVIL}"])
def test_no_command_lets_a_vault_steer_the_terminal(tmp_path: Path, folder: str) -> None:
    root = make_evil_vault(tmp_path / folder)
    calls = list_calls(root)
    told = drive(calls, root, tmp_path, on="terminal")
    wrong = {
        " ".join(call)[:40]: raw
        for call, said in zip(calls, told, strict=True)
        if (raw := find_raw(said))
    }
    assert not wrong
    assert not any("this is a bug" in said for said in told), told
    assert sum("evil line" in said for said in told) > 10


@pytest.mark.parametrize("config", WRONG)
def test_no_configuration_does(tmp_path: Path, config: str) -> None:
    root = make_evil_vault(tmp_path / "v")
    (root / ".vault-sync.yaml").write_text(config, "utf-8")
    for told in drive(
        [["config", "check"], ["refresh"], ["doctor"]], root, tmp_path, on="terminal"
    ):
        assert find_raw(told) == []
        assert "this is a bug" not in told


def test_json_is_valid_and_steers_nothing_wherever_it_goes(tmp_path: Path) -> None:
    root = make_evil_vault(tmp_path / f"v {EVIL}")
    calls = [call for call in list_calls(root) if "json" in call and "undo" not in call]
    for call, said in zip(calls, drive(calls, root, tmp_path, on="pipe"), strict=True):
        if call[0] != "service":  # such a folder can have none
            assert json.loads(said)
        assert find_raw(said) == [], call
    assert len(calls) > 8


@pytest.mark.parametrize("command", [["watch", "--quiet-period", "100ms"], ["status", "--watch"]])
def test_what_runs_until_it_is_stopped_does_not_either(tmp_path: Path, command: list[str]) -> None:
    root = make_evil_vault(tmp_path / f"v {EVIL}")
    program = OnTerminal(
        [sys.executable, "-m", "vault_sync", *command], root, environment(tmp_path)
    )
    awaited = "Refreshed plain.md" if command[0] == "watch" else "daemon"
    try:
        wait_until(lambda: awaited in program.said())
    finally:
        program.popen.send_signal(signal.SIGINT)
    said = program.end()
    assert find_raw(said, OF_A_SCREEN if command[0] == "status" else OURS) == []


def test_a_diff_that_goes_to_a_file_is_exact_and_can_be_applied(tmp_path: Path) -> None:
    root = make_evil_vault(tmp_path / "v")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in NOTES:
        (copy / path).parent.mkdir(exist_ok=True)
        shutil.copyfile(root / path, copy / path)
    (diff,) = drive([["refresh", "--diff", "--now", "2024-10-27"]], root, tmp_path, on="pipe")
    assert EVIL in diff
    assert not any(find_raw(line) for line in diff.splitlines() if line[:4] in {"--- ", "+++ "})
    environ = environment(tmp_path) | {"LC_ALL": "C.UTF-8"}
    parts = [
        part
        for part in re.split(r"(?m)^(?=--- )", diff)
        if "복습" not in part and "caf" not in part
    ]
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn"],
        input="".join(parts).encode(),
        cwd=copy,
        env=environ,
        check=True,
    )
    drive([["refresh", "--now", "2024-10-27"]], root, tmp_path, on="pipe")
    assert {path: (copy / path).read_bytes() for path in NOTES} == {
        path: (root / path).read_bytes() for path in NOTES
    }


def test_a_commit_with_the_hook_shows_nothing_that_steers(tmp_path: Path) -> None:
    root = make_evil_vault(tmp_path / f"v {EVIL}")
    (root / f"pipe {EVIL}.md").unlink()
    env = environment(tmp_path) | {
        f"GIT_{who}_{what}": "you@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        [sys.executable, "-m", "vault_sync", "hook", "install"],
        cwd=root,
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(["git", "add", "-A"], cwd=root, env=env, check=True)
    said = OnTerminal(["git", "commit", "-m", "x"], root, env).end()
    assert "notes refreshed" in said
    assert find_raw(said) == []
