"""Notes as Notion itself exports them: the properties of a page are lines of text below its title.

Source: Notion's export "Markdown & CSV"; Obsidian's help, "Import from Notion".
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from vault_sync.errors import NoteError
from vault_sync.files.read import decode_note, read_note
from vault_sync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language

MAX_READ: Final = 200
_LEAST: Final = 3
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}(?:_all)?\.md", re.IGNORECASE)
_HEAD: Final = re.compile(r"\ufeff?# [^\n]*\n\s*\n")
_PROPERTY: Final = re.compile(r"(?P<name>[^\s:：>|#`*\-\[][^:\n]{0,80}): \S")


class RawExport(NamedTuple):
    """Notes that came out of Notion and were not imported.

    Attributes:
        notes: how many of those that were looked at.
        path: the first of them.
    """

    notes: int
    path: str

    def describe(self, language: Language) -> str:
        """Return what they are and what to do."""
        from vault_sync.text import make_printable  # noqa: PLC0415 - few vaults are such

        found = language.count(
            "{n} note looks like a raw export of Notion (such as {path}): its properties are lines of text below the title, which Obsidian does not take for properties.",
            "{n} notes look like a raw export of Notion (such as {path}): their properties are lines of text below the title, which Obsidian does not take for properties.",
            self.notes,
            path=make_printable(self.path),
        )
        advice = language.say(
            "Import them with Obsidian's plugin Importer instead: in Notion, choose Settings > Export all workspace content with the format HTML; in Obsidian, install the community plugin Importer, open it, choose Notion (.zip) and that file. Then run this command again."
        )
        return f"{found}\n{advice}"


def find_raw_export(root: VaultFolder, paths: Sequence[str]) -> RawExport | None:
    """Return the notes that look like a raw export, None where too few do.

    Names of exported pages end in an identifier. Where somebody took that off, many notes with the
    same properties below their titles tell as much.

    Args:
        root: the vault.
        paths: of its notes.
    """
    chosen = sorted(paths, key=lambda path: not _IDENTIFIER.search(path))[:MAX_READ]
    listed = {path: names for path in chosen if (names := _read_names(root, path))}
    counts = Counter(name for names in listed.values() for name in names)
    found = [
        path
        for path, names in listed.items()
        if _IDENTIFIER.search(path) or _is_usual(names, counts)
    ]
    return RawExport(len(found), min(found)) if found else None


def _is_usual(names: Sequence[str], counts: Counter[str]) -> bool:
    return sum(counts[name] >= _LEAST for name in names) > 1


def _read_names(root: VaultFolder, path: str) -> list[str]:
    try:
        return list_raw_properties(decode_note(read_note(root, path).data))
    except NoteError:
        return []


def list_raw_properties(text: str) -> list[str]:
    """Return the names of the properties that stand as lines below the title of a note."""
    head = _HEAD.match(text.replace("\r\n", "\n"))
    if not head:
        return []
    names: list[str] = []
    for line in text.replace("\r\n", "\n")[head.end() :].split("\n"):
        found = _PROPERTY.match(line)
        if not found:
            return names if not line.strip() else []
        names.append(found["name"])
    return names
