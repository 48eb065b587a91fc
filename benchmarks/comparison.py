"""Runs vault-sync and the loops by turns on fresh copies of the same vault."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import Cost, find_program, run_child, take_median
from benchmarks.vault import NOW, STALE_SINCE, count_right, write_vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

OURS: Final = "vault-sync refresh"
FLOOR: Final = "bare loop"
THRIFTY: Final = "bare loop, a folder synced once"
RUAMEL: Final = "ruamel.yaml round trip"
FRONTMATTER: Final = "python-frontmatter"
LOOPS: Final = {
    FLOOR: "bare",
    THRIFTY: "thrifty",
    RUAMEL: "ruamel",
    FRONTMATTER: "frontmatter",
}
"""The loops of `benchmarks.loops` by what the tables call them."""
SED: Final = "sed script, nothing synced"
YQ: Final = "yq script, nothing synced"
SCRIPTS: Final = {SED: "script_sed.sh", YQ: "script_yq.sh"}
"""Shell scripts beside this file by what the tables call them."""

VERSION: Final = "vault-sync --version"
IMPORT_CLICK: Final = 'python -c "import click"'
HOOK_STALE: Final = "vault-sync refresh, one stale note"
HOOK_TRUE: Final = "vault-sync refresh, one true note"
GUESTS: Final = {RUAMEL: 10_000, FRONTMATTER: 10_000, SED: 10_000, YQ: 100}
"""Slow programs, and the largest vault for each: in a larger one it shows the same, for minutes."""


class Staleness(Enum):
    """How a vault is before a run; the value is when its notes were refreshed last."""

    ALL = STALE_SINCE
    NONE = NOW

    @property
    def since(self) -> datetime:
        """When the notes were refreshed for the last time."""
        return self.value

    @property
    def is_stale(self) -> bool:
        """Whether there is anything to write."""
        return self is Staleness.ALL


@dataclass(frozen=True, slots=True)
class Race:
    """Some programs on the same vault.

    Attributes:
        staleness: how the vault is before each run.
        count: its number of notes.
        programs: their names, those of `LOOPS`, `SCRIPTS` or `OURS`.
        rounds: how often each of them runs.
        guests: programs that run in the first round only: slow ones that decide nothing.
    """

    staleness: Staleness
    count: int
    programs: tuple[str, ...]
    rounds: int
    guests: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the tables call it."""
        return f"{'All' if self.staleness.is_stale else 'None'} of {self.count:,} notes stale"


@dataclass(frozen=True, slots=True)
class Result:
    """What a program did in a race.

    Attributes:
        cost: the median of its runs.
        spread: the least and the most wall time of its runs: far apart where the machine was busy.
        right: how many notes were to the byte what they should be, in its worst run.
        written: how many notes it wrote, in its last run.
    """

    cost: Cost
    spread: tuple[float, float]
    right: int
    written: int


@dataclass(slots=True)
class _Tally:
    costs: list[Cost] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    written: int = 0

    def conclude(self) -> Result:
        walls = [cost.wall for cost in self.costs]
        spread = (min(walls), max(walls))
        return Result(take_median(self.costs), spread, min(self.right), self.written)


@dataclass(frozen=True, slots=True)
class Course:
    """Where the races take place.

    The vaults are left where they are until all is over: ext4 walks past every inode that was freed
    in the last minutes when it makes a file (its `recently_deleted`), so that a vault removed
    between two runs would be paid for by the next.

    Attributes:
        folder: for vaults and the state of vault-sync; whoever made it removes it.
    """

    folder: Path

    def run(self, race: Race) -> dict[str, Result]:
        """Run the programs by turns, A B C A B C, so that a busy minute falls on all of them."""
        tallies = {program: _Tally() for program in (*race.programs, *race.guests)}
        for number in range(race.rounds):
            for program in race.programs if number else tallies:
                self._run_once(program, race, tallies[program])
        return {program: tally.conclude() for program, tally in tallies.items()}

    def compare_start_up(self, rounds: int) -> dict[str, Cost]:
        """Return the median costs of what a git hook starts, and of importing click."""
        vault = Path(mkdtemp(prefix="hook-", dir=self.folder))
        write_vault(vault, 1, NOW)
        costs: dict[str, list[Cost]] = {}
        for number in range(rounds):
            for name, command in _list_starts(vault, number + 1):
                cost = run_child(command, self.environment())
                costs.setdefault(name, []).append(cost)
        return {name: take_median(several) for name, several in costs.items()}

    def warm_up(self) -> None:
        """Run every program once, so that no race pays for compiling modules."""
        guests = (program for program in (*LOOPS, *SCRIPTS) if program not in find_missing())
        self.run(Race(Staleness.ALL, 1, (*guests, OURS), rounds=1))
        self.compare_start_up(rounds=1)

    def _run_once(self, program: str, race: Race, tally: _Tally) -> None:
        vault = self.make_vault(race.count, race.staleness.since)
        before = _sign_notes(vault)
        tally.costs.append(run_child(find_command(program, vault, NOW), self.environment()))
        tally.written = len(_sign_notes(vault) - before)
        tally.right.append(count_right(vault, race.count, NOW))

    def make_vault(self, count: int, since: datetime) -> Path:
        """Make a vault of so many notes, all of them refreshed at a moment, and sync it."""
        vault = Path(mkdtemp(prefix="vault-", dir=self.folder))
        write_vault(vault, count, since)
        os.sync()  # what this process wrote must not be brought to the disk at others' expense
        return vault

    def environment(self) -> dict[str, str]:
        """Return the environment of every program: with a state of its own, and as if installed."""
        environment = {**os.environ, "VAULT_SYNC_STATE": str(self.folder / "state")}
        environment.pop(
            "PYTHONDONTWRITEBYTECODE", None
        )  # pip compiles modules once, not at each start
        return environment


def _list_starts(vault: Path, day: int) -> Iterator[tuple[str, list[str]]]:
    """Yield what is started to look at one note, which is a day behind the first time."""
    (note,) = vault.rglob("*.md")
    now = (NOW + timedelta(days=day)).isoformat(timespec="minutes")
    refresh = [*find_program(), "refresh", "--now", now, str(note)]
    yield IMPORT_CLICK, [sys.executable, "-c", "import click"]
    yield VERSION, [*find_program(), "--version"]
    yield HOOK_STALE, refresh
    yield HOOK_TRUE, refresh


def find_command(program: str, vault: Path, moment: datetime) -> list[str]:
    """Return what brings a vault up to date for a moment."""
    now = moment.isoformat(timespec="minutes")
    if program == OURS:
        return [sys.executable, "-m", "vault_sync", "refresh", "--now", now, str(vault)]
    if program in SCRIPTS:
        return ["/bin/sh", str(Path(__file__).with_name(SCRIPTS[program])), str(vault), now]
    script = Path(__file__).with_name("loops.py")
    return [sys.executable, str(script), LOOPS[program], str(vault), now]


@cache
def find_missing() -> dict[str, str]:
    """Return the programs that cannot run on this machine, each with the reason."""
    if "(GNU sed)" not in _ask("sed", "--version") or "GNU" not in _ask("date", "--version"):
        return dict.fromkeys(SCRIPTS, "it is written for GNU sed and date")
    return {} if _has_yq() else {YQ: "there is no yq on the PATH that could do it"}


def _has_yq() -> bool:
    """Say whether there is one of the two programs so called: Mike Farah's, or Andrey Kislyuk's."""
    return "mikefarah" in _ask("yq", "--version") or "--yml-out-ver" in _ask("yq", "--help")


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    except OSError:
        return ""
    return done.stdout


def _sign_notes(vault: Path) -> set[tuple[str, int, int]]:
    """Return each note with what cannot stay the same if it is written."""
    return {
        (str(path), facts.st_ino, facts.st_mtime_ns)
        for path in vault.rglob("*.md")
        for facts in [path.stat()]
    }


def plan_races(counts: Sequence[int], rounds: int) -> Iterator[Race]:
    """Yield the races over vaults of some sizes: all notes stale, then none.

    Where none is stale a loop does no more than read, so the floor alone takes part.
    """
    for count in counts:
        entrants = (FLOOR, THRIFTY, OURS)
        fit = (guest for guest, most in GUESTS.items() if count <= most)
        guests = tuple(guest for guest in fit if guest not in find_missing())
        yield Race(Staleness.ALL, count, entrants, rounds, guests)
    for count in counts:
        yield Race(Staleness.NONE, count, (FLOOR, OURS), rounds)
