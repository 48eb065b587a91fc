"""Bases: the filters and formulas of a ``.base``, or of a ``base`` code block in a note. Pure.

A base is Obsidian's file, not ours: what we have no use for (views, properties, summaries, names
that a plugin or a later version adds) is passed over unread. What is read must be what the help
page "Bases syntax" says it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.errors import FormulaSyntaxError, Problem
from vault_sync.formula import compile_formula
from vault_sync.note.yaml_nodes import Node, Scalar
from vault_sync.rules.schema_reader import SchemaReader, is_empty
from vault_sync.rules.sources import (
    Connective,
    FilterGroup,
    RuleSource,
    SourceText,
    list_statements,
)
from vault_sync.text import MAX_SUGGESTIONS, NameMap, shorten, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable


_FENCE: Final = re.compile(r" {0,3}(?P<mark>`{3,}+(?=[^`]*$)|~{3,}+)(?P<info>.*)")
_LANGUAGE: Final = "base"


def parse_base(text: str, file: str, name: str, problems: list[Problem]) -> RuleSource:
    """Return the filters and formulas of a base as a rule set.

    A formula without text, as Obsidian writes it for a new column, is passed over.

    Args:
        text: of the base.
        file: its path, for the place of each formula and problem.
        name: of the rule set.
        problems: what is wrong is added here.
    """
    reader = SchemaReader(file=file)
    root = reader.read_root(text)
    entries = reader.read_mapping(root, "a base") if root else []
    nodes = {entry.name: entry.value for entry in entries}
    filters, formulas = nodes.get("filters"), nodes.get("formulas")
    source = RuleSource(
        name=name,
        filters=reader.read_filter(filters) if filters and not _is_blank(filters) else None,
        formulas=tuple(_read_formulas(reader, formulas)) if formulas else (),
    )
    problems += reader.problems
    return source


def _read_formulas(reader: SchemaReader, node: Node) -> Iterable[tuple[str, SourceText]]:
    for entry in reader.read_mapping(node, "`formulas`"):
        if not _is_blank(entry.value):
            what = f"the formula of `{shorten(entry.name)}`"
            source = reader.read_source(entry.value, what)
            if source:
                yield entry.name, source


def _is_blank(node: Node) -> bool:
    if not isinstance(node, Scalar) or node.is_decorated:
        return False
    return is_empty(node) or not node.text.strip()


def find_base_block(text: str) -> str | None:
    """Return the first ``base`` code block of a note, None if there is none.

    As many empty lines stand before it as lines before it in the note, so that its lines keep
    their numbers. Blocks inside of other code blocks, lists and quotes do not count.

    Source: CommonMark 0.31, 4.5 Fenced code blocks.

    Args:
        text: the whole note.
    """
    lines = text.split("\n")
    mark, start = "", None
    for number, line in enumerate(lines):
        if mark and _closes(line, mark):
            if start is not None:
                return "\n" * start + "\n".join(lines[start:number])
            mark = ""
        elif not mark and (opening := _FENCE.match(line)):
            mark = opening["mark"]
            start = number + 1 if opening["info"].split()[:1] == [_LANGUAGE] else None
    return None if start is None or not mark else "\n" * start + "\n".join(lines[start:])


def _closes(line: str, mark: str) -> bool:
    closing = line.strip(" \t\r")
    is_indented = line.startswith("    ")
    return closing.startswith(mark) and not closing.strip(mark[0]) and not is_indented


def join_base(
    own: RuleSource, base: RuleSource, picks: tuple[SourceText, ...] | None, problems: list[Problem]
) -> RuleSource:
    """Return a rule set of the configuration together with the base it takes formulas from.

    A note must pass the filters of both. Formulas of the base that are not picked are kept as
    helpers where a filter or a picked formula reads them, and are not looked at otherwise.

    Args:
        own: what the configuration says itself; its formulas stand in the place of the base's.
        base: the base.
        picks: names of the base's formulas that are to be derived; None for all.
        problems: unknown names are added here.
    """
    filters = own.filters or base.filters
    if own.filters and base.filters:
        filters = FilterGroup(Connective.AND, (own.filters, base.filters))
    formulas: NameMap[SourceText] = NameMap(base.formulas)
    if picks is None:
        formulas.update(own.formulas)
        return own._replace(filters=filters, formulas=tuple(formulas.items()))
    names = _find_picked(formulas, picks, problems)
    roots = (*(formulas[name] for name in names), *(list_statements(filters) if filters else ()))
    needed = _find_needed(formulas, roots) - set(names)
    return own._replace(
        filters=filters,
        formulas=tuple((name, formulas[name]) for name in names),
        helpers=tuple((name, text) for name, text in base.formulas if name in needed),
    )


def _find_picked(
    formulas: NameMap[SourceText], picks: tuple[SourceText, ...], problems: list[Problem]
) -> tuple[str, ...]:
    for pick in picks:
        if pick.text not in formulas:
            message = f"The base has no formula `{shorten(pick.text)}`."
            if len(problems) < MAX_SUGGESTIONS:
                message += suggest(pick.text, formulas)
            problems.append(pick.problem(message))
    return tuple(dict.fromkeys(formulas.spell(one.text) for one in picks if one.text in formulas))


def _find_needed(formulas: NameMap[SourceText], roots: Iterable[SourceText]) -> set[str]:
    """Return the names of all formulas that texts read, directly or through others."""
    needed: set[str] = set()
    waiting = list(roots)
    while waiting:
        read = _find_references(waiting.pop())
        new = {formulas.spell(name) for name in read if name in formulas} - needed
        needed |= new
        waiting += (formulas[name] for name in new)
    return needed


def _find_references(source: SourceText) -> frozenset[str]:
    try:
        return compile_formula(source.text).formulas
    except FormulaSyntaxError:  # reported where the rule set is compiled
        return frozenset()
