"""A sample of the notes as a table: a column for each property, a row for each note."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.patterns import find_templates
from vault_sync.errors import NoteError
from vault_sync.files.read import read_note
from vault_sync.note.decode import decode_note
from vault_sync.note.post import read_post
from vault_sync.note.values import is_empty_node
from vault_sync.note.yaml_tree import Scalar
from vault_sync.plan.governed import find_opt_out
from vault_sync.text import NameMap, fold_name, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_sync.adopt.patterns import Template
    from vault_sync.files.folder import VaultFolder
    from vault_sync.note.frontmatter import Frontmatter


MAX_COLUMNS: Final = 300
MAX_TEXT: Final = 200
MAX_TEMPLATES: Final = 6
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
    """

    name: str
    nodes: Mapping[int, Scalar]

    @cached_property
    def texts(self) -> dict[int, str]:
        """The texts that are not empty, by the number of the note."""
        filled = {row: node for row, node in self.nodes.items() if not is_empty_node(node)}
        return {row: to_nfc(node.text) for row, node in filled.items() if _is_short(node)}

    @cached_property
    def templates(self) -> list[Template]:
        """Ways to see its texts as one, those that fit the most of them first."""
        return find_templates(self.texts)[:MAX_TEMPLATES]

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


def build_table(notes: Iterable[SampleNote]) -> Table:
    """Return the columns of notes; of very many different names only the most usual."""
    rows = tuple(notes)
    nodes: NameMap[dict[int, Scalar]] = NameMap()
    for number, row in enumerate(rows):
        for name, found in row.note.properties.items():
            if isinstance(found.value, Scalar) and not found.value.is_decorated:
                nodes.setdefault(name, {})[number] = found.value
    usable = [name for name in nodes if name.isprintable() and fold_name(name) not in _NOT_OURS]
    usual = set(sorted(usable, key=lambda name: -len(nodes[name]))[:MAX_COLUMNS])
    return Table(rows, {name: Column(name, nodes[name]) for name in usable if name in usual})


def _is_short(node: Scalar) -> bool:
    return len(node.text) <= MAX_TEXT


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
        unreadable: notes that were read and could not be understood.
    """

    notes: Sequence[SampleNote]
    read: int
    total: int
    unreadable: int


def sample_notes(root: VaultFolder, paths: Sequence[str]) -> Sample:
    """Return notes with properties; of many the same ones each time, spread over all folders.

    Args:
        root: the vault.
        paths: of all notes in question.
    """
    spread = sorted(paths, key=lambda path: (zlib.crc32(path.encode("utf-8", "replace")), path))
    chosen: dict[str, SampleNote] = {}
    read = unreadable = 0
    for path in spread if len(paths) > MAX_NOTES else paths:
        if len(chosen) == MAX_NOTES or read == MAX_READ:
            break
        read += 1
        try:
            note = read_post(decode_note(read_note(root, path).data)).note
        except NoteError:
            unreadable += 1
            continue
        if note and note.properties and not find_opt_out(note):
            chosen[path] = SampleNote(path, note)
    order = [chosen[path] for path in paths if path in chosen]
    return Sample(order, read, len(paths), unreadable)
