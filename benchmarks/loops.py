"""The loops a user would write instead of calling vault-sync, each run as a process of its own.

``python loops.py LOOP VAULT MOMENT`` brings the properties that depend on the day up to date in
every note of a vault. All of them replace a note as durably as vault-sync does: a file of its own,
synced, renamed over the note, and the folder synced. None of them looks whether somebody else has
saved the note meanwhile, keeps its rights, proves its result or can be undone.

This file imports nothing of the package, so that a loop pays for what it uses and no more.
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    Rewrite: TypeAlias = Callable[[str, datetime], str]

FIRST_DAY: Final = "⭕첫 학습날"


def rewrite_lines(text: str, now: datetime) -> str:
    """Replace values by string work: right for notes that are written just so, wrong for others."""
    head, fence, body = text.partition("\n---\n")
    lines = head.split("\n")
    opening = f"{FIRST_DAY}: "
    first = next(line for line in lines if line.startswith(opening)).removeprefix(opening)
    values = derive_values(date.fromisoformat(first), now)
    for number, line in enumerate(lines):
        name, _, old = line.partition(": ")
        if name in values:
            quote = '"' if old.startswith('"') else ""
            lines[number] = f"{name}: {quote}{values[name]}{quote}"
    return "\n".join(lines) + fence + body


def load_ruamel_rewrite() -> Rewrite:
    """Return the ruamel.yaml round trip, set up with care: quotes kept, lines not folded."""
    from io import StringIO  # noqa: PLC0415 - a loop pays for its own imports only

    from ruamel.yaml import YAML  # noqa: PLC0415 - as above

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096

    def rewrite(text: str, now: datetime) -> str:
        head, fence, body = text.removeprefix("---\n").partition("\n---\n")
        properties = yaml.load(head)
        for name, value in derive_values(properties[FIRST_DAY], now).items():
            properties[name] = type(properties[name])(value)
        stream = StringIO()
        yaml.dump(properties, stream)
        return "---\n" + stream.getvalue().removesuffix("\n") + fence + body

    return rewrite


def load_frontmatter_rewrite() -> Rewrite:
    """Return python-frontmatter's loads and dumps, in the order of the note's own keys."""
    import frontmatter  # noqa: PLC0415 - a loop pays for its own imports only

    def rewrite(text: str, now: datetime) -> str:
        post = frontmatter.loads(text)
        first = post[FIRST_DAY]
        assert isinstance(first, date)
        post.metadata |= derive_values(first, now)
        return frontmatter.dumps(post, sort_keys=False) + "\n"

    return rewrite


def derive_values(first: date, now: datetime) -> dict[str, str]:
    """Return the properties that depend on the day; the others are right already."""
    days = (now.date() - first).days
    half = "오전" if now.hour < 12 else "오후"
    clock = f"{half} {(now.hour - 1) % 12 + 1}:{now.minute:02}"
    return {
        "🛑오늘": f"⏰오늘 : {now:%Y/%m/%d}",
        "🛑첫학습후 몇일째?": f"첫 학습 후 ❤{days}일째❤",
        "오늘1": f"@{now.year}년 {now.month}월 {now.day}일 {clock}",
        "오늘2": f"{now:%Y/%m/%d}",
        "오늘과 첫학습날 사이": f"{days}",
        "사이": f"{days}",
    }


def run_loop(vault: str, now: datetime, rewrite: Rewrite) -> None:
    """Rewrite every note of a vault that is stale; a folder is synced after each of its notes."""
    for folder, path in walk_notes(vault):
        if rewrite_note(path, now, rewrite):
            sync_folder(folder)


def run_thrifty_loop(vault: str, now: datetime, rewrite: Rewrite) -> None:
    """Do the same, but sync a folder once, when the last note of the vault is done."""
    touched = {folder for folder, path in walk_notes(vault) if rewrite_note(path, now, rewrite)}
    for folder in sorted(touched):
        sync_folder(folder)


def walk_notes(vault: str) -> Iterator[tuple[str, str]]:
    """Yield the folder and the path of every note of a vault."""
    for folder, _, names in os.walk(vault):
        for name in names:
            if name.endswith(".md"):
                yield folder, f"{folder}/{name}"


def rewrite_note(path: str, now: datetime, rewrite: Rewrite) -> bool:
    """Replace a note if it is stale, and say whether it was."""
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - the bare way is the floor
        old = file.read()
    new = rewrite(old, now)
    if new == old:
        return False
    part = f"{path}.part"
    with open(part, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as above
        file.write(new)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)  # noqa: PTH105 - as above
    return True


def sync_folder(folder: str) -> None:
    """Make the renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


LOOPS: Final[dict[str, Callable[[str, datetime], None]]] = {
    "bare": lambda vault, now: run_loop(vault, now, rewrite_lines),
    "thrifty": lambda vault, now: run_thrifty_loop(vault, now, rewrite_lines),
    "ruamel": lambda vault, now: run_loop(vault, now, load_ruamel_rewrite()),
    "frontmatter": lambda vault, now: run_loop(vault, now, load_frontmatter_rewrite()),
}
"""Each loop by its name. ``bare`` is the floor that vault-sync is measured against."""


if __name__ == "__main__":
    LOOPS[sys.argv[1]](sys.argv[2], datetime.fromisoformat(sys.argv[3]))
