"""Profiles: the built-in rule sets, packed as JSON so that nothing is parsed at each start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import vault_sync
from vault_sync.formula import ast
from vault_sync.rules.sources import (
    Connective,
    FilterGroup,
    FilterSource,
    Mode,
    RuleSource,
    SourceText,
)
from vault_sync.rules.stages import StudySettings
from vault_sync.rules.study import Stage, StudyNames, Tick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.errors import Problem
    from vault_sync.formula.ast import Node


def load_profile(
    name: str, settings: StudySettings | None = None, problems: list[Problem] | None = None
) -> RuleSource:
    """Return a built-in rule set, fitted to the stages and names that are chosen.

    Args:
        name: one that the configuration allows.
        settings: the stages and names that are chosen; None for the profile's own.
        problems: what does not fit is added here.

    Raises:
        ConfigError: the data file is damaged.
    """
    if settings is None or settings == StudySettings():
        return unpack_source(_read_packed(name).decode())
    from vault_sync.rules.profile_reader import read_profile  # noqa: PLC0415 - for a quick start

    return read_profile(name, settings, [] if problems is None else problems)


def _read_packed(name: str) -> bytes:
    """Return a data file of ours, from wherever the program is loaded; `pkgutil` loads much for that."""
    path = f"{vault_sync.__path__[0]}/profiles/{name}.json"
    data: bytes = vault_sync.__loader__.get_data(path)  # type: ignore[union-attr]  # every loader of a file has it (PEP 302)
    return data


def customize(
    source: RuleSource,
    *,
    modes: Mapping[str, Mode],
    is_adding: bool,
    overrides: Mapping[str, SourceText],
) -> RuleSource:
    """Return a profile with the user's settings.

    Args:
        source: the profile.
        modes: what to do with properties that the profile leaves to the user.
        is_adding: whether missing properties are added.
        overrides: formulas and helpers in the place of the profile's own of the same names.
    """
    return source._replace(
        modes=tuple({**dict(source.modes), **modes}.items()),
        is_adding=is_adding and source.is_adding,
        formulas=tuple((name, overrides.get(name, text)) for name, text in source.formulas),
        helpers=tuple((name, overrides.get(name, text)) for name, text in source.helpers),
    )


# A profile packed as JSON, as it is without settings: nothing of it has to be read or fitted again.
#
# `python -m docs.make_profiles` packs the profiles again after a change; a test compares the two.


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


# Trees of formulas as JSON has them, so that what is shipped need not be parsed at each start.
#
# A node is a list: the number of its kind, then its fields; a tuple is a list behind -1.

_KINDS: Final[tuple[type[Any], ...]] = (
    ast.Literal,
    ast.ListLiteral,
    ast.ObjectLiteral,
    ast.Name,
    ast.Property,
    ast.NoteObject,
    ast.FormulaReference,
    ast.CurrentFile,
    ast.Field,
    ast.Index,
    ast.Call,
    ast.MethodCall,
    ast.Unary,
    ast.Chain,
    ast.Binding,
)
_TUPLE: Final = -1


def pack_tree(node: Node) -> object:
    """Return a tree as JSON can hold it.

    Raises:
        ValueError: it holds a regular expression, which JSON cannot.
    """
    return _pack(node)


def _pack(part: object) -> object:
    if isinstance(part, tuple):
        kind = _KINDS.index(type(part)) if type(part) in _KINDS else _TUPLE
        return [kind, *map(_pack, part)]
    if part is None or isinstance(part, str | int | float):
        return part
    raise ValueError(f"{part!r} cannot be packed")


def unpack_tree(packed: Any) -> Node:
    """Return the tree that `pack_tree` has packed."""
    return _unpack(packed)  # type: ignore[no-any-return]  # what it is, the one who packed it knows


def _unpack(packed: Any) -> Any:
    if type(packed) is not list:
        return packed
    kind, *parts = packed
    found = map(_unpack, parts)
    return tuple(found) if kind == _TUPLE else _KINDS[kind]._make(found)
