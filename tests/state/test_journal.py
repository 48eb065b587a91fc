"""The journal is readable whatever happens to it, and knows which runs are at work."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import StateError
from vault_sync.state import journal as journals
from vault_sync.state import journal as retention
from vault_sync.state.folder import StateFolder
from vault_sync.state.journal import EntryOutcome, Journal, JournalEdit, JournalEntry, is_locked
from vault_sync.state.journal_lines import parse_run, parse_summary, render_entry, render_heading

NOW = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - the civil time of the user, as runs are named
EDIT = JournalEdit("🛑오늘", '🛑오늘: "x"\n', None, "x", None)
ONE = JournalEntry("생물/세포.md", "0" * 64, "1" * 64, (EDIT,))
TWO = JournalEntry("bad \udcff name\n.md", "2" * 64, "3" * 64)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    (tmp_path / "journal").mkdir()
    return Journal(StateFolder(tmp_path))


def write_run(journal: Journal) -> str:
    with journal.begin("refresh", NOW) as run:
        run.intend([ONE, TWO])
        run.record_outcome(ONE.path, "written")
        run.record_outcome(TWO.path, "failed")
    return run.run_id


def test_a_run_is_read_back(journal: Journal) -> None:
    run_id = write_run(journal)
    log = journal.read_run(run_id)
    assert (log.command, log.started, log.problems) == ("refresh", "2024-10-27T14:01:00", ())
    assert log.entries == (EntryOutcome(ONE, "written"), EntryOutcome(TWO, "failed"))
    assert run_id.startswith("20241027T140100-")
    assert journal.list_entries(run_id) == [ONE, TWO]


def test_an_intention_is_on_disk_before_its_end_is_known(journal: Journal) -> None:
    run = journal.begin("watch", NOW)
    run.intend([ONE])
    assert journal.read_run(run.run_id).entries == (EntryOutcome(ONE, None),)
    assert journal.runs()[0].written is None
    run.record_outcome(ONE.path, "changed")
    run.intend([ONE])
    run.record_outcome(ONE.path, "written")
    run.close()
    assert [one.status for one in journal.read_run(run.run_id).entries] == ["changed", "written"]
    assert journal.runs()[0].written == 1


def test_a_run_that_intends_nothing_leaves_nothing(journal: Journal) -> None:
    with journal.begin("refresh", NOW) as run:
        assert journal.knows(run.run_id)
    assert journal.runs() == []
    assert list(journal.state.journal.iterdir()) == []


def test_a_journal_is_closed_before_it_is_taken_away(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows takes no file away that is open."""
    unlink = Path.unlink

    def unlink_closed(path: Path, **options: bool) -> None:
        assert not is_locked(path)  # the lock ends as the file is closed
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", unlink_closed)
    with journal.begin("refresh", NOW):
        pass
    assert list(journal.state.journal.iterdir()) == []


@pytest.mark.parametrize("is_replaced", [False, True])
def test_nothing_is_intended_in_a_journal_that_was_deleted(
    journal: Journal,
    is_replaced: bool,  # noqa: FBT001 - a case
) -> None:
    run = journal.begin("refresh", NOW)
    run.intend([ONE])
    (path,) = journal.state.journal.iterdir()
    path.unlink()
    if is_replaced:
        path.touch()
    with pytest.raises(StateError, match="was deleted while the run was at work"):
        run.intend([TWO])
    run.close()


def test_runs_come_newest_first(journal: Journal) -> None:
    for day in (3, 1, 2):
        with journal.begin("refresh", NOW.replace(day=day)) as run:
            run.intend([ONE])
    assert [run.started[:10] for run in journal.runs()] == [
        "2024-10-03",
        "2024-10-02",
        "2024-10-01",
    ]


def test_a_run_is_at_work_until_it_ends(journal: Journal) -> None:
    run = journal.begin("watch", NOW)
    run.intend([ONE])
    assert journal.is_running(run.run_id)
    run.close()
    assert not journal.is_running(run.run_id)
    assert not journal.is_running("20000101T000000-0000")


def test_a_killed_run_is_not_at_work(journal: Journal) -> None:
    script = (
        "import os, sys; from datetime import datetime; from pathlib import Path\n"
        "from vault_sync.state.journal import Journal, JournalEntry; from vault_sync.state.folder import StateFolder\n"
        "run = Journal(StateFolder(Path(sys.argv[1]))).begin('watch', datetime(2024, 10, 27))\n"
        "run.intend([JournalEntry('a.md', '0', '1')])\n"
        "print(run.run_id, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(journal.state.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        run_id = process.stdout.readline().decode().strip()
        assert journal.is_running(run_id)
        process.kill()
        process.wait()
    assert not journal.is_running(run_id)
    assert journal.list_entries(run_id) == [JournalEntry("a.md", "0", "1")]


def whole_file(journal: Journal) -> bytes:
    return (journal.state.journal / f"{write_run(journal)}.jsonl").read_bytes()


def test_cut_at_each_byte_the_whole_lines_are_used(journal: Journal) -> None:
    data = whole_file(journal)
    for length in range(len(data)):
        log = parse_run("run", data[:length])
        kept = [one.entry for one in log.entries]
        assert kept == [ONE, TWO][: len(kept)]
        # Cut just before its line end, a line is whole.
        lines = (data[:length] + b"\n").count(b'\n["note"')
        assert len(kept) in (lines, lines - 1)
        parse_summary("run", data[:length], data[:length])


def test_damaged_at_each_byte_the_other_lines_are_used(journal: Journal) -> None:
    data = whole_file(journal)
    lines = data.split(b"\n")
    for place in range(len(data)):
        log = parse_run("run", data[:place] + b"\x00" + data[place + 1 :])
        kept = [one.entry for one in log.entries]
        number = data[:place].count(b"\n")
        if b'["note"' not in lines[number] and data[place : place + 1] != b"\n":
            assert kept == [ONE, TWO]
        assert log.problems
        assert ONE in kept or TWO in kept or data[place : place + 1] == b"\n"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_journal_of_sorts(data: bytes) -> None:
    parse_summary("run", data, data)
    assert parse_run("run", data).entries == ()


def test_a_newer_journal_is_read_as_far_as_it_is_understood() -> None:
    heading = render_heading("run", "refresh", "now").replace(b'"journal":1', b'"journal":2')
    log = parse_run("run", heading + b'["moon",1]\n' + render_entry(ONE))
    assert [one.entry for one in log.entries] == [ONE]
    assert [problem.line for problem in log.problems] == [1, 2]
    assert "newer version" in log.problems[0].message


def test_half_the_edits_are_none() -> None:
    line = render_entry(ONE).replace(b",null,", b",7,", 1)
    log = parse_run("run", render_heading("run", "refresh", "now") + line)
    assert [one.entry.edits for one in log.entries] == [()]
    assert [problem.line for problem in log.problems] == [2]


def test_after_a_failed_write_the_next_line_is_whole(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = journal.begin("refresh", NOW)

    def write_half(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journals, "write_all", write_half)
        with pytest.raises(StateError, match="No space left"):
            run.intend([ONE])
    run.intend([TWO])
    run.close()
    assert journal.list_entries(run.run_id) == [TWO]


def test_the_oldest_runs_are_forgotten_but_never_one_at_work(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_KEPT_RUNS", 3)
    monkeypatch.setattr(retention, "_KEPT_DAEMON_RUNS", 0)
    monkeypatch.setattr(retention, "_SLACK", 0)
    at_work = journal.begin("refresh", NOW.replace(year=2020))
    at_work.intend([ONE])
    for day in range(1, 7):
        with journal.begin("refresh", NOW.replace(day=day)) as run:
            run.intend([ONE])
    days = [run.started[:10] for run in journal.runs()]
    assert days == ["2024-10-06", "2024-10-05", "2024-10-04", "2024-10-03", "2020-10-27"]
    at_work.close()


def test_where_space_is_short_the_newest_of_each_command_stays(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_KEPT_BYTES", 10)
    for day, command in enumerate(["refresh", "refresh", "done", "watch", "watch"], 1):
        with journal.begin(command, NOW.replace(day=day)) as run:
            run.intend([ONE])
    with journal.begin("undo", NOW.replace(day=28)):
        kept = [(run.started[8:10], run.command) for run in journal.runs()[1:]]
    assert kept == [("05", "watch"), ("03", "done"), ("02", "refresh")]


def test_many_small_runs_of_the_daemon_are_looked_through_now_and_then(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_KEPT_BYTES", 10)
    monkeypatch.setattr(retention, "_DAEMON_PRUNES", 4)
    for day in range(1, 14):
        with journal.begin("watch", NOW.replace(day=day)) as run:
            run.intend([ONE])
        assert 1 <= len(journal.runs()) <= 4


def test_a_journal_that_cannot_be_read_counts_as_one_of_its_own_command(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_KEPT_BYTES", 10)
    for name in ("20240101T000000-0000", "20240102T000000-0000"):
        (journal.state.journal / f"{name}.jsonl").write_bytes(b"\x00" * 20)
    with journal.begin("refresh", NOW):
        assert not journal.knows("20240101T000000-0000")
        assert journal.knows("20240102T000000-0000")
