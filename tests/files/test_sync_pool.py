"""While the disk is waited for, other work goes on, and nothing else is different."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.files.editors import NEW, OLD, Vault
from tests.study.oracle import Study
from vault_sync.cli import run
from vault_sync.engine.report import NoteResult
from vault_sync.engine.report import Status as Outcome
from vault_sync.engine.run import BATCH, PlanQueue
from vault_sync.files.outcome import WriteStatus
from vault_sync.files.prepare import no_idle_work, open_sync_pool
from vault_sync.files.replace import replace_notes

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.engine.refresh import Found

MANY = 150  # more than are open at once


def test_other_work_goes_on_while_a_sync_waits() -> None:
    done, left = threading.Event(), [1, 2, 3]

    def meanwhile() -> bool:
        left.pop()
        if not left:
            done.set()
        return bool(left)

    with open_sync_pool(2, meanwhile) as pool:
        assert pool.run([lambda: done.wait(30), lambda: False]) == [True, False]


def test_one_sync_needs_no_thread() -> None:
    with open_sync_pool(1, no_idle_work) as pool:
        assert pool.run([threading.current_thread] * 3) == [threading.main_thread()] * 3


@pytest.mark.parametrize("jobs", [1, 4])
def test_what_a_sync_returns_or_raises_comes_back(jobs: int) -> None:
    with open_sync_pool(jobs, no_idle_work) as pool:
        assert pool.run([lambda: 1, lambda: 2, lambda: 3]) == [1, 2, 3]
        with pytest.raises(ZeroDivisionError):
            pool.run([lambda: 1 // 0])


def make_notes(vault: Vault) -> list[str]:
    paths = [f"{number}.md" for number in range(MANY)]
    for path in paths:
        (vault.folder / path).write_bytes(OLD)
    return paths


def test_an_interruption_meanwhile_leaves_every_note_whole(vault: Vault) -> None:
    paths = make_notes(vault)

    def meanwhile() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_notes(
            vault.root, [vault.replacement(path) for path in paths], vault.context(), meanwhile
        )
    assert {(vault.folder / path).read_bytes() for path in paths} <= {OLD, NEW}
    assert not vault.leftovers()


def test_work_meanwhile_changes_no_outcome(vault: Vault) -> None:
    paths, looked = make_notes(vault), 0

    def meanwhile() -> bool:
        nonlocal looked
        looked += 1
        return looked < 1000 and bool((vault.folder / paths[looked % MANY]).read_bytes())

    outcomes = replace_notes(
        vault.root, [vault.replacement(path) for path in paths], vault.context(), meanwhile
    )
    assert [(one.path, one.status) for one in outcomes] == [
        (path, WriteStatus.WRITTEN) for path in paths
    ]
    assert looked


@pytest.mark.parametrize("before", [0, 1, 5, BATCH + 10])
def test_notes_come_in_their_order_however_many_were_planned_ahead(before: int) -> None:
    plans = [None, *(NoteResult(str(number), Outcome.UNCHANGED) for number in range(2 * BATCH))]
    queue = PlanQueue(iter(plans), BATCH)
    found: list[Found] = []
    planned = [queue.plan_one() for _ in range(before)]
    assert planned == [True] * min(before, BATCH) + [False] * max(0, before - BATCH)
    while some := queue.take(7):
        found += some
        queue.plan_one()
    assert found == plans


def count_lines(text: str, start: str) -> int:
    return sum(line.startswith(start) for line in text.splitlines())


@pytest.mark.parametrize("jobs", ["1", "8"])
def test_more_than_one_batch_is_told_and_written_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], jobs: str
) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    names = [f"{number:04}.md" for number in range(2 * BATCH + 40)]
    make = Study(done1=True).note
    for name in names:
        (root / name).write_text(make(학습률='학습률: "0"'), "utf-8")
    assert run(["refresh", "--now", "2024-10-27T14:01", "--jobs", jobs, str(root)]) == 0
    told = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert told == [f"{name}:" for name in names]
    assert {(root / name).read_text("utf-8") for name in names} == {make()}
    (journal,) = (tmp_path / "state").glob("*/journal/*.jsonl")
    text = journal.read_text("utf-8")
    assert count_lines(text, '["note"') == count_lines(text, '["end"') == len(names)
