"""The time when a file was made, where the system tells it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.engine.linked_vaults import plan_all, values, write_vault
from vault_sync.errors import EvaluationError
from vault_sync.files import platform
from vault_sync.files.read import FileFacts, Signature
from vault_sync.plan.evaluation import Conditions

if TYPE_CHECKING:
    from pathlib import Path

CONDITIONS = Conditions(datetime(2024, 10, 27), UTC)  # noqa: DTZ001 - civil time


def test_a_file_was_made_when_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    before = time.time_ns() - 10**9
    file.write_text("x", "utf-8")
    born = platform.read_birth(str(file))
    if born is None:
        pytest.skip("this file system does not tell it")
    file.write_text("longer", "utf-8")
    assert before <= born <= time.time_ns()
    assert platform.read_birth(str(file)) == born


def test_nothing_is_told_of_what_is_not_there(tmp_path: Path) -> None:
    assert platform.read_birth(str(tmp_path / "none")) is None
    facts = FileFacts(Signature(0, 0, 0, 0, 0), CONDITIONS, str(tmp_path / "none"))
    with pytest.raises(EvaluationError, match=r"file\.ctime cannot be told here"):
        facts("ctime")


@pytest.mark.parametrize(("age", "value"), [(-1, {"x": 1}), (1, {})])
def test_a_filter_may_ask_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int, value: object
) -> None:
    moment = datetime(2024, 10, 27, tzinfo=UTC) + timedelta(days=age)
    monkeypatch.setattr(
        "vault_sync.files.read.read_birth", lambda _place: int(moment.timestamp() * 1e9)
    )
    rule = "{name: r, filters: 'file.ctime < date(\"2024-10-27\")', formulas: {x: '1'}}"
    write_vault(tmp_path, {"a.md": "---\nis: x\n---\n"}, rule)
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == value


@pytest.mark.skipif(sys.platform != "linux", reason="asks as Linux does")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc/version")
    target = platform.read_birth("/proc/version")
    assert target is None or platform.read_birth(str(tmp_path / "link")) != target
