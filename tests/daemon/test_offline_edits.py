"""Edits made offline on two devices that real Syncthing brings together: a person's edit is never beaten.

Each note is a scene: who edited it offline, what, before or after the refresh of that device. The devices
refresh on the next day, on their own; then Syncthing runs, then conflict copies are settled. It is played by
commands with a clock of their own, and by two daemons in zones where it is midnight soon.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.real_daemon import LiveDaemon, linux_only, long_only, scale, takes_long
from tests.daemon.syncthing import Pair, is_there
from tests.daemon.test_replicas import read_both
from tests.rules.small import DAILY
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.plan.person_text import take_out
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OURS: Final = NameMap.of(["day", "twice"])
NOTE: Final = (
    "---\nstart: 2024-07-07\na: 1\nday: ''\ntwice: 2\nbox: false\n---\n# Title\n\nfirst\nlast\n"
)
ROUNDS: Final = scale(1, 9)
MIDNIGHT: Final = 45.0
"""Seconds until the first device's."""


def tick(text: str, _who: int) -> str:
    return text.replace("box: false", "box: true")


def write_line(text: str, who: int) -> str:
    return f"{text}- line of {who}\n"


def set_source(text: str, who: int) -> str:
    return text.replace("a: 1", f"a: {who + 5}")


EDITS: Final[dict[str, Callable[[str, int], str]]] = {
    "tick": tick,
    "line": write_line,
    "source": set_source,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens to one note offline."""

    what: str
    who: tuple[int, ...]
    is_early: bool
    number: int

    @property
    def name(self) -> str:
        return f"{self.what} {''.join(map(str, self.who))} {self.is_early} {self.number}.md"

    def play(self, roots: tuple[Path, Path], ago: float) -> None:
        for who in self.who:
            note = roots[who] / self.name
            note.write_text(EDITS[self.what](note.read_text("utf-8"), who), "utf-8")
            moment = time.time() - ago - (who if self.number % 2 else -who)  # each wins in turn
            os.utime(note, (moment, moment))


def list_scenes() -> Iterator[Scene]:
    for what, who, is_early, number in product(
        EDITS, ((0,), (1,), (0, 1), ()), (True, False), range(ROUNDS)
    ):
        yield Scene(what, who, is_early, number)


def refresh(root: Path, day: str) -> None:
    assert run(["-q", "--vault", str(root), "refresh", "--now", f"{day}T00:00:05"]) == 0


def are_same(roots: tuple[Path, Path]) -> bool:
    one, two = read_both(roots)
    return one == two


def strip(text: str) -> str:
    return take_out(text, OURS, OURS).text


@linux_only
@takes_long
@pytest.mark.skipif(not is_there(), reason="syncthing is not installed")
@pytest.mark.parametrize("most_copies", [10, 0], ids=["copies on", "copies off"])
def test_no_edit_is_beaten(tmp_path: Path, figures: list[str], most_copies: int) -> None:
    scenes = list(list_scenes())
    roots = (tmp_path / "one", tmp_path / "two")
    roots[0].mkdir()
    (roots[0] / ".vault-sync.yaml").write_text(DAILY, "utf-8")
    days_ago = time.time() - 5 * 86_400
    for scene in scenes:
        (roots[0] / scene.name).write_text(NOTE, "utf-8")
        os.utime(roots[0] / scene.name, (days_ago, days_ago))
    shutil.copytree(roots[0], roots[1], copy_function=shutil.copy2)
    for root in roots:
        refresh(root, "2024-10-26")
    (tmp_path / "homes").mkdir()
    with Pair(roots, tmp_path / "homes", most_copies=most_copies) as pair:
        wait_until(lambda: are_same(roots), 60)
        pair.settle()
    order = random.Random(most_copies)  # noqa: S311 - no secret depends on it
    for scene in scenes:
        if scene.is_early:
            scene.play(roots, 3600 + order.random())
    refresh(roots[0], "2024-10-27")
    refresh(roots[1], order.choice(["2024-10-27", "2024-10-28"]))
    for scene in scenes:
        if not scene.is_early:
            scene.play(roots, 1800 + order.random())
    with Pair(roots, tmp_path / "homes", most_copies=most_copies) as pair:
        wait_until(lambda: are_same(roots), 90, "The replicas never agree.")
        pair.settle()
        wait_until(lambda: are_same(roots), 90)
    for root in roots:
        run(["-q", "doctor", "--fix", str(root)])
        refresh(root, "2024-10-29")
    notes, other = read_both(roots)
    assert notes.keys() == other.keys()
    settled = judge(scenes, notes, has_copies=bool(most_copies))
    figures.append(
        f"real Syncthing, {len(scenes)} offline scenes, copies {'on' if most_copies else 'off'}:"
        f" no edit beaten, {settled} conflict copies left, each with an edit of a person"
    )


def find_zone(seconds: float) -> tuple[str, date]:
    """Return a zone, as POSIX writes it, where it is midnight in so many seconds, and the day that begins then."""
    midnight = datetime.now(UTC) + timedelta(seconds=seconds)
    since = midnight - midnight.replace(hour=0, minute=0, second=0, microsecond=0)
    west = timedelta(seconds=int(since.total_seconds()))
    is_east = west > timedelta(hours=12)
    away = timedelta(days=1) - west if is_east else west
    return f"AAA{'-' if is_east else ''}{away}", (midnight + (away if is_east else -away)).date()


def are_of(root: Path, day: date) -> bool:
    return all(f"{day}".encode() in note.read_bytes() for note in root.glob("*.md"))


@linux_only
@long_only
@takes_long
@pytest.mark.skipif(not is_there(), reason="syncthing is not installed")
@pytest.mark.parametrize("most_copies", [10, 0], ids=["copies on", "copies off"])
def test_no_edit_is_beaten_by_daemons(tmp_path: Path, figures: list[str], most_copies: int) -> None:
    scenes = list(list_scenes())
    roots = (tmp_path / "one", tmp_path / "two")
    roots[0].mkdir()
    settings = "quiet-period: 300ms\nmax-changes: 1000000\n"
    (roots[0] / ".vault-sync.yaml").write_text(settings + DAILY, "utf-8")
    days_ago = time.time() - 5 * 86_400
    for scene in scenes:
        (roots[0] / scene.name).write_text(NOTE, "utf-8")
        os.utime(roots[0] / scene.name, (days_ago, days_ago))
    shutil.copytree(roots[0], roots[1], copy_function=shutil.copy2)
    (tmp_path / "homes").mkdir()
    order = random.Random(most_copies)  # noqa: S311 - no secret depends on it
    zones = [find_zone(seconds) for seconds in (MIDNIGHT, MIDNIGHT + 45)]
    with ExitStack() as daemons:
        for root, (zone, _) in zip(roots, zones, strict=True):
            daemons.enter_context(LiveDaemon(root, before=["env", f"TZ={zone}"]))
        with Pair(roots, tmp_path / "homes", most_copies=most_copies) as pair:
            wait_until(lambda: are_same(roots), 60)
            pair.settle()
        for scene in scenes:
            if scene.is_early:
                scene.play(roots, 2 + order.random())
        wait_until(lambda: are_of(roots[0], zones[0][1]), 240, "No new day begins on the first.")
        for scene in scenes:
            if not scene.is_early:
                scene.play(roots, 2 + order.random())
        wait_until(lambda: are_of(roots[1], zones[1][1]), 240, "No new day begins on the second.")
        with Pair(roots, tmp_path / "homes", most_copies=most_copies) as pair:
            pair.settle()
            wait_until(lambda: are_settled(scenes, roots), 240, "The copies are never settled.")
            pair.settle()
    notes, other = read_both(roots)
    assert notes == other
    left = judge(scenes, notes, has_copies=bool(most_copies))
    figures.append(
        f"real Syncthing between two daemons, {len(scenes)} offline scenes, copies"
        f" {'on' if most_copies else 'off'}: no edit beaten, {left} conflict copies left, each"
        " with an edit of a person"
    )


def are_settled(scenes: list[Scene], roots: tuple[Path, Path]) -> bool:
    """Say whether the devices agree, and no copy is left where nobody or one side edited."""
    one, two = read_both(roots)
    clear = [f"{scene.name[:-3]}.sync-conflict-" for scene in scenes if len(scene.who) < 2]
    return one == two and not any(name.startswith(tuple(clear)) for name in one)


def judge(scenes: list[Scene], notes: dict[str, bytes], *, has_copies: bool) -> int:
    copies = [name for name in notes if ".sync-conflict-" in name]
    for scene in scenes:
        text = strip(notes[scene.name].decode())
        own = [name for name in copies if name.startswith(f"{scene.name[:-3]}.sync")]
        kept = [strip(notes[name].decode()) for name in own]
        assert text not in kept, f"{scene}: a copy differs in our values only"
        wanted = [strip(EDITS[scene.what](NOTE, who)) for who in scene.who]
        if len(scene.who) == 1:
            assert text == wanted[0], f"{scene}: the edit is not in the note"
            assert not own, f"{scene}: a copy is left although one side was edited"
        elif scene.who and has_copies:
            assert {*wanted} <= {text, *kept}, f"{scene}: an edit is in neither"
    return len(copies)
