"""The daemon's log: one line for each thing it said, whatever was in the names."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vault_sync.daemon import status
from vault_sync.daemon.batch_writer import name_changes
from vault_sync.daemon.status import close_log, open_log
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import StateError
from vault_sync.formula.registry import Clock
from vault_sync.plan.note_plan import Change
from vault_sync.state.folder import StateFolder
from vault_sync.state.health import find_log

if TYPE_CHECKING:
    from collections.abc import Iterator

NASTY = "생물/x\n2026-01-01 00:00:00 ERROR   lie\x1b[2J\u202e\udcff\x9b31m\u2028.md"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    yield StateFolder(tmp_path)
    close_log()


def test_a_line_has_a_time_a_level_and_the_message(
    state: StateFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    open_log(state, as_json=False).warning("%s: left alone", "생물/세포.md")
    said = capfd.readouterr().err
    assert find_log(state).read_text("utf-8") == said
    moment, level, message = said[:19], said[20:27], said[28:]
    assert (len(moment.split()), level, message) == (2, "WARNING", "생물/세포.md: left alone\n")


def test_a_note_that_was_mended_is_told_in_korean_alone(
    state: StateFolder, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    broken = Change("사이", '"1', "112", '사이: "1', '사이: "112"', Clock.DAILY, "")
    others = [Change(f"속성{n}", "1", "2", "x", "y") for n in range(4)]
    named = name_changes(NoteResult("세포.md", Status.CHANGED, (*others, broken)))
    open_log(state, as_json=False).info("Refreshed %s: %s", "세포.md", named)
    message = capfd.readouterr().err[28:]
    assert message == "갱신함 세포.md: 사이, 속성0, 속성1 외 2개, 그 가운데 깨진 줄 고침 1개\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_no_name_steers_the_terminal_or_begins_a_line(
    state: StateFolder,
    capfd: pytest.CaptureFixture[str],
    as_json: bool,  # noqa: FBT001 - a case
) -> None:
    log = open_log(state, as_json=as_json)
    log.info("%s: refreshed", NASTY)
    log.error("a bug", exc_info=ValueError(NASTY))
    said = capfd.readouterr().err
    assert find_log(state).read_text("utf-8") == said
    meant = [line for line in said.splitlines() if not line.startswith("    | ")]
    assert len(meant) == 2
    assert not {"\x1b", "\u202e", "\u2028", "\x9b", "\udcff"} & set(said)


def test_lines_of_json_can_be_read_by_programs(
    state: StateFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    log = open_log(state, as_json=True)
    log.info("3 notes refreshed")
    log.error("a bug", exc_info=OSError(5, "Input/output error"))
    first, second = map(json.loads, capfd.readouterr().err.splitlines())
    assert first.keys() == {"time", "level", "message"}
    assert (first["level"], first["message"]) == ("info", "3 notes refreshed")
    assert first["time"].endswith("+00:00")
    assert second["trace"][-1] == "OSError: [Errno 5] Input/output error"


def test_a_file_that_was_deleted_is_made_anew(
    state: StateFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    log = open_log(state, as_json=False)
    log.info("one")
    find_log(state).unlink()
    log.info("two")
    log.info("three")
    find_log(state).rename(state.path / "moved")
    log.info("four")
    assert [line.split()[-1] for line in capfd.readouterr().err.splitlines()][-1] == "four"
    assert [line.split()[-1] for line in find_log(state).read_text().splitlines()] == ["four"]
    assert (state.path / "moved").read_text().count("INFO") == 2


def test_a_state_folder_that_is_gone_does_not_stop_the_work(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = StateFolder(tmp_path / "state")
    state.path.mkdir()
    log = open_log(state, as_json=False)
    shutil.rmtree(state.path)
    log.info("one")
    state.path.mkdir()
    log.info("two")
    close_log()
    said = capfd.readouterr().err
    assert "one" in said
    assert "Traceback" not in said
    assert [line.split()[-1] for line in find_log(state).read_text().splitlines()] == ["two"]


def test_opened_twice_it_says_all_once(
    state: StateFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    open_log(state, as_json=True)
    open_log(state, as_json=False).info("once")
    assert capfd.readouterr().err.count("once") == 1


def test_the_file_does_not_grow_for_ever(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vault_sync.state.health._MAX_LOG_BYTES", 1000)
    log = open_log(state, as_json=False)
    for number in range(500):
        log.info("note %d", number)
    files = sorted(path.name for path in state.path.iterdir())
    assert files == ["daemon.log", *(f"daemon.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 1000 for path in state.path.iterdir())
    assert "note 499" in find_log(state).read_text("utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_does_not_stop_the_work(
    state: StateFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    find_log(state).symlink_to("/dev/full")
    open_log(state, as_json=False).info("goes on")
    close_log()
    said = capfd.readouterr().err
    assert "goes on" in said
    assert "Traceback" not in said


def test_a_log_that_cannot_be_written_is_said(state: StateFolder) -> None:
    find_log(state).mkdir()
    with pytest.raises(StateError, match="cannot be written"):
        open_log(state, as_json=False)


def test_the_logger_is_the_daemons_own(state: StateFolder) -> None:
    assert open_log(state, as_json=False) is logging.getLogger(status.LOGGER_NAME)
