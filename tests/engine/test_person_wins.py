"""Law 6: a derived write is noticed by everybody and beats nobody's edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.git.repositories import make_tree, use_environment
from tests.rules.small import DAILY
from vault_sync.cli import run
from vault_sync.git.hook_main import run_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.git.repositories import Tree

SECOND: Final = 10**9
NOTE: Final = "복습.md"
TEXT: Final = "---\nstart: 2024-07-07\na: 1\nday: 2024-10-26\ntwice: 2\n---\nbody\n"
TODAY: Final = "2024-10-27"
TOMORROW: Final = "2024-10-28"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = make_tree(tmp_path)
    use_environment(monkeypatch, made)
    made.write(".vault-sync.yaml", DAILY)
    made.write(NOTE, TEXT)
    monkeypatch.chdir(made.path)
    return made


def set_time(note: Path, ago: int) -> int:
    """Let a note have been written so many seconds ago; return that time."""
    moment = time.time_ns() - ago * SECOND
    os.utime(note, ns=(moment, moment))
    return moment


def refresh(root: Path, day: str = TODAY) -> None:
    """Refresh a vault early on a day."""
    run(["--vault", str(root), "-q", "refresh", "--now", f"{day}T00:00:05"])


def test_each_way_of_writing_stamps_a_second_later(tree: Tree) -> None:
    note = tree.path / NOTE
    written = set_time(note, 3600)
    refresh(tree.path)
    assert "day: 2024-10-27" in tree.read(NOTE)
    assert note.stat().st_mtime_ns == written + SECOND
    assert run(["-q", "undo"]) == 0
    assert tree.read(NOTE) == TEXT
    assert note.stat().st_mtime_ns == written + 2 * SECOND
    tree.git("add", NOTE)
    assert run_hook(is_stable=False, is_strict=True) == 0
    assert tree.read(NOTE) == tree.show(f":{NOTE}") != TEXT
    assert note.stat().st_mtime_ns == written + 3 * SECOND


def test_a_second_refresh_keeps_the_time(tree: Tree) -> None:
    set_time(tree.path / NOTE, 3600)
    refresh(tree.path)
    before = (tree.path / NOTE).stat()
    refresh(tree.path)
    after = (tree.path / NOTE).stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


# What programs hold against what they knew, to see whether a file is another.
LOOKS: Final[dict[str, Callable[[os.stat_result], object]]] = {
    "Obsidian": lambda facts: (round(facts.st_mtime_ns / 10**6), facts.st_size),
    "rsync": lambda facts: (facts.st_mtime_ns // SECOND, facts.st_size),
    "a watcher such as Hugo": lambda facts: facts.st_mtime_ns,
    "FAT": lambda facts: (facts.st_mtime_ns // SECOND, facts.st_size),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_others_notice_a_write_that_changes_no_size(
    tree: Tree, look: Callable[[os.stat_result], object]
) -> None:
    note = tree.path / NOTE
    set_time(note, 3600)
    before = note.stat()
    refresh(tree.path)
    after = note.stat()
    assert after.st_size == before.st_size
    assert look(after) != look(before)
    os.utime(note, ns=(0, before.st_mtime_ns))
    assert look(note.stat()) == look(before), "the old time would have hidden it"


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed")
@pytest.mark.parametrize("is_updating", [False, True], ids=["rsync -t", "rsync -tu"])
def test_rsync_carries_a_write_that_changes_no_size(tree: Tree, *, is_updating: bool) -> None:
    copy = tree.path.parent / "copy"
    command = ["rsync", "-rtu" if is_updating else "-rt", f"{tree.path}/", f"{copy}/"]
    set_time(tree.path / NOTE, 3600)
    subprocess.run(command, check=True)
    refresh(tree.path)
    subprocess.run(command, check=True)
    assert (copy / NOTE).read_text("utf-8") == tree.read(NOTE) != TEXT


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("core.trustctime=false",),
        ("core.trustctime=false", "core.checkStat=minimal"),
        ("core.untrackedCache=true", "core.trustctime=false"),
    ],
)
def test_git_sees_a_write_that_changes_no_size_and_looks_older_than_its_index(
    tree: Tree, settings: Sequence[str]
) -> None:
    for setting in settings:
        tree.git("config", *setting.split("="))
    note = tree.path / NOTE
    set_time(note, 3600)
    tree.git("add", ".")
    tree.git("commit", "-qm", "notes")
    assert tree.git("status", "--porcelain") == ""
    for day in (TODAY, TOMORROW):  # the second time, the index knows a time that we gave
        refresh(tree.path, day)
        index = tree.path / ".git/index"
        assert note.stat().st_mtime_ns < index.stat().st_mtime_ns
        assert tree.git("status", "--porcelain") == f" M {NOTE}\n"
        assert f"+day: {day}\n" in tree.git("diff")
        tree.git("commit", "-qam", "day")
        assert tree.git("status", "--porcelain") == ""


# A service that knows nothing but times: the newer file takes the place of the older.


def carry(roots: Sequence[Path], note: str = NOTE) -> None:
    newest = max(roots, key=lambda root: (root / note).stat().st_mtime_ns)
    for root in roots:
        if root is not newest:
            shutil.copy2(newest / note, root / note)


EDITS: Final[dict[str, Callable[[str], str]]] = {
    "a source property": lambda text: text.replace("a: 1\n", "a: 5\n"),
    "the body": lambda text: text + "- a line of mine\n",
    "the value of a derived property, by hand": lambda text: text.replace("2024-10-26", "???"),
}


@pytest.fixture
def devices(tree: Tree) -> tuple[Path, Path]:
    """Return two devices that have the same notes."""
    other = tree.path.parent / "other"
    shutil.copytree(tree.path, other, copy_function=shutil.copy2)
    written = set_time(tree.path / NOTE, 5 * 86_400)
    os.utime(other / NOTE, ns=(written, written))
    return tree.path, other


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("days", [1, 30])
def test_an_edit_of_the_evening_beats_the_midnight_of_another_device(
    devices: tuple[Path, Path], edit: Callable[[str], str], days: int
) -> None:
    at_home, on_the_way = devices
    edited = edit(TEXT)
    (on_the_way / NOTE).write_text(edited, "utf-8")
    set_time(on_the_way / NOTE, 3600)
    for day in range(1, days + 1):
        refresh(at_home, f"2024-11-{day:02}")
    assert (at_home / NOTE).read_text("utf-8") != TEXT
    carry(devices)
    assert {(root / NOTE).read_text("utf-8") for root in devices} == {edited}
    for root in devices:
        refresh(root, "2024-12-01")
    carry(devices)
    (text,) = {(root / NOTE).read_text("utf-8") for root in devices}
    assert "day: 2024-12-01\n" in text
    assert ("a: 5\ntwice: 10\n" in text.replace("day: 2024-12-01\n", "")) == ("a: 5\n" in edited)
    assert text.endswith(edited.partition("---\n")[2].partition("---\n")[2])


def test_stamped_with_the_present_midnight_would_have_won(devices: tuple[Path, Path]) -> None:
    at_home, on_the_way = devices
    (on_the_way / NOTE).write_text(EDITS["the body"](TEXT), "utf-8")
    set_time(on_the_way / NOTE, 3600)
    refresh(at_home)
    set_time(at_home / NOTE, 0)
    carry(devices)
    assert "a line of mine" not in (on_the_way / NOTE).read_text("utf-8")


# Tools that bring two folders together, in both directions.


def sync_by_rsync(roots: Sequence[Path]) -> None:
    one, two = roots
    for source, target in ((one, two), (two, one)):
        subprocess.run(["rsync", "-rtu", f"{source}/", f"{target}/"], check=True)


def sync_by_unison(roots: Sequence[Path]) -> None:
    """Let the newer version win, keep the other as a conflict copy (its option `copyonconflict`)."""
    options = ["-batch", "-times", "-silent", "-prefer", "newer", "-copyonconflict"]
    environment = os.environ | {"UNISON": str(roots[0].parent / "unison")}
    command = ["unison", *map(str, roots), *options, "-ignore", "Path .git"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert done.returncode in {0, 1}, done.stderr


TOOLS: Final[dict[str, Callable[[Sequence[Path]], None]]] = {
    "rsync": sync_by_rsync,
    "unison": sync_by_unison,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("tool", TOOLS)
def test_tools_in_both_directions_let_the_edit_win(
    devices: tuple[Path, Path], edit: Callable[[str], str], tool: str
) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    sync = TOOLS[tool]
    sync(devices)
    at_home, on_the_way = devices
    edited = edit(TEXT)
    (on_the_way / NOTE).write_text(edited, "utf-8")
    set_time(on_the_way / NOTE, 3600)
    refresh(at_home, TODAY)
    sync(devices)
    assert {(root / NOTE).read_text("utf-8") for root in devices} == {edited}
    for root in devices:
        refresh(root, TOMORROW)
        run(["-q", "doctor", "--fix", str(root)])
    sync(devices)
    sync(devices)
    (text,) = {(root / NOTE).read_text("utf-8") for root in devices}
    assert f"day: {TOMORROW}\n" in text
    assert ("a: 5\n" in text) == ("a: 5\n" in edited)
    assert ("a line of mine" in text) == ("a line of mine" in edited)
    for root in devices:
        assert [path.name for path in root.glob("*.md")] == [NOTE]
