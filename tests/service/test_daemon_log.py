"""The log is read to its end and followed across rotations, no line missed or told twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_sync.service import control
from vault_sync.service.control import follow_log, read_last_lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(control, "_PAUSE", 0)
    return tmp_path / "daemon.log"


def append(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("number", "lines"), [(0, []), (1, ["d"]), (3, ["b", "c", "d"]), (9, ["a", "b", "c", "d"])]
)
def test_the_last_lines_come_from_as_many_files_as_it_takes(
    log: Path, number: int, lines: list[str]
) -> None:
    append(log.with_name("daemon.log.2"), "a\n")
    append(log.with_name("daemon.log.1"), "b\nc\n")
    append(log, "d\n")
    assert read_last_lines(log, number) == lines


def test_no_log_has_no_lines(log: Path) -> None:
    assert read_last_lines(log, 10) == []
    assert next(follow_log(log)) == ""


def test_only_what_comes_is_followed_and_only_whole_lines(log: Path) -> None:
    append(log, "old\n")
    lines = follow_log(log)
    assert next(lines) == ""
    append(log, "one\nhalf 한")
    assert next(lines) == "one\n"
    append(log, "글\n")
    assert [next(lines), next(lines)] == ["half 한글\n", ""]


def test_a_rotation_loses_nothing(log: Path) -> None:
    append(log, "old\n")
    lines = follow_log(log)
    append(log, "one\n")
    assert next(lines) == "one\n"
    append(log, "two\n")
    log.rename(log.with_name("daemon.log.1"))
    append(log, "three\n")
    assert "".join(next(lines) for _ in range(4)) == "two\nthree\n"


def test_a_log_that_begins_later_is_followed_from_its_start(log: Path) -> None:
    lines = follow_log(log)
    assert next(lines) == ""
    append(log, "first\n")
    assert "".join(next(lines) for _ in range(3)) == "first\n"
