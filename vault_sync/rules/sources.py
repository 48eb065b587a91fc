"""Rule sets as they are written: what configuration, profiles and bases are read into."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from vault_sync.errors import Problem

if TYPE_CHECKING:
    from vault_sync.formula.ast import Node
    from vault_sync.rules.study import StudyNames


class SourceText(NamedTuple):
    """The text of a formula or filter and where it stands.

    Attributes:
        text: as it is written.
        line: of its file, counted from 1.
        column: counted from 1.
        file: its file; None for the configuration.
        tree: what it is parsed into, where that came with it.
    """

    text: str
    line: int
    column: int
    file: str | None = None
    tree: Node | None = None

    def problem(self, message: str, property_: str | None = None) -> Problem:
        """Return a problem at its place."""
        return Problem(message, self.line, property_, self.column, self.file)


class Connective(StrEnum):
    """How the statements of a filter group are joined; ``not`` means none of them holds."""

    AND = "and"
    OR = "or"
    NOT = "not"


class FilterGroup(NamedTuple):
    """Filters joined by one connective (help page "Bases syntax", Filters)."""

    connective: Connective
    filters: tuple[FilterSource, ...]


FilterSource: TypeAlias = SourceText | FilterGroup


class Mode(StrEnum):
    """What is done with a derived property: computed always, only when empty, or not at all."""

    DERIVE = "derive"
    FILL = "fill"
    KEEP = "keep"


class RuleSource(NamedTuple):
    """A rule set before its formulas are compiled.

    Attributes:
        name: for messages.
        filters: which notes it governs; None for all.
        formulas: the derived properties, in the order in which missing ones are added.
        helpers: formulas that others use and no note holds.
        sources: properties that stand before the derived ones, for the place of new lines.
        modes: for the properties that are not simply derived.
        is_adding: whether properties are added that a note does not have.
        add_if: properties are added only where this holds; None for everywhere.
        study: which properties tell the reviews of a note; None where it is not about those.
    """

    name: str
    filters: FilterSource | None
    formulas: tuple[tuple[str, SourceText], ...]
    helpers: tuple[tuple[str, SourceText], ...] = ()
    sources: tuple[str, ...] = ()
    modes: tuple[tuple[str, Mode], ...] = ()
    is_adding: bool = True
    add_if: SourceText | None = None
    study: StudyNames | None = None
