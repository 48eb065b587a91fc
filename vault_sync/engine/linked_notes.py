"""The files of a vault as formulas see them, read from the disk when they are asked for.

Properties have the values that stand in the notes: what a refresh would make of them is not known
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.engine.refresh import FileFacts
from vault_sync.errors import EvaluationError, FrontmatterError, NoteError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import read_note, stat_note
from vault_sync.formula.values import Link, Tags
from vault_sync.note.decode import decode_note
from vault_sync.note.frontmatter import Block, Frontmatter, find_block, read_frontmatter
from vault_sync.note.references import list_embeds, list_links, list_tags
from vault_sync.note.values import read_value
from vault_sync.text import NameMap
from vault_sync.vault.links import NOTE_ENDING, LinkedFiles
from vault_sync.vault.walk import list_files

if TYPE_CHECKING:
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions


class LinkedNotes:
    """A `VaultView` of the notes as they are on the disk; each is read once."""

    __slots__ = ("_backlinks", "_conditions", "_files", "_known", "_paths", "_root")

    def __init__(self, root: str, conditions: Conditions) -> None:
        """Look at a vault. Nothing is read before it is asked for.

        Args:
            root: the folder of the vault.
            conditions: their zone is that of a file's times.
        """
        self._root = root
        self._conditions = conditions
        self._paths: list[str] | None = None
        self._files: LinkedFiles | None = None
        self._known: dict[str, Frontmatter] = {}
        self._backlinks: dict[str, list[str]] | None = None

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        if self._files is None:
            self._files = LinkedFiles(self._list_paths())
        return self._files.find(target, source)

    def read_fact(self, path: str, fact: str) -> Value:
        """Return a fact of a file by its name in the language.

        Raises:
            EvaluationError: it is not known here, or the note cannot be read.
        """
        if fact in {"size", "mtime", "ctime"}:
            return self._tell_of_file(path, fact)
        note = self._read(path)
        if fact == "properties":
            return {name: self._value_of(note, name, path) for name in note.properties}
        if fact == "tags":
            own = "tags" in note.properties
            return list_tags(note, self._value_of(note, "tags", path) if own else None)
        links = list_links(note) if fact == "links" else list_embeds(note)
        return _place(links, path)

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note.

        Raises:
            KeyError: the note has none of this name.
            EvaluationError: it cannot be read.
        """
        note = self._read(path)
        return self._value_of(note, name, path)

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file, sorted; unreadable notes do not."""
        if self._backlinks is None:
            self._backlinks = self._invert_links()
        return self._backlinks.get(path, [])

    def _invert_links(self) -> dict[str, list[str]]:
        backlinks: dict[str, list[str]] = {}
        for note in self._list_paths():
            for path in self._list_targets(note) if note.endswith(NOTE_ENDING) else ():
                backlinks.setdefault(path, []).append(note)
        return backlinks

    def _list_targets(self, note: str) -> set[str]:
        try:
            links = list_links(self._read(note))
        except EvaluationError:
            return set()
        found = (self.find(link.target, note) for link in links if isinstance(link, Link))
        return {path for path in found if path is not None}

    def _list_paths(self) -> list[str]:
        if self._paths is None:
            self._paths = sorted(list_files(self._root))
        return self._paths

    def _tell_of_file(self, path: str, fact: str) -> Value:
        signature = stat_note(self._root, path)
        if signature is None:
            raise EvaluationError(f"{path} cannot be looked at.")
        return FileFacts(signature, self._conditions)(fact)

    def _read(self, path: str) -> Frontmatter:
        if path not in self._known:
            self._known[path] = self._read_note(path)
        return self._known[path]

    def _read_note(self, path: str) -> Frontmatter:
        if not path.endswith(NOTE_ENDING):
            return _without_properties("")
        try:
            with VaultFolder(self._root) as folder:
                text = decode_note(read_note(folder, path).data)
            block = find_block(text)
            found = read_frontmatter(text, block) if block else None
        except (NoteError, FrontmatterError) as error:
            raise EvaluationError(f"{path} cannot be read: {error}") from error
        return found or _without_properties(text)

    def _value_of(self, note: Frontmatter, name: str, path: str) -> Value:
        value = _place(read_value(note.properties[name].value), path)
        return Tags(value) if isinstance(value, list) and name.lower() == "tags" else value


def _without_properties(text: str) -> Frontmatter:
    """Return a note that is all text."""
    start = "---\n"
    block = Block(len(start), len(start), "\n")
    return Frontmatter(f"{start}---\n{text}", block, NameMap(), is_flow=False, indent=0)


def _place(value: Value, path: str) -> Value:
    """Return a value whose links know the note that they stand in."""
    if isinstance(value, Link):
        return Link(value.target, value.display, path)
    if isinstance(value, list):
        return [_place(element, path) for element in value]
    if isinstance(value, dict):
        return {name: _place(element, path) for name, element in value.items()}
    return value
