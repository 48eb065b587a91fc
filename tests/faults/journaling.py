"""What a disk may hold after a power cut: a model of writes and names that were not synced. Pure.

Two models, after "All File Systems Are Not Created Equal" (OSDI 14) and the manual pages of fsync and
rename. In both, bytes of a file that were not synced may be lost, torn, or zeros, and a rename is
atomic.

- *ordered*, as ext4 and xfs do it: names come to the disk in the order in which they were made, and any
  sync brings all earlier ones with it.
- *worst case*, as POSIX allows it: of the names of a folder made since its own last sync, any may have
  come to the disk and any may not, whatever the others did.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MOST_DISKS: Final = 20_000
FOLDER: Final = -1
"""Stands for the inode of a folder."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Names that change at one moment: what each leads to then; None for nothing."""

    names: tuple[tuple[str, int | None], ...]

    @property
    def folder(self) -> str:
        """The folder they are in."""
        return self.names[0][0].rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Writing:
    """Bytes put at the end of a file."""

    inode: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Syncing:
    """The bytes of a file, or the names in a folder, are brought to the disk.

    Attributes:
        inode: the file, or FOLDER.
        folder: the path of the folder; empty for a file.
    """

    inode: int
    folder: str = ""


Step = Naming | Writing | Syncing


@dataclass(frozen=True, slots=True)
class Disk:
    """What is on the disk: paths of files with their bytes, and paths of folders with None."""

    files: tuple[tuple[str, bytes | None], ...]


@dataclass(slots=True)
class _Bytes:
    """The bytes of a file: those that are safe, and those that are not."""

    safe: bytes = b""
    loose: bytes = b""

    def list_ends(self) -> list[bytes]:
        """Return what they may be after a power cut."""
        if not self.loose:
            return [self.safe]
        half = self.loose[: len(self.loose) // 2]
        ends = [b"", half, bytes(len(self.loose)), self.loose]
        return [self.safe + end for end in dict.fromkeys(ends)]


@dataclass(slots=True)
class Machine:
    """A machine at work, whose power may be cut at any moment.

    Attributes:
        names: what was on the disk when it began.
        files: the bytes of the files by their inodes.
        namings: all changes of names so far.
        safe: for each of them, whether it is surely on the disk in the worst case.
        committed: how many of them are surely on the disk where they are ordered.
    """

    names: Mapping[str, int]
    files: dict[int, _Bytes] = field(default_factory=dict)
    namings: list[Naming] = field(default_factory=list)
    safe: list[bool] = field(default_factory=list)
    committed: int = 0

    def do(self, step: Step) -> None:
        """Go on by one step."""
        match step:
            case Naming():
                self.namings.append(step)
                self.safe.append(False)
            case Writing(inode, data):
                self.files.setdefault(inode, _Bytes()).loose += data
            case Syncing(inode, folder):
                self.committed = len(self.namings)
                if inode == FOLDER:
                    self.safe = [
                        is_safe or naming.folder == folder
                        for is_safe, naming in zip(self.safe, self.namings, strict=True)
                    ]
                else:
                    one = self.files.setdefault(inode, _Bytes())
                    one.safe, one.loose = one.safe + one.loose, b""

    def list_ordered(self) -> Iterator[Sequence[Naming]]:
        """Yield the changes of names that may be on the disk, if they are ordered."""
        for count in range(self.committed, len(self.namings) + 1):
            yield self.namings[:count]

    def list_worst(self) -> Iterator[Sequence[Naming]]:
        """Yield those that may be on the disk in the worst case."""
        choices = [(True,) if is_safe else (True, False) for is_safe in self.safe]
        for chosen in itertools.product(*choices):
            yield list(itertools.compress(self.namings, chosen))

    def list_disks(self, namings: Iterable[Sequence[Naming]]) -> Iterator[Disk]:
        """Yield every disk that may be found, given what may have become of the names."""
        for some in namings:
            names: dict[str, int | None] = dict(self.names)
            for naming in some:
                names.update(naming.names)
            found = {path: inode for path, inode in names.items() if inode is not None}
            ends = [
                [None] if inode == FOLDER else self.files.get(inode, _Bytes()).list_ends()
                for inode in found.values()
            ]
            for contents in itertools.product(*ends):
                yield Disk(tuple(sorted(zip(found, contents, strict=True))))


def list_crashes(
    start: Mapping[str, bytes | None], steps: Sequence[Step], model: str, most: int
) -> Iterator[tuple[int, Disk]]:
    """Yield what the disk may hold if the power is cut behind each step; each disk once.

    Args:
        start: what is on the disk before: files, and folders with None. The inode of a file is its
            number in this order.
        steps: of the work.
        model: `ordered` or `worst case`.
        most: how many disks to look at for each step; more are drawn by lot.
    """
    names = {
        path: FOLDER if data is None else number
        for number, (path, data) in enumerate(start.items())
    }
    files = {number: _Bytes(data) for number, data in enumerate(start.values()) if data is not None}
    machine = Machine(names, files)
    seen: set[Disk] = set()
    lot = random.Random(model)  # noqa: S311 - no secret depends on it
    for number, step in enumerate(steps):
        machine.do(step)
        namings = machine.list_ordered() if model == "ordered" else machine.list_worst()
        fresh = set(itertools.islice(machine.list_disks(namings), _MOST_DISKS)) - seen
        ordered = sorted(fresh, key=repr)
        for disk in ordered if len(ordered) <= most else lot.sample(ordered, most):
            seen.add(disk)
            yield number, disk
