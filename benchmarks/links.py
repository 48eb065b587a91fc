"""What subject pages cost that read the notes of a vault: ``python -m benchmarks.links``.

Two vaults of the same notes, one with rules for the pages and one without: a first refresh, one with
nothing to do, and one note saved beside a daemon until the first of its pages is right, and all are.
``--sizes 10000 100000`` measures the saves alone, in vaults of so many notes, and compares them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.measuring import Cost, find_program, run_child
from benchmarks.vault import STALE_SINCE, write_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_RULES: Final = """\
quiet-period: 1s
max-changes: 1000000
rules:
  - name: pages
    filters: 'file.inFolder("Pages")'
    formulas:
      learnt: 'file.{links}.map(number(value.asFile().properties["학습률"])).mean().round(4)'
      notes: 'file.{links}.length'
"""
_QUIET: Final = 1.0
_PATIENCE: Final = 900.0
_STEP: Final = 0.005
_BOX: Final = "🧡4일복습여부: {}"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a vault is made.

    Attributes:
        notes: how many study notes it has.
        pages: how many pages.
        links: how many notes each page reads.
        is_back: the notes link to the pages, and not the other way round.
    """

    notes: int
    pages: int
    links: int
    is_back: bool


def main() -> None:
    """Measure and print a table."""
    chosen = _parse_arguments()
    if chosen.sizes:
        _compare_sizes(chosen)
        return
    shape = Shape(chosen.notes, chosen.pages, chosen.links, chosen.backlinks)
    with TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as folder:
        linked, plain = Path(folder, "linked"), Path(folder, "plain")
        make_vault(linked, shape, has_rules=True)
        make_vault(plain, shape, has_rules=False)
        environment = {**os.environ, "VAULT_SYNC_STATE": str(Path(folder, "state"))}
        print(f"{shape.notes} notes, {shape.pages} pages of {shape.links} notes")
        for name in ("first refresh", "nothing to do, read again", "nothing to do"):
            costs = [refresh(vault, environment) for vault in (linked, plain)]
            _print_costs(name, *costs)
            time.sleep(4)  # what was written a moment ago is read once more
        index = sum(file.stat().st_size for file in Path(folder, "state").rglob("index.db"))
        print(
            f"index of both vaults: {index / 1e6:.1f} MB, {index / shape.notes / 2:.0f} bytes a note"
        )
        if chosen.saves:
            _print_saves(*watch(linked, environment, shape, chosen.saves))


def _compare_sizes(chosen: argparse.Namespace) -> None:
    """Print what a save costs in vaults of several sizes, and the ratio of the last to the first."""
    titles = "notes | pages of a note | ms of work | first page: median ms | p99 | last page: median ms | p99"
    print(f"| {titles} |\n|{' ---: |' * (titles.count('|') + 1)}", flush=True)
    rows: list[list[float]] = []
    for notes in chosen.sizes:
        shape = Shape(notes, chosen.pages, chosen.links, chosen.backlinks)
        with TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as folder:
            vault = Path(folder, "linked")
            make_vault(vault, shape, has_rules=True)
            environment = {**os.environ, "VAULT_SYNC_STATE": str(Path(folder, "state"))}
            refresh(vault, environment)
            time.sleep(4)  # what was written a moment ago is read once more
            refresh(vault, environment)
            taken, work = watch(vault, environment, shape, chosen.saves)
        first, last = (_find_percentiles(times) for times in zip(*taken, strict=True))
        rows.append([1000 * work, *first, *last])
        count = len(_list_pages(vault, 0, shape))
        print(
            f"| {notes:,} | {count} | {' | '.join(f'{one:.0f}' for one in rows[-1])} |", flush=True
        )
    ratios = [late / early for early, late in zip(rows[0], rows[-1], strict=True)]
    print(f"| ratio | | {' | '.join(f'{one:.2f}' for one in ratios)} |")


def make_vault(vault: Path, shape: Shape, *, has_rules: bool) -> None:
    """Write a vault."""
    vault.mkdir()
    write_vault(vault, shape.notes, STALE_SINCE)
    rules = _RULES.format(links="backlinks" if shape.is_back else "links")
    text = rules if has_rules else "quiet-period: 1s\n"
    (vault / ".vault-sync.yaml").write_text(text, "utf-8")
    notes = sorted(path.relative_to(vault).as_posix() for path in vault.rglob("*.md"))
    (vault / "Pages").mkdir()
    for page in range(shape.pages):
        start = page * shape.links
        some = [notes[(start + at) % len(notes)] for at in range(shape.links)]
        body = (
            "" if shape.is_back else "".join(f"[[{path.removesuffix('.md')}]]\n" for path in some)
        )
        text = f"---\nlearnt: 0\n---\n{body}"
        (vault / "Pages" / f"Page {page}.md").write_text(text, "utf-8")
        for path in some if shape.is_back else ():
            with (vault / path).open("a", encoding="utf-8") as file:
                file.write(f"[[Page {page}]]\n")


def refresh(vault: Path, environment: Mapping[str, str]) -> Cost:
    """Refresh a vault, and return what that cost."""
    return run_child([*find_program(), "-q", "refresh", str(vault)], environment)


def watch(
    vault: Path, environment: Mapping[str, str], shape: Shape, saves: int
) -> tuple[list[tuple[float, float]], float]:
    """Tick boxes beside a daemon, every second time in a note of pages that were not asked for yet.

    Returns:
        The seconds until the first page of each note was right and until all were, and those of work
        that a save took the daemon.
    """
    found = (path for path in vault.rglob("*.md") if path.parent.name != "Pages")
    notes = sorted(found, key=lambda path: path.relative_to(vault).as_posix())
    command = [sys.executable, "-m", "vault_sync", "watch", str(vault)]
    stream = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=stream, stderr=stream) as daemon:
        try:
            _save(notes[-1], _list_pages(vault, len(notes) - 1, shape))  # it has come up
            before = psutil.Process(daemon.pid).cpu_times()
            taken = []
            for save in range(saves):
                at = (save // 2 * shape.links + save % 2) % len(notes)
                taken.append(_save(notes[at], _list_pages(vault, at, shape)))
            after = psutil.Process(daemon.pid).cpu_times()
        finally:
            daemon.terminate()
    work = after.user + after.system - before.user - before.system
    return taken, work / saves


def _list_pages(vault: Path, note: int, shape: Shape) -> list[Path]:
    """Return the pages that read a note."""
    found = (
        page
        for page in range(shape.pages)
        if (note - page * shape.links) % shape.notes < shape.links
    )
    return [vault / "Pages" / f"Page {page}.md" for page in found]


def _print_saves(taken: list[tuple[float, float]], work: float) -> None:
    """Print how long it took until pages were right."""
    for name, times in zip(("first page", "last page"), zip(*taken, strict=True), strict=True):
        middle, last = _find_percentiles(times)
        print(
            f"from a save to its {name}, after the quiet period: median {middle:.0f} ms,"
            f" p99 {last:.0f} ms, slowest {1000 * max(times):.0f} ms"
        )
    print(f"{1000 * work:.0f} ms of work for a save")


def _find_percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile of times, in milliseconds."""
    ordered = [1000 * one for one in sorted(seconds)]
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def _save(note: Path, pages: list[Path]) -> tuple[float, float]:
    text, before = note.read_text("utf-8"), {page: page.read_bytes() for page in pages}
    old, new = ("true", "false") if _BOX.format("true") in text else ("false", "true")
    note.write_text(text.replace(_BOX.format(old), _BOX.format(new)), "utf-8")
    due = note.stat().st_mtime_ns / 1e9 + _QUIET
    _wait_until(lambda: any(page.read_bytes() != before[page] for page in pages))
    first = time.time() - due
    _wait_until(lambda: all(page.read_bytes() != before[page] for page in pages))
    return first, time.time() - due


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("The page did not follow.")
        time.sleep(_STEP)


def _print_costs(name: str, linked: Cost, plain: Cost) -> None:
    ratio = linked.cpu / plain.cpu
    memory = (linked.peak - plain.peak) / 1e6
    print(
        f"{name}: {linked.cpu:.2f} s of work, {plain.cpu:.2f} s without: {ratio:.2f} x, {memory:+.0f} MB"
    )


def _parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2000, help="study notes in the vault")
    parser.add_argument("--pages", type=int, default=20, help="pages that read them")
    parser.add_argument("--links", type=int, default=100, help="notes that each page reads")
    parser.add_argument("--backlinks", action="store_true", help="the notes link to the pages")
    parser.add_argument("--saves", type=int, default=10, help="saves beside a daemon; 0 for none")
    parser.add_argument(
        "--sizes", type=int, nargs="+", help="the saves alone, in vaults of so many notes"
    )
    parser.add_argument("--folder", help="where the vaults are made")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
