"""A vault on which faults are done to a daemon, and what must be true in the end."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.daemon.real_daemon import LiveDaemon, list_leftovers, make_vault, render, render_fresh
from tests.waiting import wait_until
from vault_sync.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.faults.report import Effort
    from vault_sync.state.health import Health


@dataclass(slots=True)
class Scenario:
    """A vault, what its notes must be in the end, and how much is tried.

    Attributes:
        place: a folder of its own, in which the vault is made.
        effort: how much is tried, and whether what is done every minute is waited for.
        patience: seconds for which something is waited for, far more than it takes; 0 for a good deal.
        quiet: the quiet period.
        faults: how many were injected.
        saves: how many saves are looked for in the end.
        expected: the bytes of each note when all is quiet, by its path in the vault.
    """

    place: Path
    effort: Effort
    patience: float = 0.0
    quiet: str = "50ms"
    faults: int = 0
    saves: int = 0
    expected: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make_vault(self.root, self.quiet)
        self.patience = self.patience or self.effort.pick(60, 600)

    @property
    def root(self) -> Path:
        return self.place / "vault"

    def save(self, name: str, seed: int, body: bytes = b"Text.\n") -> None:
        """Save a note that is stale, as an editor does that has just made it."""
        self._put(name, render(seed, body=body))
        self.expect(name, seed, body)

    def expect(self, name: str, seed: int, body: bytes = b"Text.\n") -> None:
        """Take in that somebody has saved a note, and what it must become."""
        self.saves += 1
        self.expected[name] = render_fresh(seed, body)

    def lay(self, name: str, seed: int) -> None:
        """Lay a note that is true."""
        self._put(name, render_fresh(seed))
        self.expected[name] = render_fresh(seed)

    def lay_many(self, folder: str, number: int) -> list[str]:
        """Lay so many notes into a folder, and return their paths."""
        names = [f"{folder}/{count % 50:02}/{count}.md" for count in range(number)]
        for count, name in enumerate(names):
            self.lay(name, count)
        return names

    def _put(self, name: str, data: bytes) -> None:
        note = self.root / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_bytes(data)

    def watch(
        self,
        *before: str,
        states: Sequence[str] = ("watching",),
        fault: str = "none",
        words: Sequence[str] = (),
        haste: float = 1.0,
    ) -> LiveDaemon:
        """Return a daemon that looks after the vault, with a fault in it.

        Args:
            before: a program that starts it.
            states: in which it is at work.
            fault: of `tests.daemon.faulty_daemon`.
            words: options of the command.
            haste: how many times more often it does what it does seldom.
        """
        program = ("tests.daemon.faulty_daemon", fault, str(haste))
        return LiveDaemon(self.root, words, before, states, program)

    def settle(self, daemon: LiveDaemon) -> None:
        """Wait until every note is what it must be."""
        waiting = dict(self.expected)

        def are_right() -> bool:
            assert daemon.popen.poll() is None, daemon.said()[-2000:]
            for name in [*waiting]:
                if not self._is_right(name, waiting[name]):
                    return False
                del waiting[name]
            return True

        with contextlib.suppress(AssertionError):
            wait_until(are_right, self.patience)
        assert not waiting, f"{self._name_wrong(waiting)}; it said {daemon.said()[-1000:]}"

    def _is_right(self, name: str, data: bytes) -> bool:
        try:
            return (self.root / name).read_bytes() == data
        except OSError:
            return False

    def _name_wrong(self, waiting: Mapping[str, bytes]) -> str:
        wrong = [name for name, data in waiting.items() if not self._is_right(name, data)]
        return f"{len(wrong)} notes are not what they must be, such as {wrong[:3]}"

    def await_health(self, daemon: LiveDaemon, is_so: Callable[[Health], bool]) -> None:
        """Wait until the daemon says something about itself."""
        try:
            wait_until(lambda: is_so(daemon.health()), self.patience)
        except AssertionError:
            raise AssertionError(f"It says {daemon.health()}.") from None

    def end(self, daemon: LiveDaemon) -> None:
        """Stop the daemon; it must say so, leave nothing behind, and nothing to do."""
        self.settle(daemon)
        assert daemon.stop() == 0, daemon.said()[-2000:]
        assert daemon.health().state == "stopped"
        self.look_back()

    def look_back(self) -> None:
        """See that nothing is left of us, and that a refresh writes nothing."""
        assert not list_leftovers(self.root)
        before = self._sign()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["--vault", str(self.root), "refresh", str(self.root)])
        assert code == 0, said.getvalue()[-2000:]
        assert self._sign() == before, "A second refresh has written."

    def find_harm(self) -> Iterator[tuple[str, str, int]]:
        """Yield what is worse than a note that is not refreshed: `lost` or `torn`, the note, how much."""
        for name, new in self.expected.items():
            try:
                found = (self.root / name).read_bytes()
            except OSError:
                found = b""
            if find_body(new) not in found:
                yield "lost", name, len(new)
            if not is_whole(found, new):
                yield "torn", name, 1

    def _sign(self) -> dict[str, tuple[int, int]]:
        facts = {path: path.stat() for path in self.root.rglob("*.md")}
        return {str(path): (one.st_ino, one.st_mtime_ns) for path, one in facts.items()}


def find_body(note: bytes) -> bytes:
    """Return what stands behind the frontmatter."""
    return note.split(b"---\n", 2)[-1]


def is_whole(found: bytes, new: bytes) -> bool:
    """Say whether a note is the new text, or that with an old value."""
    lines, wanted = found.splitlines(), new.splitlines()
    others = [line for line, want in zip(lines, wanted, strict=False) if line != want]
    are_values = all(line.startswith(b'copy: "') and line.endswith(b'"') for line in others)
    return len(lines) == len(wanted) and are_values
