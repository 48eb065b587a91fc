"""Makes the pictures of the documentation: ``python -m docs.make_pictures``.

Commands are run on the example vault, and what they print is drawn as a terminal would show it. The
report is made of a year of made-up notes, and photographed by a browser where there is one. All but
the photographs come out the same wherever they are made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from docs.before_after import draw_screens, draw_screens_before
from docs.browser import find_browser, open_browser
from docs.example_year import LAST_DAY, make_year
from docs.make_architecture import draw_architecture
from docs.moving_picture import draw_following
from docs.note_picture import draw_note
from docs.terminal_picture import draw_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs.browser import Browser

PICTURES: Final = Path(__file__).parent / "pictures"
_ROOT: Final = Path(__file__).parent.parent
_LANGUAGES: Final = {"": "C.UTF-8", ".ko": "ko_KR.UTF-8"}
_COMMANDS: Final = {"due": "due --on 2024-10-27", "status": "status --on 2024-10-27"}
_NOTE: Final = "Web/HTTP 상태 코드.md"
_PROPERTIES: Final = (
    "⭕첫 학습날", "❤1일복습여부", "🧡4일복습여부", "💛7일복습여부", "💚14일복습여부", "🛑오늘", "🛑첫학습후 몇일째?", "🛑14일후",
    "학습률", "진행바",
)  # fmt: skip
_STATES: Final = {
    "": ("As it came out of Notion", "After vault-sync refresh"),
    ".ko": ("노션에서 내보낸 그대로", "vault-sync refresh 뒤"),
}
_COLUMNS: Final = 78
_VAULT: Final = "공부"  # the folder, and so the name that stands above the report


class Photograph(NamedTuple):
    """A picture of the report as it is on a screen."""

    name: str
    width: int
    height: int
    scheme: str


_PHOTOGRAPHS: Final = (
    Photograph("report", 900, 1080, "light"),
    Photograph("report-dark", 900, 1080, "dark"),
    Photograph("report-phone", 360, 740, "light"),
)


def draw_pictures(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each picture that is the same wherever it is made.

    Args:
        folder: to work in; empty.
    """
    shutil.copytree(_ROOT / "examples" / "vault", folder / "my-vault")
    for ending, words in _STATES.items():
        shown = (_ROOT / "examples" / state / _NOTE for state in ("vault", "expected"))
        states = [*zip(words, shown, strict=True)]
        yield f"note{ending}.svg", draw_note(Path(_NOTE).stem, _PROPERTIES, states)
    for name, command in _COMMANDS.items():
        for ending, locale in _LANGUAGES.items():
            printed = [
                f"$ vault-sync {command}",
                *_run(command, folder / "my-vault", locale).splitlines(),
            ]
            yield f"{name}{ending}.svg", draw_terminal(printed)
    for ending, locale in _LANGUAGES.items():
        yield f"follow{ending}.svg", _draw_following(folder / "my-vault", locale, ending)
    make_year(folder / _VAULT)
    files = (folder / "report.html", folder / "report.svg")
    _run(f"report --on {LAST_DAY} -o {files[0]} --svg {files[1]}", folder / _VAULT, "C.UTF-8")
    yield "report.svg", files[1].read_bytes()
    yield "architecture.svg", draw_architecture()
    yield from draw_screens(folder, _ROOT)


_TICKED_NOTE: Final = "Web/쿠키와 세션.md"
_BOX: Final = "💛7일복습여부"
_SHOWN: Final = ("⭕첫 학습날", "복습", "학습률", "진행바")
_WORDS: Final = {
    "": {
        "text": "A box is ticked in a note; the daemon waits a moment, then the calculated values follow.",
        "wait": "The daemon waits until you leave the note alone …",
        "done": "… and writes the calculated values. Nothing else has changed.",
    },
    ".ko": {
        "text": "노트에서 체크박스를 누르면, 데몬이 잠시 기다렸다가 계산하는 값을 바꿉니다.",
        "wait": "데몬은 노트를 건드리지 않을 때까지 기다렸다가 …",
        "done": "… 계산하는 값을 씁니다. 나머지는 그대로입니다.",
    },
}


def _draw_following(vault: Path, locale: str, ending: str) -> bytes:
    """Return the moving picture of a note of a vault, before and after a box of it is ticked."""
    note = vault / _TICKED_NOTE
    text = note.read_text("utf-8")
    _run(f"refresh --now {LAST_DAY}T09:00", vault, locale)
    before = _read_properties(note)
    note.write_text(note.read_text("utf-8").replace(f"{_BOX}: false", f"{_BOX}: true"), "utf-8")
    _run(f"refresh --now {LAST_DAY}T20:00", vault, locale)
    after = _read_properties(note)
    note.write_text(text, "utf-8")
    rows = [(name, before[name], after[name]) for name in _SHOWN]
    return draw_following(note.stem, _BOX, rows, _WORDS[ending])


def _read_properties(note: Path) -> dict[str, str]:
    block = note.read_text("utf-8").split("---\n")[1]
    lines = (line.partition(": ") for line in block.splitlines())
    return {name: value.strip('"') for name, _, value in lines}


def take_photographs(browser: Browser, page: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each picture of a page."""
    for name, width, height, scheme in _PHOTOGRAPHS:
        browser.open(page, width, height=height, scheme=scheme)
        yield f"{name}.png", browser.take_picture(is_whole=False)


def _run(command: str, vault: Path, locale: str) -> str:
    """Return what a command prints on a terminal with colours."""
    environment = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    environment |= {
        "LC_ALL": locale,
        "PYTHONUTF8": "1",
        "COLUMNS": str(_COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "VAULT_SYNC_STATE": str(vault.parent / "state"),
    }
    arguments = [sys.executable, "-m", "vault_sync", "--vault", str(vault), *command.split()]
    done = subprocess.run(  # noqa: S603 - our own program
        arguments,
        env=environment,
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    )
    return done.stdout.decode()


def make_pictures() -> None:
    """Write all pictures; without a browser, all but the photographs."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in draw_pictures(Path(folder)):
            (PICTURES / name).write_bytes(data)
        for name, data in draw_screens_before(Path(folder), _ROOT):
            (PICTURES / name).write_bytes(data)
        program = find_browser()
        if program is None:
            sys.stderr.write("There is no Chromium here: the photographs are as they were.\n")
            return
        with open_browser(program) as browser:
            for name, data in take_photographs(browser, Path(folder, "report.html")):
                (PICTURES / name).write_bytes(data)


if __name__ == "__main__":
    make_pictures()
