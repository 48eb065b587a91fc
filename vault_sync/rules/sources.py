"""Rule sets as they are written: what configuration, profiles and bases are read into."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.errors import Problem
from vault_sync.formula.conversions import is_truthy
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.formula import Formula
    from vault_sync.formula.ast import Node
    from vault_sync.formula.values import Scope
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

    def __repr__(self) -> str:
        return repr(self[:4])  # the tree, which is large, follows from the text

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


# What a configuration chooses of a profile: its stages, those that count, and its names. Pure.


class ChosenStage(NamedTuple):
    """A stage that a configuration names.

    Attributes:
        days: how many days after the first day.
        box: the property, where one is named.
        place: where the stage stands.
    """

    days: int
    box: SourceText | None
    place: SourceText


class StudySettings(NamedTuple):
    """What a configuration says of a profile's stages; what it leaves out is the profile's own.

    Attributes:
        stages: the stages; None for the profile's.
        counted: the stages that count in the rate; None for the profile's choice.
        names: other names for the profile's properties: what is renamed, and its new name.
    """

    stages: tuple[ChosenStage, ...] | None = None
    counted: tuple[ChosenStage, ...] | None = None
    names: tuple[tuple[SourceText, SourceText], ...] = ()


# Filters: statements joined by and, or and not, as in a base (help page "Bases syntax").
#
# A filter says which notes a rule set governs. Where it can only hold for notes that name certain
# properties, it knows those names, so that all other notes need not even be parsed.

_HAS_PROPERTY: Final = re.compile(r"""\s*file\.hasProperty\((["'])([^"'\\]+)\1\)\s*""")


class Filter(NamedTuple):
    """A compiled filter.

    Attributes:
        matches: says whether a note passes; raises EvaluationError where that cannot be told.
        formulas: its statements, compiled.
        reads_formulas: a statement reads the value of a formula.
        needs: it holds only for notes with one of these properties; None if that is not known.
    """

    matches: Callable[[Scope], bool]
    formulas: tuple[Formula, ...]
    reads_formulas: bool
    needs: frozenset[str] | None


def compile_filter(
    source: FilterSource, compile_text: Callable[[SourceText], Formula | None]
) -> Filter | None:
    """Return a filter ready to run, None if one of its statements cannot be compiled.

    Args:
        source: the filter as it is written.
        compile_text: compiles a statement, or reports what is wrong with it and gives None.
    """
    compiled = [(text, compile_text(text)) for text in list_statements(source)]
    formulas = {text: formula for text, formula in compiled if formula}
    if len(formulas) < len({text for text, _ in compiled}):
        return None
    statements = tuple(formulas.values())
    reads_formulas = any(statement.formulas for statement in statements)
    return Filter(_join(source, formulas), statements, reads_formulas, _find_needs(source))


def list_statements(source: FilterSource) -> Iterator[SourceText]:
    """Yield the statements of a filter."""
    if isinstance(source, SourceText):
        yield source
    else:
        for part in source.filters:
            yield from list_statements(part)


def _join(source: FilterSource, formulas: dict[SourceText, Formula]) -> Callable[[Scope], bool]:
    if isinstance(source, SourceText):
        evaluate = formulas[source].evaluate
        return lambda scope: is_truthy(evaluate(scope))
    parts = tuple(_join(part, formulas) for part in source.filters)
    if source.connective is Connective.AND:
        return lambda scope: all(part(scope) for part in parts)
    if source.connective is Connective.OR:
        return lambda scope: any(part(scope) for part in parts)
    return lambda scope: not any(part(scope) for part in parts)


def _find_needs(source: FilterSource) -> frozenset[str] | None:
    """Return names of which a note must have one for the filter to hold, None if not known."""
    if isinstance(source, SourceText):
        match = _HAS_PROPERTY.fullmatch(source.text)
        return frozenset({to_nfc(match[2])}) if match else None
    needs = [_find_needs(part) for part in source.filters]
    known = [need for need in needs if need is not None]
    if source.connective is Connective.AND and known:
        return min(known, key=len)
    if source.connective is Connective.OR and len(known) == len(needs):
        return frozenset().union(*known)
    return None
