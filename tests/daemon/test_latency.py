"""How long it takes from the end of the quiet period to the new bytes. Figures only, no limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.daemon.real_daemon import (
    LiveDaemon,
    await_fresh,
    is_fresh,
    make_vault,
    render,
    render_fresh,
    scale,
    takes_long,
)

if TYPE_CHECKING:
    from pathlib import Path

_QUIET = 0.3
_STEP = 0.0005


def measure(note: Path, seed: int) -> float:
    """Save a note, wait for its refresh, and return the seconds behind the quiet period."""
    note.write_bytes(render(seed, f"<s{seed - 1:07}>"))
    due = note.stat().st_mtime_ns / 1e9 + _QUIET
    while not is_fresh(note):
        assert time.time() < due + 20
        time.sleep(_STEP)
    return time.time() - due


@takes_long
def test_from_the_end_of_the_quiet_period_to_the_new_bytes(
    tmp_path: Path, figures: list[str]
) -> None:
    root = make_vault(tmp_path / "vault", quiet=f"{_QUIET * 1000:.0f}ms")
    others = [root / f"{number % 20}/{number}.md" for number in range(scale(50, 5000))]
    for number, note in enumerate(others):
        note.parent.mkdir(exist_ok=True)
        note.write_bytes(render_fresh(number))
    with LiveDaemon(root) as daemon:
        note = root / "note.md"
        note.write_bytes(render(0))
        await_fresh([note], daemon)
        taken = sorted(measure(note, seed) for seed in range(1, scale(10, 500)))
        assert daemon.stop() == 0
    assert all(seconds > 0 for seconds in taken), "A note was written inside its quiet period."
    shown = ", ".join(
        f"{name} {taken[int(share * (len(taken) - 1))] * 1000:.0f} ms"
        for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1.0))
    )
    figures.append(f"latency of {len(taken)} edits behind the quiet period: {shown}")
