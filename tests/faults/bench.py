"""A vault to do harm to, its state folder, a process that refreshes it, and the oracles.

The oracles, after each fault: every byte of the user is where it was, every note is the old text or
the new one, the exit code tells the truth. Then a run without a fault brings every note up to
date, leaves no file of ours in the vault, and another one has nothing to do.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from tests.daemon.real_daemon import CONFIG, ROOT, list_leftovers, render, render_fresh
from tests.faults.victim import Order
from vault_sync.state.folder import BASE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.faults.report import Tally

MINE: Final = {
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "folder/plan.txt": b"Plan\n",
}
BODY: Final = "# 세포 🧬\r\n\nCells divide.\n".encode()
STALE: Final = {"note.md": 1, "folder/other.md": 2}
FRESH: Final = {"fresh.md": 3}
OLD: Final = {
    **{name: render(seed, "old", BODY) for name, seed in STALE.items()},
    **{name: render_fresh(seed, BODY) for name, seed in FRESH.items()},
}
NEW: Final = {name: render_fresh(seed, BODY) for name, seed in (STALE | FRESH).items()}
KILLED: Final = -9
BUG: Final = 70


@dataclass(slots=True)
class Bench:
    """A vault and its state folder in a folder of their own.

    Attributes:
        place: that folder.
        before: wraps the process, such as in a mount namespace.
    """

    place: Path
    before: tuple[str, ...] = ()
    server: subprocess.Popen[bytes] = field(init=False)

    @property
    def vault(self) -> Path:
        return self.place / "vault"

    @property
    def state(self) -> Path:
        return self.place / "state"

    @property
    def said(self) -> Path:
        return self.place / "said"

    def __enter__(self) -> Self:
        self.lay()
        command = [*self.before, sys.executable, "-m", "tests.faults.victim", str(self.vault)]
        environment = {**os.environ, BASE_VARIABLE: str(self.state), "NO_COLOR": "1"}
        self.server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
        )
        assert self.hear() == b"warm\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()
        self.server.communicate()

    def lay(self, notes: Mapping[str, bytes] = OLD) -> None:
        """Make the vault and the state folder as they are before a run."""
        for folder in (self.vault, self.state):
            shutil.rmtree(folder, ignore_errors=True)
        (self.vault / "folder").mkdir(parents=True)
        self.state.mkdir(exist_ok=True)
        config = CONFIG.format(quiet="5s") + "timezone: UTC\n"
        (self.vault / ".vault-sync.yaml").write_text(config, "utf-8")
        for name, data in {**MINE, **notes}.items():
            (self.vault / name).write_bytes(data)

    def order(self, command: str = "refresh", jobs: int = 1, **more: object) -> Order:
        """Return the order of a run on this vault."""
        paths = ["--jobs", str(jobs), str(self.vault)] if command == "refresh" else []
        arguments = ["--vault", str(self.vault), command, *paths]
        return Order(arguments, str(self.said), **more)  # type: ignore[arg-type]  # its fields

    def hear(self) -> bytes:
        """Return the next line of the process."""
        assert self.server.stdout
        return self.server.stdout.readline()

    def tell(self, data: bytes) -> None:
        """Say something to the process."""
        assert self.server.stdin
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def end(self) -> int:
        """Wait for the end of a run."""
        return int(json.loads(self.hear())["code"])

    def run(self, order: Order | None = None) -> int:
        """Run to the end, and return the exit code, or minus a signal."""
        self.tell((order or self.order()).render())
        return self.end()

    def words(self) -> str:
        """Return what the last run said."""
        return (read_or_none(self.said) or b"").decode("utf-8", "replace")

    def read_notes(self) -> dict[str, bytes | None]:
        """Return the notes as they are."""
        return {name: read_or_none(self.vault / name) for name in OLD}

    def examine(self, tally: Tally, case: str, code: int, old: Mapping[str, bytes] = OLD) -> None:
        """Hold what a faulty run left against the oracles, then let the next run tidy up."""
        notes = self.read_notes()
        self._look_for_harm(tally, case, old)
        is_new = all(data == NEW[name] for name, data in notes.items())
        if code == 0 and not is_new and "skipped" not in self.words():
            tally.accuse("wrong", f"{case}: it said that all went well: {self.words()}")
        if code == BUG:
            tally.accuse("wrong", f"{case}: it called itself a bug: {self.words()[-600:]}")
        self.recover(tally, case, old)

    def recover(self, tally: Tally, case: str, old: Mapping[str, bytes] = OLD) -> None:
        """Run without a fault; everything must be in order then, and a second run write nothing."""
        code = self.run()
        self._look_for_harm(tally, case, old)
        if code or self.read_notes() != NEW:
            tally.accuse("wrong", f"{case}: the next run ended with {code}: {self.words()}")
        left = list_leftovers(self.vault)
        if left:
            tally.accuse("left", f"{case}: {left}", len(left))
        rescued = list(self.state.glob("*/rescue/*"))
        if rescued:
            tally.accuse("wrong", f"{case}: rescue copies of nobody's words: {rescued}")
        signs = self._sign()
        code = self.run()
        if code or self._sign() != signs:
            tally.accuse("wrong", f"{case}: a second run ended with {code}: {self.words()}")

    def _look_for_harm(self, tally: Tally, case: str, old: Mapping[str, bytes]) -> None:
        for name, data in MINE.items():
            if read_or_none(self.vault / name) != data:
                tally.accuse("lost", f"{case}: {name}", len(data))
        for name, found in self.read_notes().items():
            if found not in (old[name], NEW[name]):
                tally.accuse("torn", f"{case}: {name}: {found!r}")
                if found is None or BODY not in found:
                    tally.accuse("lost", f"{case}: {name}", len(BODY))

    def _sign(self) -> dict[str, tuple[int, int, int]]:
        facts = {name: (self.vault / name).stat() for name in OLD}
        return {name: (one.st_ino, one.st_mtime_ns, one.st_size) for name, one in facts.items()}


def read_or_none(path: Path) -> bytes | None:
    """Return the bytes of a file, or None where there is no such file."""
    try:
        return path.read_bytes()
    except OSError:
        return None


@contextmanager
def open_bench(place: Path) -> Iterator[Bench]:
    """Yield a bench in a new folder."""
    place.mkdir(parents=True)
    with Bench(place) as bench:
        yield bench
