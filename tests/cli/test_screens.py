"""Quiet screens: what a student with ten broken notes sees, in terminals of three widths and both languages."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Final

import pytest
from rich.cells import cell_len

from docs.example_student import BROKEN, make_student
from tests.cli.test_terminal import OnTerminal
from tests.git.hook_vaults import install, make_script
from tests.git.repositories import make_tree
from tests.waiting import wait_until
from tests.warm import find_program
from vault_sync.cli import run
from vault_sync.cli.output import TextOutput
from vault_sync.engine.report import NoteResult, Status
from vault_sync.formula.registry import Clock
from vault_sync.plan.note_plan import Change

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a terminal of POSIX")
SCREENS: Final = ((40, "ko_KR.UTF-8"), (80, "C.UTF-8"), (120, "ko_KR.UTF-8"))
DAY: Final = "2024-10-27"
PARTLY: Final = 3  # of the broken notes: a date or a box that is none, so the rest is refreshed
EMPTY: Final = {"C.UTF-8": "`vault-sync init` says", "ko_KR.UTF-8": "`vault-sync init`으로"}
# Whole sentences of English; words such as names of notes and commands are no sentence.
ENGLISH: Final = re.compile(r"(?<![`\w.-])[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    make_student(tmp_path / "student")
    return tmp_path / "student"


def look(vault: Path, command: str, locale: str = "C.UTF-8", columns: int = 80) -> list[str]:
    """Return the lines that a command prints on a terminal."""
    from docs.real_terminal import run_in_terminal  # noqa: PLC0415 - there is none on Windows

    environment = {**os.environ, "LC_ALL": locale, "NO_COLOR": "1", "TZ": "Asia/Seoul"}
    words = [*find_program(), *command.split()]
    return run_in_terminal(words, vault, environment, columns)[0].splitlines()


@pytest.mark.parametrize(("columns", "locale"), SCREENS)
def test_a_refresh_takes_one_line_for_each_note(vault: Path, columns: int, locale: str) -> None:
    printed = look(vault, f"refresh --now {DAY}T09:00", locale, columns)
    head = next(number for number, line in enumerate(printed) if line.endswith(":"))
    written, problems, (last,) = printed[:head], printed[head + 1 : -1], printed[-1:]
    assert len(written) == 26
    # A path is never cut: it may be longer than a terminal is wide, but then nothing follows it but a count.
    assert all(cell_len(line) <= columns or line.endswith(")") for line in written)
    assert len(problems) == len(BROKEN)
    assert str(len(BROKEN)) in printed[head]
    assert str(PARTLY) in printed[head]
    assert [int(one) for one in re.findall(r"\b\d+", last)] in (
        [34, 26, 558, 7, 1],
        [34, 558, 26, 7, 1],
    )


def test_only_the_day_changed(vault: Path) -> None:
    look(vault, f"-q refresh --now {DAY}T09:00")
    printed = look(vault, "refresh --now 2024-10-28T09:00")
    assert printed[0] == "refreshed  26 notes in which only the day changed (146 properties)"
    assert printed[1] == "10 notes have problems, 3 of them in some properties only:"


def test_of_notes_in_which_only_the_day_changed_no_more_than_a_few_are_kept() -> None:
    """A vault may have so many of them that they would fill the memory."""
    output = TextOutput(
        0, is_diff=False, total=50, words={Status.CHANGED: "refreshed"}, find_hint=lambda _: ""
    )
    changes = (Change("day", "1", "2", "day: 1", "day: 2", Clock.DAILY),)
    before = sys.getrefcount(changes)
    for number in range(50):
        output.note_done(NoteResult(f"{number}.md", Status.CHANGED, changes))
    assert sys.getrefcount(changes) - before < 5


def test_the_counts_of_the_next_run_are_the_same(vault: Path) -> None:
    (first, second) = (look(vault, f"refresh --now {DAY}T09:00")[-1] for _ in range(2))
    assert first.startswith("34 notes seen: 26 refreshed (558 properties), 7 left alone, 1 ")
    assert second.startswith("34 notes seen: 26 up to date, 7 left alone, 1 ")


@pytest.mark.parametrize(
    ("command", "columns", "file"),
    [
        ("due", 40, ""),
        ("status", 120, ""),
        ("calendar", 80, "reviews.ics"),
        ("report", 80, "report.html"),
    ],
)
def test_other_commands_tell_problems_in_one_line(
    vault: Path, command: str, columns: int, file: str
) -> None:
    *printed, last = look(vault, f"{command} --on {DAY}", columns=columns)
    assert last == (
        f"10 notes or folders could not be read fully; `vault-sync -v {command}` says why."
    )
    assert not any(title in line for line in printed for title in BROKEN)
    if file:  # where a terminal would get a page, there is a file
        assert file in printed[0]
        assert (vault / file).stat().st_size > 500
    elif command == "due":
        assert all(cell_len(line) <= columns for line in printed[:-1])


@pytest.mark.parametrize(("columns", "locale"), SCREENS[:2])
def test_the_doctor_has_problems_first(vault: Path, columns: int, locale: str) -> None:
    printed = look(vault, "doctor", locale, columns)
    levels = [line.split()[0] for line in printed[:-1] if not line.startswith(" ")]
    worst, next_, fine = ("오류", "주의", "정상") if "ko" in locale else ("error", "warning", "ok")
    assert levels == [worst] + [next_] * 9
    assert all(cell_len(line) <= columns for line in printed[:-1])
    errors, warnings, passed = map(int, re.findall(r"\b\d+", printed[-1]))
    assert (errors, warnings) == (1, 9)
    listed = look(vault, "-v doctor", locale, columns)
    assert sum(line.startswith(fine) for line in listed) == passed


@pytest.mark.parametrize("locale", EMPTY)
@pytest.mark.parametrize(
    "notes", [{}, {"a.md": "# Nothing to study\n"}, {"a.md": "---\nrating: 5\n---\n"}]
)
@pytest.mark.parametrize(
    ("command", "step"),
    [
        *((command, "init") for command in (
            "refresh", "refresh --check", "refresh --dry-run", "due", "due --upcoming 7", "status", "calendar -o ../r.ics",
            "report -o ../r.html", "verify", "doctor", "refresh --diff",
        )),
        *((command, "refresh --diff") for command in ("undo", "undo --list")),
        ("init --dry-run", "adopt"),
        ("adopt", "`rules:`"),
        ("service status", "watch"),
        ("service logs", "watch"),
    ],
)  # fmt: skip
def test_a_vault_without_study_notes_gets_a_next_step(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    command: str,
    step: str,
    notes: dict[str, str],
    locale: str,
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LC_ALL", locale)
    (tmp_path / "v" / ".obsidian").mkdir(parents=True)
    for name, text in notes.items():
        (tmp_path / "v" / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path / "v")
    assert run(command.split()) == (2 if command == "undo" else 0)
    said = "".join(capsys.readouterr()).replace("\n", " ")
    assert EMPTY[locale] in said if step == "init" else step in said


def test_init_says_what_it_looks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".obsidian").mkdir()
    assert run(["--vault", str(tmp_path), "init", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "⭕첫 학습날" in said
    assert "service install" not in said


def test_init_says_how_many_problems_it_does_not_name(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["--vault", str(vault), "init", "--dry-run"])
    said = capsys.readouterr().out.splitlines()
    head = next(number for number, line in enumerate(said) if "10 notes have problems" in line)
    assert said[head + 9] == "  and 2 more"


@pytest.mark.parametrize(
    "command",
    [
        "refresh --check", "due", "status", "-v doctor", "verify", "verify -v", "adopt", "init --dry-run", "undo --list",
        "service status", "service logs", "hook status", "config check", "completion", "refresh nosuch", "done", "done nosuch",
        "due x", "refesh", "undo nosuch", "eval toda()",
    ],
)  # fmt: skip
def test_korean_is_korean(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.chdir(vault)
    run(command.split())
    for line in "".join(capsys.readouterr()).splitlines():
        assert not ENGLISH.search(line.replace(str(vault), "")), line


def test_what_was_typed_is_not_translated(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    run(["--vault", str(vault), "eval", "toda()"])
    assert '혹시 "today"인가요?' in capsys.readouterr().err


STOPPED: Final = {
    "C.UTF-8": "vault-sync: The commit was stopped, as the hook is strict.",
    "ko_KR.UTF-8": "vault-sync: 훅이 strict이므로 커밋을 멈췄습니다.",
}
STOP: Final = {"C.UTF-8": "Press Ctrl-C to stop.", "ko_KR.UTF-8": "Ctrl-C를 누르면 멈춥니다."}


@pytest.mark.parametrize("locale", STOPPED)
def test_a_strict_hook_says_that_it_stopped_the_commit(tmp_path: Path, locale: str) -> None:
    from docs.real_terminal import run_in_terminal  # noqa: PLC0415 - there is none on Windows

    tree = make_tree(tmp_path / "person", LC_ALL=locale)
    make_student(tree.path / "notes")
    install(tree, make_script(is_strict=True))
    tree.git("add", "-A")
    words = ["git", "commit", "-m", "one"]
    said, code = run_in_terminal(words, tree.path, tree.environment)
    *problems, last = said.splitlines()
    assert code == 1
    assert last.startswith(STOPPED[locale])
    assert "`git commit --no-verify`" in last
    assert all(any(title in line for line in problems) for title in BROKEN)


@pytest.mark.parametrize("locale", STOP)
def test_watch_says_how_to_stop_it(vault: Path, locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale, "NO_COLOR": "1", "TZ": "Asia/Seoul"}
    program = OnTerminal([sys.executable, "-m", "vault_sync", "watch"], vault, environment)
    try:
        wait_until(lambda: str(vault) in program.said())
    finally:
        program.popen.send_signal(signal.SIGINT)
    assert program.end().splitlines()[0] == STOP[locale]
    assert program.popen.returncode == 0


def test_a_bar_speaks_the_language_of_the_user(vault: Path) -> None:
    for number in range(500):
        (vault / f"{number}.md").write_text("nothing\n", "utf-8")
    assert any(
        line.startswith("노트 확인 중  [") for line in look(vault, "init --dry-run", "ko_KR.UTF-8")
    )
    assert any(line.startswith("노트 확인 중  [") for line in look(vault, "refresh", "ko_KR.UTF-8"))
