"""Packs the profiles after one of their data files has changed: ``python -m docs.make_profiles``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import vault_sync
from vault_sync.formula.parser import parse
from vault_sync.rules.config import TREE_KINDS, TUPLE
from vault_sync.rules.profile_reader import read_profile
from vault_sync.rules.sources import FilterGroup, StudySettings

if TYPE_CHECKING:
    from vault_sync.rules.sources import FilterSource, RuleSource, SourceText

PROFILES: Final = Path(vault_sync.__file__).parent / "profiles"


def pack_profile(source: Path) -> str:
    """Return the packed form of a profile's data file."""
    return pack_source(read_profile(source.stem, StudySettings(), []))


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


def _pack_filter(source: FilterSource) -> object:
    if isinstance(source, FilterGroup):
        return {source.connective: [_pack_filter(part) for part in source.filters]}
    return _pack_text(source)


def _pack_text(source: SourceText) -> list[object]:
    """Return a text and its place, with the tree that it is parsed into."""
    return [*source[:-1], _pack_tree(parse(source.text))]


def _pack_tree(part: object) -> object:
    """Return a tree as JSON can hold it.

    Raises:
        ValueError: it holds a regular expression, which JSON cannot.
    """
    if isinstance(part, tuple):
        kind = TREE_KINDS.index(type(part)) if type(part) in TREE_KINDS else TUPLE
        return [kind, *map(_pack_tree, part)]
    if part is None or isinstance(part, str | int | float):
        return part
    raise ValueError(f"{part!r} cannot be packed")


def main() -> None:
    """Write the packed form of every profile beside its data file."""
    for source in PROFILES.glob("*.yaml"):
        source.with_suffix(".json").write_text(pack_profile(source), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
