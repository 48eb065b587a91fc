"""Refresh copies of real vaults and compare every byte.

Run from the repository: ``python -m benchmarks.real_vaults FOLDER [--json FILE]``, where each folder
in FOLDER is a vault. FOLDER itself is only read. Three runs for each vault:

- as it is: ``refresh --check`` must find nothing to do and nothing to say, for no note is ours;
- stale: every note with frontmatter gets the properties of a study note with old values;
- bare: every note with frontmatter gets what a student edits only, so that the rest is added.

After a refresh the lines of derived properties are taken out of what was and what is. The rest must
be the same bytes, and a second refresh must leave every file alone. Nothing here uses the code that
is measured: frontmatter is found by two regular expressions, and properties are lines.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW: Final = "2024-10-27T14:01"
OPENING: Final = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*(\r?\n)(?!\{)")
CLOSING: Final = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)
SOURCES: Final = (
    "⭕첫 학습날: 2024-07-07",
    "❤1일복습여부: true",
    "🧡4일복습여부: true",
    "💛7일복습여부: true",
    "💚14일복습여부: true",
    "🧠장기기억: false",
    "복습: 추가 복습",
)
DERIVED: Final = {
    "🛑첫날": "✏첫날 : 2024/07/07",
    "🛑오늘": "⏰오늘 : 2024/10/27",
    "🛑첫학습후 몇일째?": "첫 학습 후 ❤112일째❤",
    "🛑4일후": "🥉4일뒤 : 2024/07/11",
    "🛑7일후": "🥈7일뒤 : 2024/07/14",
    "🛑14일후": "🥇14일뒤 : 2024/07/21",
    "4일후": "@2024년 7월 11일",
    "4일후(text)": "2024/07/11",
    "7일후": "@2024년 7월 14일",
    "7일후(text)": "2024/07/14",
    "14일후": "@2024년 7월 21일",
    "14일후(text)": "2024/07/21",
    "오늘1": "@2024년 10월 27일 오후 2:01",
    "오늘2": "2024/10/27",
    "첫학습날text": "2024/07/07",
    "오늘과 첫학습날 사이": "112",
    "사이": "112",
    "1일차복습여부1,0": "1",
    "4일차복습여부1,0": "1",
    "7일차복습여부1,0": "1",
    "장기기억저장여부1,0": "0",
    "학습률": "0.6",
    "진행바": "🟩🟩🟩🟩🟩🟩⬜⬜⬜⬜ 60%",
}
OLD_VALUES: Final = (" 낡은 값", ' "2023/01/01"', " '0'", "", ' ""', " ⬜ 0%  # 손대지 말 것")
DERIVED_LINE: Final = re.compile(
    '"?(' + "|".join(map(re.escape, sorted(DERIVED, key=len, reverse=True))) + ')"?:(.*)'
)
KINDS: Final = ("stale", "bare")


@dataclass(slots=True)
class Figures:
    """What one run over one vault showed. All counts are notes.

    Attributes:
        notes: all of the vault.
        prepared: those with frontmatter, which were made study notes.
        refreshed: those that were written.
        refused: those that were reported and left alone, by reason.
        silent: those that were neither written nor reported (templates, drawings, dot-folders), by
            their first folder.
        damaged: those with another byte changed; must be none.
        wrong: those with a derived value that is not the right one, and no problem; must be none.
        rewritten: those that a second refresh touched; must be none.
        codes: the exit codes of both runs.
        seconds: what the first refresh took.
    """

    notes: int = 0
    prepared: int = 0
    refreshed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    codes: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Say whether every promise was kept."""
        return not (self.damaged or self.wrong or self.rewritten) and set(self.codes) <= {0, 4}


def list_notes(vault: Path) -> Iterator[Path]:
    """Yield the notes below a folder, whatever vault-sync thinks of them."""
    for folder, _, names in os.walk(vault):
        for name in sorted(names):
            if name.lower().endswith(".md"):
                yield Path(folder, name)


def find_fence(data: bytes) -> tuple[bytes, int] | None:
    """Return a note's line end and the place of its closing fence; None without frontmatter.

    One object in braces is not counted: no line can be added to it.
    """
    opening = OPENING.match(data)
    closing = CLOSING.search(data, opening.end()) if opening else None
    return (opening[1], closing.start()) if opening and closing else None


def make_lines(kind: str, turn: int) -> list[str]:
    """Return the lines that make a study note; the old values differ from note to note."""
    if kind == "bare":
        return [*SOURCES]
    names = (f'"{name}"' if "," in name else name for name in DERIVED)
    old = (OLD_VALUES[(turn + count) % len(OLD_VALUES)] for count in range(len(DERIVED)))
    return [*SOURCES, *(f"{name}:{value}" for name, value in zip(names, old, strict=True))]


def prepare(vault: Path, kind: str) -> dict[Path, bytes]:
    """Make study notes of all notes with frontmatter and return what they are now."""
    prepared = {}
    for turn, note in enumerate(list_notes(vault)):
        data = note.read_bytes()
        fence = find_fence(data)
        if fence:
            eol, place = fence
            lines = b"".join(line.encode() + eol for line in make_lines(kind, turn))
            prepared[note] = data[:place] + lines + data[place:]
            note.write_bytes(prepared[note])
    return prepared


def drop_derived(head: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the head of a note without the lines of derived properties, and their values."""
    kept = []
    values = {}
    for line in head.decode(errors="surrogateescape").splitlines(keepends=True):
        found = DERIVED_LINE.match(line)
        if found:
            values[found[1]] = found[2].split("  #")[0].strip().strip("\"'")
        else:
            kept.append(line)
    return "".join(kept).encode(errors="surrogateescape"), values


def compare(before: bytes, after: bytes) -> tuple[bool, bool]:
    """Say whether all other bytes are the same, and whether all derived values are right."""
    fence = find_fence(before)
    assert fence is not None
    tail = before[fence[1] :]
    kept, _ = drop_derived(before[: fence[1]])
    kept_after, values = drop_derived(after[: len(after) - len(tail)])
    return after.endswith(tail) and kept == kept_after, values == DERIVED


def run(vault: Path, state: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Run ``vault-sync refresh`` and return its exit code and what it told of which notes."""
    command = [sys.executable, "-m", "vault_sync", "--vault", str(vault), "refresh"]
    done = subprocess.run(
        [*command, "--now", NOW, "--format", "json", *options],
        env={**os.environ, "VAULT_SYNC_STATE": str(state)},
        stdout=subprocess.PIPE,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)["notes"]


def classify(message: str) -> str:
    """Return a reason without what differs from note to note."""
    return re.sub(r"`[^`]*`|'[^']*'|\d+", "…", message)


def take_marks(vault: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Return what would differ if a note had been written again."""
    return {
        note: (note.stat().st_ino, note.stat().st_mtime_ns, note.read_bytes())
        for note in list_notes(vault)
    }


def copy_vault(vault: Path, scratch: Path) -> Path:
    """Return a copy of a vault; not all that are public come with the folder that makes them one."""
    copy = scratch / "vault"
    shutil.copytree(vault, copy, symlinks=True)
    (copy / ".obsidian").mkdir(exist_ok=True)
    return copy


def measure(vault: Path, kind: str, scratch: Path) -> Figures:
    """Refresh a copy of a vault twice and return what that showed."""
    copy = copy_vault(vault, scratch)
    figures = Figures(notes=sum(1 for _ in list_notes(copy)))
    untouched = {note: note.read_bytes() for note in list_notes(copy)}
    prepared = prepare(copy, kind)
    figures.prepared = len(prepared)
    start = time.perf_counter()
    first, told = run(copy, scratch / "state")
    figures.seconds = time.perf_counter() - start
    judge(copy, {**untouched, **prepared}, set(prepared), told, figures)
    marks = take_marks(copy)
    second, _ = run(copy, scratch / "state")
    figures.codes = (first, second)
    again = take_marks(copy)
    figures.rewritten = [str(note) for note in marks if marks[note] != again.get(note)]
    return figures


def judge(
    copy: Path,
    before: dict[Path, bytes],
    prepared: set[Path],
    told: list[dict[str, Any]],
    figures: Figures,
) -> None:
    """Compare every note with what it was."""
    problems = {copy / note["path"]: note["problems"] for note in told if note["problems"]}
    for note, data in before.items():
        after = note.read_bytes()
        path = str(note.relative_to(copy))
        if note in problems:
            figures.refused[classify(problems[note][0]["message"])] += 1
        if after == data:
            figures.silent[path.split("/", 1)[0]] += note in prepared and note not in problems
            continue
        figures.refreshed += note not in problems
        is_kept, is_right = compare(data, after)
        figures.damaged += [] if is_kept else [path]
        figures.wrong += [] if is_right or note in problems else [path]


def check_untouched(vault: Path, scratch: Path) -> str:
    """Return what ``refresh --check`` says of a vault that is not ours: it should be nothing."""
    code, told = run(copy_vault(vault, scratch), scratch / "state", "--check")
    said = Counter(note["status"] for note in told)
    return f"exit code {code}, {dict(said) or 'nothing said'}"


def print_figures(kind: str, figures: Figures) -> None:
    """Print one run as a line, and below it whatever there is to explain."""
    rate = figures.notes / figures.seconds
    print(
        f"  {kind:<6} {figures.prepared:>6} with frontmatter of {figures.notes},"
        f" {figures.refreshed} refreshed, {figures.refused.total()} refused,"
        f" {figures.silent.total()} left out, {len(figures.damaged)} damaged,"
        f" {len(figures.wrong)} wrong, {len(figures.rewritten)} written twice,"
        f" exit codes {figures.codes}, {rate:.0f} notes/s"
    )
    for reason, count in figures.refused.most_common():
        print(f"           refused {count}: {reason}")
    for top, count in (+figures.silent).most_common(9):
        print(f"           left out {count}: {top}")
    for word in ("damaged", "wrong", "rewritten"):
        for path in getattr(figures, word)[:20]:
            print(f"           {word}: {path}")


def tell(vault: str, kind: str, figures: Figures) -> dict[str, Any]:
    """Return one run as JSON has it."""
    return {
        "vault": vault,
        "kind": kind,
        "notes": figures.notes,
        "with_frontmatter": figures.prepared,
        "refreshed": figures.refreshed,
        "refused": figures.refused.total(),
        "refused_because": dict(figures.refused.most_common()),
        "left_out": figures.silent.total(),
        "damaged": len(figures.damaged),
        "wrong": len(figures.wrong),
        "written_twice": len(figures.rewritten),
        "seconds": round(figures.seconds, 2),
    }


def run_over(vault: Path) -> tuple[bool, list[dict[str, Any]]]:
    """Run over one vault; return whether every promise was kept, and what to tell of it."""
    told = []
    is_good = True
    print(vault.name, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        print(f"  as is  {check_untouched(vault, Path(scratch))}", flush=True)
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as scratch:
            figures = measure(vault, kind, Path(scratch))
        print_figures(kind, figures)
        told.append(tell(vault.name, kind, figures))
        is_good = is_good and figures.is_good
    return is_good, told


def main() -> int:
    """Run over every vault in a folder; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_vaults")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    ended = [run_over(one) for one in sorted(chosen.folder.iterdir()) if one.is_dir()]
    if chosen.json:
        told = [one for _, runs in ended for one in runs]
        chosen.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0 if all(is_good for is_good, _ in ended) else 1


if __name__ == "__main__":
    sys.exit(main())
