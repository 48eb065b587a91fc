"""The state folder damaged in every way: what a killed run left must still be tidied up, or kept."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.daemon.real_daemon import list_leftovers
from tests.faults.bench import BUG, NEW, OLD, Bench, open_bench, read_or_none
from tests.faults.report import Tally
from vault_sync.files.folder import DISPLACED, name_leftover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.report import Effort

Damage = Callable[[Path], object]
_WORDS: Final = b"Words that were saved at the very moment of the crash.\n"
_GARBAGE: Final = (b"\x00", b"\xff", b'"', b"[", b"\n", b"{", b"9")


def damage_state(place: Path, effort: Effort) -> Tally:
    """Damage a journal at each byte, and every file and folder of the state folder as a whole."""
    tally = Tally("damage to the state folder")
    codes: Counter[int] = Counter()
    with open_bench(place) as bench:
        size = len(make_crash(bench).read_bytes())
        for case, damage in list_damages(bench, size, effort):
            damage(make_crash(bench))
            tally.faults += 1
            tally.saves += 1
            codes[examine(bench, tally, case)] += 1
    shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    tally.facts.append(f"exit codes of the next refresh: {shown}")
    return tally


def make_crash(bench: Bench) -> Path:
    """Lay a vault in which a run was killed after the swap, a save among what it displaced.

    Returns:
        The journal of the killed run.
    """
    bench.lay()
    assert bench.run() == 0, bench.words()
    journal = next(bench.state.glob("*/journal/*.jsonl"))
    lines = [
        line
        for line in journal.read_bytes().splitlines(keepends=True)
        if line.startswith((b"{", b'["n'))
    ]
    journal.write_bytes(b"".join(lines))
    aside = name_leftover(journal.stem, "note.md", DISPLACED)
    (bench.vault / aside).write_bytes(OLD["note.md"] + _WORDS)
    return journal


def list_damages(bench: Bench, size: int, effort: Effort) -> Iterator[tuple[str, Damage]]:
    """Yield kinds of damage: what to call them, and what does them to the journal at hand."""
    for end in range(0, size, effort.pick(400, 1)):
        yield f"truncated to {end} bytes", partial(cut_off, end=end)
    for place in range(0, size, effort.pick(500, 7)):
        for garbage in _GARBAGE[:: effort.pick(3, 1)]:
            yield f"{garbage!r} at {place}", partial(patch, place=place, data=garbage)
    yield "deleted", Path.unlink
    yield "all zeros", partial(patch, place=0, data=bytes(size))
    yield "from a newer version", renew
    yield "10 MB of brackets", partial(patch, place=0, data=b"[" * 10_000_000)
    yield "a folder in its place", put_folder
    yield "a link to nowhere in its place", put_link
    yield "the folder of journals deleted", lambda path: shutil.rmtree(path.parent)
    yield "a file as folder of journals", lambda path: put_file(path.parent)
    yield "a file as folder of rescue copies", lambda path: put_file(path.parent.parent / "rescue")
    yield "the state folder deleted", lambda _path: shutil.rmtree(bench.state)
    yield "a file as state folder", lambda path: put_file(path.parent.parent)
    for name in ("vault.json", "daemon.json", "daemon.lock", "daemon.log", "index.db"):
        for data in (b"", bytes(100), b"[" * 100_000, b'{"pid": "x", "state": 7}'):
            yield f"{name}: {data[:9]!r}", partial(put_beside, name=name, data=data)


def cut_off(path: Path, *, end: int) -> None:
    """Truncate a file."""
    os.truncate(path, end)


def put_beside(path: Path, *, name: str, data: bytes) -> None:
    """Write a file of the state folder, given one of its journals."""
    place = path.parent.parent / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(data)


def put_folder(path: Path) -> None:
    """Put a folder where a file was."""
    path.unlink()
    path.mkdir()


def put_link(path: Path) -> None:
    """Put a link that leads nowhere where a file was."""
    path.unlink()
    path.symlink_to("none")


def patch(path: Path, *, place: int, data: bytes) -> None:
    """Overwrite bytes of a file."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


def renew(path: Path) -> None:
    """Make a journal as a version might write it that knows more."""
    lines = path.read_bytes().splitlines()
    head = json.dumps({**json.loads(lines[0]), "journal": 99, "more": [1]}).encode()
    path.write_bytes(b"\n".join([head, b'["what", 1]', *lines[1:], b""]))


def put_file(folder: Path) -> None:
    """Put a file where a folder was."""
    shutil.rmtree(folder)
    folder.write_bytes(b"no folder")


def examine(bench: Bench, tally: Tally, case: str) -> int:
    """Refresh, ask for the runs and undo: nothing of the user may be lost; return the first code."""
    code = bench.run()
    _look(bench, tally, f"{case}: refresh ended with {code}", code)
    for command in ("undo", "refresh"):
        again = bench.run(bench.order(command))
        _look(bench, tally, f"{case}: {command} ended with {again}", again)
    return code


def _look(bench: Bench, tally: Tally, case: str, code: int) -> None:
    if code == BUG or code < 0:
        tally.accuse("wrong", f"{case}: {bench.words()[-800:]}")
    texts = [read_or_none(bench.vault / name) or b"" for name in list_leftovers(bench.vault)]
    texts += [path.read_bytes() for path in bench.state.glob("*/rescue/*")]
    notes = bench.read_notes()
    if not any(_WORDS in (text or b"") for text in [*texts, *notes.values()]):
        tally.accuse("lost", f"{case}: the words are nowhere", len(_WORDS))
    for name, data in notes.items():
        text = (data or b"").replace(_WORDS, b"")
        if text not in (OLD[name], NEW[name]):
            tally.accuse("torn", f"{case}: {name}: {data!r}")
