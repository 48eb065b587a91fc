"""Daemons beside pages that read other notes: a real one, and one that gets no events."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon, read_property, run_daemon
from tests.daemon.real_daemon import PATIENCE, LiveDaemon, takes_long
from tests.engine.linked_vaults import write, write_vault
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


FILES: Final = (
    "{name: files, filters: to, formulas: {"
    "pdf: 'file(\"x.pdf\").path', sum: 'to.map(value.asFile().properties.n).sum()',"
    "back: 'file.backlinks.length', links: 'file.links.filter(value.asFile() != null).length'}}"
)
AROUND: Final = {
    "page.md": '---\nto: ["[[left]]", "[[a]]"]\npdf: "-"\nsum: 0\nback: 0\nlinks: 0\n---\n![[x.pdf]]\n',
    "a.md": "---\nn: 1\n---\n",
    "Left/left.md": "---\nn: 10\n---\n[[page]]\n",
    "Files/y.pdf": "",
}


def move(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / old).rename(root / new)


def put(path: str, text: str) -> Callable[[Path], None]:
    return lambda root: write(root, {path: text})


CHANGES: Final = [
    (put("x.pdf", ""), {"pdf": "x.pdf", "links": "3"}),
    (move("Files/y.pdf", "Files/x.pdf"), {"pdf": "Files/x.pdf", "links": "3"}),
    (move("Files", "Left/Files"), {}),
    (put("Left/left.md", "---\nn: 20\n---\n"), {"sum": "21", "back": "0"}),
    (put("Left/other.md", "[[page]]"), {"back": "2"}),
    (lambda root: (root / "Left/left.md").unlink(), {"sum": "1", "back": "0", "links": "1"}),
    (move("a.md", "b.md"), {"sum": "10", "links": "1"}),
    (move("Left/left.md", "left.md"), {}),
    (put("Left/a.sync-conflict-20241027-140100-ABCDEFG.md", "[[page]]"), {"back": "2"}),
]


def make_around(root: Path) -> Path:
    """Make a vault with a page, and a folder that no rule is asked about."""
    root.mkdir()
    write_vault(root, AROUND, FILES)
    config = root / ".vault-sync.yaml"
    text = config.read_text("utf-8")
    config.write_text(
        f"quiet-period: 50ms\nconflict-copies: leave\nignore: [Left/]\n{text}", "utf-8"
    )
    return root


def read_page(root: Path) -> dict[str, str]:
    return {name: read_property(root / "page.md", name) for name in ("pdf", "sum", "back", "links")}


BEFORE: Final = {"pdf": "", "sum": "11", "back": "1", "links": "2"}


@pytest.mark.parametrize(("change", "values"), CHANGES)
def test_without_events_a_scan_finds_what_pages_have_read(
    tmp_path: Path, change: Callable[[Path], object], values: dict[str, str]
) -> None:
    root = make_around(tmp_path / "vault")
    daemon = FakeTimeDaemon(root, FakeClocks(datetime(2024, 10, 27, 14, tzinfo=UTC)))
    daemon.live(100)
    assert read_page(root) == BEFORE
    change(root)
    daemon.live(3 * 3600)
    assert read_page(root) == BEFORE | values


@pytest.mark.parametrize(("change", "values"), [case for case in CHANGES if case[1]])
def test_with_events_it_is_found_at_once(
    tmp_path: Path, change: Callable[[Path], object], values: dict[str, str]
) -> None:
    root = make_around(tmp_path / "vault")
    with run_daemon(root):
        wait_until(lambda: read_page(root) == BEFORE, PATIENCE)
        change(root)
        wait_until(lambda: read_page(root) == BEFORE | values, PATIENCE)
