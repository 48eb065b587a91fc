"""A sample of the notes as a table, a column for each property; and notes that are a raw export."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.patterns import Template, find_templates
from vault_sync.errors import EvaluationError, NoteError, Problem
from vault_sync.files.read import decode_note, read_note
from vault_sync.formula.values import Link
from vault_sync.note.post import read_post
from vault_sync.note.values import is_empty_node, read_value
from vault_sync.note.yaml_nodes import Scalar, YamlSequence
from vault_sync.plan.governed import find_opt_out
from vault_sync.text import NameMap, fold_name, make_printable, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language
    from vault_sync.note.frontmatter import Frontmatter


MAX_COLUMNS: Final = 300
MAX_TEXT: Final = 200
MAX_TEMPLATES: Final = 6
_NOTION: Final = re.compile(r"https?://(?:www\.)?(?:app\.)?notion\.(?:so|site|com)/")
_NOT_OURS: Final = frozenset(
    {"vault-sync", "tags", "aliases", "cssclasses", "publish", "permalink"}
)


class SampleNote(NamedTuple):
    """A note that is looked at: its path in the vault and its frontmatter."""

    path: str
    note: Frontmatter


@dataclass(frozen=True)
class Column:
    """One property in all the notes that have it.

    Attributes:
        name: in NFC.
        nodes: its values by the number of the note; lists and objects are not among them.
        lists: its values that are lists, likewise.
    """

    name: str
    nodes: Mapping[int, Scalar]
    lists: Mapping[int, YamlSequence] = field(default_factory=dict)

    @property
    def rows(self) -> frozenset[int]:
        """The notes in which it stands."""
        return frozenset(self.nodes) | frozenset(self.lists)

    @cached_property
    def links(self) -> dict[int, int]:
        """How many links it holds, by the number of the note; empty where it holds anything else."""
        nodes: dict[int, Scalar | YamlSequence] = {**self.nodes, **self.lists}
        found = {row: _count_links(node) for row, node in nodes.items()}
        if None in found.values():
            return {}
        return {row: count for row, count in found.items() if count}

    @property
    def leads_to_notion(self) -> bool:
        """Whether most of its values are addresses of pages of Notion."""
        nodes = [*self.nodes.values(), *(node for one in self.lists.values() for node in one.items)]
        texts = [node.text for node in nodes if isinstance(node, Scalar) and node.text]
        return 2 * sum(map(bool, map(_NOTION.search, texts))) > len(texts)

    @cached_property
    def texts(self) -> dict[int, str]:
        """The texts that are not empty, by the number of the note."""
        filled = {row: node for row, node in self.nodes.items() if not is_empty_node(node)}
        short = {row: node for row, node in filled.items() if len(node.text) <= MAX_TEXT}
        return {row: to_nfc(node.text) for row, node in short.items()}

    @cached_property
    def templates(self) -> list[Template]:
        """Ways to see its texts as one, those that fit the most of them first."""
        return find_templates(self.texts)[:MAX_TEMPLATES] if self.texts else []

    @cached_property
    def empty(self) -> frozenset[int]:
        """The notes in which it stands without a value."""
        return frozenset(row for row, node in self.nodes.items() if is_empty_node(node))

    @cached_property
    def is_quoted(self) -> bool:
        """Whether most of its texts stand in quotes."""
        quoted = sum(bool(self.nodes[row].style) for row in self.texts)
        return 2 * quoted > len(self.texts)


@dataclass(frozen=True, slots=True)
class Table:
    """The notes and their columns, in the order in which the properties are met."""

    notes: Sequence[SampleNote]
    columns: Mapping[str, Column]

    def without(self, names: AbstractSet[str]) -> Table:
        """Return the table without some of its columns."""
        kept = {name: column for name, column in self.columns.items() if name not in names}
        return Table(self.notes, kept)


def build_table(notes: Iterable[SampleNote]) -> Table:
    """Return the columns of notes; of very many different names only the most usual."""
    rows = tuple(notes)
    nodes: NameMap[dict[int, Scalar]] = NameMap()
    lists: NameMap[dict[int, YamlSequence]] = NameMap()
    for number, row in enumerate(rows):
        for name, found in row.note.properties.items():
            if isinstance(found.value, Scalar | YamlSequence) and not found.value.is_decorated:
                is_list = isinstance(found.value, YamlSequence)
                nodes.setdefault(name, {}).update({} if is_list else {number: found.value})
                lists.setdefault(name, {}).update({number: found.value} if is_list else {})
    usable = [name for name in nodes if name.isprintable() and fold_name(name) not in _NOT_OURS]
    columns = {name: Column(name, nodes[name], lists[name]) for name in usable}
    usual = sorted(usable, key=lambda name: -len(columns[name].rows))[:MAX_COLUMNS]
    return Table(rows, {name: column for name, column in columns.items() if name in {*usual}})


def _count_links(node: Scalar | YamlSequence) -> int | None:
    """Return how many links a value holds; None where it holds anything else."""
    if is_empty_node(node):
        return 0
    items = node.items if isinstance(node, YamlSequence) else (node,)
    try:
        values = [read_value(item) for item in items]
    except EvaluationError:
        return None
    return len(values) if all(isinstance(value, Link) for value in values) else None


# The notes that inferring looks at: all of a small vault, an even sample of a large one.

MAX_NOTES: Final = 500
MAX_READ: Final = 3_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The notes that were looked at.

    Attributes:
        notes: those with properties, in the order of the vault.
        read: how many were read for that.
        total: how many there are.
        unreadable: notes that could not be read or understood, each with the reason.
    """

    notes: Sequence[SampleNote]
    read: int
    total: int
    unreadable: Sequence[tuple[str, Problem]]


def sample_notes(root: VaultFolder, paths: Sequence[str]) -> Sample:
    """Return notes with properties; of many the same ones each time, spread over all folders.

    Args:
        root: the vault.
        paths: of all notes in question.
    """
    spread = sorted(paths, key=lambda path: (zlib.crc32(path.encode("utf-8", "replace")), path))
    chosen: dict[str, SampleNote] = {}
    unreadable: list[tuple[str, Problem]] = []
    read = 0
    for path in spread if len(paths) > MAX_NOTES else paths:
        if len(chosen) == MAX_NOTES or read == MAX_READ:
            break
        read += 1
        try:
            note = read_post(decode_note(read_note(root, path).data)).note
        except NoteError as error:
            unreadable.append((path, error.problem))
            continue
        if note and note.properties and not find_opt_out(note):
            chosen[path] = SampleNote(path, note)
    order = [chosen[path] for path in paths if path in chosen]
    return Sample(order, read, len(paths), unreadable)


# Notes as Notion itself exports them: the properties of a page are lines of text below its title.
#
# Source: Notion's export "Markdown & CSV"; Obsidian's help, "Import from Notion".

_MAX_LOOKED_AT: Final = 200
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
    chosen = sorted(paths, key=lambda path: not _IDENTIFIER.search(path))[:_MAX_LOOKED_AT]
    listed = {path: names for path in chosen if (names := _read_names(root, path))}
    counts = Counter(name for names in listed.values() for name in names)
    found = [
        path
        for path, names in listed.items()
        if _IDENTIFIER.search(path) or sum(counts[name] >= _LEAST for name in names) > 1
    ]
    return RawExport(len(found), min(found)) if found else None


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
