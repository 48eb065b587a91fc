"""Editors race the daemon for the same notes: no save that was acknowledged is ever lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.real_daemon import (
    ROOT,
    LiveDaemon,
    await_fresh,
    linux_only,
    list_leftovers,
    make_vault,
    scale,
    takes_long,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NUMBERS: Final = {
    "append": scale(300, 32_000),
    "in-place": scale(300, 32_000),
    "rename": scale(300, 32_000),
    "sed": scale(80, 8_000),
    "vim": scale(80, 8_000),
}


def find_saves(texts: Iterable[bytes]) -> set[bytes]:
    return {line for text in texts for line in text.splitlines() if line.endswith(b";")}


def count_refused(record: Path) -> int:
    """Return how often vim itself gave up a save and said so, as it saw the note change meanwhile."""
    return len(record.read_bytes().splitlines()) if record.exists() else 0


@linux_only
@takes_long
def test_no_acknowledged_save_is_lost(tmp_path: Path, figures: list[str]) -> None:
    numbers = {
        style: number
        for style, number in NUMBERS.items()
        if style not in {"sed", "vim"} or shutil.which(style)
    }
    root = make_vault(tmp_path / "vault", quiet="1ms")
    with LiveDaemon(root) as daemon:
        editors = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.daemon.editors", style, str(root), str(number)],
                cwd=ROOT,
            )
            for style, number in numbers.items()
        ]
        codes = [editor.wait() for editor in editors]
        await_fresh(list(root.glob("*.md")), daemon)
        assert daemon.stop() == 0
        health = daemon.health()
    assert codes == [0] * len(codes)
    kept = find_saves(note.read_bytes() for note in root.glob("*.md"))
    copies = [copy.read_bytes() for copy in daemon.state.rescue.iterdir()]
    rescued = find_saves(copies)
    for style, number in numbers.items():
        saved = set((tmp_path / f"{style}.saved").read_bytes().splitlines())
        lost = saved - kept - rescued
        assert not lost, (style, sorted(lost)[:10])
        assert len(saved) == number - count_refused(tmp_path / f"{style}.saved.refused")
        figures.append(
            f"{style}: {len(saved)} saves, {len(lost)} lost, {len(saved - kept)} only in rescue copies"
        )
    assert not list_leftovers(root)
    figures.append(
        f"the daemon wrote {health.refreshed} times meanwhile, met {health.conflicts} conflicts,"
        f" made {len(copies)} rescue copies"
    )


def test_the_check_finds_a_lost_save() -> None:
    with pytest.raises(AssertionError):
        assert not {b"append 7;"} - find_saves([b"append 6;\nappend 8;\n"])
