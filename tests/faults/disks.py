"""Disks that are full: of bytes, or of names. ``python -m tests.faults.disks PLACE KIND EFFORT`` in a namespace.

A small tmpfs each for the vault and for the state folder is mounted where nobody else sees it, in a
mount namespace of a process of its own, which does the work and prints what came of it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.bench import Bench
from tests.faults.namespaces import work_in_namespace
from tests.faults.report import Effort, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PAGE: Final = 4096
_OPTIONS: Final = {"bytes": "size=256k", "names": "nr_inodes=48"}
_TITLES: Final = {"bytes": "full disk", "names": "a disk without room for another name"}


def fill_disk(place: Path, effort: Effort) -> Tally:
    """Leave some pages on the disk: of the vault, of the state folder, of both."""
    return work_on_small_disks(place, "bytes", effort)


def use_up_names(place: Path, effort: Effort) -> Tally:
    """Leave room for some more files on the disk: of the vault, of the state folder, of both."""
    return work_on_small_disks(place, "names", effort)


def work_on_small_disks(place: Path, kind: str, effort: Effort) -> Tally:
    """Do it in a namespace, and return what came of it.

    Raises:
        CannotRunError: this system does not let us mount a disk.
    """
    mount = f'mount -t tmpfs -o {_OPTIONS[kind]} none "$1/$folder"'
    return work_in_namespace(place, mount, "tests.faults.disks", [kind, effort.value])


def fill_with_bytes(folder: Path, spare: int) -> None:
    """Leave so many pages."""
    filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(filler, bytes(_PAGE))
    size = os.fstat(filler).st_size
    os.ftruncate(filler, max(0, size - spare * _PAGE))
    os.close(filler)


def fill_with_names(folder: Path, spare: int) -> None:
    """Leave room for so many files."""
    (folder / "filler").mkdir()
    made: list[Path] = []
    with suppress(OSError):
        while True:
            made.append(folder / f"filler/{len(made)}")
            made[-1].touch(exist_ok=False)
    for path in [path for path in made if path.exists()][:spare]:
        path.unlink()


def empty(folder: Path) -> None:
    """Take the filler away."""
    filler = folder / "filler"
    if filler.is_dir():
        shutil.rmtree(filler)
    else:
        filler.unlink(missing_ok=True)


_FILL: Final[dict[str, Callable[[Path, int], None]]] = {
    "bytes": fill_with_bytes,
    "names": fill_with_names,
}


def try_fillings(bench: Bench, tally: Tally, kind: str, effort: Effort) -> None:
    """Refresh on disks with little room; then with room again."""
    codes: Counter[int] = Counter()
    for folders in ((bench.vault,), (bench.state,), (bench.vault, bench.state)):
        for spare in range(effort.pick(4, 16)):
            bench.lay()
            code = run_without_room(bench, kind, folders, spare)
            codes[code] += 1
            tally.faults += 1
            names = " and ".join(folder.name for folder in folders)
            bench.examine(tally, f"{spare} more on the disk of {names}", code)
    shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    tally.facts.append(f"exit codes: {shown}")


def run_without_room(bench: Bench, kind: str, folders: Sequence[Path], spare: int) -> int:
    """Return the exit code of a refresh while disks are full."""
    for folder in folders:
        _FILL[kind](folder, spare)
    code = bench.run()
    for folder in folders:
        empty(folder)
    return code


def main(place: Path, kind: str, effort: Effort) -> None:
    """Work on the disks that are mounted below a folder, and print what came of it."""
    tally = Tally(_TITLES[kind])
    with Bench(place) as bench:
        try_fillings(bench, tally, kind, effort)
    print(json.dumps(asdict(tally)))  # noqa: T201 - its output


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Effort(sys.argv[3]))
