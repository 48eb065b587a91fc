"""A terminal for the commands of the documentation: real programs, in a folder of its own.

Pages are read here as well: their fenced blocks, and what a reader does with each of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.warm import make_python_path, write_program

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
EXAMPLES: Final = ROOT / "examples"
VAULT: Final = "my-vault"
CUT: Final = "…"
_HOME: Final = "/home/you"
_RUN_ID: Final = re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{4}\b")
_RUN_LINE: Final = re.compile(rf"{_RUN_ID.pattern}(?:  \d{{4}}-\d\d-\d\dT\d\d:\d\d)?")
_FENCE: Final = re.compile(r"^```(\w*)(?: (\S.*?))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOTE: Final = re.compile(r'note="([^"]+)"')

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the pages show commands of POSIX shells")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language, what stands behind that, its text, its line."""

    language: str
    info: str
    text: str
    line: int


def read_blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    text = page.read_text("utf-8")
    return [
        Block(match[1], match[2] or "", match[3], text.count("\n", 0, match.start()) + 1)
        for match in _FENCE.finditer(text)
    ]


def list_pages() -> list[Path]:
    """Return every page that people read: both READMEs and all below ``docs``."""
    return [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md"))]


def find_locale(page: Path) -> str:
    """Return the locale of a page's reader: a Korean one has a Korean computer."""
    return "ko_KR.UTF-8" if page.name.endswith(".ko.md") else "C.UTF-8"


@dataclass(slots=True)
class Terminal:
    """Runs commands one by one, as a reader types them.

    Attributes:
        folder: the working folder; a copy of the examples lies in it.
        code: the exit code of the last command.
        locale: of the reader.
    """

    folder: Path
    code: int = 0
    locale: str = "C.UTF-8"
    _home: Path = field(init=False)
    _runs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._home = self.folder
        shutil.copytree(EXAMPLES, self.folder / "examples")
        shutil.copytree(EXAMPLES / "vault", self.folder / VAULT)
        program = self._bin / "vault-sync"
        program.parent.mkdir()
        write_program(program)

    @property
    def _bin(self) -> Path:
        return self._home.parent / f"{self._home.name}-bin"

    @property
    def vault(self) -> Path:
        """The vault that the pages work on."""
        return self._home / VAULT

    def run(self, command: str) -> str:
        """Run a command and return what a reader sees of it."""
        for shown, real in self._runs.items():
            command = command.replace(shown, real)
        if command.startswith("cd "):
            self.folder = (self.folder / command[3:].strip()).resolve()
            self.code = 0
            return ""
        done = subprocess.run(
            ["sh", "-c", f"(exit {self.code})\n{command}"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.code = done.returncode
        return done.stdout.decode("utf-8").replace(str(self._home.resolve()), _HOME)

    def remember_runs(self, shown: str, real: str) -> None:
        """Let a page name a run, which has another name each time, as it named it before."""
        self._runs.update(zip(_RUN_ID.findall(shown), _RUN_ID.findall(real), strict=False))

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": make_python_path(),
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            "LC_ALL": self.locale,
            "TZ": "Asia/Seoul",
            "VAULT_SYNC_STATE": str(self._home.parent / f"{self._home.name}-state"),
        }


def follow_page(page: Path, terminal: Terminal) -> int:
    """Do what a page says from top to bottom, and return how many blocks there were to do.

    A ``console`` block is typed and its output compared, a ``yaml`` block becomes the configuration
    of the vault, and a ``diff`` block that names a note is an edit of that note.
    """
    done = 0
    terminal.locale = find_locale(page)
    for block in read_blocks(page):
        place = f"{page.relative_to(ROOT)}:{block.line}"
        if block.language == "console":
            check_console(block, terminal, place)
        elif block.language == "yaml":
            check_configuration(block.text, terminal, place)
        elif block.language == "diff" and block.info:
            edit_note(block, terminal, place)
        else:
            continue
        done += 1
    return done


def check_console(block: Block, terminal: Terminal, place: str) -> None:
    """Type the commands of a block and compare what they print with what the page shows."""
    for command, shown in _split_commands(block.text):
        real = terminal.run(command)
        assert matches(shown, real), f"{place}\n$ {command}\nshown:\n{shown}\nreal:\n{real}"
        terminal.remember_runs(shown, real)


def check_configuration(text: str, terminal: Terminal, place: str) -> None:
    """Make a text the configuration of the vault; it must be one."""
    (terminal.vault / ".vault-sync.yaml").write_text(text, "utf-8")
    code = terminal.code
    said = terminal.run(f'vault-sync -q refresh --check "{terminal.vault}"')
    assert terminal.code in {0, 1}, f"{place}\n{said}"
    terminal.code = code


def edit_note(block: Block, terminal: Terminal, place: str) -> None:
    """Make the edit of a note that a page asks its reader for."""
    name = _NOTE.fullmatch(block.info)
    assert name, f"{place}: {block.info}"
    note = terminal.vault.parent / name[1]
    lines = block.text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    text = note.read_text("utf-8")
    assert text.count(old) == 1, f"{place}: {old!r}"
    note.write_text(text.replace(old, new), "utf-8")


def _split_commands(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    assert not parts[0], parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def matches(shown: str, real: str) -> bool:
    """Say whether a real output is the one that is shown; ``…`` alone stands for lines cut out."""
    return re.fullmatch(_as_pattern(shown), _simplify(real)) is not None


def occurs(shown: str, real: str) -> bool:
    """Say whether the lines that are shown stand in an output, in their order."""
    return re.search(_as_pattern(f"{CUT}\n{shown}"), _simplify(real)) is not None


def _as_pattern(shown: str) -> str:
    return "".join(
        r"(?:.*\n)*?" if line == CUT else re.escape(line) + r"\n"
        for line in _simplify(shown).split("\n")[:-1]
    )


def _simplify(text: str) -> str:
    lines = _RUN_LINE.sub("RUN", text).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)
