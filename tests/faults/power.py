"""Power cuts: real runs are recorded, and every disk that a cut may leave is given to the next run."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.bench import KILLED, Bench, open_bench
from tests.faults.journaling import FOLDER, Disk, Naming, Step, Syncing, Writing, list_crashes
from tests.faults.report import Tally
from tests.faults.tracing import Call, need_strace, parse_trace, run_traced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.report import Effort

_TRACED: Final = (
    "openat,close,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir"
    ",mkdirat,access"
)
WAYS: Final[dict[str, Sequence[str]]] = {
    "exchange": (),
    "link": ("-e", "inject=renameat2:error=ENOSYS"),
}
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPENED: Final = re.compile(r"(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>")


def cut_power(place: Path, effort: Effort) -> Tally:
    """Cut the power behind each call of a refresh, in two models and with two ways to swap."""
    need_strace()
    tally = Tally("power cut (model of unsynced writes)")
    with open_bench(place) as bench:
        for way, options in WAYS.items():
            bench.lay()
            start = read_tree(bench)
            steps = record_steps(bench, start, options)
            for model in ("ordered", "worst case"):
                before = tally.faults
                disks = list_crashes(start, steps, model, effort.pick(1, 40))
                for number, disk in itertools.islice(disks, 0, None, effort.pick(5, 1)):
                    tally.faults += 1
                    put_disk(bench, disk)
                    case = (
                        f"{way}, {model}, cut behind step {number}, {type(steps[number]).__name__}"
                    )
                    bench.examine(tally, case, KILLED)
                tally.facts.append(
                    f"swap by {way}, {model}: {len(steps)} steps, {tally.faults - before} disks"
                )
    return tally


def read_tree(bench: Bench) -> dict[str, bytes | None]:
    """Return what is in the vault and in the state folder, by paths; None for folders."""
    found: dict[str, bytes | None] = {}
    for root in (bench.vault, bench.state):
        found[str(root)] = None
        for path in sorted(root.rglob("*")):
            found[str(path)] = None if path.is_dir() else path.read_bytes()
    return found


def put_disk(bench: Bench, disk: Disk) -> None:
    """Make the vault and the state folder what a disk holds; what lies in a lost folder is lost."""
    for root in (bench.vault, bench.state):
        shutil.rmtree(root, ignore_errors=True)
    for name, data in disk.files:
        path = Path(name)
        if data is None:
            if path.parent.is_dir():
                path.mkdir()
        elif path.parent.is_dir():
            path.write_bytes(data)
    bench.state.mkdir(exist_ok=True)


def record_steps(
    bench: Bench, start: dict[str, bytes | None], options: Sequence[str]
) -> list[Step]:
    """Return the steps of a real refresh that matter to the disk."""
    trace = bench.place / "trace"
    how = ["-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_TRACED}", "-o", str(trace), *options]
    code = run_traced(bench, how)
    assert code == 0, bench.words()
    recorder = _Recorder(start)
    for call in parse_trace(trace.read_text("ascii")):
        if call.result >= 0:
            recorder.take(call)
    return recorder.steps


class _Recorder:
    """Turns calls into steps: knows which file each name and each descriptor leads to."""

    def __init__(self, start: dict[str, bytes | None]) -> None:
        self.steps: list[Step] = []
        self._names = {
            path: FOLDER if data is None else number
            for number, (path, data) in enumerate(start.items())
        }
        self._inodes = len(start)
        self._open: dict[int, int] = {}

    def take(self, call: Call) -> None:
        """Take in a call that did what it was asked to."""
        name = call.name.removesuffix("2").removesuffix("at")
        take = getattr(self, f"_take_{name}", None)
        if take:
            take(call)

    def _take_open(self, call: Call) -> None:
        path = find_paths(call)[0]
        if "O_CREAT" in call.arguments and path not in self._names:
            self._inodes += 1
            self._name({path: self._inodes})
        if path in self._names:
            self._open[call.result] = self._names[path]

    def _take_write(self, call: Call) -> None:
        inode = self._open.get(int(call.arguments.partition("<")[0]), FOLDER)
        if inode != FOLDER and inode in self._names.values():
            data = _decode(_TEXT.findall(call.arguments)[0])[: call.result]
            self.steps.append(Writing(inode, data))

    def _take_fsync(self, call: Call) -> None:
        inode = self._open[int(call.arguments.partition("<")[0])]
        folder = _decode(_OPENED.findall(call.arguments)[0]).decode() if inode == FOLDER else ""
        self.steps.append(Syncing(inode, folder))

    _take_fdatasync = _take_fsync

    def _take_rename(self, call: Call) -> None:
        old, new = find_paths(call)
        other = self._names.get(new) if "RENAME_EXCHANGE" in call.arguments else None
        self._name({old: other, new: self._names[old]})

    def _take_link(self, call: Call) -> None:
        old, new = find_paths(call)
        self._name({new: self._names[old]})

    def _take_unlink(self, call: Call) -> None:
        self._name({find_paths(call)[0]: None})

    def _take_mkdir(self, call: Call) -> None:
        self._name({find_paths(call)[0]: FOLDER})

    def _name(self, names: dict[str, int | None]) -> None:
        self.steps.append(Naming(tuple(names.items())))
        for path, inode in names.items():
            if inode is None:
                del self._names[path]
            else:
                self._names[path] = inode


def find_paths(call: Call) -> list[str]:
    """Return the paths that a call names, each joined to the folder it is relative to."""
    folders = [_decode(text).decode() for text in _OPENED.findall(call.arguments)]
    names = [_decode(text).decode() for text in _TEXT.findall(call.arguments)]
    padded = folders or [""] * len(names)
    return [str(Path(folder, name)) for folder, name in zip(padded, names, strict=False)]


def _decode(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
