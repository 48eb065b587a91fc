"""The bases that a configuration names, read from inside the vault alone and without waiting.

A module of its own, as it is loaded only where a configuration names a base.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from vault_sync.errors import NoteError, Problem
from vault_sync.files.folder import VaultFolder, resolve_inside
from vault_sync.files.read import read_note
from vault_sync.rules.base_files import find_base_block, parse_base
from vault_sync.rules.config import MAX_CHARACTERS
from vault_sync.rules.schema_reader import shorten
from vault_sync.text import WINDOW, to_nfc

if TYPE_CHECKING:
    from vault_sync.rules.config import OwnRules
    from vault_sync.rules.sources import RuleSource, SourceText

_NOTE: Final = ".md"
_ENDINGS: Final = (".base", _NOTE)


class BaseReader:
    """Reads the bases of one vault, together no more than a configuration may hold."""

    __slots__ = ("problems", "read_bytes", "root")

    def __init__(self, root: str, problems: list[Problem]) -> None:
        self.root = root
        self.problems = problems
        self.read_bytes = 0

    def read(self, rules: OwnRules, place: SourceText) -> RuleSource | None:
        """Return the base that a rule set names, None if it cannot be used."""
        before = len(self.problems)
        try:
            text = self._read_text(place.text)
        except NoteError as error:
            message = f"`{shorten(place.text)}` cannot be used: {error.problem.message}"
            self.problems.append(place.problem(message))
            return None
        base = parse_base(text, shorten(to_nfc(place.text)), rules.rules.name, self.problems)
        if len(self.problems) > before:
            return None
        if not base.formulas:
            message = "This base has no formulas, so there is nothing to persist."
            self.problems.append(place.problem(message))
        return base if base.formulas else None

    def _read_text(self, path: str) -> str:
        """Return the text of a base. Reading one again counts again, as it is parsed again."""
        if self.read_bytes <= MAX_CHARACTERS:
            data = self._read_inside(path)
            self.read_bytes += len(data)
        if self.read_bytes > MAX_CHARACTERS:
            message = f"All bases together may have {MAX_CHARACTERS} bytes; these have more."
            raise NoteError(Problem(message))
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NoteError(Problem("This is not UTF-8; save the file as UTF-8.")) from None
        block = find_base_block(text) if path.endswith(_NOTE) else text
        if block is None:
            raise NoteError(Problem("This note has no ```base block."))
        return block

    def _read_inside(self, path: str) -> bytes:
        """Return the bytes of a file of the vault.

        Raises:
            NoteError: it is not there, not a plain file, not inside the vault, or not a base.
        """
        if not path.endswith(_ENDINGS) or len(path) > WINDOW:
            raise NoteError(Problem("Name a .base file, or a note with a ```base block."))
        with VaultFolder(self.root) as folder:
            found = _resolve(folder, path)
            if found:
                return read_note(folder, found).data
        message = "There is no such file in this vault; write the path from the top of the vault, as in Bases/Study.base."
        raise NoteError(Problem(message))


def _resolve(folder: VaultFolder, path: str) -> str | None:
    """Return the path of a base inside the vault without links, None if there is none.

    A file that came from macOS may bear its Korean name in loose letters (NFD).
    """
    if ".." in path.split("/") or PurePath(path).is_absolute():
        return None
    for spelling in dict.fromkeys((path, to_nfc(path), normalize("NFD", path))):
        found = resolve_inside(folder, spelling)
        if found:
            return found
    return None
