"""Editors race a live daemon for the same notes; every save that was acknowledged is looked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.daemon.real_daemon import (
    ROOT,
    LiveDaemon,
    await_fresh,
    list_leftovers,
    make_vault,
    state_in,
)
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.report import Effort

_STYLES: Final = {"append": 12, "in-place": 12, "rename": 12, "sed": 3, "vim": 3}


def race_editors(place: Path, effort: Effort) -> Tally:
    """Let editors of several styles save again and again while a daemon refreshes at once."""
    if sys.platform != "linux":
        raise CannotRunError("the editors save as on Linux")
    tally = Tally("racing editors")
    unit = effort.pick(12, 1000)
    numbers = {
        style: weight * unit
        for style, weight in _STYLES.items()
        if style not in {"sed", "vim"} or shutil.which(style)
    }
    with state_in(place / "state"):
        root = make_vault(place / "vault", quiet="1ms")
        with LiveDaemon(root) as daemon:
            save_all(root, numbers, tally)
            await_fresh(list(root.glob("*.md")), daemon)
            if daemon.stop():
                tally.accuse("wrong", f"the daemon ended in trouble: {daemon.said()[-500:]}")
            health = daemon.health()
            copies = [copy.read_bytes() for copy in daemon.state.rescue.iterdir()]
    look_for_saves(root, numbers, copies, tally)
    tally.faults = health.refreshed + health.conflicts
    tally.facts.append(
        f"the daemon wrote {health.refreshed} times meanwhile, met {health.conflicts} conflicts,"
        f" made {len(copies)} rescue copies"
    )
    return tally


def save_all(root: Path, numbers: dict[str, int], tally: Tally) -> None:
    """Let all editors run to their end."""
    module = [sys.executable, "-m", "tests.daemon.editors"]
    editors = [
        subprocess.Popen([*module, style, str(root), str(number)], cwd=ROOT)
        for style, number in numbers.items()
    ]
    for editor in editors:
        if editor.wait():
            tally.accuse("wrong", f"an editor failed: {editor.args!r}")


def look_for_saves(
    root: Path, numbers: dict[str, int], copies: Iterable[bytes], tally: Tally
) -> None:
    """Look for every acknowledged save, in the notes and in the rescue copies."""
    kept = find_saves(note.read_bytes() for note in root.glob("*.md"))
    rescued = find_saves(copies)
    for style in numbers:
        saved = find_saves([root.with_name(f"{style}.saved").read_bytes()])
        tally.saves += len(saved)
        for line in sorted(saved - kept - rescued):
            tally.accuse("lost", f"{style}: {line!r}", len(line))
        tally.facts.append(
            f"{style}: {len(saved)} saves, {len(saved - kept)} only in rescue copies"
        )
    left = list_leftovers(root)
    if left:
        tally.accuse("left", f"after the race: {left}", len(left))


def find_saves(texts: Iterable[bytes]) -> set[bytes]:
    """Return the lines that editors save."""
    return {line for text in texts for line in text.splitlines() if line.endswith(b";")}
