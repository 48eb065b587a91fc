"""What killed runs leave behind is tidied up, and nothing of the user goes with it."""

from __future__ import annotations

import errno
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.files.editors import NEW, OLD, RUN_ID, Vault
from vault_sync.files.folder import Folder, is_leftover_name, name_leftover
from vault_sync.files.recovery import RecoveryAction, recover_leftovers
from vault_sync.state.journal_lines import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

DEAD_RUN = "20241026T090000-00ff"
LATER = 4e9  # a time long after all these files


def entry(path: str = "cell.md", old: bytes = OLD, new: bytes = NEW) -> JournalEntry:
    return JournalEntry(path, hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())


@dataclass
class FakeJournal:
    """A journal that remembers one dead run."""

    entries: Sequence[JournalEntry] = field(default_factory=lambda: [entry()])
    running: str = ""

    def knows(self, run_id: str) -> bool:
        return bool(self.entries) and run_id == DEAD_RUN

    def is_running(self, run_id: str) -> bool:
        return run_id == self.running

    def list_entries(self, run_id: str) -> Sequence[JournalEntry]:
        return self.entries if self.knows(run_id) else []


def sweep(
    vault: Vault, journal: FakeJournal | None = None, now: float = LATER
) -> list[RecoveryAction]:
    known = journal or FakeJournal()
    recovered = recover_leftovers(vault.root, vault.leftovers(), known, vault.context(), now)
    return [one.done for one in recovered]


def leave(vault: Vault, data: bytes, kind: str = "old") -> Path:
    place = vault.folder / name_leftover(DEAD_RUN, "cell.md", kind)
    place.write_bytes(data)
    return place


@pytest.mark.parametrize(
    "name",
    [
        "cell.md", ".cell.md", ".vault-sync.yaml", ".vault-sync-notes.old", ".vault-sync-",
        f".vault-sync-{RUN_ID}-0123abcd-1.md", f"x.vault-sync-{RUN_ID}-0123abcd-1.old",
        f".vault-sync-{RUN_ID}-0123abcd-1.old.md", f".vault-sync-{RUN_ID}-0123abcd-1.old\n",
    ],
)  # fmt: skip
def test_names_of_others_are_not_ours(name: str) -> None:
    assert not is_leftover_name(name)


@pytest.mark.parametrize("kind", ["part", "old"])
def test_our_names_are_known_again(kind: str) -> None:
    assert is_leftover_name(name_leftover(RUN_ID, "a/ㄱ.md", kind))


@pytest.mark.parametrize("kind", ["part", "old"])
def test_files_of_a_run_at_work_stay(vault: Vault, kind: str) -> None:
    left = leave(vault, OLD, kind)
    assert sweep(vault, FakeJournal(running=DEAD_RUN)) == []
    assert left.exists()


def test_files_of_an_unknown_run_stay_for_a_day(vault: Vault) -> None:
    left = leave(vault, b"words")
    stranger = FakeJournal(entries=[])
    written = left.stat().st_ctime
    assert sweep(vault, stranger, written + 86_399) == []
    assert left.exists()
    assert sweep(vault, stranger, written + 86_401) == [RecoveryAction.RESCUED]
    assert vault.rescued() == [b"words"]


@pytest.mark.parametrize("data", [b"", OLD[:7], NEW[:9], NEW])
def test_an_unfinished_file_goes(vault: Vault, data: bytes) -> None:
    leave(vault, data, "part")
    assert sweep(vault) == [RecoveryAction.DROPPED]
    assert (vault.note.read_bytes(), vault.leftovers(), vault.rescued()) == (OLD, [], [])


@pytest.mark.parametrize("now_in_note", [OLD, NEW, b"words since then"])
@pytest.mark.parametrize("data", [OLD, NEW])
def test_a_text_the_journal_knows_goes(vault: Vault, data: bytes, now_in_note: bytes) -> None:
    vault.note.write_bytes(now_in_note)
    leave(vault, data)
    assert sweep(vault) == [RecoveryAction.DROPPED]
    assert vault.note.read_bytes() == now_in_note
    assert (vault.leftovers(), vault.rescued()) == ([], [])


def test_a_save_that_was_displaced_goes_back_where_the_note_holds_our_text(vault: Vault) -> None:
    vault.note.write_bytes(NEW)
    leave(vault, OLD + b"my words\n")
    assert sweep(vault) == [RecoveryAction.GIVEN_BACK]
    assert vault.note.read_bytes() == OLD + b"my words\n"
    assert (vault.leftovers(), vault.rescued()) == ([], [])


@pytest.mark.parametrize("data", [b"my words", OLD[:5], b""])
def test_other_bytes_become_a_rescue_copy_where_the_note_went_on(vault: Vault, data: bytes) -> None:
    vault.note.write_bytes(b"newer words")
    leave(vault, data)
    assert sweep(vault) == [RecoveryAction.RESCUED]
    assert vault.note.read_bytes() == b"newer words"
    assert (vault.leftovers(), vault.rescued()) == ([], [data])


def test_the_text_of_a_deleted_note_becomes_a_rescue_copy(vault: Vault) -> None:
    vault.note.unlink()
    leave(vault, OLD)
    assert sweep(vault) == [RecoveryAction.RESCUED]
    assert (vault.note.exists(), vault.rescued()) == (False, [OLD])


def test_a_folder_with_our_name_is_left_and_named(vault: Vault) -> None:
    (vault.folder / name_leftover(DEAD_RUN, "cell.md", "old")).mkdir()
    assert sweep(vault) == [RecoveryAction.LEFT]
    assert len(vault.leftovers()) == 1


def make_folder(vault: Vault) -> Path:
    place = vault.folder / name_leftover(DEAD_RUN, "cell.md", "old")
    place.mkdir()
    return place


def leave_beside_a_newer_note(vault: Vault) -> Path:
    vault.note.write_bytes(b"newer words")
    return leave(vault, b"my words")


def leave_over_our_text(vault: Vault) -> Path:
    vault.note.write_bytes(NEW)
    return leave(vault, b"my words")


KEPT = "An interrupted run left a version of “cell.md”; it is kept in “{rescue}”."
UNREADABLE = "This file of an interrupted run is not a readable file; please look at it yourself."


@pytest.mark.parametrize(
    ("prepare", "done", "words"),
    [
        (make_folder, RecoveryAction.LEFT, UNREADABLE),
        (leave_beside_a_newer_note, RecoveryAction.RESCUED, KEPT),
        (leave_over_our_text, RecoveryAction.GIVEN_BACK, None),
        (lambda vault: leave(vault, OLD), RecoveryAction.DROPPED, None),
    ],
)
def test_what_was_done_is_told_with_the_place_of_a_rescue_copy(
    vault: Vault, prepare: Callable[[Vault], Path], done: RecoveryAction, words: str | None
) -> None:
    name = prepare(vault).name
    (told,) = recover_leftovers(vault.root, [name], FakeJournal(), vault.context(), LATER)
    assert (told.path, told.done) == (name, done)
    assert (told.rescue is not None) is (done is RecoveryAction.RESCUED)
    expected = words.format(rescue=told.rescue) if words else None
    assert (told.problem.message if told.problem else None) == expected


def test_a_leftover_that_cannot_be_tidied_up_does_not_stop_the_others(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    left = leave(vault, OLD, "part").name
    outside = f"../{left}"
    monkeypatch.setattr(Folder, "unlink", refuse)
    paths = [outside, "gone.md", name_leftover(DEAD_RUN, "cell.md", "old"), left]
    told = recover_leftovers(vault.root, paths, FakeJournal(), vault.context(), LATER)
    assert [(one.path, one.done) for one in told] == [
        (outside, RecoveryAction.LEFT),
        (left, RecoveryAction.LEFT),
    ]
    for one in told:
        assert one.problem
        assert one.problem.message.startswith(
            "This file of an interrupted run could not be tidied up: "
        )
    assert (vault.folder / left).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="leases are a thing of Linux")
def test_a_file_that_is_still_being_written_stays(vault: Vault) -> None:
    vault.note.write_bytes(NEW)
    with leave(vault, OLD).open("ab", buffering=0) as editor:
        assert sweep(vault) == [RecoveryAction.LEFT]
        editor.write(b"late\n")
    assert sweep(vault) == [RecoveryAction.GIVEN_BACK]
    assert vault.note.read_bytes() == OLD + b"late\n"


VICTIM = """
import os, sys
from pathlib import Path
from vault_sync.files.outcome import WriteContext
from vault_sync.files.folder import VaultFolder
from vault_sync.files.outcome import Replacement
from vault_sync.files.read import read_note
from vault_sync.files.replace import replace_notes
from vault_sync.files.export import RescueFolder
folder, new, run = sys.argv[1], os.fsencode(sys.argv[2]), sys.argv[3]
root = VaultFolder(folder)
replacement = Replacement("cell.md", read_note(root, "cell.md"), new)
context = WriteContext(run, RescueFolder(Path(folder).with_name("rescue"), run))
os.access("the run begins", 0)
replace_notes(root, [replacement], context)
os.access("the run ends", 0)
"""
CALLS = (
    "openat,read,write,fchmod,fsync,close,rename,renameat,renameat2,unlinkat,fstat,newfstatat,fcntl"
)


def run_victim(vault: Vault, *options: str) -> str:
    """Run the protocol on one note under strace, and return the trace."""
    trace = vault.folder.with_name("trace")
    command = ["strace", "-f", "-qq", "-o", str(trace), *options]
    victim = [sys.executable, "-c", VICTIM, str(vault.folder), NEW.decode(), DEAD_RUN]
    subprocess.run([*command, *victim], check=False, capture_output=True)
    return trace.read_text(encoding="utf-8", errors="replace")


def count_calls(vault: Vault) -> list[tuple[str, int]]:
    """Return the system calls of the run itself: name and number among all calls of that name."""
    run_victim(vault)  # Python compiles what it imports, which takes calls of its own, once
    vault.note.write_bytes(OLD)
    return parse_calls(run_victim(vault, "-e", f"trace={CALLS},access"))


def parse_calls(trace: str) -> list[tuple[str, int]]:
    numbers: dict[str, int] = {}
    found, is_running = [], False
    for line in trace.splitlines():
        name = line.split(maxsplit=1)[1].partition("(")[0].strip()
        is_running = is_running or "the run begins" in line
        if name in CALLS.split(","):
            numbers[name] = numbers.get(name, 0) + 1
            if is_running and "the run ends" not in line:
                found.append((name, numbers[name]))
        if "the run ends" in line:
            break
    return found


def can_trace() -> bool:
    strace = shutil.which("strace")
    return (
        bool(strace)
        and subprocess.run(["strace", "true"], check=False, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not can_trace(), reason="needs strace")
def test_killed_at_any_system_call_the_note_is_whole_and_the_next_run_tidies_up(
    vault: Vault,
) -> None:
    calls = count_calls(vault)
    assert len(calls) > 25
    ends = set()
    for name, number in calls:
        vault.note.write_bytes(OLD)
        inject = f"inject={name}:signal=KILL:when={number}"
        assert "killed by SIGKILL" in run_victim(vault, "-e", f"trace={name}", "-e", inject)
        ends.add((vault.note.read_bytes(), len(vault.leftovers())))
        assert vault.note.read_bytes() in (OLD, NEW), (name, number)
        sweep(vault)
        assert vault.note.read_bytes() in (OLD, NEW), (name, number)
        assert (vault.leftovers(), vault.rescued()) == ([], []), (name, number)
    assert ends >= {(OLD, 0), (OLD, 1), (NEW, 1), (NEW, 0)}


ERRORS = ["ENOSPC", "EIO", "EROFS", "EINVAL"]


@pytest.mark.skipif(not can_trace(), reason="needs strace")
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_any_changing_system_call_leaves_a_whole_note(vault: Vault, error: str) -> None:
    calls = count_calls(vault)
    changing = {"write", "fchmod", "fsync", "rename", "renameat", "renameat2", "unlinkat"}
    for name, number in calls:
        if name in changing:
            vault.note.write_bytes(OLD)
            inject = f"inject={name}:error={error}:when={number}"
            assert "(INJECTED)" in run_victim(vault, "-e", f"trace={name}", "-e", inject)
            assert vault.note.read_bytes() in (OLD, NEW), (name, number)
            sweep(vault)
            assert vault.note.read_bytes() in (OLD, NEW), (name, number)
            assert (vault.leftovers(), vault.rescued()) == ([], []), (name, number)
