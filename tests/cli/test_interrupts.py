"""Whoever stops a run, or stops reading what it prints: notes are whole, counted, and can be put back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.oracle import Study
from tests.warm import find_program, write_program
from vault_sync.files.outcome import WriteStep

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and pipes as those of POSIX")

COUNT: Final = 110  # more than are in hand at once
STALE: Final = Study(done1=True, done4=True).note(학습률='학습률: "0"')


@dataclass(frozen=True, slots=True)
class Place:
    """A vault of stale notes, and where its state lies."""

    vault: Path

    def call(self, *arguments: str, program: tuple[str, ...] = ()) -> tuple[int, str, str]:
        done = subprocess.run(
            [*(program or find_program()), *arguments],
            cwd=self.vault,
            env=self.environment(),
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def call_until(
        self, step: WriteStep, first: int, numbers: tuple[signal.Signals, ...], *arguments: str
    ) -> tuple[int, str, str]:
        sent = ",".join(str(int(number)) for number in numbers)
        program = self.vault.parent / "stopped"
        write_program(program, "tests.cli.stopped_run")
        return self.call(*arguments, program=(str(program), step.name, str(first), sent))

    def environment(self) -> dict[str, str]:
        state = str(self.vault.parent / "state")
        return {**os.environ, "VAULT_SYNC_STATE": state, "LC_ALL": "C.UTF-8", "TZ": "Asia/Seoul"}

    def count_stale(self) -> int:
        notes = [note.read_text("utf-8") for note in self.vault.glob("*.md")]
        assert len(notes) == COUNT
        return notes.count(STALE)

    def leftovers(self) -> list[str]:
        return [one.name for one in self.vault.iterdir() if one.name.startswith(".vault-sync-")]

    def list_runs(self) -> list[dict[str, object]]:
        code, shown, _ = self.call("undo", "--list", "--format", "json")
        assert code == 0
        found: list[dict[str, object]] = json.loads(shown)["runs"]
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    vault = tmp_path / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    for number in range(COUNT):
        (vault / f"노트 {number:03}.md").write_text(STALE, "utf-8")
    return Place(vault)


NOW: Final = ("refresh", "--now", "2024-10-27T14:01")
STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize(
    ("step", "first"),
    [
        *((one, 1) for one in list(WriteStep)[:-1]),
        (WriteStep.COMPARED, 60),
        (WriteStep.SWAPPED, 60),
    ],
)
def test_a_run_ends_after_the_notes_in_hand_and_says_so(
    place: Place, step: WriteStep, first: int
) -> None:
    stop = STOPS[first % 2 + (step is WriteStep.SWAPPED)]
    code, _, said = place.call_until(step, first, (stop,), *NOW)
    written = COUNT - place.count_stale()
    assert 0 < written < COUNT or (first == 60 and code == 0 and written == COUNT)
    assert not place.leftovers()
    (run,) = place.list_runs()
    assert (run["written"], run["next"]) == (written, True)
    if code != 0:
        assert code == 130
        assert f"Interrupted: {written} of {COUNT} notes refreshed." in said
        assert "`vault-sync undo` puts the old values back." in said
        assert run["whole"] is False
    assert place.call("undo")[0] == 0
    assert place.count_stale() == COUNT
    assert place.call("undo")[0] == 2


@pytest.mark.parametrize(
    "step", [WriteStep.PREPARED, WriteStep.COMPARED, WriteStep.SWAPPED, WriteStep.LOOKED]
)
def test_who_does_not_wait_finds_notes_whole_and_the_way_back(
    place: Place, step: WriteStep
) -> None:
    code, _, said = place.call_until(step, 20, (signal.SIGINT, signal.SIGINT), *NOW)
    assert code in {0, 130}
    assert code == 0 or "no note was damaged" in said or "Interrupted" in said
    (run,) = place.list_runs()
    assert run["next"] is True
    code, _, said = place.call("undo")
    assert (code, said.count("changed since")) == (0, 0)
    assert place.count_stale() == COUNT
    assert [run["undone"] for run in place.list_runs()] == [False, True]


@pytest.mark.parametrize(
    "numbers", [(signal.SIGINT,), (signal.SIGINT, signal.SIGINT), (signal.SIGKILL,)]
)
def test_an_undo_that_was_stopped_is_taken_up_again(
    place: Place, numbers: tuple[signal.Signals, ...]
) -> None:
    place.call(*NOW)
    place.call_until(WriteStep.SWAPPED, 10, numbers, "undo")
    assert 0 < place.count_stale() < COUNT
    assert [run["next"] for run in place.list_runs()] == [False, True]
    code, _, said = place.call("undo")
    assert (code, said.count("changed since")) == (0, 0)
    assert place.count_stale() == COUNT
    undone, again, refreshed = place.list_runs()
    assert (refreshed["undone"], undone["whole"], again["whole"]) == (True, True, False)


def test_a_killed_undo_of_which_all_is_back_is_not_taken_up_for_ever(place: Place) -> None:
    place.call(*NOW)
    (run,) = place.list_runs()
    place.call("undo")
    (journal,) = [
        one
        for one in place.vault.parent.glob("state/**/*.jsonl")
        if str(run["run"]) not in one.name
    ]
    journal.write_bytes(
        journal.read_bytes().rpartition(b'["done"')[0]
    )  # killed before its last line
    assert place.list_runs()[1]["next"] is True
    assert place.call("undo")[0] == 0
    assert not any(run["next"] for run in place.list_runs())


@pytest.mark.parametrize("command", [NOW, ("undo",), ("undo", "--format", "json")])
def test_a_reader_who_leaves_stops_no_writing(place: Place, command: tuple[str, ...]) -> None:
    if command[0] == "undo":
        place.call(*NOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "vault_sync", "-v", *command],
        cwd=place.vault,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    process.stdout.close()
    _, said = process.communicate()
    assert (process.returncode, b"Traceback" in said) == (0, False)
    assert place.count_stale() == (COUNT if command[0] == "undo" else 0)


def test_what_is_followed_ends_with_its_reader(place: Place) -> None:
    script = '"$0" -m vault_sync status --watch --format json | head -n 1'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        cwd=place.vault,
        env=place.environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(b"{")
