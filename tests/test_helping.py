"""With helpers a run plans what it would plan alone, whatever becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.study import NOW, Study
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.files.folder import VaultFolder
from vault_sync.helping import helpers
from vault_sync.helping import planner as helped
from vault_sync.helping.planner import HelpedPlanner
from vault_sync.planning import RefreshPlanner
from vault_sync.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_sync.helping.helpers import Answer
    from vault_sync.planning import Found

COUNT = 100
KINDS = (
    Study(done1=True).note(),
    Study(done1=True).note(학습률='학습률: "0"'),
    "Nothing to see here.\n",
    "---\n⭕첫 학습날: a: b\n---\n",
    "---\nvault-sync: false\n⭕첫 학습날: 2024-07-07\n---\n",
)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of every kind of note, in which help is called at once."""
    monkeypatch.setattr(helped, "LEAD", 3)
    monkeypatch.setattr(helped, "_CHUNK", 7)
    return make_vault(tmp_path / "vault", COUNT)


def make_vault(root: Path, count: int) -> Path:
    (root / ".obsidian").mkdir(parents=True)
    for number in range(count):
        (root / f"{number:04}.md").write_text(KINDS[number % len(KINDS)], "utf-8")
    return root


@pytest.fixture
def planner(vault: Path) -> Iterator[RefreshPlanner]:
    workspace = open_workspace(vault, None)
    conditions = workspace.conditions(NOW.astimezone())
    with VaultFolder(vault) as root:
        yield RefreshPlanner(root, workspace.rules, conditions)


def list_paths() -> list[str]:
    return [f"{number:04}.md" for number in range(COUNT)]


def plan_alone(planner: RefreshPlanner, paths: Sequence[str]) -> list[Found]:
    return [planner.plan(path) for path in paths]


def test_helpers_plan_what_one_alone_would_plan(
    planner: RefreshPlanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = list_paths()
    alone = plan_alone(planner, paths)
    planned: list[str] = []
    plan = RefreshPlanner.plan

    def plan_and_tell(self: RefreshPlanner, path: str) -> Found:
        planned.append(path)
        return plan(self, path)

    monkeypatch.setattr(RefreshPlanner, "plan", plan_and_tell)
    with HelpedPlanner(planner, paths, 2) as with_help:
        assert [with_help.plan(path) for path in paths] == alone
    assert planned == paths[:3]  # the helpers did all the rest


def test_notes_may_be_asked_for_in_between_or_never(planner: RefreshPlanner) -> None:
    paths = list_paths()
    asked = [*paths[:20], paths[3], *paths[60:70], paths[30], *paths[70:], paths[1]]
    with HelpedPlanner(planner, paths, 2) as with_help:
        assert [with_help.plan(path) for path in asked] == plan_alone(planner, asked)


def test_without_helpers_one_does_it_alone(planner: RefreshPlanner) -> None:
    paths = list_paths()
    with HelpedPlanner(planner, paths, 0) as alone:
        assert [alone.plan(path) for path in paths] == plan_alone(planner, paths)


def test_helpers_that_are_killed_are_done_without(planner: RefreshPlanner) -> None:
    paths = list_paths()
    with HelpedPlanner(planner, paths, 2) as with_help:
        found = [with_help.plan(path) for path in paths[:15]]
        for helper in _find_helpers(os.getpid()):
            helper.kill()
        found += [with_help.plan(path) for path in paths[15:]]
        assert found == plan_alone(planner, paths)


def test_helpers_let_the_one_that_writes_go_first(planner: RefreshPlanner) -> None:
    paths = list_paths()
    with HelpedPlanner(planner, paths, 1) as with_help:
        found = [with_help.plan(path) for path in paths[:15]]
        (helper,) = _find_helpers(os.getpid())
        assert helper.nice() > psutil.Process().nice()
    assert found == plan_alone(planner, paths[:15])


def test_where_no_helper_can_be_had_one_does_without(
    planner: RefreshPlanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **_options: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    paths = list_paths()
    with HelpedPlanner(planner, paths, 2) as with_help:
        assert [with_help.plan(path) for path in paths] == plan_alone(planner, paths)


def test_what_a_helper_says_does_not_count_if_it_is_not_of_this_note(
    planner: RefreshPlanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper that falls silent in the middle of its answer must not shift the answers."""

    def ask_a_liar(self: helpers.Helpers, paths: list[str]) -> Answer:
        return lambda: plan_alone(planner, paths[:-1])

    monkeypatch.setattr(helpers.Helpers, "ask", ask_a_liar)
    paths = list_paths()
    with pytest.raises(ValueError, match="zip"), HelpedPlanner(planner, paths, 2) as with_help:
        [with_help.plan(path) for path in paths]


@pytest.mark.parametrize("name", ["pickle.py", "sitecustomize.py", "vault_sync.py", "re.py"])
def test_a_helper_loads_nothing_from_the_working_folder(
    planner: RefreshPlanner, vault: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a stranger's vault."""
    (vault / name).write_text(f"open({str(vault / 'harm')!r}, 'x')\n", "utf-8")
    monkeypatch.chdir(vault)
    paths = list_paths()
    with HelpedPlanner(planner, paths, 1) as with_help:
        assert [with_help.plan(path) for path in paths] == plan_alone(planner, paths)
    assert not (vault / "harm").exists()


def test_a_refresh_with_help_is_a_refresh(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(vault.parent / "state"))
    monkeypatch.setattr("vault_sync.cli.runs.count_helpers", lambda: 2)
    now = NOW.isoformat(timespec="minutes")
    assert run(["refresh", "--now", now, str(vault)]) == 4  # some are broken, and named
    assert "20 refreshed" in capsys.readouterr().err
    assert run(["refresh", "--check", "--now", now, str(vault)]) == 4
    assert "40 up to date" in capsys.readouterr().err


def test_one_job_is_one_process(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(vault.parent / "state"))
    monkeypatch.setattr("vault_sync.cli.runs.count_helpers", lambda: 2)
    started: list[object] = []
    monkeypatch.setattr(helpers, "_Helper", started.append)
    assert run(["refresh", "--jobs", "1", "--check", str(vault)]) == 4
    assert not started


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_helpers_end_with_the_process_that_called_them(tmp_path: Path, number: int) -> None:
    vault = make_vault(tmp_path / "vault", 3000)
    environment = {**os.environ, "VAULT_SYNC_STATE": str(tmp_path / "state")}
    now = NOW.isoformat(timespec="minutes")
    command = [sys.executable, "-c", _CALL_FOR_HELP, "refresh", "--now", now, str(vault)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as caller:
        try:
            wait_until(lambda: len(_find_helpers(caller.pid)) == 2)
            called = _find_helpers(caller.pid)
        finally:
            caller.send_signal(number)
            caller.communicate()
    _, alive = psutil.wait_procs(called, timeout=20)
    assert not alive
    assert {note.read_text("utf-8") for note in vault.glob("*.md")} <= {*KINDS}


_CALL_FOR_HELP = """
import signal
if __name__ == "__main__":
    import vault_sync.cli.runs as runs
    from vault_sync.cli import main
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runs.count_helpers = lambda: 2
    main()
"""


def _find_helpers(pid: int) -> list[psutil.Process]:
    """Return the helpers of a process, which may have other children."""
    try:
        children = psutil.Process(pid).children()
        return [one for one in children if "vault_sync.helping" in " ".join(one.cmdline())]
    except psutil.NoSuchProcess:
        return []
