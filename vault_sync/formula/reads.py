"""What a formula will ask for, found while it is compiled."""

from __future__ import annotations

from typing import Final

from vault_sync.formula import syntax
from vault_sync.formula.names import normalize_name
from vault_sync.formula.registry import FIELDS, METHODS, Clock, Function
from vault_sync.formula.values import File

_ALL_PROPERTIES: Final = "properties"
_PROPERTY_TEST: Final = "hasProperty"
_REACHING: Final = frozenset(
    {
        *((None, "file"), ("link", "asFile"), ("link", "linksTo")),
        *(("file", "hasLink"), ("file", "backlinks")),
    }
)
"""Functions and fields whose answer depends on which other files there are, or on what they hold."""


class Reads:
    """Everything a formula reads, gathered node by node.

    Attributes:
        clock: how often its value can change while the note does not.
        properties: note properties by name, in NFC.
        reads_all_properties: some property is read whose name only the evaluation knows.
        formulas: other formulas by name, in NFC.
        file_fields: fields and methods of files.
        functions: all functions and methods.
        others: it may read other files of the vault.
    """

    __slots__ = (
        "clock",
        "file_fields",
        "formulas",
        "functions",
        "others",
        "properties",
        "reads_all_properties",
    )

    def __init__(self) -> None:
        self.clock = Clock.STABLE
        self.properties: set[str] = set()
        self.reads_all_properties = False
        self.formulas: set[str] = set()
        self.file_fields: set[str] = set()
        self.functions: set[str] = set()
        self.others = False

    def add_function(self, entry: Function) -> None:
        """Note that a function, method or field is used."""
        if not entry.is_field:
            self.functions.add(entry.name)
        self.others |= (entry.kind, entry.name) in _REACHING
        self.clock = max(self.clock, entry.clock)

    def add_member(self, receiver: syntax.Node, name: str) -> None:
        """Note a field or method whose receiver may be a file, if files have one of this name."""
        if not _is_of_file(name):
            return
        self.file_fields.add(name)
        if name == _ALL_PROPERTIES:
            self.others |= not isinstance(receiver, syntax.CurrentFile)
            self.reads_all_properties |= not _is_looked_up(receiver)

    def add_file_property(self, owner: syntax.Node, name: syntax.Node) -> None:
        """Note ``owner.properties[name]``, and ``hasProperty``.

        What a link leads to is looked up in the vault, so it is none of this note's own properties.
        """
        self.others |= not isinstance(owner, syntax.CurrentFile)
        if _is_looked_up(owner):
            return
        if isinstance(name, syntax.Literal) and isinstance(name.value, str):
            self.properties.add(normalize_name(name.value))
        else:
            self.reads_all_properties = True

    def add_property_test(self, call: syntax.MethodCall) -> None:
        """Note the property that ``file.hasProperty("name")`` looks for."""
        if call.name == _PROPERTY_TEST and len(call.arguments) == 1:
            self.add_file_property(call.receiver, call.arguments[0])


def _is_looked_up(node: syntax.Node) -> bool:
    """Return whether a file comes from the vault for certain, and is not the note at hand."""
    match node:
        case syntax.MethodCall(name="asFile"):
            return True
        case syntax.Call(name="file", arguments=(syntax.Literal(),)):
            return True
    return False


def _is_of_file(name: str) -> bool:
    entries = (table.get(name, {}).get(File) for table in (FIELDS, METHODS))
    return any(entry is not None and entry.kind == "file" for entry in entries)
