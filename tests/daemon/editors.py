"""Programs that save notes in their own ways, again and again, and say which saves are done.

``python -m tests.daemon.editors STYLE FOLDER NUMBER`` saves a number of times, each with a new seed
and one more line, and moves on to a new note from time to time. When a save has returned, its line
goes to ``FOLDER/../STYLE.saved``.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.daemon.real_daemon import SEED_PLACE, render

if TYPE_CHECKING:
    from collections.abc import Callable

SAVES_PER_NOTE: Final = 1000
_LONGEST_PAUSE: Final = 0.004
_VIM: Final = """\
set nomodeline backupskip= writebackup noswapfile encoding=utf-8
let n = {first}
while n < {last}
  try
    let &backupcopy = ['auto', 'yes', 'no'][n % 3]
    edit! {note}
    call setline(2, printf('seed: "s%07d"', n))
    call append(line('$'), printf('vim %d;', n))
    write!
    if &modified
      throw 'Somebody answered no.'
    endif
    call writefile([printf('vim %d;', n)], '{saved}', 'a')
  catch
    call writefile([v:exception], '{saved}.refused', 'a')
    edit!
  endtry
  execute 'sleep ' . (1 + n % 7) . 'm'
  let n += 1
endwhile
qall!
"""


def save_by_appending(note: Path, seed: int, line: bytes) -> None:
    """Patch the seed and append a line through one open file."""
    with note.open("r+b", buffering=0) as file:
        file.seek(SEED_PLACE)
        file.write(b"%07d" % seed)
        file.seek(0, 2)
        file.write(line)


def save_in_place(note: Path, seed: int, line: bytes) -> None:
    """Read, empty the file, write it anew."""
    text = edit(note.read_bytes(), seed, line)
    note.write_bytes(text)


def save_by_renaming(note: Path, seed: int, line: bytes) -> None:
    """Write beside the note and put that in its place."""
    draft = note.with_name(f".{note.name}.draft")
    draft.write_bytes(edit(note.read_bytes(), seed, line))
    draft.replace(note)


def save_by_sed(note: Path, seed: int, line: bytes) -> None:
    """Let ``sed -i`` do it."""
    script = [f"-e2s/s[0-9]*/s{seed:07}/2", f"-e$a {line.decode().strip()}"]
    subprocess.run(["sed", "-i", *script, str(note)], check=True)


def edit(text: bytes, seed: int, line: bytes) -> bytes:
    return text[:SEED_PLACE] + b"%07d" % seed + text[SEED_PLACE + 7 :] + line


STYLES: Final[dict[str, Callable[[Path, int, bytes], None]]] = {
    "append": save_by_appending,
    "in-place": save_in_place,
    "rename": save_by_renaming,
    "sed": save_by_sed,
}


def keep_saving(style: str, folder: Path, number: int, saved: Path) -> None:
    """Save a number of times, and acknowledge each save once it is done."""
    chance = random.Random(style)  # noqa: S311 - no secret depends on it
    with saved.open("ab", buffering=0) as record:
        for count in range(number):
            note = folder / f"{style} {count // SAVES_PER_NOTE}.md"
            if count % SAVES_PER_NOTE == 0:
                note.write_bytes(render(count))
            line = b"%s %d;\n" % (style.encode(), count)
            STYLES[style](note, count, line)
            record.write(line)
            time.sleep(chance.uniform(0, _LONGEST_PAUSE))


def keep_saving_with_vim(folder: Path, number: int, saved: Path) -> None:
    """Let real vim save a number of times, in each of its three ways."""
    for first in range(0, number, SAVES_PER_NOTE):
        note = folder / f"vim-{first // SAVES_PER_NOTE}.md"
        note.write_bytes(render(first))
        last = min(first + SAVES_PER_NOTE, number)
        script = _VIM.format(first=first, last=last, note=note, saved=saved)
        place = saved.with_suffix(".vim")
        place.write_text(script, "utf-8")
        command = ["vim", "-u", "NONE", "-i", "NONE", "-es", "-S", str(place)]
        # "The file has been changed since reading it. Do you really want to write to it?"
        with subprocess.Popen(["yes", "n"], stdout=subprocess.PIPE) as answers:
            subprocess.run(command, check=True, stdin=answers.stdout, stdout=subprocess.DEVNULL)
            answers.kill()


def main(style: str, folder: Path, number: int) -> None:
    """Be an editor."""
    saved = folder.with_name(f"{style}.saved")
    if style == "vim":
        keep_saving_with_vim(folder, number, saved)
    else:
        keep_saving(style, folder, number, saved)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
