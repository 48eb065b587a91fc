"""Reads YAML nodes into plain values and notes all that is wrong, with line and column.

Used by the readers of the configuration, of profiles and of bases, where a tag, anchor or alias has
no place and a typing mistake deserves a suggestion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import Problem
from vault_sync.formula.names import find_similar
from vault_sync.note.frontmatter import parse_yaml
from vault_sync.note.yaml_nodes import Alias, Mapping, Scalar, Sequence, YamlError
from vault_sync.rules.sources import Connective, FilterGroup, FilterSource, SourceText
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vault_sync.note.yaml_nodes import Node

MAX_SHOWN: Final = 60
MAX_PROBLEMS: Final = 50
MAX_SUGGESTIONS: Final = 10
_EMPTY: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Entry(NamedTuple):
    """A name in a mapping, in NFC, with the node of the name and that of the value."""

    name: str
    key: Scalar
    value: Node


class SchemaReader:
    """Reads one file. What does not fit is left out and added to the problems.

    Attributes:
        problems: everything found so far.
        file: the file, for the place of problems and formulas; None for the configuration.
    """

    __slots__ = ("file", "problems")

    def __init__(self, problems: list[Problem] | None = None, file: str | None = None) -> None:
        self.problems = [] if problems is None else problems
        self.file = file

    def read_root(self, text: str) -> Node | None:
        """Return the root of a file; None if there is nothing in it, or if it is not YAML."""
        try:
            return parse_yaml(text)
        except YamlError as error:
            place = (error.line + 1, None, error.column + 1, self.file)
            self.problems.append(Problem(error.message, *place))
            return None

    def complain(self, node: Node, message: str, word: str = "", known: Iterable[str] = ()) -> None:
        """Add a problem at a node; beyond `MAX_PROBLEMS` nobody would read it.

        Args:
            node: where it is.
            message: a sentence.
            word: what was written, if one of the known words may have been meant.
            known: those words.
        """
        if len(self.problems) < MAX_PROBLEMS:
            if len(self.problems) < MAX_SUGGESTIONS:
                message += suggest(word, known)
            place = (node.line + 1, None, node.column + 1, self.file)
            self.problems.append(Problem(message, *place))

    def read_mapping(self, node: Node, what: str) -> list[Entry]:
        """Return the entries of a mapping, in their order.

        Args:
            node: the mapping.
            what: what it is, for messages: ``the configuration``.
        """
        if self._refuses(node) or is_empty(node):
            return []
        if not isinstance(node, Mapping):
            self.complain(node, f"{capitalize(what)} must be names with values: `name: value`.")
            return []
        entries: dict[str, Entry] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                self.complain(key, "A name is expected here; if it is one, put quotes around it.")
                continue
            if self._refuses(key):
                continue
            entry = Entry(to_nfc(key.text), key, value)
            if entry.name in entries:
                first = entries[entry.name].key.line + 1
                self.complain(key, f"`{shorten(key.text)}` is here twice; line {first} has it too.")
            else:
                entries[entry.name] = entry
        return list(entries.values())

    def read_known(self, node: Node, what: str, known: Collection[str]) -> dict[str, Node]:
        """Return a mapping whose names are all known; others are problems."""
        entries = self.read_mapping(node, what)
        for entry in entries:
            if entry.name not in known:
                message = f"`{shorten(entry.name)}` is no setting of {what}."
                self.complain(entry.key, message, entry.name, known)
        return {entry.name: entry.value for entry in entries if entry.name in known}

    def read_text(self, node: Node, what: str) -> str | None:
        """Return a text, None if there is none; an empty value is a problem."""
        if self._refuses(node):
            return None
        if not isinstance(node, Scalar):
            self.complain(
                node, f"{capitalize(what)} must be a text; if it is, put quotes around it."
            )
            return None
        if is_empty(node):
            self.complain(node, f"{capitalize(what)} is empty; write it or delete the line.")
            return None
        return node.text

    def read_choice(self, node: Node, what: str, choices: Collection[str]) -> str | None:
        """Return one of some words."""
        text = self.read_text(node, what)
        if text is None or text in choices:
            return text
        message = f"{capitalize(what)} must be {' or '.join(choices)}, not `{shorten(text)}`."
        self.complain(node, message, text, choices)
        return None

    def read_items(self, node: Node, what: str) -> tuple[Node, ...]:
        """Return the items of a list."""
        if self._refuses(node) or is_empty(node):
            return ()
        if isinstance(node, Sequence):
            return node.items
        self.complain(node, f"{capitalize(what)} must be a list; begin each line with `- `.")
        return ()

    def read_source(self, node: Node, what: str) -> SourceText | None:
        """Return the text of a formula with its place."""
        text = self.read_text(node, what)
        if text is None:
            return None
        return SourceText(text, node.line + 1, node.column + 1, self.file)

    def read_formulas(self, node: Node, what: str) -> tuple[tuple[str, SourceText], ...]:
        """Return names with the text of their formulas."""
        read = (
            (entry.name, self.read_source(entry.value, f"the formula of `{shorten(entry.name)}`"))
            for entry in self.read_mapping(node, what)
        )
        return tuple((name, source) for name, source in read if source)

    def read_filter(self, node: Node) -> FilterSource | None:
        """Return a filter: a statement, or statements below ``and``, ``or`` or ``not``.

        Source: Obsidian help, "Bases syntax", Filters.
        """
        if not isinstance(node, Mapping):
            return self.read_source(node, "a filter")
        known = tuple(Connective)
        groups = self.read_known(node, "a filter", known)
        if len(node.pairs) != 1:
            self.complain(node, "A filter has one of and, or, not; put others inside a list item.")
            return None
        for connective, items in groups.items():
            filters = [self.read_filter(item) for item in self.read_items(items, connective)]
            return FilterGroup(Connective(connective), tuple(part for part in filters if part))
        return None

    def _refuses(self, node: Node) -> bool:
        if isinstance(node, Alias) or node.is_decorated:
            message = "This is a YAML tag, anchor or alias; put quotes around it if it is a text."
            self.complain(node, message)
            return True
        return False


def is_empty(node: Node) -> bool:
    """Say whether a node is nothing: an empty value, ``~`` or ``null``."""
    return isinstance(node, Scalar) and not node.style and node.text in _EMPTY


def shorten(text: str) -> str:
    """Return a text of the file so that it can stand in a message of one line."""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return shown if shown.isprintable() else ascii(shown)[1:-1]


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant, as the end of a message; empty if nothing is like it."""
    by_small = {name.lower(): name for name in known}
    near = find_similar(word[:MAX_SHOWN].lower(), by_small)
    return f" Did you mean `{by_small[near]}`?" if near else ""


def capitalize(text: str) -> str:
    """Return a sentence with its first letter capital, the others as they are."""
    return text[:1].upper() + text[1:]
