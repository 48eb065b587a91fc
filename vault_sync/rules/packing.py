"""A profile packed as JSON, as it is without settings: nothing of it has to be read or fitted again.

`python -m docs.make_profiles` packs the profiles again after a change; a test compares the two.
"""

from __future__ import annotations

import json
from typing import Any

from vault_sync.formula.treepacking import pack_tree, unpack_tree
from vault_sync.rules.sources import (
    Connective,
    FilterGroup,
    FilterSource,
    Mode,
    RuleSource,
    SourceText,
)
from vault_sync.rules.study import Stage, StudyNames, Tick


def pack_source(source: RuleSource) -> str:
    """Return the JSON of a profile's rule set."""
    packed = source._asdict() | {
        "formulas": [(name, _pack_text(text)) for name, text in source.formulas],
        "helpers": [(name, _pack_text(text)) for name, text in source.helpers],
        "add_if": source.add_if and _pack_text(source.add_if),
        "filters": source.filters and _pack_filter(source.filters),
        "study": source.study and source.study._asdict(),
    }
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":")) + "\n"


def unpack_source(text: str) -> RuleSource:
    """Return the rule set that `pack_source` has packed."""
    packed: dict[str, Any] = json.loads(text)
    filters, add_if, study = packed["filters"], packed["add_if"], packed["study"]
    return RuleSource(
        name=packed["name"],
        filters=_unpack_filter(filters) if filters else None,
        formulas=_unpack_formulas(packed["formulas"]),
        helpers=_unpack_formulas(packed["helpers"]),
        sources=tuple(packed["sources"]),
        modes=tuple((name, Mode(mode)) for name, mode in packed["modes"]),
        is_adding=packed["is_adding"],
        add_if=_unpack_text(*add_if) if add_if else None,
        study=_unpack_study(**study) if study else None,
    )


def _pack_filter(source: FilterSource) -> object:
    if isinstance(source, FilterGroup):
        return {source.connective: [_pack_filter(part) for part in source.filters]}
    return _pack_text(source)


def _pack_text(source: SourceText) -> list[object]:
    """Return a text and its place, with the tree that it is parsed into."""
    from vault_sync.formula.parser import parse  # noqa: PLC0415 - packed once, unpacked at each start

    return [*source[:-1], pack_tree(parse(source.text))]


def _unpack_text(text: str, line: int, column: int, file: str | None, tree: Any) -> SourceText:
    return SourceText(text, line, column, file, unpack_tree(tree))


def _unpack_filter(packed: Any) -> FilterSource:
    if isinstance(packed, dict):
        ((connective, parts),) = packed.items()
        return FilterGroup(Connective(connective), tuple(map(_unpack_filter, parts)))
    return _unpack_text(*packed)


def _unpack_formulas(packed: list[Any]) -> tuple[tuple[str, SourceText], ...]:
    return tuple((name, _unpack_text(*source)) for name, source in packed)


def _unpack_study(stages: list[Any], tick: str, **names: Any) -> StudyNames:
    return StudyNames(stages=tuple(Stage(*one) for one in stages), tick=Tick(tick), **names)
