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
    StudySettings,
)
from vault_sync.rules.study import Stage, StudyNames, Tick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.errors import Problem


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
# `python -m docs.make_profiles` has packed it, and packs it again after a change; a test compares the two.


def unpack_source(text: str) -> RuleSource:
    """Return the rule set of a packed profile."""
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


def _unpack_text(text: str, line: int, column: int, file: str | None, tree: Any) -> SourceText:
    return SourceText(text, line, column, file, _unpack_tree(tree))


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

TREE_KINDS: Final[tuple[type[Any], ...]] = (
    ast.Literal,
    ast.ListLiteral,
    ast.ObjectLiteral,
    ast.Name,
    ast.NoteProperty,
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
TUPLE: Final = -1


def _unpack_tree(packed: Any) -> Any:
    if type(packed) is not list:
        return packed
    kind, *parts = packed
    found = map(_unpack_tree, parts)
    return tuple(found) if kind == TUPLE else TREE_KINDS[kind]._make(found)
