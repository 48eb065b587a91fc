"""The time when a file was made, where the system tells it."""

from __future__ import annotations

import sys
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


def test_a_formula_is_told_nothing_of_what_is_not_there(tmp_path: Path) -> None:
    facts = FileFacts(Signature(0, 0, 0, 0, 0), CONDITIONS, str(tmp_path / "none"))
    with pytest.raises(EvaluationError, match=r"file\.ctime cannot be told here"):
        facts("ctime")


def test_a_formula_is_told_of_no_other_fact(tmp_path: Path) -> None:
    facts = FileFacts(Signature(0, 0, 0, 0, 0), CONDITIONS, str(tmp_path))
    with pytest.raises(EvaluationError, match=r"file\.owner cannot be told here"):
        facts("owner")


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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Python tells it")
def test_a_system_without_statx_tells_no_birth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_path: bytes) -> int:
        raise AttributeError("statx")

    monkeypatch.setattr(platform, "_ask_statx", ask)
    assert platform.read_birth(str(tmp_path)) is None
