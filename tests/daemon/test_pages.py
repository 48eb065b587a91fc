"""A real daemon beside pages that read other notes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.daemon.real_daemon import PATIENCE, LiveDaemon, takes_long
from tests.engine.linked_vaults import write, write_vault
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE: Final = (
    "{name: pages, filters: to, formulas: {n: 'to.filter(value.asFile() != null).length'}}"
)
QUIET: Final = 2.0
TRIES: Final = 20


class Page:
    """A page that counts notes, and a daemon that keeps it true."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        names = ", ".join(f'"[[{number}]]"' for number in range(TRIES))
        self.root = write_vault(root, {"page.md": f"---\nto: [{names}]\nn: 0\n---\n"}, RULE)
        config = root / ".vault-sync.yaml"
        config.write_text(f"quiet-period: {QUIET}s\n{config.read_text('utf-8')}", "utf-8")
        self.file = root / "page.md"
        self.count = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        with LiveDaemon(self.root) as daemon:
            yield
            assert daemon.stop() == 0

    def await_right(self) -> float:
        """Wait until the page is right, and return when it became so."""
        line = f"n: {self.count}\n"
        wait_until(lambda: line in self.file.read_text("utf-8"), PATIENCE)
        return self.file.stat().st_ctime

    def add(self) -> None:
        write(self.root, {f"{self.count}.md": "Text.\n"})
        self.count += 1

    def remove(self) -> None:
        """Delete a note, which has no quiet period."""
        self.count -= 1
        (self.root / f"{self.count}.md").unlink()


@takes_long
def test_a_page_is_written_again_without_a_wait_for_our_own_write(tmp_path: Path) -> None:
    page = Page(tmp_path / "vault")
    for _ in range(TRIES):
        page.add()
    with page.watched():
        before = page.await_right()
        for _ in range(TRIES):  # a busy machine may be late, but not every time
            page.remove()
            now = page.await_right()
            if now - before < QUIET:
                return
            before = now
    raise AssertionError("The page always waits for a whole quiet period.")


@takes_long
def test_a_page_that_somebody_saves_after_our_write_has_its_quiet_period(tmp_path: Path) -> None:
    page = Page(tmp_path / "vault")
    page.add()
    with page.watched():
        page.await_right()
        with page.file.open("a", encoding="utf-8") as file:
            file.write("Typing.\n")
        saved = page.file.stat().st_ctime
        page.remove()
        assert page.await_right() >= saved + QUIET
    assert page.file.read_text("utf-8").endswith("---\nTyping.\n")
