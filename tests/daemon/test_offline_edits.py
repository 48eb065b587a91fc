"""Edits made offline on two devices that real Syncthing brings together: a person's edit is never beaten.

Each note is a scene: who edited it offline, what, before or after the refresh of that device. The devices
refresh on the next day, on their own; then Syncthing runs, then conflict copies are settled.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.real_daemon import linux_only, scale, takes_long
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
ROUNDS: Final = scale(1, 6)


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
            moment = time.time() - ago - who
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
