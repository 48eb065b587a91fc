"""Two daemons on two replicas, kept in step by real Syncthing: the same bytes and no conflict copies."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.real_daemon import (
    LiveDaemon,
    is_fresh,
    linux_only,
    long_only,
    make_vault,
    render,
    scale,
    takes_long,
)
from tests.daemon.syncthing import Pair, is_there
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = "      at: 'now().format(\"YYYY-MM-DD HH:mm\")'\n"
_NOTES = 20
NAMES: Final = {f"{number}.md" for number in range(_NOTES)}


def read_tree(root: Path) -> dict[str, bytes]:
    """Return the notes, conflict copies included; what Syncthing is just writing has a dot-name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*.md")
        if not path.name.startswith(".")
    }


def read_both(roots: tuple[Path, Path]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    try:
        return read_tree(roots[0]), read_tree(roots[1])
    except FileNotFoundError:  # a note is just being replaced
        return {}, {"": b""}


def edit(note: Path, chance: random.Random) -> None:
    """Change a seed and add a line, as an editor does that has just read the note."""
    seed = chance.randrange(1, 10**6)
    text = note.read_bytes()
    place = text.index(b"s", 10)
    note.write_bytes(text[:place] + b"s%07d" % seed + text[place + 8 :] + b"line %d\n" % seed)


@linux_only
@takes_long
@pytest.mark.skipif(not is_there(), reason="syncthing is not installed")
@pytest.mark.parametrize(
    ("quiet", "delay"),
    [
        pytest.param("300ms", 2, id="the daemon is quicker"),
        pytest.param("4s", 1, id="the notes arrive before they are refreshed", marks=long_only),
    ],
)
def test_both_replicas_have_the_same_bytes(
    tmp_path: Path, figures: list[str], quiet: str, delay: int
) -> None:
    first = make_vault(tmp_path / "one", quiet)
    with (first / ".vault-sync.yaml").open("a", encoding="utf-8") as config:
        config.write(MOMENT)
    for number in range(_NOTES):
        text = render(number).replace(b"copy:", b'at: ""\ncopy:')
        (first / f"{number}.md").write_bytes(text)
    second = tmp_path / "two"
    shutil.copytree(first, second)
    roots = (first, second)
    chance = random.Random(quiet)  # noqa: S311 - no secret depends on it
    edits = 0

    def are_same() -> bool:
        one, two = read_both(roots)
        return (
            one == two
            and set(one) == NAMES
            and all(is_fresh(root / name) for root in roots for name in one)
        )

    with Pair(roots, tmp_path, delay), LiveDaemon(first) as here, LiveDaemon(second) as there:
        wait_until(are_same, 60)
        for phase in range(scale(1, 12)):
            for number in range(_NOTES):
                # In each phase a note is edited on one side only: two people at one note make a
                # conflict of their own.
                for _ in range(chance.randrange(3)):
                    edit(roots[(number + phase) % 2] / f"{number}.md", chance)
                    edits += 1
            wait_until(are_same, 120, "The replicas never agree.")
        assert (here.stop(), there.stop()) == (0, 0)
    assert set(read_tree(first)) | set(read_tree(second)) == NAMES
    figures.append(
        f"two replicas, quiet period {quiet}, Syncthing collecting {delay} s: {edits} edits of"
        f" {_NOTES} notes, same bytes, 0 conflict copies"
    )
