"""What a formula will ask for, found while it is compiled."""

from __future__ import annotations

from typing import Final

from vault_sync.formula import syntax
from vault_sync.formula.names import normalize_name
from vault_sync.formula.registry import FIELDS, METHODS, Clock, Function
from vault_sync.formula.values import File

_ALL_PROPERTIES: Final = "properties"
_PROPERTY_TEST: Final = "hasProperty"


class Reads:
    """Everything a formula reads, gathered node by node.

    Attributes:
        clock: how often its value can change while the note does not.
        properties: note properties by name, in NFC.
        reads_all_properties: some property is read whose name only the evaluation knows.
        formulas: other formulas by name, in NFC.
        file_fields: fields and methods of files.
        functions: all functions and methods.
    """

    __slots__ = (
        "clock",
        "file_fields",
        "formulas",
        "functions",
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

    def add_function(self, entry: Function) -> None:
        """Note that a function, method or field is used."""
        if not entry.is_field:
            self.functions.add(entry.name)
        self.clock = max(self.clock, entry.clock)

    def add_member(self, name: str) -> None:
        """Note a field or method whose receiver may be a file, if files have one of this name."""
        if _is_of_file(name):
            self.file_fields.add(name)
            self.reads_all_properties |= name == _ALL_PROPERTIES

    def add_property_test(self, call: syntax.MethodCall) -> None:
        """Note the property that ``file.hasProperty("name")`` looks for."""
        if call.name != _PROPERTY_TEST:
            return
        match call.arguments:
            case (syntax.Literal(value=str(name)),):
                self.properties.add(normalize_name(name))
            case _:
                self.reads_all_properties = True


def _is_of_file(name: str) -> bool:
    entries = (table.get(name, {}).get(File) for table in (FIELDS, METHODS))
    return any(entry is not None and entry.kind == "file" for entry in entries)
